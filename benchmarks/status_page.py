"""The status page's queries and time at 1,000 and at 1,000,000 cases: the page should cost the same.

    .venv/bin/python benchmarks/status_page.py [--cases 1000000] [--rounds 5] [--pages 40]

Two installations are filled in a temporary folder: eight channels with hours, an open incident, and cases with promises and
answers spread over two years, one in fifty never answered. Then their status pages are fetched in turn, in this process.
Prints the queries of one page, the median time of each, and the ratio of large to small.
"""

import argparse
import random
import statistics
import sys
import tempfile
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

from flask import Flask
from rich.progress import track
from sqlalchemy import insert
from sqlalchemy.orm import Session

sys.path.insert(0, str(Path(__file__).parent.parent))

from portal import migrating, wiring
from portal.app import create_app
from portal.cases.models import Case
from portal.cases.rules import CaseState
from portal.clock import FixedClock
from portal.config import Config
from portal.db import Database
from portal.hours.reading import parse_calendar
from portal.hours.store import save_schedule
from portal.incidents.store import publish_incident
from portal.organisation.rules import ChannelKind
from portal.organisation.store import add_channel, save_organisation
from portal.promises.models import Promise
from portal.promises.rules import Impact, SetAside, Urgency
from portal.promises.store import recompute
from portal.services import Services
from portal.vault import Vault
from tests.statements import statements

NOW = datetime(2026, 3, 10, 13, 0, tzinfo=UTC)
ZONE = ZoneInfo("Europe/Amsterdam")
SPAN = timedelta(days=730)
BEGAN = NOW - SPAN - timedelta(days=1)
CHANNELS = 8
BATCH = 10_000
MOST_QUERIES = 6


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--cases", type=int, default=1_000_000, help="cases in the large installation (1000000)")
    parser.add_argument("--rounds", type=int, default=5, help="interleaved rounds (5)")
    parser.add_argument("--pages", type=int, default=40, help="pages a round and installation (40)")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        sizes = {1_000: Path(folder) / "small", options.cases: Path(folder) / "large"}
        apps = {size: installation(path, size) for size, path in sizes.items()}
        times: dict[int, list[float]] = {size: [] for size in apps}
        for app in apps.values():
            page_seconds(app)  # the first page compiles templates and expands hours
        for _ in range(options.rounds):
            for size, app in apps.items():
                times[size].append(statistics.median(page_seconds(app) for _ in range(options.pages)))
        small, large = (statistics.median(times[size]) for size in apps)
        for size, app in apps.items():
            milliseconds = statistics.median(times[size]) * 1e3
            print(f"{size:>9,} cases: {queries(app)} queries (at most {MOST_QUERIES}), {milliseconds:.1f} ms")
        print(f"ratio of time, {options.cases:,} to 1,000 cases: {large / small:.2f}")


def installation(path: Path, cases: int) -> Flask:
    config = Config.from_env({"PORTAL_INSTANCE": str(path), "PORTAL_DEMO": "0"})
    database = Database(config.database_url)
    migrating.upgrade(database)
    with database.transaction() as session:
        channel_ids = company(session)
    fill(database, channel_ids, cases)
    with database.transaction() as session:
        for channel_id in channel_ids:
            recompute(session, channel_id)
    real = wiring.build(config)
    return create_app(services=Services(**{**vars(real), "clock": FixedClock(NOW), "vault": Vault(config.secret_key)}))


def company(session: Session) -> list[int]:
    save_organisation(session, name="Vergelijk", now=BEGAN, actor_id=None)
    week = {day: [["08:00", "20:00"]] for day in ("mon", "tue", "wed", "thu", "fri", "sat")}
    calendar = parse_calendar({"timezone": "Europe/Amsterdam", "weekly": week})
    ids = []
    for number in range(CHANNELS):
        channel = add_channel(
            session, slug=f"kanaal-{number}", kind=ChannelKind.X, name=f"Kanaal {number}", now=BEGAN, actor_id=None
        )
        save_schedule(session, channel.id, calendar, valid_from=BEGAN, now=BEGAN, actor_id=None)
        ids.append(channel.id)
    an_hour_ago = NOW - timedelta(hours=1)
    publish_incident(session, title_nl="Storing", body_nl="Er is iets stuk.", channel_ids=ids[:2], now=an_hour_ago, actor_id=None)
    return ids


def fill(database: Database, channel_ids: list[int], cases: int) -> None:
    """Rows as the stores would have written them; through the stores a million would take an hour."""
    chance = random.Random(5)
    for start in track(range(0, cases, BATCH), description=f"{cases:,} cases", transient=True):
        rows = list(pairs(chance, channel_ids, start, min(start + BATCH, cases), cases))
        with database.transaction() as session:
            session.execute(insert(Case), [case for case, _ in rows])
            session.execute(insert(Promise), [promise for _, promise in rows])


def pairs(
    chance: random.Random, channel_ids: list[int], start: int, stop: int, cases: int
) -> Iterator[tuple[dict[str, object], dict[str, object]]]:
    for number in range(start, stop):
        received_at = (NOW - SPAN + SPAN * number / cases).replace(microsecond=0)
        promised_at = received_at + timedelta(hours=4)
        wait_seconds = int(chance.lognormvariate(8, 1))
        answered_at = received_at + timedelta(seconds=wait_seconds)
        is_answered = answered_at <= NOW and chance.random() > 0.02
        local = received_at.astimezone(ZONE)
        channel_id = channel_ids[number % CHANNELS]
        yield (
            {
                "id": number + 1,
                "reference": f"BR-{number:08}",
                "channel_id": channel_id,
                "thread_ref": str(number),
                "episode": 1,
                "state": CaseState.ANSWERED if is_answered else CaseState.NEW,
                "is_public": True,
                "language": "nl",
                "summary": "Rijdt de bus?",
                "received_at": received_at,
                "last_inbound_at": received_at,
                "first_answered_at": answered_at if is_answered else None,
                "last_answered_at": answered_at if is_answered else None,
                "oldest_unanswered_at": None if is_answered else received_at,
                "changed_at": received_at,
                "version": 1,
            },
            {
                "case_id": number + 1,
                "sequence": 0,
                "channel_id": channel_id,
                "impact": Impact.NORMAL,
                "urgency": Urgency.NORMAL,
                "class_code": "P3",
                "lead_minutes": 240,
                "received_at": received_at,
                "received_on": local.date(),
                "received_hour": local.hour,
                "made_at": received_at,
                "promised_at": promised_at,
                "answered_at": answered_at if is_answered else None,
                "wait_seconds": wait_seconds if is_answered else None,
                "set_aside": SetAside.NONE,
            },
        )


def page_seconds(app: Flask) -> float:
    started = time.perf_counter()
    answer = app.test_client().get("/")
    assert answer.status_code == 200, answer.status
    return time.perf_counter() - started


def queries(app: Flask) -> int:
    """How many statements one page sends to the database."""
    with statements(app.extensions["portal"].database) as seen:
        page_seconds(app)
    return len(seen)


if __name__ == "__main__":
    main()

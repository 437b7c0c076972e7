"""What the status page and the page of a channel cost with few and with many cases: they should cost the same.

Run: .venv/bin/python -m benchmarks.status_page [--cases 1000000] [--unanswered 0.02] [--pages 200]

Two installations are filled in a temporary folder, with 1,000 cases and with so many: eight channels with hours, an open
incident, and cases with promises over eight weeks, of which a share is never answered. Then their pages are fetched, now from
the one and now from the other, in this process. Prints the queries and the median time of each page, and their ratio.
"""

import argparse
import random
import statistics
import tempfile
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from itertools import islice
from pathlib import Path
from zoneinfo import ZoneInfo

from flask import Flask
from rich.progress import track
from sqlalchemy import insert
from sqlalchemy.orm import Session

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
from portal.promises.store import move_recent, recompute
from portal.services import Services
from portal.vault import Vault
from tests.statements import statements

NOW = datetime(2026, 3, 10, 13, 0, tzinfo=UTC)
ZONE = ZoneInfo("Europe/Amsterdam")
SPAN = timedelta(days=56)
BEGAN = NOW - SPAN - timedelta(days=1)
CHANNELS = 8
BATCH = 10_000
PAGES = {"status page": "/", "channel page": "/channels/kanaal-0"}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--cases", type=int, default=1_000_000, help="cases in the large installation (1000000)")
    parser.add_argument("--unanswered", type=float, default=0.02, help="share of cases that never get an answer (0.02)")
    parser.add_argument("--pages", type=int, default=200, help="pages of each kind from each installation (200)")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        sizes = {1_000: Path(folder) / "small", options.cases: Path(folder) / "large"}
        apps = {size: installation(path, size, options.unanswered) for size, path in sizes.items()}
        for name, address in PAGES.items():
            compare(name, address, list(apps.values()), options.pages)


def compare(name: str, address: str, apps: list[Flask], pages: int) -> None:
    few, many = (queries(app, address) for app in apps)  # the first page compiles templates and expands hours
    times = [[page_seconds(app, address) for app in apps] for _ in range(pages)]
    small, large = (statistics.median(of_one) * 1e3 for of_one in zip(*times, strict=True))
    print(f"{name:13}{small:7.1f} ms, {few} queries |{large:7.1f} ms, {many} queries | ratio of time {large / small:.2f}")


def installation(path: Path, cases: int, unanswered: float) -> Flask:
    config = Config.from_env({"PORTAL_INSTANCE": str(path), "PORTAL_DEMO": "0"})
    database = Database(config.database_url)
    migrating.upgrade(database)
    with database.transaction() as session:
        channel_ids = company(session)
    fill(database, channel_ids, cases, unanswered)
    started = time.perf_counter()
    for channel_id in channel_ids:
        with database.transaction() as session:
            recompute(session, channel_id)
    with database.transaction() as session:
        move_recent(session, NOW)
    print(f"{cases:>9,} cases: all counts made again in {time.perf_counter() - started:.1f} s")
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


def fill(database: Database, channel_ids: list[int], cases: int, unanswered: float) -> None:
    """Rows as the stores would have written them; through the stores a million would take long."""
    made = pairs(random.Random(5), channel_ids, cases, unanswered)
    for _ in track(range(0, cases, BATCH), description=f"{cases:,} cases", transient=True):
        rows = list(islice(made, BATCH))
        with database.transaction() as session:
            session.execute(insert(Case), [case for case, _ in rows])
            session.execute(insert(Promise), [promise for _, promise in rows])


def pairs(
    chance: random.Random, channel_ids: list[int], cases: int, unanswered: float
) -> Iterator[tuple[dict[str, object], dict[str, object]]]:
    for number in range(cases):
        received_at = (NOW - SPAN + SPAN * number / cases).replace(microsecond=0)
        promised_at = received_at + timedelta(hours=4)
        wait_seconds = int(chance.lognormvariate(8, 1.2))
        answered_at = received_at + timedelta(seconds=wait_seconds)
        is_answered = answered_at <= NOW and chance.random() > unanswered
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
                "promised_at": promised_at.replace(minute=30, second=0),
                "answered_at": answered_at if is_answered else None,
                "wait_seconds": wait_seconds if is_answered else None,
                "set_aside": SetAside.NONE,
            },
        )


def page_seconds(app: Flask, address: str) -> float:
    started = time.perf_counter()
    answer = app.test_client().get(address)
    assert answer.status_code == 200, answer.status
    return time.perf_counter() - started


def queries(app: Flask, address: str) -> int:
    """How many statements one page sends to the database."""
    with statements(app.extensions["portal"].database) as seen:
        page_seconds(app, address)
    return len(seen)


if __name__ == "__main__":
    main()

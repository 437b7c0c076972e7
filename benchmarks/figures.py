"""What the published figures cost with few and with many requests: `python benchmarks/figures.py [--large 1000000]`.

Fills two SQLite files with eight channels and that many requests, spread over eight weeks, one in fifty never answered;
then reads the figures of all channels, and those of one with its plots. Prints the ratio large : small.
"""

import argparse
import random
import sys
import tempfile
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from time import perf_counter
from zoneinfo import ZoneInfo

from sqlalchemy import insert
from sqlalchemy.orm import Session

sys.path.insert(0, str(Path(__file__).parent.parent))

from portal import app as _app  # noqa: F401 - all models
from portal import migrating
from portal.db import Database
from portal.hours.reading import parse_calendar
from portal.hours.store import save_schedule
from portal.organisation.rules import ChannelKind
from portal.organisation.store import add_channel, save_organisation
from portal.promises import display, store
from portal.promises.figures import last_days
from portal.promises.models import Promise
from portal.promises.rules import Impact, SetAside, Urgency
from tests.statements import statements

NOW = datetime(2026, 3, 10, 13, 0, tzinfo=UTC)
ZONE = ZoneInfo("Europe/Amsterdam")
LONG_AGO = datetime(2020, 1, 1, tzinfo=UTC)
CHANNELS, DAYS, PORTION = 8, 56, 20_000
WEEKLY = {day: [["08:00", "20:00"]] for day in ("mon", "tue", "wed", "thu", "fri")}


def row(number: int, chance: random.Random) -> dict[str, object]:
    """A request with plausible times; the arithmetic of promises is not what is measured here."""
    received_at = NOW - timedelta(seconds=chance.randrange(DAYS * 86_400))
    local = received_at.astimezone(ZONE)
    wait = int(chance.lognormvariate(8, 1.2))
    answered_at = received_at + timedelta(seconds=wait)
    is_answered = answered_at <= NOW and number % 50 != 0
    return {
        "case_id": number,
        "sequence": 0,
        "channel_id": number % CHANNELS + 1,
        "impact": Impact.NORMAL,
        "urgency": Urgency.NORMAL,
        "class_code": "P3",
        "lead_minutes": 240,
        "received_at": received_at,
        "received_on": local.date(),
        "received_hour": local.hour,
        "made_at": received_at,
        "promised_at": (received_at + timedelta(hours=4)).replace(minute=30, second=0, microsecond=0),
        "answered_at": answered_at if is_answered else None,
        "wait_seconds": wait if is_answered else None,
        "set_aside": SetAside.NONE,
    }


def filled(path: Path, number: int) -> Database:
    database = Database(f"sqlite:///{path}")
    migrating.upgrade(database)
    with database.transaction() as session:
        save_organisation(session, name="Bench", now=LONG_AGO, actor_id=None)
        for each in range(CHANNELS):
            channel = add_channel(session, slug=f"c{each}", kind=ChannelKind.X, name=f"c{each}", now=LONG_AGO, actor_id=None)
            calendar = parse_calendar({"timezone": "Europe/Amsterdam", "weekly": WEEKLY})
            save_schedule(session, channel.id, calendar, valid_from=LONG_AGO, now=LONG_AGO, actor_id=None)
    chance = random.Random(7)
    for start in range(1, number + 1, PORTION):
        with database.transaction() as session:
            rows = [row(each, chance) for each in range(start, min(start + PORTION, number + 1))]
            session.execute(insert(Promise), rows)
    began = perf_counter()
    for channel_id in range(1, CHANNELS + 1):
        with database.transaction() as session:
            store.recompute(session, channel_id)
    print(f"{number:>9} requests: all counts made again in {perf_counter() - began:.2f} s")
    return database


def measured(database: Database, read: Callable[[Session], object]) -> tuple[float, int]:
    """Milliseconds of the fastest of many readings, and statements."""
    best = float("inf")
    for _ in range(30):
        with statements(database) as seen, database.reading() as session:
            began = perf_counter()
            read(session)
            best = min(best, perf_counter() - began)
    return best * 1000, len(seen)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--small", type=int, default=1_000)
    parser.add_argument("--large", type=int, default=1_000_000)
    sizes = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        databases = [filled(Path(folder) / f"{size}.db", size) for size in (sizes.small, sizes.large)]
        period = last_days(NOW.date())
        for name, read in (
            ("figures of all channels", lambda session: store.figures_of_all(session, NOW)),
            ("one channel with plots", lambda session: display.shown(session, 1, period, NOW)),
        ):
            (small, few), (large, many) = (measured(database, read) for database in databases)
            print(f"{name}: {small:.2f} ms, {few} statements | {large:.2f} ms, {many} statements | ratio {large / small:.1f}")


if __name__ == "__main__":
    main()

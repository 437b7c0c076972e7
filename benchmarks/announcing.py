"""What it costs to announce a time, with few and with many cases: it should cost the same.

Run: .venv/bin/python -m benchmarks.announcing [--cases 1000000] [--database postgresql] [--times 200]

Two installations are filled in a temporary folder by the database itself (see benchmarks.tracking), with 2,000 cases that wait in
both, and their desks learn from the promises. Then, now in the one and now in the other, in this process: what the channel
announces is asked for, alone and as a part of the status page, and a message is taken in with its promise. Prints the median of
each and their ratio; a message is taken in with what the disk needs for it.
"""

import argparse
import statistics
import tempfile
import time
from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path

from flask import Flask

from benchmarks.tracking import FEW, NOW, installation, refuse_full_disk, server
from portal.cases.rules import Direction, Message, Visibility
from portal.cases.store import take_message
from portal.hours.store import opening_times_of_all
from portal.organisation.store import channel_by_slug
from portal.promises import desk_work, desks
from portal.promises.desk_upkeep import keep, rebuild
from portal.services import Services


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--cases", type=int, default=1_000_000, help="cases in the large installation (1000000)")
    parser.add_argument("--database", choices=("sqlite", "postgresql"), default="sqlite")
    parser.add_argument("--times", type=int, default=200, help="measurements of each kind in each installation (200)")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="portal-announcing-") as folder, server(options.database, Path(folder)) as url:
        refuse_full_disk(Path(folder), options.cases)
        places = [Place(installation(Path(folder), url(size), size)) for size in (FEW, options.cases)]
        print(f"{'':24}{FEW:>10,} {options.cases:>12,} cases")
        compare("learning anew, once", places, Place.learn, 1)
        compare("announcement", places, Place.announce, options.times)
        compare("announcement in a batch", places, Place.announce_in_batch, 10)
        compare("message, with its disk", places, Place.take, options.times)
        compare("status page", places, Place.page, options.times)


class Place:
    """One installation, and what is done there; each deed returns the seconds that it took."""

    def __init__(self, app: Flask) -> None:
        self._client = app.test_client()
        services: Services = app.extensions["portal"]
        self._database = services.database
        self._now, self._number = NOW, 0

    def learn(self) -> float:
        return timed(lambda: rebuild(self._database, 1, self._now))

    def announce(self) -> float:
        """As a page asks, with the opening times that it knows anyway."""
        with self._database.reading() as session:
            openings = opening_times_of_all(session)
            return timed(lambda: desks.announced_now(session, self._now, openings=openings))

    def announce_in_batch(self) -> float:
        """One of a hundred in one transaction, looked up anew for each."""
        with self._database.transaction() as session:

            def hundred() -> None:
                for _ in range(100):
                    desk_work.announce(session, 1, 2, 240, self._now)

            return timed(hundred) / 100

    def take(self) -> float:
        return timed(lambda: self._take(self._next()))

    def page(self) -> float:
        self._take(self._next())  # so that there is something new to hear
        return timed(lambda: self._client.get("/"))

    def _next(self) -> datetime:
        self._number += 1
        self._now += timedelta(seconds=1)
        if self._number % 100 == 0:
            keep(self._database, self._now)  # as each minute
        return self._now

    def _take(self, at: datetime) -> None:
        with self._database.transaction() as session:
            take_message(session, channel_by_slug(session, "kanaal"), message(self._number, at), at)


def message(number: int, at: datetime) -> Message:
    return Message(
        message_id=f"nieuw-{number}",
        direction=Direction.INBOUND,
        visibility=Visibility.PUBLIC,
        author_id=f"klant-{number}",
        text="Rijdt de bus?",
        created_at=at,
    )


def timed(deed: Callable[[], object]) -> float:
    started = time.perf_counter()
    deed()
    return time.perf_counter() - started


def compare(name: str, places: list[Place], deed: Callable[[Place], float], times: int) -> None:
    for place in places:
        deed(place)
    found = [[deed(place) for place in places] for _ in range(times)]
    small, large = (statistics.median(of_one) * 1e3 for of_one in zip(*found, strict=True))
    print(f"{name:24}{small:7.2f} ms {large:9.2f} ms | ratio of time {large / small:.2f}", flush=True)


if __name__ == "__main__":
    main()

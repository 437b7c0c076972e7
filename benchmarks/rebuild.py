"""What one incident update costs the publisher: `python -m benchmarks.rebuild [--services 50 --channels 20 --incidents 200]`.

An installation of that size is filled in a temporary folder and published whole. Then updates follow one another on one open
incident that touches two services and two channels, each published by itself. Prints the CPU time of a building (reading the
state, planning, making what is different in both languages, compressing it, writing it to disk), its median and largest, against
the limit of 150 ms, and how many documents were made and written, of how many. `--profile` shows where the time goes.
"""

import argparse
import cProfile
import gc
import logging
import pstats
import statistics
import tempfile
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path

from rich.progress import Progress

from portal import migrating, wiring
from portal.app import create_app
from portal.clock import FixedClock
from portal.config import Config
from portal.hours.schedule import Calendar, Range
from portal.hours.store import save_schedule
from portal.incidents.rules import Severity, State
from portal.incidents.service_store import add_service
from portal.incidents.store import add_update, publish_incident
from portal.organisation.rules import ChannelKind
from portal.organisation.store import add_channel, save_organisation
from portal.publication.publisher import Publisher
from portal.services import Services

LIMIT_MS = 150
NOW = datetime(2026, 3, 10, 13, 0, 5, tzinfo=UTC)
WORDS = "De bus rijdt niet tussen het station en de haven. Wij zoeken de oorzaak. Neem lijn 7 of loop over de **Kade**. "
OFFICE = Calendar("Europe/Amsterdam", ((Range(9 * 60, 17 * 60),),) * 7)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--services", type=int, default=50)
    parser.add_argument("--channels", type=int, default=20)
    parser.add_argument("--incidents", type=int, default=200)
    parser.add_argument("--updates", type=int, default=15, help="updates that are published one by one (15)")
    parser.add_argument("--profile", action="store_true", help="also say where the time of these updates goes")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        clock = FixedClock(NOW)
        services = installation(Path(folder), clock)
        incident_id = fill(services, options.services, options.channels, options.incidents)
        publisher = Publisher(create_app(services=services), services)
        started = time.process_time()
        with Progress(transient=True) as bar:
            task = bar.add_task("Publishing all", total=None)
            whole = publisher.publish_all(lambda made, count: bar.update(task, completed=made, total=count))
        print(f"{len(whole.documents)} documents, all made in {time.process_time() - started:.1f} s of CPU")
        gc.collect()
        gc.freeze()  # as the publisher does once it has published all
        profile = cProfile.Profile()
        times, made, written = [], 0, 0
        for number in range(options.updates):
            clock.advance(timedelta(seconds=1))
            with services.database.transaction() as session:
                text = f"{WORDS} Bericht {number}."
                add_update(
                    session, incident_id, state=State.IDENTIFIED, body_nl=text, body_en=text, now=clock.now(), actor_id=None
                )
            if options.profile:
                profile.enable()
            started = time.process_time()
            made = written = 0
            while True:
                edition = publisher.publish()
                made, written = made + edition.made, written + len(edition.bodies)
                if edition.is_whole:
                    break
            times.append((time.process_time() - started) * 1000)
            profile.disable()
        median = statistics.median(times)
        print(f"one update: {made} documents made, {written} written, of {len(edition.documents)}")
        print(f"CPU of a building: median {median:.0f} ms, largest {max(times):.0f} ms")
        print(f"limit {LIMIT_MS} ms, ratio {median / LIMIT_MS:.2f}")
        if options.profile:
            pstats.Stats(profile).sort_stats("cumulative").print_stats(60)


def installation(folder: Path, clock: FixedClock) -> Services:
    """An empty one, with a clock that stands still."""
    config = Config.from_env({"PORTAL_INSTANCE": str(folder), "PORTAL_DEMO": "0"})
    built = wiring.build(config)
    migrating.upgrade(built.database)
    return Services(config=config, clock=clock, database=built.database, vault=built.vault, phrases=built.phrases)


def fill(services: Services, service_count: int, channel_count: int, incident_count: int) -> int:
    """Services two deep, channels with hours, incidents over two years of which a tenth is open; returns the last one's id."""
    with services.database.transaction() as session:
        save_organisation(session, name="Vervoer Zuid", now=NOW, actor_id=None)
        ids = []
        for number in range(service_count):
            parent = None if number < service_count // 5 else ids[number % (service_count // 5 or 1)]
            made = add_service(
                session, name_nl=f"Lijn {number}", name_en=f"Line {number}", parent_id=parent, now=NOW, actor_id=None
            )
            ids.append(made.id)
        ways = []
        for number in range(channel_count):
            way = add_channel(
                session, slug=f"kanaal-{number}", kind=ChannelKind.OTHER, name=f"Kanaal {number}", now=NOW, actor_id=None
            )
            save_schedule(session, way.id, OFFICE, valid_from=NOW - timedelta(days=800), now=NOW, actor_id=None)
            ways.append(way.id)
        for number in range(incident_count):
            at = NOW - timedelta(days=730 * (incident_count - number) / incident_count, minutes=5)
            incident = publish_incident(
                session,
                title_nl=f"Storing {number} op de lijn",
                title_en=f"Outage {number} on the line",
                body_nl=WORDS,
                body_en=WORDS,
                severity=list(Severity)[number % 3],
                service_ids=[ids[number % service_count], ids[(number * 7 + 3) % service_count]],
                channel_ids=[ways[number % channel_count], ways[(number * 3 + 1) % channel_count]],
                now=at,
                actor_id=None,
            )
            for step, state in enumerate((State.IDENTIFIED, State.MONITORING, State.RESOLVED)):
                if number < incident_count * 9 // 10 or state is State.IDENTIFIED:
                    later = at + timedelta(minutes=step + 1)
                    add_update(session, incident.id, state=state, body_nl=WORDS, body_en=WORDS, now=later, actor_id=None)
        return incident.id


if __name__ == "__main__":
    logging.disable(logging.INFO)
    main()

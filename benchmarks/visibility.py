"""How soon a change is seen: `.venv/bin/python -m benchmarks.visibility [--changes 20] [--machines 2]`.

A portal runs as `flask portal serve` starts it, on SQLite and then, with so many of it side by side on one PostgreSQL, each with
a folder and programs of its own. Updates of an incident are committed one by one, by another process, and the status page is
asked for again and again on every one of them until it tells of the update. Prints the median and the longest time from the
commit to the answer, and their ratio to the limit: one second on one machine, two on several.
"""

import argparse
import statistics
import tempfile
import time
import urllib.request
from collections.abc import Sequence
from datetime import timedelta
from pathlib import Path

from rich.progress import track

from benchmarks.measuring import postgresql
from portal import migrating
from portal.clock import SystemClock
from portal.db import Database
from portal.incidents.rules import State
from portal.incidents.store import add_update, publish_incident
from portal.organisation.rules import ChannelKind
from portal.organisation.store import add_channel, save_organisation
from tests.running import Run

_LONGEST_SECONDS = 20


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--changes", type=int, default=20, help="updates on each database (20)")
    parser.add_argument("--machines", type=int, default=2, help="portals side by side on PostgreSQL (2)")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="visibility-") as name:
        url = f"sqlite:///{name}/one/portal.db"
        Path(name, "one").mkdir()
        report("one machine, SQLite", measure(Path(name), url, ["one"], options.changes), limit=1.0)
        with postgresql() as server:
            machines = [f"machine-{number}" for number in range(options.machines)]
            found = measure(Path(name), server, machines, options.changes)
        report(f"{options.machines} machines, PostgreSQL", found, limit=2.0)


def report(name: str, seconds: Sequence[float], *, limit: float) -> None:
    median, longest = statistics.median(seconds), max(seconds)
    print(f"{name}: {len(seconds)} times seen; median {median:.2f} s, longest {longest:.2f} s")
    print(f"  limit {limit:.0f} s, ratio of the median {median / limit:.2f}, of the longest {longest / limit:.2f}")


def measure(folder: Path, url: str, machines: Sequence[str], changes: int) -> list[float]:
    """Seconds from each commit until each machine told of it."""
    database = Database(url.replace("postgresql://", "postgresql+psycopg://", 1))
    migrating.upgrade(database)
    incident_id = company(database)
    runs = [Run(folder / name, PORTAL_DATABASE_URL=url) for name in machines]
    found: list[float] = []
    try:
        for run in runs:
            run.wait_until_up(60)
            run.wait_for(lambda run=run: (run.instance / "public" / "current").exists(), 60)  # type: ignore[misc]
        for number in track(range(changes), description="Updates", transient=True):
            words = f"Bericht nummer {number}."
            with database.transaction() as session:
                now = SystemClock().now()
                add_update(session, incident_id, state=State.IDENTIFIED, body_nl=words, now=now, actor_id=None)
            found += seen(runs, words.encode())
    finally:
        for run in runs:
            run.kill()
        database.close()
    return found


def company(database: Database) -> int:
    """A small company with one open incident; returns its id."""
    now = SystemClock().now() - timedelta(minutes=5)
    with database.transaction() as session:
        save_organisation(session, name="Veer Zuid", now=now, actor_id=None)
        way = add_channel(session, slug="x", kind=ChannelKind.X, name="X", now=now, actor_id=None)
        incident = publish_incident(session, title_nl="Storing", body_nl="Stuk.", channel_ids=[way.id], now=now, actor_id=None)
        return incident.id


def seen(runs: Sequence[Run], words: bytes) -> list[float]:
    """How long it took each of them to tell of it, in seconds."""
    committed, waiting, found = time.perf_counter(), list(runs), []
    while waiting:
        if time.perf_counter() - committed > _LONGEST_SECONDS:
            raise SystemExit(f"Not seen within {_LONGEST_SECONDS} seconds:\n{waiting[0].said}")
        for run in list(waiting):
            with urllib.request.urlopen(run.address + "/", timeout=5) as answer:  # noqa: S310 - our own http address
                if words in answer.read():
                    waiting.remove(run)
                    found.append(time.perf_counter() - committed)
        time.sleep(0.01)
    return found


if __name__ == "__main__":
    main()

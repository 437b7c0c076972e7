"""What the eight documents of Statuspage's API cost to make, against writing the same facts as JSON and nothing else.

Run: .venv/bin/python -m benchmarks.statuspage [--incidents 200] [--services 50] [--rounds 50]

One of four is planned work, one of ten is open or still to come, each has four updates and three services. Prints the best time
of all rounds of either, their ratio, and the size of what is made. The first edition costs more: its texts are new.
"""

import argparse
import json
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

from portal.incidents.rules import FINAL, IncidentKind, Level, Severity, State, Window
from portal.incidents.timeline import Entry, Mention, Situation
from portal.incidents.tree import Node
from portal.status.statuspage import Page, Snapshot, Words, documents
from portal.web.localized import Localized

NOW = datetime(2026, 3, 10, 13, 0, tzinfo=UTC)
HOUR = timedelta(hours=1)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--incidents", type=int, default=200, help="incidents and planned work together (200)")
    parser.add_argument("--services", type=int, default=50, help="services, in groups of five (50)")
    parser.add_argument("--rounds", type=int, default=50, help="times that each is done (50)")
    options = parser.parse_args()
    given = snapshot(options.incidents, options.services)
    first = best(lambda: documents(given), 1)
    made = documents(given)
    facts = [json.loads(body) for body in made.values()]
    whole = best(lambda: documents(given), options.rounds)
    bare = best(lambda: [json.dumps(each, ensure_ascii=False, separators=(",", ":")).encode() for each in facts], options.rounds)
    print(f"{sum(map(len, made.values())) / 1000:.0f} kB; first edition {first:.1f} ms")
    print(f"documents {whole:.1f} ms, JSON alone {bare:.1f} ms: {whole / bare:.1f} times")


def best(make: Callable[[], object], rounds: int) -> float:
    """The shortest of all rounds, in milliseconds."""
    taken = []
    for _ in range(rounds):
        start = time.perf_counter()
        make()
        taken.append(time.perf_counter() - start)
    return min(taken) * 1000


def snapshot(incidents: int, services: int) -> Snapshot:
    nodes = [
        Node(n, f"dienst-{n}", n - n % 5 if n % 5 else None, Localized(f"Dienst {n}"), Localized("Elke **dag**."), n)
        for n in range(services)
    ]
    page = Page("guid", "Veer Zuid", "https://status.example.nl", "Europe/Amsterdam", "nl", NOW)
    words = Words(dict.fromkeys(Level, "Enige hinder"), dict.fromkeys(State, "Het is begonnen."), "Gaat niet door")
    return Snapshot(page, words, nodes, {}, [situation(n, nodes) for n in range(incidents)])


def situation(number: int, nodes: list[Node]) -> Situation:
    is_planned, is_open, at = number % 4 == 0, number % 10 == 0, NOW - number * HOUR
    state = (State.SCHEDULED if is_open else State.COMPLETED) if is_planned else State.IDENTIFIED if is_open else State.RESOLVED
    lines = tuple(
        Entry(
            f"{number}-{n}",
            at - n * HOUR / 60,
            state,
            Localized(f"Bericht {n} over {number}: wij **werken** eraan.\n\nMeer volgt."),
        )
        for n in range(4)
    )
    named = (nodes[(number + n) % len(nodes)] for n in range(3))
    return Situation(
        id=number,
        guid=str(number),
        slug=f"2026-03-10-storing-{number}",
        kind=IncidentKind.MAINTENANCE if is_planned else IncidentKind.INCIDENT,
        title=Localized(f"Storing nummer {number}"),
        state=state,
        severity=Severity.MAJOR,
        is_calamity=False,
        started_at=at,
        published_at=at,
        updated_at=at,
        resolved_at=at if state in FINAL else None,
        window=Window(at, at + HOUR) if is_planned else None,
        next_update_at=None,
        is_overdue=False,
        version=1,
        services=tuple(Mention(node.id, node.slug, node.name) for node in named),
        channels=(),
        entries=lines,
    )


if __name__ == "__main__":
    main()

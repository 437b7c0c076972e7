"""What an announced time costs: `.venv/bin/python -m benchmarks.promise_cost [--seed 2000]`.

The estimator alone, without database and web: what one request costs with its answer (announced, heard, heard again), on the
busiest of the desks of benchmarks/promises, on the desk of a calamity with its staff plan, and on a desk with a hundred thousand
open requests. Prints microseconds, and the ratio to the millisecond that a message may cost; and what keeping and restoring
the state of the desk takes, and its size.
"""

import argparse
import json
import time
from collections.abc import Callable

from benchmarks.promises.desks import drawn
from benchmarks.promises.replay import STATED, plan_of, replay
from portal.promises.estimator import Desk, Fact, Happening

LIMIT_MICROSECONDS = 1000.0
OPEN = 100_000
SAMPLE = 2_000


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seed", type=int, default=2000, help="of the desks (2000)")
    seed = parser.parse_args().seed
    large, calamity = drawn("large", seed), drawn("calamity", seed)
    assert calamity.surge
    kept = Desk()
    tell(f"400 a day, {len(large.received)} requests", replay(large, (), desk=kept).microseconds)
    with_plan = replay(calamity, (), [plan_of(calamity.surge, 2.0)]).microseconds
    tell(f"calamity with a plan, {len(calamity.received)} requests", with_plan)
    tell(f"{OPEN} open requests", crowded(SAMPLE))
    state = json.dumps(kept.as_json())
    print(f"{'the state of the busy desk':38} {len(state) / 1024:8.0f} kB")
    print(f"{'kept as JSON':38} {timed(lambda: json.dumps(kept.as_json())):8.1f} ms")
    print(f"{'restored from JSON':38} {timed(lambda: Desk.from_json(json.loads(state))):8.1f} ms")


def tell(what: str, microseconds: float) -> None:
    print(f"{what:38} {microseconds:8.0f} microseconds a message, {microseconds / LIMIT_MICROSECONDS:.3f} of the limit")


def crowded(sample: int) -> float:
    """Microseconds per request with its answer on a desk on which very many wait already."""
    desk = Desk()
    for request in range(OPEN):
        desk.hear(Fact(Happening.RECEIVED, request, request / 10, 1, 0, request / 10, 60.0, 60.0))
    clock = OPEN / 10
    begun = time.perf_counter()
    for request in range(sample):
        told = desk.announce(0, clock, stated=STATED)
        desk.hear(Fact(Happening.RECEIVED, OPEN + request, clock, 1, 0, clock, told.queue, told.rest))
        desk.hear(Fact(Happening.ANSWERED, request, clock, 1, 0, request / 10, 60.0, 60.0))
        clock += 0.1
    return (time.perf_counter() - begun) / sample * 1e6


def timed(act: Callable[[], object]) -> float:
    """Milliseconds of the quickest of five."""
    found = []
    for _ in range(5):
        begun = time.perf_counter()
        act()
        found.append(time.perf_counter() - begun)
    return min(found) * 1000


if __name__ == "__main__":
    main()

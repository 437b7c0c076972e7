"""What opening-time arithmetic costs per call, against a compiled library: `python benchmarks/opening_time.py`.

That library is opening-hours-py (Rust), the fastest comparable one on PyPI. Prints the ratio opening-hours-py : portal.
Both answer the same questions about the same calendar (office hours with a lunch break, and the holidays closed) at the same
random instants, in a zone with clock changes. The answers are compared first: a difference is an error, not a footnote.
opening-hours-py has no adding and no measuring, so for these its intervals are walked, as its users must.
"""

import random
import sys
import time
from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

from opening_hours import OpeningHours

sys.path.insert(0, str(Path(__file__).parent.parent))

from portal.hours.holidays import HolidaySet, nl_holidays
from portal.hours.opening_time import OpeningTimes, Version
from portal.hours.reading import read_calendar

ZONE = ZoneInfo("Europe/Amsterdam")
QUESTIONS = 2_000
ROUNDS = 5
LEAD, SPAN = timedelta(hours=6), timedelta(days=4)


def main() -> None:
    closed = [day for year in (2026, 2027) for day in nl_holidays(year, HolidaySet.USUAL_CLOSING)]
    ours, theirs = portal_calendar(closed), OpeningHours(osm_expression(closed), timezone=ZONE)
    chance = random.Random(20260310)
    start = datetime(2026, 1, 1, tzinfo=UTC)
    instants = [(start + timedelta(seconds=chance.randrange(600 * 86_400))).astimezone(ZONE) for _ in range(QUESTIONS)]
    questions: dict[str, tuple[Callable[[datetime], object], Callable[[datetime], object]]] = {
        "is it open": (ours.is_open, theirs.is_open),
        "next change": (lambda at: ours.next_change(at).at, theirs.next_change),  # type: ignore[union-attr] # it changes daily
        "add 6 opening hours": (lambda at: ours.add_open(at, LEAD), lambda at: add(theirs, at)),
        "measure 4 days": (lambda at: ours.between(at, at + SPAN), lambda at: between(theirs, at)),
    }
    begun = time.perf_counter()
    portal_calendar(closed).is_open(start)
    print(f"expanding a year, once per process: {(time.perf_counter() - begun) * 1e3:.2f} ms\n")
    print(f"{'per call':24}{'portal':>12}{'opening-hours-py':>20}{'ratio':>10}")
    for name, (own, other) in questions.items():
        wrong = [at for at in instants if own(at) != other(at)]
        if wrong:
            raise SystemExit(f"{name}: {len(wrong)} answers differ, the first at {wrong[0]}: {own(wrong[0])} / {other(wrong[0])}")
        ours_us, theirs_us = microseconds(own, instants), microseconds(other, instants)
        print(f"{name:24}{ours_us:9.2f} us{theirs_us:17.2f} us{theirs_us / ours_us:9.1f}x")
    print(f"\n{QUESTIONS} random instants, best of {ROUNDS} rounds; all answers equal. Ratio above 1: the portal is faster.")


def portal_calendar(closed: list[date]) -> OpeningTimes:
    week = {day: [["09:00", "12:30"], ["13:00", "17:00"]] for day in ("mon", "tue", "wed", "thu", "fri")}
    exceptions = [{"date": day.isoformat(), "hours": [], "reason": "x"} for day in closed]
    calendar = read_calendar({"timezone": ZONE.key, "weekly": week, "exceptions": exceptions})
    return OpeningTimes((Version(datetime(2020, 1, 1, tzinfo=UTC), calendar),))


def osm_expression(closed: list[date]) -> str:
    days = "; ".join(f"{day:%Y %b %d} off" for day in closed)
    return f"Mo-Fr 09:00-12:30,13:00-17:00; {days}"


def add(hours: OpeningHours, at: datetime) -> datetime:
    left = LEAD
    for opens_at, closes_at in _open(hours.intervals(at)):
        length = closes_at.astimezone(UTC) - opens_at.astimezone(UTC)
        if length >= left:
            return opens_at.astimezone(UTC) + left
        left -= length
    raise AssertionError("offices open again")


def between(hours: OpeningHours, at: datetime) -> timedelta:
    spans = _open(hours.intervals(at, at + SPAN))
    return sum((closes_at.astimezone(UTC) - opens_at.astimezone(UTC) for opens_at, closes_at in spans), timedelta(0))


def _open(intervals: object) -> Iterator[tuple[datetime, datetime]]:
    for opens_at, closes_at, state, _comment in intervals:  # type: ignore[attr-defined] # untyped library
        if str(state) == "open":
            yield opens_at, closes_at


def microseconds(ask: Callable[[datetime], object], instants: list[datetime]) -> float:
    """The best time of a round, per question."""
    best = float("inf")
    for _ in range(ROUNDS):
        begun = time.perf_counter()
        for at in instants:
            ask(at)
        best = min(best, time.perf_counter() - begun)
    return best / len(instants) * 1e6


if __name__ == "__main__":
    main()

"""What is published about response times, with the basis of every figure."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta
from fractions import Fraction
from functools import cached_property
from types import MappingProxyType
from typing import TypeVar

from portal.errors import Invalid
from portal.promises.statistics import FINE, MINIMUM_COUNT, Histogram, Scale, Spread, spread

PERIOD_DAYS = 28
LONGEST_PERIOD_DAYS = 3_660
MOST_GROUPS = 62
_FIRST_YEAR, _LAST_YEAR = 2000, 2999
DAY_STEPS = (1, 7, 28, 91)
HOUR_STEPS = (1, 2, 3, 6)
HOURS = range(24)
NO_SPREAD = Spread(0, 0, None, None)

Key = TypeVar("Key", date, int)


@dataclass(frozen=True)
class Period:
    """Local days of receipt, both included. A request belongs to the day on which it was received, for ever."""

    since: date
    until: date

    @property
    def days(self) -> int:
        return (self.until - self.since).days + 1


def period_between(since: str, until: str, today: date) -> Period:
    """The period named by two days such as 2026-03-01; an empty one means 28 days, or up to today.

    Raises Invalid that names `from` or `to`.
    """
    last = _day("to", until) if until else today
    first = _day("from", since) if since else last - timedelta(days=PERIOD_DAYS - 1)
    if first > last:
        raise Invalid("from", since, f"a day that is not after {last.isoformat()}")
    if (last - first).days >= LONGEST_PERIOD_DAYS:
        raise Invalid("from", since, f"a day less than {LONGEST_PERIOD_DAYS} days before {last.isoformat()}")
    return Period(first, last)


def _day(field: str, text: str) -> date:
    try:
        found = date.fromisoformat(text)
    except ValueError:
        raise Invalid(field, text, "a day such as 2026-03-01") from None
    if not _FIRST_YEAR <= found.year <= _LAST_YEAR:  # so that the calendar has weeks before and after it
        raise Invalid(field, text, f"a day in the years {_FIRST_YEAR} to {_LAST_YEAR}")
    return found


def last_days(today: date, days: int = PERIOD_DAYS) -> Period:
    """The period of this many days that ends today."""
    return Period(today - timedelta(days=days - 1), today)


@dataclass(frozen=True)
class Tally:
    """How many requests of a period came to what.

    `told` of the `late` were told in time that their answer comes later; `told_waiting` were told so and wait still. What
    changed after the promised time had passed: `removed` of the `set_aside` were set aside only then, and the answers to
    `reported` of the `kept` came to be known only then.
    """

    received: int = 0
    kept: int = 0
    late: int = 0
    set_aside: int = 0
    afterwards: int = 0
    unmeasured: int = 0
    unpromised: int = 0
    afterwards_kept: int = 0
    afterwards_late: int = 0
    told: int = 0
    told_waiting: int = 0
    removed: int = 0
    reported: int = 0

    @property
    def undecided(self) -> int:
        """Promises without an answer, be it too late already or not."""
        return self.received - self.set_aside - self.unpromised - self.kept - self.late


@dataclass(frozen=True)
class Unanswered:
    """Requests without an answer: their opening time so far, and how many are past their promise or still before it.

    `overdue_told` of the `overdue` were told in time that their answer comes later.
    """

    ages: Histogram = field(default_factory=lambda: Histogram({}))
    overdue: int = 0
    not_yet_due: int = 0
    overdue_told: int = 0


@dataclass(frozen=True)
class ResponseFigures:
    """The published figures of one channel over one period of receipt."""

    period: Period
    measured_since: date | None
    tally: Tally
    answered: Histogram
    waiting: Unanswered

    @cached_property
    def spread(self) -> Spread:
        """Median and P90 in opening time, with the number of requests behind them."""
        return spread(self.answered, self.waiting.ages)

    @property
    def error(self) -> float:
        """The largest relative error of median and P90."""
        return self.answered.scale.error

    @property
    def broken(self) -> int:
        """Answered late, or not answered at all although the time has passed."""
        return self.tally.late + self.waiting.overdue

    @property
    def told(self) -> int:
        """How many of the broken promises were told of beforehand."""
        return self.tally.told + self.waiting.overdue_told

    @property
    def judged(self) -> int:
        """How many promises are decided."""
        return self.tally.kept + self.broken

    @property
    def share_in_time(self) -> Fraction | None:
        """Kept of decided promises; None when too few are decided to say."""
        return Fraction(self.tally.kept, self.judged) if self.judged >= MINIMUM_COUNT else None

    @property
    def is_enough(self) -> bool:
        """Whether there are enough requests to publish anything."""
        return self.spread.median is not None


@dataclass(frozen=True)
class Group:
    """Some days, or some hours of the day, with the spread of the requests received in them; bounds included.

    `promised` is the spread of the times that were promised, in opening time too.
    """

    first: date | int
    last: date | int
    spread: Spread
    promised: Spread = NO_SPREAD


def by_day(
    period: Period,
    answered: Mapping[date, Histogram],
    waiting: Mapping[date, Histogram],
    promised: Mapping[date, Histogram] = MappingProxyType({}),
) -> tuple[Group, ...]:
    """The period in days, or in longer steps where single days hold too few requests; oldest first.

    Steps are counted back from the end of the period, so that the last one is whole.
    """

    def groups(step: int) -> tuple[Group, ...]:
        ends = [period.until - timedelta(days=back) for back in range(0, period.days, step)]
        spans = [(max(period.since, end - timedelta(days=step - 1)), end) for end in reversed(ends)]
        return tuple(
            Group(
                first,
                last,
                _pooled(_days(first, last), answered, waiting),
                _pooled(_days(first, last), promised, {}),
            )
            for first, last in spans
        )

    steps = [step for step in DAY_STEPS if step <= period.days <= step * MOST_GROUPS]
    return _finest(groups, steps or [1])


def by_hour(answered: Mapping[int, Histogram], waiting: Mapping[int, Histogram]) -> tuple[Group, ...]:
    """The local hours of receipt, 0 to 23, or in longer steps where single hours hold too few requests."""

    def groups(step: int) -> tuple[Group, ...]:
        starts = HOURS[::step]
        return tuple(Group(start, start + step - 1, _pooled(range(start, start + step), answered, waiting)) for start in starts)

    return _finest(groups, HOUR_STEPS)


def without_empty_ends(groups: tuple[Group, ...]) -> tuple[Group, ...]:
    """The groups from the first to the last that has a request: for hours of the day, most of which are night."""
    filled = [place for place, group in enumerate(groups) if group.spread.number]
    return groups[filled[0] : filled[-1] + 1] if filled else ()


def _days(first: date, last: date) -> Iterable[date]:
    return (first + timedelta(days=number) for number in range((last - first).days + 1))


def _pooled(keys: Iterable[Key], answered: Mapping[Key, Histogram], waiting: Mapping[Key, Histogram]) -> Spread:
    wanted = list(keys)
    done = [answered[key] for key in wanted if key in answered]
    open_ = [waiting[key] for key in wanted if key in waiting]
    scale: Scale = next((each.scale for each in done + open_), FINE)
    return spread(Histogram.merged(done, scale), Histogram.merged(open_, scale))


def _finest(groups: Callable[[int], tuple[Group, ...]], steps: Iterable[int]) -> tuple[Group, ...]:
    """The finest grouping in which at least four of five requests lie in a group that is large enough to show."""
    found: tuple[Group, ...] = ()
    for step in steps:
        found = groups(step)
        everything = sum(group.spread.number for group in found)
        shown = sum(group.spread.number for group in found if group.spread.median)
        if shown * 5 >= everything * 4:
            break
    return found

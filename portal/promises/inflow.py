"""Unusual inflow: more requests in a quarter of an hour, an hour or four hours than the same hours of earlier weeks allow.

The rule is built on a stated rate of false alarms: in quiet times at most one in thirteen weeks for each channel, and one for
all channels together. In thirteen weeks there are 8,736 quarters of an hour, and windows of three lengths end in each, so a
window may be called unusual when its number or more comes with a chance of at most 1 in 26,208: then no more than one is
expected, whatever the windows have in common. A window is judged as a whole: what has come in so far can only grow, so that
looking each minute costs no further false alarms and a large surge is noticed long before its first quarter is over.

What is usual is a negative binomial number. Its mean comes from the same window of up to eight earlier weeks, with one week's
weight of the same time on other days; its width from how much earlier weeks differed, half as much again because days have
heavier tails than a gamma distribution. With few weeks behind us both are wide.
"""

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import accumulate

QUARTER_MINUTES = 15
DAY = 96  # quarters
WEEK = 7 * DAY
WEEKS = 8  # that are looked back at
FALSE_ALARM_ONCE_IN = 13 * WEEK  # quarters, for each stream
LENGTHS = (1, 4, 16)  # quarters
CHANCE = 1 / (FALSE_ALARM_ONCE_IN * len(LENGTHS))
FEWEST = 5  # requests; fewer are no news, however unusual
FEWEST_KNOWN = 10  # requests in earlier weeks; with fewer nobody knows what is usual
TIMES = 2  # as many as usual: less is no news either
_AS_WAS_DISMISSED = 1.5

_SPREAD_AT_FIRST = 0.15  # squared coefficient of variation between weeks, until a channel has shown its own
_WEIGHT_AT_FIRST = 50.0  # requests squared
_SPREAD_MARGIN = 1.5
_SMALLEST_SPREAD = 0.05
_LEAST_KNOWN = 0.5  # requests: what never came may come

Span = tuple[int, int]


@dataclass(frozen=True, slots=True)
class Usual:
    """What earlier weeks say of one window: the mean, and the shape of the negative binomial distribution around it."""

    mean: float
    shape: float

    def is_unusual(self, seen: int) -> bool:
        """Whether so many or more come with a chance of `CHANCE` or less. O(seen) at most."""
        share = self.mean / (self.mean + self.shape)
        term = math.exp(self.shape * math.log1p(-share))
        below = 0.0
        for number in range(seen):
            below += term
            if below >= 1 - CHANCE:
                return True
            term *= share * (self.shape + number) / (number + 1)
        return False


@dataclass(frozen=True, slots=True)
class Unusual:
    """So many came in so many minutes; usually there are `usual`."""

    seen: int
    usual: float
    minutes: int


class Inflow:
    """The requests of one stream by quarter of an hour since 1970, in UTC, and what is usual for each.

    `counts` begin with the quarter `first`; `known_from` is the first quarter of which the stream can tell, `now` the present
    one. `offset` gives the quarters by which local time is ahead of UTC: same hours are hours of the wall clock. `surges` are
    spans [start, end) that say nothing of what is usual; `dismissed` such of which staff said that they mean nothing: as much
    in the same hours of later days is no surprise.
    """

    def __init__(
        self,
        counts: Sequence[int],
        *,
        first: int,
        known_from: int,
        now: int,
        offset: Callable[[int], int] = lambda _quarter: 0,
        surges: Sequence[Span] = (),
        dismissed: Sequence[Span] = (),
    ) -> None:
        self._sums = [0, *accumulate(counts)]
        self._first = first
        self._known_from = max(known_from, first)
        self._now = now
        self._offset = offset
        self._left_out = [*surges, *dismissed]
        self._dismissed = dismissed
        self._spreads: dict[int, float] = {}

    def seen(self, start: int, length: int) -> int:
        """The requests of [start, start + length)."""
        begin, end = (min(max(edge - self._first, 0), len(self._sums) - 1) for edge in (start, start + length))
        return self._sums[end] - self._sums[begin]

    def unusual(self, quarter: int, not_before: int = 0) -> Unusual | None:
        """What is unusual about the windows that end with this quarter, the longest such one; None when nothing is.

        Windows that begin before `not_before` are left out: a surge that is over is not noticed again.
        """
        found = None
        if not self._is_known:
            return None
        for length in LENGTHS:
            start = quarter - length + 1
            seen = self.seen(start, length)
            if start < not_before or seen < FEWEST or seen <= self._dismissed_before(start, length):
                continue
            usual = self.usual(start, length)
            if usual is not None and seen >= TIMES * usual.mean and usual.is_unusual(seen):
                found = Unusual(seen, usual.mean, length * QUARTER_MINUTES)
        return found

    def is_usual_again(self, quarter: int) -> bool:
        """Whether the last whole hours, so many that usually something would have come, were less than twice as busy as usual.

        Two hours at least and a day at most, so that the night within a surge is not its end. What has come in since counts
        with them, so that a surge which has just begun is not over.
        """
        for length in range(8, DAY + 1, 4):
            start = quarter - length
            usual = self._mean(start, length)
            if usual >= FEWEST or length == DAY:
                return self.seen(start, length + 1) < max(FEWEST, TIMES * usual)
        raise AssertionError("a day is the longest")

    def usual(self, start: int, length: int) -> Usual | None:
        """What is usual for this window; None with less than a week behind us."""
        earlier = self._earlier(start, length)
        if not earlier:
            return None
        weeks = len(earlier)
        known = sum(earlier) + self._mean_of_day(start, length) + _LEAST_KNOWN
        width = 1 / known + self._spread(length) * (1 + 1 / weeks)
        return Usual(known / (weeks + 1), 1 / width)

    @cached_property
    def _is_known(self) -> bool:
        start = self._now - WEEKS * WEEK
        return self.seen(start, WEEKS * WEEK - DAY) >= FEWEST_KNOWN

    def _mean(self, start: int, length: int) -> float:
        earlier = self._earlier(start, length)
        return sum(earlier) / len(earlier) if earlier else 0.0

    def _earlier(self, start: int, length: int) -> list[int]:
        """The same window of earlier weeks, by the wall clock; without what is not known and what was a surge."""
        found = []
        for week in range(1, WEEKS + 1):
            then = self._weeks_before(start, week)
            if self._tells(then, length):
                found.append(self.seen(then, length))
        return found

    def _weeks_before(self, start: int, weeks: int) -> int:
        then = start - weeks * WEEK
        return then + self._offset(start) - self._offset(then)

    def _mean_of_day(self, start: int, length: int) -> float:
        """The mean of the windows at this time of the day on all days."""
        days = [start - day * DAY for day in range(1, WEEKS * 7 + 1)]
        found = [self.seen(then, length) for then in days if self._tells(then, length)]
        return sum(found) / len(found) if found else 0.0

    def _tells(self, start: int, length: int) -> bool:
        if start < self._known_from:
            return False
        return not any(begin < start + length and start < end for begin, end in self._left_out)

    def _dismissed_before(self, start: int, length: int) -> float:
        """Up to how many in this window are no surprise, because so many were dismissed in the same hours of earlier days."""
        most = 0
        for day in range(1, WEEKS * 7 + 1) if self._dismissed else ():
            then = start - day * DAY
            if any(begin < then + length and then < end for begin, end in self._dismissed):
                most = max(most, self.seen(then, length))
        return _AS_WAS_DISMISSED * most

    def _spread(self, length: int) -> float:
        """The squared coefficient of variation between weeks beyond that of chance, from all windows up to a day ago."""
        if length not in self._spreads:
            beyond, squares = _SPREAD_AT_FIRST * _WEIGHT_AT_FIRST, _WEIGHT_AT_FIRST
            until = self._now - DAY
            for place in range(0, WEEK, length):
                weeks = [until - week * WEEK + place for week in range(1, WEEKS + 1)]
                found = [self.seen(start, length) for start in weeks if self._tells(start, length)]
                if len(found) > 1:
                    mean = sum(found) / len(found)
                    variance = sum((each - mean) ** 2 for each in found) / (len(found) - 1)
                    beyond += variance - mean
                    squares += mean * mean - variance / len(found)
            self._spreads[length] = max(_SMALLEST_SPREAD, _SPREAD_MARGIN * beyond / max(squares, 1.0))
        return self._spreads[length]

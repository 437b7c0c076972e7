"""What a wait holds besides the queue: its upper bound that nine in ten requests meet, learned by day."""

from array import array
from bisect import bisect_left, insort
from dataclasses import dataclass, field
from math import ceil
from typing import Any

DAYS_KEPT = 28  # days with requests, not calendar days: a quiet desk keeps what it knows
PER_DAY = 16  # two thousand requests of one day share one cause; they weigh as much as sixteen
AIM = 0.90
LEVEL_STEP = 0.04
LEVEL_LOWEST, LEVEL_HIGHEST = 0.50, 0.98
BATCH = 50  # promises judged move the level at once: what breaks by the hundred in the morning widens the afternoon
LOWERINGS = 8
FULL_STEP = 10  # fewer promises judged move the level less
FORGOTTEN = 9600.0  # minutes, four working weeks: what is overdue for longer was forgotten, and widens nothing more
STEADY = 240.0  # minutes: so much is uncertain beside what grows with the queue
SCALED_TO = 480.0  # minutes, an office day: no queue is so long that its rest is measured in more
STRETCH = 0.5  # each place beyond the largest known widens by half of it


def scale(queue: float) -> float:
    """What rests are measured in: a hundredth of the queue and a little more, for a longer queue is known less exactly."""
    return (STEADY + min(max(0.0, queue), SCALED_TO)) / 100


def _draw(request: int) -> int:
    """The lot of a request: mixes its id (Knuth's multiplicative hash), so that a sample needs no dice to be stored."""
    return (request * 2654435761 ^ request >> 16) & 0xFFFFFFFF


@dataclass(slots=True)
class Day:
    """One day's sample: the requests with the lowest lots among all received that day, and what became of them."""

    day: int
    rests: dict[int, float | None] = field(default_factory=dict)  # in units of `scale`; None: no answer yet
    highest: int | None = None  # the one with the highest lot, while the day is full; a view on the rests


class Rests:
    """The sample of the last days of one class, and the level that keeps nine in ten."""

    def __init__(self) -> None:
        self._days: list[Day] = []
        self._overdue: dict[int, float] = {}  # broken and not answered: the clock at which the rest began
        self._level = AIM
        self._kept = 0
        self._broken = 0
        self._lowered = 0
        self._sorted = array("d")  # of all that is known, in units of `scale`; a view on the days

    @property
    def days(self) -> int:
        return len(self._days)

    @property
    def known(self) -> int:
        return len(self._sorted)

    def received(self, request: int, day: int) -> None:
        """Take a request into the sample of its day, in place of another when that day is full."""
        if not self._days or self._days[-1].day < day:
            self._days.append(Day(day))
            if len(self._days) > DAYS_KEPT:
                for old, known in self._days.pop(0).rests.items():
                    self._forget(old, known)
        rests = self._days[-1].rests
        if request in rests:
            return
        if len(rests) >= PER_DAY:
            today = self._days[-1]
            highest = today.highest
            if highest is None or highest not in rests:
                highest = today.highest = max(rests, key=_draw)
            if _draw(request) >= _draw(highest):
                return
            self._forget(highest, rests.pop(highest))
        rests[request] = None

    def answered(self, request: int, rest: float, queue: float) -> None:
        found = round(rest / scale(queue), 1)
        for day in self._days:
            if request in day.rests:
                self._forget(request, day.rests[request])
                day.rests[request] = found
                insort(self._sorted, found)
                return

    def overdue(self, request: int, began: float) -> None:
        """A promise has broken and there is no answer: all that is known of its rest is that it is longer."""
        if any(request in day.rests for day in self._days):
            self._overdue[request] = round(began, 1)

    def withdrawn(self, request: int) -> None:
        """No answer will come: the request proves nothing."""
        for day in self._days:
            if request in day.rests:
                self._forget(request, day.rests.pop(request))
                day.highest = None
                return

    def judged(self, *, kept: bool, is_ordinary: bool) -> None:
        if kept:
            self._kept += 1
        else:
            self._broken += 1
        if self._kept + self._broken >= BATCH:
            self._move_level(is_ordinary=is_ordinary)

    def day_ends(self, *, is_ordinary: bool) -> None:
        """Move the level by the promises that made no full batch today."""
        self._move_level(is_ordinary=is_ordinary)
        self._lowered = 0

    def _move_level(self, *, is_ordinary: bool) -> None:
        """Move the level by what became of the promises that were judged since it last moved.

        What was kept on a day with extra people is no reason to promise less for the days without them.
        """
        judged = self._kept + self._broken
        if judged:
            step = LEVEL_STEP * min(1.0, judged / FULL_STEP)
            missed = self._broken / judged - (1 - AIM)
            if missed <= 0:
                self._lowered += 1
            may_lower = is_ordinary and self._lowered <= LOWERINGS
            self._level += step * (missed if may_lower else max(0.0, missed))
            self._level = min(max(self._level, LEVEL_LOWEST), LEVEL_HIGHEST)
        self._kept = self._broken = 0

    def bound(self, clock: float, queue: float) -> float | None:
        """The rest that nine in ten meet behind such a queue; None when nothing is known."""
        known = len(self._sorted)
        if not known:
            return None
        unit = scale(queue)
        doubt = 1 - (1 - self._level) * self.days / (self.days + 1)
        place = ceil((known + len(self._overdue) + 1) * doubt)
        if place <= known:
            return self._sorted[place - 1] * unit
        largest = self._sorted[-1]
        if self._overdue:
            ages = sorted(max(largest, (clock - began) / unit) for began in self._overdue.values())
            largest = ages[min(place - known, len(ages)) - 1]
            place -= len(ages)
        wide = largest + STRETCH * abs(largest) * max(0, place - known)
        return min(wide * unit, max(FORGOTTEN, self._sorted[-1] * unit))

    def _forget(self, request: int, known: float | None) -> None:
        self._overdue.pop(request, None)
        if known is not None:
            del self._sorted[bisect_left(self._sorted, known)]

    def as_json(self) -> dict[str, Any]:
        return {
            "days": [[day.day, list(day.rests.items())] for day in self._days],
            "overdue": list(self._overdue.items()),
            "level": self._level,
            "kept": self._kept,
            "broken": self._broken,
            "lowered": self._lowered,
        }

    @classmethod
    def from_json(cls, found: dict[str, Any]) -> "Rests":
        rests = cls()
        rests._days = [Day(day, dict(of)) for day, of in found["days"]]
        rests._overdue = dict(found["overdue"])
        rests._level, rests._kept, rests._broken = found["level"], found["kept"], found["broken"]
        rests._lowered = found["lowered"]
        rests._sorted = array("d", sorted(rest for day in rests._days for rest in day.rests.values() if rest is not None))
        return rests

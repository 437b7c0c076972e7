"""The method from which the portal's estimator began ("r3"), as it was first described: what this one is held against.

The queue term is the number ahead times the slower of two paces; the rest is a quantile of 28 days of residuals, 25 a day,
at a level that follows, once a day, how many promises broke. It knows no plan, and one class.
"""

from bisect import bisect_left, insort
from collections import deque
from dataclasses import dataclass, field
from heapq import heappop, heappush, heappushpop
from math import ceil
from random import Random
from statistics import median
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

    from portal.promises.estimator import Fact, Stretch

SAMPLE, DAYS = 25, 28
LATER_ANSWERS = 20
FIVE_DAYS = 5 * 480.0
HALF_LIFE = 480.0
FLOOR = 60.0


@dataclass(frozen=True, slots=True)
class Told:
    queue: float
    rest: float

    @property
    def minutes(self) -> float:
        return max(FLOOR, self.queue + self.rest)


@dataclass
class R3:
    """One desk. The same three verbs as the portal's own `Desk`."""

    level: float = 0.9
    _open: dict[int, tuple[float, float]] = field(default_factory=dict)  # since, and when its promise breaks
    _aside: set[int] = field(default_factory=set)
    _line: deque[int] = field(default_factory=deque)  # in order of receipt
    _latest: list[int] = field(default_factory=list)  # heap of the latest arrivals among the answered
    _rests: list[float] = field(default_factory=list)
    _days: deque[list[float]] = field(default_factory=deque)
    _today: int = 0
    _seen: int = 0
    _fast: float = 0.0
    _slow: tuple[float, float] = (0.0, 0.0)  # time and answers, fading
    _lone: deque[float] = field(default_factory=lambda: deque(maxlen=50))
    _found_nobody: set[int] = field(default_factory=set)
    _last: float | None = None
    _due: list[tuple[float, int]] = field(default_factory=list)
    _judged: int = 0
    _broken: int = 0
    _dice: Random = field(default_factory=lambda: Random(1))

    def announce(self, rank: int, clock: float, *, stated: float, plan: "Sequence[Stretch]" = ()) -> Told:  # noqa: ARG002
        self._set_aside(clock)
        queue = (len(self._open) - len(self._aside)) * self._pace()
        return Told(queue, self._rest(stated))

    def hear(self, fact: "Fact") -> None:
        self._judge(fact.clock)
        if fact.day != self._today:
            self._new_day(fact.day)
        if fact.happening.name == "RECEIVED":
            if len(self._open) == len(self._aside):
                self._found_nobody.add(fact.request)
            due = fact.since + max(FLOOR, fact.queue + fact.rest)
            self._open[fact.request] = (fact.since, due)
            self._line.append(fact.request)
            heappush(self._due, (due, fact.request))
        elif fact.request in self._open:
            self._answered(fact)

    def _answered(self, fact: "Fact") -> None:
        somebody_waited = len(self._open) - len(self._aside) > 1
        del self._open[fact.request]
        self._aside.discard(fact.request)
        self._judged += 1
        if self._last is not None and somebody_waited:
            gap = fact.clock - self._last
            self._fast += 0.05 * (gap - self._fast) if self._fast else gap
            fade = 0.5 ** (gap / HALF_LIFE)
            self._slow = (self._slow[0] * fade + gap, self._slow[1] * fade + 1)
        self._last = fact.clock
        if fact.request in self._found_nobody:
            self._found_nobody.discard(fact.request)
            self._lone.append(fact.clock - fact.since)
        if len(self._latest) < LATER_ANSWERS:
            heappush(self._latest, fact.request)
        else:
            heappushpop(self._latest, fact.request)
        self._keep(fact.clock - fact.since - fact.queue)

    def _keep(self, rest: float) -> None:
        self._seen += 1
        today = self._days[-1]
        if len(today) < SAMPLE:
            today.append(rest)
            insort(self._rests, rest)
        elif (place := self._dice.randrange(self._seen)) < SAMPLE:
            del self._rests[bisect_left(self._rests, today[place])]
            today[place] = rest
            insort(self._rests, rest)

    def _new_day(self, day: int) -> None:
        if self._judged:
            share = self._broken / self._judged
            self.level = min(0.97, max(0.85, self.level + 0.05 * min(1.0, self._judged / 10) * (share - 0.10)))
        self._judged = self._broken = self._seen = 0
        self._today = day
        self._days.append([])
        if len(self._days) > DAYS:
            for rest in self._days.popleft():
                del self._rests[bisect_left(self._rests, rest)]

    def _judge(self, clock: float) -> None:
        while self._due and self._due[0][0] < clock:
            if heappop(self._due)[1] in self._open:
                self._judged += 1
                self._broken += 1

    def _set_aside(self, clock: float) -> None:
        limit = self._latest[0] if len(self._latest) == LATER_ANSWERS else -1
        while self._line:
            request = self._line[0]
            if request in self._open and request not in self._aside:
                if request >= limit and clock - self._open[request][0] < FIVE_DAYS:
                    return
                self._aside.add(request)
            self._line.popleft()

    def _pace(self) -> float:
        slow = self._slow[0] / self._slow[1] if self._slow[1] else 0.0
        pace = max(self._fast, slow)
        return min(pace, median(self._lone)) if self._lone else pace

    def _rest(self, stated: float) -> float:
        if not self._rests:
            return stated
        place = ceil((len(self._rests) + 1) * self.level)
        if place <= len(self._rests):
            return self._rests[place - 1]
        return self._rests[-1] + 0.5 * abs(self._rests[-1]) * (place - len(self._rests))

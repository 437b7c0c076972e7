"""When a desk will have answered: the queue before a request, and the rest that nine in ten meet.

One desk is one channel. All times are opening minutes on the desk's own clock, so that nothing here knows a calendar.
What is announced depends on the channel, the class, the queue and the clock alone: similar requests hear the same.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from heapq import heapify, heappop, heappush
from math import isfinite
from typing import Any, ClassVar

from portal.promises.line import Line, Waiting
from portal.promises.pace import CROWDED, Arrivals, Experience, Pace, Stretch, time_for
from portal.promises.residuals import Rests

__all__ = ["Announcement", "Basis", "Desk", "Fact", "Happening", "Stretch"]

FLOOR = 60.0  # minutes: with no shorter promise every broken one can be told of half an hour before
PLAN_MARGIN = 1.2  # a plan is kept less than fully: people are briefed, fall ill, start late
SKIPPED = 0.5  # of answers given at random half go to requests behind the one that asks
OFFICE_DAY = 343.0  # opening minutes of an office in a calendar day: forty hours in seven days
SUPPOSED_DAYS = 7  # so many days of it are supposed before what a desk itself shows
PRUDENCE = 0.25  # of a queue beyond today: who will be there tomorrow is unknown, and wrong for everybody at once
PRUDENT_FROM, PRUDENT_TO = 600.0, 1920.0  # minutes of queue
MOST_SKIPPED = 0.5  # newest first there is no line to speak of; the rest holds what waiting is
ENOUGH = 30  # answers of a class before it stands on its own
YOUNG_DAYS = 5  # in its first days a desk announces no less than a falling part of the stated target
ROUNDING = 15.0  # minutes: rounding up to the half hour adds this much on average; a promise breaks only then
OVERLOADED = 3.0  # a queue term so many times the rest is "many questions at once"


class Happening(StrEnum):
    RECEIVED = "received"
    ANSWERED = "answered"
    LEFT = "left"
    RETURNED = "returned"
    MOVED = "moved"


class Basis(StrEnum):
    """What an announcement rests on."""

    STATED = "stated"
    MEASURED = "measured"
    BORROWED = "borrowed"


@dataclass(frozen=True, slots=True)
class Fact:
    """One thing that a desk hears, in the order in which it hears it. Clocks and waits are opening minutes."""

    happening: Happening
    request: int
    clock: float
    day: int
    rank: int
    since: float
    queue: float = 0.0
    rest: float = 0.0
    strength: float = 1.0


@dataclass(frozen=True, slots=True)
class Announcement:
    """What a request is told: how many stand before it, how long they take, and the rest, in opening minutes."""

    ahead: int
    queue: float
    rest: float
    basis: Basis
    days: int

    @property
    def minutes(self) -> float:
        """Opening minutes from now, before rounding up to the half hour."""
        return max(FLOOR, self.queue + self.rest)


class Desk:
    """What one channel knows of its own pace. `hear` learns from a fact; `announce` changes nothing."""

    FORMAT: ClassVar[int] = 3

    def __init__(self) -> None:
        self._clock = 0.0
        self._day: int | None = None
        self._began: tuple[float, int] | None = None  # the clock and the day of the first fact
        self._strength = 1.0
        self._is_ordinary = True  # nobody extra has worked today
        self._line = Line()
        self._due: list[tuple[float, int]] = []
        self._pace = Pace()
        self._arrivals = Arrivals()
        self._rests: dict[int, Rests] = {}
        self._all = Rests()
        self._experience = Experience()

    def announce(self, rank: int, clock: float, *, stated: float, plan: Sequence[Stretch] = ()) -> Announcement:
        """What a request of this class received now would be told. `stated` is the company's own target in minutes."""
        return self._estimate(rank, clock, self._line.ahead(rank), stated, plan)

    def reconsider(self, request: int, clock: float, *, stated: float, plan: Sequence[Stretch] = ()) -> Announcement:
        """The same for a request that waits already, from now; for one unknown here, as if it were the last in line."""
        waiting = self._line.get(request)
        if waiting is None:
            return self._estimate(max(self._rests, default=0), clock, self._line.counted, stated, plan)
        return self._estimate(waiting.rank, clock, self._line.ahead(waiting.rank, waiting.place), stated, plan)

    def is_overloaded(self, clock: float) -> bool:
        """Whether the queue is long beside what this desk knows."""
        rests = self._rests
        if not rests or not self._pace.known:
            return False
        lowest = max(rests)
        found = self._estimate(lowest, clock, self._line.counted, FLOOR, ())
        return found.queue > OVERLOADED * max(FLOOR, found.rest)

    def hear(self, fact: Fact) -> None:
        """Learn from one fact. A fact about an unknown or a known request again is taken for what it can still say."""
        if not all(map(isfinite, (fact.clock, fact.since, fact.queue, fact.rest, fact.strength))):
            return
        self._advance(fact.clock, fact.day)
        self._strength = max(0.0, fact.strength)
        self._is_ordinary = self._is_ordinary and fact.strength <= 1.0
        match fact.happening:
            case Happening.RECEIVED:
                self._received(fact)
            case Happening.ANSWERED:
                self._answered(fact)
            case Happening.LEFT:
                self._left(fact)
            case Happening.RETURNED:
                self._join(fact)
            case Happening.MOVED:
                self._moved(fact)

    def _estimate(self, rank: int, clock: float, ahead: int, stated: float, plan: Sequence[Stretch]) -> Announcement:
        clock = max(clock, self._clock)
        a_day = self._a_day()
        pace = self._pace.per_answer(clock, self._strength, ahead, a_day)
        to_others = min(CROWDED, self._arrivals.above(rank) * self._pace.ordinary)  # higher classes that come later and go first
        to_later = SKIPPED * min(MOST_SKIPPED, self._line.skipping)
        work = ahead * pace / (1 - to_others) / (1 - to_later)
        queue = time_for(PLAN_MARGIN * work, plan) if plan else self._experience.foreseen(work, a_day)
        rest, basis, days = self._rest(rank, clock, queue, stated)
        return Announcement(ahead, queue, rest, basis, days)

    def _a_day(self) -> float:
        """Opening minutes in a calendar day, on average; at first as many as an office has."""
        if self._began is None or self._day is None:
            return OFFICE_DAY
        clock, day = self._began
        return (SUPPOSED_DAYS * OFFICE_DAY + self._clock - clock) / (SUPPOSED_DAYS + self._day - day)

    def _rest(self, rank: int, clock: float, queue: float, stated: float) -> tuple[float, Basis, int]:
        """The bound of the class, of the whole channel while the class is little known, and generous in the first days."""
        own = self._rests.get(rank)
        bounds: list[float] = []
        basis = Basis.MEASURED
        if own and (bound := own.bound(clock, queue)) is not None:
            bounds.append(bound)
        is_alone = own is not None and len(self._rests) == 1
        if (own is None or own.known < ENOUGH) and not is_alone and (bound := self._all.bound(clock, queue)) is not None:
            bounds.append(bound)
            basis = Basis.BORROWED
        if not bounds:
            return stated, Basis.STATED, self._all.days
        bounds.append(PRUDENCE * (min(queue, PRUDENT_TO) - PRUDENT_FROM))
        if (young := 1 - (self._all.days - 1) / YOUNG_DAYS) > 0:
            bounds.append(stated * young)
        return max(bounds), basis, self._all.days

    def _advance(self, clock: float, day: int) -> None:
        """Let the clock run: promises whose time has passed are broken, and a new day closes the one before."""
        self._clock = max(self._clock, clock)
        while self._due and self._due[0][0] < self._clock:
            waiting = self._line.get(heappop(self._due)[1])
            if waiting is not None and not waiting.broken:
                waiting.broken = True
                for rests in (self._of(waiting.rank), self._all):
                    rests.judged(kept=False, is_ordinary=self._is_ordinary)
                    rests.overdue(waiting.request, waiting.since + waiting.queue)
        if self._began is None:
            self._began = (self._clock, day)
        if self._day is None or day > self._day:
            for rests in (self._all, *self._rests.values()):
                rests.day_ends(is_ordinary=self._is_ordinary)
            self._day = day
            self._is_ordinary = True

    def _received(self, fact: Fact) -> None:
        if fact.request in self._line:
            return
        self._arrivals.received(fact.rank, self._clock)
        for rests in (self._of(fact.rank), self._all):
            rests.received(fact.request, fact.day if self._day is None else self._day)
        self._join(fact)

    def _join(self, fact: Fact) -> None:
        if fact.request in self._line:
            return
        since = min(fact.since, self._clock)
        due = since + max(FLOOR, fact.queue + fact.rest) + ROUNDING
        waiting = Waiting(
            fact.request, fact.rank, since, fact.queue, fact.rest, alone=self._line.counted == 0, broken=due < self._clock
        )
        self._line.join(waiting)
        if not waiting.broken:
            heappush(self._due, (due, fact.request))

    def _answered(self, fact: Fact) -> None:
        waiting = self._line.leave(fact.request)
        if waiting is None:
            return
        wait = max(0.0, self._clock - waiting.since)
        self._line.answered(waiting)
        self._pace.answered(self._clock, self._strength, self._line.counted)
        if not waiting.broken:
            self._experience.worked_off(fact.day if self._day is None else self._day, min(wait, waiting.queue))
        if waiting.alone:
            self._pace.found_nobody(wait)
        for rests in (self._of(waiting.rank), self._all):
            rests.answered(fact.request, wait - waiting.queue, waiting.queue)
            if not waiting.broken:
                rests.judged(kept=True, is_ordinary=self._is_ordinary)

    def _left(self, fact: Fact) -> None:
        waiting = self._line.leave(fact.request)
        if waiting is None:
            return
        for rests in (self._of(waiting.rank), self._all):
            rests.withdrawn(fact.request)
        if not self._line.counted:
            self._pace.idle()

    def _moved(self, fact: Fact) -> None:
        waiting = self._line.leave(fact.request)
        if waiting is None or waiting.rank == fact.rank:
            if waiting is not None:
                self._line.join(waiting)
            return
        self._of(waiting.rank).withdrawn(fact.request)
        waiting.rank = fact.rank
        self._line.join(waiting)

    def _of(self, rank: int) -> Rests:
        return self._rests.setdefault(rank, Rests())

    def as_json(self) -> dict[str, Any]:
        """The whole state as JSON; `from_json` makes a desk of it that announces the same for ever after."""
        return {
            "format": self.FORMAT,
            "clock": self._clock,
            "day": self._day,
            "began": self._began,
            "strength": self._strength,
            "is_ordinary": self._is_ordinary,
            "line": self._line.as_json(),
            "due": sorted(self._due),
            "pace": self._pace.as_json(),
            "inflow": self._arrivals.as_json(),
            "experience": self._experience.as_json(),
            "all": self._all.as_json(),
            "rests": [[rank, rests.as_json()] for rank, rests in self._rests.items()],
        }

    @classmethod
    def from_json(cls, found: dict[str, Any]) -> "Desk":
        desk = cls()
        desk._clock, desk._day, desk._strength = found["clock"], found["day"], found["strength"]
        desk._began = None if found["began"] is None else tuple(found["began"])
        desk._is_ordinary = found["is_ordinary"]
        desk._line = Line.from_json(found["line"])
        desk._due = [(due, request) for due, request in found["due"]]
        heapify(desk._due)
        desk._pace = Pace.from_json(found["pace"])
        desk._arrivals = Arrivals.from_json(found["inflow"])
        desk._experience = Experience.from_json(found["experience"])
        desk._all = Rests.from_json(found["all"])
        desk._rests = {rank: Rests.from_json(rests) for rank, rests in found["rests"]}
        return desk

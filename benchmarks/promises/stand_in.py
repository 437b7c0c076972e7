"""A stand-in with the interface of the estimator, to be deleted."""
from bisect import bisect_left, insort
from dataclasses import dataclass
from enum import StrEnum
from math import ceil


class Happening(StrEnum):
    RECEIVED = "received"
    ANSWERED = "answered"
    LEFT = "left"
    RETURNED = "returned"
    MOVED = "moved"


@dataclass(frozen=True, slots=True)
class Fact:
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
class Stretch:
    starts: float
    ends: float
    factor: float


@dataclass(frozen=True, slots=True)
class Announcement:
    ahead: int
    queue: float
    rest: float

    @property
    def minutes(self):
        return max(60.0, self.queue + self.rest)


class Desk:
    def __init__(self):
        self.open = set()
        self.pace = 0.0
        self.last = None
        self.rests = []
        self.days = []

    def announce(self, rank, clock, *, stated, plan=()):
        queue = len(self.open) * self.pace
        m = len(self.rests)
        rest = self.rests[min(m - 1, ceil(0.9 * (m + 1)) - 1)] if m else stated
        return Announcement(len(self.open), queue, rest)

    def hear(self, fact):
        if fact.happening is Happening.RECEIVED:
            self.open.add(fact.request)
        elif fact.request in self.open:
            self.open.discard(fact.request)
            if self.last is not None and self.open:
                self.pace += 0.05 * (fact.clock - self.last - self.pace)
            self.last = fact.clock
            rest = fact.clock - fact.since - fact.queue
            insort(self.rests, rest)
            self.days.append(rest)
            if len(self.days) > 2000:
                del self.rests[bisect_left(self.rests, self.days.pop(0))]

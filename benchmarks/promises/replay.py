"""Replays a stream: at each arrival every method announces, from what was known then; answers are heard as they come."""

import time
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from heapq import heappop, heappush

from benchmarks.promises.baselines import BASELINES, Method
from benchmarks.promises.clock import OpeningClock
from benchmarks.promises.desks import Stream, Surge
from portal.promises.estimator import Desk, Fact, Happening, Stretch

OURS = "this portal"
STATED = 240.0  # opening minutes: what a company states as its norm before anything was measured


@dataclass(frozen=True, slots=True)
class Plan:
    """A staff plan as the company entered it. Minutes since the base."""

    known_at: float
    starts: float
    ends: float
    factor: float


def plan_of(surge: Surge, hours_after: float) -> Plan:
    """The plan for a surge, entered so many hours after it began."""
    return Plan(surge.starts + 60.0 * hours_after, surge.help_from, surge.help_until, surge.factor)


class Portal:
    """The product's own estimator as a method: it hears facts as a desk hears them, and rounds as the product does."""

    def __init__(self, clock: OpeningClock, plans: Sequence[Plan] = (), desk: Desk | None = None) -> None:
        self.desk = desk or Desk()
        self.seconds = 0.0
        self._clock = clock
        self._plans = sorted(plans, key=lambda plan: plan.known_at)
        self._told: dict[int, tuple[float, int, float, float]] = {}

    def announce(self, request: int, at: float, rank: int) -> float:
        clock, day = self._clock.opened(at), self._clock.day(at)
        stretches, strength = (self._known(at, clock), self._strength(at)) if self._plans else ((), 1.0)
        begun = time.thread_time()
        told = self.desk.announce(rank, clock, stated=STATED, plan=stretches)
        fact = Fact(Happening.RECEIVED, request, clock, day, rank, clock, told.queue, told.rest, strength)
        self.desk.hear(fact)
        self.seconds += time.thread_time() - begun
        self._told[request] = (clock, rank, told.queue, told.rest)
        return self._clock.promise(at, told.minutes)

    def answered(self, request: int, at: float) -> None:
        self._tell(Happening.ANSWERED, request, at)

    def left(self, request: int, at: float) -> None:
        self._tell(Happening.LEFT, request, at)

    def _tell(self, happening: Happening, request: int, at: float) -> None:
        since, rank, queue, rest = self._told.pop(request)
        clock, day = self._clock.opened(at), self._clock.day(at)
        strength = self._strength(at) if self._plans else 1.0
        begun = time.thread_time()
        self.desk.hear(Fact(happening, request, clock, day, rank, since, queue, rest, strength))
        self.seconds += time.thread_time() - begun

    def _known(self, at: float, clock: float) -> tuple[Stretch, ...]:
        """The plans that were entered by now and have not ended, as seen from now."""
        return tuple(
            Stretch(max(0.0, self._clock.opened(plan.starts) - clock), self._clock.opened(plan.ends) - clock, plan.factor)
            for plan in self._plans
            if plan.known_at <= at < plan.ends
        )

    def _strength(self, at: float) -> float:
        in_force = (plan.factor for plan in self._plans if plan.known_at <= at and plan.starts <= at < plan.ends)
        return next(in_force, 1.0)


@dataclass(frozen=True, slots=True)
class Replayed:
    """What each method announced, by request in the order of receipt: instants, in minutes since the base."""

    stream: Stream
    announced: dict[str, list[float]]
    microseconds: float  # processor time of the product's estimator, per request with its answer


def replay(stream: Stream, methods: Iterable[str] = BASELINES, plans: Sequence[Plan] = (), desk: Desk | None = None) -> Replayed:
    """One pass over a stream. Answers are heard before a request that comes at the same instant."""
    portal = Portal(stream.clock, plans, desk)
    taking_part: dict[str, Method] = {OURS: portal} | {name: BASELINES[name](stream.clock) for name in methods}
    announced: dict[str, list[float]] = {name: [] for name in taking_part}
    each = [(method, announced[name]) for name, method in taking_part.items()]
    ended: list[tuple[float, int]] = []  # answered, or closed without an answer
    for request, (at, rank, answer) in enumerate(zip(stream.received, stream.ranks, stream.answered, strict=True)):
        while ended and ended[0][0] <= at:
            ended_at, earlier = heappop(ended)
            is_answered = stream.answered[earlier] is not None
            for method, _ in each:
                (method.answered if is_answered else method.left)(earlier, ended_at)
        for method, told in each:
            told.append(method.announce(request, at, rank))
        ends = stream.left.get(request) if answer is None else answer
        if ends is not None:
            heappush(ended, (ends, request))
    return Replayed(stream, announced, 1e6 * portal.seconds / max(1, len(stream.received)))

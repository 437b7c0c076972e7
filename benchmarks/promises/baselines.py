"""What others announce: averages and quantiles of the waits that have ended. No floor and no rounding, as published."""

from bisect import bisect_left, insort
from collections import deque
from heapq import heappop, heappush
from math import ceil
from typing import Protocol

from benchmarks.promises.clock import DAY, OpeningClock

TARGET = 0.9
BEFORE_ANY = 240.0  # opening minutes that are announced before anything was measured
LAST = 200


class Method(Protocol):
    """Something that announces. All instants are minutes since the base; an announcement is the instant announced."""

    def announce(self, request: int, at: float, rank: int) -> float: ...

    def answered(self, request: int, at: float) -> None: ...

    def left(self, request: int, at: float) -> None:
        """The request was closed without an answer."""


class _OfWaits:
    """Keeps when each request came; the methods below differ in what they make of the waits that ended."""

    def __init__(self, clock: OpeningClock) -> None:
        self._clock = clock
        self._received: dict[int, float] = {}

    def announce(self, request: int, at: float, rank: int) -> float:  # noqa: ARG002 - none of them knows of classes
        self._received[request] = at
        wait = self._expected(at)
        return self._clock.promise(at, BEFORE_ANY) if wait is None else at + wait

    def answered(self, request: int, at: float) -> None:
        received = self._received.pop(request, None)
        if received is not None:
            self._learn(at - received, at)

    def left(self, request: int, at: float) -> None:  # noqa: ARG002 - a wait that did not end is no wait to them
        self._received.pop(request, None)

    def _expected(self, at: float) -> float | None:
        raise NotImplementedError

    def _learn(self, wait: float, at: float) -> None:
        raise NotImplementedError


class AllTimeMean(_OfWaits):
    def __init__(self, clock: OpeningClock) -> None:
        super().__init__(clock)
        self._sum, self._number = 0.0, 0

    def _expected(self, at: float) -> float | None:  # noqa: ARG002 - the same at any time
        return self._sum / self._number if self._number else None

    def _learn(self, wait: float, at: float) -> None:  # noqa: ARG002
        self._sum += wait
        self._number += 1


class MonthMean(_OfWaits):
    def __init__(self, clock: OpeningClock) -> None:
        super().__init__(clock)
        self._sum = 0.0
        self._waits: deque[tuple[float, float]] = deque()

    def _expected(self, at: float) -> float | None:
        while self._waits and self._waits[0][0] < at - 30 * DAY:
            self._sum -= self._waits.popleft()[1]
        return self._sum / len(self._waits) if self._waits else None

    def _learn(self, wait: float, at: float) -> None:
        self._sum += wait
        self._waits.append((at, wait))


class Rolling(_OfWaits):
    """A quantile of the last so many waits, in clock time."""

    def __init__(self, clock: OpeningClock, share: float) -> None:
        super().__init__(clock)
        self._share = share
        self._last: deque[float] = deque()
        self._sorted: list[float] = []

    def _expected(self, at: float) -> float | None:  # noqa: ARG002
        if not self._sorted:
            return None
        return self._sorted[min(len(self._sorted), ceil(self._share * len(self._sorted))) - 1]

    def _learn(self, wait: float, at: float) -> None:  # noqa: ARG002
        self._last.append(wait)
        insort(self._sorted, wait)
        if len(self._last) > LAST:
            del self._sorted[bisect_left(self._sorted, self._last.popleft())]


class RollingMedian(Rolling):
    def __init__(self, clock: OpeningClock) -> None:
        super().__init__(clock, 0.5)


class RollingP90(Rolling):
    def __init__(self, clock: OpeningClock) -> None:
        super().__init__(clock, TARGET)


class OpenP90:
    """The rolling P90 in opening time: what is measured and added are opening minutes."""

    def __init__(self, clock: OpeningClock) -> None:
        self._clock = clock
        self._waits = Rolling(clock, TARGET)

    def announce(self, request: int, at: float, rank: int) -> float:
        opened = self._clock.opened(at)
        lead = self._waits.announce(request, opened, rank) - opened if self._waits._sorted else BEFORE_ANY  # noqa: SLF001
        self._waits._received[request] = opened  # noqa: SLF001
        return self._clock.reached(opened + lead)

    def answered(self, request: int, at: float) -> None:
        self._waits.answered(request, self._clock.opened(at))

    def left(self, request: int, at: float) -> None:
        self._waits.left(request, at)


class Adaptive:
    """Adaptive conformal inference (Gibbs and Candes 2021): the level of the quantile follows kept and broken, each by each.

    In opening time, over the last 200 waits. A promise is judged when it is answered, or at its time when it is not. A level
    of one or more is beyond everything that was seen: the longest wait, stretched by a twentieth for each hundredth above.
    """

    STEP, HIGHEST = 0.005, 2.5  # the step of their paper

    def __init__(self, clock: OpeningClock) -> None:
        self._clock = clock
        self._level = TARGET
        self._last: deque[float] = deque()
        self._sorted: list[float] = []
        self._open: dict[int, tuple[float, float]] = {}  # when received, and what was announced, on the desk's clock
        self._due: list[tuple[float, int]] = []

    def announce(self, request: int, at: float, rank: int) -> float:  # noqa: ARG002
        opened = self._clock.opened(at)
        self._judge(opened)
        lead = self._lead()
        self._open[request] = (opened, opened + lead)
        heappush(self._due, (opened + lead, request))
        return self._clock.reached(opened + lead) if lead > 0 else at

    def answered(self, request: int, at: float) -> None:
        opened = self._clock.opened(at)
        self._judge(opened)
        received, promised = self._open.pop(request)
        if opened <= promised:
            self._level -= self.STEP * (1 - TARGET)
        self._last.append(opened - received)
        insort(self._sorted, opened - received)
        if len(self._last) > LAST:
            del self._sorted[bisect_left(self._sorted, self._last.popleft())]

    def left(self, request: int, at: float) -> None:
        """Nothing now: it is judged at its time, as broken."""

    def _judge(self, opened: float) -> None:
        while self._due and self._due[0][0] < opened:
            if heappop(self._due)[1] in self._open:
                self._level += self.STEP * TARGET

    def _lead(self) -> float:
        if not self._sorted:
            return BEFORE_ANY
        place = ceil(self._level * (len(self._sorted) + 1))
        if place > len(self._sorted):
            return self._sorted[-1] * (1 + 5 * max(0.0, min(self._level, self.HIGHEST) - 1))
        return self._sorted[max(place, 1) - 1]


BASELINES = {
    "all-time mean": AllTimeMean,
    "mean of 30 days": MonthMean,
    "median of last 200": RollingMedian,
    "P90 of last 200": RollingP90,
    "P90, opening time": OpenP90,
    "ACI": Adaptive,
}
MEAN = "all-time mean"

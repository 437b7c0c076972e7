"""How a line of people works off what was written: request by request, on the desk's opening clock."""

import random
from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum
from heapq import heapify, heappop, heappush

OUT_OF_ORDER = 0.15


class Order(StrEnum):
    OLDEST = "oldest first"
    NEWEST = "newest first"


@dataclass(frozen=True, slots=True)
class Habits:
    """How a desk takes its requests: now and then not the next but any of the next so many (`reach`).

    Who finds nothing to do turns to other work, and looks again after `away` minutes on average.
    """

    order: Order
    reach: int
    away: float


@dataclass(frozen=True, slots=True)
class Task:
    received: float
    rank: int
    minutes: float
    is_never_answered: bool


@dataclass(frozen=True, slots=True)
class Shift:
    """So many people between two instants of the desk's clock; a broken number is a slower one among them."""

    starts: float
    ends: float
    people: float


class _Waiting:
    """The requests of one class that wait, taken from the front, from the back, or from anywhere."""

    def __init__(self) -> None:
        self._line: list[int] = []
        self._taken: set[int] = set()
        self._head = 0
        self.length = 0

    def add(self, request: int) -> None:
        self._line.append(request)
        self.length += 1

    def take(self, habits: Habits, dice: random.Random) -> int:
        self.length -= 1
        ends = len(self._line)
        first, end = self._head, min(ends, self._head + habits.reach)
        if habits.order is Order.NEWEST:
            first, end = max(first, ends - habits.reach), ends
        request = self._line[first if habits.order is Order.OLDEST else end - 1]
        if dice.random() < OUT_OF_ORDER:
            while (request := self._line[dice.randrange(first, end)]) in self._taken:
                pass
        self._taken.add(request)
        self._tidy()
        return request

    def _tidy(self) -> None:
        while self._line and self._line[-1] in self._taken:
            self._taken.discard(self._line.pop())
        self._head = min(self._head, len(self._line))
        while self._head < len(self._line) and self._line[self._head] in self._taken:
            self._taken.discard(self._line[self._head])
            self._head += 1
        if not self.length or (len(self._line) - self._head > 4 * self.length + 50):
            self._line = [each for each in self._line[self._head :] if each not in self._taken]
            self._taken.clear()
            self._head = 0


def worked_off(tasks: list[Task], shifts: Iterable[Shift], habits: Habits, dice: random.Random) -> list[float | None]:
    """When each task was answered, on the desk's clock; None for what never was. The highest class goes first."""
    done: list[float | None] = [None] * len(tasks)
    waiting = [_Waiting() for _ in range(1 + max((task.rank for task in tasks), default=0))]
    carried: list[float] = []
    coming = 0
    for shift in shifts:
        people = int(shift.people + 0.5)
        pace = shift.people / people if people else 1.0
        carried.sort()
        free = [max(at, shift.starts) for at in carried[:people]] + [shift.starts] * (people - len(carried))
        heapify(free)
        while free and free[0] < shift.ends:
            at = free[0]
            while coming < len(tasks) and tasks[coming].received <= at:
                if not tasks[coming].is_never_answered:
                    waiting[tasks[coming].rank].add(coming)
                coming += 1
            line = next((each for each in waiting if each.length), None)
            heappop(free)
            if line is None:
                elsewhere = dice.expovariate(1 / habits.away) if habits.away else 0.0
                heappush(free, max(tasks[coming].received, at) + elsewhere if coming < len(tasks) else shift.ends)
                continue
            request = line.take(habits, dice)
            done[request] = at + tasks[request].minutes / pace
            heappush(free, done[request])
        carried = free
        if coming == len(tasks) and not any(each.length for each in waiting):
            break
    return done

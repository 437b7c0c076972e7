"""What is done at a time in the demo: in the order of time, whatever order it was thought of."""

import heapq
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime
from itertools import count

from sqlalchemy.orm import Session

_FORGET_EVERY = 250  # what a session remembers slows it down


@dataclass(frozen=True)
class Timed:
    at: datetime
    deed: "Deed"


Deed = Callable[[Session], Iterable[Timed]]  # does it, and returns what follows from it later
Progress = Callable[[int, int], None]


def play(session: Session, deeds: Iterable[Timed], progress: Progress) -> None:
    """Does them all, and what follows from them. `progress` is told how many are done and how many there are."""
    number = count()
    waiting = [(timed.at, next(number), timed.deed) for timed in deeds]
    heapq.heapify(waiting)
    done = 0
    while waiting:
        _at, _number, deed = heapq.heappop(waiting)
        for timed in deed(session):
            heapq.heappush(waiting, (timed.at, next(number), timed.deed))
        done += 1
        if done % _FORGET_EVERY == 0:
            session.flush()
            session.expunge_all()
            progress(done, done + len(waiting))
    progress(done, done)

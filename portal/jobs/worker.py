"""The one who empties the queue. Any number of them may work at once, on one machine or on several."""

import logging
from collections.abc import Sequence
from datetime import UTC, datetime

from huey import Huey
from huey.consumer import Consumer, Scheduler

from portal.clock import Clock
from portal.jobs.promptly import reading_what_comes_in
from portal.jobs.queue import queue
from portal.jobs.rules import turn_at
from portal.jobs.timetable import JOBS, Job
from portal.services import Services

logger = logging.getLogger(__name__)

_THREADS = 2  # one job that takes long does not keep the heart from beating
_LONGEST_PAUSE_SECONDS = 1
_TURN = "turn:"
_TURNS_KEPT = 30  # ten minutes: clocks of machines may differ by that much before a job is put in the queue twice


def run(services: Services, jobs: Sequence[Job] = JOBS) -> None:
    """Works until SIGTERM or SIGINT; a job under way is finished first. What others put in the queue stays there.

    Raises Unavailable when the queue does not answer at the start; later on it is asked again and again.
    """
    with reading_what_comes_in(services):
        consumer(services, jobs).run()


def consumer(services: Services, jobs: Sequence[Job] = JOBS) -> Consumer:
    """The threads of one worker and the one that keeps time, not started yet."""
    return _Consumer(
        queue(services, jobs),
        services.clock,
        workers=_THREADS,
        max_delay=_LONGEST_PAUSE_SECONDS,
        graceful_signal="TERM",
        shutdown_timeout=30,
    )


def takes_turn(huey: Huey, at: datetime) -> bool:
    """Whether the caller is the first of all workers to ask in this stretch of 20 seconds; it then puts the jobs in the queue.

    The storage of the queue decides, in one atomic step. So no worker is the leader, and none has to be replaced when it dies.
    """
    turn = turn_at(at)
    if not huey.storage.put_if_empty(f"{_TURN}{turn}", b"taken"):
        return False
    for key in huey.storage.result_items():
        if key.startswith(_TURN) and int(key.removeprefix(_TURN)) < turn - _TURNS_KEPT:
            huey.storage.delete_data(key)
    return True


class _Scheduler(Scheduler):  # type: ignore[misc] # untyped library
    """Looks each second whether a turn has begun; all but the first of many workers leave it at that."""

    periodic_task_seconds = 1

    def __init__(self, *, clock: Clock, **options: object) -> None:
        super().__init__(**options)
        self._clock = clock
        self._asked_for = 0

    def enqueue_periodic_tasks(self, now: datetime | None) -> None:
        at = now.replace(tzinfo=UTC) if now else self._clock.now()
        if turn_at(at) == self._asked_for:
            return
        try:
            if takes_turn(self.huey, at):
                super().enqueue_periodic_tasks(at.replace(tzinfo=None))
            self._asked_for = turn_at(at)
        except Exception:  # a queue that is away for a while must not end this thread for ever
            logger.exception("The queue does not answer; trying again")


class _Consumer(Consumer):  # type: ignore[misc] # untyped library
    def __init__(self, huey: Huey, clock: Clock, **options: object) -> None:
        self._clock = clock
        super().__init__(huey, **options)

    def _create_scheduler(self) -> _Scheduler:
        return _Scheduler(
            huey=self.huey,
            stop_flag=self.stop_flag,
            interval=self.scheduler_interval,
            periodic=self.periodic,
            clock=self._clock,
        )

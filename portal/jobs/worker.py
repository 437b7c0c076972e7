"""The queue and the one who empties it: Huey on a file in the instance folder.

A task says only "look what there is to do". What must not be lost stands in the tables; this file may be thrown away.
"""

from collections.abc import Callable, Sequence

from huey import SqliteHuey
from huey.consumer import Consumer, Scheduler
from huey.serializer import SignedSerializer

from portal.jobs.promptly import reading_what_comes_in
from portal.jobs.rules import BEAT_EVERY
from portal.jobs.store import beat
from portal.jobs.timetable import JOBS, Job
from portal.services import Services

_THREADS = 2  # one job that takes long does not keep the heart from beating
_FORGET_AFTER = BEAT_EVERY.seconds * 3  # seconds; a task that waited longer is followed by a fresh one anyhow
_LONGEST_PAUSE_SECONDS = 1


class _Scheduler(Scheduler):  # type: ignore[misc] # untyped library
    periodic_task_seconds = BEAT_EVERY.seconds


class _Consumer(Consumer):  # type: ignore[misc] # untyped library
    scheduler_class = _Scheduler


def queue(services: Services, jobs: Sequence[Job] = JOBS) -> SqliteHuey:
    """The queue of this installation, which knows all jobs. What lies in it is signed: nobody else can put work in."""
    huey = SqliteHuey(
        "portal",
        filename=services.config.queue_url.removeprefix("sqlite:///"),
        results=False,
        utc=True,
        serializer=SignedSerializer(services.config.secret_key, salt="portal.jobs"),
    )
    for job in jobs:
        huey.periodic_task(job.is_due, name=job.name, expires=_FORGET_AFTER)(_task(services, job))
    return huey


def run(services: Services, jobs: Sequence[Job] = JOBS) -> None:
    """Works until SIGTERM or SIGINT; a job under way is finished first. The first tasks are done at once."""
    huey = queue(services, jobs)
    huey.storage.flush_queue()
    consumer = _Consumer(
        huey,
        workers=_THREADS,
        max_delay=_LONGEST_PAUSE_SECONDS,
        graceful_signal="TERM",
        shutdown_timeout=30,
    )
    with reading_what_comes_in(services):
        consumer.run()


def do(services: Services, job: Job) -> None:
    """Does the job and writes down that it was done; the clock is read once."""
    now = services.clock.now()
    job.run(services, now)
    with services.database.transaction() as session:
        beat(session, job.name, now)


def _task(services: Services, job: Job) -> Callable[[], None]:
    def task() -> None:
        do(services, job)

    return task

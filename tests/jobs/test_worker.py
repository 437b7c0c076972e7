from dataclasses import replace
from datetime import datetime
from pathlib import Path

import pytest

from portal.jobs import worker
from portal.jobs.store import last_beat
from portal.jobs.timetable import Job, always
from portal.services import Services


@pytest.fixture
def services(services: Services, tmp_path: Path) -> Services:
    return replace(services, config=replace(services.config, instance=tmp_path))


def test_a_task_from_the_queue_does_its_job_and_writes_down_when(services: Services, now: datetime) -> None:
    done: list[datetime] = []
    huey = worker.queue(services, [Job("count", lambda _services, at: done.append(at), always)])
    for task in huey.read_periodic(now.replace(tzinfo=None)):
        huey.enqueue(task)
    huey.execute(huey.dequeue())
    assert done == [now]
    with services.database.reading() as session:
        assert last_beat(session, "count") == now


def test_a_job_that_fails_is_not_written_down_as_done(services: Services, now: datetime) -> None:
    def fail(_services: Services, _now: datetime) -> None:
        raise RuntimeError("the disk is full")

    with pytest.raises(RuntimeError):
        worker.do(services, Job("fail", fail, always))
    with services.database.reading() as session:
        assert last_beat(session, "fail") is None


def test_a_task_that_another_hand_put_in_the_queue_is_refused(services: Services) -> None:
    huey = worker.queue(services)
    forged = worker.queue(replace(services, config=replace(services.config, secret_key="x" * 40)))
    forged.enqueue(forged.read_periodic(services.clock.now().replace(tzinfo=None))[0])
    with pytest.raises(ValueError, match="mismatch"):
        huey.dequeue()


def test_no_two_jobs_share_a_name() -> None:
    names = [job.name for job in worker.JOBS]
    assert len(names) == len(set(names))

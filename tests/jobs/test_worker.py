from datetime import datetime

import pytest

from portal.jobs.queue import do
from portal.jobs.store import last_beat
from portal.jobs.timetable import JOBS, Job, always
from portal.services import Services


def test_a_job_that_fails_is_not_written_down_as_done(services: Services, now: datetime) -> None:
    def fail(_services: Services, _now: datetime) -> None:
        raise RuntimeError("the disk is full")

    with pytest.raises(RuntimeError):
        do(services, Job("fail", fail, always))
    with services.database.reading() as session:
        assert last_beat(session, "fail") is None


def test_no_two_jobs_share_a_name() -> None:
    names = [job.name for job in JOBS]
    assert len(names) == len(set(names))

"""What the company says of its staff changes what customers read within a minute, without anybody touching a page."""

from datetime import timedelta
from pathlib import Path

import pytest

from portal.clock import FixedClock
from portal.promises.staffing import end_plan, plan_staff
from portal.promises.store import make_promise, record_answer
from portal.publication.publisher import Publisher
from portal.publication.watch import Watch
from portal.services import Services
from tests.publication.reading import whole_set


@pytest.fixture
def long_queue(services: Services, company: dict[str, int], clock: FixedClock) -> int:
    """Two hundred questions wait on X, of which one is answered in ten minutes; the channel's id."""
    channel_id, now = company["x"], clock.now()
    with services.database.transaction() as session:
        for number in range(200):
            received_at = now - timedelta(minutes=110)
            make_promise(session, case_id=number, channel_id=channel_id, received_at=received_at, now=received_at)
        for number in range(10):
            at = now - timedelta(minutes=100 - 10 * number)
            record_answer(session, number, at, at)
    return channel_id


def test_a_plan_of_staff_is_in_the_published_times_and_its_end_too(
    publisher: Publisher, services: Services, clock: FixedClock, folder: Path, long_queue: int
) -> None:
    publisher.publish_all()
    before = whole_set(folder)["/channels/x"].etag
    watch = Watch(services.database)
    watch.wait(0)
    facts = {"usual": 1, "people": 20, "starts_at": clock.now(), "ends_at": clock.now() + timedelta(days=3)}
    with services.database.transaction() as session:
        plan = plan_staff(session, channel_id=long_queue, **facts, now=clock.now(), actor_id=None)
    assert watch.wait(1), "publishers are told at once"
    publisher.publish_all()
    with_plan = whole_set(folder)["/channels/x"].etag
    with services.database.transaction() as session:
        end_plan(session, plan.id, now=clock.now() + timedelta(seconds=1), actor_id=None)
    clock.advance(timedelta(seconds=2))
    assert watch.wait(1)
    watch.close()
    publisher.publish_all()
    assert with_plan != before
    assert whole_set(folder)["/channels/x"].etag != with_plan

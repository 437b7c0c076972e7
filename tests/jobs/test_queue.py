"""The queue in each of the places where it may be kept, with several workers that know nothing of one another."""

import threading
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path

import psycopg
import pytest
from huey import Huey
from sqlalchemy import make_url

from portal.errors import Unavailable
from portal.jobs import worker
from portal.jobs.queue import do, queue
from portal.jobs.store import last_beat
from portal.jobs.timetable import JOBS, Job, always
from portal.services import Services
from portal.vault import Vault
from tests.programs import redis_server
from tests.running import free_port

OpenQueue = Callable[..., Huey]
TWENTY_SECONDS = timedelta(seconds=20)


@pytest.fixture(scope="session")
def redis_url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    with redis_server(tmp_path_factory.mktemp("redis")) as server:
        yield server.url


@pytest.fixture(scope="session")
def queue_database(postgresql_url: str) -> str:
    """A database of its own: the tables of the queue are no business of the migrations."""
    plain = postgresql_url.replace("+psycopg", "")
    with psycopg.connect(plain, autocommit=True) as connection:
        connection.execute("CREATE DATABASE queue")
    return make_url(plain).set(database="queue").render_as_string(hide_password=False)


@pytest.fixture(params=["sqlite", "postgresql", "redis"])
def queue_url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path / 'queue.db'}"
    if request.param == "redis":
        return str(request.getfixturevalue("redis_url"))
    return str(request.getfixturevalue("queue_database"))


@pytest.fixture
def services(services: Services, queue_url: str) -> Services:
    return replace(services, config=replace(services.config, queue_url=queue_url))


@pytest.fixture(autouse=True)
def opened(services: Services) -> Iterator[OpenQueue]:
    """Opens queues, empty at first, and closes them all in the end."""
    hueys: list[Huey] = []

    def open_queue(other: Services = services, jobs: Sequence[Job] = JOBS) -> Huey:
        hueys.append(queue(other, jobs))
        return hueys[-1]

    open_queue().flush()
    yield open_queue
    for huey in hueys:
        huey.flush()
        huey.storage.close()


def put_in(huey: Huey, now: datetime) -> None:
    for task in huey.read_periodic(now.replace(tzinfo=None)):
        huey.enqueue(task)


def test_a_task_from_the_queue_does_its_job_and_writes_down_when(opened: OpenQueue, services: Services, now: datetime) -> None:
    done: list[datetime] = []
    huey = opened(services, [Job("count", lambda _services, at: done.append(at), always)])
    put_in(huey, now)
    huey.execute(huey.dequeue())
    assert done == [now]
    with services.database.reading() as session:
        assert last_beat(session, "count") == now


def test_a_task_that_another_hand_put_in_the_queue_is_refused(opened: OpenQueue, services: Services, now: datetime) -> None:
    forged = opened(replace(services, config=replace(services.config, secret_key="x" * 40)))
    put_in(forged, now)
    with pytest.raises(ValueError, match="mismatch"):
        opened(services).dequeue()


def test_another_installation_on_the_same_server_has_a_queue_of_its_own(
    opened: OpenQueue, services: Services, now: datetime
) -> None:
    other = opened(replace(services, vault=Vault("of another installation of another company")))
    put_in(other, now)
    try:
        assert opened(services).dequeue() is None
        assert other.pending_count() == len(JOBS)
    finally:
        other.flush()


def test_of_many_workers_one_takes_the_turn(opened: OpenQueue, services: Services, now: datetime) -> None:
    hueys = [opened(services) for _ in range(8)]
    together = threading.Barrier(len(hueys))
    took: list[bool] = []

    def ask(huey: Huey) -> None:
        together.wait()
        took.append(worker.takes_turn(huey, now))

    threads = [threading.Thread(target=ask, args=(huey,)) for huey in hueys]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(took) == [False] * 7 + [True]
    assert worker.takes_turn(hueys[3], now + TWENTY_SECONDS), "whoever is there takes the next turn"


def test_turns_of_long_ago_are_forgotten_and_those_of_slow_clocks_are_not(
    opened: OpenQueue, services: Services, now: datetime
) -> None:
    huey = opened(services)
    for number in range(100):
        assert worker.takes_turn(huey, now + number * TWENTY_SECONDS)
    assert huey.storage.result_store_size() == 31
    assert not worker.takes_turn(huey, now + 70 * TWENTY_SECONDS)


def test_tables_and_files_of_the_queue_are_made_by_many_at_once(opened: OpenQueue, services: Services, queue_url: str) -> None:
    if queue_url.startswith("postgresql"):
        with psycopg.connect(queue_url) as connection:
            for name in ("kv", "schedule", "task", "counter"):
                connection.execute(f"DROP TABLE portal_queue_{name}")
    together = threading.Barrier(8)
    made: list[Huey] = []

    def make() -> None:
        together.wait()
        made.append(opened(services))

    threads = [threading.Thread(target=make) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(made) == 8


def test_a_worker_leaves_what_others_put_in_the_opened(opened: OpenQueue, services: Services, now: datetime) -> None:
    put_in(opened(services), now)
    starting = worker.consumer(services)
    starting.huey.storage.close()
    assert opened(services).pending_count() == len(JOBS)


def test_two_workers_may_do_a_job_for_the_first_time_at_once(services: Services, now: datetime) -> None:
    together = threading.Barrier(4)
    job = Job("count", lambda _services, _now: together.wait() and None, always)
    threads = [threading.Thread(target=do, args=(services, job)) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    with services.database.reading() as session:
        assert last_beat(session, "count") == now


@pytest.mark.parametrize("kind", ["postgresql", "redis"])
def test_a_queue_that_does_not_answer_is_said_in_one_line_without_its_password(services: Services, kind: str) -> None:
    url = f"{kind}://portal:geheim@127.0.0.1:{free_port()}/0"
    with pytest.raises(Unavailable, match=f"The queue at {kind}://127.0.0.1:[0-9]+/0 does not answer") as refusal:
        queue(replace(services, config=replace(services.config, queue_url=url)))
    assert "geheim" not in refusal.value.message


def test_a_password_that_cannot_be_read_is_not_repeated(services: Services) -> None:
    url = "postgresql://portal:geheim%zz@127.0.0.1/queue"
    with pytest.raises(Unavailable, match="percent-encoded") as refusal:
        queue(replace(services, config=replace(services.config, queue_url=url)))
    assert "geheim" not in refusal.value.message

"""Three machines and two workers on one PostgreSQL, while programs are killed and PostgreSQL is restarted under load."""

import logging
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest
from sqlalchemy import select

from portal import migrating
from portal.cases.models import Case, CaseMessage
from portal.connectors.models import Inbound
from portal.db import Database
from tests.faults import own_postgresql
from tests.running import wait_until
from tests.serving.machines import Company, Life, Machine

pytestmark = [pytest.mark.slow, pytest.mark.xdist_group("several machines")]
WEB, DOOR, WORKER, PUBLISHER = "portal.serving.front", "portal.serving.door", "portal worker", "portal publisher"

logger = logging.getLogger(__name__)


class Place:
    """Where they stand: their database, which may be restarted, and themselves."""

    def __init__(self, folder: Path, url: str, stop: Callable[[], None], start: Callable[[], None]) -> None:
        database = Database(url)
        migrating.upgrade(database)
        database.close()
        self.company, self._stop, self._start = Company(url), stop, start
        plain = url.replace("+psycopg", "")
        settings = {"PORTAL_DATABASE_URL": plain, "PORTAL_QUEUE_URL": plain}
        roles: tuple[tuple[str, ...], ...] = ((), (), ("--no-worker",))
        self.machines = [
            Machine(folder / f"machine{number}", self.company, *options, **settings) for number, options in enumerate(roles)
        ]
        self.life = Life(self.machines, self.company)

    def kill(self, number: int, program: str) -> None:
        """Kills it and waits until this machine shows again what is newest.

        What a killed web server has started answers until the portal has ended what is left of it, so that is waited for.
        """
        machine = self.machines[number]
        run = machine.run
        if program in {WEB, PUBLISHER}:
            with machine.disturbance(of_web=program == WEB):
                machine.kill(program)
                if program == WEB:
                    run.process.wait(60)
        else:
            machine.kill(program)
            self.wait_for_updates(1)

    def restart_database(self) -> None:
        with ExitStack() as disturbed:
            for machine in self.machines:
                disturbed.enter_context(machine.disturbance(of_web=False))
            self._stop()
            known = len(self.life.acknowledged)
            wait_until(lambda: len(self.life.acknowledged) >= known + 10, 60)  # taken, on the disks of the machines
            self._start()

    def wait_for_updates(self, count: int) -> None:
        newest = self.company.newest + count
        wait_until(lambda: all(machine.shown >= newest for machine in self.machines), 60, why=self._state)

    def _state(self) -> str:
        shown = [machine.shown for machine in self.machines]
        said = "\n\n".join(machine.run.said[-3_000:] for machine in self.machines)
        return f"{self.company.newest} is the newest, shown are {shown}; failures: {self.life.failures}\n{said}"

    def end(self) -> None:
        for machine in self.machines:
            machine.run.kill()
        self.company.database.close()


@pytest.fixture
def place(tmp_path: Path, postgresql_url: str) -> Iterator[Place]:  # that one's first start finds where sockets may be
    with own_postgresql() as (url, stop, start):
        found = Place(tmp_path, url, stop, start)
        try:
            for machine in found.machines:
                machine.run.wait_until_up(120)
                wait_until(lambda machine=machine: machine.look().newest == 0, 120, why=lambda: found.machines[0].run.said)  # type: ignore[misc]
                machine.run.wait_for(lambda machine=machine: machine.run.answer("/healthz", port=machine.hook_port) == 200, 60)  # type: ignore[misc]
            yield found
        finally:
            found.end()


def test_nothing_is_lost_doubled_or_long_wrong(place: Place) -> None:
    """What was acknowledged is there once. While a machine's web server lives, each public page is answered with 200.

    Of the updates committed while a machine, its publisher and PostgreSQL were all well, three in four at least are seen there
    before the next one, which comes two seconds later. All of this runs on the few cores of one machine, where each program that
    is started again holds up the others, so the last one in four may be later; how late is written in the log.
    """
    with place.life.going_on():
        place.wait_for_updates(2)
        place.kill(0, PUBLISHER)
        place.kill(1, DOOR)
        place.restart_database()
        place.kill(0, WORKER)
        place.kill(2, WEB)  # its portal ends with it, and is started again as systemd does it
        place.kill(1, WORKER)
        place.restart_database()
        place.kill(2, DOOR)
        place.kill(1, WEB)
        place.wait_for_updates(3)
    assert_all_there_once(place)
    assert_pages_were_right(place)


def assert_all_there_once(place: Place) -> None:
    acknowledged = set(place.life.acknowledged)
    assert len(acknowledged) > 50

    def found() -> tuple[Counter[str], Counter[str], Counter[str]]:
        with place.company.database.reading() as session:
            columns = (Inbound.delivery_id, CaseMessage.message_id, Case.thread_ref)
            return tuple(Counter(session.scalars(select(column))) for column in columns)  # type: ignore[return-value]

    wait_until(lambda: {f"m-{name}" for name in acknowledged} <= set(found()[1]), 120)
    deliveries, messages, cases = found()
    assert acknowledged <= set(deliveries)
    assert {f"t-{name}" for name in acknowledged} <= set(cases)
    for counted in (deliveries, messages, cases):
        assert set(counted.values()) == {1}
    assert not [path for machine in place.machines for path in machine.folder.glob("spool/*.spool")]


def assert_pages_were_right(place: Place) -> None:
    committed = place.company.committed
    for number, machine in enumerate(place.machines):
        for look in machine.looks:
            is_without_web = any(began <= look.at <= ended for began, ended in machine.without_web)
            assert look.status == 200 or (look.status is None and is_without_web), (number, look)
        delays = machine.delays()
        assert len(delays) >= 5, "there were quiet moments"
        found = sorted(delay for delay, _ in delays.values())
        middle = found[len(found) // 2]
        logger.info("machine %d: %d updates, seen after %.2f s, at most %.2f s", number, len(found), middle, found[-1])
        soon = [
            update
            for update, (delay, _) in delays.items()
            if update + 1 >= len(committed) or committed[update] + delay <= committed[update + 1]
        ]
        assert len(soon) >= len(delays) * 3 / 4, f"machine {number} is slow: {delays}"
        assert machine.shown >= len(committed) - 2, "and it does not stay behind"

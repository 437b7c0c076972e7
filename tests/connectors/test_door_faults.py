"""The door while its database is in trouble, and killed at any step: what it acknowledged is there, once.

Real programs on real databases. What was acknowledged is what was answered with 200.
"""

import shutil
import sqlite3
import time
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path
from threading import Event, Thread
from typing import Self

import psycopg
import pytest
from sqlalchemy import func, select

from portal import migrating
from portal.cases.models import Case, CaseMessage, Contact, Identity
from portal.cases.rules import Direction
from portal.connectors.models import HookCount
from portal.db import Database
from portal.events.models import Event as Happening
from portal.promises.models import Promise
from tests.connectors.programs import Portal, wait_for
from tests.faults import END_OTHERS, fill_disk, own_postgresql, small_disk

COUNT_FOR_MINUTES = "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 2000000000) SELECT max(i) FROM n"
TRAPS = Path(__file__).parent / "traps"
pytestmark = pytest.mark.slow


@pytest.fixture
def make_portal(tmp_path: Path, migrated_sqlite: Path) -> Iterator[Callable[..., Portal]]:
    made: list[Portal] = []

    def make(database_url: str = "", **settings: str) -> Portal:
        folder = Path(settings.pop("folder", str(tmp_path / "instance")))
        folder.mkdir(exist_ok=True)
        if not database_url:
            shutil.copy(migrated_sqlite, folder / "portal.db")
        made.append(Portal(folder, database_url))
        made[-1].environ |= settings
        return made[-1]

    yield make
    for portal in made:
        portal.end()


class Load:
    """Senders who deliver one message after the other for as long as the block lasts, and try again what was not taken."""

    def __init__(self, portal: Portal, senders: int = 4) -> None:
        self._portal, self._ending = portal, Event()
        self.acknowledged: list[str] = []
        self._threads = [Thread(target=self._send, args=(number,)) for number in range(senders)]

    def __enter__(self) -> Self:
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(self, *_error: object) -> None:
        self._ending.set()
        for thread in self._threads:
            thread.join()

    def _send(self, number: int) -> None:
        place = 0
        while not self._ending.is_set():
            if self._portal.deliver(f"{number}-{place}") == 200:
                self.acknowledged.append(f"{number}-{place}")
                place += 1

    def wait_for_more(self) -> None:
        """Until each sender has probably been answered a few times from now on."""
        known = len(self.acknowledged)
        wait_for(lambda: len(self.acknowledged) >= known + 40, "answers")


def assert_all_there_once(portal: Portal, acknowledged: list[str]) -> None:
    wait_for(lambda: set(portal.stored()) >= set(acknowledged), "what was acknowledged")
    stored = portal.stored()
    assert len(stored) == len(set(stored))
    wait_for(lambda: not portal.spooled(), "the spool to be emptied")
    for number in range(4):
        mine = [name for name in stored if name.startswith(f"{number}-") and name in set(acknowledged)]
        assert mine == sorted(mine, key=lambda name: int(name.partition("-")[2])), "in the order in which they were sent"


def test_postgresql_stopped_under_load_and_started_again(make_portal: Callable[..., Portal], postgresql_url: str) -> None:
    with own_postgresql() as (url, stop, start):
        database = Database(url)
        migrating.upgrade(database)
        database.close()
        portal = make_portal(url)
        portal.start_door()
        with Load(portal) as load:
            load.wait_for_more()
            portal.database.close()
            stop()
            load.wait_for_more()
            assert portal.spooled()
            start()
            load.wait_for_more()
        assert_all_there_once(portal, load.acknowledged)
        portal.end()


def test_the_door_is_started_again_while_the_database_is_still_away(make_portal: Callable[..., Portal]) -> None:
    portal = make_portal()
    portal.start_door()
    assert portal.deliver("0-0") == 200
    wait_for((portal.folder / "spool" / "channels.json").exists, "the channels to be written down")
    portal.kill("door")
    assert portal.stored() == ["0-0"]
    portal.database.close()
    files = [portal.folder / name for name in ("portal.db", "portal.db-wal", "portal.db-shm")]
    for file in files:
        if file.exists():
            file.rename(file.with_name(f"aside-{file.name}"))
    files[0].mkdir()
    portal.start_door()
    assert [portal.deliver(f"0-{number}") for number in (1, 2)] == [200, 200]
    portal.kill("door")
    assert (portal.folder / "spool" / "channels.json").stat().st_mode & 0o077 == 0
    portal.start_door()
    assert portal.deliver("0-3") == 200
    assert portal.answer("POST", "/hooks/new", "{}", {"content-type": "application/json"})[0] == 503, "who knows?"
    files[0].rmdir()
    for file in files:
        if (aside := file.with_name(f"aside-{file.name}")).exists():
            aside.rename(file)
    assert_all_there_once(portal, [f"0-{number}" for number in range(4)])


def test_a_sqlite_file_locked_by_another_writer(make_portal: Callable[..., Portal]) -> None:
    portal = make_portal()
    portal.start_door()
    with Load(portal) as load:
        load.wait_for_more()
        with closing(sqlite3.connect(portal.folder / "portal.db", isolation_level=None)) as other:
            other.execute("BEGIN IMMEDIATE")
            load.wait_for_more()
            assert portal.spooled()
            other.execute("ROLLBACK")
        load.wait_for_more()
    assert_all_there_once(portal, load.acknowledged)


def test_a_slow_database(make_portal: Callable[..., Portal], postgresql_database: Database) -> None:
    portal = make_portal(postgresql_database.engine.url.render_as_string(hide_password=False))
    with portal.database.engine.begin() as connection:
        connection.exec_driver_sql(
            "CREATE FUNCTION dawdle() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN PERFORM pg_sleep(6); RETURN NEW; END'"
        )
        connection.exec_driver_sql(
            "CREATE TRIGGER dawdle BEFORE INSERT ON inbound FOR EACH ROW WHEN (NEW.delivery_id = '0-0') EXECUTE FUNCTION dawdle()"
        )
    try:
        portal.start_door()
        started = time.monotonic()
        assert [portal.deliver(f"0-{number}") for number in range(3)] == [200, 200, 200]
        assert time.monotonic() - started < 6, "nobody waits for as long as the database does"
        assert portal.spooled()
        assert_all_there_once(portal, [f"0-{number}" for number in range(3)])
    finally:
        portal.kill("door")
        with portal.database.engine.begin() as connection:
            connection.exec_driver_sql("DROP FUNCTION dawdle CASCADE")


def test_a_read_only_database(make_portal: Callable[..., Portal], postgresql_database: Database) -> None:
    portal = make_portal(postgresql_database.engine.url.render_as_string(hide_password=False))
    portal.start_door()
    address = postgresql_database.engine.url.set(drivername="postgresql").render_as_string(hide_password=False)
    with psycopg.connect(address, autocommit=True) as other:
        name = other.info.dbname
        with Load(portal) as load:
            load.wait_for_more()
            try:
                other.execute(f"ALTER DATABASE {name} SET default_transaction_read_only = on")
                other.execute(
                    "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = %s AND pid <> pg_backend_pid()",
                    [name],
                )
                portal.database.close()
                postgresql_database.close()
                load.wait_for_more()
                assert portal.spooled()
            finally:
                other.execute(f"ALTER DATABASE {name} RESET default_transaction_read_only")
            other.execute(END_OTHERS, [name])
            postgresql_database.close()
            load.wait_for_more()
    assert_all_there_once(portal, load.acknowledged)


def test_a_full_disk(make_portal: Callable[..., Portal], tmp_path: Path) -> None:
    """Where no file system can be mounted, no file of the door's may grow beyond a limit: for the door that is the same."""
    with small_disk(tmp_path / "small") as is_mounted:
        portal = make_portal(folder=str(tmp_path / "small"))
        ballast = portal.folder / "ballast"
        if not is_mounted:
            portal.prefix = ("prlimit", "--fsize=600000")
        portal.start_door()
        assert portal.deliver("0-0") == 200
        if is_mounted:
            fill_disk(ballast)
        acknowledged, refused = ["0-0"], 0
        for number in range(1, 400):
            status = portal.deliver(f"0-{number}", text="x" * 5_000)
            assert status in (200, 503)
            refused += status == 503
            acknowledged += [f"0-{number}"] if status == 200 else []
        assert refused, "the disk was never full"
        status, _headers = portal.answer("POST", "/hooks/x", "{}", {"content-type": "application/json"})
        assert status == 401, "what is not signed is still refused as such"
        ballast.unlink(missing_ok=True)
        if not is_mounted:
            portal.kill("door")
            portal.prefix = ()
            portal.start_door()
        assert portal.deliver("0-1000") == 200
        assert_all_there_once(portal, [*acknowledged, "0-1000"])
        portal.end()


def away(portal: Portal) -> None:
    """The door's database cannot be opened."""
    portal.environ["PORTAL_DATABASE_URL"] = f"sqlite:///{portal.folder}/nowhere/portal.db"


def back(portal: Portal) -> None:
    portal.environ.pop("PORTAL_DATABASE_URL")


@pytest.mark.parametrize("step", ["before", "after"])
def test_killed_before_or_after_the_disk_has_it_and_before_the_answer(
    make_portal: Callable[..., Portal], tmp_path: Path, step: str
) -> None:
    portal = make_portal()
    portal.start_door()
    wait_for((portal.folder / "spool" / "channels.json").exists, "the channels to be written down")
    portal.kill("door")
    away(portal)
    portal.start_door()
    assert [portal.deliver(name) for name in ("0-0", "0-1")] == [200, 200]
    portal.kill("door")
    mark = tmp_path / "mark"
    portal.environ |= {"PYTHONPATH": str(TRAPS), "TRAP_STEP": step, "TRAP_MARK": str(mark)}
    portal.start_door()
    answers: list[int] = []
    sender = Thread(target=lambda: answers.append(portal.deliver("0-2")))
    sender.start()
    wait_for(mark.exists, "the door to come to this step")
    portal.kill("door")
    sender.join()
    assert answers == [0], "nothing was acknowledged"
    for name in ("PYTHONPATH", "TRAP_STEP", "TRAP_MARK"):
        portal.environ.pop(name)
    back(portal)
    portal.start_door()
    assert portal.deliver("0-2") == 200
    assert_all_there_once(portal, ["0-0", "0-1", "0-2"])


def set_trap(portal: Portal, table: str, condition: str = "1") -> None:
    """Whoever inserts such a row counts for minutes."""
    with closing(sqlite3.connect(portal.folder / "portal.db")) as connection:
        connection.execute(f"CREATE TRIGGER trap BEFORE INSERT ON {table} WHEN {condition} BEGIN {COUNT_FOR_MINUTES}; END")


def take_trap_away(portal: Portal) -> None:
    with closing(sqlite3.connect(portal.folder / "portal.db")) as connection:
        connection.execute("DROP TRIGGER trap")


def is_writing(portal: Portal) -> bool:
    with closing(sqlite3.connect(portal.folder / "portal.db", timeout=0, isolation_level=None)) as connection:
        try:
            connection.execute("BEGIN IMMEDIATE")
        except sqlite3.OperationalError:
            return True
        connection.execute("ROLLBACK")
        return False


def wait_until_trapped(portal: Portal) -> None:
    """Writing lasts for milliseconds; who is still writing after ten looks is in the trap."""
    looks = 0

    def is_trapped() -> bool:
        nonlocal looks
        looks = looks + 1 if is_writing(portal) else 0
        return looks >= 10

    wait_for(is_trapped, "the program to come to this step")


def test_killed_while_it_takes_in_what_waited_on_disk(make_portal: Callable[..., Portal]) -> None:
    portal = make_portal()
    portal.start_door()
    wait_for((portal.folder / "spool" / "channels.json").exists, "the channels to be written down")
    portal.kill("door")
    away(portal)
    portal.start_door()
    names = [f"0-{number}" for number in range(500)]
    assert {portal.deliver(name) for name in names} == {200}
    portal.kill("door")
    back(portal)
    set_trap(portal, "inbound", "NEW.delivery_id = '0-450'")
    portal.start_door()
    wait_until_trapped(portal)
    portal.kill("door")
    assert 0 < len(portal.stored()) < 450, "what had been taken in before, in portions"
    take_trap_away(portal)
    portal.start_door()
    assert portal.deliver("0-500") == 200
    assert_all_there_once(portal, [*names, "0-500"])


def test_killed_before_the_database_has_it(make_portal: Callable[..., Portal]) -> None:
    portal = make_portal()
    portal.start_door()
    set_trap(portal, "inbound")
    answers: list[int] = []
    sender = Thread(target=lambda: answers.append(portal.deliver("0-0")))
    sender.start()
    wait_until_trapped(portal)
    portal.kill("door")
    sender.join()
    take_trap_away(portal)
    assert answers == [0]
    assert portal.stored() == []
    portal.start_door()
    assert portal.deliver("0-0") == portal.deliver("0-0") == 200
    assert_all_there_once(portal, ["0-0"])


def test_killed_under_load_again_and_again(make_portal: Callable[..., Portal]) -> None:
    portal = make_portal()
    portal.start_door()
    with Load(portal) as load:
        for _ in range(3):
            load.wait_for_more()
            portal.kill("door")
            portal.start_door()
        load.wait_for_more()
    assert_all_there_once(portal, load.acknowledged)


@pytest.mark.parametrize("table", ["contacts", "promises", "hook_counts"])
def test_a_worker_killed_at_any_step_understands_each_message_once(make_portal: Callable[..., Portal], table: str) -> None:
    portal = make_portal()
    portal.start_door()
    assert portal.deliver("0-0") == 200
    set_trap(portal, table)
    portal.start_worker()
    wait_until_trapped(portal)
    portal.kill("worker")
    take_trap_away(portal)

    def numbers() -> set[int | None]:
        with portal.database.reading() as session:
            counted = [session.scalar(select(func.count(model.id))) for model in (Case, Contact, Identity, Promise)]
            received = select(func.count(CaseMessage.id)).where(CaseMessage.direction == Direction.INBOUND)
            opened = select(func.count(Happening.id)).where(Happening.kind == "case.opened")
            taken = select(func.coalesce(func.sum(HookCount.n), 0)).where(HookCount.outcome == "taken")
            return {*counted, session.scalar(received), session.scalar(opened), session.scalar(taken)}

    assert numbers() == {0}
    portal.start_worker()
    wait_for(lambda: numbers() == {1}, "the message to be understood")
    assert portal.deliver("0-0") == 200
    assert numbers() == {1}

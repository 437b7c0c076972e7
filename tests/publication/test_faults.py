"""The portal while what it stands on fails: pages go on, what cannot be done is said, and everything heals by itself.

Real programs on real databases and disks. How long an answer takes is not asserted; that there is one, is.
"""

import resource
import signal
import sqlite3
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, contextmanager
from datetime import timedelta
from pathlib import Path
from threading import Event, Thread

import httpx
import psycopg
import pytest

from portal.jobs.rules import SILENT_AFTER
from portal.jobs.store import WORKER, beat
from tests.faults import END_OTHERS, fill_disk, own_postgresql, small_disk
from tests.publication.alive import A_QUESTION, Alive, assert_whole, fields_of, is_whole
from tests.publication.reading import whole_set
from tests.running import Run, wait_until

pytestmark = [pytest.mark.slow, pytest.mark.xdist_group("faults of a publication")]
LOCKED = "LOCK TABLE organisation, cases, claims, members, sign_ins, incidents, events IN ACCESS EXCLUSIVE MODE"


class Server:
    """A PostgreSQL of these tests' own."""

    def __init__(self, address: str, stop: Callable[[], None], start: Callable[[], None]) -> None:
        self.address = address.replace("+psycopg", "")
        self.stop, self.start = stop, start

    @contextmanager
    def connection(self) -> Iterator[psycopg.Connection]:
        with psycopg.connect(self.address, autocommit=True) as connection:
            yield connection


@pytest.fixture(scope="module")
def server(postgresql_url: str) -> Iterator[Server]:  # that one's first start finds where sockets may be
    with own_postgresql() as (url, stop, start):
        yield Server(url, stop, start)


@pytest.fixture(scope="module")
def on_postgresql(server: Server, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Alive]:
    portal = Alive(tmp_path_factory.mktemp("faults"), PORTAL_DATABASE_URL=server.address)
    try:
        portal.start()
        portal.sign_in()
        yield portal
    finally:
        portal.end()


@contextmanager
def published_on_sqlite(folder: Path, **settings: str) -> Iterator[Alive]:
    portal = Alive(folder, **settings)
    try:
        portal.start()
        portal.sign_in()
        yield portal
    finally:
        portal.end()


def heals(portal: Alive, text: str) -> None:
    """Without anybody's help the console is back, and a change made now is published."""
    wait_until(lambda: portal.staff.get("/console/incidents").status_code == httpx.codes.OK, 60, why=lambda: portal.web.said)
    portal.update(text)
    portal.wait_until_seen(text)
    wait_until(lambda: all(is_whole(portal.visitor.get(path)) for path in portal.pages()), 60, why=lambda: portal.publisher.said)


def an_incident(portal: Alive) -> dict[str, str]:
    """The form with which somebody in the console is about to publish one."""
    return fields_of(portal.staff.get("/console/incidents/new").text) | {"title_nl": "Geen trams"}


def assert_refused(portal: Alive, form: dict[str, str]) -> None:
    """The console says that it could not write."""
    answer = portal.staff.post("/console/incidents/new", data=form)
    assert answer.status_code == httpx.codes.SERVICE_UNAVAILABLE
    assert int(answer.headers["Retry-After"]) > 0
    assert "<h1" in answer.text


def test_postgresql_stopped(on_postgresql: Alive, server: Server) -> None:
    portal = on_postgresql
    portal.services.database.close()
    server.stop()
    try:
        portal.assert_all_pages_are_served()
        portal.assert_the_rest_is_unavailable()
        portal.web.kill()
        portal.web.start()
        portal.assert_all_pages_are_served()
        portal.assert_the_rest_is_unavailable()
    finally:
        server.start()
    heals(portal, "PostgreSQL is er weer.")
    assert "Still nothing can be published" in portal.publisher.said


def test_production_started_while_postgresql_is_stopped(on_postgresql: Alive, server: Server) -> None:
    """There the application asks the database whether it may begin; pages do not wait for that."""
    portal = on_postgresql
    portal.services.database.close()
    portal.web.kill()
    server.stop()
    portal.web.start(PORTAL_ENV="production")
    try:
        portal.assert_all_pages_are_served()
        portal.assert_the_rest_is_unavailable()
    finally:
        server.start()
    heals(portal, "Nu mag het beginnen.")


def test_the_whole_portal_started_again_while_postgresql_is_stopped(on_postgresql: Alive, server: Server, tmp_path: Path) -> None:
    """Pages and webhooks are there at once, and the rest begins when the database is back."""
    settings = {
        "PORTAL_DATABASE_URL": server.address,
        "PORTAL_ENV": "production",
        "PORTAL_PUBLIC_URL": "https://status.example.nl",
    }
    run = Run(tmp_path / "instance", **settings)
    try:
        run.wait_until_up(60)
        run.wait_for((run.instance / "public" / "checked.json").exists, 60)
        assert run.stop(signal.SIGTERM) == 0
        on_postgresql.services.database.close()
        server.stop()
        try:
            run = Run(tmp_path / "instance", **settings)
            run.wait_for(lambda: run.answer(on_postgresql.page) == httpx.codes.OK, 60)
            run.wait_for(lambda: run.answer("/healthz", port=run.hook_port) == httpx.codes.OK, 60)
            assert run.answer("/console/sign-in") == httpx.codes.SERVICE_UNAVAILABLE
            assert run.answer("/healthz") == httpx.codes.OK
            assert "The database does not answer. What was published before is served until it does." in run.said
        finally:
            server.start()
        run.wait_until_up(60)
        run.wait_for(lambda: run.answer("/readyz") == httpx.codes.OK, 60)
        assert run.child("portal publisher")
        assert run.stop(signal.SIGTERM) == 0
    finally:
        run.kill()


def test_tables_of_postgresql_locked(on_postgresql: Alive, server: Server) -> None:
    portal, form, before = on_postgresql, an_incident(on_postgresql), on_postgresql.written()
    with server.connection() as other, other.transaction(), ThreadPoolExecutor(24) as visitors:
        other.execute(LOCKED)
        waiting = [visitors.submit(portal.visitor.get, A_QUESTION) for _ in range(24)]
        for path in ("/", portal.page, "/en/history"):
            assert_whole(portal.visitor.get(path))
        assert not all(each.done() for each in waiting), "pages were served while others waited for the lock"
        portal.assert_all_pages_are_served()
        answers = [each.result() for each in waiting]
        assert {answer.status_code for answer in answers} == {httpx.codes.SERVICE_UNAVAILABLE}
        assert all("<h1" in answer.text for answer in answers)
        assert_refused(portal, form)
    assert portal.written() == before
    heals(portal, "Het slot is eraf.")


def test_postgresql_that_takes_ten_seconds(on_postgresql: Alive, server: Server) -> None:
    portal, before = on_postgresql, on_postgresql.written()
    with server.connection() as other, ThreadPoolExecutor(24) as visitors:
        other.execute("ALTER TABLE organisation RENAME TO organisation_itself")
        other.execute("CREATE VIEW organisation AS SELECT organisation_itself.* FROM organisation_itself, pg_sleep(10)")
        try:
            waiting = [visitors.submit(portal.visitor.get, A_QUESTION) for _ in range(24)]
            portal.update("Alles gaat traag.")
            for path in ("/", portal.page, "/en/history"):
                assert_whole(portal.visitor.get(path))
            assert not all(each.done() for each in waiting), "pages were served while others waited"
            portal.assert_all_pages_are_served()
            statuses = {each.result().status_code for each in waiting}
            assert statuses <= {httpx.codes.NOT_FOUND, httpx.codes.SERVICE_UNAVAILABLE}
            portal.wait_until_seen("Alles gaat traag.")
        finally:
            other.execute("DROP VIEW organisation")
            other.execute("ALTER TABLE organisation_itself RENAME TO organisation")
    assert portal.written() == (before[0], before[1] + 1)
    heals(portal, "Het gaat weer snel.")


def test_postgresql_that_is_read_only(on_postgresql: Alive, server: Server) -> None:
    portal, form, before = on_postgresql, an_incident(on_postgresql), on_postgresql.written()
    with server.connection() as other:
        name = other.info.dbname
        try:
            other.execute(f"ALTER DATABASE {name} SET default_transaction_read_only = on")
            other.execute(END_OTHERS, [name])
            portal.services.database.close()
            portal.assert_all_pages_are_served()
            assert_refused(portal, form)
            assert portal.staff.get("/console/incidents").status_code == httpx.codes.OK, "reading goes on"
        finally:
            other.execute(f"ALTER DATABASE {name} RESET default_transaction_read_only")
        assert portal.written() == before
        portal.services.database.close()
        other.execute(END_OTHERS, [name])
    heals(portal, "Er mag weer geschreven worden.")


def test_the_worker_is_dead(on_postgresql: Alive) -> None:
    """Pages are right all the same, and somebody in the console sees that it is missing."""
    services = on_postgresql.services
    with services.database.transaction() as session:  # another test's worker may have been here a moment ago
        beat(session, WORKER, services.clock.now() - SILENT_AFTER - timedelta(seconds=1))
    assert "Het werk op de achtergrond staat stil" in on_postgresql.staff.get("/console/incidents").text
    assert on_postgresql.visitor.get("/readyz").status_code == httpx.codes.SERVICE_UNAVAILABLE
    heals(on_postgresql, "Ook zonder wie op de achtergrond werkt.")


def test_a_sqlite_file_locked_by_another_writer(tmp_path: Path) -> None:
    with published_on_sqlite(tmp_path) as portal:
        form, before = an_incident(portal), portal.written()
        with closing(sqlite3.connect(portal.services.config.instance / "portal.db", isolation_level=None)) as other:
            other.execute("BEGIN IMMEDIATE")
            with ThreadPoolExecutor(1) as colleague:
                refused = colleague.submit(assert_refused, portal, form)
                portal.assert_all_pages_are_served()
                refused.result()
            other.execute("ROLLBACK")
        assert portal.written() == before
        heals(portal, "Het bestand is weer vrij.")


def test_a_full_disk(tmp_path: Path) -> None:
    """Where no file system can be mounted, no file of the publisher's may grow: for the publisher that is the same."""
    with (
        small_disk(tmp_path / "small", megabytes=16) as is_mounted,
        published_on_sqlite(tmp_path, PORTAL_PUBLIC_FOLDER=str(tmp_path / "small" / "public")) as portal,
    ):
        ballast, pages = tmp_path / "small" / "ballast", portal.pages()
        if is_mounted:
            fill_disk(ballast)
        else:
            limit_files(portal, 0)
        portal.update("De schijf is vol.")
        wait_until(lambda: "Still nothing can be published" in portal.publisher.said, why=lambda: portal.publisher.said)
        assert "De schijf is vol." not in portal.visitor.get(portal.page).text
        assert portal.pages() == pages, "the last whole set stays"
        portal.assert_all_pages_are_served()
        portal.web.kill()
        portal.web.start()
        portal.assert_all_pages_are_served()
        ballast.unlink(missing_ok=True)
        if not is_mounted:
            limit_files(portal, resource.RLIM_INFINITY)
        heals(portal, "Er is weer plaats.")
        assert "De schijf is vol." in portal.visitor.get(portal.page).text


def limit_files(portal: Alive, most_bytes: int) -> None:
    resource.prlimit(portal.publisher.pid, resource.RLIMIT_FSIZE, (most_bytes, resource.RLIM_INFINITY))


def test_a_publisher_killed_again_and_again_while_things_change(tmp_path: Path) -> None:
    with published_on_sqlite(tmp_path) as portal:
        ending, texts = Event(), []
        failures: list[BaseException] = []

        def read() -> None:
            try:
                with httpx.Client(base_url=portal.address, timeout=60) as reader:
                    while not ending.is_set():
                        for path in ("/", portal.page, "/feed.atom", "/fragments/status"):
                            assert_whole(reader.get(path))
            except BaseException as error:  # noqa: BLE001 - it is told by the test
                failures.append(error)

        def change() -> None:
            while not ending.wait(0.05):
                texts.append(f"Bericht {len(texts)}.")
                portal.update(texts[-1])

        threads = [Thread(target=read), Thread(target=read), Thread(target=change)]
        for thread in threads:
            thread.start()
        try:
            for round_ in range(6):
                known = link_of(portal)
                wait_until(lambda known=known: link_of(portal) != known, 60, why=lambda: portal.publisher.said)  # type: ignore[misc]
                Event().wait(round_ * 0.037)  # somewhere else in a building each time
                portal.publisher.kill()
                assert whole_set(portal.public), "what it left is complete"
                portal.publisher.start()
        finally:
            ending.set()
            for thread in threads:
                thread.join()
        assert not failures, failures[0]
        portal.wait_until_seen(texts[-1])
        portal.assert_all_pages_are_served()


def link_of(portal: Alive) -> str:
    return str((portal.public / "current").readlink())

from datetime import datetime, timedelta
from pathlib import Path

from portal import migrating
from portal.clock import FixedClock
from portal.config import Config
from portal.db import Database
from portal.events.store import record
from portal.jobs.readiness import checks
from portal.jobs.store import WORKER, beat
from portal.notifications.sending import post_of
from portal.publication.shelf import Shelf
from portal.services import Services
from portal.staff.rules import Role
from portal.web.formats import DEFAULT_ZONE
from tests.notifications.following import follow_all
from tests.pages import PageClient
from tests.staff.builders import SignedIn


def test_the_process_answers_that_it_is_alive(client: PageClient) -> None:
    answer = client.http.get("/healthz")
    assert (answer.status_code, answer.json) == (200, {"status": "alive"})
    assert answer.headers["Cache-Control"] == "no-store"


def test_ready_means_database_migrations_worker_and_publication(database: Database, tmp_path: Path, now: datetime) -> None:
    with database.transaction() as session:
        beat(session, WORKER, now - timedelta(seconds=12))
    Shelf(tmp_path).check(now - timedelta(seconds=7), DEFAULT_ZONE)
    found = {check.name: (check.is_well, check.detail) for check in checks(database, tmp_path, now)}
    assert found == {
        "database": (True, "answers"),
        "migrations": (True, f"at revision {migrating.head()}"),
        "worker": (True, "last heard of 12 seconds ago"),
        "messages": (True, "customers are told in time"),
        "publication": (True, "last made sure of 7 seconds ago"),
    }


def test_a_journal_that_nobody_reads_makes_the_portal_not_ready(
    database: Database, config: Config, tmp_path: Path, now: datetime
) -> None:
    with database.transaction() as session:
        record(session, at=now, kind="case.opened", subject="case:1")
    for seconds, is_well in ((90, True), (91, False)):
        found = {check.name: check for check in checks(database, tmp_path, now + timedelta(seconds=seconds))}
        assert found["messages"].is_well is is_well
    assert found["messages"].detail == "customers are not told of what happened: nobody reads the journal"
    follow_all(database, post_of(config), now)
    assert {check.name: check for check in checks(database, tmp_path, now + timedelta(days=1))}["messages"].is_well


def test_pages_that_nobody_renews_make_the_portal_not_ready(database: Database, tmp_path: Path, now: datetime) -> None:
    found = {check.name: check for check in checks(database, tmp_path, now)}
    assert found["publication"].detail == "nothing is published: run flask portal publisher"
    Shelf(tmp_path).check(now - timedelta(seconds=91), DEFAULT_ZONE)
    found = {check.name: check for check in checks(database, tmp_path, now)}
    assert (found["publication"].is_well, found["publication"].detail) == (False, "last made sure of 91 seconds ago")


def test_a_dead_worker_makes_the_portal_not_ready_and_is_named(client: PageClient, services: Services, clock: FixedClock) -> None:
    assert client.http.get("/readyz").json["checks"]["worker"]["detail"] == "never heard of: run flask portal worker"
    with services.database.transaction() as session:
        beat(session, WORKER, clock.now())
    Shelf(services.config.public_folder).check(clock.now(), DEFAULT_ZONE)
    assert client.http.get("/readyz").status_code == 200
    clock.advance(timedelta(seconds=91))
    answer = client.http.get("/readyz")
    assert answer.status_code == 503
    assert answer.json["status"] == "not ready"
    assert answer.json["checks"]["worker"] == {"ok": False, "detail": "last heard of 91 seconds ago"}
    assert answer.json["checks"]["database"]["ok"]


def test_a_database_of_an_earlier_release_is_not_ready(sqlite_database: Database, tmp_path: Path, now: datetime) -> None:
    migrating.downgrade(sqlite_database, "0009")
    found = {check.name: check for check in checks(sqlite_database, tmp_path, now)}
    assert found["migrations"].detail == f"at revision 0009, this release needs {migrating.head()}: run flask portal migrate"
    assert not found["migrations"].is_well
    assert not found["worker"].is_well


def test_a_database_that_does_not_answer_is_said_and_does_not_break_the_answer(tmp_path: Path, now: datetime) -> None:
    database = Database("sqlite:////nowhere/at/all.db")
    Shelf(tmp_path).check(now, DEFAULT_ZONE)
    assert [check.is_well for check in checks(database, tmp_path, now)] == [False, False, False, False, True]
    database.close()


def test_a_dead_worker_is_a_red_light_in_the_console(
    client: PageClient, signed_in: SignedIn, services: Services, clock: FixedClock
) -> None:
    signed_in(client, Role.AGENT)
    said = "Het werk op de achtergrond staat stil"
    with services.database.transaction() as session:
        beat(session, WORKER, clock.now())
    Shelf(services.config.public_folder).check(clock.now(), DEFAULT_ZONE)
    assert said not in client.get("/console/cases").text
    clock.advance(timedelta(seconds=91))
    page = client.get("/console/cases")
    assert said in page.words(page.one("div", role="alert"))
    assert said not in client.get("/").text, "customers are not troubled with it"

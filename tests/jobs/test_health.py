from datetime import datetime, timedelta

import pytest
from flask import Flask

from portal import migrating
from portal.clock import FixedClock
from portal.db import Database
from portal.jobs.readiness import checks
from portal.jobs.store import WORKER, beat
from portal.services import Services
from tests.pages import PageClient


def test_the_process_answers_that_it_is_alive(client: PageClient) -> None:
    answer = client.http.get("/healthz")
    assert (answer.status_code, answer.json) == (200, {"status": "alive"})
    assert answer.headers["Cache-Control"] == "no-store"


def test_ready_means_database_migrations_and_worker(database: Database, now: datetime) -> None:
    with database.transaction() as session:
        beat(session, WORKER, now - timedelta(seconds=12))
    found = {check.name: (check.is_well, check.detail) for check in checks(database, now)}
    assert found == {
        "database": (True, "answers"),
        "migrations": (True, f"at revision {migrating.head()}"),
        "worker": (True, "last heard of 12 seconds ago"),
    }


def test_a_dead_worker_makes_the_portal_not_ready_and_is_named(client: PageClient, services: Services, clock: FixedClock) -> None:
    assert client.http.get("/readyz").json["checks"]["worker"]["detail"] == "never heard of: run flask portal worker"
    with services.database.transaction() as session:
        beat(session, WORKER, clock.now())
    assert client.http.get("/readyz").status_code == 200
    clock.advance(timedelta(seconds=91))
    answer = client.http.get("/readyz")
    assert answer.status_code == 503
    assert answer.json["status"] == "not ready"
    assert answer.json["checks"]["worker"] == {"ok": False, "detail": "last heard of 91 seconds ago"}
    assert answer.json["checks"]["database"]["ok"]


def test_a_database_of_an_earlier_release_is_not_ready(sqlite_database: Database, now: datetime) -> None:
    migrating.downgrade(sqlite_database, "0009")
    found = {check.name: check for check in checks(sqlite_database, now)}
    assert found["migrations"].detail == f"at revision 0009, this release needs {migrating.head()}: run flask portal migrate"
    assert not found["migrations"].is_well
    assert not found["worker"].is_well


def test_a_database_that_does_not_answer_is_said_and_does_not_break_the_answer(now: datetime) -> None:
    database = Database("sqlite:////nowhere/at/all.db")
    assert [check.is_well for check in checks(database, now)] == [False, False, False]
    database.close()


@pytest.mark.parametrize(("age", "light"), [(timedelta(seconds=20), ""), (timedelta(minutes=2), "red")])
def test_the_console_can_show_a_red_light(app: Flask, services: Services, clock: FixedClock, age: timedelta, light: str) -> None:
    with services.database.transaction() as session:
        beat(session, WORKER, clock.now() - age)
    with app.test_request_context("/console/"):
        assert app.jinja_env.from_string("{% if worker_is_silent() %}red{% endif %}").render() == light

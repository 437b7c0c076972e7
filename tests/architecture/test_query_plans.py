"""No page, feed, search or job reads a growing table from end to end: each costs the same at ten thousand and ten million cases.

Every address that answers to GET is asked for, on both databases; a new one is included by itself. SQLite is asked without
statistics, as it runs; PostgreSQL with them, and told to avoid reading whole tables where it can.
"""

import shutil
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import psycopg
import pytest
from flask import Flask
from sqlalchemy import make_url, select, text
from werkzeug.routing import Rule

from portal.app import create_app
from portal.cases import claims_store
from portal.cases.models import Case
from portal.cases.rules import CaseState
from portal.clock import FixedClock
from portal.config import Config
from portal.db import Database
from portal.incidents.models import Incident, Service
from portal.incidents.rules import IncidentKind
from portal.jobs.timetable import JOBS
from portal.moving.course import move
from portal.organisation.models import Channel
from portal.promises.staffing import plan_staff
from portal.services import Services
from portal.staff.rules import Role
from portal.vault import Vault
from tests.architecture.big import grow
from tests.architecture.plans import reads_too_much, sent_by
from tests.conftest import A_TUESDAY, CHEAP_PHRASES
from tests.pages import PageClient
from tests.staff.builders import member_maker, sign_in_maker

pytestmark = pytest.mark.xdist_group("query plans")  # one worker makes the large installation

SEARCHES = {
    "cases_console.list_cases": [
        *({"shelf": shelf} for shelf in ("unanswered", "waiting", "answered", "closed", "withdrawn", "spam")),
        {"whose": "mine"},
        {"whose": "nobodys"},
        {"channel": "1"},
        {"class": "P1"},
        {"search": "BR-000"},
        {"search": "jan"},
        {"search": "@jan"},
        {"after": "2026-03-10T13:00:00+00:00~5"},
        {"shelf": "closed", "after": "2026-03-10T13:00:00+00:00~5"},
    ],
    "deliveries_console.page": [{"before": "2000"}],
    "risk_console.page": [{"hours": "24"}],
    "audit_console.page": [{"before": "5000"}, {"subject": "case"}, {"subject": "case:5"}, {"subject": "incident"}],
    "nl.status.channel": [{"since": "2026-02-01", "until": "2026-02-20"}],
    "promises.response_times": [{"since": "2026-02-01", "until": "2026-02-20"}],
}


@pytest.fixture(scope="module")
def large(demo_sqlite: Path, tmp_path_factory: pytest.TempPathFactory) -> Config:
    folder = tmp_path_factory.mktemp("large")
    shutil.copy(demo_sqlite, folder / "portal.db")
    config = Config.from_env({"PORTAL_INSTANCE": str(folder), "PORTAL_DEMO": "0"})
    database = Database(config.database_url)
    grow(database)
    database.close()
    return config


@pytest.fixture(scope="module")
def large_postgresql(large: Config, postgresql_url: str) -> Iterator[str]:
    with psycopg.connect(postgresql_url.replace("+psycopg", ""), autocommit=True) as connection:
        connection.execute("CREATE DATABASE large")
        url = make_url(postgresql_url).set(database="large").render_as_string(hide_password=False)
        move(large, url, lambda _table, _done, _total: None)
        yield url
        connection.execute("DROP DATABASE large WITH (FORCE)")


@pytest.fixture(params=["sqlite", "postgresql"])
def services(request: pytest.FixtureRequest, large: Config, tmp_path: Path) -> Iterator[Services]:
    if request.param == "sqlite":
        shutil.copy(large.instance / "portal.db", tmp_path / "portal.db")
        url = f"sqlite:///{tmp_path}/portal.db"
    else:
        url = request.getfixturevalue("large_postgresql")
    database = Database(url)
    config = replace(large, database_url=url)
    yield Services(config, FixedClock(A_TUESDAY), database, Vault(config.secret_key), CHEAP_PHRASES)
    database.close()


@dataclass(frozen=True)
class Names:
    """What stands in the places of an address."""

    case: Case
    token: str
    incident: Incident
    work: Incident
    update_id: int
    service: str
    channel: str
    plan_id: int

    def of(self, rule: Rule) -> dict[str, Any]:
        words = rule.rule.strip("/").split("/")
        kind = words[words.index("<slug>") - 1] if "<slug>" in words else ""
        known = {
            "slug": {"incidents": self.incident.slug, "services": self.service}.get(kind, self.channel),
            "reference": self.case.reference,
            "token": self.token,
            "month": "2026-02",
            "kind": "atom",
            "name": "summary.json",
            "how": "forgotten",
            "message": "acknowledgement",
            "channel_id": 1,
            "service_id": 1,
            "member_id": 1,
            "incident_id": self.work.id if rule.endpoint == "maintenance_console.move" else self.incident.id,
            "update_id": self.update_id,
            "surge_id": 1,
            "plan_id": self.plan_id,
        }
        return {name: known[name] for name in rule.arguments}


def names(services: Services) -> Names:
    with services.database.transaction() as session:
        case = session.scalars(select(Case).where(Case.state == CaseState.ANSWERED, Case.is_public).limit(1)).one()
        issued = claims_store.issue(session, services.vault, case.id, now=services.clock.now(), actor_id=None)
        incident = session.scalars(select(Incident).where(Incident.kind == IncidentKind.INCIDENT).limit(1)).one()
        work = session.scalars(
            select(Incident).where(Incident.kind == IncidentKind.MAINTENANCE).order_by(Incident.id).limit(1)
        ).one()
        update_id = session.scalar(text("SELECT min(id) FROM incident_updates WHERE incident_id = :id"), {"id": incident.id})
        service, channel = (session.get_one(kind, 1).slug for kind in (Service, Channel))
        now = services.clock.now()
        until = now + timedelta(days=1)
        plan = plan_staff(session, channel_id=1, usual=3, people=5, starts_at=now, ends_at=until, now=now, actor_id=None)
        return Names(case, issued.token, incident, work, update_id, service, channel, plan.id)


def faults(services: Services, do: Callable[[list[str]], None]) -> list[str]:
    """The statements with which this reads too much, and what it is that they read."""
    on = [""]
    with sent_by(services.database, on) as seen:
        do(on)
    found = []
    with services.database.engine.connect() as connection:
        for sent in seen.values():
            found += [f"{sent.on}: {fault}\n{sent.statement}" for fault in reads_too_much(connection, sent)]
    assert seen
    return found


def say(found: list[str]) -> None:
    if found:
        pytest.fail("\n\n".join(found), pytrace=False)


@pytest.mark.slow
def test_pages_and_feeds(services: Services) -> None:
    app = create_app(services=services)
    app.config.update(TESTING=True)
    client = PageClient(app)
    known = names(services)
    sign_in_maker(app, services, member_maker(services))(client, Role.ADMINISTRATOR)
    client.http.get(f"/track/claim/{known.token}")

    refused: list[str] = []

    def ask(on: list[str]) -> None:
        for rule, address in addresses(app, known):
            on[0] = address
            status = client.http.get(address).status_code
            if status >= 400 and rule.endpoint not in ANSWER_OTHERWISE:
                refused.append(f"{address}: {status}")

    say(faults(services, ask))
    assert refused == []


ANSWER_OTHERWISE = {
    "setup_console.page": "done already",
    "staff_console.welcome": "nobody was invited",
    "members_console.link": "shown once, to who invited",
    "staff_console.invitation": "a token that invites nobody",
    "health.ready": "no worker runs here",
}


def addresses(app: Flask, known: Names) -> Iterator[tuple[Rule, str]]:
    """Every address that a browser may ask for, with the searches that its page offers."""
    with app.test_request_context():
        adapter = app.create_url_adapter(None) or app.url_map.bind("portal.test")
        for rule in app.url_map.iter_rules():
            if "GET" not in (rule.methods or ()) or rule.endpoint == "assets.asset":
                continue
            for values in [{}, *SEARCHES.get(rule.endpoint, [])]:
                yield rule, adapter.build(rule.endpoint, {**known.of(rule), **values})


@pytest.mark.slow
def test_jobs(services: Services) -> None:
    def work(on: list[str]) -> None:
        for job in JOBS:
            on[0] = job.name
            job.run(services, services.clock.now())

    say(faults(services, work))

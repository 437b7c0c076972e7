"""A company with an incident, planned work and services, and a publisher that publishes for it."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from flask import Flask

from portal.app import create_app
from portal.clock import FixedClock
from portal.config import Config
from portal.db import Database
from portal.incidents.rules import Severity
from portal.incidents.service_store import add_service
from portal.incidents.store import plan_maintenance, publish_incident
from portal.publication.keeper import Keeper
from portal.publication.publisher import Publisher
from portal.services import Services
from portal.vault import Vault
from tests.conftest import CHEAP_PHRASES
from tests.status.conftest import company  # noqa: F401 - pytest finds it here


@pytest.fixture
def now() -> datetime:
    """Five seconds past the whole half hour, after which a later time is promised: for the rest of a minute nothing changes."""
    return datetime(2026, 3, 10, 13, 0, 5, tzinfo=UTC)


@pytest.fixture
def outage(services: Services, company: dict[str, int], now: datetime) -> int:  # noqa: F811 - the fixture
    """An incident that touches the ferry and X, and planned work for tomorrow; returns the incident's id."""
    with services.database.transaction() as session:
        ferry = add_service(session, name_nl="Veer", name_en="Ferry", now=now, actor_id=None)
        add_service(session, name_nl="Kaartjes", name_en="Tickets", now=now, actor_id=None)
        incident = publish_incident(
            session,
            title_nl="De pont vaart niet",
            title_en="The ferry does not sail",
            body_nl="De motor is stuk.",
            body_en="The engine is broken.",
            severity=Severity.MAJOR,
            service_ids=[ferry.id],
            channel_ids=[company["x"]],
            now=now,
            actor_id=None,
        )
        plan_maintenance(
            session,
            title_nl="Nieuwe steiger",
            body_nl="We bouwen.",
            window_start=now + timedelta(days=1),
            window_end=now + timedelta(days=1, hours=3),
            now=now,
            actor_id=None,
        )
        return incident.id


@pytest.fixture
def publisher(app: Flask, services: Services) -> Publisher:
    return Publisher(app, services)


@pytest.fixture
def folder(config: Config) -> Path:
    """Where the publisher publishes."""
    return config.public_folder


@pytest.fixture
def keeper(folder: Path, clock: FixedClock) -> Keeper:
    """A web process's table; `look` and `judge` are called by the test."""
    return Keeper(folder, clock)


@pytest.fixture
def app_on(config: Config, clock: FixedClock) -> Callable[[Database], tuple[Flask, Services]]:
    """The application on another database."""

    def make(database: Database) -> tuple[Flask, Services]:
        vault = Vault(config.secret_key)
        services = Services(config=config, clock=clock, database=database, vault=vault, phrases=CHEAP_PHRASES)
        return create_app(services=services), services

    return make

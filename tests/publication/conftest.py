"""A company with an incident, planned work and services, a publisher that publishes for it, and servers in front of it."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

import httpx
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
from portal.publication.shelf import Shelf
from portal.services import Services
from portal.vault import Vault
from tests.conftest import CHEAP_PHRASES
from tests.publication.standing import Program, Proxy, a_company, portal_web, settings_in, trusting
from tests.running import free_port
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


@dataclass
class Standing:
    """`publisher` publishes when it is told to; `portal` is the web process, which answers at `portal_address` too."""

    proxy: Proxy
    portal: Program
    portal_address: str
    publisher: Publisher
    shelf: Shelf
    client: httpx.Client

    def get(self, path: str, **headers: str) -> httpx.Response:
        return self.client.get(self.proxy.address + path, headers={n.replace("_", "-"): value for n, value in headers.items()})


def stand(name: str, folder: Path) -> Iterator[Standing]:
    """Files that were published, a portal that runs, and in front of both a server with the repository's configuration."""
    port = free_port()
    settings = settings_in(folder)
    services = a_company(settings)
    portal = portal_web(folder, port, **settings)
    proxy = Proxy(name, folder / "proxy", services.config.public_folder, port, free_port())
    publisher = Publisher(create_app(services=services), services)
    try:
        publisher.publish_all()
        portal.start()
        proxy.program.start()
        with httpx.Client(verify=trusting(), timeout=20) as client:
            shelf = Shelf(services.config.public_folder)
            yield Standing(proxy, portal, f"http://127.0.0.1:{port}", publisher, shelf, client)
    finally:
        proxy.program.kill()
        portal.kill()
        services.database.close()


@pytest.fixture(scope="session")
def nginx(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Standing]:
    yield from stand("nginx", tmp_path_factory.mktemp("nginx"))


@pytest.fixture(scope="session")
def caddy(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Standing]:
    yield from stand("caddy", tmp_path_factory.mktemp("caddy"))


@pytest.fixture(params=["nginx", "caddy"])
def in_front(request: pytest.FixtureRequest) -> Standing:
    """Each test that asks for it runs behind both servers; each of them is started once."""
    found: Standing = request.getfixturevalue(request.param)
    return found

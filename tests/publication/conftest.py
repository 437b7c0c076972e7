"""A portal whose programs are started one by one, and the real nginx or Caddy in front of it."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import httpx
import pytest

from portal.app import create_app
from portal.publication.publisher import Publisher
from portal.publication.shelf import Shelf
from tests.publication.standing import Program, Proxy, a_company, portal_web, settings_in, trusting
from tests.running import free_port


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

"""A portal whose programs are started one by one, and the real nginx or Caddy in front of it."""

from collections.abc import Iterator
from dataclasses import dataclass

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


@pytest.fixture(scope="session", params=["nginx", "caddy"])
def in_front(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Standing]:
    """Nginx or Caddy with the repository's configuration, files that were published, and a portal that runs."""
    folder, port = tmp_path_factory.mktemp(request.param), free_port()
    settings = settings_in(folder)
    services = a_company(settings)
    portal = portal_web(folder, port, **settings)
    proxy = Proxy(request.param, folder / "proxy", services.config.public_folder, port, free_port())
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

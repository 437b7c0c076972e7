"""The pictures of the README: the demo company at a fixed moment, so that they change only when the pages do."""

import tempfile
import threading
from datetime import UTC, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

from playwright.sync_api import Browser, Page, sync_playwright
from werkzeug.serving import WSGIRequestHandler, make_server

from portal import migrating, wiring
from portal.app import create_app
from portal.clock import FixedClock
from portal.config import Config
from portal.demo.claim import new_demo_claim
from portal.demo.fill import fill
from portal.jobs.store import WORKER, beat
from portal.publication.shelf import Shelf, prepare
from portal.services import Services
from tests.browser.chromium import FLAGS, executable
from tests.browser.staff import sign_in

MOMENT = datetime(2026, 3, 10, 13, 10, tzinfo=UTC)  # a Tuesday, 14.10 in Amsterdam
FOLDER = Path(__file__).parent.parent.parent / "docs" / "img"
DESK = {"width": 1180, "height": 1000}
PHONE = {"width": 375, "height": 800}


class Silent(WSGIRequestHandler):
    def log_request(self, *_args: object) -> None:
        pass


def main() -> None:
    with tempfile.TemporaryDirectory() as folder:
        config = Config.from_env({"PORTAL_INSTANCE": folder})
        real = wiring.build(config)
        services = Services(config, FixedClock(MOMENT), real.database, real.vault, real.phrases)
        migrating.upgrade(services.database)
        fill(services)
        with services.database.transaction() as session:
            beat(session, WORKER, MOMENT)
            claim = new_demo_claim(session, services.vault, MOMENT)
        assert claim is not None
        prepare(config.public_folder)
        Shelf(config.public_folder).check(MOMENT, ZoneInfo("Europe/Amsterdam"))
        server = make_server("127.0.0.1", 0, create_app(services=services), threaded=True, request_handler=Silent)
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        try:
            with sync_playwright() as playwright:
                browser = playwright.chromium.launch(executable_path=executable(), args=list(FLAGS))
                take(browser, f"http://127.0.0.1:{server.server_port}", claim.token)
                browser.close()
        finally:
            server.shutdown()
            thread.join()
            services.database.close()


def take(browser: Browser, address: str, token: str) -> None:
    FOLDER.mkdir(parents=True, exist_ok=True)
    desk, phone = window(browser, address, DESK), window(browser, address, PHONE)
    whole = window(browser, address, {"width": 1180, "height": 1900})
    whole.goto("/")
    shoot(whole, "status")
    desk.goto("/channels/whatsapp")
    desk.locator("section", has=desk.locator("h2", has_text="Hoe lang")).screenshot(path=FOLDER / "response-times.png")
    phone.goto(f"/track/claim/{token}")
    shoot(phone, "question")
    sign_in(desk, "noor")
    shoot(desk, "queue")
    writing = window(browser, address, PHONE)
    sign_in(writing, "communicatie")
    writing.goto("/console/incidents/new")
    shoot(writing, "incident")


def window(browser: Browser, address: str, size: dict[str, int]) -> Page:
    context = browser.new_context(
        base_url=address,
        viewport=size,  # type: ignore[arg-type]
        locale="nl-NL",
        color_scheme="light",
        reduced_motion="reduce",
    )
    context.clock.set_fixed_time(MOMENT)  # else the pages say that they are the last known state
    return context.new_page()


def shoot(page: Page, name: str) -> None:
    page.screenshot(path=FOLDER / f"{name}.png", animations="disabled")


if __name__ == "__main__":
    main()

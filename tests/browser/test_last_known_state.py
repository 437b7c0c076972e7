"""When a file server is all that is left, pages say by themselves that they are the last known state, until that ends."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

import pytest
from playwright.sync_api import Browser, Page, expect

from portal.app import create_app
from portal.clock import FixedClock
from portal.publication.publisher import Publisher
from portal.services import Services
from portal.web import formats
from portal.web.formats import DEFAULT_ZONE
from tests.browser.axe import is_wider_than_the_window, violations
from tests.publication.standing import Proxy, a_company, settings_in
from tests.running import free_port

SAID = {"": "Dit is de laatst bekende stand", "/en": "This is the last known state"}
TITLE = {"": "We weten niet hoe het nu gaat", "/en": "We do not know how it is now"}


@dataclass
class Files:
    """nginx with what was published; no portal is running at all."""

    services: Services
    proxy: Proxy
    paths: tuple[str, ...] = field(init=False)
    published_at: datetime = field(init=False)

    def publish(self, *, ago: timedelta = timedelta()) -> None:
        self.published_at = self.services.clock.now() - ago
        still = replace(self.services, clock=FixedClock(self.published_at))
        publisher = Publisher(create_app(services=still), still)
        documents = publisher.publish_all().documents
        incident = max(path for path in documents if path.startswith("/incidents/") and "." not in path)
        self.paths = (incident, "/services/tram", "/channels/whatsapp", "/history")


@pytest.fixture(scope="session")
def files(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Files]:
    folder = tmp_path_factory.mktemp("files")
    settings = settings_in(folder)
    services = a_company(settings)
    proxy = Proxy("nginx", folder / "proxy", services.config.public_folder, free_port(), free_port())
    found = Files(services, proxy)
    found.publish()
    proxy.program.start()
    yield found
    proxy.program.kill()
    services.database.close()


@pytest.fixture
def open_file(browser: Browser, files: Files) -> Iterator[Callable[..., Page]]:
    contexts = []

    def open_(**options: object) -> Page:
        options.setdefault("timezone_id", "America/New_York")  # the reader's own zone is not the company's
        contexts.append(browser.new_context(base_url=files.proxy.address, ignore_https_errors=True, **options))  # type: ignore[arg-type]
        contexts[-1].set_default_timeout(10_000)
        return contexts[-1].new_page()

    yield open_
    for context in contexts:
        context.close()


def notice(page: Page) -> str:
    """What a page says of its age; waits for it."""
    shown = page.locator("[data-when=stale]:visible", has_text="stand" if page.url.find("/en") < 0 else "state")
    shown.first.wait_for()
    return str(shown.first.inner_text())


def said_at(files: Files, root: str) -> str:
    """The words for the minute that was published last, with its day, in the company's zone."""
    at = files.published_at.astimezone(DEFAULT_ZONE)
    language = "en" if root else "nl"
    on = formats.day(at.date(), language, today=at.date())
    return f"{SAID[root]}: {on}, {formats.clock_time(at, DEFAULT_ZONE, language)}"


def assert_fresh(page: Page) -> None:
    page.wait_for_load_state("networkidle")
    assert page.locator("[data-when=stale]:visible").count() == 0
    assert page.locator("[data-stale]").count() == 0


def test_a_page_that_is_served_as_a_file_long_after_the_portal_died_says_so(files: Files, open_file: Callable[..., Page]) -> None:
    files.publish(ago=timedelta(minutes=10))
    page = open_file()
    for root in ("", "/en"):
        page.goto(f"{root}/")
        page.locator("[data-stale]").wait_for()
        assert page.locator(".banner").get_attribute("data-state") == "unknown"
        assert page.get_by_role("heading", level=1).inner_text() == TITLE[root]
        assert page.title().startswith(TITLE[root])
        assert said_at(files, root) in notice(page)
        for path in files.paths:
            page.goto(root + path)
            assert said_at(files, root) in notice(page)


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_what_is_too_old_can_be_read_by_everybody_at_every_width(
    files: Files, open_file: Callable[..., Page], scheme: str
) -> None:
    files.publish(ago=timedelta(minutes=10))
    page = open_file(color_scheme=scheme, bypass_csp=True)
    for width in (360, 768, 1280):
        page.set_viewport_size({"width": width, "height": 900})
        for path in ("/", *files.paths):
            page.goto(path)
            notice(page)
            assert not is_wider_than_the_window(page), (path, width)
            assert violations(page) == []


def test_a_page_that_is_fresh_says_nothing_of_it(files: Files, open_file: Callable[..., Page]) -> None:
    files.publish()
    page = open_file()
    for path in ("/", *files.paths):
        page.goto(path)
        assert_fresh(page)


def pass_a_minute(page: Page) -> None:
    """The open page asks again, and has made of the answer what it makes of it: while it waits for one it does not ask again."""
    with page.expect_response("**/fragments/status"):
        page.clock.run_for(61_000)
    expect(page.locator(".htmx-request")).to_have_count(0)


def test_an_open_page_goes_grey_when_the_portal_dies_and_comes_back_by_itself(
    files: Files, open_file: Callable[..., Page]
) -> None:
    files.publish()
    page = open_file()
    page.clock.install()
    page.goto("/")
    assert_fresh(page)
    fresh = page.title()
    for _minute in range(5):  # nginx goes on answering with the same file
        pass_a_minute(page)
    page.locator("[data-stale]").wait_for()
    pass_a_minute(page)
    page.locator("[data-stale]").wait_for()
    assert page.locator(".banner").get_attribute("data-state") == "unknown", "the same again is not younger"
    assert page.title().startswith(TITLE[""])
    files.publish(ago=-timedelta(minutes=6))  # in the browser's time it is that late
    pass_a_minute(page)
    page.locator("#status:not([data-stale])").wait_for()
    assert_fresh(page)
    assert page.title() == fresh


def test_a_wrong_clock_at_home_makes_nothing_old(files: Files, open_file: Callable[..., Page]) -> None:
    files.publish()
    page = open_file()
    page.clock.install(time=files.services.clock.now() - timedelta(hours=5))
    for path in ("/", *files.paths):
        page.goto(path)
        assert_fresh(page)


def test_when_nobody_can_be_asked_a_page_without_a_time_admits_it(files: Files, open_file: Callable[..., Page]) -> None:
    files.publish()
    page = open_file()
    page.route("**/checked.json", lambda route: route.abort())
    page.goto(files.paths[0])
    assert "van een eerder moment" in notice(page)


def test_an_open_page_without_a_time_is_old_three_minutes_after_the_last_look(
    files: Files, open_file: Callable[..., Page]
) -> None:
    files.publish()
    page = open_file()
    page.clock.install()
    page.goto(files.paths[0])
    assert_fresh(page)
    page.route("**/checked.json", lambda route: route.abort())
    page.clock.run_for(100_000)
    assert_fresh(page)
    page.clock.run_for(121_000)
    assert SAID[""] in notice(page)
    assert "eerder moment" not in notice(page)

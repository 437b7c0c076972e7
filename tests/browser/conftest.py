"""A real Chromium on a real portal: granian and the worker, the demo company, a random port."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, BrowserContext, ConsoleMessage, Page, Request, sync_playwright

from tests.browser.chromium import ADVICE, FLAGS, executable
from tests.running import Run

ABORTED = "net::ERR_ABORTED"  # a page's own script took the request back, or one left the page
FOLDER = Path(__file__).parent


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """All browser tests share one portal and one browser, so one process of pytest-xdist runs them.

    First of all, because pytest-xdist reads the groups in a hook of the same name.
    """
    for item in items:
        if FOLDER in item.path.parents:
            item.add_marker(pytest.mark.xdist_group("browser"))
            item.add_marker(pytest.mark.browser)


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    path = executable()
    assert path, ADVICE
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=list(FLAGS))
        yield browser
        browser.close()


@pytest.fixture(scope="session")
def live_portal(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Run]:
    """The portal as `script/server` starts it, filled with the demo company. Its clock is the real one."""
    run = Run(tmp_path_factory.mktemp("live") / "instance", PORTAL_DEMO="1")
    run.wait_until_up(seconds=120)
    yield run
    run.kill()


@pytest.fixture
def open_window(browser: Browser, live_portal: Run) -> Iterator[Callable[..., Page]]:
    """Opens a window with a cookie jar of its own. When the test ends, none may have complained.

    A complaint is an error in the console (a violation of the content security policy is one), an error in a script,
    an answer of 500 or more, or an address that cannot be reached.
    """
    contexts: list[BrowserContext] = []
    complaints: list[str] = []

    def listen(message: ConsoleMessage) -> None:
        # The browser reports every 4xx as an error of the console; the journeys meet some on purpose.
        # htmx reports a request that it took back itself; one that failed is reported by the browser too.
        expected = ("Failed to load resource", "htmx:sendAbort", "htmx:afterRequest")
        if message.type == "error" and not message.text.startswith(expected):
            complaints.append(f"{message.text} ({message.location.get('url')})")

    def fail(request: Request) -> None:
        if request.failure != ABORTED:
            complaints.append(f"failed: {request.url} {request.failure}")

    def open_(**options: object) -> Page:
        options.setdefault("base_url", live_portal.address)
        options.setdefault("locale", "nl-NL")
        options.setdefault("viewport", {"width": 1280, "height": 900})
        context = browser.new_context(**options)  # type: ignore[arg-type]
        context.set_default_timeout(10_000)
        contexts.append(context)
        page = context.new_page()
        page.on("console", listen)
        page.on("pageerror", lambda error: complaints.append(f"script: {error}"))
        page.on("requestfailed", fail)
        page.on("response", lambda r: complaints.append(f"{r.status}: {r.url}") if r.status >= 500 else None)
        return page

    yield open_
    for context in contexts:
        context.close()
    assert complaints == []


@pytest.fixture
def page(open_window: Callable[..., Page]) -> Page:
    return open_window()

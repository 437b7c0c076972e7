"""What holds for every page there is: found by following links, so that a new page is checked without being listed."""

from collections import Counter, deque
from collections.abc import Callable, Iterator
from urllib.parse import urljoin, urlsplit

import pytest
from flask import Flask
from playwright.sync_api import Page
from werkzeug.exceptions import HTTPException

from portal.app import create_app
from portal.services import Services
from tests.browser.axe import faults_of
from tests.browser.staff import sign_in
from tests.running import Run

REACHED_OTHERWISE = {
    "members_console.link",  # shown once, after an invitation was made
    "organisation_console.contrast",  # a part of a page, for htmx
    "setup_console.page",  # see test_first_run
    "staff_console.invitation",  # leads on to the welcome
    "staff_console.sign_in",  # one is signed in
    "calamity_console.new",  # only while more comes in than usual: see test_surge
    "calamity_console.tell_of_plan",  # after a plan in a calamity: the page of the incident, filled in
    "staff_console.welcome",  # only with an invitation
}
IN_A_CALAMITY = {"calamity_console.over"}  # which another journey may have left open: the page of the incident, filled in
MOST_OF_A_KIND = 4  # pages of one view that are looked at: incidents of the company, two of other journeys, planned work
MOST_IN_CONSOLE = 8  # whose links are followed there: what other journeys have left stands among them
LOOKED_AT_IN_CONSOLE = 2  # there the pages of one view differ less, and each is looked at in six ways
PLANNED = "Nieuwe wissels bij Meerkapelle"


def pages_behind(
    app: Flask, page: Page, starts: list[str], below: str = "/", most_of_a_kind: int = MOST_OF_A_KIND
) -> Iterator[str]:
    """Opens page after page by following links, at most a few of each view, and yields the path of the one that is open.

    Only links to addresses that start with `below` are followed.
    """
    match = app.url_map.bind("portal.test").match
    seen: set[str] = set()
    kinds: dict[str, int] = {}
    waiting = deque(starts)
    while waiting:
        path = waiting.popleft()
        try:
            kind, _values = match(path.partition("?")[0])
        except HTTPException:
            kind = f"nobody answers {path}"
        if path in seen or kinds.get(kind, 0) >= most_of_a_kind or kind.startswith("assets."):
            continue
        seen.add(path)
        answer = page.request.get(path)
        if "text/html" not in answer.headers.get("content-type", ""):
            assert answer.status == 200, f"{path} answers {answer.status}"
            kinds[kind] = kinds.get(kind, 0) + 1
            continue
        answer = page.goto(path)
        assert answer, path
        assert answer.status == 200, f"{path} answers {answer.status}"
        kinds[kind] = kinds.get(kind, 0) + 1
        yield path
        for href in page.eval_on_selector_all("a[href]", "links => links.map(link => link.href)"):
            parts = urlsplit(urljoin(page.url, href))
            if parts.netloc == urlsplit(page.url).netloc and parts.path.startswith(below):
                waiting.append(parts.path + (f"?{parts.query}" if parts.query else ""))


@pytest.mark.slow
def test_every_page_of_the_console_reads_well_too(services: Services, page: Page, live_portal: Run) -> None:
    app = create_app(services=services)
    sign_in(page, "beheer")
    faults, kinds = [], Counter[str]()
    page.goto("/console/incidents")
    planned = page.get_by_role("link", name=PLANNED).first.get_attribute("href")
    assert planned
    for path in pages_behind(app, page, ["/console/", "/console/incidents", planned], "/console", MOST_IN_CONSOLE):
        kind = app.url_map.bind("portal.test").match(path.partition("?")[0])[0]
        kinds[kind] += 1
        if kinds[kind] <= LOOKED_AT_IN_CONSOLE:
            faults += [f"{path} {fault}" for fault in faults_of(page)]
    there = {
        rule.endpoint
        for rule in app.url_map.iter_rules()
        if rule.rule.startswith("/console") and rule.methods and "GET" in rule.methods
    }
    assert there - set(kinds) - IN_A_CALAMITY == REACHED_OTHERWISE
    assert faults == []


@pytest.mark.slow
def test_every_public_page_reads_well_at_every_width_in_light_and_dark(services: Services, page: Page, live_portal: Run) -> None:
    faults, paths = [], []
    for path in pages_behind(create_app(services=services), page, ["/", "/en/"]):
        paths.append(path)
        faults += [f"{path} {fault}" for fault in faults_of(page)]
    assert {"/", "/en/"} <= set(paths)
    assert faults == []


@pytest.mark.parametrize("path", ["/", "/en/"])
def test_the_first_load_of_the_status_page_is_under_sixty_kilobytes(open_window: Callable[..., Page], path: str) -> None:
    page = open_window()
    session = page.context.new_cdp_session(page)
    session.send("Network.enable")
    received: list[float] = []
    session.on("Network.loadingFinished", lambda event: received.append(event["encodedDataLength"]))
    page.goto(path, wait_until="networkidle")
    assert len(received) >= 3, "the page, its style and its script"
    assert sum(received) < 60_000, f"{sum(received):.0f} bytes in {len(received)} answers"

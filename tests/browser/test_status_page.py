"""The status page in a real browser: it renews itself, stops when asked, never pretends, and works without script."""

import contextlib
from collections.abc import Callable

from playwright.sync_api import Error, Page, Route


def test_the_status_page_renews_itself_until_its_reader_stops_it(open_window: Callable[..., Page]) -> None:
    page = open_window()
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url) if "/fragments/" in request.url else None)
    page.clock.install()
    page.goto("/")
    with page.expect_response("**/fragments/status*"):
        page.clock.run_for(61_000)
    with page.expect_response("**/fragments/status/stopped"):
        page.get_by_role("button", name="Stop met vernieuwen").click()
    button = page.get_by_role("button", name="Vernieuw vanzelf")
    button.wait_for()
    assert button.evaluate("it => it === document.activeElement"), "the focus stays where it was"
    asked.clear()
    page.clock.run_for(180_000)
    assert asked == []


def test_a_click_during_a_renewal_is_not_lost(page: Page) -> None:
    page.clock.install()
    page.goto("/")
    held: list[Route] = []
    page.route("**/fragments/status**", lambda route: held.append(route))  # noqa: PLW0108 - it cannot bind a builtin
    with page.expect_request("**/fragments/status"):
        page.clock.run_for(61_000)
    with page.expect_request("**/fragments/status/stopped"):
        page.get_by_role("button", name="Stop met vernieuwen").click()
    with contextlib.suppress(Error):  # the renewal was taken back
        held[0].continue_()
    page.wait_for_timeout(300)
    held[1].continue_()
    page.get_by_role("button", name="Vernieuw vanzelf").wait_for()


def test_a_page_that_could_not_renew_itself_does_not_go_on_in_green(open_window: Callable[..., Page]) -> None:
    page = open_window()
    page.clock.install()
    page.goto("/")
    page.get_by_role("button", name="Stop met vernieuwen").click()
    page.get_by_role("button", name="Vernieuw vanzelf").wait_for()
    page.clock.run_for(400_000)
    assert page.locator(".banner").get_attribute("data-state") == "unknown"
    assert page.get_by_role("heading", level=1).inner_text() == "We weten niet hoe het nu gaat"


def test_without_script_the_status_page_says_the_same(open_window: Callable[..., Page]) -> None:
    with_script, without = open_window(), open_window(java_script_enabled=False)
    for page in (with_script, without):
        page.goto("/")
    names = [page.locator(".channel__name").all_inner_texts() for page in (with_script, without)]
    assert names[0] == names[1]
    assert len(names[1]) > 0


def test_the_keyboard_reaches_the_content_first(page: Page) -> None:
    page.goto("/")
    page.keyboard.press("Tab")
    skip = page.locator(".skip-link")
    assert skip.evaluate("it => it === document.activeElement && it.getBoundingClientRect().top >= 0")
    page.keyboard.press("Enter")
    assert page.evaluate("document.activeElement.id") == "main"


def test_the_language_switch_keeps_the_place(page: Page) -> None:
    page.goto("/history")
    page.get_by_role("link", name="English").click()
    assert page.url.endswith("/en/history")
    page.get_by_role("link", name="Nederlands").click()
    assert page.url.endswith("/history")
    assert "/en/" not in page.url

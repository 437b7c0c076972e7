"""What members of staff do in many journeys."""

from playwright.sync_api import Page

from portal.staff.rules import DEMO_PHRASE


def sign_in(page: Page, who: str) -> None:
    """Through the sign-in page, as `who`@lijnwaard.example."""
    page.goto("/console/")
    page.locator("[name=email]").fill(f"{who}@lijnwaard.example")
    page.locator("[name=phrase]").fill(DEMO_PHRASE)
    page.locator("main form button").click()
    page.wait_for_url("**/console/**")
    assert "/sign-in" not in page.url

"""A colleague with a phone publishes what is wrong, keeps telling, and finds it where customers look."""

import time
from collections.abc import Callable, Iterator

import feedparser
import pytest
from playwright.sync_api import Page, expect

from tests.browser.axe import judge
from tests.browser.staff import open_published, portal_of_noor, sign_in_noor
from tests.running import Run

PHONE = {"width": 360, "height": 740}
KEY_DELAY_MS = 100  # somebody who types fast on a phone


@pytest.fixture
def small_portal(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Run]:
    """A company with one colleague who publishes, and nothing wrong yet: each test has its own, whatever came before it."""
    with portal_of_noor(tmp_path_factory.mktemp("small") / "instance") as run:
        yield run


@pytest.fixture
def phone(open_window: Callable[..., Page], small_portal: Run) -> Page:
    return open_window(base_url=small_portal.address, viewport=PHONE, has_touch=True, is_mobile=True)


def test_half_a_minute_is_enough_from_the_sign_in_page_to_the_public_page(phone: Page) -> None:
    start = time.monotonic()
    sign_in_noor(phone, "/console/incidents")
    phone.get_by_role("link", name="Er is iets mis").tap()
    phone.get_by_label("Wat is er mis, in het Nederlands").press_sequentially("Geen trams in Oost", delay=KEY_DELAY_MS)
    phone.get_by_role("button", name="Publiceren").first.tap()
    expect(phone.get_by_text("Gepubliceerd. Klanten zien het nu.").first).to_be_visible()
    elapsed = time.monotonic() - start
    assert elapsed < 30, f"{elapsed:.0f} seconds"
    judge(phone)

    phone.get_by_role("button", name="Tekst: Oorzaak gevonden").tap()
    expect(phone.get_by_label("Tekst in het Nederlands")).to_have_value("We weten wat er mis is. We werken aan een oplossing.")
    phone.get_by_role("button", name="Bekijk het", exact=True).tap()
    expect(phone.get_by_text("Zo zien klanten het")).to_be_visible()
    judge(phone)
    phone.get_by_role("button", name="Oorzaak gevonden", exact=True).tap()
    expect(phone.get_by_text("Gepubliceerd. Klanten zien het nu.").first).to_be_visible()
    expect(phone.locator(".timeline__entry")).to_have_count(2)

    open_published(phone, "/", "Geen trams in Oost")
    phone.get_by_role("link", name="Geen trams in Oost").tap()
    expect(phone.get_by_role("heading", name="Wat we erover zeiden")).to_be_visible()
    judge(phone)
    found = phone.locator('link[type="application/rss+xml"]').evaluate_all("links => links.map(link => link.href)")
    feeds = [feedparser.parse(phone.request.get(address).body()) for address in found]
    assert [[entry.title for entry in feed.entries] for feed in feeds] == [
        ["Oorzaak gevonden: Geen trams in Oost", "We zoeken de oorzaak: Geen trams in Oost"]
    ] * 2


def test_two_colleagues_at_once_lose_nothing(open_window: Callable[..., Page], small_portal: Run) -> None:
    anna, bas = (open_window(base_url=small_portal.address) for _ in range(2))
    for page in (anna, bas):
        sign_in_noor(page, "/console/incidents")
    anna.get_by_role("link", name="Er is iets mis").click()
    anna.get_by_label("Wat is er mis, in het Nederlands").fill("De brug staat open")
    anna.get_by_role("button", name="Publiceren").first.click()
    bas.goto(anna.url)
    anna.get_by_label("Tekst in het Nederlands").fill("Van Anna.")
    anna.get_by_role("button", name="Oorzaak gevonden", exact=True).click()
    expect(anna.locator(".timeline__entry")).to_have_count(2)
    bas.get_by_label("Tekst in het Nederlands").fill("Van Bas.")
    bas.get_by_role("button", name="We houden het in de gaten", exact=True).click()
    expect(bas.get_by_text("Dit is veranderd terwijl u schreef")).to_be_visible()
    expect(bas.get_by_label("Tekst in het Nederlands")).to_have_value("Van Bas.")
    judge(bas)
    bas.get_by_role("button", name="We houden het in de gaten", exact=True).click()
    expect(bas.locator(".timeline__entry")).to_have_count(3)


def test_without_scripts_everything_works_too(open_window: Callable[..., Page], small_portal: Run) -> None:
    page = open_window(base_url=small_portal.address, java_script_enabled=False)
    sign_in_noor(page, "/console/incidents/maintenance/new")
    page.get_by_label("Wat gaan we doen, in het Nederlands").fill("Nieuwe kaartlezers")
    page.get_by_role("button", name="Bekijk het", exact=True).click()
    expect(page.get_by_text("Zo zien klanten het")).to_be_visible()
    page.get_by_role("button", name="Aankondigen").click()
    expect(page.get_by_text("Het werk is aangekondigd.")).to_be_visible()
    open_published(page, "/en/", "(only in Dutch)")

"""A colleague with a phone publishes what is wrong, keeps telling, and finds it where customers look."""

import time
from collections.abc import Callable, Iterator

import feedparser
import pytest
from playwright.sync_api import Page, expect

from portal import wiring
from portal.config import Config
from portal.organisation.store import save_organisation
from portal.staff.rules import Role
from portal.staff.store import add_member
from tests.browser.axe import is_wider_than_the_window, violations
from tests.running import Run

PHRASE = "zeven koperen ketels op zolder"
PHONE = {"width": 360, "height": 740}
KEY_DELAY_MS = 100  # somebody who types fast on a phone


@pytest.fixture
def small_portal(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Run]:
    """A company with one colleague who publishes, and nothing wrong yet: each test has its own, whatever came before it."""
    instance = tmp_path_factory.mktemp("small") / "instance"
    run = Run(instance)
    run.wait_until_up()
    services = wiring.build(Config.from_env({"PORTAL_INSTANCE": str(instance), "PORTAL_DEMO": "0"}))
    hashed, now = services.phrases.hash(PHRASE), services.clock.now()
    with services.database.transaction() as session:
        save_organisation(session, name="Ringlijn", now=now, actor_id=None)
        facts = {"email": "noor@ringlijn.nl", "name": "Noor", "language": "nl"}
        add_member(session, **facts, role=Role.COMMUNICATION, phrase_hash=hashed, now=now, actor_id=None)
    services.database.close()
    yield run
    run.kill()


@pytest.fixture
def phone(open_window: Callable[..., Page], small_portal: Run) -> Page:
    return open_window(base_url=small_portal.address, viewport=PHONE, has_touch=True, is_mobile=True)


def sign_in(page: Page) -> None:
    page.goto("/console/incidents")
    page.get_by_label("E-mailadres").fill("noor@ringlijn.nl")
    page.get_by_label("Wachtwoord").fill(PHRASE)  # as a password manager does
    page.get_by_role("button", name="Inloggen").tap()


def judge(page: Page) -> None:
    assert violations(page) == []
    assert not is_wider_than_the_window(page)


def test_half_a_minute_is_enough_from_the_sign_in_page_to_the_public_page(phone: Page) -> None:
    start = time.monotonic()
    sign_in(phone)
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

    phone.goto("/")
    expect(phone.get_by_role("heading", level=1, name="Geen trams in Oost")).to_be_visible()
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
        page.goto("/console/incidents")
        page.get_by_label("E-mailadres").fill("noor@ringlijn.nl")
        page.get_by_label("Wachtwoord").fill(PHRASE)
        page.get_by_role("button", name="Inloggen").click()
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
    page.goto("/console/incidents/maintenance/new")
    page.get_by_label("E-mailadres").fill("noor@ringlijn.nl")
    page.get_by_label("Wachtwoord").fill(PHRASE)
    page.get_by_role("button", name="Inloggen").click()
    page.get_by_label("Wat gaan we doen, in het Nederlands").fill("Nieuwe kaartlezers")
    page.get_by_role("button", name="Bekijk het", exact=True).click()
    expect(page.get_by_text("Zo zien klanten het")).to_be_visible()
    page.get_by_role("button", name="Aankondigen").click()
    expect(page.get_by_text("Het werk is aangekondigd.")).to_be_visible()
    page.goto("/en/")
    expect(page.get_by_text("(only in Dutch)").first).to_be_visible()

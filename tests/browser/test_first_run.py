"""From an empty portal to a company with a channel and a colleague, in a real browser."""

import re
from collections.abc import Callable, Iterator

import pytest
from playwright.sync_api import Page, expect

from tests.browser.axe import is_wider_than_the_window, violations
from tests.running import Run

PHRASE = "zeven koperen ketels op zolder"


@pytest.fixture(scope="module")
def empty_portal(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Run]:
    run = Run(tmp_path_factory.mktemp("empty") / "instance")
    run.wait_until_up()
    yield run
    run.kill()


def judge(page: Page) -> None:
    """The page is accessible, and fits a small phone."""
    assert violations(page) == []
    size = page.viewport_size
    assert size
    page.set_viewport_size({"width": 320, "height": 640})
    assert not is_wider_than_the_window(page), f"{page.url} is wider than a phone"
    page.set_viewport_size(size)


def set_up(page: Page, code: str) -> None:
    page.get_by_label("Inrichtcode").fill("2222-2222-2222-2222")
    page.get_by_role("button", name="Inrichten").click()
    expect(page.get_by_role("heading", level=2).first).to_be_focused()
    judge(page)
    page.get_by_label("Inrichtcode").fill(code)
    page.get_by_label("Naam van uw bedrijf").fill("Ringlijn")
    page.get_by_label("Uw naam").fill("Noor de Wit")
    page.get_by_label("Uw e-mailadres").fill("noor@ringlijn.example")
    choose_phrase(page)
    page.get_by_role("button", name="Inrichten").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Kanalen")
    judge(page)


def choose_phrase(page: Page) -> None:
    page.get_by_label("Nieuw wachtwoord").fill(PHRASE)
    page.get_by_label("Hetzelfde wachtwoord").fill(PHRASE)


def add_channels(page: Page, *names: str) -> None:
    for name in names:
        page.get_by_role("link", name="Kanaal toevoegen").click()
        page.get_by_label("Naam", exact=True).fill(name)
        judge(page)
        page.get_by_role("button", name="Opslaan").click()
    expect(page.get_by_role("heading", level=2)).to_have_text(list(names))
    page.get_by_role("button", name=f"Omhoog met {names[-1]}").click()
    expect(page.get_by_role("heading", level=2).first).to_have_text(names[-1])
    judge(page)


def invite_sam(page: Page) -> str:
    page.get_by_role("link", name="Collega's").click()
    judge(page)
    page.get_by_role("link", name="Collega uitnodigen").click()
    page.get_by_label("Naam", exact=True).fill("Sam")
    page.get_by_label("E-mailadres").fill("sam@ringlijn.example")
    page.get_by_label("Medewerker").check()
    judge(page)
    page.get_by_role("button", name="Link maken").click()
    link = page.get_by_label("Link", exact=True).input_value()
    judge(page)
    return link


def come_in(page: Page, link: str) -> None:
    page.goto(link)
    assert "invitation" not in page.url, "the token has left the address bar"
    judge(page)
    choose_phrase(page)
    page.get_by_role("button", name="Opslaan en inloggen").click()
    expect(page.get_by_role("button", name="Uitloggen").first).to_be_visible()
    page.goto("/console/account")
    judge(page)
    expect(page.get_by_role("link", name="Collega's")).to_have_count(0)


def test_the_first_visitor_sets_up_and_invites_a_colleague_who_comes_and_goes(
    empty_portal: Run, open_window: Callable[..., Page]
) -> None:
    page, sam = open_window(base_url=empty_portal.address), open_window(base_url=empty_portal.address)
    code = re.search(r"with this code: (\S+)", empty_portal.said)
    assert code, empty_portal.said
    page.goto("/console/")
    judge(page)
    set_up(page, code[1])
    add_channels(page, "WhatsApp", "Mastodon")

    page.get_by_role("link", name="Organisatie").click()
    page.get_by_label("Kleur van uw bedrijf").fill("#ffee00")
    expect(page.locator("#contrast")).to_contain_text("slecht leesbaar")
    judge(page)

    come_in(sam, invite_sam(page))
    page.goto("/console/audit")
    expect(page.get_by_role("table")).to_contain_text("Met de link een wachtwoord gekozen")
    judge(page)
    page.get_by_role("link", name="Collega's").click()
    page.get_by_role("link", name="Sam").click()
    judge(page)
    page.get_by_role("button", name="Account sluiten").click()
    expect(page.get_by_text("Sam kan niet meer inloggen.")).to_be_visible()
    sam.reload()
    expect(sam.get_by_role("heading", level=1)).to_have_text("Inloggen")
    judge(sam)

    page.goto("/console/setup")
    expect(page.get_by_role("heading", level=1)).to_have_text("Deze pagina bestaat niet")

"""What customers come for: are you there, where is the news, and how does my question stand."""

import re
from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from tests.browser.axe import faults_of
from tests.running import Run


def test_a_customer_finds_when_a_channel_is_open(page: Page) -> None:
    page.goto("/")
    page.get_by_role("link", name="WhatsApp", exact=True).click()
    expect(page.get_by_role("heading", level=1)).to_have_text("WhatsApp")
    week = page.get_by_role("table").filter(has_text="maandag")
    expect(week.get_by_role("row").filter(has_text="maandag")).to_contain_text("6.30 tot 23.00 uur")
    page.get_by_role("link", name="English").click()
    expect(page.get_by_role("row").filter(has_text="Monday")).to_contain_text("6:30")


@pytest.mark.parametrize("kind", ["rss", "atom"])
def test_a_customer_finds_the_feed_and_so_does_a_feed_reader(page: Page, kind: str) -> None:
    page.goto("/")
    found = page.locator(f"link[rel=alternate][type='application/{kind}+xml']").first.get_attribute("href")
    link = page.get_by_role("main").get_by_role("link", name=re.compile(kind, re.IGNORECASE)).first.get_attribute("href")
    assert found
    assert link
    for address in (found, link):
        answer = page.request.get(address)
        assert answer.status == 200
        assert "Geen trams door een stroomstoring" in answer.text()


@pytest.mark.parametrize("javascript", [True, False], ids=["with javascript", "without javascript"])
def test_a_customer_tracks_a_question_by_its_code(
    open_window: Callable[..., Page], live_portal: Run, *, javascript: bool
) -> None:
    code = re.search(r"/track the code (\S+)", live_portal.said)
    assert code
    page = open_window(java_script_enabled=javascript)
    page.goto("/")
    page.get_by_role("link", name="Volg mijn vraag").click()
    page.locator("[name=reference]").fill(code[1].lower().replace("-", " "))
    page.get_by_role("button", name="Toon mijn vraag").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Uw vraag")
    assert code[1] not in page.url, "a code does not stay in an address"
    expect(page.get_by_role("main")).to_contain_text(re.compile("BR-[A-Z0-9]{4}-[A-Z0-9]{4}"))
    if javascript:
        assert faults_of(page) == [], "no link leads here, so it is judged here"
    page.locator("textarea[name=text]").last.fill("Ik hoor graag hoe het afloopt.")
    page.locator("form:has(textarea[name=text]) button").last.click()
    expect(page.get_by_role("main")).to_contain_text("Ik hoor graag hoe het afloopt.")


def test_a_page_that_does_not_exist_reads_well_too(page: Page) -> None:
    answer = page.goto("/there-is-nothing-here")
    assert answer
    assert answer.status == 404
    assert faults_of(page) == []

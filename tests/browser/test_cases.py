"""From a question on a channel to its answer: two agents in the console, and the customer with a code."""

import re
from collections.abc import Callable
from datetime import datetime, timedelta
from itertools import pairwise

import pytest
from playwright.sync_api import Page, expect

from portal import wiring
from portal.cases import store
from portal.cases.models import Case
from portal.cases.rules import Direction, Message, Visibility
from portal.config import Config
from portal.organisation.store import channels
from tests.browser.axe import is_wider_than_the_window, violations
from tests.browser.staff import sign_in
from tests.running import Run

QUESTION = "Waar blijft lijn 5? Ik sta bij halte <b>Stationsplein</b>."


@pytest.fixture
def case(live_portal: Run) -> Case:
    """A question that came in twenty minutes ago."""
    services = wiring.build(Config.from_env({"PORTAL_INSTANCE": str(live_portal.instance)}))
    now: datetime = services.clock.now()
    message = Message(
        message_id=f"browser-{now.isoformat()}",
        direction=Direction.INBOUND,
        created_at=now - timedelta(minutes=20),
        text=QUESTION,
        author_id=f"jan-{now.isoformat()}",
        author_handle="@jan",
        thread_ref=f"browser-{now.isoformat()}",
        visibility=Visibility.PUBLIC,
    )
    with services.database.transaction() as session:
        found = store.take_message(session, channels(session)[0], message, now).case
    services.database.close()
    assert found
    return found


def judge(page: Page) -> None:
    """Accessible in light and dark, and it fits the smallest phone."""
    size = page.viewport_size
    assert size
    for width in (320, size["width"]):
        page.set_viewport_size({"width": width, "height": size["height"]})
        assert not is_wider_than_the_window(page), f"{page.url} is wider than {width} px"
        for scheme in ("dark", "light"):
            page.emulate_media(color_scheme=scheme)  # type: ignore[arg-type]
            assert violations(page) == []


def open_case(page: Page, case: Case) -> None:
    page.goto("/console/cases")
    page.get_by_role("link", name=re.compile("Waar blijft lijn 5")).first.wait_for()
    page.goto(f"/console/cases/{case.reference}")
    expect(page.locator("#conversation")).to_contain_text("Stationsplein")


def test_a_customer_follows_a_question_by_code_while_an_agent_answers(
    open_window: Callable[..., Page], page: Page, case: Case
) -> None:
    sign_in(page, "noor")
    open_case(page, case)
    page.get_by_label("Uw antwoord").fill("Over tien minuten.")
    page.get_by_role("button", name="Wijs toe aan mij").click()
    expect(page.locator("#toast")).to_have_text("De vraag is van u.")
    expect(page.get_by_label("Uw antwoord")).to_have_value("Over tien minuten.")
    page.get_by_text("Code en link voor de klant").click()
    page.get_by_role("button", name="Maak een code en link").click()
    code = page.locator("#new-claim code").first.inner_text()
    judge(page)

    customer = open_window()
    customer.goto("/track")
    judge(customer)
    customer.get_by_label("Nummer of code").fill(code.lower().replace("-", " "))
    customer.get_by_role("button", name="Toon mijn vraag").click()
    expect(customer.locator(".tracking")).to_contain_text("verwachten vóór")
    expect(customer.locator(".message").first).to_contain_text("<b>Stationsplein</b>")
    judge(customer)

    page.get_by_role("button", name="Antwoorden").click()
    expect(page.locator("#toast")).to_have_text("Uw antwoord staat op de pagina van de klant.")
    expect(page.get_by_label("Uw antwoord")).to_have_value("")

    customer.reload()
    expect(customer.locator(".tracking")).to_contain_text("U heeft antwoord.")
    customer.get_by_label("Ja").check()
    customer.get_by_role("button", name="Versturen", exact=True).click()
    expect(customer.get_by_role("status")).to_contain_text("Dank u wel.")
    customer.get_by_role("button", name="Mijn vraag is opgelost").click()
    expect(customer.locator(".tag").first).to_have_text("Beantwoord")
    judge(customer)
    customer.get_by_role("button", name="Afmelden op dit apparaat").click()
    customer.goto(f"/track/mine/{case.reference}")
    expect(customer.get_by_role("heading", level=1)).to_have_text("We kunnen u deze vraag niet laten zien")


def test_without_script_a_customer_needs_no_answer_any_more_and_then_after_all(
    open_window: Callable[..., Page], page: Page, case: Case, live_portal: Run
) -> None:
    sign_in(page, "noor")
    open_case(page, case)
    page.get_by_text("Code en link voor de klant").click()
    page.get_by_role("button", name="Maak een code en link").click()
    code = page.locator("#new-claim code").first.inner_text()

    customer = open_window(java_script_enabled=False)
    customer.goto("/track")
    customer.get_by_label("Nummer of code").fill(code)
    customer.get_by_role("button", name="Toon mijn vraag").click()
    customer.get_by_text("Ik heb geen antwoord meer nodig").press("Enter")
    customer.get_by_role("button", name="Beantwoord mijn vraag niet").press("Enter")
    expect(customer.locator(".tracking")).to_contain_text("Een antwoord is niet meer nodig.")
    assert not is_wider_than_the_window(customer)

    page.reload()
    expect(page.locator("#side")).to_contain_text("Ingetrokken")
    judge(page)
    customer.get_by_role("button", name="Toch wel: ik wil antwoord").press("Enter")
    expect(customer.locator(".tracking")).to_contain_text("verwachten vóór")

    page.reload()
    page.get_by_role("button", name="Geen antwoord meer nodig").click()
    expect(page.locator("#toast")).to_contain_text("De klant heeft geen antwoord meer nodig.")
    customer.reload()
    expect(customer.locator(".tracking")).to_contain_text("Een antwoord is niet meer nodig.")


def test_two_agents_on_one_question_are_warned_and_lose_nothing(open_window: Callable[..., Page], page: Page, case: Case) -> None:
    other = open_window()
    sign_in(page, "noor")
    sign_in(other, "daan")
    open_case(page, case)
    open_case(other, case)
    expect(other.locator("#presence")).to_contain_text("Noor Zandstra heeft deze vraag ook open.")
    page.get_by_label("Uw antwoord").fill("Mijn antwoord")
    other.get_by_label("Uw antwoord").fill("Het andere antwoord")
    other.get_by_role("button", name="Antwoorden").click()
    expect(other.locator("#conversation")).to_contain_text("Het andere antwoord")
    page.get_by_role("button", name="Antwoorden").click()
    expect(page.locator("#refused")).to_contain_text("Daan Pieters heeft deze vraag gewijzigd")
    expect(page.locator("#refused")).to_contain_text("Het andere antwoord")
    expect(page.get_by_label("Uw antwoord")).to_have_value("Mijn antwoord")
    judge(page)
    page.get_by_role("button", name="Antwoorden").click()
    expect(page.locator("#conversation")).to_contain_text("Mijn antwoord")
    expect(page.locator("#refused")).to_be_empty()


def test_without_script_an_agent_answers_all_the_same(open_window: Callable[..., Page], case: Case) -> None:
    page = open_window(java_script_enabled=False)
    sign_in(page, "samira")
    page.goto(f"/console/cases/{case.reference}")
    page.get_by_label("Uw antwoord").fill("Over tien minuten.")
    page.get_by_role("button", name="Antwoorden").click()
    expect(page.locator("#toast")).to_have_text("Uw antwoord staat op de pagina van de klant.")
    expect(page.locator("#conversation")).to_contain_text("Over tien minuten.")


def test_the_queue_is_walked_and_an_answer_sent_by_keys(page: Page, case: Case) -> None:
    sign_in(page, "noor")
    page.goto("/console/cases")
    judge(page)
    links = page.locator(".console-queue a")
    links.first.focus()
    page.keyboard.press("k")
    expect(links.first).to_be_focused()
    if links.count() > 1:
        page.keyboard.press("j")
        expect(links.nth(1)).to_be_focused()
    page.goto(f"/console/cases/{case.reference}")
    page.get_by_label("Uw antwoord").fill("Met de toetsen: jk")
    page.keyboard.press("Control+Enter")
    expect(page.locator("#conversation")).to_contain_text("Met de toetsen: jk")


def test_on_a_phone_what_stands_in_an_opened_act_stands_apart(
    open_window: Callable[..., Page], live_portal: Run, case: Case
) -> None:
    services = wiring.build(Config.from_env({"PORTAL_INSTANCE": str(live_portal.instance)}))
    with services.database.transaction() as session:
        store.add_customer_message(session, case.id, text="Ik wil mijn geld terug.", now=services.clock.now())
    services.database.close()
    page = open_window(viewport={"width": 360, "height": 740})
    sign_in(page, "noor")
    page.goto(f"/console/cases/{case.reference}")
    page.locator("summary", has_text="Afsplitsen").click()
    rows = page.locator("details", has=page.get_by_role("group", name="Berichten over een ander onderwerp")).evaluate(
        "e => [...e.children].map(c => c.getBoundingClientRect()).map(r => [r.top, r.bottom])"
    )
    assert len(rows) == 3, "the summary, what it does, and the form"
    assert all(following[0] - row[1] >= 8 for row, following in pairwise(rows)), rows

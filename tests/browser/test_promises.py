"""Twelve answers that come too late: one reason for all of them, what the customers read, and what the record says of it."""

import csv
import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta

import pytest
from playwright.sync_api import Page, expect

from portal import wiring
from portal.cases import claims_store, store
from portal.cases.models import Case
from portal.cases.rules import Direction, Message, Visibility
from portal.config import Config
from portal.organisation.models import Channel
from portal.organisation.rules import ChannelKind
from portal.organisation.store import add_channel
from portal.services import Services
from tests.browser.axe import is_wider_than_the_window, judge
from tests.browser.staff import sign_in
from tests.running import Run, wait_until

SLUG = "dreigt"


@dataclass
class Twelve:
    """Questions of three hours ago on a channel that answers day and night, promised within the next hour and a half."""

    services: Services
    channel: Channel
    cases: list[Case]
    asked_at: datetime

    def link(self) -> str:
        """The customer's own, to the first of them."""
        with self.services.database.transaction() as session:
            now = self.services.clock.now()
            return claims_store.issue(session, self.services.vault, self.cases[0].id, now=now, actor_id=None).token

    def answer_all_late(self) -> None:
        with self.services.database.transaction() as session:
            for number in range(12):
                late = self.asked_at + timedelta(hours=6)
                answer = _message(SLUG, f"{number}-answer", f"{number}", late, Direction.OUTBOUND)
                store.take_message(session, self.channel, answer, late)


def _message(slug: str, message_id: str, thread: str, at: datetime, direction: Direction) -> Message:
    return Message(
        message_id=f"{slug}-{message_id}",
        direction=direction,
        created_at=at,
        text=f"Waar blijft lijn {thread}?",
        author_id=f"{slug}-{thread}",
        thread_ref=f"{slug}-{thread}",
        visibility=Visibility.PUBLIC,
    )


@contextmanager
def asked(run: Run, slug: str, name: str, number: int) -> Iterator[Twelve]:
    services = wiring.build(Config.from_env({"PORTAL_INSTANCE": str(run.instance)}))
    asked_at = services.clock.now() - timedelta(hours=3)
    with services.database.transaction() as session:
        channel = add_channel(session, slug=slug, kind=ChannelKind.CHAT, name=name, now=asked_at, actor_id=None)
        messages = [_message(slug, f"{each}", f"{each}", asked_at, Direction.INBOUND) for each in range(number)]
        taken = [store.take_message(session, channel, message, asked_at).case for message in messages]
    yield Twelve(services, channel, [case for case in taken if case], asked_at)
    services.database.close()


@pytest.fixture
def twelve(live_portal: Run) -> Iterator[Twelve]:
    with asked(live_portal, SLUG, "Proefkanaal", 12) as twelve, asked(live_portal, "weinig", "Weinig vragen", 2):
        yield twelve


def _place(page: Page, selector: str) -> tuple[float, float]:
    """Top and bottom of the first of these, counted from the top of the window."""
    top, bottom = page.locator(selector).first.evaluate("e => { const r = e.getBoundingClientRect(); return [r.top, r.bottom]; }")
    return top, bottom


def _focused(page: Page) -> tuple[str, float]:
    """The name and the bottom of what has the focus."""
    name, bottom = page.evaluate(
        "() => { const e = document.activeElement; return [e.name || e.id || e.textContent, e.getBoundingClientRect().bottom]; }"
    )
    return name, bottom


@pytest.mark.parametrize("number", [2, 14], ids=["few", "more than a window holds"])
def test_on_a_phone_without_script_the_reason_is_in_sight_as_soon_as_a_question_is_ticked(
    open_window: Callable[..., Page], live_portal: Run, number: int
) -> None:
    with asked(live_portal, f"lang-{number}", f"Lange rij {number}", number):
        page = open_window(viewport={"width": 360, "height": 740}, java_script_enabled=False, reduced_motion="reduce")
        sign_in(page, "noor")
        page.goto("/console/at-risk?hours=24")
        page.get_by_label(re.compile(f"Alle {number} van Lange rij {number}")).check()
        reason, bar = page.get_by_label("Reden"), ".console-risk-bar"
        for control in (reason, page.get_by_role("button", name="Zeg het nu"), page.get_by_role("button", name="Zet het klaar")):
            expect(control).to_be_in_viewport(ratio=1)
            box = control.bounding_box()
            assert box
            assert box["height"] >= 44
        group = page.get_by_role("group", name=f"Lange rij {number} ({number})")
        for each in range(number):
            page.keyboard.press("Tab")  # after the first, from the link of the question before to this one's box
            page.keyboard.press("Tab")
            name, bottom = _focused(page)
            assert name == "case", (each, name)
            assert bottom <= _place(page, bar)[0], f"question {each} hides behind the bar"
        group.get_by_role("link", name="Naar de reden").click()
        page.keyboard.press("Tab")
        expect(reason).to_be_focused()


def test_one_reason_for_twelve_is_read_by_each_customer_and_counted_in_the_record(
    open_window: Callable[..., Page], page: Page, twelve: Twelve
) -> None:
    sign_in(page, "noor")
    page.goto("/console/cases")
    page.get_by_role("link", name=re.compile("Bekijk welke waarschijnlijk te laat")).click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Dreigt te laat")
    expect(page.get_by_role("group", name="Proefkanaal (12)")).to_be_visible()
    page.get_by_label(re.compile("Alle 12 van Proefkanaal")).check()
    page.get_by_label("Reden").select_option("illness")
    page.get_by_text("Een zin of een nieuwe tijd erbij").click()
    page.get_by_label("Eén zin extra, in het Nederlands").fill("Morgen helpen er drie extra.")
    page.get_by_label("Eén zin extra, in het Engels").fill("Three more help tomorrow.")
    judge(page)
    page.get_by_role("button", name="Zeg het nu").click()
    expect(page.locator("#toast")).to_contain_text("12 klanten zien de nieuwe tijd en de reden.")

    customer = open_window(viewport={"width": 360, "height": 740}, java_script_enabled=False)
    customer.goto(f"/track/claim/{twelve.link()}")
    told = customer.locator(".tracking")
    expect(told).to_contain_text("Ons antwoord komt later.")
    expect(told).to_contain_text("We beloofden u een antwoord vóór")
    expect(told).to_contain_text(
        "Dat lukt niet, want er zijn collega's ziek. Een collega schrijft daarbij: Morgen helpen er drie extra."
    )
    expect(told).to_contain_text("U kunt ons antwoord nu verwachten vóór")
    expect(told).to_contain_text("U hoeft niets te doen. Het spijt ons.")
    expect(customer.locator(".timeline")).to_contain_text("Nieuwe tijd: vóór")

    twelve.answer_all_late()
    customer.reload()
    expect(told).to_contain_text("We tellen deze belofte als niet gehaald.")
    of_a_week = twelve.asked_at.date() - timedelta(days=7)  # of days that somebody chose, which is asked of the tables
    record = customer.request.get(f"/channels/{SLUG}/response-times.json?from={of_a_week}").json()["promises"]
    assert (record["kept"], record["broken"], record["broken_told_beforehand"]) == (0, 12, 12)

    def counted() -> list[int]:
        rows = csv.DictReader(customer.request.get("/promises.csv").text().splitlines())
        ours = [row for row in rows if row["channel"] == SLUG]
        return [sum(int(row[name]) for row in ours) for name in ("promised", "kept", "broken", "told_beforehand")]

    wait_until(lambda: counted() == [12, 0, 12, 12], 80, why=lambda: str(counted()))  # the record is made once a minute
    customer.goto("/promises")
    expect(customer.get_by_role("row", name=re.compile("^Proefkanaal")).first).to_contain_text("12")
    customer.goto("/en/promises")
    expect(customer.get_by_role("row", name=re.compile("^Weinig vragen")).first).to_contain_text("too few to say")
    for width in (360, 320):
        customer.set_viewport_size({"width": width, "height": 740})
        assert not is_wider_than_the_window(customer), width

"""Many questions at once: staff are told, publish a calamity in two clicks, and say who helps."""

import re
from collections.abc import Callable
from datetime import UTC, datetime

import pytest
from playwright.sync_api import Page, expect
from sqlalchemy import select

from portal.db import Database, add_up_all
from portal.organisation.models import Channel
from portal.promises import surges
from portal.promises.surge_models import InflowQuarter
from tests.browser.axe import faults_of
from tests.browser.staff import open_published, sign_in
from tests.running import Run

PHONE = {"width": 360, "height": 740}


@pytest.fixture
def many_questions(live_portal: Run) -> str:
    """Three hundred questions on one channel within this quarter of an hour, and a look at them; the channel's name."""
    now = datetime.now(UTC)  # noqa: TID251 - the portal that is driven here lives in real time
    database = Database(f"sqlite:///{live_portal.instance}/portal.db")
    with database.transaction() as session:
        channel = session.scalars(select(Channel).order_by(Channel.position).limit(1)).one()
        counted = {"channel_id": channel.id, "received_quarter": int(now.timestamp()) // 900, "n": 300}
        add_up_all(session, InflowQuarter, ["channel_id", "received_quarter"], [counted])
    surges.look(database, now)
    database.close()
    return channel.name


def test_many_questions_become_a_calamity_with_a_plan_on_a_phone(open_window: Callable[..., Page], many_questions: str) -> None:
    phone = open_window(viewport=PHONE, has_touch=True)
    sign_in(phone, "communicatie")
    main, faults = phone.get_by_role("main"), []

    def check() -> None:
        faults.extend(f"{phone.url} {fault}" for fault in faults_of(phone))

    phone.goto("/console/cases")
    expect(main).to_contain_text(f"{many_questions}: 3")
    check()
    main.get_by_role("link", name="Meld een calamiteit").click()
    check()
    main.get_by_role("button", name="Publiceren").first.click()
    expect(phone.get_by_role("heading", level=1)).to_have_text("Hoeveel mensen antwoorden er?")
    fill_in(phone)
    expect(main.get_by_role("table")).to_contain_text(many_questions)
    check()
    main.get_by_role("button", name="Opslaan").click()
    expect(phone.get_by_role("heading", level=1)).to_have_text("We krijgen veel meer vragen dan normaal")
    expect(phone.get_by_label("Tekst in het Nederlands")).to_have_value(
        re.compile("helpen 7 extra collega's bij WhatsApp. Stuurt u nu een bericht")
    )
    check()
    main.get_by_role("button", name="Nog steeds").click()
    expect(main.get_by_role("listitem").filter(has_text="helpen 7 extra collega's")).to_be_visible()
    main.get_by_role("link", name="Het is voorbij: vul de tekst in").click()
    expect(phone.get_by_label("Tekst in het Nederlands")).to_have_value(re.compile("^De drukte is voorbij."))
    check()
    phone.goto("/console/staffing")
    expect(main).to_contain_text(f"{many_questions}: 10 mensen waar er normaal 3 zijn")
    check()
    open_published(open_window(), "/", "We krijgen veel meer vragen dan normaal")
    assert faults == []


def test_who_helps_is_said_without_javascript_too(open_window: Callable[..., Page]) -> None:
    page = open_window(java_script_enabled=False)
    sign_in(page, "communicatie")
    page.goto("/console/staffing")
    fill_in(page)
    expect(page.get_by_role("table")).to_contain_text("Met dit plan")
    page.get_by_role("button", name="Opslaan").click()
    expect(page.get_by_role("main")).to_contain_text("Opgeslagen.")
    page.goto("/console/staffing")  # the page may be that of a calamity which another journey left open
    expect(page.get_by_role("main")).to_contain_text("elk kanaal: 10 mensen waar er normaal 3 zijn")
    page.get_by_role("listitem").filter(has_text="elk kanaal: 10 mensen").get_by_role("button").click()
    expect(page.get_by_role("main")).not_to_contain_text("elk kanaal: 10 mensen")


def fill_in(page: Page) -> None:
    """Ten people where there are usually three, and a look at what comes of it."""
    page.locator("[name=usual]").fill("3")
    page.locator("[name=people]").fill("10")
    page.get_by_role("button", name="Wat zouden klanten lezen?").click()

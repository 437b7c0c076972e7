"""What staff do: tell what is wrong, and answer."""

import json
import time
from collections.abc import Callable
from datetime import UTC, datetime

import pytest
from playwright.sync_api import Page, expect
from standardwebhooks import Webhook

from tests.browser.axe import is_wider_than_the_window
from tests.browser.staff import open_published, sign_in

PHONE = {"width": 360, "height": 740}


@pytest.mark.parametrize("javascript", [True, False], ids=["with javascript", "without javascript"])
def test_an_incident_is_public_within_thirty_seconds_from_the_sign_in_page_on_a_phone(
    open_window: Callable[..., Page], *, javascript: bool
) -> None:
    title = f"Tram B rijdt niet verder dan de Markt ({'met' if javascript else 'zonder'} script)"
    phone = open_window(viewport=PHONE, java_script_enabled=javascript, has_touch=True)
    began = time.monotonic()
    sign_in(phone, "communicatie")
    phone.goto("/console/incidents/new")
    assert not javascript or not is_wider_than_the_window(phone)
    phone.locator("[name=title_nl]").fill(title)
    phone.locator("[name=body_nl]").fill("Door een *defecte wissel* keren trams bij de Markt.")
    phone.get_by_role("main").get_by_role("button", name="Publiceren").first.click()
    expect(phone.get_by_role("heading", level=1)).to_contain_text(title)
    assert time.monotonic() - began < 30
    customer = open_window()
    open_published(customer, "/", title)
    expect(customer.get_by_role("main")).to_contain_text("defecte wissel")
    for feed in ("/feed.rss", "/feed.atom", "/en/feed.rss"):
        assert title in customer.request.get(feed).text(), feed


def test_an_agent_answers_and_the_figures_move(open_window: Callable[..., Page]) -> None:
    figures = "/channels/chat/response-times.json?from=&to="  # as they are now, not as of this minute
    administrator = open_window()
    sign_in(administrator, "beheer")
    administrator.goto("/console/channels/chat/webhook")
    administrator.get_by_role("button", name="Maak een geheim").click()
    secret = administrator.get_by_role("status").locator("code").inner_text()
    before = administrator.request.get(figures).json()

    asked = f"Mag mijn bakfiets mee op het veer? Gevraagd om {time.monotonic()}"
    reference = deliver(administrator, secret, asked)
    waiting = administrator.request.get(figures, headers={"Cache-Control": "no-cache"}).json()
    assert waiting["waiting"] == before["waiting"] + 1

    agent = open_window()
    sign_in(agent, "noor")
    expect(agent.get_by_role("main")).to_contain_text(reference)
    agent.get_by_role("link", name=asked[:30]).first.click()
    agent.locator("form[action$='/answer'] textarea").fill("Ja, een bakfiets mag mee. Hij kost 2,40 euro.")
    agent.get_by_role("button", name="Antwoorden").click()
    expect(agent.get_by_role("main")).to_contain_text("Ja, een bakfiets mag mee.")
    after = agent.request.get(figures, headers={"Cache-Control": "no-cache"}).json()
    assert after["answered"] == before["answered"] + 1
    assert after["waiting"] == before["waiting"]
    assert after["promises"]["kept"] == before["promises"]["kept"] + 1


def deliver(page: Page, secret: str, text: str) -> str:
    """A question through the signed webhook; returns its reference."""
    now = datetime.now(UTC)  # noqa: TID251 - the portal that is driven here lives in real time
    body = json.dumps(
        {
            "type": "message.created",
            "timestamp": now.isoformat(),
            "data": {
                "message_id": text,
                "created_at": now.isoformat(),
                "author_id": "browser-1",
                "author_name": "Bakfietser",
                "text": text,
                "direction": "inbound",
                "visibility": "direct",
            },
        }
    )
    headers = {
        "content-type": "application/json",
        "prefer": "wait",
        "webhook-id": text,
        "webhook-timestamp": str(int(now.timestamp())),
        "webhook-signature": Webhook(secret).sign(text, now, body),
    }
    answer = page.request.post("/hooks/chat", data=body, headers=headers)
    assert answer.status == 200, answer.text()
    return str(answer.json()["reference"])

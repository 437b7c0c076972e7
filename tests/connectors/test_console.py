"""The page of a channel's webhook, and the command for scripts."""

import subprocess

import pytest
from flask import Flask
from sqlalchemy import func, select

from portal.connectors import store
from portal.connectors.models import WebhookSecret
from portal.events.store import trail
from portal.services import Services
from portal.staff.rules import Role
from tests.connectors.builders import Sender, a_body
from tests.pages import PageClient
from tests.staff.builders import SignedIn

PAGE = "/console/channels/facebook/webhook"


@pytest.fixture
def sender(app: Flask, services: Services) -> Sender:
    return Sender(app, services)


@pytest.fixture
def administrator(client: PageClient, signed_in: SignedIn, sender: Sender) -> PageClient:
    signed_in(client)
    return client


def test_a_secret_is_made_shown_once_and_works(administrator: PageClient, sender: Sender, services: Services) -> None:
    answer = administrator.post(f"{PAGE}/secrets")
    page = administrator.follow(answer)
    shown = page.words(page.one("div", class_="notice", data_state="well")).split()[-1]
    assert shown.startswith("whsec_")
    assert shown not in administrator.get(PAGE).html
    assert sender.send(a_body(), secret=shown).status_code == 200
    with services.database.reading() as session:
        kinds = [event.kind for event in trail(session, subject=f"channel:{sender.channel.id}")]
    assert kinds[0] == "webhook_secret.added"


def test_a_retired_secret_opens_nothing(administrator: PageClient, sender: Sender, services: Services) -> None:
    with services.database.reading() as session:
        (secret,) = store.secrets_in_use(session, sender.channel.id)
    administrator.post(f"{PAGE}/secrets/{secret.id}/retire")
    assert sender.send(a_body()).status_code == 401
    administrator.post(f"{PAGE}/secrets/{secret.id}/retire", status=404)


def test_the_page_shows_what_came_in(administrator: PageClient, sender: Sender) -> None:
    sender.send(a_body())
    sender.send({"type": "message.created"})
    sender.send(a_body(), secret="whsec_" + "A" * 44)
    sender.send(a_body(), slug="nobody")
    sender.write_counts()
    page = administrator.get(PAGE)
    numbers = [page.words(cell) for cell in page.all("td", data_kind="number")]
    assert numbers == ["1", "0", "0", "1", "0", "1", "0", "0"]
    assert "data: None is not right" in page.text
    assert page.words(page.all("code")[0]) == "http://portal.test/hooks/facebook"


def test_enough_secrets_is_enough(administrator: PageClient, sender: Sender, services: Services) -> None:
    for _ in range(store.MOST_SECRETS):
        administrator.post(f"{PAGE}/secrets")
    with services.database.reading() as session:
        assert session.scalar(select(func.count(WebhookSecret.id))) == store.MOST_SECRETS
    assert "button" in administrator.get(PAGE).html


@pytest.mark.parametrize("role", [Role.AGENT, Role.COMMUNICATION, Role.MANAGER])
def test_only_who_keeps_the_channels_may_see_it(client: PageClient, signed_in: SignedIn, sender: Sender, role: Role) -> None:
    signed_in(client, role)
    client.get(PAGE, status=403)
    client.post(f"{PAGE}/secrets", status=403)


def test_the_command_prints_a_secret_for_scripts(app: Flask, sender: Sender) -> None:
    made = app.test_cli_runner().invoke(args=["portal", "hook-secret", "facebook"])
    assert made.exit_code == 0
    assert sender.send(a_body(), secret=made.output.strip()).status_code == 200
    unknown = app.test_cli_runner().invoke(args=["portal", "hook-secret", "nobody"])
    assert (unknown.exit_code, "no channel" in unknown.output) == (1, True)


def test_the_example_in_the_page_signs_as_it_should(administrator: PageClient, sender: Sender) -> None:
    page = administrator.follow(administrator.post(f"{PAGE}/secrets"))
    (example,) = [element for element in page.all("code") if "curl" in "".join(element.itertext())]
    script = "".join(example.itertext()).partition("curl")[0]
    printed = subprocess.run(
        ["sh", "-c", script + 'printf "%s\\n" "$secret" "$id" "$time" "$body" "v1,$signature"'],
        capture_output=True,
        text=True,
        check=True,
    ).stdout.splitlines()
    secret, webhook_id, time, body, signature = printed
    clock_says = sender.services.clock.now()
    response = sender.http.post(
        "/hooks/facebook",
        data=body,
        content_type="application/json",
        headers={"webhook-id": webhook_id, "webhook-timestamp": time, "webhook-signature": signature},
    )
    assert response.get_json()["reason"] == "stale", f"signed well, at another time than {clock_says}; with {secret[:9]}"

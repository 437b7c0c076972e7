"""The door in a process of its own: the same answers, without Flask and without waiting for the worker."""

import json
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import event, func, select
from werkzeug.test import Client, TestResponse

from portal.cases.addresses import tracking_url
from portal.cases.models import Case
from portal.connectors import store
from portal.connectors.door import Door
from portal.connectors.door_app import DoorApplication
from portal.connectors.models import HookCount, Inbound
from portal.connectors.register import Register
from portal.connectors.rules import InboundState, asks_to_wait
from portal.services import Services
from portal.vault import Vault
from portal.web.pages import page_url
from tests.connectors.builders import Sender, a_body

AT_ONCE = {"prefer": ""}


class AtTheDoor(Sender):
    """The sender of a channel that delivers to the door's own process."""

    def __init__(self, app: Flask, services: Services) -> None:
        super().__init__(app, services)
        self.door = Door(services, watches=True)
        self.client = Client(DoorApplication(self.door, most_bytes=services.config.hook_max_bytes))

    def send(self, body: object, **changes: Any) -> TestResponse:
        slug = changes.pop("slug", self.slug)
        raw, headers = self.signed(body, **changes)
        return self.client.post(f"/hooks/{slug}", data=raw, headers=headers)


@pytest.fixture
def sender(app: Flask, services: Services) -> Iterator[AtTheDoor]:
    made = AtTheDoor(app, services)
    yield made
    made.door.close()


def rows(services: Services) -> list[Inbound]:
    with services.database.reading() as session:
        return list(session.scalars(select(Inbound).order_by(Inbound.id)))


def counted(sender: AtTheDoor, channel_id: int) -> dict[str, int]:
    sender.door.write_counts()
    with sender.services.database.reading() as session:
        found = session.scalars(select(HookCount).where(HookCount.channel_id == channel_id))
        return {row.outcome.value: row.n for row in found}


def test_a_delivery_is_stored_and_left_to_the_worker(sender: AtTheDoor, services: Services) -> None:
    response = sender.send(a_body(), webhook_id="a", headers=AT_ONCE)
    assert (response.status_code, response.get_json()) == (200, {"result": "stored"})
    assert "Preference-Applied" not in response.headers
    (row,) = rows(services)
    assert (row.delivery_id, row.state, row.received_at) == ("a", InboundState.STORED, services.clock.now())
    with services.database.reading() as session:
        assert session.scalar(select(func.count(Case.id))) == 0


def test_the_same_delivery_again_changes_nothing(sender: AtTheDoor, services: Services) -> None:
    body = a_body()
    told = [sender.send(body, webhook_id="a", headers=AT_ONCE).get_json()["result"] for _ in range(3)]
    assert told == ["stored", "already_there", "already_there"]
    assert len(rows(services)) == 1
    assert counted(sender, sender.channel.id) == {"already_there": 2}


def test_who_asks_to_wait_is_told_what_became_of_the_message(sender: AtTheDoor, services: Services) -> None:
    response = sender.send(a_body(), headers={"prefer": "respond-async, wait=10"})
    assert response.headers["Preference-Applied"] == "wait"
    with services.database.reading() as session:
        case = session.scalars(select(Case)).one()
    assert response.get_json() == {
        "result": "opened",
        "reference": case.reference,
        "promised_at": "2026-03-10T17:00:00+00:00",
        "tracking_url": f"http://portal.test/track/{case.reference}",
    }


@pytest.mark.parametrize(
    ("written", "promised_at"), [("2026-03-08T14:00:00+01:00", None), ("2026-03-10T11:00:00+01:00", "2026-03-10T17:00:00+00:00")]
)
def test_of_history_the_sender_is_told_no_time_that_has_passed(sender: AtTheDoor, written: str, promised_at: str | None) -> None:
    told = sender.send(a_body(created_at=written), headers={"prefer": "wait"}).get_json()
    assert (told["result"], told["promised_at"]) == ("opened", promised_at)


def test_what_cannot_be_understood_is_named_kept_and_counted(sender: AtTheDoor, services: Services) -> None:
    response = sender.send({"type": "message.created", "data": {"text": 5}}, headers=AT_ONCE)
    assert (response.status_code, response.mimetype) == (422, "application/problem+json")
    assert {each["field"] for each in response.get_json(force=True)["errors"]} == {
        "data.message_id",
        "data.author_id",
        "data.created_at",
        "data.text",
    }
    (row,) = rows(services)
    assert (row.state, "data.message_id" in row.error) == (InboundState.REJECTED, True)
    assert counted(sender, sender.channel.id) == {"malformed": 1}


@pytest.mark.parametrize(
    ("changes", "status", "outcome"),
    [
        ({"headers": {"webhook-signature": "v1,AAAA"}}, 401, "bad_signature"),
        ({"headers": {"webhook-id": "x" * 201}}, 401, "bad_signature"),
        ({"headers": {"content-type": "text/plain"}}, 415, "wrong_type"),
        ({"secret": "whsec_" + "A" * 44}, 401, "bad_signature"),
    ],
)
def test_what_is_refused_is_counted_and_not_stored(
    sender: AtTheDoor, services: Services, changes: dict[str, Any], status: int, outcome: str
) -> None:
    response = sender.send(a_body(), **changes)
    assert (response.status_code, response.get_json(force=True)["reason"]) == (status, outcome)
    assert rows(services) == []
    assert counted(sender, sender.channel.id) == {outcome: 1}


def test_too_large_stale_and_unknown(sender: AtTheDoor, services: Services) -> None:
    assert sender.send(a_body(text="x" * 100_001)).status_code == 413
    assert sender.send(a_body(), at=services.clock.now() - timedelta(minutes=6)).status_code == 401
    assert sender.send(a_body(), slug="nobody").status_code == 404
    assert counted(sender, sender.channel.id) == {"too_large": 1, "stale": 1}
    assert counted(sender, store.NO_CHANNEL) == {"unknown_channel": 1}


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("GET", "/healthz", 200),
        ("GET", "/hooks/facebook", 405),
        ("POST", "/hooks/", 404),
        ("GET", "/", 404),
        ("POST", "/hooks/a/b", 404),
    ],
)
def test_nothing_else_is_there(sender: AtTheDoor, method: str, path: str, status: int) -> None:
    assert sender.client.open(path, method=method).status_code == status


def test_a_thousand_refusals_cost_one_write(sender: AtTheDoor, services: Services) -> None:
    written: list[str] = []
    event.listen(
        services.database.engine,
        "before_cursor_execute",
        lambda _c, _u, sql, *_rest: written.append(sql) if "hook_counts" in sql else None,
    )
    for _ in range(1_000):
        sender.send(a_body(), headers={"webhook-signature": ""})
    assert counted(sender, sender.channel.id) == {"bad_signature": 1_000}
    assert len([sql for sql in written if sql.startswith("INSERT")]) < 50


def test_a_new_secret_counts_and_a_retired_one_does_not_as_soon_as_the_door_looks(sender: AtTheDoor, services: Services) -> None:
    with services.database.transaction() as session:
        second = store.add_secret(session, services.vault, sender.channel.id, now=services.clock.now(), actor_id=None)
        first = store.secrets_in_use(session, sender.channel.id)[0]
        store.retire_secret(session, sender.channel.id, first.id, now=services.clock.now(), actor_id=None)
    sender.door.look()
    assert [sender.send(a_body(), secret=each, headers=AT_ONCE).status_code for each in (sender.secret, second)] == [401, 200]


def test_what_is_written_down_of_the_secrets_opens_nothing_by_itself(sender: AtTheDoor, services: Services) -> None:
    path = services.config.instance / "spool" / "channels.json"
    assert path.stat().st_mode & 0o077 == 0
    assert sender.secret[6:] not in path.read_text()
    assert services.vault.decrypt(json.loads(path.read_text())["facebook"][1][0]) == sender.secret


def test_a_secret_sealed_with_another_key_is_said(sender: AtTheDoor, services: Services) -> None:
    other = replace(services, vault=Vault("another-key-another-key-another-key"))
    door = Door(other, watches=True)
    raw, headers = sender.signed(a_body())
    client = Client(DoorApplication(door, most_bytes=1_000))
    response = client.post("/hooks/facebook", data=raw, headers=headers)
    door.close()
    assert (response.status_code, response.headers["Retry-After"]) == (503, "30")
    assert "PORTAL_SECRET_KEY" in response.get_json(force=True)["detail"]


def test_the_register_forgets_nothing_while_the_database_is_away(sender: AtTheDoor, services: Services) -> None:
    path = services.config.instance / "spool" / "channels.json"
    nowhere = replace(services, database=type(services.database)("sqlite:////nowhere/at/all.db"))
    register = Register(nowhere.database, services.vault, path)
    register.refresh()
    found = register.entrance("facebook")
    assert found
    assert (found.channel_id, len(found.keys), register.is_known, register.is_fresh) == (sender.channel.id, 1, True, False)
    path.unlink()
    unknown = Register(nowhere.database, services.vault, path)
    unknown.refresh()
    assert not unknown.is_known
    nowhere.database.close()


@pytest.mark.parametrize(
    ("prefer", "expected"),
    [
        ("wait", True),
        ("wait=10", True),
        ("respond-async, WAIT=5", True),
        ("wait; x=1", True),
        ("", False),
        ("waiting", False),
        ("return=minimal", False),
    ],
)
def test_who_asks_to_wait(prefer: str, *, expected: bool) -> None:
    assert asks_to_wait(prefer) is expected


@pytest.mark.parametrize("language", ["nl", "en"])
def test_the_address_of_a_case_is_that_of_its_page(app: Flask, language: str) -> None:
    with app.test_request_context():
        public = page_url("tracking.public_case", reference="BR-1", language=language, external=True)
        start = page_url("tracking.start", language=language, external=True)
    assert tracking_url("http://portal.test", "BR-1", language, is_public=True) == public
    assert tracking_url("http://portal.test", "BR-1", language, is_public=False) == start

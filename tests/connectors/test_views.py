"""The signed webhook: what it answers, to whom, and what is then in the database."""

import json
from datetime import timedelta
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import func, select
from werkzeug.test import TestResponse

from portal.cases.models import Case, CaseMessage, Identity
from portal.clock import FixedClock
from portal.connectors import store
from portal.connectors.models import HookCount, Inbound
from portal.connectors.rules import HookOutcome, InboundState
from portal.services import Services
from tests.connectors.builders import Sender, a_body, a_message


@pytest.fixture
def sender(app: Flask, services: Services) -> Sender:
    return Sender(app, services)


def counted(sender: Sender, channel_id: int) -> dict[str, int]:
    sender.write_counts()
    with sender.services.database.reading() as session:
        rows = session.scalars(select(HookCount).where(HookCount.channel_id == channel_id))
        return {row.outcome.value: row.n for row in rows}


def problem(response: TestResponse, status: int) -> dict[str, Any]:
    """The problem document of a refusal, checked by RFC 9457."""
    assert response.status_code == status, response.get_data(as_text=True)
    assert response.mimetype == "application/problem+json"
    found: dict[str, Any] = response.get_json(force=True)
    assert (found["status"], found["type"]) == (status, "about:blank")
    assert found["title"]
    assert found["detail"]
    return found


def test_a_message_opens_a_case_and_the_answer_says_what_to_tell_the_customer(sender: Sender, services: Services) -> None:
    response = sender.send(a_body(language="nl"))
    assert response.status_code == 200
    told = response.get_json()
    with services.database.reading() as session:
        case = session.scalars(select(Case)).one()
        stored = session.scalars(select(Inbound)).one()
    assert told == {
        "result": "opened",
        "reference": case.reference,
        "promised_at": "2026-03-10T17:00:00+00:00",
        "tracking_url": f"http://portal.test/track/{case.reference}",
    }
    assert stored.state is InboundState.UNDERSTOOD
    assert counted(sender, sender.channel.id) == {"taken": 1}


def test_a_private_message_has_no_public_page(sender: Sender) -> None:
    told = sender.send(a_body(visibility="direct", language="en")).get_json()
    assert told["tracking_url"] == "http://portal.test/en/track"


def test_without_asking_to_wait_it_is_stored_and_left_to_the_worker(sender: Sender, services: Services) -> None:
    body = a_body()
    told = [sender.send(body, webhook_id="a", headers={"prefer": ""}) for _ in range(2)]
    assert [response.get_json() for response in told] == [{"result": "stored"}, {"result": "already_there"}]
    with services.database.reading() as session:
        assert session.scalars(select(Inbound.state)).one() is InboundState.STORED
        assert session.scalar(select(func.count(Case.id))) == 0


def test_the_same_message_again_changes_nothing(sender: Sender, services: Services) -> None:
    body = a_body()
    first = sender.send(body, webhook_id="a").get_json()
    for webhook_id in ("a", "b"):
        again = sender.send(body, webhook_id=webhook_id).get_json()
        assert again == {**first, "result": "already_there"}
    with services.database.reading() as session:
        assert session.scalar(select(func.count(CaseMessage.id))) == 1
    assert counted(sender, sender.channel.id) == {"taken": 1, "already_there": 2}


def test_another_body_under_a_used_id_is_not_lost(sender: Sender, services: Services) -> None:
    assert [sender.send(a_body(), webhook_id="a").get_json()["result"] for _ in range(2)] == ["opened", "opened"]


def test_a_conversation_with_edit_answer_and_deletion(sender: Sender, services: Services) -> None:
    thread = {"thread_ref": "t"}
    results = [
        sender.send(body).get_json()["result"]
        for body in (
            a_body(message_id="1", **thread),
            a_body("message.edited", message_id="1", text="Waar blijft lijn 6?"),
            a_body(message_id="2", direction="outbound", author_id=None, text="Die komt zo.", **thread),
            a_body(message_id="3", text="Dank je wel!", **thread),
            a_body("message.deleted", message_id="1", text=None, author_id=None),
            a_body("reaction.added"),
        )
    ]
    assert results == ["opened", "edited", "answered", "joined", "deleted", "unknown_kind"]
    with services.database.reading() as session:
        bodies = [row.body for row in session.scalars(select(Inbound).where(Inbound.message_id == "1"))]
    assert bodies == [b"", b"", b""]


@pytest.mark.parametrize(
    "changes",
    [{"headers": {"webhook-signature": "v1,AAAA"}}, {"headers": {"webhook-id": "x" * 201}}, {"secret": "whsec_" + "A" * 44}],
)
def test_a_bad_signature_is_refused_and_nothing_is_stored(sender: Sender, services: Services, changes: dict[str, Any]) -> None:
    found = problem(sender.send(a_body(), **changes), 401)
    assert found["reason"] == "bad_signature"
    with services.database.reading() as session:
        assert session.scalar(select(func.count(Inbound.id))) == 0
    assert counted(sender, sender.channel.id) == {"bad_signature": 1}


def test_headers_that_are_missing_are_a_bad_signature(sender: Sender) -> None:
    response = sender.http.post("/hooks/facebook", data=b"{}", content_type="application/json")
    assert problem(response, 401)["reason"] == "bad_signature"


@pytest.mark.parametrize("minutes", [-6, 6])
def test_a_stale_message_is_refused(sender: Sender, services: Services, clock: FixedClock, minutes: int) -> None:
    assert problem(sender.send(a_body(), at=clock.now() + timedelta(minutes=minutes)), 401)["reason"] == "stale"
    assert counted(sender, sender.channel.id) == {"stale": 1}


@pytest.mark.parametrize(
    ("body", "fields"),
    [
        (b"", ["body"]),
        (b"\xff", ["body"]),
        (b"[1]", ["body"]),
        (b'{"type": NaN}', ["body"]),
        (b"[" * 99_000, ["body"]),
        ({}, ["type"]),
        ({"type": "message.created"}, ["data"]),
        ({"type": "no spaces", "timestamp": "2026-03-10T14:00:00"}, ["timestamp", "type"]),
        ({"type": "message.created", "data": {}}, ["data.message_id", "data.created_at", "data.author_id"]),
        (a_body(text=5), ["data.text"]),
        (a_body(visibility="secret", direction="sideways"), ["data.direction", "data.visibility"]),
        (a_body(message_id="x" * 501), ["data.message_id"]),
        (a_body(message_id="a\x00b"), ["data.message_id"]),
        (a_body(automatic="yes"), ["data.automatic"]),
        (a_body(attachments=["a"]), ["data.attachments"]),
        (a_body(created_at="10-3-2026"), ["data.created_at"]),
        (a_body(at="1970-01-01T00:00:00Z"), ["timestamp"]),
    ],
)
def test_what_cannot_be_understood_is_named_counted_and_kept(
    sender: Sender, services: Services, body: object, fields: list[str]
) -> None:
    found = problem(sender.send(body), 422)
    assert sorted(error["field"] for error in found["errors"]) == sorted(fields)
    assert all(error["expected"] for error in found["errors"])
    with services.database.reading() as session:
        stored = session.scalars(select(Inbound)).one()
        assert (stored.state, bool(stored.error)) == (InboundState.REJECTED, True)
        assert store.webhook_state(session, sender.channel.id, services.clock.now()).last_error == stored.error
    assert counted(sender, sender.channel.id) == {"malformed": 1}


@pytest.mark.parametrize("message_id", ["portal:notice:1", "portal:acknowledgement:split:1", "PORTAL:Notice:1", "portal:"])
@pytest.mark.parametrize("kind", ["message.created", "message.edited", "message.deleted"])
def test_the_id_of_what_the_portal_itself_says_cannot_be_taken(sender: Sender, kind: str, message_id: str) -> None:
    for facts, field in (({"message_id": message_id}, "message_id"), ({"edited_of": message_id}, "edited_of")):
        if field == "edited_of" and kind != "message.edited":
            continue
        (error,) = problem(sender.send({**a_body(**facts), "type": kind}), 422)["errors"]
        assert (error["field"], error["value"]) == (f"data.{field}", repr(message_id))
        assert error["expected"] == "the channel's own id, which does not begin with portal:"
    with sender.services.database.reading() as session:
        assert session.scalar(select(func.count()).select_from(CaseMessage)) == 0


def test_a_customer_may_reply_to_what_the_portal_said(sender: Sender) -> None:
    assert sender.send(a_body(parent_ref="portal:notice:1")).status_code == 200


def test_too_large_a_body_is_refused_before_it_is_read(sender: Sender, services: Services) -> None:
    assert problem(sender.send(a_body(text="x" * 100_001)), 413)["max_bytes"] == 100_000
    assert counted(sender, sender.channel.id) == {"too_large": 1}


def test_another_kind_of_content_is_refused(sender: Sender, services: Services) -> None:
    assert problem(sender.send(a_body(), headers={"content-type": "text/plain"}), 415)["reason"] == "wrong_type"
    assert counted(sender, sender.channel.id) == {"wrong_type": 1}


def test_an_unknown_channel_is_not_found_and_counted(sender: Sender, services: Services) -> None:
    problem(sender.send(a_body(), slug="nobody"), 404)
    assert counted(sender, store.NO_CHANNEL) == {"unknown_channel": 1}


def test_a_channel_without_a_secret_takes_nothing(sender: Sender, services: Services) -> None:
    with services.database.transaction() as session:
        (secret,) = store.secrets_in_use(session, sender.channel.id)
        store.retire_secret(session, sender.channel.id, secret.id, now=services.clock.now(), actor_id=None)
    problem(sender.send(a_body()), 401)


def test_while_secrets_are_replaced_both_are_good(sender: Sender, services: Services) -> None:
    with services.database.transaction() as session:
        second = store.add_secret(session, services.vault, sender.channel.id, now=services.clock.now(), actor_id=None)
        first = store.secrets_in_use(session, sender.channel.id)[0]
    assert sender.send(a_body()).status_code == sender.send(a_body(), secret=second).status_code == 200
    with services.database.transaction() as session:
        store.retire_secret(session, sender.channel.id, first.id, now=services.clock.now(), actor_id=None)
    assert [sender.send(a_body(), secret=each).status_code for each in (sender.secret, second)] == [401, 200]


def test_secrets_are_sealed_in_the_database(sender: Sender, services: Services) -> None:
    with services.database.reading() as session:
        (row,) = store.secrets_in_use(session, sender.channel.id)
    assert sender.secret[6:] not in row.sealed
    assert services.vault.decrypt(row.sealed) == sender.secret


def test_counts_are_one_row_a_day_and_outcome(sender: Sender, services: Services, clock: FixedClock) -> None:
    for _ in range(2):
        for _ in range(3):
            sender.send(a_body(), headers={"webhook-signature": ""})
        clock.advance(timedelta(days=1))
    sender.write_counts()
    with services.database.reading() as session:
        counts = store.counts_of(session, sender.channel.id, clock.now())
    assert list(counts.values()) == [{HookOutcome.BAD_SIGNATURE: 3}] * 2


def test_text_that_no_database_keeps_is_cleaned(sender: Sender, services: Services) -> None:
    body = json.dumps({"type": "message.created", "timestamp": "2026-03-10T13:00:00Z", "data": a_message(text="a\x00b\ud800c")})
    assert sender.send(body.encode()).status_code == 200
    with services.database.reading() as session:
        assert session.scalars(select(CaseMessage.text)).one() == "a\ufffdb?c"


def test_a_message_in_html_has_its_words_as_text(sender: Sender, services: Services) -> None:
    sender.send(a_body(text=None, html="<p>Waar blijft <b>lijn&nbsp;5</b>?<script>alert(1)</script></p>"))
    with services.database.reading() as session:
        assert session.scalars(select(Case.summary)).one() == "Waar blijft lijn 5?"


@pytest.mark.parametrize("method", ["get", "put", "delete"])
def test_only_post_is_a_way_in(sender: Sender, method: str) -> None:
    response = getattr(sender.http, method)("/hooks/facebook")
    problem(response, 405)
    assert "POST" in response.headers["Allow"]


def test_a_name_turns_nothing_around_on_the_page_of_who_reads_it(sender: Sender) -> None:
    told = sender.send(a_body(author_name="Jan\u202egnp.exe\u202c\n\x1b[31m", author_handle="\u2067@jan\x00")).get_json()
    assert told["result"] == "opened"
    with sender.services.database.reading() as session:
        found = session.scalars(select(Identity)).one()
    assert (found.name, found.handle) == ("Jangnp.exe[31m", "@jan\ufffd")


@pytest.mark.parametrize(
    ("written", "kept"), [("nl-BE", "nl"), ("EN_us", "en"), ("fry", "fry"), ("<b>", ""), ("Nederlands", ""), ("n", "")]
)
def test_a_language_is_a_tag_or_it_is_not_known(sender: Sender, written: str, kept: str) -> None:
    sender.send(a_body(language=written))
    with sender.services.database.reading() as session:
        assert session.scalars(select(Case.language)).one() == kept

"""A sender as others would write one: it signs with the `standardwebhooks` package, not with our own code."""

import itertools
import json
from datetime import datetime
from typing import TYPE_CHECKING, Any

from flask import Flask
from standardwebhooks.webhooks import Webhook
from werkzeug.test import TestResponse

from portal.connectors.standard_webhooks import secret_key, signature
from portal.connectors.store import add_secret
from portal.organisation.rules import ChannelKind
from portal.organisation.store import add_channel
from portal.services import Services

if TYPE_CHECKING:
    from portal.organisation.models import Channel

_numbers = itertools.count(1)


def a_message(**facts: Any) -> dict[str, Any]:
    """The data of a message as a sender writes it."""
    number = next(_numbers)
    basis = {
        "message_id": f"m{number}",
        "author_id": "jan",
        "text": "Waar blijft lijn 5?",
        "visibility": "public",
        "thread_ref": f"t{number}",
    }
    return {name: value for name, value in {**basis, **facts}.items() if value is not None}


def a_body(kind: str = "message.created", at: str = "2026-03-10T13:59:30+01:00", **facts: Any) -> dict[str, Any]:
    return {"type": kind, "timestamp": at, "data": a_message(**facts)}


def is_text(raw: bytes) -> bool:
    try:
        raw.decode()
    except UnicodeDecodeError:
        return False
    return True


def own_signature(secret: str, webhook_id: str, at: datetime, raw: bytes) -> str:
    """For bodies that are no text, which the other implementation cannot sign."""
    return signature(secret_key(secret), webhook_id, str(int(at.timestamp())), raw)


class Sender:
    """A system that delivers to one channel of the portal."""

    def __init__(self, app: Flask, services: Services, slug: str = "facebook") -> None:
        self.http, self.services, self.slug = app.test_client(), services, slug
        with services.database.transaction() as session:
            self.channel: Channel = add_channel(
                session, slug=slug, kind=ChannelKind.FACEBOOK, name="Facebook", now=services.clock.now(), actor_id=None
            )
            self.secret = add_secret(session, services.vault, self.channel.id, now=services.clock.now(), actor_id=None)

    def send(self, body: object, **changes: Any) -> TestResponse:
        """Delivers a body: a value to be written as JSON, or bytes. `changes` replace headers, secret, slug or moment."""
        slug = changes.pop("slug", self.slug)
        raw, headers = self.signed(body, **changes)
        return self.http.post(f"/hooks/{slug}", data=raw, headers=headers)

    def write_counts(self) -> None:
        """What was counted at the door is written within a second; the test does not wait for it."""
        self.http.application.extensions["portal_door"].write_counts()

    def signed(self, body: object, **changes: Any) -> tuple[bytes, dict[str, str]]:
        """What would be sent, with its headers."""
        raw = body if isinstance(body, bytes) else json.dumps(body).encode()
        webhook_id = changes.pop("webhook_id", f"msg_{next(_numbers)}")
        at: datetime = changes.pop("at", self.services.clock.now())
        secret = changes.pop("secret", self.secret)
        signed = (
            Webhook(secret).sign(webhook_id, at, raw.decode()) if is_text(raw) else own_signature(secret, webhook_id, at, raw)
        )
        headers = {
            "webhook-id": webhook_id,
            "webhook-timestamp": str(int(at.timestamp())),
            "webhook-signature": signed,
            "content-type": "application/json",
            "prefer": "wait",
            **changes.pop("headers", {}),
        }
        return raw, headers

"""Webhook secrets and what was counted at the door."""

import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from sqlalchemy import func, select, text
from sqlalchemy.orm import Session

from portal.connectors.models import HookCount, Inbound, WebhookSecret
from portal.connectors.rules import HookOutcome
from portal.connectors.standard_webhooks import SECRET_BYTES, secret_text
from portal.db import add_up_all
from portal.errors import Conflict, NotFound
from portal.events.store import record
from portal.organisation.models import Channel
from portal.vault import Vault

Counted = tuple[int, date, HookOutcome]

NO_CHANNEL = 0
MOST_SECRETS = 5
_HINT_LENGTH = 4


def add_secret(session: Session, vault: Vault, channel_id: int, *, now: datetime, actor_id: int | None) -> str:
    """A new secret for the channel's webhook, beside those in use. It is returned this once and stored only sealed.

    Raises Conflict when there are five already: retire one first.
    """
    if len(secrets_in_use(session, channel_id)) >= MOST_SECRETS:
        raise Conflict(f"This channel has {MOST_SECRETS} secrets already. Retire one first.")
    secret = secret_text(secrets.token_bytes(SECRET_BYTES))
    hint = secret.rstrip("=")[-_HINT_LENGTH:]
    row = WebhookSecret(channel_id=channel_id, sealed=vault.encrypt(secret), hint=hint, created_at=now)
    session.add(row)
    session.flush()
    facts = {"secret": row.id}
    record(session, at=now, kind="webhook_secret.added", subject=f"channel:{channel_id}", actor_id=actor_id, facts=facts)
    return secret


def retire_secret(session: Session, channel_id: int, secret_id: int, *, now: datetime, actor_id: int | None) -> None:
    """From now on this secret opens nothing. Raises NotFound when the channel has no such secret in use."""
    row = session.get(WebhookSecret, secret_id, with_for_update=True)
    if row is None or row.channel_id != channel_id or row.retired_at is not None:
        raise NotFound("There is no such secret in use.")
    row.retired_at = now
    facts = {"secret": row.id}
    record(session, at=now, kind="webhook_secret.retired", subject=f"channel:{channel_id}", actor_id=actor_id, facts=facts)


def secrets_in_use(session: Session, channel_id: int) -> Sequence[WebhookSecret]:
    """The secrets with which this channel's webhook may be signed, oldest first. One query."""
    mine = select(WebhookSecret).where(WebhookSecret.channel_id == channel_id, WebhookSecret.retired_at.is_(None))
    return session.scalars(mine.order_by(WebhookSecret.id)).all()


_ENTRANCES = (
    select(Channel.slug, Channel.id, WebhookSecret.sealed)
    .outerjoin(WebhookSecret, (WebhookSecret.channel_id == Channel.id) & WebhookSecret.retired_at.is_(None))
    .order_by(Channel.slug, WebhookSecret.id)
)


def entrances(session: Session) -> dict[str, tuple[int, tuple[str, ...]]]:
    """Each channel by its name in addresses: its id, and the sealed secrets in use. One query."""
    found: dict[str, tuple[int, tuple[str, ...]]] = {}
    for slug, channel_id, sealed in session.execute(_ENTRANCES):
        _id, before = found.get(slug, (channel_id, ()))
        found[slug] = (channel_id, before if sealed is None else (*before, sealed))
    return found


def count_all(session: Session, numbers: Mapping[Counted, int]) -> None:
    """Adds up what was answered at doors: one row per channel, day and kind of answer, however many there are."""
    rows = [
        {"channel_id": channel_id, "counted_on": on, "outcome": outcome, "n": n}
        for (channel_id, on, outcome), n in sorted(numbers.items())
    ]
    add_up_all(session, HookCount, ("channel_id", "counted_on", "outcome"), rows)


@dataclass(frozen=True)
class WebhookState:
    """What staff see of a channel's webhook."""

    last_received_at: datetime | None
    last_error: str
    waiting: int
    counts: dict[date, dict[HookOutcome, int]]


def webhook_state(session: Session, channel_id: int, now: datetime, days: int = 14) -> WebhookState:
    """The last message and error, how many wait to be understood, and what was answered in the last days. Three queries."""
    last = session.scalar(select(func.max(Inbound.received_at)).where(Inbound.channel_id == channel_id))
    troubled = select(Inbound.error).where(
        Inbound.channel_id == channel_id,
        text("state IN ('rejected', 'failed')"),  # in the words of its index
    )
    error = session.scalar(troubled.order_by(Inbound.id.desc()).limit(1)) or ""
    stored = (Inbound.channel_id == channel_id, text("state = 'stored'"))
    waiting = session.scalar(select(func.count(Inbound.id)).where(*stored)) or 0
    return WebhookState(last, error, waiting, counts_of(session, channel_id, now, days))


def counts_of(session: Session, channel_id: int, now: datetime, days: int = 14) -> dict[date, dict[HookOutcome, int]]:
    """What was answered at a channel's door by day, the newest day first. One query."""
    since = now.date() - timedelta(days=days - 1)
    mine = select(HookCount).where(HookCount.channel_id == channel_id, HookCount.counted_on >= since)
    found: dict[date, dict[HookOutcome, int]] = {}
    for row in session.scalars(mine.order_by(HookCount.counted_on.desc(), HookCount.outcome)):
        found.setdefault(row.counted_on, {})[row.outcome] = row.n
    return found

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import literal_column, select
from sqlalchemy.orm import Session

from portal.events.models import NOUN, Event
from portal.inserting import insert_all


def record(
    session: Session,
    *,
    at: datetime,
    kind: str,
    subject: str,
    actor_id: int | None = None,
    facts: Mapping[str, Any] | None = None,
) -> Event:
    """Appends an event in the caller's transaction, so that change and event are saved together or not at all.

    `kind` reads "<noun>.<past participle>" (incident.published), `subject` "<noun>:<id>" (incident:12). `facts` must be
    JSON and hold nothing personal: events outlive an erased contact.
    """
    event = Event(at=at, kind=kind, subject=subject, actor_id=actor_id, facts=dict(facts or {}))
    session.add(event)
    session.flush()
    return event


def record_all(session: Session, events: Sequence[Mapping[str, Any]]) -> None:
    """Appends many events at once, in their order; each with at, kind, subject and, if wanted, actor_id and facts."""
    insert_all(session, Event, [{"actor_id": None, "facts": {}, **event} for event in events])


def trail(session: Session, *, before: int | None = None, subject: str | None = None, limit: int = 50) -> list[Event]:
    """The newest events first, at most `limit`, older than the event `before`. One query.

    `subject` is one thing (incident:12), all things of a kind (incident), or None for everything.
    """
    query = select(Event).order_by(Event.id.desc()).limit(limit)
    if before is not None:
        query = query.where(Event.id < before)
    if subject is not None and ":" in subject:
        query = query.where(Event.subject == subject)
    elif subject is not None:
        query = query.where(literal_column(NOUN.text) == f"{subject}:")
    return list(session.scalars(query))

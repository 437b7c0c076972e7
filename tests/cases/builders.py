"""Messages and channels for tests: say only what matters."""

import itertools
from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy.orm import Session

from portal.cases.rules import Direction, Message, Visibility
from portal.organisation.models import Channel
from portal.organisation.rules import ChannelKind
from portal.organisation.store import add_channel

START = datetime(2026, 3, 10, 8, 0, tzinfo=UTC)
_numbers = itertools.count(1)


def at(minutes: float) -> datetime:
    """The instant so many minutes after START."""
    return START + timedelta(minutes=minutes)


def asked(minutes: float = 0, **facts: Any) -> Message:
    """A customer's message."""
    return _message(Direction.INBOUND, minutes, {"text": "Waar blijft mijn bus?", "author_id": "jan", **facts})


def answered(minutes: float = 0, **facts: Any) -> Message:
    """A message of ours."""
    return _message(Direction.OUTBOUND, minutes, {"text": "Over tien minuten.", "author_id": "wij", **facts})


def _message(direction: Direction, minutes: float, facts: dict[str, Any]) -> Message:
    basis = {"message_id": f"m{next(_numbers)}", "thread_ref": "t1", "visibility": Visibility.PUBLIC}
    return Message(direction=direction, created_at=at(minutes), **{**basis, **facts})


def a_channel(session: Session, slug: str = "x", kind: ChannelKind = ChannelKind.X, **facts: Any) -> Channel:
    return add_channel(session, slug=slug, kind=kind, name=slug.capitalize(), now=START, actor_id=None, **facts)

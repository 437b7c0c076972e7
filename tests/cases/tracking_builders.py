"""Cases for tests, put into the tables as they are: what is tested is who may see them."""

import itertools
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.cases.models import Case
from portal.cases.rules import CaseState
from portal.organisation.models import Channel
from portal.organisation.rules import ChannelKind
from portal.organisation.store import add_channel

_numbers = itertools.count(1)


def a_channel(session: Session, now: datetime) -> Channel:
    """The one channel of the tests, made when it is not there."""
    found = session.scalar(select(Channel).where(Channel.slug == "mastodon"))
    return found or add_channel(session, slug="mastodon", kind=ChannelKind.MASTODON, name="Mastodon", now=now, actor_id=None)


def a_case(session: Session, now: datetime, **facts: Any) -> Case:
    """A case that was made in public just now."""
    channel = a_channel(session, now)
    number = next(_numbers)
    alphabet = "23456789CD"
    digits = "".join(alphabet[int(digit)] for digit in f"{number:08}")
    values: dict[str, Any] = {
        "reference": f"BR-{digits[:4]}-{digits[4:]}",
        "channel_id": channel.id,
        "thread_ref": f"thread-{number}",
        "episode": 1,
        "state": CaseState.NEW,
        "is_public": True,
        "language": "nl",
        "summary": "Waar blijft lijn 5?",
        "received_at": now,
        "oldest_unanswered_at": now,
        "changed_at": now,
        "version": 1,
    }
    case = Case(**(values | facts))
    session.add(case)
    session.flush()
    return case

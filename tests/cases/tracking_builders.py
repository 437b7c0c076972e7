"""Cases for tests, put into the tables as they are: what is tested is who may see them."""

import itertools
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.cases.models import Case, CaseMessage
from portal.cases.rules import AuthorKind, CaseState, Direction, Visibility
from portal.hours.reading import parse_calendar
from portal.hours.store import save_schedule
from portal.organisation.models import Channel
from portal.organisation.rules import ChannelKind
from portal.organisation.store import add_channel
from portal.promises.store import make_promise, record_answer

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
        "last_inbound_at": now,
        "oldest_unanswered_at": now,
        "changed_at": now,
        "version": 1,
    }
    case = Case(**(values | facts))
    session.add(case)
    session.flush()
    return case


def a_message(session: Session, case: Case, at: datetime, text: str, **facts: Any) -> CaseMessage:
    """A message of the customer, unless the facts say otherwise."""
    values: dict[str, Any] = {
        "channel_id": case.channel_id,
        "message_id": f"message-{next(_numbers)}",
        "case_id": case.id,
        "direction": Direction.INBOUND,
        "author_kind": AuthorKind.CUSTOMER,
        "visibility": Visibility.PUBLIC,
        "text": text,
        "html": "",
        "attachments": [],
        "created_at": at,
        "received_at": at,
        "thread_ref": case.thread_ref,
        "parent_ref": "",
        "counts_as_answer": False,
    }
    message = CaseMessage(**(values | facts))
    session.add(message)
    session.flush()
    return message


def an_answer(session: Session, case: Case, at: datetime, text: str, **facts: Any) -> CaseMessage:
    """An answer by a person, with which the promise is answered."""
    of_staff = {"direction": Direction.OUTBOUND, "author_kind": AuthorKind.PERSON, "counts_as_answer": True}
    message = a_message(session, case, at, text, **(of_staff | facts))
    record_answer(session, case.id, at, at)
    return message


def a_case_without_a_time(session: Session, now: datetime) -> Case:
    """The same on a channel that never opens, so that no time can be promised."""
    channel = add_channel(session, slug="nooit", kind=ChannelKind.X, name="Nooit", now=now, actor_id=None)
    never = parse_calendar({"timezone": "Europe/Amsterdam", "weekly": {}})
    save_schedule(session, channel.id, never, valid_from=now, now=now, actor_id=None)
    return a_promised_case(session, now, channel_id=channel.id)


def a_promised_case(session: Session, at: datetime, now: datetime | None = None, **facts: Any) -> Case:
    """A case made in public, with its question and its promise; it reached us at `now`, which is at once if not said."""
    case = a_case(session, at, **facts)
    a_message(session, case, at, "Waar blijft lijn 5?")
    make_promise(session, case_id=case.id, channel_id=case.channel_id, received_at=at, now=now or at)
    return case

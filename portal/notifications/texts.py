"""A company's own texts, and what it chose for each channel."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from portal.db import insert_or_replace
from portal.errors import Fault, Invalid, NotFound
from portal.events.store import record
from portal.notifications import examples
from portal.notifications.default_texts import DEFAULTS
from portal.notifications.models import ChannelMessages, MessageText
from portal.notifications.rules import MessageKind, acknowledges_by_itself, links_by_itself
from portal.notifications.wording import faults_in, lines_of
from portal.organisation.models import Channel
from portal.organisation.store import channels
from portal.web.localized import Localized


@dataclass(frozen=True)
class Choice:
    """What is sent on a channel."""

    acknowledges: bool
    with_link: bool


@dataclass(frozen=True)
class Words:
    """The texts of one kind of message, and whether they are the company's own."""

    text: Localized
    is_own: bool


def texts_in_use(session: Session) -> dict[MessageKind, Words]:
    """The texts of every kind: the company's own where there are any, else ours. One query."""
    own = {(row.kind, row.language): row.text for row in session.scalars(select(MessageText))}
    return {
        kind: Words(
            Localized(own.get((kind, "nl"), ours.nl), own.get((kind, "en"), ours.en)),
            is_own=(kind, "nl") in own or (kind, "en") in own,
        )
        for kind, ours in DEFAULTS.items()
    }


def save_text(session: Session, kind: MessageKind, text: Localized, *, now: datetime, actor_id: int | None) -> None:
    """The company's own text, in both languages. Raises Invalid that names field, value and what would be right.

    What does not fit on one of the channels, with the longest values that may come up there, is refused too.
    """
    known = channels(session)
    faults = [
        fault for language, written in (("nl", text.nl), ("en", text.en)) for fault in _faults(kind, language, written, known)
    ]
    if faults:
        raise Invalid.many(faults)
    for language, written in (("nl", text.nl), ("en", text.en)):
        values = {"text": "\n".join(lines_of(written)), "changed_at": now, "changed_by": actor_id}
        insert_or_replace(session, MessageText, {"kind": kind, "language": language, **values}, key=["kind", "language"])
    record(session, at=now, kind="text.changed", subject="text:0", actor_id=actor_id, facts={"text": kind.value})


def _faults(kind: MessageKind, language: str, written: str, known: Iterable[Channel]) -> list[Fault]:
    return faults_in(kind, f"text_{language}", written, examples.tightest([(each.name, each.kind) for each in known], language))


def use_ours(session: Session, kind: MessageKind, *, now: datetime, actor_id: int | None) -> None:
    """Takes the company's own text away, so that ours is used again. Without one nothing changes."""
    gone = session.scalars(delete(MessageText).where(MessageText.kind == kind).returning(MessageText.language)).all()
    if gone:
        record(session, at=now, kind="text.removed", subject="text:0", actor_id=actor_id, facts={"text": kind.value})


def choices(session: Session, known: Sequence[Channel]) -> Mapping[int, Choice]:
    """What is sent on each of these channels, by id. One query."""
    own = {row.channel_id: Choice(row.acknowledges, row.with_link) for row in session.scalars(select(ChannelMessages))}
    return {
        channel.id: own.get(channel.id, Choice(acknowledges_by_itself(channel.kind), links_by_itself(channel.kind)))
        for channel in known
    }


def choose(session: Session, channel_id: int, choice: Choice, *, now: datetime, actor_id: int | None) -> None:
    """From now on this is sent on the channel. Raises NotFound."""
    if session.get(Channel, channel_id) is None:
        raise NotFound("There is no such channel.")
    values = {"channel_id": channel_id, "acknowledges": choice.acknowledges, "with_link": choice.with_link}
    insert_or_replace(session, ChannelMessages, values, key=["channel_id"])
    record(session, at=now, kind="text.channel_set", subject="text:0", actor_id=actor_id, facts={"channel": channel_id})

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
from portal.notifications.default_texts import DEFAULTS, SUBJECTS
from portal.notifications.models import ChannelMessages, MessageText
from portal.notifications.rules import MessageKind, acknowledges_by_itself, links_by_itself
from portal.notifications.wording import faults_in, lines_of, subject_faults
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
    """The texts of one kind of message, the subjects of mails with it, and whether they are the company's own."""

    text: Localized
    subject: Localized
    is_own: bool


def texts_in_use(session: Session) -> dict[MessageKind, Words]:
    """The texts of every kind: the company's own where there are any, else ours. One query."""
    own = {(row.kind, row.language): row for row in session.scalars(select(MessageText))}

    def words(kind: MessageKind) -> Words:
        nl, en, text, subject = own.get((kind, "nl")), own.get((kind, "en")), DEFAULTS[kind], SUBJECTS[kind]
        return Words(
            Localized(nl.text if nl else text.nl, en.text if en else text.en),
            Localized((nl and nl.subject) or subject.nl, (en and en.subject) or subject.en),
            is_own=bool(nl or en),
        )

    return {kind: words(kind) for kind in DEFAULTS}


def save_text(
    session: Session,
    kind: MessageKind,
    text: Localized,
    *,
    now: datetime,
    actor_id: int | None,
    subject: Localized | None = None,
) -> None:
    """The company's own text and subject, in both languages; without `subject` ours is used. Raises Invalid.

    It names field, value and what would be right. What does not fit on one of the channels, with the longest values that may
    come up there, is refused too.
    """
    subject = subject or SUBJECTS[kind]
    check_text(kind, text, subject, channels(session))
    for language, words, about in (("nl", text.nl, subject.nl), ("en", text.en, subject.en)):
        own = None if about.strip() == getattr(SUBJECTS[kind], language) else about.strip()
        values = {"text": "\n".join(lines_of(words)), "subject": own, "changed_at": now, "changed_by": actor_id}
        insert_or_replace(session, MessageText, {"kind": kind, "language": language, **values}, key=["kind", "language"])
    record(session, at=now, kind="text.changed", subject="text:0", actor_id=actor_id, facts={"text": kind.value})


def check_text(kind: MessageKind, text: Localized, subject: Localized, known: Iterable[Channel]) -> None:
    """Raises Invalid for what could not be saved, with all its faults; `known` are the channels that it must fit on."""
    written = (("nl", text.nl, subject.nl), ("en", text.en, subject.en))
    faults = [fault for language, words, about in written for fault in _faults(kind, language, words, about, known)]
    if faults:
        raise Invalid.many(faults)


def _faults(kind: MessageKind, language: str, text: str, subject: str, known: Iterable[Channel]) -> list[Fault]:
    limits = examples.tightest([(each.name, each.kind) for each in known], language)
    return [*subject_faults(f"subject_{language}", subject), *faults_in(kind, f"text_{language}", text, limits)]


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

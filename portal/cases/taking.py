"""Takes messages in: many at once or one, always in the caller's transaction, with promises and events."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from functools import partial
from zlib import crc32

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from portal.cases import edits, saving
from portal.cases.contacts import Author, AuthorKey, identities_of
from portal.cases.conversation import Entry, author_kind, counts_as_answer, weight_of
from portal.cases.drafts import Conversation, Draft, Kept, Row
from portal.cases.models import Case, CaseMessage, Identity
from portal.cases.rules import Change, Direction, Message, Outcome, by_channel
from portal.db import take_turn
from portal.organisation.models import Channel

Incoming = tuple[Channel, Message]
Key = tuple[int, str]

_NEWER_THAN_STORED = 1 << 62
_MANY_CONVERSATIONS = 50


@dataclass(frozen=True)
class Taken:
    """What became of a message, and the case that it belongs to, if any."""

    outcome: Outcome
    case: Case | None = None

    @property
    def is_new_case(self) -> bool:
        return self.outcome is Outcome.OPENED


def take_message(session: Session, channel: Channel, message: Message, now: datetime) -> Taken:
    """Puts a channel's message where it belongs: opens or joins a case, answers one, changes a known message, or nothing.

    The same message again changes nothing, whatever its text is by then.
    """
    return take_messages(session, [(channel, message)], now)[0]


def take_messages(
    session: Session, batch: Sequence[Incoming], now: datetime, *, received_at: Sequence[datetime] | None = None
) -> list[Taken]:
    """What `take_message` does for each of these messages, in their order, in a number of queries that hardly grows.

    `received_at` holds when each came in, where that was before now: what was promised then counts from then.
    """
    taken: list[Taken] = []
    run: list[Incoming] = []
    came_in: list[datetime] = []
    for (channel, given), at in zip(batch, received_at or [now] * len(batch), strict=True):
        message = given if given.created_at <= at else replace(given, created_at=at)  # a clock that runs ahead
        if message.change is Change.CREATED:
            run.append((channel, message))
            came_in.append(at)
            continue
        taken += _take_new(session, run, came_in, now)
        run, came_in = [], []
        outcome, case = edits.take_change(session, channel, message, now, received_at=at)
        taken.append(Taken(outcome, case))
    return taken + _take_new(session, run, came_in, now)


def _take_new(session: Session, batch: Sequence[Incoming], received_at: Sequence[datetime], now: datetime) -> list[Taken]:
    if not batch:
        return []
    incoming = _in_conversations(session, [(channel, _our_own(channel, message)) for channel, message in batch])
    queue_up(session, {(channel.id, message.thread_ref) for channel, message in incoming})
    known = _known(session, incoming)
    conversations = _conversations(session, incoming)
    changes = edits.changes_ahead(session, [(channel.id, message.message_id) for channel, message in incoming])
    authors = _authors(incoming, known)
    identities = identities_of(session, authors, now) if authors else {}
    found: list[tuple[Outcome, Draft | int | None]] = []
    steps: list[saving.Step] = []
    for position, ((channel, message), at) in enumerate(zip(incoming, received_at, strict=True)):
        key = (channel.id, message.message_id)
        if key in known:
            found.append((Outcome.ALREADY_THERE, known[key]))
            continue
        kept = _kept(channel, message, position, identities.get((channel.id, message.author_id)), at)
        edits.bring_up_to_date(session, kept.row, changes.get(key, ()))
        outcome, draft = Outcome.DELETED, None
        if kept.row["deleted_at"] is None:
            outcome, draft = conversations[channel.id, message.thread_ref].add(kept, partial(saving.entries_of, session))
        known[key] = draft
        found.append((outcome, draft))
        steps.append((kept, outcome, draft))
    saving.save(session, conversations.values(), steps, now)
    return [Taken(outcome, _case_of(session, draft)) for outcome, draft in found]


def _case_of(session: Session, found: Draft | int | None) -> Case | None:
    return found.target.saved if isinstance(found, Draft) else session.get(Case, found) if found else None


def _our_own(channel: Channel, message: Message) -> Message:
    """What we wrote ourselves and comes back to us is outbound, whatever the channel calls it."""
    account = channel.account.lstrip("@").casefold()
    ours = account and account in {message.author_id.casefold(), message.author_handle.lstrip("@").casefold()}
    return replace(message, direction=Direction.OUTBOUND) if ours and message.direction is Direction.INBOUND else message


def _in_conversations(session: Session, batch: Sequence[Incoming]) -> list[Incoming]:
    """The messages, each with its conversation: the one that the channel names, else that of its parent, else its own."""
    lacking = {(channel.id, message.parent_ref) for channel, message in batch if not message.thread_ref and message.parent_ref}
    threads = _threads_of(session, lacking) if lacking else {}
    found: list[Incoming] = []
    for channel, message in batch:
        parent = (channel.id, message.parent_ref)
        thread = message.thread_ref or threads.get(parent) or message.parent_ref or message.message_id
        threads.setdefault((channel.id, message.message_id), thread)
        found.append((channel, message if thread == message.thread_ref else replace(message, thread_ref=thread)))
    return found


def _threads_of(session: Session, keys: set[Key]) -> dict[Key, str]:
    columns = (CaseMessage.channel_id, CaseMessage.message_id, CaseMessage.thread_ref)
    return {
        (row.channel_id, row.message_id): row.thread_ref
        for channel_id, ids in by_channel(keys)
        for row in session.execute(select(*columns).where(CaseMessage.channel_id == channel_id, CaseMessage.message_id.in_(ids)))
    }


def queue_up(session: Session, conversations: Collection[Key]) -> None:
    """Lets writers of the same conversation follow one another. On SQLite all writers do.

    A large batch takes whole channels, so that it needs few locks; always in the same order, so that no two wait for
    each other.
    """
    if session.get_bind().dialect.name != "postgresql":
        return
    many = len(conversations) > _MANY_CONVERSATIONS
    for channel_id in sorted({channel_id for channel_id, _thread in conversations}):
        if many:
            take_turn(session, f"channel:{channel_id}")
        else:
            session.execute(select(func.pg_advisory_xact_lock_shared(func.hashtext(f"channel:{channel_id}"))))
    if not many:
        for number in sorted({crc32(f"{channel_id}:{thread}".encode()) for channel_id, thread in conversations}):
            session.execute(select(func.pg_advisory_xact_lock(1, number - (1 << 31))))


def _known(session: Session, batch: Sequence[Incoming]) -> dict[Key, Draft | int | None]:
    """Messages that are there already, with the id of their case."""
    columns = (CaseMessage.channel_id, CaseMessage.message_id, CaseMessage.case_id)
    return {
        (row.channel_id, row.message_id): row.case_id
        for channel_id, ids in by_channel({(channel.id, message.message_id) for channel, message in batch})
        for row in session.execute(select(*columns).where(CaseMessage.channel_id == channel_id, CaseMessage.message_id.in_(ids)))
    }


def _conversations(session: Session, batch: Sequence[Incoming]) -> dict[Key, Conversation]:
    """The conversations of these messages: their cases, locked, and what waits in them for a case. Three queries a channel.

    In the order of the messages, so that cases get their ids in it and the same messages come to the same.
    """
    found = {(channel.id, message.thread_ref): Conversation([], []) for channel, message in batch}
    drafts: dict[int, Draft] = {}
    for channel_id, refs in by_channel(found.keys()):
        mine = select(Case).where(Case.channel_id == channel_id, Case.thread_ref.in_(refs)).order_by(Case.id)
        for case in session.scalars(mine.with_for_update(), execution_options={"populate_existing": True}):
            drafts[case.id] = Draft.of(case)
            found[channel_id, case.thread_ref].cases.append(drafts[case.id])
        waiting = select(CaseMessage).where(
            CaseMessage.channel_id == channel_id,
            CaseMessage.thread_ref.in_(refs),
            CaseMessage.case_id.is_(None),
            CaseMessage.deleted_at.is_(None),
        )
        for row in session.scalars(waiting.order_by(CaseMessage.id)):
            found[channel_id, row.thread_ref].kept.append(
                Kept(saving.entry_of(row), {"author_kind": row.author_kind, "received_at": row.received_at}, row.id)
            )
    _lead_to_targets(session, drafts)
    return found


def _lead_to_targets(session: Session, drafts: dict[int, Draft]) -> None:
    """Cases that were merged lead to the one they were merged into, which may be of another conversation."""
    merged = [draft for draft in drafts.values() if draft.saved and draft.saved.merged_into_id]
    missing = {draft.saved.merged_into_id for draft in merged if draft.saved} - set(drafts)
    if missing:
        targets = select(Case).where(Case.id.in_(missing)).order_by(Case.id).with_for_update()
        for case in session.scalars(targets, execution_options={"populate_existing": True}):
            drafts[case.id] = Draft.of(case)
    for draft in merged:
        assert draft.saved
        assert draft.saved.merged_into_id
        draft.merged_into = drafts[draft.saved.merged_into_id]


def _authors(batch: Sequence[Incoming], known: dict[Key, Draft | int | None]) -> dict[AuthorKey, Author]:
    return {
        (channel.id, message.author_id): Author(
            channel, message.author_id, message.author_handle, message.author_name, message.language
        )
        for channel, message in batch
        if message.direction is Direction.INBOUND and message.author_id and (channel.id, message.message_id) not in known
    }


def _kept(channel: Channel, message: Message, position: int, identity: Identity | None, received_at: datetime) -> Kept:
    author, answers = author_kind(message), counts_as_answer(message)
    row: Row = {
        "channel_id": channel.id,
        "message_id": message.message_id,
        "case_id": None,
        "direction": message.direction,
        "author_kind": author,
        "identity_id": identity.id if identity else None,
        "member_id": None,
        "visibility": message.visibility,
        "text": message.text,
        "html": message.html,
        "attachments": list(message.attachments),
        "created_at": message.created_at,
        "received_at": received_at,
        "thread_ref": message.thread_ref,
        "parent_ref": message.parent_ref,
        "edited_at": None,
        "deleted_at": None,
        "counts_as_answer": answers,
        "takes_no_reply": message.takes_no_reply,
    }
    weight = weight_of(message.direction, author, message.text, counts_as_answer=answers)
    entry = Entry(message.message_id, weight, message.created_at, _NEWER_THAN_STORED + position, message.parent_ref)
    return Kept(entry, row, contact_id=identity.contact_id if identity else None, language=message.language)

"""Edits and deletions. They open no case; each version is kept, and what a customer deleted is gone."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from portal.cases import saving
from portal.cases.drafts import Row
from portal.cases.kinship import with_merged
from portal.cases.models import Case, CaseMessage, MessageEdit
from portal.cases.rules import UNANSWERED, AuthorKind, CaseState, Change, Direction, Message, Outcome, by_channel, summary_of
from portal.db import insert_or_ignore
from portal.events.store import record
from portal.organisation.models import Channel
from portal.promises import store as promises
from portal.promises.telling import forget_ready_of

Key = tuple[int, str]


def take_change(
    session: Session, channel: Channel, change: Message, now: datetime, *, received_at: datetime
) -> tuple[Outcome, Case | None]:
    """Applies an edit or a deletion to the message that it names; one that comes before its message is kept for it.

    Versions may come in any order: the newest by the sender's clock is shown. The same change again does nothing.
    """
    is_deletion = change.change is Change.DELETED
    made = _kept(session, channel.id, change, received_at)
    row, case = _locked(session, channel.id, change.message_id)
    if not made:
        return Outcome.ALREADY_THERE, case
    if row is None:
        return Outcome.KEPT, None
    if row.deleted_at is not None:
        _forget(session, channel.id, change.message_id)
        return Outcome.ALREADY_THERE, case
    if is_deletion:
        _delete(session, row, change.created_at)
    else:
        _edit(session, row, change)
    if case is not None:
        _follow(session, case, row, now, deleted_at=received_at if is_deletion else None)
    return (Outcome.DELETED if is_deletion else Outcome.EDITED), case


def _locked(session: Session, channel_id: int, message_id: str) -> tuple[CaseMessage | None, Case | None]:
    """The message, if it has come in, and its case, both kept from other writers: the case first, as by those who move messages.

    Whoever moved the message meanwhile is done with it as soon as the case that it was in can be had.
    """
    mine = select(CaseMessage).where(CaseMessage.channel_id == channel_id, CaseMessage.message_id == message_id)
    anew = {"populate_existing": True}
    row = session.scalar(mine, execution_options=anew)
    case: Case | None = None
    while row is not None and row.case_id != (case and case.id):
        case = session.get_one(Case, row.case_id, with_for_update=True, populate_existing=True)
        row = session.scalar(mine, execution_options=anew)
    return session.scalar(mine.with_for_update(), execution_options=anew), case


def versions_of(session: Session, message: CaseMessage) -> Sequence[MessageEdit]:
    """All versions of an edited message, the first one included, oldest first; empty when it was never edited. One query."""
    mine = select(MessageEdit).where(
        MessageEdit.channel_id == message.channel_id,
        MessageEdit.message_id == message.message_id,
        MessageEdit.is_deletion.is_(False),
    )
    return session.scalars(mine.order_by(MessageEdit.at, MessageEdit.id)).all()


def changes_ahead(session: Session, keys: Iterable[Key]) -> dict[Key, list[MessageEdit]]:
    """Edits and deletions that came in before the messages that they are about, oldest first."""
    found: dict[Key, list[MessageEdit]] = {}
    for channel_id, ids in by_channel(keys):
        mine = select(MessageEdit).where(MessageEdit.channel_id == channel_id, MessageEdit.message_id.in_(ids))
        for each in session.scalars(mine.order_by(MessageEdit.at, MessageEdit.id)):
            found.setdefault((channel_id, each.message_id), []).append(each)
    return found


def bring_up_to_date(session: Session, row: Row, changes: Sequence[MessageEdit]) -> None:
    """Applies to a message that just came in what was said about it before."""
    deletion = next((change for change in changes if change.is_deletion), None)
    if deletion is not None:
        row.update(text="", html="", attachments=[], deleted_at=deletion.at)
        _forget(session, row["channel_id"], row["message_id"])
    elif changes:
        _keep_first(session, row)
        row.update(text=changes[-1].text, html=changes[-1].html, edited_at=changes[-1].at)


def _kept(session: Session, channel_id: int, change: Message, received_at: datetime) -> bool:
    values: dict[str, Any] = {
        "channel_id": channel_id,
        "message_id": change.message_id,
        "at": change.created_at,
        "is_deletion": change.change is Change.DELETED,
        "text": "" if change.change is Change.DELETED else change.text,
        "html": "" if change.change is Change.DELETED else change.html,
        "received_at": received_at,
    }
    unique = ["channel_id", "message_id", "at", "is_deletion"]
    return insert_or_ignore(session, MessageEdit, values, unique=unique) is not None


def _keep_first(session: Session, row: Row) -> None:
    values = {name: row[name] for name in ("channel_id", "message_id", "text", "html")}
    values |= {"at": row["created_at"], "is_deletion": False, "received_at": row["created_at"]}
    insert_or_ignore(session, MessageEdit, values, unique=["channel_id", "message_id", "at", "is_deletion"])


def _edit(session: Session, row: CaseMessage, change: Message) -> None:
    if row.edited_at is None:
        _keep_first(session, {name: getattr(row, name) for name in ("channel_id", "message_id", "created_at", "text", "html")})
    if change.created_at >= (row.edited_at or row.created_at):
        row.text, row.html, row.edited_at = change.text, change.html, change.created_at
    session.flush()


def _delete(session: Session, row: CaseMessage, at: datetime) -> None:
    row.text, row.html, row.attachments, row.deleted_at = "", "", [], at
    _forget(session, row.channel_id, row.message_id)
    session.flush()


def _forget(session: Session, channel_id: int, message_id: str) -> None:
    """Empties every version of a message; that and when they were written stays."""
    mine = (MessageEdit.channel_id == channel_id, MessageEdit.message_id == message_id)
    session.execute(update(MessageEdit).where(*mine).values(text="", html=""))


def _follow(session: Session, case: Case, row: CaseMessage, now: datetime, *, deleted_at: datetime | None) -> None:
    """What the change of a message means for its case: its summary, and whether it still asks anything.

    `deleted_at` is when a deletion came in: what had not been answered in time by then stays a broken promise.
    """
    asked = [each for each in saving.rows_of(session, case.id) if _is_asked(each)]
    left = [each for each in asked if each.deleted_at is None]
    case.summary = summary_of(left[0].text) if left else ""
    kind = "message.edited" if deleted_at is None else "message.deleted"
    record(session, at=now, kind=kind, subject=f"case:{case.id}", facts={"message": row.id})
    if deleted_at is not None and not left and case.state in UNANSWERED and case.first_answered_at is None:
        case.state, case.closed_at, case.oldest_unanswered_at = CaseState.WITHDRAWN, max(now, case.last_inbound_at), None
        promises.withdraw(session, with_merged(session, case), now=now, known_at=deleted_at)
        forget_ready_of(session, case.id)
    elif deleted_at is None:
        saving.restand(session, case, now)
    saving.touch(case, now)


def _is_asked(row: CaseMessage) -> bool:
    return row.direction is Direction.INBOUND and row.author_kind is AuthorKind.CUSTOMER

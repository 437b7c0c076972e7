"""What staff and customers do with cases. Each change is made with its event in the caller's transaction.

`version` is the version of the case that the one who acts has seen; None acts on whatever is there (customers, jobs).
"""

from collections.abc import Collection, Sequence
from dataclasses import replace
from datetime import datetime
from uuid import uuid4

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from portal.cases import saving
from portal.cases.conversation import Weight, closing_moved, upshot_of
from portal.cases.drafts import Draft
from portal.cases.kinship import is_awaited_by_another, with_merged
from portal.cases.models import Case, CaseMessage
from portal.cases.reference import read_reference
from portal.cases.rules import SET_ASIDE, UNANSWERED, WRITTEN_HERE, AuthorKind, CaseState, Direction, Visibility
from portal.cases.taking import Taken, take_message, take_messages
from portal.db import insert_or_ignore
from portal.errors import Conflict, Invalid, NotFound
from portal.events.store import record
from portal.promises import store as promises
from portal.promises.rules import SetAside
from portal.promises.telling import forget_ready_of
from portal.staff.models import Member

__all__ = ["Taken", "take_message", "take_messages"]

_TOLD = (
    "channel_id",
    "case_id",
    "direction",
    "author_kind",
    "text",
    "html",
    "attachments",
    "created_at",
    "received_at",
    "thread_ref",
    "counts_as_answer",
)


def the_case(session: Session, case_id: int) -> Case:
    """Raises NotFound."""
    case = session.get(Case, case_id)
    if case is None:
        raise NotFound("There is no such request.")
    return case


def case_by_reference(session: Session, reference: str) -> Case:
    """The case, or the one that it became part of; the reference may be typed in any way. Raises NotFound."""
    meant = read_reference(reference)
    case = session.scalar(select(Case).where(Case.reference == meant)) if meant else None
    if case is None:
        raise NotFound("There is no request with this reference.")
    return session.get_one(Case, case.merged_into_id) if case.merged_into_id else case


def messages_of(session: Session, case_id: int) -> Sequence[CaseMessage]:
    """The messages and notes of a case, oldest first. One query."""
    return saving.rows_of(session, case_id)


def answer(
    session: Session,
    case_id: int,
    *,
    text: str,
    member_id: int,
    now: datetime,
    version: int | None,
    asks_back: bool = False,
) -> Case:
    """An answer by a member; stops the clock. With `asks_back` the case then waits for the customer.

    Raises Invalid without text, Conflict when the case was changed since `version` or is set aside.
    """
    case = locked(session, case_id, version, not_in=SET_ASIDE)
    row = _said(case, Direction.OUTBOUND, AuthorKind.PERSON, text, now)
    row.member_id, row.counts_as_answer = member_id, True
    row.visibility = Visibility.PUBLIC if case.is_public else Visibility.DIRECT
    row.parent_ref = _last_asked(session, case.id)
    _add(session, case, row, now)
    case.state = CaseState.WAITING if asks_back else CaseState.ANSWERED
    return changed(session, case, "case.answered", now, member_id, message=row.id)


def add_note(session: Session, case_id: int, *, text: str, member_id: int, now: datetime) -> Case:
    """A note that only staff see. It stops no clock and is no change that another's act would overwrite."""
    case = locked(session, case_id, None)
    row = _said(case, Direction.NOTE, AuthorKind.PERSON, text, now)
    row.member_id, row.visibility = member_id, Visibility.INTERNAL
    session.add(row)
    session.flush()
    facts = {"message": row.id}
    record(session, at=now, kind="case.note_added", subject=f"case:{case.id}", actor_id=member_id, facts=facts)
    return case


def tell(session: Session, case_id: int, *, message_id: str, text: str, is_public: bool, now: datetime) -> int | None:
    """A message that the portal itself says to the customer; returns its id, or None when it was said before.

    It answers nothing, stops no clock, and is no change that another's act would overwrite. `message_id` makes it one of its
    kind: the database refuses a second one on the channel. Where the case became part of another one it stands there, in the
    conversation of this customer; the two must be locked. Raises NotFound.
    """
    case = the_case(session, case_id)
    home_id = case.merged_into_id or case.id
    row = _said(case, Direction.OUTBOUND, AuthorKind.AUTOMATIC, text, now)
    values = {name: getattr(row, name) for name in _TOLD} | {
        "case_id": home_id,
        "message_id": message_id,
        "visibility": Visibility.PUBLIC if is_public else Visibility.DIRECT,
        "parent_ref": _last_asked(session, home_id, case.thread_ref),
    }
    made = insert_or_ignore(session, CaseMessage, values, unique=["channel_id", "message_id"])
    if made is not None:
        record(session, at=now, kind="case.told", subject=f"case:{home_id}", facts={"message": made})
    return made


def add_customer_message(session: Session, case_id: int, *, text: str, now: datetime) -> Case:
    """A message that the customer adds on the page of the case, where only the two can read it."""
    case = locked(session, case_id, None)
    row = _said(case, Direction.INBOUND, AuthorKind.CUSTOMER, text, now)
    _add(session, case, row, now)
    return changed(session, case, "case.message_added", now, None, message=row.id)


def assign(session: Session, case_id: int, *, to: int | None, member_id: int, now: datetime, version: int | None) -> Case:
    """Gives a case to a member, or to nobody. A new case is then being worked on."""
    case = locked(session, case_id, version)
    case.assigned_to = to
    if to is not None and case.state is CaseState.NEW:
        case.state = CaseState.OPEN
    return changed(session, case, "case.assigned", now, member_id, to=to)


def close(session: Session, case_id: int, *, member_id: int | None, now: datetime, version: int | None) -> Case:
    """Closes a case; without a member the customer says that it is solved. Closing is never an answer.

    What a customer wrote after an answer then needs none. A first question that its customer solved before the promised
    time counts as withdrawn, and so do that customer's questions merged into it; after that time the promise stays broken.
    It stays open for them where another customer's question, which became part of it, still waits.
    """
    case = locked(session, case_id, version, not_in=SET_ASIDE | {CaseState.CLOSED})
    promise = promises.promise_of(session, case.id)
    if promise.sequence and promise.answered_at is None and promise.set_aside is SetAside.NONE:
        promises.set_aside(session, case.id, SetAside.NO_ANSWER_NEEDED, now=now, actor_id=member_id)
    if member_id is None:
        promises.withdraw(session, with_merged(session, case), now=now)
        _rest_for_its_customer(session, case, CaseState.CLOSED, now)
    else:
        _rest(session, case, CaseState.CLOSED, now)
    return changed(session, case, "case.closed", now, member_id)


def mark_spam(session: Session, case_id: int, *, member_id: int, now: datetime, version: int | None) -> Case:
    """Takes a case out of the queue and out of all counts."""
    case = locked(session, case_id, version, not_in={CaseState.SPAM})
    promises.set_aside(session, case.id, SetAside.SPAM, now=now, actor_id=member_id)
    _rest(session, case, CaseState.SPAM, now)
    return changed(session, case, "case.marked_spam", now, member_id)


def withdraw(session: Session, case_id: int, *, member_id: int | None, now: datetime, version: int | None) -> Case:
    """The customer needs no answer any more; it is open again as soon as the customer writes. It answers nothing.

    What was promised and is not broken by now is out of all counts; so is what was promised to the same customer in cases
    merged into this one. It stays open while another customer's question waits in it. Raises Conflict when nobody waits for an
    answer.
    """
    case = locked(session, case_id, version, not_in=frozenset(CaseState) - UNANSWERED)
    promises.withdraw(session, with_merged(session, case), now=now, actor_id=member_id)
    _rest_for_its_customer(session, case, CaseState.WITHDRAWN, now)
    return changed(session, case, "case.withdrawn", now, member_id)


def reopen(session: Session, case_id: int, *, member_id: int | None, now: datetime, version: int | None) -> Case:
    """Takes back that a case was closed, answered, spam or withdrawn: what is unanswered in it waits again, as before."""
    case = locked(session, case_id, version, not_in=UNANSWERED)
    was = Draft.of(case)
    promises.take_back_set_aside(session, case.id, now=now, actor_id=member_id)
    case.closed_at, case.state = None, CaseState.OPEN
    now_upshot = upshot_of(saving.entries_of(session, case.id))
    if now_upshot is not None:
        saving.stand(session, case, Draft(CaseState.OPEN, now_upshot, case.episode, case), was, now)
    return changed(session, case, "case.reopened", now, member_id, **{"from": was.state.value})


def merge(session: Session, case_id: int, *, into_id: int, member_id: int, now: datetime, version: int | None) -> Case:
    """Makes one case of two: the messages of `case_id` go to `into_id`, which is returned and keeps its reference.

    The earliest receipt and promise stay; the other promise is answered with it. What either was told after the other had asked
    answers both; mere thanks after that need no answer. A question that waits opens a closed case again, itself alone.
    Raises Conflict for a case and itself.
    """
    if case_id == into_id:
        raise Conflict("A request cannot be merged with itself.")
    session.execute(select(Case.id).where(Case.id.in_([case_id, into_id])).order_by(Case.id).with_for_update())
    gone, kept = locked(session, case_id, version, not_in=SET_ASIDE), locked(session, into_id, None, not_in=SET_ASIDE)
    was, came = Draft.of(kept), {entry.arrival for entry in saving.entries_of(session, gone.id)}
    session.execute(update(CaseMessage).where(CaseMessage.case_id == gone.id).values(case_id=kept.id))
    session.execute(update(Case).where(Case.merged_into_id == gone.id).values(merged_into_id=kept.id))
    session.execute(update(Case).where(Case.split_from_id == gone.id, Case.id != kept.id).values(split_from_id=kept.id))
    entries, waited = saving.entries_of(session, kept.id), bool(UNANSWERED & {gone.state, kept.state})
    if gone.state in UNANSWERED and kept.closed_at is not None:  # what waits is not closed by becoming part of what was
        kept.closed_at = closing_moved(entries, came, kept.closed_at)
    upshot = upshot_of(entries, kept.closed_at)
    assert upshot is not None
    answers = [entry.at for entry in entries if entry.weight is Weight.ANSWERS]
    promises.record_answers(session, [gone.id, kept.id], answers, now)
    promises.merge(session, gone.id, kept.id, now=now, actor_id=member_id)
    gone.state, gone.merged_into_id, gone.oldest_unanswered_at = CaseState.MERGED, kept.id, None
    was.upshot = replace(upshot, oldest_unanswered_at=kept.oldest_unanswered_at)  # the answers have been told above
    saving.stand_anew(session, kept, upshot, was, now, waited=waited)
    changed(session, gone, "case.merged", now, member_id, into=kept.id)
    return changed(session, kept, "case.merged_with", now, member_id, merged=gone.id)


def locked(session: Session, case_id: int, version: int | None, not_in: Collection[CaseState] = ()) -> Case:
    """The case as it is now, kept from other writers. Raises NotFound, and Conflict when it changed or is in such a state."""
    case = session.get(Case, case_id, with_for_update=True, populate_existing=True)
    if case is None:
        raise NotFound("There is no such request.")
    if case.state is CaseState.MERGED:
        raise Conflict("This request has become part of another one.")
    if version is not None and case.version != version:
        member = session.get(Member, case.changed_by) if case.changed_by else None
        by = member.name if member else "The customer"
        raise Conflict(f"{by} changed this request in the meantime. Look at it again before you go on.")
    if case.state in not_in:
        raise Conflict(f"This request is {case.state.value} already.")
    return case


def _said(case: Case, direction: Direction, author: AuthorKind, text: str, now: datetime) -> CaseMessage:
    if not text.strip():
        raise Invalid("text", text, "a text")
    return CaseMessage(
        channel_id=case.channel_id,
        message_id=f"{WRITTEN_HERE}{uuid4().hex}",
        case_id=case.id,
        direction=direction,
        author_kind=author,
        visibility=Visibility.DIRECT,
        text=text.strip(),
        html="",
        attachments=[],
        created_at=now,
        received_at=now,
        thread_ref=case.thread_ref,
        parent_ref="",
        counts_as_answer=False,
    )


def _last_asked(session: Session, case_id: int, thread_ref: str | None = None) -> str:
    """The last message from outside in this case; of one of the conversations that became one in it, where that is named."""
    asked = select(CaseMessage.message_id).where(CaseMessage.case_id == case_id, CaseMessage.direction == Direction.INBOUND)
    if thread_ref is not None:
        asked = asked.where(CaseMessage.thread_ref == thread_ref)
    return session.scalar(asked.order_by(CaseMessage.created_at.desc(), CaseMessage.id.desc()).limit(1)) or ""


def _add(session: Session, case: Case, row: CaseMessage, now: datetime) -> None:
    """Adds a message written here, and lets the case stand as its messages say."""
    was = Draft.of(case)
    session.add(row)
    session.flush()
    upshot = upshot_of(saving.entries_of(session, case.id), case.closed_at)
    assert upshot is not None
    saving.stand(session, case, Draft(saving.state_with(case, upshot, row), upshot, case.episode, case), was, now)


def _rest(session: Session, case: Case, state: CaseState, now: datetime) -> None:
    """Nothing waits any more, not even what a channel whose clock runs ahead said just now; nothing stays ready to be told."""
    forget_ready_of(session, case.id)
    case.state, case.closed_at, case.oldest_unanswered_at = state, max(now, case.last_inbound_at), None


def _rest_for_its_customer(session: Session, case: Case, state: CaseState, now: datetime) -> None:
    """The same where its customer needs nothing more; but another one's question that became part of it goes on waiting in it."""
    if not is_awaited_by_another(session, case):
        _rest(session, case, state, now)
        return
    done = promises.promises_of(session, with_merged(session, case))
    promises.forget_ready(session, [each.id for made in done.values() for each in made])


def changed(session: Session, case: Case, kind: str, now: datetime, member_id: int | None, **facts: object) -> Case:
    """The case, on which the change and its event are noted."""
    saving.touch(case, now, member_id)
    record(session, at=now, kind=kind, subject=f"case:{case.id}", actor_id=member_id, facts=facts)
    return case

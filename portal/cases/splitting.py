"""Makes two cases of one, when a customer wrote of two subjects in one conversation."""

from collections.abc import Collection, Sequence
from datetime import datetime

from sqlalchemy import func, select, update
from sqlalchemy.orm import Session

from portal.cases import saving, store
from portal.cases.conversation import Upshot, state_anew, upshot_of
from portal.cases.customers import is_merged, is_of_one_customer
from portal.cases.drafts import Draft
from portal.cases.erasing import erase_too
from portal.cases.models import Case, CaseMessage
from portal.cases.rules import SET_ASIDE, UNANSWERED, AuthorKind, CaseState, Direction, is_made_in_public, summary_of
from portal.cases.taking import queue_up
from portal.errors import Conflict
from portal.events.store import record
from portal.promises import store as promises
from portal.promises.models import Promise
from portal.promises.rules import Impact, SetAside, Urgency


class NotOfOneCustomer(Conflict):
    """Another case became part of this one, or not all of it is known to be by one customer: nobody knows whose the rest is."""


class KeepsItsPromise(Conflict):
    """A split would give a later time to what a promise that was made runs from, and keep that promise with something else."""


def splittable(session: Session, case: Case, messages: Sequence[CaseMessage]) -> list[CaseMessage]:
    """Which of its messages, oldest first, may become a question of their own: of one customer, all but the oldest."""
    return [each for each in messages if _is_asked(each)][1:] if _is_whole(session, case) else []


def _is_whole(session: Session, case: Case) -> bool:
    return is_of_one_customer(session, case) and not is_merged(session, case)


def _is_asked(message: CaseMessage) -> bool:
    """Whether it is the customer's, and still there to be answered."""
    is_asked = message.direction is Direction.INBOUND and message.author_kind is AuthorKind.CUSTOMER
    return is_asked and message.deleted_at is None


def split(
    session: Session,
    case_id: int,
    message_ids: Collection[int],
    *,
    impact: Impact,
    urgency: Urgency,
    member_id: int,
    now: datetime,
    version: int | None,
) -> Case:
    """A new case of these messages of a customer, which are about another subject; answers stay where they are.

    The new case has a reference and a clock of its own. Its promise is fixed now: nobody promised anything about it before,
    and a promise that nobody was told cannot run from an earlier time. Its wait is measured from the receipt of its first
    message all the same, since its customer has been waiting from then on: else a split would make waits look short.
    The other case keeps its first promise and its clock. But where all that waits in it goes along, and had been promised
    for after an earlier answer, that promise goes along too: a new one would be a way to lose it.

    So the oldest message stays, and after an answer the oldest that waits while another one does; where nothing was answered,
    so does all that still waits after a closing.

    Raises NotOfOneCustomer, KeepsItsPromise, and Conflict when the case was changed since `version` or is set aside and for
    messages that are not its customer's or not its own.
    """
    _queue_up(session, message_ids)
    case = store.locked(session, case_id, version, not_in=SET_ASIDE)
    chosen, first = _chosen(session, case, message_ids)
    new = _begun(session, case, chosen, member_id, now)
    session.execute(update(CaseMessage).where(CaseMessage.id.in_([row.id for row in chosen])).values(case_id=new.id))
    upshot = upshot_of(saving.entries_of(session, case.id), case.closed_at)
    assert upshot is not None
    if upshot.oldest_unanswered_at is not None and case.oldest_unanswered_at not in (None, upshot.oldest_unanswered_at):
        raise KeepsItsPromise("While another message waits, the oldest that does stays in this request.")
    if upshot.oldest_unanswered_at is None and _waits_with_first_promise(session, case):
        raise KeepsItsPromise("What waits for the first promise of this request stays in it.")
    _promise(session, case, new, upshot, cell=(impact, urgency), member_id=member_id, now=now)
    _go_on(session, case, upshot, first, now)
    erase_too(session, case, new)
    store.changed(session, case, "case.split", now, member_id, into=new.id, reference=new.reference)
    facts = {"from": case.id, "reference": case.reference}
    record(session, at=now, kind="case.split_off", subject=f"case:{new.id}", actor_id=member_id, facts=facts)
    session.flush()
    return new


def _queue_up(session: Session, message_ids: Collection[int]) -> None:
    """As for messages that come in: nobody else begins a case in these conversations meanwhile."""
    mine = select(CaseMessage.channel_id, CaseMessage.thread_ref).where(CaseMessage.id.in_(message_ids)).distinct()
    queue_up(session, {(row.channel_id, row.thread_ref) for row in session.execute(mine)})


def _chosen(session: Session, case: Case, message_ids: Collection[int]) -> tuple[list[CaseMessage], CaseMessage]:
    """The messages that are split off, and the oldest one, which stays."""
    if not _is_whole(session, case):
        raise NotOfOneCustomer("Only a request of one customer, into which no other was merged, can be split.")
    asked = [row for row in saving.rows_of(session, case.id) if _is_asked(row)]
    chosen = [row for row in asked if row.id in set(message_ids)]
    if not chosen or len(chosen) < len(set(message_ids)):
        raise Conflict("Only messages of the customer in this request can be split off.")
    if asked[0] in chosen:
        raise KeepsItsPromise("The oldest message stays in this request, with its promise.")
    return chosen, asked[0]


def _begun(session: Session, case: Case, chosen: Sequence[CaseMessage], member_id: int, now: datetime) -> Case:
    """The new case, in the same conversation."""
    first = chosen[0]
    mine = (Case.channel_id == case.channel_id, Case.thread_ref == case.thread_ref)
    last = session.scalar(select(func.max(Case.episode)).where(*mine)) or 0
    upshot = upshot_of([saving.entry_of(row) for row in chosen])
    assert upshot is not None
    new = Case(
        reference=saving.references(session, 1)[0],
        channel_id=case.channel_id,
        contact_id=case.contact_id,
        thread_ref=case.thread_ref,
        episode=last + 1,
        state=CaseState.NEW,
        is_public=is_made_in_public(first.visibility),
        language=case.language,
        summary=summary_of(first.text),
        received_at=upshot.received_at,
        last_inbound_at=upshot.last_inbound_at,
        oldest_unanswered_at=upshot.oldest_unanswered_at,
        split_from_id=case.id,
        split_at=now,
        changed_at=now,
        changed_by=member_id,
        version=1,
    )
    session.add(new)
    session.flush()
    return new


def _promise(
    session: Session,
    case: Case,
    new: Case,
    left: Upshot,
    *,
    cell: tuple[Impact, Urgency],
    member_id: int,
    now: datetime,
) -> None:
    """The promise of the new case: one that goes along, or one that is fixed now."""
    impact, urgency = cell
    if _takes_promise_along(session, case, left):
        promises.go_along(session, case.id, new.id, now=now, actor_id=member_id)
        promises.correct_receipt(session, new.id, new.received_at)
        promise = promises.promise_of(session, new.id)
        if cell != (promise.current_impact, promise.current_urgency):
            promises.overrule(session, new.id, impact, urgency, now=now, actor_id=member_id)
        return
    promises.make_promise(
        session,
        case_id=new.id,
        channel_id=new.channel_id,
        received_at=now,
        impact=impact,
        urgency=urgency,
        waits_since=new.received_at,
        now=now,
    )


def _waits_with_first_promise(session: Session, case: Case) -> bool:
    """Whether the promise that was made first is still to be kept, as where its customer wrote again after withdrawing."""
    last = promises.promise_of(session, case.id)
    return last.sequence == 0 and _waits(case, last)


def _takes_promise_along(session: Session, case: Case, left: Upshot) -> bool:
    """Whether all that waits for the last promise goes, where that is one that was made after an earlier answer."""
    last = promises.promise_of(session, case.id)
    return _waits(case, last) and last.sequence > 0 and left.oldest_unanswered_at is None


def _waits(case: Case, last: Promise) -> bool:
    return case.state in UNANSWERED and last.answered_at is None and last.set_aside is SetAside.NONE


def _go_on(session: Session, case: Case, upshot: Upshot, first: CaseMessage, now: datetime) -> None:
    """Lets the case stand as if what was split off had never been in it."""
    was = Draft.of(case)
    case.summary = summary_of(first.text)
    saving.stand(session, case, Draft(state_anew(case.state, upshot), upshot, case.episode, case), was, now)

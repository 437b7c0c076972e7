"""Promises that no answer of their own is awaited for any more, by spam or because the customer needs none, and back again."""

from collections.abc import Collection, Iterable, Sequence
from datetime import datetime

from sqlalchemy import ColumnElement, and_, or_, select
from sqlalchemy.orm import Session

from portal.errors import Conflict
from portal.events.store import record
from portal.promises.counting import counted
from portal.promises.desk_work import hear_leaving, hear_return
from portal.promises.ledger import is_awaited, locked, locked_last
from portal.promises.models import Promise
from portal.promises.reckoning import watch
from portal.promises.rules import Outcome, SetAside, is_judged_afterwards, outcome

_HAS_LEFT = and_(  # broken before its customer needed no answer any more
    Promise.left_at.is_not(None),
    Promise.set_aside == SetAside.NONE,
    Promise.answered_with_id.is_(None),
    Promise.answered_at.is_(None),
)


def set_aside(session: Session, case_id: int, why: SetAside, *, now: datetime, actor_id: int | None = None) -> None:
    """Takes the case out of all counts, as spam; only the number of such cases is published.

    That no answer is needed can be said only of what a customer writes after an answer ("thanks"): said of a first message it
    would be a way to lose broken promises. Raises Conflict then.
    """
    if why is SetAside.NO_ANSWER_NEEDED:
        found: Sequence[Promise] = [locked_last(session, case_id)]
        if found[0].sequence == 0:
            raise Conflict("A first message needs an answer; it can be set aside only as spam or as withdrawn.")
    else:
        found = locked(session, select(Promise).where(Promise.case_id == case_id))
    _put_aside(session, found, why, now, known_at=now)
    record(session, at=now, kind="promise.set_aside", subject=f"case:{case_id}", actor_id=actor_id, facts={"why": why.value})


def withdraw(
    session: Session,
    case_ids: Collection[int],
    *,
    now: datetime,
    known_at: datetime | None = None,
    actor_id: int | None = None,
) -> None:
    """The customer of these cases needs no answer any more. Whoever waits at a desk for it, waits no longer.

    What is still promised is out of all counts, and only its number is published. What was answered stays answered, and what
    was broken stays broken: nobody loses a broken promise by asking its customer to withdraw. `known_at` is when it came in
    that the customer withdrew, where that was before now.
    """
    at = known_at or now
    mine = (Promise.case_id.in_(case_ids), Promise.answered_at.is_(None), Promise.set_aside == SetAside.NONE)
    for promise in locked(session, select(Promise).where(*mine).order_by(Promise.id)):
        if not _was_broken(promise, at):
            _put_aside(session, [promise], SetAside.WITHDRAWN, now, known_at=at)
            facts = {"why": SetAside.WITHDRAWN.value}
            record(session, at=now, kind="promise.set_aside", subject=f"case:{promise.case_id}", actor_id=actor_id, facts=facts)
        elif promise.left_at is None:
            promise.left_at = now
            hear_leaving(session, promise, now)
    session.flush()


def need_no_answer(session: Session, case_id: int, *, after: datetime, now: datetime) -> None:
    """What came in after the last answer turns out to be no more than thanks: it is no promise to be broken.

    That goes for what became part of the case too. What was broken by now stays broken.
    """
    mine = (
        or_(Promise.case_id == case_id, Promise.answered_with_id == case_id),
        Promise.answered_at.is_(None),
        Promise.set_aside == SetAside.NONE,
        Promise.received_at > after,
    )
    found = [each for each in locked(session, select(Promise).where(*mine).order_by(Promise.id)) if not _was_broken(each, now)]
    if found:
        _put_aside(session, found, SetAside.NO_ANSWER_NEEDED, now, known_at=now)
        facts = {"why": SetAside.NO_ANSWER_NEEDED.value}
        record(session, at=now, kind="promise.set_aside", subject=f"case:{case_id}", facts=facts)


def take_back_withdrawal(session: Session, case_id: int, *, now: datetime) -> None:
    """The case is open again whose customer needed no answer any more: its first promise still decides, and waits again.

    A new one in its place would be a way to lose a promise that is about to break. It is withdrawn, or was broken by the time
    at which the customer said so. What was withdrawn in cases that were merged into this one counts again too. Spam, and what
    needed no answer after an answer, stays aside.
    """
    mine = and_(Promise.case_id == case_id, or_(Promise.set_aside == SetAside.WITHDRAWN, _HAS_LEFT))
    _take_back(session, case_id, or_(mine, _withdrawn_with(case_id)), now, None)


def take_back_set_aside(session: Session, case_id: int, *, now: datetime, actor_id: int | None = None) -> None:
    """All that no answer was awaited for counts and waits again: spam and what needed no answer too.

    What its customer withdrew, before or after its promise broke, does so as `take_back_withdrawal` says.
    """
    mine = and_(Promise.case_id == case_id, or_(Promise.set_aside != SetAside.NONE, _HAS_LEFT))
    _take_back(session, case_id, or_(mine, _withdrawn_with(case_id)), now, actor_id)


def _withdrawn_with(case_id: int) -> ColumnElement[bool]:
    return and_(Promise.answered_with_id == case_id, Promise.set_aside == SetAside.WITHDRAWN)


def _take_back(session: Session, case_id: int, which: ColumnElement[bool], now: datetime, actor_id: int | None) -> None:
    found = locked(session, select(Promise).where(which).order_by(Promise.id))
    for promise in found:
        has_left = is_awaited(promise)
        _put_aside(session, [promise], SetAside.NONE, now, known_at=None)
        if has_left:
            hear_return(session, promise, now)
    if found:
        record(session, at=now, kind="promise.taken_back", subject=f"case:{case_id}", actor_id=actor_id)


def _was_broken(promise: Promise, at: datetime) -> bool:
    """Whether a time that the customer was told had passed by then without an answer; of imported history nobody was told."""
    was_told = not is_judged_afterwards(promise.promised_at, promise.made_at)
    return was_told and outcome(promise.promised_at, promise.answered_at, at) is Outcome.BROKEN


def _put_aside(session: Session, promises: Iterable[Promise], why: SetAside, now: datetime, *, known_at: datetime | None) -> None:
    for promise in promises:
        was_awaited = is_awaited(promise)
        with counted(session, promise):
            promise.set_aside = why
            promise.set_aside_at = None if why is SetAside.NONE else promise.set_aside_at or known_at
        watch(promise)
        if promise.answered_with_id is None:
            promise.left_at = None if why is SetAside.NONE else promise.left_at or now
        if promise.answered_at is None and was_awaited != is_awaited(promise):
            (hear_leaving if was_awaited else hear_return)(session, promise, now)
    session.flush()

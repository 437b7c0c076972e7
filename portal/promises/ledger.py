"""Promises as they stand, and what is said of them later without changing any count: another class, a merger."""

from collections.abc import Iterable, Sequence
from datetime import datetime

from sqlalchemy import Select, or_, select
from sqlalchemy.orm import Session

from portal.errors import NotFound
from portal.events.store import record
from portal.promises.counting import counted
from portal.promises.desk_work import hear_leaving, hear_move
from portal.promises.models import Promise, PromiseRevision
from portal.promises.priorities import matrix_of
from portal.promises.rules import Impact, SetAside, Urgency


def promise_of(session: Session, case_id: int) -> Promise:
    """The last promise made for this case. Raises NotFound. One query."""
    found = session.scalar(select(Promise).where(Promise.case_id == case_id).order_by(Promise.sequence.desc()).limit(1))
    if found is None:
        raise NotFound(f"Nothing was promised for case {case_id}.")
    return found


def promises_of(session: Session, case_ids: Iterable[int]) -> dict[int, list[Promise]]:
    """All promises of these cases, by case, the first one first. One query."""
    wanted = list(case_ids)
    found: dict[int, list[Promise]] = {}
    query = select(Promise).where(Promise.case_id.in_(wanted)).order_by(Promise.case_id, Promise.sequence)
    for promise in session.scalars(query):
        found.setdefault(promise.case_id, []).append(promise)
    return found


def revisions_of(session: Session, case_id: int) -> Sequence[PromiseRevision]:
    """What the customer of this case was told later, oldest first. One query."""
    query = select(PromiseRevision).join(Promise, Promise.id == PromiseRevision.promise_id).where(Promise.case_id == case_id)
    return session.scalars(query.order_by(PromiseRevision.made_at, PromiseRevision.id)).all()


def revisions_until(session: Session, revision_id: int) -> Sequence[PromiseRevision]:
    """All that was told of the promise of this revision, oldest first, the revision itself last; empty without it. One query."""
    promise_id = select(PromiseRevision.promise_id).where(PromiseRevision.id == revision_id).scalar_subquery()
    query = select(PromiseRevision).where(PromiseRevision.promise_id == promise_id, PromiseRevision.id <= revision_id)
    return session.scalars(query.order_by(PromiseRevision.id)).all()


def promises_revised(session: Session, revision_ids: Iterable[int]) -> dict[int, Promise]:
    """Of which promise each of these revisions tells another time, by revision; the promises as they are now. One query."""
    told = select(PromiseRevision.id, Promise).join(Promise, Promise.id == PromiseRevision.promise_id)
    found = session.execute(told.where(PromiseRevision.id.in_(list(revision_ids))), execution_options={"populate_existing": True})
    return {row.id: row.Promise for row in found}


def is_awaited(promise: Promise) -> bool:
    """Whether an answer of its own is what this promise is about: neither set aside nor answered with another case."""
    return promise.set_aside is SetAside.NONE and promise.answered_with_id is None


def locked(session: Session, query: Select[Promise]) -> Sequence[Promise]:
    """The promises as they are now, kept from other writers until the end of the transaction."""
    return session.scalars(query.with_for_update(), execution_options={"populate_existing": True}).all()


def locked_last(session: Session, case_id: int) -> Promise:
    """The last promise of the case, as `locked`. Raises NotFound."""
    found = locked(session, select(Promise).where(Promise.case_id == case_id).order_by(Promise.sequence))
    if not found:
        raise NotFound(f"Nothing was promised for case {case_id}.")
    return found[-1]


def overrule(session: Session, case_id: int, impact: Impact, urgency: Urgency, *, now: datetime, actor_id: int | None) -> Promise:
    """Staff judge impact and urgency otherwise than was proposed. The class changes, the promised time does not."""
    promise = locked_last(session, case_id)
    before = promise.current_class_code
    promise.overruled_impact, promise.overruled_urgency = impact, urgency
    promise.overruled_class_code = matrix_of(session).class_of(impact, urgency).code
    if promise.answered_at is None and is_awaited(promise):
        hear_move(session, promise, now)
    facts = {"from": before, "to": promise.overruled_class_code, "impact": impact.value, "urgency": urgency.value}
    record(session, at=now, kind="promise.overruled", subject=f"case:{case_id}", actor_id=actor_id, facts=facts)
    return promise


def merge(session: Session, case_id: int, into_case_id: int, *, now: datetime, actor_id: int | None = None) -> None:
    """From now on the promises of a case are answered with another case. Both receipts and both promises stay as they are."""
    mine = or_(Promise.case_id == case_id, Promise.answered_with_id == case_id)
    for promise in locked(session, select(Promise).where(mine).order_by(Promise.id)):
        if is_awaited(promise) and promise.answered_at is None:
            hear_leaving(session, promise, now)
        promise.left_at = promise.left_at or now
        promise.answered_with_id = into_case_id
    facts = {"into": into_case_id}
    record(session, at=now, kind="promise.merged", subject=f"case:{case_id}", actor_id=actor_id, facts=facts)


def go_along(session: Session, case_id: int, into_case_id: int, *, now: datetime, actor_id: int | None = None) -> None:
    """What waits for the last promise of a case has become a case of its own: the promise is its first one, as it was told."""
    promise = locked_last(session, case_id)
    with counted(session, promise):
        promise.case_id, promise.sequence = into_case_id, 0
    session.flush()
    facts = {"from": case_id}
    record(session, at=now, kind="promise.taken_along", subject=f"case:{into_case_id}", actor_id=actor_id, facts=facts)

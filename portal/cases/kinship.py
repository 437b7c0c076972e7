"""Cases that were one before a split, or became one: what their customer reads of that, may open, and needs no answer to."""

from collections.abc import Iterable, Sequence

from sqlalchemy import or_, select, update
from sqlalchemy.orm import Session, aliased

from portal.cases.journey import Step, StepKind
from portal.cases.models import Case
from portal.cases.rules import CaseState
from portal.cases.tracking_models import Claim
from portal.promises.models import Promise
from portal.promises.rules import SetAside

_MOST_GENERATIONS = 10


def parts_of(session: Session, case_id: int) -> Sequence[Case]:
    """The cases that were split off from this one and belong to the same customer, the earliest first. One query."""
    whole = aliased(Case)
    mine = select(Case).join(whole, whole.id == Case.split_from_id)
    mine = mine.where(Case.split_from_id == case_id, Case.contact_id.is_not_distinct_from(whole.contact_id))
    return session.scalars(mine.order_by(Case.split_at, Case.id)).all()


def split_steps(case: Case, parts: Iterable[Case]) -> list[Step]:
    """When a part became a question of its own, and when this one did; for everybody, so without any reference."""
    steps = [Step(each.split_at, StepKind.SPLIT) for each in parts if each.split_at]
    return steps + ([Step(case.split_at, StepKind.SPLIT_OFF)] if case.split_at else [])


def own_split_steps(session: Session, case: Case) -> list[Step]:
    """The same for their customer, with the reference of the other question where it is one that they may open.

    Two queries at most.
    """
    steps = [
        Step(each.split_at, StepKind.SPLIT, reference=each.reference if _is_opened_too(each) else "")
        for each in parts_of(session, case.id)
        if each.split_at
    ]
    if case.split_at is not None:
        whole = session.get(Case, case.split_from_id) if case.split_from_id else None
        is_mine = whole is not None and whole.contact_id == case.contact_id and whole.state is not CaseState.MERGED
        steps.append(Step(case.split_at, StepKind.SPLIT_OFF, reference=whole.reference if whole and is_mine else ""))
    return steps


def _is_opened_too(part: Case) -> bool:
    return part.state is not CaseState.MERGED and part.contact_id is not None


def cases_of(session: Session, case_ids: Iterable[int]) -> Sequence[Case]:
    """The cases whose proof was shown, and what was split off from them, the latest first. Three queries as a rule."""
    opened = _with_parts(session, case_ids)
    return session.scalars(select(Case).where(Case.id.in_(opened)).order_by(Case.received_at.desc())).all()


def _with_parts(session: Session, case_ids: Iterable[int]) -> set[int]:
    """These cases and all that were split off from them, for the same customer. One query, and one more for each generation."""
    found = latest = set(case_ids)
    for _generation in range(_MOST_GENERATIONS):
        if not latest:
            break
        whole = aliased(Case)
        parts = select(Case.id).join(whole, whole.id == Case.split_from_id)
        parts = parts.where(whole.id.in_(latest), Case.contact_id == whole.contact_id, Case.state != CaseState.MERGED)
        latest = set(session.scalars(parts)) - found
        found = found | latest
    return found


def opened_with(session: Session, case: Case) -> set[int]:
    """The cases whose proof opens this one too: itself, and those that it was a part of."""
    found, before = {case.id}, case.split_from_id
    while before is not None and before not in found:
        found.add(before)
        before = session.scalar(select(Case.split_from_id).where(Case.id == before))
    return found


def with_merged(session: Session, case: Case) -> list[int]:
    """The case, and those that became part of it and are known to be of the same customer. One query."""
    same = (Case.contact_id == case.contact_id, Case.contact_id.is_not(None))
    return [case.id, *session.scalars(select(Case.id).where(Case.merged_into_id == case.id, *same).order_by(Case.id))]


def strangers_in(session: Session, case: Case) -> Sequence[Case]:
    """The cases that became part of this one and are not known to be of the same customer. One query."""
    others = or_(Case.contact_id.is_(None), Case.contact_id.is_distinct_from(case.contact_id))
    return session.scalars(select(Case).where(Case.merged_into_id == case.id, others).order_by(Case.id)).all()


def is_awaited_by_another(session: Session, case: Case) -> bool:
    """Whether another customer, whose question became part of this one, is still owed an answer. Two queries."""
    theirs = [each.id for each in strangers_in(session, case)]
    owed = (Promise.answered_at.is_(None), Promise.set_aside == SetAside.NONE)
    return bool(theirs) and session.scalar(select(Promise.id).where(Promise.case_id.in_(theirs), *owed).limit(1)) is not None


def claimed_wholes(session: Session, case: Case) -> Sequence[Case]:
    """The cases that this one was a part of and of which a claim opens this one too. No query where it is no part."""
    before = opened_with(session, case) - {case.id}
    if not before:
        return []
    claimed = select(Claim.case_id).where(Claim.case_id.in_(before), Claim.revoked_at.is_(None))
    wholes = session.scalars(select(Case).where(Case.id.in_(claimed)).order_by(Case.id)).all()
    return [whole for whole in wholes if case.id in _with_parts(session, [whole.id])]


def end(session: Session, cases: Sequence[Case]) -> set[int]:
    """These cases are a part of no other any more, and no other of them, for good; returns those whose proof opened them.

    That they were split stays known.
    """
    proved = set().union(*(opened_with(session, case) for case in cases))
    ids = [case.id for case in cases]
    session.execute(update(Case).where(or_(Case.id.in_(ids), Case.split_from_id.in_(ids))).values(split_from_id=None))
    return proved

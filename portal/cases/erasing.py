"""A wish to have a case erased goes along with what the customer wrote, when cases are split and merged."""

from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.cases.models import Case
from portal.cases.tracking_models import ErasureRequest
from portal.events.store import record


def erase_too(session: Session, case: Case, part: Case) -> None:
    """A wish to have the whole erased that is not settled yet is about what was split off too."""
    wish = _of(session, case)
    if wish is not None and wish.settled_at is None:
        session.add(ErasureRequest(case_id=part.id, asked_at=wish.asked_at))
        record(session, at=wish.asked_at, kind="erasure.asked", subject=f"case:{part.id}")


def go_along(session: Session, gone: Case, kept: Case) -> None:
    """A wish that is not settled yet is about the case that this one became part of; of two the first time counts."""
    wish, other = _of(session, gone), _of(session, kept)
    if wish is None or wish.settled_at is not None:
        return
    if other is None:
        wish.case_id = kept.id
    else:
        is_open = other.settled_at is None
        other.asked_at = min(wish.asked_at, other.asked_at) if is_open else wish.asked_at
        other.settled_at = other.settled_by = None
        session.delete(wish)
        if is_open:
            return
    record(session, at=wish.asked_at, kind="erasure.asked", subject=f"case:{kept.id}")


def _of(session: Session, case: Case) -> ErasureRequest | None:
    return session.scalar(select(ErasureRequest).where(ErasureRequest.case_id == case.id).with_for_update())

"""Whose words a case holds: what one customer may read of it, and staff make two of it, hangs on that."""

from sqlalchemy import and_, or_, select
from sqlalchemy.orm import Session

from portal.cases.models import Case, CaseMessage, Identity
from portal.cases.rules import WRITTEN_HERE, AuthorKind, Direction


def is_of_one_customer(session: Session, case: Case) -> bool:
    """Whether it is known who sent the case, and nobody else wrote in it, here or before a merge. Two queries.

    What a program answered for somebody else counts as theirs. What is written on the page of a case names nobody: that was its
    customer, or the one of a case that became part of it.
    """
    if case.contact_id is None:
        return False
    names_nobody = and_(
        Identity.id.is_(None),
        CaseMessage.author_kind == AuthorKind.CUSTOMER,
        CaseMessage.message_id.not_like(f"{WRITTEN_HERE}%"),
    )
    strangers = (
        select(CaseMessage.id)
        .outerjoin(Identity, Identity.id == CaseMessage.identity_id)
        .where(
            CaseMessage.case_id == case.id,
            CaseMessage.direction == Direction.INBOUND,
            or_(Identity.contact_id != case.contact_id, names_nobody),
        )
    )
    merged = select(Case.id).where(Case.merged_into_id == case.id, Case.contact_id.is_distinct_from(case.contact_id))
    return session.scalar(strangers.limit(1)) is None and session.scalar(merged.limit(1)) is None


def is_merged(session: Session, case: Case) -> bool:
    """Whether another case became part of it. One query."""
    return session.scalar(select(Case.id).where(Case.merged_into_id == case.id).limit(1)) is not None

"""A customer says that an automatic message, taken for a full answer, was none."""

from datetime import datetime

from sqlalchemy.orm import Session

from portal.cases import saving
from portal.cases.conversation import Weight
from portal.cases.models import Case, CaseMessage
from portal.cases.rules import REOPEN_WITHIN, AuthorKind
from portal.promises import store as promises


def is_contestable(answer: CaseMessage, now: datetime) -> bool:
    """What a person wrote is an answer, whether or not it helped; what came by itself is one only until the customer objects.

    For as long as a case is reopened at all: what is said later changes no figures that have been published long before.
    """
    is_recent = now <= answer.created_at + REOPEN_WITHIN
    return answer.counts_as_answer and answer.author_kind is AuthorKind.AUTOMATIC and is_recent


def contest(session: Session, answer: CaseMessage, now: datetime) -> None:
    """The message counts as no answer from now on, and what it answered waits again, since its own receipt.

    What a person has answered since then counts in its place.
    """
    case = session.get_one(Case, answer.case_id, with_for_update=True, populate_existing=True)
    answer.counts_as_answer = False
    session.flush()
    promises.take_back_answer(session, case.id, answered_at=answer.created_at, now=now)
    for row in saving.rows_of(session, case.id):
        if saving.entry_of(row).weight is Weight.ANSWERS and row.created_at >= answer.created_at:
            promises.record_answer(session, case.id, row.created_at, now, known_at=row.received_at)
    saving.restand(session, case, now)
    saving.touch(case, now)

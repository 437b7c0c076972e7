"""A customer says that an automatic message, taken for a full answer, was none."""

from datetime import datetime

from sqlalchemy.orm import Session

from portal.cases import saving
from portal.cases.conversation import Weight, in_time
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
    rows = saving.rows_of(session, case.id)
    entries = in_time([saving.entry_of(row) for row in rows])
    given = {entry.arrival: entry.at for entry in entries if entry.weight is Weight.ANSWERS}
    answered_at = given.get(answer.id, answer.created_at)
    answer.counts_as_answer = False
    session.flush()
    promises.take_back_answer(session, case.id, answered_at=answered_at, now=now)
    for row in rows:
        if row.id in given and row.id != answer.id and given[row.id] >= answered_at:
            promises.record_answer(session, case.id, given[row.id], now, known_at=row.received_at)
    saving.restand(session, case, now)
    saving.touch(case, now)

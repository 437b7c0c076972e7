"""Decisions of staff that touch more than the case itself: its promise, another case, the person behind it."""

from datetime import datetime

from sqlalchemy.orm import Session

from portal.cases import claims_store, contacts, erasing, kinship, noticing, saving, store
from portal.cases.customers import is_of_one_customer
from portal.cases.models import Case
from portal.cases.noticing import Choice
from portal.cases.rules import UNANSWERED, CaseState
from portal.errors import Conflict
from portal.promises import store as promises
from portal.promises.rules import Impact, Urgency


def prioritise(
    session: Session,
    case_id: int,
    impact: Impact,
    urgency: Urgency,
    *,
    why: str,
    member_id: int,
    now: datetime,
    version: int | None,
) -> None:
    """Staff judge impact and urgency otherwise than was proposed; why stands as a note in the case.

    Raises Conflict when the case was changed since `version`.
    """
    case = store.locked(session, case_id, version)
    promise = promises.overrule(session, case_id, impact, urgency, now=now, actor_id=member_id)
    store.add_note(session, case_id, text=f"{promise.current_class_code}: {why}", member_id=member_id, now=now)
    saving.touch(case, now, member_id)
    session.flush()


class NothingNew(Conflict):
    """No time can be estimated for a customer who heard twice already that there is none."""


def revise(session: Session, case_id: int, choice: Choice, *, now: datetime, version: int | None) -> None:
    """The customer is told a new time with its reason: the chosen one, which may be sooner too, or the estimate.

    Raises Invalid for a time that has passed, ToldAlready for the one that they expect already, Conflict when the case was
    changed since `version` or nobody waits in it for an answer, ToldTwice when the customer was told of a later time twice, and
    NothingNew when they were told twice that there is none and there still is none.
    """
    case = store.locked(session, case_id, version, not_in=frozenset(CaseState) - UNANSWERED)
    if choice.until is None:
        if not noticing.tell_chosen(session, [case_id], choice, now):
            if promises.only_an_answer_helps(session, case_id):
                raise promises.ToldTwice("The customer was told of a later time twice; a third one would not be believed.")
            raise NothingNew("There is nothing new to tell to the customer of this question.")
        return
    promises.revise(
        session,
        case_id,
        choice.until,
        choice.reason,
        sentence_nl=choice.sentence_nl,
        sentence_en=choice.sentence_en,
        now=now,
        actor_id=choice.member_id,
    )
    saving.touch(case, now, choice.member_id)
    session.flush()


def keep_ready(session: Session, case_id: int, choice: Choice, *, now: datetime, version: int | None) -> None:
    """The customer is told so half an hour before the promised time, if there is no answer by then. Raises Conflict as above."""
    store.locked(session, case_id, version)
    if not noticing.keep_ready(session, [case_id], choice, now):
        raise Conflict("The customer of this question waits no longer, or was told of a later time already.")


def merge(session: Session, case_id: int, into: Case, *, member_id: int, now: datetime, version: int | None) -> Case:
    """Makes one case of two. Claims move along within one customer; else each would read the other, so all end.

    Then what was split off from the two, or what they were split off from, is no longer kin to them either.
    """
    kept = store.merge(session, case_id, into_id=into.id, member_id=member_id, now=now, version=version)
    gone = store.the_case(session, case_id)
    erasing.go_along(session, gone, kept)
    if is_of_one_customer(session, kept):
        claims_store.move(session, gone.id, kept.id)
    else:
        claims_store.revoke_all(session, sorted(kinship.end(session, [gone, kept])), now=now, actor_id=member_id)
    return kept


def say_same_person(session: Session, case_id: int, other: Case, *, member_id: int, now: datetime) -> None:
    """The senders of two cases were proved to be one person. Raises Conflict where a sender is not known, or is one already."""
    case = store.the_case(session, case_id)
    if case.contact_id is None or other.contact_id is None:
        raise Conflict("Of one of these questions nobody knows who sent it.")
    contacts.merge_contacts(session, case.contact_id, into_id=other.contact_id, now=now, actor_id=member_id)

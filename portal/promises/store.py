"""The ledger of promises. A promise is never edited: it is answered, set aside, or followed by a revision with a reason."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import Select, or_, select
from sqlalchemy.orm import Session

from portal.errors import Conflict, Invalid, NotFound
from portal.events.store import record
from portal.hours.opening_time import OpeningTimes, promise_by
from portal.hours.store import opening_times_of, schedule_in_force
from portal.promises.counting import count_new, counted, recompute, remembered, remembering
from portal.promises.models import Promise, PromiseRevision
from portal.promises.priorities import matrix_of, propose
from portal.promises.proposal import Proposal
from portal.promises.published import figures_of, figures_of_all, groups_of, zone_of
from portal.promises.rules import (
    ROUND_TO,
    Impact,
    PriorityClass,
    RevisionReason,
    SetAside,
    Urgency,
    is_judged_afterwards,
)

__all__ = [
    "Preview",
    "correct_receipt",
    "figures_of",
    "figures_of_all",
    "groups_of",
    "make_promise",
    "merge",
    "overrule",
    "preview",
    "promise_again",
    "promise_of",
    "promises_of",
    "propose",
    "recompute",
    "record_answer",
    "remembering",
    "revise",
    "revisions_of",
    "set_aside",
    "take_back_answer",
    "take_back_set_aside",
    "zone_of",
]

_LONGEST_SENTENCE = 300


def make_promise(
    session: Session,
    *,
    case_id: int,
    channel_id: int,
    received_at: datetime,
    impact: Impact = Impact.NORMAL,
    urgency: Urgency = Urgency.NORMAL,
    rule_id: int | None = None,
    now: datetime,
) -> Promise:
    """The promise of a first answer: the lead time of the class added in opening time, rounded up to the local half hour.

    Called again for the same case it returns the promise that is there. `promised_at` is None where the calendar never opens.
    """
    there = session.scalar(select(Promise).where(Promise.case_id == case_id, Promise.sequence == 0))
    if there is not None:
        return there
    asked = Promise(
        case_id=case_id,
        sequence=0,
        channel_id=channel_id,
        received_at=received_at,
        impact=impact,
        urgency=urgency,
        rule_id=rule_id,
    )
    return _promised(session, asked, now)


def promise_again(session: Session, case_id: int, received_at: datetime, now: datetime) -> Promise:
    """The promise of an answer to a customer who writes again after an answer; it runs from the new message.

    While an answer is still awaited nothing changes: the clock stays at the first message. Raises NotFound without a first.
    """
    last = promise_of(session, case_id)
    if last.answered_at is None and last.set_aside is SetAside.NONE:
        return last
    asked = Promise(
        case_id=case_id,
        sequence=last.sequence + 1,
        channel_id=last.channel_id,
        received_at=received_at,
        impact=last.current_impact,
        urgency=last.current_urgency,
        rule_id=last.rule_id,
    )
    return _promised(session, asked, now)


def _promised(session: Session, asked: Promise, now: datetime) -> Promise:
    """The promise with its time and its basis, saved and counted."""
    matrix = remembered(session, "matrix", lambda: matrix_of(session))
    of_class = matrix.class_of(asked.impact, asked.urgency)
    asked.class_code, asked.lead_minutes = of_class.code, of_class.lead_minutes
    _date(session, asked)
    _reckon(session, asked)
    asked.made_at = now
    asked.set_aside = SetAside.NONE
    session.add(asked)
    session.flush()
    count_new(session, asked)
    return asked


@dataclass(frozen=True)
class Preview:
    """What would be proposed and promised for a message that came in now."""

    proposal: Proposal
    of_class: PriorityClass
    promised_at: datetime | None


def preview(session: Session, channel_id: int, contact_id: int | None, text: str, now: datetime) -> Preview:
    """The proposal and promise that a request with this text would get now. Saves nothing."""
    proposal = propose(session, channel_id, contact_id, text)
    of_class = matrix_of(session).class_of(proposal.impact, proposal.urgency)
    return Preview(proposal, of_class, promise_by(_opening(session, channel_id), now, of_class.lead, ROUND_TO))


def _date(session: Session, promise: Promise) -> None:
    local = promise.received_at.astimezone(remembered(session, "zone", lambda: zone_of(session)))
    promise.received_on, promise.received_hour = local.date(), local.hour


def _reckon(session: Session, promise: Promise) -> None:
    schedule = schedule_in_force(session, promise.channel_id, promise.received_at)
    lead = timedelta(minutes=promise.lead_minutes)
    promise.schedule_id = schedule.id if schedule else None
    promise.promised_at = promise_by(_opening(session, promise.channel_id), promise.received_at, lead, ROUND_TO)


def correct_receipt(session: Session, case_id: int, received_at: datetime) -> None:
    """An earlier message of the case has turned up: the wait is measured from there.

    What the customer was told stays; a time that was worked out when it had passed already, as for imported history, is
    worked out again. A later receipt than the known one changes nothing.
    """
    promise = _locked(session, select(Promise).where(Promise.case_id == case_id, Promise.sequence == 0))[0]
    if received_at >= promise.received_at:
        return
    with counted(session, promise):
        promise.received_at = received_at
        _date(session, promise)
        if is_judged_afterwards(promise.promised_at, promise.made_at):
            _reckon(session, promise)
        if promise.answered_at is not None:
            opening = _opening(session, promise.channel_id)
            promise.wait_seconds = _wait_seconds(opening, received_at, promise.answered_at)
    session.flush()


def record_answer(session: Session, case_id: int, answered_at: datetime, now: datetime) -> None:
    """The case got an answer by a person, or one that counts as such; the earliest one counts, in whatever order they come.

    Promises of cases merged into this one are answered with it. Recording an answer twice changes nothing. An instant
    in the future, by a skewed clock, counts as now; one before the request as no wait.
    """
    mine = or_(Promise.case_id == case_id, Promise.answered_with_id == case_id)
    for promise in _locked(session, select(Promise).where(mine).order_by(Promise.id)):
        at = min(answered_at, max(now, promise.received_at))
        if promise.answered_at is not None and at >= promise.answered_at:
            continue
        if promise.sequence and at < promise.received_at:
            continue
        with counted(session, promise):
            promise.answered_at = at
            promise.wait_seconds = _wait_seconds(_opening(session, promise.channel_id), promise.received_at, at)
    session.flush()


def take_back_answer(session: Session, case_id: int, *, now: datetime, actor_id: int | None = None) -> None:
    """What was taken for an answer was none, as when a customer contests an automatic one: the last promise is open again."""
    promise = _locked_last(session, case_id)
    with counted(session, promise):
        promise.answered_at = promise.wait_seconds = None
    record(session, at=now, kind="promise.answer_contested", subject=f"case:{case_id}", actor_id=actor_id)


def set_aside(session: Session, case_id: int, why: SetAside, *, now: datetime, actor_id: int | None = None) -> None:
    """Takes the case out of all counts, as spam or withdrawn by the customer; only the number of such cases is published.

    That no answer is needed can be said only of what a customer writes after an answer ("thanks"): said of a first message
    it would be a way to lose broken promises. Raises Conflict then.
    """
    if why is SetAside.NO_ANSWER_NEEDED:
        last = _locked_last(session, case_id)
        if last.sequence == 0:
            raise Conflict("A first message needs an answer; it can be set aside only as spam or as withdrawn.")
        _put_aside(session, [last], why)
    else:
        _put_aside(session, _locked(session, select(Promise).where(Promise.case_id == case_id)), why)
    record(session, at=now, kind="promise.set_aside", subject=f"case:{case_id}", actor_id=actor_id, facts={"why": why.value})


def take_back_set_aside(session: Session, case_id: int, *, now: datetime, actor_id: int | None = None) -> None:
    """The case counts again, as if it had never been set aside."""
    _put_aside(session, _locked(session, select(Promise).where(Promise.case_id == case_id)), SetAside.NONE)
    record(session, at=now, kind="promise.taken_back", subject=f"case:{case_id}", actor_id=actor_id)


def revise(
    session: Session,
    case_id: int,
    promised_at: datetime,
    reason: RevisionReason,
    *,
    sentence_nl: str = "",
    sentence_en: str = "",
    now: datetime,
    actor_id: int | None,
) -> PromiseRevision:
    """A new time for the customer, with its reason. The promise itself is judged by its first time, for ever.

    Raises Invalid for a time that has passed, and Conflict when the answer has been given or the case was set aside.
    """
    promise = _locked_last(session, case_id)
    if promise.answered_at is not None or promise.set_aside is not SetAside.NONE:
        raise Conflict("This request no longer waits for an answer.")
    if promised_at <= now:
        raise Invalid("promised_at", promised_at.isoformat(), "a time that is still to come")
    for field, sentence in (("sentence_nl", sentence_nl), ("sentence_en", sentence_en)):
        if len(sentence) > _LONGEST_SENTENCE:
            raise Invalid(field, sentence, f"at most {_LONGEST_SENTENCE} characters")
    revision = PromiseRevision(
        promise_id=promise.id,
        made_at=now,
        promised_at=promised_at,
        reason=reason,
        sentence_nl=sentence_nl.strip(),
        sentence_en=sentence_en.strip(),
        made_by=actor_id,
    )
    session.add(revision)
    facts = {"promised_at": promised_at.isoformat(), "reason": reason.value}
    record(session, at=now, kind="promise.revised", subject=f"case:{case_id}", actor_id=actor_id, facts=facts)
    return revision


def overrule(session: Session, case_id: int, impact: Impact, urgency: Urgency, *, now: datetime, actor_id: int | None) -> Promise:
    """Staff judge impact and urgency otherwise than was proposed. The class changes, the promised time does not."""
    promise = _locked_last(session, case_id)
    before = promise.current_class_code
    promise.overruled_impact, promise.overruled_urgency = impact, urgency
    promise.overruled_class_code = matrix_of(session).class_of(impact, urgency).code
    facts = {"from": before, "to": promise.overruled_class_code, "impact": impact.value, "urgency": urgency.value}
    record(session, at=now, kind="promise.overruled", subject=f"case:{case_id}", actor_id=actor_id, facts=facts)
    return promise


def merge(session: Session, case_id: int, into_case_id: int, *, now: datetime, actor_id: int | None = None) -> None:
    """From now on the promises of a case are answered with another case. Both receipts and both promises stay as they are."""
    mine = or_(Promise.case_id == case_id, Promise.answered_with_id == case_id)
    for promise in _locked(session, select(Promise).where(mine).order_by(Promise.id)):
        promise.answered_with_id = into_case_id
    facts = {"into": into_case_id}
    record(session, at=now, kind="promise.merged", subject=f"case:{case_id}", actor_id=actor_id, facts=facts)


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


def _opening(session: Session, channel_id: int) -> OpeningTimes:
    return remembered(session, ("opening", channel_id), lambda: opening_times_of(session, channel_id))


def _wait_seconds(opening: OpeningTimes, received_at: datetime, answered_at: datetime) -> int | None:
    """Whole seconds of opening time; None on a calendar that never opens, where no wait can be measured."""
    seconds = int(opening.between(received_at, answered_at).total_seconds())
    return None if seconds == 0 and opening.next_open(received_at) is None else seconds


def _locked(session: Session, query: Select[Promise]) -> Sequence[Promise]:
    """The promises as they are now, kept from other writers until the end of the transaction."""
    return session.scalars(query.with_for_update(), execution_options={"populate_existing": True}).all()


def _locked_last(session: Session, case_id: int) -> Promise:
    found = _locked(session, select(Promise).where(Promise.case_id == case_id).order_by(Promise.sequence))
    if not found:
        raise NotFound(f"Nothing was promised for case {case_id}.")
    return found[-1]


def _put_aside(session: Session, promises: Iterable[Promise], why: SetAside) -> None:
    for promise in promises:
        with counted(session, promise):
            promise.set_aside = why
    session.flush()

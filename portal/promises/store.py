"""The ledger of promises. A promise is never edited: it is answered, set aside, or followed by a revision with a reason."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from portal.events.store import record
from portal.promises.announced import AnnouncedNow
from portal.promises.batch import Answer, Course, follow
from portal.promises.counting import count_new, counted, recompute, remembering
from portal.promises.desk_work import hear_earlier_receipt, hear_receipt, hear_return, is_overloaded
from portal.promises.desks import announced_for, estimate_again
from portal.promises.ledger import (
    go_along,
    is_awaited,
    locked,
    locked_last,
    merge,
    overrule,
    promise_of,
    promises_of,
    promises_revised,
    revisions_of,
    revisions_until,
)
from portal.promises.models import Promise
from portal.promises.priorities import matrix_of, propose
from portal.promises.proposal import Proposal
from portal.promises.published import figures_of, figures_of_all, groups_of, move_recent
from portal.promises.reckoning import answer, answer_at, day_began, draw_up, measure_promised, put_on_day, reckon, watch
from portal.promises.rules import (
    Impact,
    PriorityClass,
    Urgency,
    is_judged_afterwards,
)
from portal.promises.setting_aside import need_no_answer, set_aside, take_back_set_aside, take_back_withdrawal, withdraw
from portal.promises.telling import (
    News,
    ToldAlready,
    ToldTwice,
    due,
    forget_ready,
    keep_ready,
    new_time,
    only_an_answer_helps,
    ready_of,
    revise,
    tell,
)

__all__ = [
    "Answer",
    "Course",
    "News",
    "Preview",
    "ToldAlready",
    "ToldTwice",
    "correct_receipt",
    "due",
    "estimate_again",
    "figures_of",
    "figures_of_all",
    "follow",
    "forget_ready",
    "go_along",
    "groups_of",
    "is_overloaded",
    "keep_ready",
    "make_promise",
    "merge",
    "move_recent",
    "need_no_answer",
    "new_time",
    "only_an_answer_helps",
    "overrule",
    "preview",
    "promise_of",
    "promises_of",
    "promises_revised",
    "propose",
    "ready_of",
    "recompute",
    "record_answer",
    "record_answers",
    "remembering",
    "revise",
    "revisions_of",
    "revisions_until",
    "set_aside",
    "take_back_answer",
    "take_back_set_aside",
    "take_back_withdrawal",
    "tell",
    "withdraw",
]


def make_promise(
    session: Session,
    *,
    case_id: int,
    channel_id: int,
    received_at: datetime,
    impact: Impact = Impact.NORMAL,
    urgency: Urgency = Urgency.NORMAL,
    rule_id: int | None = None,
    waits_since: datetime | None = None,
    now: datetime,
) -> Promise:
    """The promise of a first answer: the lead time of the class added in opening time, rounded up to the local half hour.

    Called again for the same case it returns the promise that is there. `promised_at` is None where the calendar never opens.
    `waits_since` is when the customer began to wait, where that was before anything about it could be promised: the time
    counts from `received_at`, and the wait from then.
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
    draw_up(session, asked, now)
    if waits_since is not None and waits_since < received_at:
        asked.received_at = waits_since
        put_on_day(session, asked)
        measure_promised(session, asked)
    session.add(asked)
    session.flush()
    hear_receipt(session, asked)
    count_new(session, asked)
    return asked


@dataclass(frozen=True)
class Preview:
    """What would be proposed and promised for a message that came in now."""

    proposal: Proposal
    of_class: PriorityClass
    announced: AnnouncedNow

    @property
    def promised_at(self) -> datetime | None:
        return self.announced.promised_at


def preview(session: Session, channel_id: int, contact_id: int | None, text: str, now: datetime) -> Preview:
    """The proposal and promise that a request with this text would get now. Saves nothing."""
    proposal = propose(session, channel_id, contact_id, text)
    of_class = matrix_of(session).class_of(proposal.impact, proposal.urgency)
    return Preview(proposal, of_class, announced_for(session, channel_id, of_class, now))


def correct_receipt(session: Session, case_id: int, received_at: datetime) -> None:
    """An earlier message of the case has turned up: the wait is measured from there.

    What the customer was told stays, and so does the day on which it is counted, from whose midnight the wait is measured at the
    earliest: else messages with old dates would take broken promises out of the last weeks. A time that was worked out when it
    had passed already, as for imported history, is worked out again. A later receipt than the known one changes nothing.
    """
    promise = locked(session, select(Promise).where(Promise.case_id == case_id, Promise.sequence == 0))[0]
    was_told = not is_judged_afterwards(promise.promised_at, promise.made_at)
    if was_told:
        received_at = max(received_at, day_began(session, promise))
    if received_at >= promise.received_at:
        return
    with counted(session, promise):
        promise.received_at = received_at
        if not was_told:
            put_on_day(session, promise)
            reckon(session, promise, promise.received_at)
        elif promise.promised_seconds is not None:
            measure_promised(session, promise)
        if promise.answered_at is not None:
            answer(session, promise, promise.answered_at, promise.answered_at, known_at=promise.answer_known_at)
        elif is_awaited(promise):
            hear_earlier_receipt(session, promise)
    session.flush()


def record_answer(
    session: Session, case_id: int, answered_at: datetime, now: datetime, *, known_at: datetime | None = None
) -> None:
    """The case got an answer by a person, or one that counts as such; the earliest one counts, in whatever order they come.

    Promises of cases merged into this one are answered with it. Recording an answer twice changes nothing. An instant
    in the future, by a skewed clock, counts as now; one before the request as no wait. `known_at` is when we came to know of
    it, where that was before now.
    """
    mine = or_(Promise.case_id == case_id, Promise.answered_with_id == case_id)
    together = locked(session, select(Promise).where(mine).order_by(Promise.id))
    for promise in together:
        at = answer_at(promise, answered_at, now, together)
        if at is not None:
            with counted(session, promise):
                answer(session, promise, at, now, known_at=known_at or now)
    session.flush()


def record_answers(session: Session, case_ids: Collection[int], answers: Collection[datetime], now: datetime) -> None:
    """Cases become one: each of their promises is answered by the first of these answers that was given after its receipt.

    So are those of cases that were merged into them before. What was told earlier than a question came in answers it through no
    merger. Answers that were recorded already change nothing.
    """
    mine = or_(Promise.case_id.in_(case_ids), Promise.answered_with_id.in_(case_ids))
    together = locked(session, select(Promise).where(mine).order_by(Promise.id))
    for promise in together:
        first = min((at for at in answers if at >= promise.received_at), default=None)
        counts_at = first and answer_at(promise, first, now, together)
        if counts_at is not None:
            with counted(session, promise):
                answer(session, promise, counts_at, now, known_at=now)
    session.flush()


def take_back_answer(
    session: Session, case_id: int, *, answered_at: datetime | None = None, now: datetime, actor_id: int | None = None
) -> None:
    """What was taken for an answer was none, as when a customer contests an automatic one: its promise is open again.

    That is the one answered at this instant, if there is one, and those of cases merged into this one that were answered with
    it; without an instant the last one.
    """
    last = locked_last(session, case_id)
    mine = or_(Promise.case_id == case_id, Promise.answered_with_id == case_id)
    query = select(Promise).where(mine, Promise.answered_at == answered_at).order_by(Promise.id)
    for promise in [last] if answered_at is None else locked(session, query):
        is_news = promise.answered_at is not None and is_awaited(promise)
        with counted(session, promise):
            promise.answered_at = promise.answer_known_at = promise.wait_seconds = None
        watch(promise)
        if is_news:
            promise.left_at = None
            hear_return(session, promise, now)
    record(session, at=now, kind="promise.answer_contested", subject=f"case:{case_id}", actor_id=actor_id)

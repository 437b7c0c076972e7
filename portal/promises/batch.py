"""Promises of many cases at once: what the messages of a batch have come to, in few statements."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from operator import attrgetter
from typing import NamedTuple

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from portal.inserting import ids_ahead, insert_all
from portal.promises.counting import count_new, counted, remembered, remembering
from portal.promises.desk_work import hear_receipt
from portal.promises.drawn import Drawn
from portal.promises.ledger import locked
from portal.promises.models import Promise
from portal.promises.priorities import proposal_rules
from portal.promises.proposal import propose
from portal.promises.reckoning import answer, answer_at, draw_up, measure_promised, watch
from portal.promises.rules import SetAside
from portal.promises.telling import expected, forget_ready

_COLUMNS = [column.key for column in Promise.__table__.columns]
_facts = attrgetter(*_COLUMNS)


class Answer(NamedTuple):
    """When an answer was given, and when we came to know of it."""

    at: datetime
    known_at: datetime


@dataclass(frozen=True)
class Course:
    """What a case has come to since its promises were last looked at.

    `first` holds the first message of a new case. `made_at` is when that one came in and `made_again_at` when the last one
    did: what is promised counts as promised then, whenever we come to it. `answers` are those that were not known
    before, the earliest first; `asked_again_at` is when the customer wrote again after the last of them.
    """

    case_id: int
    channel_id: int
    received_at: datetime
    made_at: datetime
    made_again_at: datetime
    contact_id: int | None = None
    first: str | None = None
    answers: tuple[Answer, ...] = ()
    asked_again_at: datetime | None = None


def follow(session: Session, courses: Sequence[Course], now: datetime) -> None:
    """Makes and answers promises as `make_promise` and `record_answer` do, for all these cases together.

    Who writes again after an answer gets another promise, which runs from that message. While an answer is still awaited nothing
    changes: the clock stays at the first message. Nothing stays ready to be told of what has an answer.
    """
    with remembering(session):
        known = _known(session, [course.case_id for course in courses if course.first is None])
        waiting = [promise for mine in known.values() for promise in mine if promise.answered_at is None]
        most = sum((course.first is not None) + (course.asked_again_at is not None) for course in courses)
        ids = ids_ahead(session, Promise, most)
        new: list[Drawn] = []
        for course in courses:
            new += _follow_one(session, course, known.get(course.case_id, []), ids, now)
        insert_all(session, Promise, [dict(zip(_COLUMNS, _facts(each), strict=True)) for each in new])
        for each in new:
            count_new(session, each)
        session.flush()
        over = [promise.id for promise in waiting if promise.answered_at is not None]
        if over:
            forget_ready(session, over)


def _known(session: Session, case_ids: Sequence[int]) -> dict[int, list[Promise]]:
    """The promises of each case, those of cases merged into it included, locked against other writers."""
    if not case_ids:
        return {}
    found: dict[int, list[Promise]] = {}
    mine = or_(Promise.case_id.in_(case_ids), Promise.answered_with_id.in_(case_ids))
    for promise in locked(session, select(Promise).where(mine).order_by(Promise.id)):
        for case_id in {promise.case_id, promise.answered_with_id} - {None}:
            assert case_id
            found.setdefault(case_id, []).append(promise)
    return found


def _follow_one(session: Session, course: Course, known: Sequence[Promise], ids: Iterator[int], now: datetime) -> list[Drawn]:
    made = [] if course.first is None else [_first(session, course, next(ids))]
    together: list[Promise | Drawn] = [*known, *made]
    for at, known_at in course.answers:
        for drawn in made:
            if (counts_at := answer_at(drawn, at, now, together)) is not None:
                answer(session, drawn, counts_at, now, known_at=known_at)
        for promise in known:
            if (counts_at := answer_at(promise, at, now, together)) is not None:
                with counted(session, promise):
                    answer(session, promise, counts_at, now, known_at=known_at)
    for promise in known:
        if promise.answered_at is None and promise.notice_at is None:  # a case that was closed may be open again
            watch(promise)
    own = [promise for promise in together if promise.case_id == course.case_id]
    if course.asked_again_at is not None and own:
        last = max(own, key=lambda promise: promise.sequence)
        if last.answered_at is not None or last.set_aside is not SetAside.NONE:
            again = _again(session, last, next(ids), course)
            _say_as_told(session, again, known)
            made.append(again)
    _leave_to_another([*known, *made], known)
    return made


def _say_as_told(session: Session, again: Drawn, known: Sequence[Promise]) -> None:
    """Whose question became part of this case reads the time that they were told, and none that nobody told them."""
    along = [
        each
        for each in known
        if each.case_id != again.case_id and each.received_at <= again.received_at and each.answered_at is None
    ]
    waiting = [each for each in along if each.set_aside is SetAside.NONE]
    times = [at for at in (expected(session, waiting) if waiting else {}).values() if at is not None]
    if times:
        again.promised_at = min(times)
        measure_promised(session, again)
        watch(again)


def _leave_to_another(together: Iterable[Promise | Drawn], known: Sequence[Promise]) -> None:
    """Nobody looks at a promise of which its customer hears by another one."""
    for promise in together:
        if promise.answered_at is None and not promise.notices and _is_told_with_another(promise, known):
            promise.notice_at = None


def _is_told_with_another(promise: Promise | Drawn, known: Sequence[Promise]) -> bool:
    """Whether the customer hears of a delay by another promise for the same question, one that became part of this case with it.

    That one says a time that the customer was told; this one was made by the merger, and nobody was told.
    """
    along = [each for each in known if each.answered_with_id is not None and each.case_id != promise.case_id]
    is_by_merger = promise.sequence > 0 and any(each.left_at == promise.made_at for each in along)
    return is_by_merger and any(
        each.answered_at is None
        and each.set_aside is SetAside.NONE
        and (each.notice_at is not None or each.notices > 0)
        and each.received_at <= promise.received_at
        for each in along
    )


def _first(session: Session, course: Course, promise_id: int) -> Drawn:
    rules = remembered(session, "rules", lambda: proposal_rules(session))
    proposal = propose(rules, channel_id=course.channel_id, contact_id=course.contact_id, text=course.first or "")
    asked = Drawn(
        id=promise_id,
        case_id=course.case_id,
        sequence=0,
        channel_id=course.channel_id,
        received_at=course.received_at,
        made_at=course.made_at,
        impact=proposal.impact,
        urgency=proposal.urgency,
        rule_id=proposal.rule_id,
    )
    draw_up(session, asked, course.made_at)
    hear_receipt(session, asked)
    return asked


def _again(session: Session, last: Promise | Drawn, promise_id: int, course: Course) -> Drawn:
    assert course.asked_again_at
    asked = Drawn(
        id=promise_id,
        case_id=last.case_id,
        sequence=last.sequence + 1,
        channel_id=last.channel_id,
        received_at=course.asked_again_at,
        made_at=course.made_again_at,
        impact=last.current_impact,
        urgency=last.current_urgency,
        rule_id=last.rule_id,
    )
    draw_up(session, asked, course.made_again_at)
    hear_receipt(session, asked)
    return asked

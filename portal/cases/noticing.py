"""Tells customers before a promise breaks: by itself, and with what staff choose for one question or for many.

The work stands in the table of promises: those whose notice is due. Each portion is looked at, told and struck off in one
transaction, so that a worker that dies leaves either all of a notice or nothing, and the next one finds the same work again.
"""

import logging
from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from sqlalchemy import select, update
from sqlalchemy.exc import InterfaceError, OperationalError
from sqlalchemy.orm import Session

from portal.cases.models import Case
from portal.cases.rules import UNANSWERED, CaseState
from portal.db import Database
from portal.incidents.queries import channels_in_calamity
from portal.promises import store as promises
from portal.promises.ledger import locked
from portal.promises.models import Promise, PromiseRevision, ReadyNotice
from portal.promises.notices import MOST_NOTICES, honest_reason
from portal.promises.rules import RevisionReason, SetAside
from portal.promises.store import News
from portal.promises.surges import incidents_declared
from portal.promises.telling import check_sentences, expected, foremost, waits_for

_PORTION = 100

logger = logging.getLogger(__name__)


@dataclass(frozen=True)
class Looked:
    """How many promises a look was about, and how many of their customers were told."""

    promises: int = 0
    told: int = 0


def tell_in_time(database: Database, now: datetime) -> int:
    """Tells every customer whose notice is due at `now`, in portions; returns how many.

    Any number of workers may do so at once: what one has before it, the others leave alone. One that cannot be told is passed
    over, and does not keep the others from being told.
    """
    told = 0
    while True:
        try:
            with database.transaction() as session:
                looked = tell_some(session, now, _PORTION)
        except (OperationalError, InterfaceError):
            raise  # it is the database, and no promise
        except Exception as error:  # noqa: BLE001 - whatever it is: the others are told
            logger.warning("Not all notices that are due can go out together (%s)", type(error).__name__)
            return told + _tell_one_by_one(database, now)
        told += looked.told
        if not looked.promises:
            return told


def _tell_one_by_one(database: Database, now: datetime) -> int:
    told, seen = 0, set[int]()
    while True:
        with database.reading() as session:
            due = [each for each in promises.due(session, now, _PORTION + len(seen)) if each[0] not in seen]
        if not due:
            return told
        for promise_id, case_id in due:
            seen.add(promise_id)
            try:
                with database.transaction() as session:
                    told += _tell_these(session, [(promise_id, case_id)], now).told
            except (OperationalError, InterfaceError):
                raise
            except Exception as error:  # noqa: BLE001 - as above
                logger.error("No notice can be made of promise %s (%s)", promise_id, type(error).__name__)  # noqa: TRY400 - no one's words


def tell_some(session: Session, now: datetime, limit: int) -> Looked:
    """Looks at those whose notice is due, at most so many, and tells those who still wait. A fixed number of queries."""
    return _tell_these(session, promises.due(session, now, limit), now)


def _tell_these(session: Session, due: Sequence[tuple[int, int]], now: datetime) -> Looked:
    """Cases are locked before promises, as everywhere; so an answer comes either before this or after it."""
    states = _locked_states(session, {case_id for _promise_id, case_id in due}, passes_over=True)
    found = [promise_id for promise_id, case_id in due if case_id in states]
    waiting: list[Promise] = []
    over: list[Promise] = []
    for promise in locked(session, select(Promise).where(Promise.id.in_(found)).order_by(Promise.id)):
        state = states.get(promise.answering_id)
        if promise.notices or promise.notice_at is None or promise.notice_at > now or state is None:
            continue  # told by another worker, or merged, meanwhile
        still_waits = promise.answered_at is None and promise.set_aside is SetAside.NONE and state in UNANSWERED
        (waiting if still_waits else over).append(promise)
    for promise in over:
        promise.notice_at = None
    promises.forget_ready(session, [each.id for each in over])
    with promises.remembering(session):
        promises.tell(session, _news(session, waiting, now), now)
    return Looked(len(found), len(waiting))


def _locked_states(session: Session, case_ids: Collection[int], *, passes_over: bool) -> dict[int, CaseState]:
    """The states of these cases, kept from other writers; those that others have may be passed over instead of waited for."""
    mine = select(Case.id, Case.state).where(Case.id.in_(case_ids)).order_by(Case.id)
    return {row.id: row.state for row in session.execute(mine.with_for_update(skip_locked=passes_over))}


def _news(session: Session, waiting: Sequence[Promise], now: datetime) -> list[News]:
    """What each of them hears: what staff chose, or else the estimate and what the portal knows of the reason.

    Who was told a sooner time than promised, which cannot be kept, hears the estimate too, also where it is no later than the
    promise. That once; then the promised time stands again, so that nobody hears every half hour of another one.
    """
    ready = promises.ready_of(session, [each.id for each in waiting])
    told, corrected = expected(session, waiting), _corrected(session, waiting)
    trouble = _trouble(session, now) if waiting else _Trouble()
    found = []
    for promise in waiting:
        chosen, last_told = ready.get(promise.id), told[promise.id]
        again = promises.new_time(session, promise, now, last_told)
        if again and promise.promised_at and promise.id in corrected:
            again = max(again, promise.promised_at)
        if chosen is None:
            found.append(News(promise, again, _reason(session, promise.channel_id, trouble, now)))
        else:
            found.append(_chosen(promise, chosen, last_told, again, now))
    return found


def _corrected(session: Session, waiting: Sequence[Promise]) -> set[int]:
    """The promises of which the portal itself has told a time that was no later than promised. One query."""
    mine = PromiseRevision.promise_id.in_([each.id for each in waiting])
    by_itself = (PromiseRevision.number.is_(None), PromiseRevision.made_by.is_(None))
    return set(session.scalars(select(PromiseRevision.promise_id).where(mine, *by_itself)))


@dataclass(frozen=True)
class _Trouble:
    """The channels where something is broken, and those where staff have only said that very many write."""

    broken: frozenset[int] = frozenset()
    crowded: frozenset[int] = frozenset()


def _trouble(session: Session, now: datetime) -> _Trouble:
    """Of the open calamities: one that was declared because many write says nothing of its cause. Three queries."""
    broken = channels_in_calamity(session, but_for=incidents_declared(session, now))
    return _Trouble(broken, channels_in_calamity(session) - broken)


def _reason(session: Session, channel_id: int, trouble: _Trouble, now: datetime) -> RevisionReason:
    is_busy = channel_id in trouble.crowded or promises.is_overloaded(session, channel_id, now)
    return honest_reason(is_outage=channel_id in trouble.broken, is_busy=is_busy)


def _chosen(promise: Promise, chosen: ReadyNotice, told: datetime | None, again: datetime | None, now: datetime) -> News:
    """What staff chose; a time that would not be later than the one told last by now gives way to the estimate."""
    is_later = chosen.promised_at is not None and chosen.promised_at > max(now, told or now)
    until = chosen.promised_at if is_later else again
    return News(promise, until, chosen.reason, chosen.sentence_nl, chosen.sentence_en, chosen.chosen_by)


@dataclass(frozen=True)
class Choice:
    """What staff choose for one question or for many. Without `until` each customer hears the estimate for their own."""

    reason: RevisionReason
    until: datetime | None
    sentence_nl: str
    sentence_en: str
    member_id: int


def tell_chosen(session: Session, case_ids: Collection[int], choice: Choice, now: datetime) -> int:
    """Tells the customers of these cases at once, and returns of how many cases: who waits still, and may be told so.

    Where a case answers several promises they are told of the one that breaks first. Nobody is told of a later time for the third
    time, nor of one that they were told already. A fixed number of queries.
    """
    news = _news_chosen(session, case_ids, choice, now, most_told=MOST_NOTICES)
    with promises.remembering(session):
        promises.tell(session, news, now)
    told = [each.promise.answering_id for each in news]
    session.execute(
        update(Case).where(Case.id.in_(told)).values(version=Case.version + 1, changed_at=now, changed_by=choice.member_id)
    )
    return len(news)


def keep_ready(session: Session, case_ids: Collection[int], choice: Choice, now: datetime) -> int:
    """Keeps this ready for the customers of these cases, to go out by itself when the notice is due; returns of how many.

    Of each case for the promise that breaks first, as above. Only for a first notice: the second one a person sends. A fixed
    number of queries.
    """
    news = _news_chosen(session, case_ids, choice, now, most_told=1)
    if choice.until is None:
        news = [replace(each, promised_at=None) for each in news]
    promises.keep_ready(session, news, now)
    return len(news)


def kept_ready(session: Session, case_id: int) -> ReadyNotice | None:
    """What is kept ready for what breaks first of the promises that this case answers. One query."""
    mine = select(ReadyNotice).join(Promise, Promise.id == ReadyNotice.promise_id).where(*waits_for([case_id]))
    return session.scalar(mine.order_by(Promise.notice_at, Promise.id).limit(1))


def told_before(session: Session, case_ids: Collection[int]) -> int:
    """Of how many of these cases the customer waits still and was told already that it will be later.

    Nothing is kept ready for them: they were told of the promise that breaks first.
    """
    waiting = select(Case.id).where(Case.id.in_(case_ids), Case.state.in_(UNANSWERED))
    found = session.scalars(select(Promise).where(*waits_for(session.scalars(waiting).all()))).all()
    return sum(each.notices > 0 for each in foremost(found, expected(session, found)))


def _news_chosen(session: Session, case_ids: Collection[int], choice: Choice, now: datetime, *, most_told: int) -> list[News]:
    check_sentences(choice.sentence_nl, choice.sentence_en)
    states = _locked_states(session, case_ids, passes_over=False)
    waiting = [case_id for case_id, state in states.items() if state in UNANSWERED]
    found = locked(session, select(Promise).where(*waits_for(waiting)).order_by(Promise.id))
    told = expected(session, found)
    with promises.remembering(session):
        return [
            News(each, until, choice.reason, choice.sentence_nl, choice.sentence_en, choice.member_id)
            for each in foremost(found, told)
            for until in [choice.until or promises.new_time(session, each, now, told[each.id])]
            if _may_hear(each, until, told[each.id], most_told)
        ]


def _may_hear(promise: Promise, until: datetime | None, told: datetime | None, most_told: int) -> bool:
    """Whether this is news that may be told still; a time for who heard twice that there is none always is."""
    if promise.notices < most_told:
        return until is None or told is None or until > told
    return most_told == MOST_NOTICES and told is None and until is not None

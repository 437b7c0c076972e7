"""Tells customers of another time: by staff, or by the portal before a promise breaks. The promise itself stays as it is.

What was told is a row of `promise_revisions`; that each notice is there once, that there are two at most and that the second
one is by a person are constraints of that table.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, delete, func, or_, select
from sqlalchemy.orm import Session

from portal.errors import Conflict, Invalid
from portal.events.store import record_all
from portal.hours.opening_time import promise_by
from portal.inserting import insert_all, insert_returning_ids, put_in_session
from portal.promises.basis import opening_of
from portal.promises.counting import counted
from portal.promises.desks import estimate_again
from portal.promises.ledger import locked
from portal.promises.models import Promise, PromiseRevision, ReadyNotice
from portal.promises.notices import MOST_NOTICES, before, notice_at
from portal.promises.rules import ROUND_TO, RevisionReason, SetAside, hear_by

LONGEST_SENTENCE = 300
_LEAST_LATER = timedelta(hours=1)


class ToldAlready(Invalid):
    """The new time is the one that the customer expects already."""


class ToldTwice(Conflict):
    """The customer was told of a later time twice already; a third one would not be believed."""


@dataclass(frozen=True)
class News:
    """What the customer of a promise is to hear. Without `promised_at` they are told before when they hear more."""

    promise: Promise
    promised_at: datetime | None
    reason: RevisionReason
    sentence_nl: str = ""
    sentence_en: str = ""
    made_by: int | None = None


def revise(
    session: Session,
    case_id: int,
    promised_at: datetime | None,
    reason: RevisionReason,
    *,
    sentence_nl: str = "",
    sentence_en: str = "",
    now: datetime,
    actor_id: int | None,
) -> PromiseRevision:
    """A new time for the customer, with its reason. The promise itself is judged by its first time, for ever.

    It is the promise that breaks first of those that this case answers: its own, and those of what became part of it. Raises
    Invalid for a time that has passed, ToldAlready for the one that they expect already, Conflict when the answer has been
    given or the case was set aside, and ToldTwice when the customer was told of a later time twice already.
    """
    found = locked(session, select(Promise).where(*waits_for([case_id])).order_by(Promise.id))
    if not found:
        raise Conflict("This request no longer waits for an answer.")
    told = expected(session, found)
    promise = foremost(found, told)[0]
    if promised_at is not None and promised_at <= now:
        raise Invalid("promised_at", promised_at.isoformat(), "a time that is still to come")
    if promised_at is not None and promised_at == told[promise.id]:
        raise ToldAlready("promised_at", promised_at.isoformat(), "another time than the customer was told last")
    check_sentences(sentence_nl, sentence_en)
    return tell(session, [News(promise, promised_at, reason, sentence_nl, sentence_en, actor_id)], now)[0]


def waits_for(case_ids: Collection[int]) -> tuple[ColumnElement[bool], ...]:
    """The promises that wait for an answer in these cases: their own, and those of what became part of them."""
    mine = or_(Promise.case_id.in_(case_ids), Promise.answered_with_id.in_(case_ids))
    return mine, Promise.answered_at.is_(None), Promise.set_aside == SetAside.NONE


def foremost(found: Iterable[Promise], told: Mapping[int, datetime | None]) -> list[Promise]:
    """Of each case the promise that breaks first, of those whose customer was not told of a later time twice already."""

    def place(promise: Promise) -> tuple[bool, bool, datetime, int]:
        return (
            is_told_twice(promise, told[promise.id]),
            promise.notice_at is None,
            promise.notice_at or promise.made_at,
            promise.id,
        )

    first: dict[int, Promise] = {}
    for promise in sorted(found, key=place):
        first.setdefault(promise.answering_id, promise)
    return list(first.values())


def is_told_twice(promise: Promise, last_told: datetime | None) -> bool:
    """Whether this customer was told of a later time twice; who heard no time last may still hear one."""
    return promise.notices >= MOST_NOTICES and last_told is not None


def only_an_answer_helps(session: Session, case_id: int) -> bool:
    """Whether all who wait in this case were told of a later time twice. Two queries."""
    found = session.scalars(select(Promise).where(*waits_for([case_id]))).all()
    told = expected(session, found)
    return bool(found) and all(is_told_twice(each, told[each.id]) for each in found)


def check_sentences(sentence_nl: str, sentence_en: str) -> None:
    """Raises Invalid for a sentence of more than 300 characters."""
    for field, sentence in (("sentence_nl", sentence_nl), ("sentence_en", sentence_en)):
        if len(sentence) > LONGEST_SENTENCE:
            raise Invalid(field, sentence, f"at most {LONGEST_SENTENCE} characters")


def tell(session: Session, news: Sequence[News], now: datetime) -> list[PromiseRevision]:
    """Writes down what these customers are told at `now`, each with its event. The promises must be locked and open.

    Raises ToldTwice where a notice would be the third, and Conflict where it would be the second by nobody. A fixed number of
    statements.
    """
    last_told = expected(session, [each.promise for each in news])
    rows = [_written(session, each, last_told[each.promise.id], now) for each in news]
    ids = insert_returning_ids(session, PromiseRevision, rows)
    made = [put_in_session(session, PromiseRevision, {"id": found, **row}) for found, row in zip(ids, rows, strict=True)]
    forget_ready(session, [each.promise.id for each in news])
    record_all(session, [_event(each.promise, revision, now) for each, revision in zip(news, made, strict=True)])
    for each, revision in zip(news, made, strict=True):
        _note(session, each.promise, revision)
    session.flush()
    return made


def _written(session: Session, news: News, last_told: datetime | None, now: datetime) -> Mapping[str, Any]:
    promise = news.promise
    is_notice = not _is_as_promised(news) and not _is_sooner(news, last_told) and not _is_time_at_last(news, last_told)
    if is_notice and promise.notices >= MOST_NOTICES:
        raise ToldTwice("The customer was told of a later time twice; a third one would not be believed.")
    if is_notice and promise.notices and news.made_by is None:
        raise Conflict("The second notice of a later time comes from a person.")
    return {
        "promise_id": promise.id,
        "number": promise.notices + 1 if is_notice else None,
        "made_at": now,
        "promised_at": news.promised_at,
        "hear_by": None if news.promised_at else hear_by(now, opening_of(session, promise.channel_id).zone_at(now)),
        "reason": news.reason,
        "sentence_nl": news.sentence_nl.strip(),
        "sentence_en": news.sentence_en.strip(),
        "made_by": news.made_by,
    }


def _is_as_promised(news: News) -> bool:
    """Whether an answer by this time keeps the promise: then a notice may still be due of the promise itself."""
    promised_at = news.promise.promised_at
    return news.promised_at is not None and promised_at is not None and news.promised_at <= promised_at


def _is_sooner(news: News, last_told: datetime | None) -> bool:
    return news.promised_at is not None and last_told is not None and news.promised_at < last_told


def _is_time_at_last(news: News, last_told: datetime | None) -> bool:
    """Whether a person tells a time to who heard twice that there is none: they were told that they would hear it."""
    is_first_time = news.promised_at is not None and last_told is None
    return is_first_time and news.promise.notices >= MOST_NOTICES and news.made_by is not None


def _event(promise: Promise, revision: PromiseRevision, now: datetime) -> Mapping[str, Any]:
    facts = {
        "revision": revision.id,
        "promised_at": revision.promised_at and revision.promised_at.isoformat(),
        "hear_by": revision.hear_by and revision.hear_by.isoformat(),
        "reason": revision.reason.value,
    }
    subject = f"case:{promise.case_id}"
    return {"at": now, "kind": "promise.revised", "subject": subject, "actor_id": revision.made_by, "facts": facts}


def _note(session: Session, promise: Promise, revision: PromiseRevision) -> None:
    """On the promise: how often the customer was told, since when, and when somebody should look again."""
    is_later = promise.promised_at is not None and (not revision.promised_at or revision.promised_at > promise.promised_at)
    with counted(session, promise):
        promise.told_at = promise.told_at or (revision.made_at if is_later else None)
    promise.notices = revision.number or promise.notices
    promise.notice_at = _look_again_at(promise, revision)


def _look_again_at(promise: Promise, revision: PromiseRevision) -> datetime | None:
    """Half an hour before the time that was told; where less than that is left, when that has passed.

    Who was told a sooner time than promised hears in time that the promise breaks, whatever was told.
    """
    if revision.promised_at is None:
        return notice_at(None, revision.hear_by, revision.made_at)
    if before(revision.promised_at) > revision.made_at:
        return before(revision.promised_at)
    due = promise.promised_at and before(promise.promised_at)
    return min(revision.promised_at, due) if due and due > revision.made_at else revision.promised_at


def expected(session: Session, promises: Iterable[Promise]) -> dict[int, datetime | None]:
    """Before when each of these customers expects an answer, by promise: the time that they were told last. One query at most."""
    by_id = {each.id: each.told_first for each in promises}
    of_promise = PromiseRevision.promise_id
    newest = select(func.max(PromiseRevision.id)).where(of_promise.in_(by_id)).group_by(of_promise)
    told = session.execute(select(of_promise, PromiseRevision.promised_at).where(PromiseRevision.id.in_(newest)))
    return by_id | {row.promise_id: row.promised_at for row in told}


def new_time(session: Session, promise: Promise, now: datetime, told: datetime | None) -> datetime | None:
    """The time that a customer who waits hears when the promise cannot be kept: what the desk estimates now.

    Always later than `now` and, by an hour of opening time at least, than `told`, the time they were told last: an estimate
    that would be kept is no news. None where no time is possible.
    """
    estimate = estimate_again(session, promise, now)
    if estimate is None or told is None or estimate > told:
        return estimate
    return promise_by(opening_of(session, promise.channel_id), max(told, now), _LEAST_LATER, ROUND_TO)


def due(session: Session, now: datetime, limit: int) -> Sequence[tuple[int, int]]:
    """Those whose first notice is due, each with the case that answers it, the longest due first. By the index on these."""
    watched = select(Promise.id, Promise.answering_id).where(
        Promise.answered_at.is_(None), Promise.notice_at.is_not(None), Promise.notices == 0, Promise.notice_at <= now
    )
    return [(promise_id, case_id) for promise_id, case_id in session.execute(watched.order_by(Promise.notice_at).limit(limit))]


def ready_of(session: Session, promise_ids: Iterable[int]) -> dict[int, ReadyNotice]:
    """What staff keep ready for these promises. One query."""
    found = session.scalars(select(ReadyNotice).where(ReadyNotice.promise_id.in_(list(promise_ids))))
    return {each.promise_id: each for each in found}


def keep_ready(session: Session, news: Sequence[News], now: datetime) -> None:
    """Keeps for each promise what its customer hears when the notice is due; a later choice takes the place of an earlier one.

    Without `promised_at` the time is estimated then. The promises must be locked, and each choice be made by somebody.
    """
    forget_ready(session, [each.promise.id for each in news])
    rows = [
        {
            "promise_id": each.promise.id,
            "promised_at": each.promised_at,
            "reason": each.reason,
            "sentence_nl": each.sentence_nl.strip(),
            "sentence_en": each.sentence_en.strip(),
            "chosen_by": each.made_by,
            "chosen_at": now,
        }
        for each in news
    ]
    insert_all(session, ReadyNotice, rows)
    record_all(session, [_chosen(each, now) for each in news])


def _chosen(news: News, now: datetime) -> Mapping[str, Any]:
    facts = {"reason": news.reason.value, "promised_at": news.promised_at and news.promised_at.isoformat()}
    subject = f"case:{news.promise.case_id}"
    return {"at": now, "kind": "promise.reason_chosen", "subject": subject, "actor_id": news.made_by, "facts": facts}


def forget_ready(session: Session, promise_ids: Iterable[int]) -> None:
    """Drops what is kept ready for these promises: nothing is left to be told."""
    session.execute(delete(ReadyNotice).where(ReadyNotice.promise_id.in_(list(promise_ids))))


def forget_ready_of(session: Session, case_id: int) -> None:
    """Drops what is kept ready for the promises that this case answers: whoever opens it again chooses anew."""
    mine = select(Promise.id).where(or_(Promise.case_id == case_id, Promise.answered_with_id == case_id))
    session.execute(delete(ReadyNotice).where(ReadyNotice.promise_id.in_(mine)))

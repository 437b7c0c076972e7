"""Customers who wait and to whom no time could be told: their last word from us is before when they hear more."""

from datetime import datetime

from sqlalchemy import ColumnElement, and_, func, literal_column, or_, select, union
from sqlalchemy.orm import InstrumentedAttribute

from portal.db import UTCDateTime
from portal.promises.models import Promise, PromiseRevision


def last_told(column: InstrumentedAttribute[datetime | None]) -> ColumnElement[datetime | None]:
    """What the newest revision of a promise says in this column, for a query of promises; null without a revision."""
    newest = select(column).where(PromiseRevision.promise_id == Promise.id).order_by(PromiseRevision.id.desc()).limit(1)
    return newest.correlate(Promise).scalar_subquery()


def hears_by() -> ColumnElement[datetime | None]:
    """Before when the customer of a promise was told to hear more, by the last word without a time."""
    return func.coalesce(last_told(PromiseRevision.hear_by), Promise.hear_by, type_=UTCDateTime())


def has_no_time() -> tuple[ColumnElement[bool], ...]:
    """Whether a promise waits for an answer and its customer was told no time last.

    Until somebody tells a time, however long ago they were to hear more. By two indexes on those that wait: who was told no
    time at first, and who heard something else since and was ever told of no time: answered ones cost nothing, however many.
    """
    waits = (Promise.answered_at.is_(None), Promise.notice_at.is_not(None))
    never = select(Promise.id).where(Promise.promised_at.is_(None), *waits)
    without = select(PromiseRevision.id).where(PromiseRevision.promise_id == Promise.id, PromiseRevision.promised_at.is_(None))
    ever = without.limit(1).correlate(Promise).scalar_subquery()  # no EXISTS: some planners would read all that there are
    heard_more = select(Promise.id).where(
        Promise.notices > literal_column("0"), Promise.left_at.is_(None), *waits, ever.is_not(None)
    )
    return (Promise.id.in_(union(never, heard_more)), *waits, last_told(PromiseRevision.promised_at).is_(None))


def has_time() -> ColumnElement[bool]:
    """Whether the customer of a promise was told a time last: the promised one, or that of the newest revision."""
    is_told = or_(Promise.promised_at.is_not(None), last_told(PromiseRevision.promised_at).is_not(None))
    return and_(is_told, last_told(PromiseRevision.hear_by).is_(None))

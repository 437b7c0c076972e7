"""What a promise says, worked out on the promise itself: its class and time, its day, its answer and wait. Saves nothing."""

from datetime import datetime, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.hours.models import Schedule
from portal.hours.opening_time import OpeningTimes, promise_by
from portal.hours.store import opening_times_of
from portal.organisation.store import zone_of
from portal.promises.counting import remembered
from portal.promises.drawn import Drawn
from portal.promises.models import Promise
from portal.promises.priorities import matrix_of
from portal.promises.rules import ROUND_TO, SetAside


def opening_of(session: Session, channel_id: int) -> OpeningTimes:
    return remembered(session, ("opening", channel_id), lambda: opening_times_of(session, channel_id))


def draw_up(session: Session, asked: Promise | Drawn, now: datetime) -> None:
    """Fills in a new promise: class, lead time, promised time and the basis of all of them."""
    matrix = remembered(session, "matrix", lambda: matrix_of(session))
    of_class = matrix.class_of(asked.impact, asked.urgency)
    asked.class_code, asked.lead_minutes = of_class.code, of_class.lead_minutes
    put_on_day(session, asked)
    reckon(session, asked)
    asked.made_at = now
    asked.set_aside = SetAside.NONE


def put_on_day(session: Session, promise: Promise | Drawn) -> None:
    """The local day and hour of receipt, by which it is counted."""
    local = promise.received_at.astimezone(remembered(session, "zone", lambda: zone_of(session)))
    promise.received_on, promise.received_hour = local.date(), local.hour


def reckon(session: Session, promise: Promise | Drawn) -> None:
    """The promised time, and the version of the hours that it rests on."""
    opening, at = opening_of(session, promise.channel_id), promise.received_at
    promise.schedule_id = _schedule_id(session, promise.channel_id, at) if opening.calendar_at(at) else None
    promise.promised_at = promise_by(opening, at, timedelta(minutes=promise.lead_minutes), ROUND_TO)
    measure_promised(session, promise)


def measure_promised(session: Session, promise: Promise | Drawn) -> None:
    """Writes down how much opening time lies between the receipt and the promised time: what the wait is held against."""
    opening, until = opening_of(session, promise.channel_id), promise.promised_at
    seconds = None if until is None else int(opening.between(promise.received_at, until).total_seconds())
    promise.promised_seconds = seconds


def _schedule_id(session: Session, channel_id: int, at: datetime) -> int | None:
    """As `schedule_in_force`, of versions that are read once for many promises."""
    versions = remembered(session, ("versions", channel_id), lambda: _versions(session, channel_id))
    return next((version_id for version_id, valid_from in versions if valid_from <= at), None)


def _versions(session: Session, channel_id: int) -> list[tuple[int, datetime]]:
    mine = select(Schedule.id, Schedule.valid_from).where(Schedule.channel_id == channel_id)
    found = session.execute(mine.order_by(Schedule.valid_from.desc(), Schedule.number.desc()))
    return [(version_id, valid_from) for version_id, valid_from in found]


def wait_seconds(opening: OpeningTimes, received_at: datetime, answered_at: datetime) -> int | None:
    """Whole seconds of opening time; None on a calendar that never opens, where no wait can be measured."""
    seconds = int(opening.between(received_at, answered_at).total_seconds())
    return None if seconds == 0 and opening.next_open(received_at) is None else seconds


def answer_at(promise: Promise | Drawn, answered_at: datetime, now: datetime) -> datetime | None:
    """The instant at which this answer counts for the promise; None when it changes nothing.

    The earliest answer counts. An instant in the future, by a skewed clock, counts as now. An answer before a message that
    came after another answer is no answer to it.
    """
    at = min(answered_at, max(now, promise.received_at))
    if promise.answered_at is not None and at >= promise.answered_at:
        return None
    return None if promise.sequence and at < promise.received_at else at


def answer(session: Session, promise: Promise | Drawn, at: datetime) -> None:
    """Writes down the answer and the wait, in opening time, never negative."""
    wait = wait_seconds(opening_of(session, promise.channel_id), promise.received_at, at)
    promise.answered_at, promise.wait_seconds = at, wait

"""What a promise says, worked out on the promise itself: its class and time, its day, its answer and wait. Saves nothing."""

from collections.abc import Iterable
from datetime import UTC, datetime, time, timedelta

from sqlalchemy.orm import Session

from portal.hours.opening_time import OpeningTimes, promise_by
from portal.organisation.store import zone_of
from portal.promises import desk_work
from portal.promises.basis import company, matrix_in_force, opening_of, schedule_id_at
from portal.promises.counting import remembered
from portal.promises.drawn import Drawn
from portal.promises.estimator import Announcement, Basis
from portal.promises.models import Promise
from portal.promises.notices import notice_at
from portal.promises.rules import ROUND_TO, PriorityClass, SetAside, hear_by


def draw_up(session: Session, asked: Promise | Drawn, now: datetime) -> None:
    """Fills in a new promise: class, norm, the desk's estimate, promised time and the basis of all of them.

    Imported history is given the norm: no desk was asked at the time.
    """
    of_class = matrix_in_force(session).class_of(asked.impact, asked.urgency)
    asked.class_code, asked.lead_minutes = of_class.code, of_class.lead_minutes
    asked.made_at = now
    asked.set_aside = SetAside.NONE
    put_on_day(session, asked)
    asked.is_norm = True
    is_history = desk_work.is_long_ago(asked.received_at, now)
    if not is_history:
        _estimate(session, asked, of_class, now)
    reckon(session, asked, desk_work.counted_from(asked))
    if asked.promised_at is None and not is_history:  # of history nobody was told anything
        asked.hear_by = hear_by(now, opening_of(session, asked.channel_id).zone_at(now))
    asked.notices = 0
    watch(asked)


def watch(promise: Promise | Drawn) -> None:
    """While it waits, somebody looks at it in time for a notice."""
    if not promise.notices:
        promise.notice_at = notice_at(promise.promised_at, promise.hear_by, promise.made_at)


def _estimate(session: Session, asked: Promise | Drawn, of_class: PriorityClass, now: datetime) -> None:
    rank = matrix_in_force(session).rank_of(of_class.code)
    told = desk_work.announce(session, asked.channel_id, rank, of_class.lead_minutes, now)
    asked.ahead, asked.queue_minutes, asked.rest_minutes, asked.basis = told.ahead, told.queue, told.rest, told.basis
    organisation = company(session)
    asked.is_norm = organisation is not None and organisation.announces_norm


def put_on_day(session: Session, promise: Promise | Drawn) -> None:
    """The local day and hour of receipt, by which it is counted."""
    local = promise.received_at.astimezone(remembered(session, "zone", lambda: zone_of(session)))
    promise.received_on, promise.received_hour = local.date(), local.hour


def day_began(session: Session, promise: Promise) -> datetime:
    """The local midnight at which the day began on which it is counted."""
    zone = remembered(session, "zone", lambda: zone_of(session))
    return datetime.combine(promise.received_on, time.min, zone).astimezone(UTC)


def reckon(session: Session, promise: Promise | Drawn, start: datetime) -> None:
    """The promised time, counted from `start`, and the version of the hours that it rests on."""
    opening, at = opening_of(session, promise.channel_id), promise.received_at
    promise.schedule_id = schedule_id_at(session, promise.channel_id, at) if opening.calendar_at(at) else None
    promise.promised_at = promise_by(opening, start, timedelta(minutes=announced_minutes(promise)), ROUND_TO)
    measure_promised(session, promise)


def measure_promised(session: Session, promise: Promise | Drawn) -> None:
    """Writes down how much opening time lies between the receipt and the promised time: what the wait is held against."""
    opening, until = opening_of(session, promise.channel_id), promise.promised_at
    seconds = None if until is None else int(opening.between(promise.received_at, until).total_seconds())
    promise.promised_seconds = seconds


def announced_minutes(promise: Promise | Drawn) -> float:
    """The opening minutes within which an answer was announced."""
    if promise.is_norm or promise.queue_minutes is None or promise.rest_minutes is None:
        return promise.lead_minutes
    return Announcement(0, promise.queue_minutes, promise.rest_minutes, promise.basis or Basis.STATED, 0).minutes


def wait_seconds(opening: OpeningTimes, received_at: datetime, answered_at: datetime) -> int | None:
    """Whole seconds of opening time; None on a calendar that never opens, where no wait can be measured."""
    seconds = int(opening.between(received_at, answered_at).total_seconds())
    return None if seconds == 0 and opening.next_open(received_at) is None else seconds


def answer_at(
    promise: Promise | Drawn, answered_at: datetime, now: datetime, together: Iterable[Promise | Drawn]
) -> datetime | None:
    """The instant at which this answer counts for the promise; None when it changes nothing.

    The earliest answer counts. An instant in the future, by a skewed clock, counts as now. One from before the request is an
    answer to it by a skewed clock only: not to a message that came after another answer, and not where something else had been
    asked by then of all that is answered `together`, as when requests became one.
    """
    at = min(answered_at, max(now, promise.received_at))
    if promise.answered_at is not None and at >= promise.answered_at:
        return None
    if at < promise.received_at and (promise.sequence or any(each.received_at <= at for each in together)):
        return None
    return at


def answer(session: Session, promise: Promise | Drawn, at: datetime, now: datetime, *, known_at: datetime | None) -> None:
    """Writes down the answer, when it came to be known, and the wait in opening time, never negative.

    The desk hears of a first answer.
    """
    is_first = promise.answered_at is None
    wait = wait_seconds(opening_of(session, promise.channel_id), promise.received_at, at)
    promise.answered_at, promise.answer_known_at, promise.wait_seconds = at, known_at, wait
    if is_first:
        desk_work.hear_answer(session, promise, now)

"""A desk made anew from the promises of the last weeks, as if it had heard of each at its time. Reads only."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.hours.store import opening_times_of
from portal.organisation.store import zone_of
from portal.promises.desk_work import counted_from, is_history
from portal.promises.estimator import Desk, Fact, Happening
from portal.promises.models import Promise
from portal.promises.opening_clock import SET, Reading
from portal.promises.priorities import matrix_of
from portal.promises.rules import SetAside
from portal.promises.staffing import plans_since
from portal.promises.strength import factor_at

WINDOW = timedelta(days=60)
MOST = 10_000  # promises; one or two seconds' work

_COLUMNS = (
    Promise.id,
    Promise.class_code,
    Promise.overruled_class_code,
    Promise.lead_minutes,
    Promise.received_at,
    Promise.made_at,
    Promise.promised_at,
    Promise.queue_minutes,
    Promise.rest_minutes,
    Promise.answered_at,
    Promise.left_at,
    Promise.set_aside,
    Promise.answered_with_id,
)


@dataclass(frozen=True, slots=True)
class Rebuilt:
    desk: Desk
    reading: Reading


def rebuilt(session: Session, channel_id: int, now: datetime) -> Rebuilt:
    """The desk as the promises of the last 60 days make it, the newest 10,000 at most. Five queries, whatever the number."""
    opening, zone, matrix = opening_times_of(session, channel_id), zone_of(session), matrix_of(session)
    promises = _promises(session, channel_id, now)
    plans = plans_since(session, channel_id, now - WINDOW)
    desk, reading = Desk(), SET
    told: dict[int, tuple[float, float]] = {}
    for at, happening, promise in _happenings(promises, now):
        reading = reading.moved_to(at, opening)
        rank = matrix.rank_of(promise.overruled_class_code or promise.class_code)
        lead = float(promise.lead_minutes)
        if promise.rest_minutes is not None:
            told[promise.id] = (promise.queue_minutes, promise.rest_minutes)
        elif happening is Happening.RECEIVED:  # what it would have been told
            announced = desk.announce(rank, reading.minutes, stated=lead)
            told[promise.id] = (announced.queue, announced.rest)
        queue, rest = told[promise.id]
        since = reading.minutes_at(counted_from(promise), opening)
        desk.hear(Fact(happening, promise.id, reading.minutes, reading.day(zone), rank, since, queue, rest, factor_at(plans, at)))
    return Rebuilt(desk, reading)


def _promises(session: Session, channel_id: int, now: datetime) -> Sequence[Any]:
    since = (now - WINDOW).date()
    mine = select(*_COLUMNS).where(Promise.channel_id == channel_id, Promise.received_on >= since)
    return session.execute(mine.order_by(Promise.received_on.desc(), Promise.id.desc()).limit(MOST)).all()


def _happenings(promises: Sequence[Any], now: datetime) -> Iterator[tuple[datetime, Happening, Any]]:
    """What happened to them up to now, in the order in which a desk would have heard it."""
    found = []
    for each in promises:
        began_at = each.received_at if is_history(each) else each.made_at
        is_awaited = each.set_aside is SetAside.NONE and each.answered_with_id is None
        if not is_awaited and each.left_at is None:
            continue  # nobody wrote down when it was set aside
        found.append((began_at, each.id, Happening.RECEIVED, each))
        if each.left_at is not None and (each.answered_at is None or each.left_at < each.answered_at):
            found.append((max(each.left_at, began_at), each.id, Happening.LEFT, each))
        elif each.answered_at is not None:
            found.append((max(each.answered_at, began_at), each.id, Happening.ANSWERED, each))
    found.sort(key=lambda each: (each[0], each[2] is not Happening.RECEIVED, each[1]))
    for at, _id, happening, promise in found:
        if at <= now:
            yield at, happening, promise

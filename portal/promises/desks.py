"""What the desks say now: for customers who would write at this minute, and for those who wait already."""

from collections.abc import Collection, Mapping
from datetime import datetime, timedelta

from sqlalchemy import bindparam, select
from sqlalchemy.orm import Session

from portal.db import UTCDateTime
from portal.hours.opening_time import ALWAYS, OpeningTimes, promise_by
from portal.hours.store import opening_times_of_all
from portal.organisation.models import Channel, Organisation
from portal.promises import desk_work
from portal.promises.announced import AnnouncedNow, announced
from portal.promises.basis import company, matrix_in_force, opening_of, stretches
from portal.promises.desk_log import STANDING, Standing, standing
from portal.promises.desk_memory import Kept, memory_of
from portal.promises.desk_models import DeskRow
from portal.promises.estimator import Desk
from portal.promises.models import Promise
from portal.promises.opening_clock import SET
from portal.promises.priorities import ordinary_lead_minutes, ordinary_rank
from portal.promises.rules import DEFAULT, ROUND_TO, Impact, PriorityClass, Urgency
from portal.promises.staffing import are_planned, plans_of_all
from portal.promises.strength import StaffPlan


def announced_now(
    session: Session,
    now: datetime,
    channel_ids: Collection[int] | None = None,
    *,
    openings: Mapping[int, OpeningTimes] | None = None,
    supposed: StaffPlan | None = None,
) -> dict[int, AnnouncedNow]:
    """What each of these channels announces at `now`, or all. One query, and one more when something was heard since.

    Another one while staff plans count, and when the caller does not know the opening times. `supposed` is a plan of staff
    that nobody has entered yet.
    """
    openings = opening_times_of_all(session) if openings is None else openings
    query = _QUERY if channel_ids is None else _QUERY.where(Channel.id.in_(channel_ids))
    rows = session.execute(query, {"now": now}).all()
    stand = {row.id: standing(row) for row in rows if row.channel_id is not None}
    plans = plans_of_all(session, now) if any(row.are_planned for row in rows) else []
    plans += [supposed] if supposed else []
    memory, found = memory_of(session), {}
    with memory.lock:
        memory.catch_up(session, stand)
        for row in rows:
            opening = openings.get(row.id, ALWAYS)
            lead, rank = (_LEAD, _RANK) if row.lead_minutes is None else (row.lead_minutes, row.rank)
            desk, clock = _at(stand.get(row.id), memory.desks.get(row.id), opening, now)
            mine = stretches([each for each in plans if each.channel_id in (None, row.id)], now, opening)
            told = desk.announce(rank, clock, stated=float(lead), plan=mine)
            settings = {"is_norm": bool(row.is_norm), "is_queue_shown": bool(row.is_queue_shown)}
            found[row.id] = announced(told, opening, now, lead, **settings)
    return found


# Made once, because that costs more than asking.
_QUERY = select(
    Channel.id,
    *STANDING,
    ordinary_lead_minutes().label("lead_minutes"),
    ordinary_rank().label("rank"),
    select(Organisation.announces_norm).scalar_subquery().label("is_norm"),
    select(Organisation.shows_queue).scalar_subquery().label("is_queue_shown"),
    are_planned(bindparam("now", type_=UTCDateTime)).label("are_planned"),
).outerjoin(DeskRow, DeskRow.channel_id == Channel.id)
_ORDINARY = DEFAULT.class_of(Impact.NORMAL, Urgency.NORMAL)
_LEAD, _RANK = _ORDINARY.lead_minutes, DEFAULT.rank_of(_ORDINARY.code)


def _at(stand: Standing | None, kept: Kept | None, opening: OpeningTimes, now: datetime) -> tuple[Desk, float]:
    """The desk, and what its clock shows now. One that has heard nothing yet is new."""
    reading = stand.reading if stand else SET
    return kept.desk if stand and kept else Desk(), reading.moved_to(now, opening).minutes


def announced_for(session: Session, channel_id: int, of_class: PriorityClass, now: datetime) -> AnnouncedNow:
    """What a customer with a question of this class is told who writes now. A handful of queries."""
    rank = matrix_in_force(session).rank_of(of_class.code)
    told = desk_work.announce(session, channel_id, rank, of_class.lead_minutes, now)
    organisation = company(session)
    return announced(
        told,
        opening_of(session, channel_id),
        now,
        of_class.lead_minutes,
        is_norm=bool(organisation and organisation.announces_norm),
        is_queue_shown=bool(organisation and organisation.shows_queue),
    )


def estimate_again(session: Session, promise: Promise, now: datetime) -> datetime | None:
    """The time before which nine in ten requests like this one, which waits already, have an answer; None: no time is possible.

    Counted from now and rounded as a promise is. A handful of queries.
    """
    told = desk_work.reconsider(session, promise, promise.lead_minutes, now)
    return promise_by(opening_of(session, promise.channel_id), now, timedelta(minutes=told.minutes), ROUND_TO)

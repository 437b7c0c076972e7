"""What a promise rests on, looked up; inside `remembering` once for all promises of a batch."""

from collections.abc import Iterable
from datetime import datetime, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.hours.models import Schedule
from portal.hours.opening_time import OpeningTimes
from portal.hours.store import opening_times_of
from portal.organisation.models import Organisation
from portal.organisation.store import the_organisation
from portal.promises.counting import remembered
from portal.promises.estimator import Stretch
from portal.promises.priorities import matrix_of
from portal.promises.rules import Matrix
from portal.promises.staffing import plans_since
from portal.promises.strength import StaffPlan, factor_at, strengths

PUNCTUAL = timedelta(minutes=15)  # what takes longer to reach us was delivered late
HISTORY_AFTER = timedelta(days=1)  # what comes to be known so late, a desk must not take for what goes on now


def opening_of(session: Session, channel_id: int) -> OpeningTimes:
    """The opening times of a channel, with all their versions."""
    return remembered(session, ("opening", channel_id), lambda: opening_times_of(session, channel_id))


def matrix_in_force(session: Session) -> Matrix:
    """The priority matrix with the lead times that hold now."""
    return remembered(session, "matrix", lambda: matrix_of(session))


def company(session: Session) -> Organisation | None:
    """The organisation; None before the portal has been set up."""
    return remembered(session, "organisation", lambda: the_organisation(session))


def schedule_id_at(session: Session, channel_id: int, at: datetime) -> int | None:
    """As `schedule_in_force`, of versions that are read once for many promises."""
    versions = remembered(session, ("versions", channel_id), lambda: _versions(session, channel_id))
    return next((version_id for version_id, valid_from in versions if valid_from <= at), None)


def _versions(session: Session, channel_id: int) -> list[tuple[int, datetime]]:
    mine = select(Schedule.id, Schedule.valid_from).where(Schedule.channel_id == channel_id)
    found = session.execute(mine.order_by(Schedule.valid_from.desc(), Schedule.number.desc()))
    return [(version_id, valid_from) for version_id, valid_from in found]


def strength_at(session: Session, channel_id: int, at: datetime) -> float:
    """Staff in force at this instant, as a share of ordinary staff."""
    return factor_at(_plans(session, channel_id, at), at)


def stretches_from(session: Session, channel_id: int, at: datetime, opening: OpeningTimes) -> list[Stretch]:
    """What is planned of the staff of this channel, in opening minutes from this instant."""
    return stretches(_plans(session, channel_id, at), at, opening)


def _plans(session: Session, channel_id: int, at: datetime) -> list[StaffPlan]:
    return remembered(session, ("plans", channel_id), lambda: plans_since(session, channel_id, at - HISTORY_AFTER))


def stretches(plans: Iterable[StaffPlan], at: datetime, opening: OpeningTimes) -> list[Stretch]:
    """These plans in opening minutes from this instant."""
    return [
        Stretch(_minutes(opening, at, each.starts), _minutes(opening, at, each.ends), each.factor)
        for each in strengths(plans, at)
    ]


def _minutes(opening: OpeningTimes, since: datetime, until: datetime) -> float:
    return opening.between(since, until).total_seconds() / 60

"""The questions of a report on parity: of each channel and day at most so many, so that it costs the same at any size."""

from datetime import datetime, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.cases.models import Case
from portal.cases.parity import Handled, Report, report
from portal.hours.opening_time import ALWAYS
from portal.hours.store import opening_times_of_all
from portal.organisation.store import channels, zone_of
from portal.promises.models import Promise
from portal.promises.reckoning import wait_seconds
from portal.promises.rules import Outcome, SetAside, outcome

DAYS = 28
MOST_A_DAY = 150  # of each channel: the last ones of the day


def parity(session: Session, now: datetime) -> Report:
    """The report on the last 28 days, today included. One query for each channel and day, and three more."""
    today = now.astimezone(zone_of(session)).date()
    openings = opening_times_of_all(session)
    found: list[Handled] = []
    for channel in channels(session):
        opening = openings.get(channel.id, ALWAYS)
        for back in range(DAYS):
            query = (
                select(Promise, Case.is_public, Case.contact_id)
                .join(Case, Case.id == Promise.case_id)
                .where(
                    Promise.channel_id == channel.id,
                    Promise.received_on == today - timedelta(days=back),
                    Promise.sequence == 0,
                    Promise.set_aside == SetAside.NONE,
                )
                .order_by(Promise.id.desc())
                .limit(MOST_A_DAY)
            )
            for promise, is_public, contact_id in session.execute(query):
                wait = promise.wait_seconds
                if promise.answered_at is None:
                    wait = wait_seconds(opening, promise.received_at, now)
                if wait is not None:
                    found.append(_handled(promise, wait, now, is_public=is_public, contact_id=contact_id))
    return report(found)


def _handled(promise: Promise, wait: int, now: datetime, *, is_public: bool, contact_id: int | None) -> Handled:
    became = outcome(promise.promised_at, promise.answered_at, now)
    return Handled(
        channel_id=promise.channel_id,
        class_code=promise.class_code,
        is_public=is_public,
        contact_id=contact_id,
        received_on=promise.received_on,
        wait=wait,
        is_answered=promise.answered_at is not None,
        is_kept=became is Outcome.KEPT if became in (Outcome.KEPT, Outcome.BROKEN) else None,
        norm=promise.lead_minutes * 60,
    )

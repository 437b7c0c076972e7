"""What will break in the next hours, by what customers were told and by what the desk makes of it now."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import chain, groupby
from operator import attrgetter

from sqlalchemy import ColumnElement, Select, func, select
from sqlalchemy.orm import Session

from portal.cases.models import Case, Contact
from portal.cases.rules import UNANSWERED
from portal.organisation.models import Channel
from portal.promises import store as promises
from portal.promises.models import Promise, ReadyNotice
from portal.promises.notices import MOST_NOTICES, NOTICE_AHEAD
from portal.promises.telling import expected

USUAL_HOURS = 4
HOURS = (2, USUAL_HOURS, 8, 24)
PORTION = 200
_OVERDUE_SHOWN = timedelta(hours=12)
_MOST_COUNTED = 100


@dataclass(frozen=True)
class Risk:
    """One question that may be answered too late. `estimate` is what its customer would be told now, `ready` what is kept."""

    case: Case
    channel: Channel
    person: str
    promise: Promise
    expected_at: datetime
    estimate: datetime | None
    ready: ReadyNotice | None

    @property
    def is_expected_late(self) -> bool:
        """Whether nine in ten like it would be answered later than the customer was told."""
        return self.estimate is None or self.estimate > self.expected_at


@dataclass(frozen=True)
class Risks:
    """By channel, what is due first on top. `is_all`: whether nothing was left out because there is so much."""

    by_channel: Sequence[tuple[Channel, Sequence[Risk]]]
    is_all: bool

    @property
    def number(self) -> int:
        return sum(len(risks) for _channel, risks in self.by_channel)


def at_risk(session: Session, now: datetime, hours: int) -> Risks:
    """The questions that wait and whose customer was told a time in the next hours, or one that has just passed.

    At most 200 that were told nothing else yet, and 200 that heard of a later time once. A fixed number of queries, and a few
    for each channel.
    """
    portions = [session.execute(_watched(notices, now, hours).limit(PORTION)).all() for notices in range(MOST_NOTICES)]
    rows = list(chain.from_iterable(portions))
    found = [row[3] for row in rows]
    told = expected(session, found)
    ready = promises.ready_of(session, [each.id for each in found])
    with promises.remembering(session):
        risks = [
            Risk(case, channel, person or "", promise, at, promises.estimate_again(session, promise, now), ready.get(promise.id))
            for case, channel, person, promise in rows
            if (at := told[promise.id]) is not None
        ]
    risks.sort(key=lambda risk: (risk.channel.position, risk.channel.id, risk.expected_at, risk.case.id))
    grouped = [(channel, list(group)) for channel, group in groupby(risks, key=attrgetter("channel"))]
    return Risks(grouped, is_all=all(len(portion) < PORTION for portion in portions))


def _watched(notices: int, now: datetime, hours: int) -> Select[Case, Channel, str | None, Promise]:
    return (
        select(Case, Channel, Contact.name, Promise)
        .join(Case, Case.id == Promise.case_id)
        .join(Channel, Channel.id == Promise.channel_id)
        .outerjoin(Contact, Contact.id == Case.contact_id)
        .where(*_within(notices, now, hours), Promise.promised_at.is_not(None), Case.state.in_(UNANSWERED))
        .order_by(Promise.notice_at)
    )


def _within(notices: int, now: datetime, hours: int) -> tuple[ColumnElement[bool], ...]:
    until = now + timedelta(hours=hours) - NOTICE_AHEAD
    watched = (Promise.answered_at.is_(None), Promise.notice_at.is_not(None), Promise.notices == notices)
    return (*watched, Promise.notice_at.between(now - _OVERDUE_SHOWN, until))


def number_at_risk(session: Session, now: datetime) -> int:
    """How many may be answered too late in the next four hours and were told nothing yet; counts to 100. One query."""
    some = select(Promise.id).where(*_within(0, now, USUAL_HOURS)).limit(_MOST_COUNTED)
    return session.scalar(select(func.count()).select_from(some.subquery())) or 0

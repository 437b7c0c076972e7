"""What will break in the next hours, by what customers were told and by what the desk makes of it now.

And what customers still wait to be told at all.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import chain, groupby
from operator import attrgetter

from sqlalchemy import ColumnElement, Row, ScalarSelect, Select, and_, func, or_, select
from sqlalchemy.orm import Session

from portal.cases.models import Case, Contact
from portal.cases.rules import UNANSWERED
from portal.organisation.models import Channel
from portal.promises import store as promises
from portal.promises.models import Promise, ReadyNotice
from portal.promises.notices import MOST_NOTICES, NOTICE_AHEAD
from portal.promises.rules import SetAside
from portal.promises.telling import expected, foremost, is_told_twice
from portal.promises.without_time import has_no_time, has_time, hears_by

USUAL_HOURS = 4
HOURS = (2, USUAL_HOURS, 8, 24)
PORTION = 200
_LONG_AGO = timedelta(hours=12)
_MOST_COUNTED = 100

_WAITS = (Case.state.in_(UNANSWERED), Promise.set_aside == SetAside.NONE)

_Line = Row[Case, Channel, str | None, Promise, datetime | None]


@dataclass(frozen=True)
class Risk:
    """One question that may be answered too late, or whose customer waits to hear when.

    `expected_at` is what its customer was told last; without it they hear more before `hears_by`. `estimate` is what they
    would be told now, `ready` what is kept.
    """

    case: Case
    channel: Channel
    person: str
    promise: Promise
    expected_at: datetime | None
    hears_by: datetime | None
    estimate: datetime | None
    ready: ReadyNotice | None

    @property
    def is_expected_late(self) -> bool:
        """Whether nine in ten like it would be answered later than the customer was told; so it is once that has passed."""
        return self.expected_at is not None and _is_late(self.estimate, self.expected_at)

    @property
    def may_be_told(self) -> bool:
        """Whether the customer may hear of a later time still: not for the third time."""
        return not is_told_twice(self.promise, self.expected_at)

    @property
    def is_urgent(self) -> bool:
        """Whether somebody must act: choose what the customer hears, or answer. Others are due soon and expected in time."""
        return self.expected_at is None or self.is_expected_late

    @property
    def due_at(self) -> datetime:
        """Before when the customer was told to have an answer, or to hear more."""
        due = self.expected_at or self.hears_by
        assert due
        return due


@dataclass(frozen=True)
class Risks:
    """By channel, what is urgent on top, and of that what is due first. `is_all`: whether nothing was left out for length."""

    by_channel: Sequence[tuple[Channel, Sequence[Risk]]]
    is_all: bool

    @property
    def number(self) -> int:
        return sum(len(risks) for _channel, risks in self.by_channel)

    @property
    def first_to_tell(self) -> Risk | None:
        """The first whose customer may hear of a later time."""
        return next((risk for _channel, risks in self.by_channel for risk in risks if risk.may_be_told), None)


def at_risk(session: Session, now: datetime, hours: int) -> Risks:
    """The questions that wait and whose customer was told a time in the next hours, or one that has passed.

    Each once, by what breaks first of the promises that it answers: its own, and those of what became part of it.
    Of those that passed long ago the latest, as far as there is room: they must not hide what is due now. And all whose
    customer was told no time yet. At most 200 of these, 200 that were told nothing else yet, 200 that heard of a later time
    once, and 200 that heard of one twice, whom only an answer helps. A fixed number of queries, and a few for each channel.
    """
    found = [_watched(session, notices, now, hours) for notices in range(MOST_NOTICES + 1)]
    found.append(session.execute(_lines().where(*has_no_time()).order_by(Promise.notice_at).limit(PORTION + 1)).all())
    rows = list(chain.from_iterable(each[:PORTION] for each in found))
    told = expected(session, [row[3] for row in rows])
    first = {each.id for each in foremost((row[3] for row in rows if told[row[3].id] or row[4]), told)}
    rows = list({row[0].id: row for row in rows if row[3].id in first}.values())
    ready = promises.ready_of(session, [row[3].id for row in rows])
    with promises.remembering(session):
        risks = [
            Risk(
                case,
                channel,
                person or "",
                promise,
                told[promise.id],
                hears,
                promises.estimate_again(session, promise, now),
                ready.get(promise.id),
            )
            for case, channel, person, promise, hears in rows
        ]
    by_urgency = sorted(
        risks, key=lambda risk: (risk.channel.position, risk.channel.id, not risk.is_urgent, risk.due_at, risk.case.id)
    )
    grouped = [(channel, list(group)) for channel, group in groupby(by_urgency, key=attrgetter("channel"))]
    return Risks(grouped, is_all=all(len(each) <= PORTION for each in found))


def _is_late(estimate: datetime | None, expected_at: datetime) -> bool:
    return estimate is None or estimate > expected_at


def _lines() -> Select[Case, Channel, str | None, Promise, datetime | None]:
    return (
        select(Case, Channel, Contact.name, Promise, hears_by())
        .join(Case, Case.id == Promise.answering_id)
        .join(Channel, Channel.id == Case.channel_id)
        .outerjoin(Contact, Contact.id == Case.contact_id)
        .where(*_WAITS)
    )


def _watched(session: Session, notices: int, now: datetime, hours: int) -> Sequence[_Line]:
    """A portion, and one more where there are more. Two queries, each by the index on what is watched."""
    mine, long_ago, most = _lines().where(*_until(notices, now, hours)), now - _LONG_AGO, PORTION + 1
    found = session.execute(mine.where(Promise.notice_at >= long_ago).order_by(Promise.notice_at).limit(most)).all()
    older = mine.where(Promise.notice_at < long_ago).order_by(Promise.notice_at.desc()).limit(most - len(found))
    return [*found, *session.execute(older)]


def _until(notices: int, now: datetime, hours: int) -> tuple[ColumnElement[bool], ...]:
    until = now + timedelta(hours=hours) - NOTICE_AHEAD
    watched = (Promise.answered_at.is_(None), Promise.notice_at.is_not(None), Promise.notices == notices)
    return (*watched, Promise.notice_at <= until)


@dataclass(frozen=True)
class Ahead:
    """How many questions are due in the next four hours or are late already, and how many customers were told no time yet."""

    due: int
    without_time: int


def ahead(session: Session, now: datetime) -> Ahead:
    """What the page shows of the next four hours, each counted to 100. Whether it will be late, only the page says. One query."""
    waiting = select(Promise.answering_id.label("id")).join(Case, Case.id == Promise.answering_id).where(*_WAITS)
    within = [and_(*_until(notices, now, USUAL_HOURS)) for notices in range(MOST_NOTICES + 1)]
    parts = (waiting.where(or_(*within), has_time()), waiting.where(*has_no_time()))
    due, without_time = (_number_of_cases(part) for part in parts)
    return Ahead(*session.execute(select(due, without_time)).one())


def _number_of_cases(part: Select[int]) -> ScalarSelect[int]:
    """Each case once, looking no further than is needed for as many as are counted, where most have one promise that waits."""
    looked_at = part.limit(2 * _MOST_COUNTED).subquery()
    cases = select(looked_at.c.id).distinct().limit(_MOST_COUNTED).subquery()
    return select(func.count()).select_from(cases).scalar_subquery()

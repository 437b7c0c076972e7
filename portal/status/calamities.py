"""What customers are told in a calamity of when they get an answer: who helps, and that it is over."""

from collections.abc import Mapping
from datetime import datetime
from zoneinfo import ZoneInfo

from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.cases.models import Case
from portal.cases.rules import UNANSWERED
from portal.hours.opening_time import ALWAYS
from portal.hours.store import opening_times_of_all
from portal.incidents import queries
from portal.incidents.quick_texts import calamity_over, extra_help, what_is_over
from portal.incidents.timeline import Situation
from portal.organisation.models import Channel
from portal.organisation.store import channels, zone_of
from portal.promises import surges
from portal.promises.desks import announced_now
from portal.promises.models import Promise
from portal.promises.notices import MOST_NOTICES
from portal.promises.strength import StaffPlan
from portal.promises.telling import expected
from portal.promises.without_time import has_time
from portal.web.formats import day_and_time
from portal.web.localized import Localized


def who_helps(session: Session, plan: StaffPlan, situation: Situation, now: datetime) -> Localized:
    """The update for who helps, and before when who writes now gets an answer. A handful of queries.

    Of the channel of the plan where it is for one, and then by its name.
    """
    if plan.channel_id is None:
        helped = written_to = _touched(session, situation)
        name = ""
    else:
        channel = session.get_one(Channel, plan.channel_id)
        helped, name = [channel.id], channel.name
        written_to = [] if channel.kind.is_answered_at_once else helped
    zone, announced_at = zone_of(session), _announced_at(session, written_to, now)
    since = _helps_from(session, plan, helped, now)
    return extra_help(
        0 if since is None else plan.people - plan.usual,
        _said(since, zone, now) if since is not None and since > now else None,
        _said(announced_at, zone, now) if announced_at else None,
        name,
    )


def _helps_from(session: Session, plan: StaffPlan, channel_ids: list[int], now: datetime) -> datetime | None:
    """When the first of these channels is open while the plan lasts: before that nobody answers. None where none is."""
    openings, start = opening_times_of_all(session), max(plan.starts_at, now)
    found = [openings.get(channel_id, ALWAYS).next_open(start) for channel_id in channel_ids]
    return min((at for at in found if at is not None and at < plan.ends_at), default=None)


def it_is_over(session: Session, situation: Situation, now: datetime) -> Localized:
    """The update for a calamity that is over; with the time that is announced now where that is sooner. A handful of queries."""
    touched = _touched(session, situation)
    announced_at, expected_at = _announced_at(session, touched, now), _earliest_expected(session, touched, situation.started_at)
    is_sooner = announced_at is not None and expected_at is not None and announced_at < expected_at
    what = what_is_over(situation.title, is_surge=surges.is_told_by(session, situation.id, situation.started_at))
    return calamity_over(what, _said(announced_at, zone_of(session), now) if announced_at and is_sooner else None)


def _touched(session: Session, situation: Situation) -> list[int]:
    """The channels on which one writes and waits, of those that the incident names or of all where it names none."""
    _services, named = queries.touched(session, situation.id)
    known = [channel for channel in channels(session) if not channel.kind.is_answered_at_once]
    return [channel.id for channel in known if not named or channel.id in named]


def _announced_at(session: Session, touched: list[int], now: datetime) -> datetime | None:
    """The latest of the times that these channels announce; None where one of them announces none."""
    found = [each.promised_at for each in announced_now(session, now, touched).values()] if touched else []
    known = [at for at in found if at is not None]
    return max(known) if known and len(known) == len(found) else None


def _earliest_expected(session: Session, touched: list[int], since: datetime) -> datetime | None:
    """The earliest of the times before which those expect an answer who wrote since then and wait still; None where nobody does.

    So what is sooner than this one is sooner for each of them.
    """
    waits = (Promise.answered_at.is_(None), Promise.notice_at >= since, Promise.received_at >= since)
    mine = select(Promise).join(Case, Case.id == Promise.case_id).where(Case.state.in_(UNANSWERED), has_time(), *waits)
    first = [
        mine.where(Promise.channel_id.in_(touched), Promise.notices == notices).order_by(Promise.notice_at).limit(1)
        for notices in range(MOST_NOTICES + 1)
    ]
    told = expected(session, [each for query in first for each in session.scalars(query)])
    return min((at for at in told.values() if at is not None), default=None)


def _said(at: datetime, zone: ZoneInfo, now: datetime) -> Mapping[str, str]:
    return {language: day_and_time(at, zone, language, now=now) for language in ("nl", "en")}

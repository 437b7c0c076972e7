"""Reading the kept counts: the same few rows whether there were a thousand requests or ten million."""

from collections.abc import Mapping
from datetime import UTC, date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import Date, Select, case, func, literal, null, select, union_all
from sqlalchemy.orm import Session

from portal.hours.opening_time import ALWAYS, OpeningTimes
from portal.hours.store import opening_times_of, opening_times_of_all
from portal.organisation.store import the_organisation
from portal.promises.counting import write_counts
from portal.promises.figures import Group, Period, ResponseFigures, Tally, Waiting, by_day, by_hour, last_days
from portal.promises.models import PromiseDay, ResponseDay, ResponseHour, UnansweredCount
from portal.promises.statistics import COARSE, FINE, Histogram, Scale

Rows = Select[*tuple[Any, ...]]

_DEFAULT_ZONE = ZoneInfo("Europe/Amsterdam")
_TALLIES = ("received", "kept", "late", "set_aside", "afterwards", "unmeasured", "unpromised")
# Requests that wait are grouped by minute of receipt, older ones by ten minutes and by the hour, so that their age is never
# more than one hundredth too low and a long queue is still a few rows.
_BY_MINUTE, _BY_TEN = 1_000, 6_000
_TEN, _SIXTY = 10, 60


def figures_of(session: Session, channel_id: int, since: date | None, until: date | None, now: datetime) -> ResponseFigures:
    """The figures of one channel over requests received on the local days `since` to `until`, both included.

    Without days: the last 28, today included. Three queries and the schedules.
    """
    zone = zone_of(session)
    period = _period(since, until, now, zone)
    opening = {channel_id: opening_times_of(session, channel_id)}
    found = _figures(session, period, now, zone=zone, openings=opening, channel_id=channel_id)
    return found.get(channel_id, ResponseFigures(period, None, Tally(), Histogram({}), Waiting()))


def figures_of_all(
    session: Session,
    now: datetime,
    *,
    period: Period | None = None,
    zone: ZoneInfo | None = None,
    openings: Mapping[int, OpeningTimes] | None = None,
) -> dict[int, ResponseFigures]:
    """The figures of every channel that ever had a request, by channel, over the last 28 days or another period.

    One query; one more each for the zone and the opening times when the caller does not have them yet.
    """
    zone = zone or zone_of(session)
    openings = opening_times_of_all(session) if openings is None else openings
    period = period or last_days(now.astimezone(zone).date())
    return _figures(session, period, now, zone=zone, openings=openings)


def groups_of(session: Session, channel_id: int, period: Period, now: datetime) -> tuple[tuple[Group, ...], tuple[Group, ...]]:
    """The spread of one channel by day of receipt (error 1 %) and by hour of receipt (error 5 %). Four queries at most."""
    zone, opening = zone_of(session), opening_times_of(session, channel_id)
    write_counts(session)
    days: dict[date, dict[int, int]] = {}
    hours: dict[int, dict[int, int]] = {}
    for on, bucket, n in session.execute(
        _within(select(ResponseDay.received_on, ResponseDay.bucket, ResponseDay.n), ResponseDay, period, channel_id)
    ):
        days.setdefault(on, {})[bucket] = n
    columns = (ResponseHour.received_hour, ResponseHour.bucket)
    for hour, bucket, n in session.execute(
        _within(select(*columns, func.sum(ResponseHour.n)), ResponseHour, period, channel_id).group_by(*columns)
    ):
        hours.setdefault(hour, {})[bucket] = n
    waiting_days: dict[date, dict[int, int]] = {}
    waiting_hours: dict[int, dict[int, int]] = {}
    for row in session.execute(_waiting_rows(period, zone, now, channel_id)):
        local = _received(row.number).astimezone(zone)
        age = _age(opening, row.number, now)
        _count(waiting_days.setdefault(local.date(), {}), FINE.bucket(age), row.a)
        _count(waiting_hours.setdefault(local.hour, {}), COARSE.bucket(age), row.a)
    return (
        by_day(period, _histograms(days, FINE), _histograms(waiting_days, FINE)),
        by_hour(_histograms(hours, COARSE), _histograms(waiting_hours, COARSE)),
    )


def _figures(
    session: Session,
    period: Period,
    now: datetime,
    *,
    zone: ZoneInfo,
    openings: Mapping[int, OpeningTimes],
    channel_id: int | None = None,
) -> dict[int, ResponseFigures]:
    write_counts(session)
    parts = (_tally_rows(period, channel_id), _answered_rows(period, channel_id), _waiting_rows(period, zone, now, channel_id))
    tallies: dict[int, tuple[date, Tally]] = {}
    answered: dict[int, dict[int, int]] = {}
    ages: dict[int, dict[int, int]] = {}
    due: dict[int, tuple[int, int]] = {}
    for row in session.execute(union_all(*parts)):
        channel = row.channel_id
        if row.part == "tally":
            tallies[channel] = (row.first_on, Tally(*(value or 0 for value in (row.a, row.b, row.c, row.d, row.e, row.f, row.g))))
        elif row.part == "answered":
            answered.setdefault(channel, {})[row.number] = row.a
        else:
            age = _age(openings.get(channel, ALWAYS), row.number, now)
            _count(ages.setdefault(channel, {}), FINE.bucket(age), row.a)
            overdue, coming = due.get(channel, (0, 0))
            due[channel] = (overdue + row.b, coming + row.c)
    return {
        channel: ResponseFigures(
            period,
            first_on,
            tally,
            Histogram(answered.get(channel, {})),
            Waiting(Histogram(ages.get(channel, {})), *due.get(channel, (0, 0))),
        )
        for channel, (first_on, tally) in tallies.items()
    }


def _tally_rows(period: Period, channel_id: int | None) -> Rows:
    """One row a channel, also for channels without requests in the period: since when it is measured."""
    inside = PromiseDay.received_on.between(period.since, period.until)
    sums = [
        func.sum(case((inside, getattr(PromiseDay, name)), else_=0)).label(letter)
        for name, letter in zip(_TALLIES, "abcdefg", strict=True)
    ]
    query = select(
        literal("tally").label("part"),
        PromiseDay.channel_id,
        literal(0).label("number"),
        *sums,
        func.min(PromiseDay.received_on, type_=Date).label("first_on"),
    ).group_by(PromiseDay.channel_id)
    return query if channel_id is None else query.where(PromiseDay.channel_id == channel_id)


def _answered_rows(period: Period, channel_id: int | None) -> Rows:
    query = select(
        literal("answered").label("part"),
        ResponseDay.channel_id,
        ResponseDay.bucket.label("number"),
        func.sum(ResponseDay.n).label("a"),
        *_zeros("bcdefg"),
        null().label("first_on"),
    )
    return _within(query, ResponseDay, period, channel_id).group_by(ResponseDay.channel_id, ResponseDay.bucket)


def _waiting_rows(period: Period, zone: ZoneInfo, now: datetime, channel_id: int | None) -> Rows:
    """`number` is the minute after the last one of its group, a how many wait, b overdue, c not yet due."""
    minute, promised, n = UnansweredCount.received_minute, UnansweredCount.promised_second, UnansweredCount.n
    present = int(now.timestamp()) // 60
    second = -int(-now.timestamp() // 1)
    end = case(
        (minute >= present - _BY_MINUTE, minute + 1),
        (minute >= present - _BY_TEN, (minute // _TEN + 1) * _TEN),
        else_=(minute // _SIXTY + 1) * _SIXTY,
    ).label("number")
    since, until = _midnight(period.since, zone), _midnight(period.until + timedelta(days=1), zone)
    query = (
        select(
            literal("waiting").label("part"),
            UnansweredCount.channel_id,
            end,
            func.sum(n).label("a"),
            func.sum(case((promised.between(1, second - 1), n), else_=0)).label("b"),
            func.sum(case((promised >= second, n), else_=0)).label("c"),
            *_zeros("defg"),
            null().label("first_on"),
        )
        .where(minute >= since, minute < until)
        .group_by(UnansweredCount.channel_id, end)
    )
    return query if channel_id is None else query.where(UnansweredCount.channel_id == channel_id)


def _within(query: Rows, table: type[ResponseDay | ResponseHour], period: Period, channel_id: int | None) -> Rows:
    query = query.where(table.received_on.between(period.since, period.until))
    return query if channel_id is None else query.where(table.channel_id == channel_id)


def _zeros(letters: str) -> list[Any]:
    return [literal(0).label(letter) for letter in letters]


def _midnight(on: date, zone: ZoneInfo) -> int:
    """The minute since 1970 at which this local day begins."""
    return int(datetime(on.year, on.month, on.day, tzinfo=zone).timestamp()) // 60


def _received(end: int) -> datetime:
    return datetime.fromtimestamp((end - 1) * 60, UTC)


def _age(opening: OpeningTimes, end: int, now: datetime) -> float:
    return opening.between(datetime.fromtimestamp(end * 60, UTC), now).total_seconds()


def _count(counts: dict[int, int], bucket: int, n: int) -> None:
    counts[bucket] = counts.get(bucket, 0) + n


def _histograms(found: Mapping[Any, dict[int, int]], scale: Scale) -> dict[Any, Histogram]:
    return {key: Histogram(counts, scale) for key, counts in found.items()}


def zone_of(session: Session) -> ZoneInfo:
    """The zone in which days and hours of receipt are counted: the organisation's. One query."""
    organisation = the_organisation(session)
    return organisation.zone if organisation else _DEFAULT_ZONE


def _period(since: date | None, until: date | None, now: datetime, zone: ZoneInfo) -> Period:
    usual = last_days(until or now.astimezone(zone).date())
    return Period(since or usual.since, until or usual.until)

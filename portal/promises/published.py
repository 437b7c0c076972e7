"""Reading the kept counts: the same few rows whether there were a thousand requests or ten million."""

from collections.abc import Mapping
from datetime import UTC, date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import Select, case, func, literal, null, select, union_all
from sqlalchemy.orm import Session, aliased

from portal.hours.opening_time import ALWAYS, OpeningTimes
from portal.hours.store import opening_times_of, opening_times_of_all
from portal.organisation.models import Channel
from portal.organisation.store import zone_of
from portal.promises.counting import write_counts
from portal.promises.figures import Group, Period, ResponseFigures, Tally, Waiting, by_day, by_hour, last_days
from portal.promises.models import PromiseDay, ResponseDay, ResponseHour, ResponseWeek, UnansweredCount
from portal.promises.statistics import COARSE, FINE, Histogram, Scale

Rows = Select[*tuple[Any, ...]]

_TALLIES = ("received", "kept", "late", "set_aside", "afterwards", "unmeasured", "unpromised")
# Requests that wait are grouped by minute of receipt, and older ones by more minutes (age from, width), so that their age is
# never more than one hundredth too low and a long queue is still a few rows.
_WIDTHS = ((12_000, 120), (6_000, 60), (2_000, 20), (1_000, 10), (500, 5), (200, 2))


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
    for part, channel, number, *amounts, first_on in session.execute(union_all(*parts)):
        if part == "tally":
            tallies[channel] = (first_on, Tally(*amounts))
        elif part == "answered":
            answered.setdefault(channel, {})[number] = amounts[0]
        else:
            waiting, late, coming = amounts[:3]
            age = _age(openings.get(channel, ALWAYS), number, now)
            _count(ages.setdefault(channel, {}), FINE.bucket(age), waiting)
            before = due.get(channel, (0, 0))
            due[channel] = (before[0] + late, before[1] + coming)
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
    """One row a channel that ever had a request: its sums in the period, and since when it is measured."""
    of_channel = PromiseDay.channel_id == Channel.id
    first_on = (
        select(PromiseDay.received_on)
        .where(of_channel)
        .order_by(PromiseDay.received_on)
        .limit(1)
        .correlate(Channel)
        .scalar_subquery()
    )
    inside = PromiseDay.received_on.between(period.since, period.until)
    sums = [
        func.coalesce(func.sum(getattr(PromiseDay, name)), 0).label(letter)
        for name, letter in zip(_TALLIES, "abcdefg", strict=True)
    ]
    return (
        select(
            literal("tally").label("part"),
            Channel.id.label("channel_id"),
            literal(0).label("number"),
            *sums,
            first_on.label("first_on"),
        )
        .outerjoin(PromiseDay, of_channel & inside)
        .where(Channel.id.in_(_channels(channel_id)), first_on.is_not(None))
        .group_by(Channel.id)
    )


def _answered_rows(period: Period, channel_id: int | None) -> Rows:
    """Whole weeks from the counts by week, what is left at both ends from those by day."""
    weeks = period.whole_weeks
    by_day = select(ResponseDay.channel_id, ResponseDay.bucket, ResponseDay.n)
    parts = [_within(by_day, ResponseDay, period, channel_id)]
    if weeks:
        parts[0] = parts[0].where(~ResponseDay.received_on.between(weeks.since, weeks.until))
        by_week = select(ResponseWeek.channel_id, ResponseWeek.bucket, ResponseWeek.n)
        within = ResponseWeek.week_on.between(weeks.since, weeks.until)
        parts.append(by_week.where(ResponseWeek.channel_id.in_(_channels(channel_id)), within))
    found = union_all(*parts).subquery()
    return select(
        literal("answered").label("part"),
        found.c.channel_id,
        found.c.bucket.label("number"),
        func.sum(found.c.n).label("a"),
        *_zeros("bcdefg"),
        null().label("first_on"),
    ).group_by(found.c.channel_id, found.c.bucket)


def _waiting_rows(period: Period, zone: ZoneInfo, now: datetime, channel_id: int | None) -> Rows:
    """`number` is the minute after the last one of its group, a how many wait, b overdue, c not yet due."""
    minute, promised, n = UnansweredCount.received_minute, UnansweredCount.promised_second, UnansweredCount.n
    present = int(now.timestamp()) // 60
    second = -int(-now.timestamp() // 1)
    grouped = [(minute <= present - age - width, (minute // width + 1) * width) for age, width in _WIDTHS]
    end = case(*grouped, else_=minute + 1).label("number")
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
    return query.where(UnansweredCount.channel_id.in_(_channels(channel_id)))


def _within(query: Rows, table: type[ResponseDay | ResponseHour], period: Period, channel_id: int | None) -> Rows:
    return query.where(table.channel_id.in_(_channels(channel_id)), table.received_on.between(period.since, period.until))


def _channels(channel_id: int | None) -> Select[int]:
    """Named one by one, so that the database looks only at the days asked for and not at all that came before."""
    return select(aliased(Channel).id) if channel_id is None else select(literal(channel_id))


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


def _period(since: date | None, until: date | None, now: datetime, zone: ZoneInfo) -> Period:
    usual = last_days(until or now.astimezone(zone).date())
    return Period(since or usual.since, until or usual.until)

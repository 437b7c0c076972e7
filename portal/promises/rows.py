"""The queries behind the figures, each for one part of them.

Their rows have one shape, so that one statement can read all parts from one state of the database: the part, the channel,
an amount for each of `TALLIES`, counts, and a day: the one on which measuring began, or that of the row. Counts are packed, a
row of hundreds of pairs (a number, how many) in one text: to fetch each pair as a row costs many times more than all the rest.
"""

import math
from collections.abc import Sequence
from dataclasses import fields
from datetime import date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import (
    ColumnElement,
    Select,
    String,
    case,
    cast,
    extract,
    func,
    literal,
    literal_column,
    null,
    or_,
    select,
)
from sqlalchemy.orm import InstrumentedAttribute, aliased

from portal.organisation.models import Channel
from portal.promises.count_models import (
    PromiseDay,
    PromisedDay,
    RecentSince,
    ResponseDay,
    ResponseHour,
    ResponseRecent,
    WaitingHalfHour,
    WaitingMinute,
    WaitingPromise,
)
from portal.promises.figures import Period, Tally
from portal.promises.models import Promise
from portal.promises.rules import SetAside

Rows = Select[*tuple[Any, ...]]
Number = ColumnElement[int] | InstrumentedAttribute[int]
Stretches = tuple[tuple[int, int], ...]

TALLIES = tuple(each.name for each in fields(Tally))
_HALF_HOUR = 30
# A request that waits counts as received at the end of a stretch of time, so never as older than it is; figures that it moves
# are published as "at least". Stretches, in minutes (from which age on, how long), are longer for older ones: five minutes
# after an hour, half an hour after five, at most twelve hours. So the longest queue is less than four hundred pairs a channel.
_BY_MINUTE = 300
_SHORT: Stretches = ((60, 5),)
_LONG: Stretches = ((10_080, 720), (5_760, 120))


def tally_rows(period: Period, channel_id: int | None) -> Rows:
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
    sums = [func.coalesce(func.sum(getattr(PromiseDay, name)), 0) for name in TALLIES]
    return (
        _shaped("tally", Channel.id, sums, first_on=first_on)
        .outerjoin(PromiseDay, of_channel & inside)
        .where(Channel.id.in_(_channels(channel_id)), first_on.is_not(None))
        .group_by(Channel.id)
    )


def answered_rows(period: Period, channel_id: int | None) -> list[Rows]:
    """How many were answered by bucket, from the counts by day."""
    return [_days(_within(ResponseDay, period, channel_id))]


def recent_rows(period: Period, channel_id: int | None) -> list[Rows]:
    """The same from the recent counts, and what they lack or hold too much (less than nothing) by day: mostly no row at all.

    Several rows a channel, to be added up.
    """
    begins = func.coalesce(select(RecentSince.since).scalar_subquery(), literal(date.max))
    ends = literal(period.until + timedelta(days=1))
    on, of_channels = ResponseDay.received_on, ResponseDay.channel_id.in_(_channels(channel_id))
    recent = select(ResponseRecent.channel_id, ResponseRecent.bucket.label("number"), ResponseRecent.n)
    return [
        _packed("answered", recent.where(ResponseRecent.channel_id.in_(_channels(channel_id)))),
        _days(of_channels & (on >= period.since) & (on < case((begins < ends, begins), else_=ends))),
        _days(of_channels & (on >= begins) & (on < period.since), sign=-1),
        _days(of_channels & (on >= case((begins > ends, begins), else_=ends)), sign=-1),
    ]


def waiting_rows(period: Period, zone: ZoneInfo, now: datetime, channel_id: int | None) -> list[Rows]:
    """How many wait that came in during a stretch of time, by the minute after the end of the stretch. Several rows a channel."""
    return _waiting(period, zone, now, channel_id, short=_SHORT, long=_LONG)


def waiting_rows_by_half_hour(period: Period, zone: ZoneInfo, now: datetime, channel_id: int | None) -> list[Rows]:
    """The same in stretches of half an hour at most, so that each lies in one hour and on one day."""
    return _waiting(period, zone, now, channel_id, short=(), long=())


def _waiting(
    period: Period, zone: ZoneInfo, now: datetime, channel_id: int | None, *, short: Stretches, long: Stretches
) -> list[Rows]:
    """From the counts by half hour; by minute in the last hours, and where a period begins or ends amid a half hour."""
    present = int(now.timestamp()) // 60
    first, end = _midnight(period.since, zone), _midnight(period.until + timedelta(days=1), zone)
    begin_long = -(-first // _HALF_HOUR)
    end_long = max(begin_long, min(end, present - _BY_MINUTE) // _HALF_HOUR)
    minute, half_hour = WaitingMinute.received_minute, WaitingHalfHour.received_half_hour
    short_spans = ((first, min(end, begin_long * _HALF_HOUR)), (max(first, end_long * _HALF_HOUR), end))
    found = [
        _stretched(WaitingMinute, _end(minute, 1, present, short)).where(minute >= start, minute < stop)
        for start, stop in short_spans
        if start < stop
    ]
    by_half_hour = _stretched(WaitingHalfHour, _end(half_hour, _HALF_HOUR, present, long))
    found.append(by_half_hour.where(half_hour >= begin_long, half_hour < end_long))
    return [_packed("waiting", rows.where(rows.selected_columns.channel_id.in_(_channels(channel_id)))) for rows in found]


def _end(column: Number, unit: int, present: int, stretches: Stretches) -> ColumnElement[int]:
    """The minute after the stretch in which this row of so many minutes lies; only stretches that are wholly so old."""
    old = [((column + width // unit) * unit <= present - age, (column * unit // width + 1) * width) for age, width in stretches]
    single = (column + 1) * unit
    return case(*old, else_=single) if old else single


def _stretched(table: type[WaitingMinute | WaitingHalfHour], end: ColumnElement[int]) -> Rows:
    return select(table.channel_id, end.label("number"), func.sum(table.n).label("n")).group_by(table.channel_id, end)


def coming_rows(period: Period, now: datetime, channel_id: int | None) -> Rows:
    """How many wait whose promise can still be kept, and how many of them were told of a later time, as the first amounts."""
    inside = WaitingPromise.received_on.between(period.since, period.until)
    not_over = WaitingPromise.promised_second >= math.ceil(now.timestamp())
    return (
        _shaped("coming", WaitingPromise.channel_id, [func.sum(WaitingPromise.n), func.sum(WaitingPromise.told)])
        .where(WaitingPromise.channel_id.in_(_channels(channel_id)), not_over, inside)
        .group_by(WaitingPromise.channel_id)
    )


def answered_by_day(period: Period, channel_id: int) -> Select[date, str]:
    """Each local day of receipt, with its counts by bucket of the fine scale."""
    on, counts = ResponseDay.received_on, _together(ResponseDay.bucket, ResponseDay.n)
    return select(on, counts).where(_within(ResponseDay, period, channel_id)).group_by(on)


def answered_by_hour(period: Period, channel_id: int) -> Select[int, str]:
    """Each local hour of receipt, with its counts by bucket of the coarse scale."""
    hour, bucket = ResponseHour.received_hour, ResponseHour.bucket
    summed = select(hour, bucket, func.sum(ResponseHour.n).label("n")).where(_within(ResponseHour, period, channel_id))
    found = summed.group_by(hour, bucket).subquery()
    return select(found.c.received_hour, _together(found.c.bucket, found.c.n)).group_by(found.c.received_hour)


def promised_by_day(period: Period, channel_id: int) -> Select[date, str]:
    """Each local day of receipt, with the promised times of the day by bucket of the fine scale."""
    on, counts = PromisedDay.received_on, _together(PromisedDay.bucket, PromisedDay.n)
    return select(on, counts).where(_within(PromisedDay, period, channel_id)).group_by(on)


def tally_rows_by_day(period: Period) -> Rows:
    """The sums of each channel on each of these days."""
    sums = [getattr(PromiseDay, name) for name in TALLIES]
    found = _shaped("day", PromiseDay.channel_id, sums, first_on=PromiseDay.received_on)
    return found.where(_within(PromiseDay, period, None))


def tally_rows_by_month(period: Period) -> Rows:
    """The sums of each channel in each month, and the first day of it that has a request."""
    on = PromiseDay.received_on
    month = (extract("year", on), extract("month", on))
    sums = [func.sum(getattr(PromiseDay, name)) for name in TALLIES]
    found = _shaped("month", PromiseDay.channel_id, sums, first_on=func.min(on))
    return found.where(_within(PromiseDay, period, None)).group_by(PromiseDay.channel_id, *month)


def first_told_rows() -> Select[int, datetime | None]:
    """When each channel first told a customer a time, by our own clock; null for one that never did.

    Who withdrew was told one too, and so was what became spam after the promised time. By an index on these alone: a value
    that is not written out could be any other to the database, which then reads them all.
    """
    later = Promise.set_aside_at > Promise.promised_at
    told = (
        Promise.sequence == literal_column("0"),
        Promise.promised_at >= Promise.made_at,
        or_(Promise.set_aside != literal_column(f"'{SetAside.SPAM}'"), later),
    )
    of_channel = select(Promise.made_at).where(Promise.channel_id == Channel.id, *told)
    return select(Channel.id, of_channel.order_by(Promise.made_at).limit(1).correlate(Channel).scalar_subquery())


def coming_by_day(now: datetime) -> Select[int, date, int, int]:
    """How many wait whose promise can still be kept, and how many of them were told of a later time, by channel and day."""
    key = (WaitingPromise.channel_id, WaitingPromise.received_on)
    not_over = WaitingPromise.promised_second >= math.ceil(now.timestamp())
    of_channels = WaitingPromise.channel_id.in_(_channels(None))
    return select(*key, func.sum(WaitingPromise.n), func.sum(WaitingPromise.told)).where(of_channels, not_over).group_by(*key)


def spread_rows_by_day(period: Period, zone: ZoneInfo, now: datetime) -> list[Rows]:
    """Of each channel what was answered and what was promised on each day, by bucket; and what waits, as `waiting_rows` says."""
    return [
        _packed_by_day("answered", ResponseDay, period),
        _packed_by_day("promised", PromisedDay, period),
        *_waiting(period, zone, now, None, short=(), long=()),
    ]


def _packed_by_day(part: str, table: type[ResponseDay | PromisedDay], period: Period) -> Rows:
    found = _shaped(part, table.channel_id, counts=_together(table.bucket, table.n), first_on=table.received_on)
    return found.where(_within(table, period, None)).group_by(table.channel_id, table.received_on)


def _within(
    table: type[PromiseDay | PromisedDay | ResponseDay | ResponseHour], period: Period, channel_id: int | None
) -> ColumnElement[bool]:
    return table.channel_id.in_(_channels(channel_id)) & table.received_on.between(period.since, period.until)


def _days(condition: ColumnElement[bool], sign: int = 1) -> Rows:
    key = (ResponseDay.channel_id, ResponseDay.bucket.label("number"))
    return _packed("answered", select(*key, (sign * func.sum(ResponseDay.n)).label("n")).where(condition).group_by(*key))


def _packed(part: str, counts: Rows) -> Rows:
    found = counts.subquery()
    return _shaped(part, found.c.channel_id, counts=_together(found.c.number, found.c.n)).group_by(found.c.channel_id)


def _shaped(part: str, channel_id: Number, amounts: Sequence[Number] = (), *, counts: Any = None, first_on: Any = None) -> Rows:
    filled = [*amounts, *[literal(0)] * (len(TALLIES) - len(amounts))]
    return select(
        literal(part).label("part"),
        channel_id.label("channel_id"),
        *[amount.label(f"amount_{place}") for place, amount in enumerate(filled)],
        (null() if counts is None else counts).label("counts"),
        (null() if first_on is None else first_on).label("first_on"),
    )


def _together(number: Number, n: Number) -> ColumnElement[str]:
    """An aggregate: all these pairs in one text."""
    pair = cast(number, String) + literal(" ") + cast(n, String)
    return func.aggregate_strings(pair, " ")


def unpacked(text: str) -> dict[int, int]:
    """The pairs that were packed."""
    numbers = list(map(int, text.split()))
    return dict(zip(numbers[::2], numbers[1::2], strict=True))


def _channels(channel_id: int | None) -> Select[int]:
    """Named one by one, so that the database looks only at the days asked for and not at all that came before."""
    return select(aliased(Channel).id) if channel_id is None else select(literal(channel_id))


def _midnight(on: date, zone: ZoneInfo) -> int:
    """The minute since 1970 at which this local day begins."""
    return int(datetime(on.year, on.month, on.day, tzinfo=zone).timestamp()) // 60

"""From a calendar to the instants at which it opens and closes, in UTC.

A wall-clock range is laid over every stretch of constant UTC offset and cut to that stretch. So times that a spring
change skips hold no minutes, times that an autumn change repeats count twice, and no instant is guessed.
"""

from collections.abc import Iterable, Iterator
from datetime import UTC, date, datetime, timedelta
from typing import TypeAlias
from zoneinfo import ZoneInfo

from portal.hours.schedule import Calendar, Range

Period: TypeAlias = tuple[datetime, datetime]

_DAY = timedelta(days=1)


def open_periods(calendar: Calendar, since: datetime, until: datetime) -> list[Period]:
    """The periods in which the calendar is open within [since, until), in UTC: in order, merged, closures cut out."""
    periods: list[Period] = []
    for starts_at, ends_at, offset in offset_stretches(ZoneInfo(calendar.timezone), since, until):
        local_start = (starts_at + offset).replace(tzinfo=None)
        local_end = (ends_at + offset).replace(tzinfo=None)
        first_on, last_on = local_start.date() - _DAY, local_end.date()  # yesterday's range may run past midnight
        for day, hours in _hours_by_day(calendar, first_on, last_on):
            midnight = datetime(day.year, day.month, day.day, tzinfo=UTC) - offset
            for hours_range in hours:
                opens_at = midnight + timedelta(minutes=hours_range.opens)
                closes_at = midnight + timedelta(minutes=hours_range.closes)
                periods.append((max(opens_at, starts_at), min(closes_at, ends_at)))
    closures = merged((max(each.starts_at, since), min(each.ends_at, until)) for each in calendar.closures)
    return _without(merged(periods), closures)


def merged(periods: Iterable[Period]) -> list[Period]:
    """The same instants as the fewest periods, in order; touching ones become one, empty ones vanish."""
    joined: list[Period] = []
    for starts_at, ends_at in sorted(period for period in periods if period[0] < period[1]):
        if joined and starts_at <= joined[-1][1]:
            joined[-1] = (joined[-1][0], max(joined[-1][1], ends_at))
        else:
            joined.append((starts_at, ends_at))
    return joined


def _without(periods: list[Period], closures: list[Period]) -> list[Period]:
    for cut_from, cut_to in closures:
        periods = [
            part
            for starts_at, ends_at in periods
            for part in ((starts_at, min(ends_at, cut_from)), (max(starts_at, cut_to), ends_at))
            if part[0] < part[1]
        ]
    return periods


def _hours_by_day(calendar: Calendar, first_on: date, last_on: date) -> Iterator[tuple[date, tuple[Range, ...]]]:
    special: dict[date, tuple[Range, ...]] = {}
    for exception in calendar.exceptions:  # the last match wins
        for day in _days(max(exception.first_on, first_on), min(exception.last_on, last_on)):
            special[day] = exception.hours
    for day in _days(first_on, last_on):
        yield day, special.get(day, calendar.weekly[day.weekday()])


def _days(first_on: date, last_on: date) -> Iterator[date]:
    for number in range(first_on.toordinal(), last_on.toordinal() + 1):
        yield date.fromordinal(number)


def offset_stretches(zone: ZoneInfo, since: datetime, until: datetime) -> Iterator[tuple[datetime, datetime, timedelta]]:
    """[since, until) cut where the UTC offset of the zone changes: (from, to, offset), in order.

    `zoneinfo` does not publish its transitions: one sample a day finds the days, halving finds the second.
    """
    stretch_start, at, offset = since, since, _offset(zone, since)
    while at < until:
        later = min(at + _DAY, until)
        if _offset(zone, later) != offset:
            changed_at = _first_change(zone, at, later)
            yield stretch_start, changed_at, offset
            stretch_start, offset = changed_at, _offset(zone, changed_at)
            later = changed_at
        at = later
    if stretch_start < until:
        yield stretch_start, until, offset


def _first_change(zone: ZoneInfo, before: datetime, after: datetime) -> datetime:
    offset, second = _offset(zone, before), timedelta(seconds=1)
    while after - before > second:
        middle = before + (after - before) // 2
        middle = max(middle.replace(microsecond=0), before + second)
        before, after = (middle, after) if _offset(zone, middle) == offset else (before, middle)
    return after


def _offset(zone: ZoneInfo, at: datetime) -> timedelta:
    offset = at.astimezone(zone).utcoffset()
    assert offset is not None
    return offset

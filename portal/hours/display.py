"""What customers are told about hours: open now or when again, the week, the days that differ, the days to come. Pure.

One value, `Hours`, serves the public pages and the console's preview, so that both show the same.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum
from itertools import groupby
from zoneinfo import ZoneInfo

from portal.hours import wording
from portal.hours.opening_time import OpeningTimes
from portal.hours.schedule import Calendar, Range, merged_ranges
from portal.web import formats
from portal.web.localized import Text

PREVIEW_DAYS = 14
EXCEPTION_DAYS = 90
_DAY = timedelta(days=1)


class HoursState(StrEnum):
    OPEN = "open"
    CLOSED = "closed"
    UNSCHEDULED = "unscheduled"  # no hours are known, so the page claims neither


@dataclass(frozen=True)
class Said:
    """An instant, and how it is said in the sentence that it stands in."""

    at: datetime
    text: str


@dataclass(frozen=True)
class Day:
    """One local day: its hours in words, and why they differ where they do."""

    on: date
    text: str
    periods: tuple[str, ...]
    reasons: tuple[Text, ...]
    is_today: bool

    @property
    def is_closed(self) -> bool:
        return not self.periods


@dataclass(frozen=True)
class WeekDay:
    name: str
    periods: tuple[str, ...]
    is_today: bool


@dataclass(frozen=True)
class Week:
    """Ordinary hours. `valid_from` is set for a week that is still to come."""

    days: tuple[WeekDay, ...]
    valid_from: Said | None = None


@dataclass(frozen=True)
class Difference:
    """Days or hours that differ from the week; no periods means closed."""

    when: str
    starts_on: date
    periods: tuple[str, ...]
    reason: Text


@dataclass(frozen=True)
class OpenNow:
    """Open and until when, or closed, why and until when. What is not known is None."""

    state: HoursState
    until: Said | None = None
    again: Said | None = None
    reason: Text | None = None


@dataclass(frozen=True)
class Hours(OpenNow):
    """All that is shown of one channel's hours in one language. `zone_name` is set where it is not the home zone's."""

    weeks: tuple[Week, ...] = ()
    differences: tuple[Difference, ...] = ()
    days: tuple[Day, ...] = ()
    zone_name: str | None = None


def hours_of(opening: OpeningTimes, now: datetime, language: str, home: ZoneInfo) -> Hours:
    """What customers are told at `now` in this language ("nl" or "en"), for the page about one channel."""
    zone = opening.zone_at(now)
    at_once = open_now(opening, now, language)
    return Hours(
        state=at_once.state,
        until=at_once.until,
        again=at_once.again,
        reason=at_once.reason,
        weeks=tuple(_weeks(opening, now, zone, language)),
        differences=tuple(_differences(opening, now, zone, language)),
        days=tuple(days_from(opening, now, language, PREVIEW_DAYS)),
        zone_name=None if zone.key == home.key else zone.key,
    )


def open_now(opening: OpeningTimes, now: datetime, language: str) -> OpenNow:
    """What customers are told at `now` in a list of channels: the same sentences, without the weeks and days."""
    zone, state = opening.zone_at(now), state_of(opening, now)
    if state is HoursState.OPEN:
        change = opening.next_change(now)
        return OpenNow(state, until=Said(change.at, wording.closing(change.at, zone, language, now)) if change else None)
    if state is HoursState.CLOSED:
        at = opening.next_open(now)
        again = Said(at, wording.opening(at, zone, language, now)) if at else None
        return OpenNow(state, again=again, reason=_reason_for_closing(opening, now, zone, language))
    return OpenNow(state)


def state_of(opening: OpeningTimes, now: datetime) -> HoursState:
    if opening.calendar_at(now) is None:
        return HoursState.UNSCHEDULED
    return HoursState.OPEN if opening.is_open(now) else HoursState.CLOSED


def _reason_for_closing(opening: OpeningTimes, now: datetime, zone: ZoneInfo, language: str) -> Text | None:
    """Why it is closed at an hour at which one might expect otherwise; None when that is simply the week."""
    calendar = opening.calendar_at(now)
    if calendar is None:
        return None
    for closure in opening.closures_at(now):
        return closure.reason.in_(language)
    local = now.astimezone(zone)
    exception = calendar.exception_on(local.date())
    if exception is None:
        return None
    minute = local.hour * 60 + local.minute
    usually_open = any(each.opens <= minute < each.closes for each in calendar.weekly[local.weekday()])
    return exception.reason.in_(language) if exception.is_closed or usually_open else None


def _weeks(opening: OpeningTimes, now: datetime, zone: ZoneInfo, language: str) -> Iterator[Week]:
    calendar, today = opening.calendar_at(now), now.astimezone(zone).date()
    if calendar is not None:
        yield Week(_week_days(calendar, language, today.weekday()))
    for version in opening.versions:
        if now < version.valid_from <= now + EXCEPTION_DAYS * _DAY:
            if calendar is None or version.calendar.weekly != calendar.weekly:
                begins_on = version.valid_from.astimezone(zone).date()
                start = Said(version.valid_from, formats.day(begins_on, language, today=today))
                yield Week(_week_days(version.calendar, language, None), start)
            calendar = version.calendar


def _week_days(calendar: Calendar, language: str, today: int | None) -> tuple[WeekDay, ...]:
    return tuple(
        WeekDay(
            wording.weekday(number, language),
            tuple(wording.period(each, language) for each in merged_ranges(hours)),
            is_today=number == today,
        )
        for number, hours in enumerate(calendar.weekly)
    )


def days_from(opening: OpeningTimes, now: datetime, language: str, count: int) -> Iterator[Day]:
    """Today and the days after it, as they will really be: exceptions, closures and versions to come included."""
    zone = opening.zone_at(now)
    today = now.astimezone(zone).date()
    for on in (today + number * _DAY for number in range(count)):
        calendars = _calendars_of_day(opening, on, zone)
        exceptions = (calendar.exception_on(on) for calendar in calendars[-1:])
        reasons = [each.reason.in_(language) for each in exceptions if each]
        starts_at, ends_at = _instant(on, 0, zone), _instant(on + _DAY, 0, zone)
        reasons += [
            closure.reason.in_(language)
            for closure in (calendars[-1].closures if calendars else ())
            if closure.starts_at < ends_at and starts_at < closure.ends_at
        ]
        periods = tuple(_periods(opening, on, calendars, zone, language))
        text = formats.day(on, language, today=today)
        yield Day(on, text, periods, tuple(dict.fromkeys(reasons)), is_today=on == today)


def _calendars_of_day(opening: OpeningTimes, on: date, zone: ZoneInfo) -> list[Calendar]:
    """What is in force at the start of the day and what takes over during it."""
    starts_at, ends_at = _instant(on, 0, zone), _instant(on + _DAY, 0, zone)
    first = opening.calendar_at(starts_at)
    later = [version.calendar for version in opening.versions if starts_at < version.valid_from < ends_at]
    return [*([first] if first else []), *later]


def _periods(opening: OpeningTimes, on: date, calendars: Iterable[Calendar], zone: ZoneInfo, language: str) -> Iterator[str]:
    for planned in merged_ranges(tuple(each for calendar in calendars for each in calendar.hours_on(on))):
        real = list(_open_within(opening, on, planned, zone))
        if any(each.closes <= each.opens for each in real):  # an edge in the hour that comes twice: the clock cannot say it
            real = [planned]
        for each in real:
            yield wording.period(each, language)


def _open_within(opening: OpeningTimes, on: date, planned: Range, zone: ZoneInfo) -> Iterator[Range]:
    ends_at = _instant(on, planned.closes, zone, is_end=True)
    opens_at = opening.next_open(_instant(on, planned.opens, zone))
    while opens_at and opens_at < ends_at:
        change = opening.next_change(opens_at)
        closes_at = min(change.at, ends_at) if change else ends_at
        yield Range(_minute(opens_at, on, zone), _minute(closes_at, on, zone))
        opens_at = opening.next_open(closes_at)


def _differences(opening: OpeningTimes, now: datetime, zone: ZoneInfo, language: str) -> Iterator[Difference]:
    yield from sorted(
        (*_closures(opening, now, zone, language), *_exceptions(opening, now, zone, language)),
        key=lambda difference: difference.starts_on,
    )


def _exceptions(opening: OpeningTimes, now: datetime, zone: ZoneInfo, language: str) -> Iterator[Difference]:
    today = now.astimezone(zone).date()
    days = [today + number * _DAY for number in range(EXCEPTION_DAYS)]
    calendars = {on: opening.calendar_at(_instant(on + _DAY, 0, zone) - timedelta(seconds=1)) for on in days}
    found = ((on, calendar.exception_on(on)) for on, calendar in calendars.items() if calendar)
    for exception, run in groupby(found, key=lambda pair: pair[1]):
        if exception is not None:
            dates = [on for on, _ in run]
            periods = tuple(wording.period(each, language) for each in merged_ranges(exception.hours))
            when = wording.days(dates[0], dates[-1], language, today)
            yield Difference(when, dates[0], periods, exception.reason.in_(language))


def _closures(opening: OpeningTimes, now: datetime, zone: ZoneInfo, language: str) -> Iterator[Difference]:
    horizon = now + EXCEPTION_DAYS * _DAY
    calendars = [opening.calendar_at(now), *(each.calendar for each in opening.versions if now < each.valid_from <= horizon)]
    closures = dict.fromkeys(closure for calendar in calendars if calendar for closure in calendar.closures)
    for closure in closures:
        if closure.ends_at > now and closure.starts_at <= horizon:
            when = wording.span(closure.starts_at, closure.ends_at, zone, language, now)
            starts_on = closure.starts_at.astimezone(zone).date()
            yield Difference(when, starts_on, (), closure.reason.in_(language))


def _instant(on: date, minute: int, zone: ZoneInfo, *, is_end: bool = False) -> datetime:
    """The instant of this minute of the local day; of two, the outer one, so that a skipped or repeated hour is inside."""
    wall = datetime(on.year, on.month, on.day, tzinfo=zone) + timedelta(minutes=minute)
    both = (wall.replace(fold=0).timestamp(), wall.replace(fold=1).timestamp())
    return datetime.fromtimestamp(max(both) if is_end else min(both), zone)


def _minute(at: datetime, on: date, zone: ZoneInfo) -> int:
    local = at.astimezone(zone)
    return (local.date() - on).days * 24 * 60 + local.hour * 60 + local.minute

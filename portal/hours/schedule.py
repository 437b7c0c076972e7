"""A channel's calendar as values: weekly periods, dated exceptions, last-minute closures.

Reading one from its JSON shape is the work of `reading`, the arithmetic that of `opening_time`.
"""

import json
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from portal.web.localized import Localized

WEEKDAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
DAY_MINUTES = 24 * 60
_FIRST_YEAR, _LAST_YEAR = 2000, 2100


@dataclass(frozen=True, slots=True, order=True)
class Range:
    """A half-open period [opens, closes), in minutes since midnight of the day on which it starts.

    `closes` is above 1440 when the period runs past midnight, and exactly 1440 for "24:00".
    """

    opens: int
    closes: int

    @property
    def texts(self) -> tuple[str, str]:
        """Opening and closing time as "HH:MM"; the end of the day is "24:00"."""
        closes = self.closes if self.closes <= DAY_MINUTES else self.closes - DAY_MINUTES
        return clock_text(self.opens), clock_text(closes)


@dataclass(frozen=True, slots=True)
class DatedException:
    """Other hours, or none, on the local days first_on to last_on (both included)."""

    first_on: date
    last_on: date
    hours: tuple[Range, ...]
    reason: Localized

    @property
    def is_closed(self) -> bool:
        return not self.hours


@dataclass(frozen=True, slots=True)
class Closure:
    """Closed from one instant up to another, whatever the hours say."""

    starts_at: datetime
    ends_at: datetime
    reason: Localized


@dataclass(frozen=True, slots=True)
class Calendar:
    """What one version of a schedule says. `weekly` has seven entries, Monday first."""

    timezone: str
    weekly: tuple[tuple[Range, ...], ...]
    exceptions: tuple[DatedException, ...] = ()
    closures: tuple[Closure, ...] = ()

    def exception_on(self, day: date) -> DatedException | None:
        """The exception that counts on this local day: the last one that matches."""
        for exception in reversed(self.exceptions):
            if exception.first_on <= day <= exception.last_on:
                return exception
        return None

    def hours_on(self, day: date) -> tuple[Range, ...]:
        """The ranges that start on this local day; closures are not cut out."""
        exception = self.exception_on(day)
        return self.weekly[day.weekday()] if exception is None else exception.hours

    def with_closure(self, closure: Closure) -> "Calendar":
        """The same, and closed for the time of the closure."""
        return replace(self, closures=(*self.closures, closure))

    def reopened(self, at: datetime) -> "Calendar":
        """The same, with every closure that is going on at this instant ended by it."""
        ended = (replace(each, ends_at=at) if each.starts_at <= at < each.ends_at else each for each in self.closures)
        return replace(self, closures=tuple(each for each in ended if each.starts_at < each.ends_at))

    def since(self, at: datetime) -> "Calendar":
        """The same for every instant from `at` on, without exceptions and closures that are over by then."""
        yesterday = at.astimezone(ZoneInfo(self.timezone)).date() - timedelta(days=1)  # its night may not be over
        return replace(
            self,
            exceptions=tuple(each for each in self.exceptions if each.last_on >= yesterday),
            closures=tuple(each for each in self.closures if each.ends_at > at),
        )


def is_foreseeable(day: date) -> bool:
    """Whether somebody may mean this day or instant. Every year up to it is expanded, and the calendar ends at 9999."""
    return _FIRST_YEAR <= day.year <= _LAST_YEAR


def all_day(timezone: str) -> Calendar:
    """Open day and night: what a channel without a schedule is counted by."""
    return Calendar(timezone, ((Range(0, DAY_MINUTES),),) * len(WEEKDAYS))


def merged_ranges(hours: tuple[Range, ...]) -> list[Range]:
    """The same minutes as the fewest ranges, in order: what touches or overlaps becomes one."""
    joined: list[Range] = []
    for each in sorted(hours):
        if joined and each.opens <= joined[-1].closes:
            joined[-1] = Range(joined[-1].opens, max(joined[-1].closes, each.closes))
        else:
            joined.append(each)
    return joined


def clock_text(minutes: int) -> str:
    """Minutes since midnight as "HH:MM"."""
    return f"{minutes // 60:02d}:{minutes % 60:02d}"


def range_texts(hours: tuple[Range, ...]) -> list[list[str]]:
    """The ranges as the JSON shape has them: pairs of "HH:MM"."""
    return [list(hours_range.texts) for hours_range in hours]


def calendar_json(calendar: Calendar) -> dict[str, object]:
    """The JSON shape that `reading.read_calendar` turns into an equal calendar. One-day exceptions keep the short form."""
    return {
        "timezone": calendar.timezone,
        "weekly": {name: range_texts(hours) for name, hours in zip(WEEKDAYS, calendar.weekly, strict=True) if hours},
        "exceptions": [_exception_json(exception) for exception in calendar.exceptions],
        "closures": [
            {
                "from": closure.starts_at.isoformat(),
                "to": closure.ends_at.isoformat(),
                "reason": _reason_json(closure.reason),
            }
            for closure in calendar.closures
        ],
    }


def calendar_text(calendar: Calendar) -> str:
    """The JSON shape as text: equal calendars give equal texts."""
    return json.dumps(calendar_json(calendar), ensure_ascii=False, separators=(",", ":"))


def _exception_json(exception: DatedException) -> dict[str, object]:
    days = (
        {"date": exception.first_on.isoformat()}
        if exception.first_on == exception.last_on
        else {"from": exception.first_on.isoformat(), "to": exception.last_on.isoformat()}
    )
    return {**days, "hours": range_texts(exception.hours), "reason": _reason_json(exception.reason)}


def _reason_json(reason: Localized) -> dict[str, str]:
    return {"nl": reason.nl, "en": reason.en}

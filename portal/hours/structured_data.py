"""Hours for programs: schema.org's ContactPoint with hoursAvailable, as JSON-LD. Pure.

Exceptions and closures are further specifications with validFrom and validThrough. Closed is said by leaving `opens` out, as
schema.org defines it ("open if the opens property is specified, and closed otherwise"); 00:00 to 00:00 is one search
engine's reading. Closing before opening runs into the next day. A whole day is 00:00 to 23:59, because equal ends say nothing.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from itertools import groupby
from typing import Any
from zoneinfo import ZoneInfo

from portal.hours.display import EXCEPTION_DAYS
from portal.hours.opening_time import OpeningTimes
from portal.hours.schedule import DAY_MINUTES, Calendar, Range, clock_text, merged_ranges

_DAY = timedelta(days=1)
_DAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")


@dataclass(frozen=True)
class _Span:
    """A calendar with the local days on which it counts; the ends are None where the reader need not know them."""

    calendar: Calendar
    first_on: date | None
    last_on: date | None

    @property
    def validity(self) -> dict[str, str]:
        ends = {"validFrom": self.first_on, "validThrough": self.last_on}
        return {name: on.isoformat() for name, on in ends.items() if on}


def contact_point(
    *, name: str, address: str, page: str, opening: OpeningTimes, now: datetime, language: str = "nl"
) -> dict[str, Any]:
    """A channel as a ContactPoint. `address` is where customers write (https:, mailto: or tel:), `page` our page about it.

    A channel without a schedule has no hoursAvailable: nothing is claimed that the page does not say.
    """
    point: dict[str, Any] = {"@type": "ContactPoint", "contactType": "customer service", "name": name}
    scheme, _, rest = address.partition(":")
    if scheme == "tel":
        point["telephone"] = rest
    elif scheme == "mailto":
        point["email"] = rest
    point["url"] = address if scheme in {"http", "https"} else page
    point["availableLanguage"] = ["nl", "en"]
    if opening.calendar_at(now) is not None:
        point["hoursAvailable"] = hours_available(opening, now, language)
    return point


def hours_available(opening: OpeningTimes, now: datetime, language: str = "nl") -> list[dict[str, Any]]:
    """The week, a week that replaces it soon, and the exceptions and closures that are not over: what the page shows too."""
    spans = list(_spans(opening, now))
    return [
        {"@type": "OpeningHoursSpecification", **facts}
        for facts in (*_weeks(spans), *_exceptions(spans, now, language), *_closures(spans, now, language))
    ]


def _spans(opening: OpeningTimes, now: datetime) -> Iterator[_Span]:
    """What is in force now and what takes over while the page looks ahead."""
    horizon = now + EXCEPTION_DAYS * _DAY
    starts: list[tuple[date | None, Calendar]] = []
    if calendar := opening.calendar_at(now):
        starts.append((None, calendar))
    for version in opening.versions:
        if now < version.valid_from <= horizon:
            zone = ZoneInfo(version.calendar.timezone)
            starts.append((version.valid_from.astimezone(zone).date(), version.calendar))
    ends = [first_on - _DAY if first_on else None for first_on, _ in starts[1:]]
    for (first_on, current), last_on in zip(starts, [*ends, None], strict=True):
        yield _Span(current, first_on, last_on)


def _weeks(spans: list[_Span]) -> Iterator[dict[str, Any]]:
    for weekly, run in groupby(spans, key=lambda span: span.calendar.weekly):
        same = list(run)
        validity = _Span(same[0].calendar, same[0].first_on, same[-1].last_on).validity
        days: dict[Range, list[str]] = {}
        for number, hours in enumerate(weekly):
            for hours_range in merged_ranges(hours):
                days.setdefault(hours_range, []).append(f"https://schema.org/{_DAYS[number]}")
        for hours_range, names in days.items():
            yield {"dayOfWeek": names, **_times(hours_range), **validity}


def _exceptions(spans: list[_Span], now: datetime, language: str) -> Iterator[dict[str, Any]]:
    for span in spans:
        today = now.astimezone(ZoneInfo(span.calendar.timezone)).date()
        first_on, last_on = max(span.first_on or today, today), span.last_on or today + EXCEPTION_DAYS * _DAY
        for exception in span.calendar.exceptions:
            if exception.first_on <= last_on and first_on <= exception.last_on:
                days = _Span(span.calendar, max(exception.first_on, first_on), min(exception.last_on, last_on)).validity
                facts = {"name": str(exception.reason.in_(language)), **days}
                yield from [{**facts, **_times(each)} for each in merged_ranges(exception.hours)] or [facts]


def _closures(spans: list[_Span], now: datetime, language: str) -> Iterator[dict[str, Any]]:
    for closure in dict.fromkeys(closure for span in spans for closure in span.calendar.closures):
        if closure.ends_at > now:
            yield {
                "name": str(closure.reason.in_(language)),
                "validFrom": closure.starts_at.isoformat(),
                "validThrough": closure.ends_at.isoformat(),
            }


def _times(hours: Range) -> dict[str, str]:
    closes = "23:59" if (hours.opens, hours.closes) == (0, DAY_MINUTES) else clock_text(hours.closes % DAY_MINUTES)
    return {"opens": clock_text(hours.opens), "closes": closes}

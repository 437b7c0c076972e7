"""Hours for programs: schema.org's ContactPoint with hoursAvailable, as JSON-LD. Pure.

Exceptions and closures are further specifications with validFrom and validThrough. Closed is said by leaving `opens` out, as
schema.org defines it ("open if the opens property is specified, and closed otherwise"); 00:00 to 00:00 is one search
engine's reading. Closing before opening runs into the next day. A whole day is 00:00 to 23:59, because equal ends say nothing.
"""

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any

from portal.hours.display import EXCEPTION_DAYS
from portal.hours.opening_time import OpeningTimes
from portal.hours.schedule import DAY_MINUTES, Calendar, Range, clock_text, merged_ranges

_DAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")


def contact_point(*, name: str, address: str, page: str, opening: OpeningTimes, now: datetime) -> dict[str, Any]:
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
    calendar = opening.calendar_at(now)
    if calendar is not None:
        point["hoursAvailable"] = hours_available(calendar, now)
    return point


def hours_available(calendar: Calendar, now: datetime) -> list[dict[str, Any]]:
    """The week, then the exceptions and closures that have not ended and begin within what the page shows."""
    return [*_week(calendar), *_exceptions(calendar.since(now), now), *_closures(calendar.since(now))]


def _week(calendar: Calendar) -> Iterator[dict[str, Any]]:
    days: dict[Range, list[str]] = {}
    for number, hours in enumerate(calendar.weekly):
        for hours_range in merged_ranges(hours):
            days.setdefault(hours_range, []).append(f"https://schema.org/{_DAYS[number]}")
    for hours_range, names in days.items():
        yield {"@type": "OpeningHoursSpecification", "dayOfWeek": names, **_times(hours_range)}


def _exceptions(calendar: Calendar, now: datetime) -> Iterator[dict[str, Any]]:
    horizon = now.date() + timedelta(days=EXCEPTION_DAYS)
    for exception in calendar.exceptions:
        if exception.first_on > horizon:
            continue
        days = {
            "@type": "OpeningHoursSpecification",
            "name": exception.reason.nl,
            "validFrom": exception.first_on.isoformat(),
            "validThrough": exception.last_on.isoformat(),
        }
        yield from ([{**days, **_times(each)} for each in merged_ranges(exception.hours)] or [days])


def _closures(calendar: Calendar) -> Iterator[dict[str, Any]]:
    for closure in calendar.closures:
        yield {
            "@type": "OpeningHoursSpecification",
            "name": closure.reason.nl,
            "validFrom": closure.starts_at.isoformat(),
            "validThrough": closure.ends_at.isoformat(),
        }


def _times(hours: Range) -> dict[str, str]:
    closes = "23:59" if (hours.opens, hours.closes) == (0, DAY_MINUTES) else clock_text(hours.closes % DAY_MINUTES)
    return {"opens": clock_text(hours.opens), "closes": closes}

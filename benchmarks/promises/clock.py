"""A desk's opening clock, fast: the product's own opening hours, expanded once into a table that a replay bisects.

Instants are minutes since the base, an instant at which the replay may begin; the desk's clock is opening minutes since then.
"""

from bisect import bisect_left, bisect_right
from datetime import UTC, date, datetime, timedelta
from functools import lru_cache
from math import ceil

from portal.hours.holidays import HolidaySet, nl_holidays
from portal.hours.opening_time import OpeningTimes, Version
from portal.hours.reading import read_calendar

TIMEZONE = "Europe/Amsterdam"
WEEKDAYS = ("mon", "tue", "wed", "thu", "fri")
HALF_HOUR = 30.0
DAY = 1440.0


@lru_cache
def office_hours(opens: str = "09:00", closes: str = "17:00", years: tuple[int, ...] = (2026, 2027)) -> OpeningTimes:
    """Open on working days, closed on the holidays of these years on which most are."""
    closed = [day for year in years for day in nl_holidays(year, HolidaySet.USUAL_CLOSING)]
    shape = {
        "timezone": TIMEZONE,
        "weekly": {day: [[opens, closes]] for day in WEEKDAYS},
        "exceptions": [{"date": day.isoformat(), "hours": [], "reason": "Feestdag"} for day in closed],
    }
    return OpeningTimes((Version(datetime(2000, 1, 1, tzinfo=UTC), read_calendar(shape)),))


@lru_cache
def always_open() -> OpeningTimes:
    shape = {"timezone": TIMEZONE, "weekly": {day: [["00:00", "24:00"]] for day in (*WEEKDAYS, "sat", "sun")}}
    return OpeningTimes((Version(datetime(2000, 1, 1, tzinfo=UTC), read_calendar(shape)),))


class OpeningClock:
    """Opening minutes as a function of minutes since `base`, and back. A question costs one bisection.

    Its zone lies whole hours from UTC all year, so that half hours of the local clock are those of UTC.
    """

    def __init__(self, opening: OpeningTimes, base: datetime, days: int) -> None:
        self.opening, self.base, self.ends = opening, base, days * DAY
        self._edges: list[float] = []  # opening and closing instants by turns
        self._opened = [0.0]  # minutes open before the k-th opening
        at, end = base, base + timedelta(days=days)
        while (opens_at := opening.next_open(at)) is not None and opens_at < end:
            change = opening.next_change(opens_at)
            at = end if change is None else min(change.at, end)
            self._edges += (self.minutes_at(opens_at), self.minutes_at(at))
            self._opened.append(self._opened[-1] + self._edges[-1] - self._edges[-2])
            if at == end:
                break
        zone = opening.zone_at(base)
        first = base.astimezone(zone).date()
        midnights = (datetime(day.year, day.month, day.day, tzinfo=zone) for day in _days(first, days + 2))
        self._midnights = [self.minutes_at(midnight) for midnight in midnights]
        self._first_day = first.toordinal()

    def minutes_at(self, at: datetime) -> float:
        return (at.astimezone(UTC) - self.base).total_seconds() / 60

    def at(self, minutes: float) -> datetime:
        return self.base + timedelta(minutes=minutes)

    def day(self, minutes: float) -> int:
        """The ordinal of the local date."""
        return self._first_day + bisect_right(self._midnights, minutes) - 1

    def midnight(self, day: int) -> float:
        """When the local day with this place (0 = that of the base) begins."""
        return self._midnights[day]

    def opened(self, minutes: float) -> float:
        """The desk's clock at an instant."""
        index = bisect_right(self._edges, minutes)
        opened = self._opened[index >> 1]
        return opened + minutes - self._edges[index - 1] if index & 1 else opened

    def reached(self, opened: float) -> float:
        """The first instant at which the desk's clock shows this; the end of the table for what lies beyond it."""
        if opened > self._opened[-1]:
            return self.ends
        index = max(bisect_left(self._opened, opened), 1)
        return self._edges[2 * index - 1] - (self._opened[index] - opened)

    def promise(self, received: float, lead: float) -> float:
        """What `portal.hours.opening_time.promise_by` gives for these opening minutes and half hours."""
        due = self.reached(self.opened(received) + lead) if lead > 0 else received
        return ceil(due / HALF_HOUR - 1e-9) * HALF_HOUR

    def stretches(self) -> list[tuple[float, float, float]]:
        """Each time of opening: when it begins, and the desk's clock at its beginning and end."""
        pairs = zip(self._edges[::2], self._opened, self._opened[1:], strict=False)
        return list(pairs)


def _days(first: date, number: int) -> list[date]:
    return [first + timedelta(days=place) for place in range(number)]


@lru_cache(maxsize=128)
def opening_clock(opening: OpeningTimes, base: datetime, days: int) -> OpeningClock:
    """The same clock for the same desk hours, so that the expansion is paid for once."""
    return OpeningClock(opening, base, days)

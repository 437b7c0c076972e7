"""The slow oracle: opening time by looking at the clock on the wall, minute after minute.

It reads the JSON shape itself and shares no code with the portal.
"""

from collections.abc import Iterator, Mapping
from datetime import UTC, date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

MINUTE = timedelta(minutes=1)
DAY = timedelta(days=1)
NAMES = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")


class MinuteWalk:
    def __init__(self, calendar: Mapping[str, Any]) -> None:
        self.zone = ZoneInfo(calendar["timezone"])
        self.weekly = calendar["weekly"]
        self.exceptions = calendar.get("exceptions", [])
        self.closures = [tuple(map(datetime.fromisoformat, (c["from"], c["to"]))) for c in calendar.get("closures", [])]

    def is_open(self, at: datetime) -> bool:
        if any(start <= at < end for start, end in self.closures):
            return False
        wall = at.astimezone(self.zone).replace(tzinfo=None)
        return any(
            start <= wall < end for day in (wall.date(), wall.date() - DAY) for start, end in self._ranges_that_start_on(day)
        )

    def next_change(self, at: datetime, days: int = 400) -> tuple[datetime, str] | None:
        was_open = self.is_open(at)
        for minute in _minutes_after(at, days):
            if self.is_open(minute) != was_open:
                return minute, "closed" if was_open else "open"
        return None

    def next_open(self, at: datetime, days: int = 400) -> datetime | None:
        if self.is_open(at):
            return at
        change = self.next_change(at, days)
        return change and change[0]

    def add(self, at: datetime, minutes: float, days: int = 400) -> datetime | None:
        left = timedelta(minutes=minutes)
        if not left:
            return at
        for minute, length in _pieces(at, at + days * DAY):
            if self.is_open(minute):
                if length >= left:
                    return minute + left
                left -= length
        return None

    def between(self, start: datetime, end: datetime) -> timedelta:
        return sum((length for minute, length in _pieces(start, end) if self.is_open(minute)), timedelta(0))

    def _ranges_that_start_on(self, day: date) -> Iterator[tuple[datetime, datetime]]:
        hours = self.weekly.get(NAMES[day.weekday()], [])
        for exception in self.exceptions:
            if exception.get("date", exception.get("from")) <= day.isoformat() <= exception.get("date", exception.get("to")):
                hours = exception["hours"]
        for opens, closes in hours:
            start, end = _wall(day, opens), _wall(day, closes)
            yield start, end if start < end else end + DAY


def _wall(day: date, text: str) -> datetime:
    hour, minute = map(int, text.split(":"))
    return datetime(day.year, day.month, day.day) + timedelta(hours=hour, minutes=minute)  # noqa: DTZ001 - a wall clock has no zone


def _minutes_after(at: datetime, days: int) -> Iterator[datetime]:
    minute = at.astimezone(UTC).replace(second=0, microsecond=0)
    for _ in range(days * 24 * 60):
        minute += MINUTE
        yield minute


def _pieces(start: datetime, end: datetime) -> Iterator[tuple[datetime, timedelta]]:
    """Whole minutes of the clock, with what sticks out at both ends."""
    start, end = start.astimezone(UTC), end.astimezone(UTC)
    while start < end:
        stop = min(start.replace(second=0, microsecond=0) + MINUTE, end)
        yield start, stop - start
        start = stop

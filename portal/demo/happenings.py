"""What went wrong at Lijnwaard in eight weeks, what is wrong now, and what is planned. Pure."""

from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

from portal.demo import incident_texts as texts
from portal.demo.incident_texts import Story

_TUESDAY = 1


@dataclass(frozen=True)
class Happening:
    """A story at a time. Planned work has a window; `at` is when its announcement is published."""

    at: datetime
    story: Story
    window: tuple[datetime, datetime] | None = None


def calamity_day(now: datetime, zone: ZoneInfo) -> datetime:
    """The start of the great power failure: 7.40 on a Tuesday, two to three weeks ago."""
    day = now.astimezone(zone).date() - timedelta(days=14)
    while day.weekday() != _TUESDAY:
        day -= timedelta(days=1)
    return datetime.combine(day, time(7, 40), zone).astimezone(UTC)


def happenings(now: datetime, zone: ZoneInfo) -> list[Happening]:
    """In order of time. Everything has happened before `now`, but for the planned work that is to come."""
    today = now.astimezone(zone).date()

    def local(days: int, hour: int, minute: int = 0) -> datetime:
        return datetime.combine(today + timedelta(days=days), time(hour, minute), zone).astimezone(UTC)

    found = [
        Happening(local(-47, 15, 20), texts.BURST_PIPE),
        Happening(local(-38, 8, 5), texts.LIFT),
        Happening(local(-30, 7, 12), texts.READERS),
        Happening(calamity_day(now, zone), texts.POWER),
        Happening(local(-12, 10), texts.TRACK_DONE, (local(-9, 0, 30), local(-9, 5))),
        Happening(local(-11, 18, 40), texts.STORM),
        Happening(local(-6, 9, 25), texts.CODES),
        Happening(local(-3, 11), texts.TRACK, (local(4, 0, 30), local(4, 5))),
        Happening(_whole_minutes(now - timedelta(minutes=130)), texts.DIVERSION),
    ]
    return sorted(found, key=lambda happening: happening.at)


def _whole_minutes(at: datetime) -> datetime:
    return at.replace(minute=at.minute - at.minute % 5, second=0, microsecond=0)

"""A date and time as staff type it, in the company's zone. Two hours a year are not what they seem. Pure."""

from datetime import UTC, datetime, timedelta
from enum import StrEnum
from zoneinfo import ZoneInfo


class ClockChange(StrEnum):
    """Why a local time names no instant, or two."""

    SKIPPED = "skipped"
    TWICE = "twice"


def clock_change(local: datetime, zone: ZoneInfo) -> ClockChange | None:
    """What is the matter with this local time (naive, read in `zone`); None when it names exactly one instant."""
    first, second = (local.replace(tzinfo=zone, fold=fold) for fold in (0, 1))
    if first.astimezone(UTC).astimezone(zone).replace(tzinfo=None) != local:
        return ClockChange.SKIPPED
    return ClockChange.TWICE if first.utcoffset() != second.utcoffset() else None


def instant(local: datetime, zone: ZoneInfo) -> datetime:
    """The instant, in UTC, that this local time names; the first of two. Ask `clock_change` before."""
    return local.replace(tzinfo=zone).astimezone(UTC)


def local_time(at: datetime, zone: ZoneInfo) -> datetime:
    """The naive local time of an instant, as a form shows it."""
    return at.astimezone(zone).replace(tzinfo=None, fold=0)


def next_quarter(now: datetime, zone: ZoneInfo) -> datetime:
    """The next whole quarter of an hour after `now`, as naive local time: a window to start from."""
    local = local_time(now, zone).replace(second=0, microsecond=0)
    return local + timedelta(minutes=15 - local.minute % 15)

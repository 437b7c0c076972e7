"""When the worker counts as silent, and whose turn it is. Pure."""

from datetime import datetime, timedelta

BEAT_EVERY = timedelta(seconds=20)
SILENT_AFTER = timedelta(seconds=90)  # four beats may be missed: a long job or a slow disk is no alarm


def is_silent(last_beat: datetime | None, now: datetime) -> bool:
    """Whether nothing was heard of the worker for too long, or never."""
    return last_beat is None or now - last_beat > SILENT_AFTER


def turn_at(at: datetime) -> int:
    """The number of the stretch of 20 seconds since 1970 in which this instant lies; equal on all machines."""
    return int(at.timestamp()) // BEAT_EVERY.seconds

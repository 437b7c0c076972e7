"""When the worker counts as silent. Pure."""

from datetime import datetime, timedelta

BEAT_EVERY = timedelta(seconds=20)
SILENT_AFTER = timedelta(seconds=90)  # four beats may be missed: a long job or a slow disk is no alarm


def is_silent(last_beat: datetime | None, now: datetime) -> bool:
    """Whether nothing was heard of the worker for too long, or never."""
    return last_beat is None or now - last_beat > SILENT_AFTER

"""The minute of which a document tells: what it says of opening hours and answers holds until the next one begins. Pure."""

from datetime import datetime, timedelta

_A_MINUTE = timedelta(minutes=1)


def minute_of(now: datetime) -> datetime:
    """The minute of which a document tells that is made at `now`."""
    return now.replace(second=0, microsecond=0)


def end_of_minute(now: datetime) -> datetime:
    """When that minute is over."""
    return minute_of(now) + _A_MINUTE

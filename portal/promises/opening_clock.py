"""The clock of a desk: it runs only while the channel is open, and never back. Pure.

It counts in whole microseconds, so that it shows the same in whatever steps it got there.
"""

from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

from portal.hours.opening_time import OpeningTimes

_MICROSECOND = timedelta(microseconds=1)
_A_MINUTE = 60_000_000


@dataclass(frozen=True, slots=True)
class Reading:
    """What the clock showed at an instant, by the opening times that were known then."""

    at: datetime
    microseconds: int

    @property
    def minutes(self) -> float:
        return self.microseconds / _A_MINUTE

    def moved_to(self, at: datetime, opening: OpeningTimes) -> "Reading":
        """The reading at a later instant; an earlier one changes nothing."""
        return self if at <= self.at else Reading(at, self.microseconds + opening.between(self.at, at) // _MICROSECOND)

    def minutes_at(self, at: datetime, opening: OpeningTimes) -> float:
        """What the clock showed at this instant or before it; never more than now."""
        return (self.microseconds - opening.between(at, self.at) // _MICROSECOND) / _A_MINUTE

    def day(self, zone: ZoneInfo) -> int:
        """The number of the local day, counted as `date.toordinal` does."""
        return date.toordinal(self.at.astimezone(zone))


SET = Reading(datetime(2020, 1, 1, tzinfo=UTC), 0)  # any instant before the first message would do

"""The day of a channel as a line of 24 hours: where the bars, the pin at now and the flag stand. Pure; the template draws it."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from portal.hours.opening_time import OpeningTimes

_DAY_MINUTES = 24 * 60
_DAY = timedelta(days=1)
_MOST_BARS = 48  # nobody opens more often in a day; a calendar that does is drawn in part


@dataclass(frozen=True)
class Bar:
    """An open part of the day, in percent of its width. One that goes on past now is two bars."""

    x: float
    width: float
    is_past: bool


@dataclass(frozen=True)
class Ribbon:
    """All places in percent of the width of the local day, which runs from 0 to 24 hours on the wall clock."""

    bars: tuple[Bar, ...]
    now: float
    answer: float | None
    answer_is_later: bool
    hours: tuple[tuple[int, float], ...] = ((0, 0.0), (6, 25.0), (12, 50.0), (18, 75.0), (24, 100.0))

    @property
    def wait_until(self) -> float | None:
        """Where the dotted lead from now ends: at the flag, or at the edge when the answer comes on a later day."""
        return 100.0 if self.answer_is_later else self.answer


def ribbon(opening: OpeningTimes, now: datetime, zone: ZoneInfo, answer_at: datetime | None = None) -> Ribbon:
    """The ribbon of the local day of `now`. `answer_at` is the time before which a message sent now is answered."""
    today = now.astimezone(zone).replace(hour=0, minute=0, second=0, microsecond=0, fold=0)
    tomorrow = today + _DAY  # wall-clock arithmetic is meant: the next local midnight
    bars = []
    for opens_at, closes_at in _open_periods(opening, today, tomorrow):
        for start, end in ((opens_at, min(closes_at, now)), (max(opens_at, now), closes_at)):
            if start < end:
                left, right = _place(start, today), _place(end, today)
                bars.append(Bar(left, round(right - left, 2), is_past=end <= now))
    is_later = answer_at is not None and answer_at >= tomorrow
    answer = None if answer_at is None or is_later else _place(answer_at, today)
    return Ribbon(tuple(bars), _place(now, today), answer, is_later)


def _open_periods(opening: OpeningTimes, start: datetime, end: datetime) -> Iterator[tuple[datetime, datetime]]:
    at, is_open = start, opening.is_open(start)
    for _ in range(2 * _MOST_BARS):
        change = opening.next_change(at)
        until = end if change is None or change.at > end else change.at
        if is_open:
            yield at, until
        if until >= end:
            return
        at, is_open = until, not is_open


def _place(at: datetime, today: datetime) -> float:
    """Percent of the width: by the wall clock, so that noon is in the middle on a day of 23 or 25 hours too."""
    local = at.astimezone(today.tzinfo)
    if local.date() > today.date():
        return 100.0
    return round((local.hour * 60 + local.minute + local.second / 60) / _DAY_MINUTES * 100, 2)

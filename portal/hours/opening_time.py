"""Arithmetic in opening time: open at, next change, next open, add, between, and the promise that follows.

Everything is computed in UTC. A year is expanded once into a sorted list of edges; a question is then a bisection in it.
"""

from bisect import bisect_left, bisect_right
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from functools import lru_cache
from itertools import pairwise
from zoneinfo import ZoneInfo

from portal.hours.expansion import Period, merged, offset_stretches, open_periods
from portal.hours.schedule import Calendar, Closure

HORIZON = timedelta(days=400)  # further than this nothing is promised
_NOTHING = timedelta(0)
_DAY = timedelta(days=1)


class State(StrEnum):
    OPEN = "open"
    CLOSED = "closed"


@dataclass(frozen=True, slots=True)
class Change:
    """The instant from which the channel is in another state."""

    at: datetime
    state: State


@dataclass(frozen=True, slots=True)
class Version:
    """A calendar and the instant from which it counts."""

    valid_from: datetime
    calendar: Calendar


@dataclass(frozen=True, slots=True)
class _Year:
    """One UTC year. `edges` alternates opening and closing instants; `opened[k]` is the time open before the k-th opening.

    A period that goes on into the next year ends, here, at the end of the year.
    """

    starts_at: datetime
    ends_at: datetime
    edges: list[datetime]
    opened: list[timedelta]

    def opened_before(self, at: datetime) -> timedelta:
        """The time open between the start of the year and `at`, an instant in it."""
        index = bisect_right(self.edges, at)
        opened = self.opened[index >> 1]
        return opened + (at - self.edges[index - 1]) if index & 1 else opened

    @property
    def total(self) -> timedelta:
        return self.opened[-1]


class OpeningTimes:
    """When a channel is open, each instant judged by the version that was in force then.

    Before the first version, and without any, there are no hours to count by: every instant is open (clock time).
    Arguments are aware datetimes of any zone, answers are in UTC. Answers further away than `HORIZON` are None.
    A question costs O(log n) in the openings of a year, once the years that it touches have been expanded.
    """

    def __init__(self, versions: tuple[Version, ...] = (), timezone: str = "UTC") -> None:
        """`versions` in the order in which they were made: of two with the same start, the later made one counts."""
        in_force = {version.valid_from: version.calendar for version in versions}
        self._versions = sorted(in_force.items())
        self._starts = [valid_from for valid_from, _ in self._versions]
        self._timezone = timezone
        self._years: dict[int, _Year] = {}

    @property
    def versions(self) -> list[Version]:
        """What counts one after the other, by start: of versions with the same start only the one that counts."""
        return [Version(valid_from, calendar) for valid_from, calendar in self._versions]

    def calendar_at(self, at: datetime) -> Calendar | None:
        """The calendar in force at this instant; None where clock time counts."""
        index = bisect_right(self._starts, at)
        return self._versions[index - 1][1] if index else None

    def closures_at(self, at: datetime) -> list[Closure]:
        """The last-minute closures that are going on at this instant."""
        calendar = self.calendar_at(at)
        return [each for each in calendar.closures if each.starts_at <= at < each.ends_at] if calendar else []

    def zone_at(self, at: datetime) -> ZoneInfo:
        """The zone of the calendar in force at this instant; where clock time counts, that of the organisation."""
        calendar = self.calendar_at(at)
        return ZoneInfo(self._timezone if calendar is None else calendar.timezone)

    def is_open(self, at: datetime) -> bool:
        """Whether the instant is inside opening time; the closing instant is not."""
        at = _utc(at)
        return bool(bisect_right(self._year(at.year).edges, at) & 1)

    def next_change(self, at: datetime) -> Change | None:
        """The first instant strictly after `at` with another state than at `at`."""
        at = _utc(at)
        limit = at + HORIZON
        year = self._year(at.year)
        index = bisect_right(year.edges, at)
        state = State.CLOSED if index & 1 else State.OPEN
        while True:
            edge = year.edges[index] if index < len(year.edges) else year.ends_at
            if edge > limit:
                return None
            if edge < year.ends_at:
                return Change(edge, state)
            year = self._year(year.ends_at.year)
            opens_with_year = bool(year.edges) and year.edges[0] == year.starts_at
            if opens_with_year != (state is State.CLOSED):
                return Change(year.starts_at, state)
            index = int(opens_with_year)

    def next_open(self, at: datetime) -> datetime | None:
        """`at` itself when open, else the next opening."""
        at = _utc(at)
        if self.is_open(at):
            return at
        change = self.next_change(at)
        return change.at if change else None

    def add_open(self, at: datetime, lead: timedelta) -> datetime | None:
        """The earliest instant with `lead` of opening time in [at, instant): closing time when it ends exactly there.

        No lead leaves `at` unchanged, also when closed. Raises ValueError for a negative one.
        """
        at = _utc(at)
        if lead < _NOTHING:
            raise ValueError(f"lead is {lead}; it cannot be negative")
        if not lead:
            return at
        limit = at + HORIZON
        year = self._year(at.year)
        target = year.opened_before(at) + lead
        while target > year.total:
            if year.ends_at > limit:
                return None
            target -= year.total
            year = self._year(year.ends_at.year)
        index = bisect_left(year.opened, target)
        reached_at = year.edges[2 * index - 1] - (year.opened[index] - target)
        return reached_at if reached_at <= limit else None

    def between(self, start: datetime, end: datetime) -> timedelta:
        """The opening time in [start, end), in real minutes; nothing when the end is not after the start."""
        start, end = _utc(start), _utc(end)
        if end <= start:
            return _NOTHING
        year = self._year(end.year)
        if start.year == end.year:
            return year.opened_before(end) - year.opened_before(start)
        opened = year.opened_before(end) - self._year(start.year).opened_before(start)
        return sum((self._year(number).total for number in range(start.year, end.year)), opened)

    def _year(self, number: int) -> _Year:
        year = self._years.get(number)
        if year is None:
            year = self._years[number] = self._expanded(number)
        return year

    def _expanded(self, number: int) -> _Year:
        starts_at, ends_at = datetime(number, 1, 1, tzinfo=UTC), datetime(number + 1, 1, 1, tzinfo=UTC)
        periods: list[Period] = [(starts_at, min([ends_at, *self._starts[:1]]))]
        spans = pairwise([*self._starts, ends_at])
        for (_, calendar), (valid_from, valid_until) in zip(self._versions, spans, strict=True):
            since, until = max(valid_from, starts_at), min(valid_until, ends_at)
            if since < until:
                periods += open_periods(calendar, since, until)
        edges: list[datetime] = []
        opened = [_NOTHING]
        for opens_at, closes_at in merged(periods):
            edges += (opens_at, closes_at)
            opened.append(opened[-1] + (closes_at - opens_at))
        return _Year(starts_at, ends_at, edges, opened)


ALWAYS = OpeningTimes()


@lru_cache(maxsize=512)
def opening_times(versions: tuple[Version, ...], timezone: str = "UTC") -> OpeningTimes:
    """The same object for equal versions, so that the expansion of a year is paid for once."""
    return OpeningTimes(versions, timezone)


def promise_by(
    opening: OpeningTimes,
    sent: datetime,
    lead: timedelta,
    round_to: timedelta = _NOTHING,
    cutoff: timedelta | None = None,
) -> datetime | None:
    """The instant before which an answer is promised: `lead` in opening time after `sent`, rounded up on the local clock.

    With a cut-off, a message sent with less than that left before closing counts from the next opening.
    None when no promise is possible.
    """
    start = sent
    if cutoff is not None and opening.is_open(sent):
        closing = opening.next_change(sent)
        if closing and closing.at - sent < cutoff:
            reopening = opening.next_open(closing.at)
            if reopening is None:
                return None
            start = reopening
    due = opening.add_open(start, lead)
    return due if due is None else round_up(due, round_to, opening.zone_at(due))


def round_up(at: datetime, step: timedelta, zone: ZoneInfo) -> datetime:
    """The first instant from `at` on whose local wall clock shows a multiple of `step` since midnight; in UTC."""
    at = _utc(at)
    if not step:
        return at
    for starts_at, ends_at, offset in offset_stretches(zone, at, at + 2 * max(step, _DAY)):
        wall = starts_at + offset
        beyond = (wall - wall.replace(hour=0, minute=0, second=0, microsecond=0)) % step
        to_midnight = wall.replace(hour=0, minute=0, second=0, microsecond=0) + _DAY - wall
        rounded = starts_at + min(step - beyond if beyond else _NOTHING, to_midnight)
        if rounded < ends_at:
            return rounded
    raise AssertionError("a day passes midnight")


def _utc(at: datetime) -> datetime:
    if at.tzinfo is UTC:
        return at
    if at.utcoffset() is None:
        raise ValueError(f"{at.isoformat()} has no UTC offset")
    return at.astimezone(UTC)

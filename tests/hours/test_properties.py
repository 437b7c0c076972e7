"""Laws of opening time, on random calendars in the weeks of both clock changes."""

from datetime import UTC, date, datetime, timedelta
from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from portal.hours.opening_time import HORIZON, OpeningTimes, promise_by, round_up
from tests.hours.cases import opening_of
from tests.hours.minute_walk import NAMES, MinuteWalk

SPRING, AUTUMN = datetime(2027, 3, 28, 1, tzinfo=UTC), datetime(2027, 10, 31, 1, tzinfo=UTC)
ZONES = ("Europe/Amsterdam", "America/Havana", "Australia/Lord_Howe", "Asia/Kathmandu", "Africa/Casablanca")
WALK_DAYS = 9

times = st.integers(0, 24 * 4 - 1).map(lambda quarter: f"{quarter // 4:02d}:{quarter % 4 * 15:02d}")
ranges = st.tuples(times, times | st.just("24:00")).filter(lambda ends: ends[0] != ends[1]).map(list)
days = st.lists(ranges, max_size=3)


@st.composite
def instants(draw: st.DrawFn) -> datetime:
    """Around a clock change, to the second, often exactly on a minute."""
    change = draw(st.sampled_from((SPRING, AUTUMN)))
    seconds = draw(st.integers(-4 * 1440, 4 * 1440).map(lambda minutes: minutes * 60) | st.integers(-345_600, 345_600))
    return change + timedelta(seconds=seconds)


def _iso(at: datetime) -> str:
    return at.replace(second=0).isoformat()


@st.composite
def calendars(draw: st.DrawFn) -> dict[str, Any]:
    near = st.dates(date(2027, 3, 24), date(2027, 4, 1)) | st.dates(date(2027, 10, 27), date(2027, 11, 4))
    one_day = near.map(lambda day: {"date": day.isoformat()})
    spans = st.tuples(near, st.integers(0, 3)).map(
        lambda span: {"from": span[0].isoformat(), "to": (span[0] + timedelta(days=span[1])).isoformat()}
    )
    exceptions = st.tuples(one_day | spans, days).map(lambda both: {**both[0], "hours": both[1], "reason": "x"})
    closures = st.tuples(instants(), st.integers(1, 3000)).map(
        lambda both: {"from": _iso(both[0]), "to": _iso(both[0] + timedelta(minutes=both[1])), "reason": "x"}
    )
    return {
        "timezone": draw(st.sampled_from(ZONES)),
        "weekly": draw(st.dictionaries(st.sampled_from(NAMES), days)),
        "exceptions": draw(st.lists(exceptions, max_size=3)),
        "closures": draw(st.lists(closures, max_size=2)),
    }


leads = st.integers(0, 6 * 60).map(lambda minutes: timedelta(minutes=minutes)) | st.integers(0, 400_000).map(
    lambda seconds: timedelta(seconds=seconds)
)
slowly = settings(max_examples=40, suppress_health_check=[HealthCheck.too_slow])


@slowly
@given(calendars(), instants(), st.integers(0, 2000))
def test_the_answers_are_those_of_a_walk_minute_by_minute(calendar: dict[str, Any], at: datetime, minutes: int) -> None:
    opening, walk = opening_of(calendar), MinuteWalk(calendar)
    horizon = at + timedelta(days=WALK_DAYS)
    assert opening.is_open(at) == walk.is_open(at)
    change = opening.next_change(at)
    walked = walk.next_change(at, WALK_DAYS)
    assert (walked and walked[0]) == (change.at if change and change.at <= horizon else None)
    assert not (walked and change) or walked[1] == change.state
    later = at + timedelta(minutes=7 * minutes, seconds=13)
    assert opening.between(at, later) == walk.between(at, later)
    reached = opening.add_open(at, timedelta(minutes=minutes))
    assert walk.add(at, minutes, WALK_DAYS) == (reached if reached and reached <= horizon else None)


@given(calendars(), instants(), leads)
def test_what_was_added_is_measured_again(calendar: dict[str, Any], at: datetime, lead: timedelta) -> None:
    opening = opening_of(calendar)
    reached = opening.add_open(at, lead)
    if reached is None:
        assert opening.between(at, at + HORIZON) < lead
    else:
        assert opening.between(at, reached) == lead
        assert reached == at or opening.is_open(reached - timedelta(microseconds=1)), "no earlier instant would do"


@given(calendars(), instants(), leads, leads)
def test_adding_in_two_steps_is_adding_at_once(calendar: dict[str, Any], at: datetime, one: timedelta, other: timedelta) -> None:
    opening = opening_of(calendar)
    halfway, at_once = opening.add_open(at, one), opening.add_open(at, one + other)
    if at_once is not None:
        assert halfway is not None
        assert opening.add_open(halfway, other) == at_once


@given(calendars(), instants(), instants(), leads, leads)
def test_later_or_more_is_never_earlier(
    calendar: dict[str, Any], one: datetime, other: datetime, short: timedelta, long: timedelta
) -> None:
    opening = opening_of(calendar)
    early, late = sorted((one, other))
    less, more = sorted((short, long))

    def ordered(first: datetime | None, second: datetime | None) -> bool:
        return second is None or (first is not None and first <= second)

    assert ordered(opening.add_open(early, less), opening.add_open(early, more))
    first, second = opening.add_open(early, less or timedelta(1)), opening.add_open(late, less or timedelta(1))
    assert first is None or second is None or first <= second
    assert opening.between(early, late) <= late - early


@given(calendars(), instants(), instants(), instants())
def test_the_parts_of_a_span_add_up(calendar: dict[str, Any], one: datetime, two: datetime, three: datetime) -> None:
    opening = opening_of(calendar)
    first, middle, last = sorted((one, two, three))
    assert opening.between(first, middle) + opening.between(middle, last) == opening.between(first, last)


@given(calendars(), instants())
def test_nothing_changes_before_the_next_change(calendar: dict[str, Any], at: datetime) -> None:
    opening = opening_of(calendar)
    change = opening.next_change(at)
    if change is None:
        assert opening.between(at, at + HORIZON) in (timedelta(0), HORIZON)
        return
    assert opening.is_open(change.at) == (change.state == "open") != opening.is_open(at)
    assert opening.between(at, change.at) == (change.at - at if opening.is_open(at) else timedelta(0))


@given(calendars(), instants(), leads, st.sampled_from((1, 5, 15, 30, 45, 60, 120, 1440)))
def test_a_promise_is_the_first_round_time_after_the_lead(
    calendar: dict[str, Any], at: datetime, lead: timedelta, step_minutes: int
) -> None:
    opening, step = opening_of(calendar), timedelta(minutes=step_minutes)
    due, promised = opening.add_open(at, lead), promise_by(opening, at, lead, step)
    assert (due is None) == (promised is None)
    if due is not None and promised is not None:
        assert promised == _first_round(due, step, opening)


def _first_round(due: datetime, step: timedelta, opening: OpeningTimes) -> datetime:
    zone = opening.zone_at(due)
    if not _wall(due, opening) % step:
        return due
    minute = due.replace(second=0, microsecond=0) + timedelta(minutes=1)
    while _wall(minute, opening) % step:
        minute += timedelta(minutes=1)
    assert round_up(due, step, zone) == minute
    return minute


def _wall(at: datetime, opening: OpeningTimes) -> timedelta:
    local = at.astimezone(opening.zone_at(at)).replace(tzinfo=None)
    return local - local.replace(hour=0, minute=0, second=0, microsecond=0)

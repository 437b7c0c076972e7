from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from portal.jobs.rules import is_silent, turn_at
from portal.jobs.timetable import always, each_hour, each_minute

NINETY = timedelta(seconds=90)
A_MOMENT = timedelta(microseconds=1)


@pytest.mark.parametrize(
    ("silence", "expected"), [(timedelta(0), False), (NINETY, False), (NINETY + A_MOMENT, True), (timedelta(days=1), True)]
)
def test_the_worker_is_silent_after_ninety_seconds(now: datetime, silence: timedelta, *, expected: bool) -> None:
    assert is_silent(now - silence, now) is expected


def test_a_worker_that_was_never_heard_of_is_silent(now: datetime) -> None:
    assert is_silent(None, now)


def test_of_the_ticks_of_a_day_each_rhythm_takes_its_share() -> None:
    start = datetime(2026, 3, 10)  # noqa: DTZ001 - the queue tells the time without a zone
    ticks = [start + timedelta(seconds=7 + 20 * n) for n in range(24 * 60 * 3)]
    assert [sum(map(rhythm, ticks)) for rhythm in (always, each_minute, each_hour)] == [24 * 60 * 3, 24 * 60, 24]


def test_a_turn_is_twenty_seconds_and_begins_at_the_same_instant_everywhere(now: datetime) -> None:
    assert turn_at(now) == turn_at(now + timedelta(seconds=20) - A_MOMENT)
    assert turn_at(now + timedelta(seconds=20)) == turn_at(now) + 1
    assert turn_at(now.astimezone(ZoneInfo("Asia/Tokyo"))) == turn_at(now)

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest

from portal.web.local_time import ClockChange, clock_change, instant, local_time, next_quarter

AMSTERDAM = ZoneInfo("Europe/Amsterdam")


@pytest.mark.parametrize(
    ("local", "change"),
    [
        ("2026-03-29T01:59", None),
        ("2026-03-29T02:00", ClockChange.SKIPPED),
        ("2026-03-29T02:59", ClockChange.SKIPPED),
        ("2026-03-29T03:00", None),
        ("2026-10-25T01:59", None),
        ("2026-10-25T02:00", ClockChange.TWICE),
        ("2026-10-25T02:59", ClockChange.TWICE),
        ("2026-10-25T03:00", None),
        ("2026-07-01T02:30", None),
    ],
)
def test_two_hours_a_year_are_not_what_they_seem(local: str, change: ClockChange | None) -> None:
    typed = datetime.fromisoformat(local)
    assert clock_change(typed, AMSTERDAM) is change
    assert clock_change(typed, ZoneInfo("America/Aruba")) is None


def test_an_instant_shows_as_the_local_time_that_named_it() -> None:
    for typed in map(datetime.fromisoformat, ("2026-01-01T09:30", "2026-07-01T09:30")):
        assert local_time(instant(typed, AMSTERDAM), AMSTERDAM) == typed
    assert instant(datetime.fromisoformat("2026-07-01T09:30"), AMSTERDAM) == datetime(2026, 7, 1, 7, 30, tzinfo=UTC)


@pytest.mark.parametrize(("minute", "start"), [(0, 15), (14, 15), (15, 30), (59, 60)])
def test_a_window_starts_at_a_quarter_still_to_come(minute: int, start: int) -> None:
    found = next_quarter(datetime(2026, 7, 1, 7, minute, 12, tzinfo=UTC), AMSTERDAM)
    assert (found.hour - 9) * 60 + found.minute == start

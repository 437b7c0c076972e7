"""The ribbon shows the local day: open parts, now, and the time before which an answer comes."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from portal.hours.opening_time import ALWAYS, OpeningTimes, Version
from portal.hours.schedule import Calendar, Range
from portal.status.ribbon import Bar, ribbon

AMSTERDAM = ZoneInfo("Europe/Amsterdam")
NOON = datetime(2026, 3, 10, 11, 0, tzinfo=UTC)  # 12:00 in Amsterdam


def opened(*hours: tuple[int, int]) -> OpeningTimes:
    """The same hours every day."""
    ranges = tuple(Range(opens * 60, closes * 60) for opens, closes in hours)
    return OpeningTimes((Version(datetime(2020, 1, 1, tzinfo=UTC), Calendar("Europe/Amsterdam", (ranges,) * 7)),))


def spans(bars: tuple[Bar, ...]) -> list[tuple[float, float, bool]]:
    """Bars as hours of the day."""
    return [(round(b.x * 0.24, 2), round((b.x + b.width) * 0.24, 2), b.is_past) for b in bars]


@pytest.mark.parametrize(
    ("name", "opening", "expected"),
    [
        ("what is past and what is to come are two bars", opened((9, 17)), [(9, 12, True), (12, 17, False)]),
        ("a break leaves a gap", opened((9, 11), (13, 17)), [(9, 11, True), (13, 17, False)]),
        ("past midnight shows at both ends", opened((18, 26)), [(0, 2, True), (18, 24, False)]),
        ("without a calendar it is open all day", ALWAYS, [(0, 12, True), (12, 24, False)]),
        ("closed all day is a bare line", opened(), []),
    ],
)
def test_bars_are_the_open_parts_of_today(name: str, opening: OpeningTimes, expected: list[object]) -> None:
    assert spans(ribbon(opening, NOON, AMSTERDAM).bars) == expected, name


def test_an_answer_today_has_a_flag_and_a_later_one_runs_off_the_edge() -> None:
    today = ribbon(opened((9, 17)), NOON, AMSTERDAM, NOON + timedelta(hours=3))
    assert (today.now, today.answer, today.wait_until, today.answer_is_later) == (50, 62.5, 62.5, False)
    later = ribbon(opened((9, 17)), NOON, AMSTERDAM, NOON + timedelta(hours=12))
    assert (later.answer, later.wait_until, later.answer_is_later) == (None, 100, True)
    nothing = ribbon(opened((9, 17)), NOON, AMSTERDAM)
    assert (nothing.answer, nothing.wait_until) == (None, None)


@pytest.mark.parametrize("day", [datetime(2026, 3, 29, 10, 0, tzinfo=UTC), datetime(2026, 10, 25, 11, 0, tzinfo=UTC)])
def test_noon_is_in_the_middle_on_days_of_23_and_25_hours(day: datetime) -> None:
    drawn = ribbon(opened((9, 17)), day, AMSTERDAM)
    assert drawn.now == 50
    assert spans(drawn.bars) == [(9, 12, True), (12, 17, False)]

"""A calendar as a value: what is over, what is ended early, what merges."""

from datetime import datetime
from typing import Any

import pytest

from portal.hours.opening_time import OpeningTimes, Version
from portal.hours.reading import read_calendar
from portal.hours.schedule import Calendar, Range, all_day, calendar_text, merged_ranges

NIGHTS = {day: [["20:00", "04:00"]] for day in ("mon", "tue", "wed", "thu", "fri", "sat", "sun")}
LONG_AGO = datetime.fromisoformat("2020-01-01T00:00:00+01:00")


def at(text: str) -> datetime:
    return datetime.fromisoformat(f"{text}:00+01:00")


def calendar(**facts: Any) -> Calendar:
    return read_calendar({"timezone": "Europe/Amsterdam", "weekly": NIGHTS, **facts})


def closed(*days: str) -> list[dict[str, Any]]:
    return [{"date": day, "hours": [], "reason": "x"} for day in days]


def closure(start: str, end: str) -> dict[str, str]:
    return {"from": at(start).isoformat(), "to": at(end).isoformat(), "reason": "x"}


def test_what_is_over_is_left_out_and_last_night_is_not_over() -> None:
    whole = calendar(
        exceptions=closed("2026-03-08", "2026-03-09", "2026-03-10", "2026-03-11"),
        closures=[closure("2026-03-10T01:00", "2026-03-10T02:00"), closure("2026-03-10T01:00", "2026-03-10T02:01")],
    )
    rest = whole.since(at("2026-03-10T02:00"))
    assert [each.first_on.day for each in rest.exceptions] == [9, 10, 11]
    assert [each.ends_at for each in rest.closures] == [at("2026-03-10T02:01")]


@pytest.mark.parametrize("moment", ["2026-03-09T12:00", "2026-03-10T00:00", "2026-03-10T02:00", "2026-03-10T04:00"])
def test_leaving_out_what_is_over_changes_nothing_that_is_to_come(moment: str) -> None:
    whole = calendar(exceptions=closed("2026-03-08", "2026-03-09"), closures=[closure("2026-03-10T01:00", "2026-03-10T23:00")])
    before, after = (OpeningTimes((Version(LONG_AGO, each),)) for each in (whole, whole.since(at(moment))))
    assert before.is_open(at(moment)) == after.is_open(at(moment))
    assert before.next_change(at(moment)) == after.next_change(at(moment))


@pytest.mark.parametrize(
    ("moment", "ends"),
    [
        ("2026-03-10T13:59", ["2026-03-10T17:00"]),
        ("2026-03-10T14:00", []),
        ("2026-03-10T14:01", ["2026-03-10T14:01"]),
        ("2026-03-10T16:59", ["2026-03-10T16:59"]),
        ("2026-03-10T17:00", ["2026-03-10T17:00"]),
    ],
)
def test_opening_again_ends_what_is_going_on_and_nothing_else(moment: str, ends: list[str]) -> None:
    reopened = calendar(closures=[closure("2026-03-10T14:00", "2026-03-10T17:00")]).reopened(at(moment))
    assert [each.ends_at for each in reopened.closures] == [at(end) for end in ends]


def test_a_calendar_without_hours_of_its_own_is_open_day_and_night() -> None:
    opening = OpeningTimes((Version(LONG_AGO, all_day("Europe/Amsterdam")),))
    assert opening.next_change(at("2026-03-10T12:00")) is None
    assert opening.is_open(at("2026-03-10T00:00"))


@pytest.mark.parametrize(
    ("hours", "fewest"),
    [
        ([(540, 720), (720, 1020)], [(540, 1020)]),
        ([(780, 1020), (540, 750)], [(540, 750), (780, 1020)]),
        ([(540, 1020), (600, 660)], [(540, 1020)]),
        ([], []),
    ],
)
def test_ranges_that_touch_are_one(hours: list[tuple[int, int]], fewest: list[tuple[int, int]]) -> None:
    assert merged_ranges(tuple(Range(*each) for each in hours)) == [Range(*each) for each in fewest]


def test_equal_calendars_have_equal_texts() -> None:
    assert calendar_text(calendar()) == calendar_text(calendar(exceptions=[], closures=[]))

"""What cases on one calendar cannot say: versions, years, clock time, what is refused."""

from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from portal.hours.opening_time import ALWAYS, HORIZON, Change, OpeningTimes, State, Version, opening_times, promise_by, round_up
from portal.hours.reading import read_calendar

ZONE = ZoneInfo("Europe/Amsterdam")
HOUR = timedelta(hours=1)
WEEKDAYS = ("mon", "tue", "wed", "thu", "fri")


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=ZONE)


def daily(opens: str, closes: str, **more: Any) -> dict[str, Any]:
    return {"timezone": "Europe/Amsterdam", "weekly": {day: [[opens, closes]] for day in WEEKDAYS}, **more}


def versions(*made: tuple[str, dict[str, Any]]) -> OpeningTimes:
    return OpeningTimes(tuple(Version(at(valid_from), read_calendar(calendar)) for valid_from, calendar in made))


def test_the_past_is_judged_by_the_hours_of_then() -> None:
    opening = versions(("2026-01-01 00:00", daily("09:00", "17:00")), ("2026-03-09 00:00", daily("08:00", "20:00")))
    assert not opening.is_open(at("2026-03-06 18:00"))
    assert opening.is_open(at("2026-03-10 18:00"))
    assert opening.between(at("2026-03-02 00:00"), at("2026-03-09 00:00")) == 40 * HOUR
    assert opening.between(at("2026-03-09 00:00"), at("2026-03-16 00:00")) == 60 * HOUR
    assert opening.add_open(at("2026-03-06 16:00"), 2 * HOUR) == at("2026-03-09 09:00")


def test_a_version_can_begin_and_end_in_the_middle_of_an_opening() -> None:
    opening = versions(("2026-01-01 00:00", daily("09:00", "17:00")), ("2026-03-10 12:00", daily("09:00", "15:00")))
    assert opening.next_change(at("2026-03-10 10:00")) == Change(at("2026-03-10 15:00"), State.CLOSED)
    assert opening.next_change(at("2026-03-09 10:00")) == Change(at("2026-03-09 17:00"), State.CLOSED)


def test_a_future_version_counts_in_what_is_to_come() -> None:
    opening = versions(
        ("2026-01-01 00:00", daily("09:00", "17:00")), ("2026-06-01 00:00", {**daily("09:00", "17:00"), "weekly": {}})
    )
    assert opening.next_open(at("2026-05-29 17:00")) is None
    assert promise_by(opening, at("2026-05-29 16:00"), 2 * HOUR, HOUR) is None


def test_of_two_versions_from_the_same_instant_the_later_made_one_counts() -> None:
    opening = versions(("2026-01-01 00:00", daily("09:00", "17:00")), ("2026-01-01 00:00", daily("12:00", "13:00")))
    assert not opening.is_open(at("2026-03-10 10:00"))


def test_before_the_first_version_clock_time_counts() -> None:
    opening = versions(("2026-03-10 00:00", daily("09:00", "17:00")))
    assert opening.is_open(at("2026-03-08 03:00"))
    assert opening.between(at("2026-03-08 00:00"), at("2026-03-10 09:00")) == 48 * HOUR
    assert opening.calendar_at(at("2026-03-08 03:00")) is None
    assert opening.calendar_at(at("2026-03-10 00:00")) is not None


def test_a_channel_without_a_schedule_counts_clock_time() -> None:
    night = at("2026-10-25 00:30")
    assert ALWAYS.is_open(night)
    assert ALWAYS.next_change(night) is None
    assert ALWAYS.next_open(night) == night
    assert ALWAYS.add_open(night, 5 * HOUR) == night.astimezone(UTC) + 5 * HOUR
    assert ALWAYS.between(night, night.astimezone(UTC) + 5 * HOUR) == 5 * HOUR


def test_an_opening_goes_on_over_new_year() -> None:
    week = {day: [["20:00", "04:00"]] for day in (*WEEKDAYS, "sat", "sun")}
    nights = {"timezone": "Europe/Amsterdam", "weekly": week}
    opening = versions(("2020-01-01 00:00", nights))
    assert opening.next_change(at("2026-12-31 23:00")) == Change(at("2027-01-01 04:00"), State.CLOSED)
    assert opening.next_change(at("2026-12-31 12:00")) == Change(at("2026-12-31 20:00"), State.OPEN)
    assert opening.add_open(at("2026-12-31 22:00"), 4 * HOUR) == at("2027-01-01 02:00")
    assert opening.between(at("2025-12-31 12:00"), at("2027-01-01 12:00")) == 366 * 8 * HOUR


def test_a_long_night_of_last_year_is_still_open_where_the_new_year_comes_later() -> None:
    week = {day: [["20:00", "19:30"]] for day in (*WEEKDAYS, "sat", "sun")}
    opening = versions(("2020-01-01 00:00", {"timezone": "America/Havana", "weekly": week}))
    assert opening.is_open(datetime(2027, 1, 1, 0, 15, tzinfo=UTC)), "19:15 on 31 December in Havana"
    assert not opening.is_open(datetime(2027, 1, 1, 0, 45, tzinfo=UTC))


def test_a_closure_goes_on_from_its_start_up_to_its_end() -> None:
    closure = {"from": "2026-03-10T14:00:00+01:00", "to": "2026-03-10T17:00:00+01:00", "reason": "Storm"}
    opening = versions(("2020-01-01 00:00", daily("09:00", "18:00", closures=[closure])))
    going_on = [len(opening.closures_at(at(f"2026-03-10 {time}"))) for time in ("13:59", "14:00", "16:59", "17:00")]
    assert going_on == [0, 1, 1, 0]
    assert ALWAYS.closures_at(at("2026-03-10 15:00")) == []


def test_a_closing_at_new_year_in_utc_is_found() -> None:
    weekly = {"timezone": "UTC", "weekly": {"thu": [["12:00", "24:00"]], "mon": [["00:00", "01:00"]]}}
    opening = versions(("2020-01-01 00:00", weekly))
    midnight = datetime(2027, 1, 1, tzinfo=UTC)
    assert opening.next_change(datetime(2026, 12, 31, 13, tzinfo=UTC)) == Change(midnight, State.CLOSED)
    always_from_new_year = versions(("2020-01-01 00:00", {"timezone": "UTC", "weekly": {"fri": [["00:00", "01:00"]]}}))
    assert always_from_new_year.next_change(datetime(2026, 12, 31, 13, tzinfo=UTC)) == Change(midnight, State.OPEN)


@pytest.mark.parametrize(("days", "is_found"), [(400, True), (401, False)])
def test_nothing_is_promised_further_than_400_days_ahead(days: int, *, is_found: bool) -> None:
    start = datetime(2026, 3, 10, tzinfo=UTC)
    opens_on = (start + timedelta(days=days)).date().isoformat()
    rare = {"timezone": "UTC", "weekly": {}, "exceptions": [{"date": opens_on, "hours": [["00:00", "24:00"]], "reason": "x"}]}
    opening = versions(("2020-01-01 00:00", rare))
    assert (opening.next_open(start) is not None) == is_found
    assert (opening.add_open(start - HOUR, HOUR) is not None) is False
    assert (opening.add_open(start + HOUR, HOUR) is not None) == is_found
    assert (ALWAYS.add_open(start, timedelta(days=days)) is not None) == is_found


def test_the_horizon_is_400_days() -> None:
    assert timedelta(days=400) == HORIZON


@pytest.mark.parametrize("ask", [ALWAYS.is_open, ALWAYS.next_change, ALWAYS.next_open])
def test_a_time_without_offset_is_refused(ask: Any) -> None:
    with pytest.raises(ValueError, match="has no UTC offset"):
        ask(datetime(2026, 3, 10, 12))  # noqa: DTZ001 - that is what is refused


def test_a_negative_lead_is_refused() -> None:
    with pytest.raises(ValueError, match="cannot be negative"):
        ALWAYS.add_open(at("2026-03-10 12:00"), -HOUR)


def test_equal_versions_share_one_expansion() -> None:
    made = (Version(at("2026-01-01 00:00"), read_calendar(daily("09:00", "17:00"))),)
    again = (Version(at("2026-01-01 00:00"), read_calendar(daily("09:00", "17:00"))),)
    assert opening_times(made) is opening_times(again)


def test_a_cut_off_with_no_opening_after_it_promises_nothing() -> None:
    once = {"timezone": "UTC", "weekly": {}, "exceptions": [{"date": "2026-03-10", "hours": [["09:00", "17:00"]], "reason": "x"}]}
    opening = versions(("2020-01-01 00:00", once))
    sent = datetime(2026, 3, 10, 16, tzinfo=UTC)
    assert promise_by(opening, sent, HOUR, cutoff=2 * HOUR) is None
    assert promise_by(opening, sent, HOUR, cutoff=HOUR) == sent + HOUR


@pytest.mark.parametrize(
    ("given", "step_minutes", "rounded"),
    [
        ("2026-03-29T01:50:00+01:00", 30, "2026-03-29T03:00:00+02:00"),  # 2.00 does not exist
        ("2026-10-25T02:50:00+02:00", 30, "2026-10-25T02:00:00+01:00"),  # the clock shows 2.00 again, ten minutes on
        ("2026-10-25T02:10:00+02:00", 120, "2026-10-25T02:00:00+01:00"),
        ("2026-03-29T01:10:00+01:00", 120, "2026-03-29T04:00:00+02:00"),
        ("2026-03-10T23:50:00+01:00", 45, "2026-03-11T00:00:00+01:00"),  # counted from midnight, each day anew
        ("2026-03-10T12:00:00+01:00", 30, "2026-03-10T12:00:00+01:00"),
        ("2026-03-10T12:00:00.000001+01:00", 30, "2026-03-10T12:30:00+01:00"),
    ],
)
def test_rounding_up_is_on_the_clock_on_the_wall(given: str, step_minutes: int, rounded: str) -> None:
    result = round_up(datetime.fromisoformat(given), timedelta(minutes=step_minutes), ZONE)
    assert result == datetime.fromisoformat(rounded)


def test_without_a_step_nothing_is_rounded() -> None:
    odd = at("2026-03-10 12:34:56")
    assert round_up(odd, timedelta(0), ZONE) == odd

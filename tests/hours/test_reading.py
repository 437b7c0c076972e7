"""Which calendars are understood, which are refused, and what the refusal names."""

from datetime import UTC, date, datetime
from typing import Any

import pytest

from portal.errors import Invalid
from portal.hours.reading import parse_calendar, read_calendar
from portal.hours.schedule import Closure, Range, calendar_json
from portal.web.localized import Localized

DESK: dict[str, Any] = {"timezone": "Europe/Amsterdam", "weekly": {"mon": [["09:00", "17:00"]]}}


def with_exception(**facts: Any) -> dict[str, Any]:
    return {**DESK, "exceptions": [{"date": "2026-04-27", "hours": [], "reason": "Koningsdag", **facts}]}


def with_closure(**facts: Any) -> dict[str, Any]:
    closure = {"from": "2026-03-10T14:00:00+01:00", "to": "2026-03-10T17:00:00+01:00", "reason": "Storm"}
    return {**DESK, "closures": [{**closure, **facts}]}


def with_week(**weekly: Any) -> dict[str, Any]:
    return {**DESK, "weekly": weekly}


def faults_of(given: object) -> dict[str, str]:
    with pytest.raises(Invalid) as refused:
        parse_calendar(given)
    return {fault.field: fault.expected for fault in refused.value.faults}


REFUSED = {
    "not an object": ([], ""),
    "no time zone": ({"weekly": {}}, "timezone"),
    "an unknown zone": ({**DESK, "timezone": "Europe/Amstelveen"}, "timezone"),
    "a zone that is a folder": ({**DESK, "timezone": "Europe"}, "timezone"),
    "a zone that is a path": ({**DESK, "timezone": "../../etc/passwd"}, "timezone"),
    "an empty zone": ({**DESK, "timezone": ""}, "timezone"),
    "an unknown part": ({**DESK, "holidays": []}, "holidays"),
    "a weekday written out": (with_week(monday=[]), "weekly.monday"),
    "a week that is a list": ({**DESK, "weekly": []}, "weekly"),
    "a day that is no list": (with_week(mon="09:00-17:00"), "weekly.mon"),
    "a range of three": (with_week(mon=[["09:00", "12:00", "17:00"]]), "weekly.mon[0]"),
    "a range of numbers": (with_week(mon=[[9, 17]]), "weekly.mon[0]"),
    "one digit": (with_week(mon=[["9:00", "17:00"]]), "weekly.mon[0]"),
    "an impossible minute": (with_week(mon=[["09:60", "17:00"]]), "weekly.mon[0]"),
    "an impossible hour": (with_week(mon=[["09:00", "25:00"]]), "weekly.mon[0]"),
    "later than the end of the day": (with_week(mon=[["09:00", "24:01"]]), "weekly.mon[0]"),
    "opening at the end of the day": (with_week(mon=[["24:00", "02:00"]]), "weekly.mon[0]"),
    "equal ends": (with_week(mon=[["09:00", "09:00"]]), "weekly.mon[0]"),
    "equal ends at midnight": (with_week(mon=[["00:00", "00:00"]]), "weekly.mon[0]"),
    "an overlap": (with_week(mon=[["09:00", "13:00"], ["12:00", "17:00"]]), "weekly.mon[1]"),
    "an overlap in disorder": (with_week(mon=[["12:00", "17:00"], ["09:00", "13:00"]]), "weekly.mon[0]"),
    "an overlap inside a longer range": (with_week(mon=[["09:00", "17:00"], ["10:00", "11:00"]]), "weekly.mon[1]"),
    "the same range twice": (with_week(mon=[["09:00", "17:00"], ["09:00", "17:00"]]), "weekly.mon[1]"),
    "an overlap with the night before": (with_week(mon=[["20:00", "04:00"]], tue=[["03:00", "05:00"]]), "weekly.tue[0]"),
    "an overlap from Sunday to Monday": (with_week(sun=[["20:00", "04:00"]], mon=[["03:00", "05:00"]]), "weekly.mon[0]"),
    "an impossible date": (with_exception(date="2026-02-30"), "exceptions[0].date"),
    "a Dutch date": (with_exception(date="27-04-2026"), "exceptions[0].date"),
    "a date without hours": ({**DESK, "exceptions": [{"date": "2026-04-27", "reason": "x"}]}, "exceptions[0].hours"),
    "no last day": ({**DESK, "exceptions": [{"from": "2026-04-27", "hours": [], "reason": "x"}]}, "exceptions[0].to"),
    "a last day before the first": (
        {**DESK, "exceptions": [{"from": "2026-04-27", "to": "2026-04-26", "hours": [], "reason": "x"}]},
        "exceptions[0].to",
    ),
    "an overlap on a date": (with_exception(hours=[["09:00", "13:00"], ["12:00", "14:00"]]), "exceptions[0].hours[1]"),
    "equal ends on a date": (with_exception(hours=[["09:00", "09:00"]]), "exceptions[0].hours[0]"),
    "an exception without reason": (with_exception(reason=""), "exceptions[0].reason"),
    "a reason of blanks": (with_exception(reason={"nl": "  ", "en": "King's Day"}), "exceptions[0].reason"),
    "a reason in German": (with_exception(reason={"nl": "Koningsdag", "de": "Königstag"}), "exceptions[0].reason.de"),
    "a reason that is a number": (with_exception(reason={"nl": "Koningsdag", "en": 4}), "exceptions[0].reason.en"),
    "a reason that is a list": (with_exception(reason=["Koningsdag"]), "exceptions[0].reason"),
    "a closure without offset": (with_closure(to="2026-03-10T17:00:00"), "closures[0].to"),
    "a closure that is no time": (with_closure(to="tonight"), "closures[0].to"),
    "a closure that ends before it starts": (with_closure(to="2026-03-10T13:00:00+01:00"), "closures[0].to"),
    "a closure of no time at all": (with_closure(to="2026-03-10T13:00:00+00:00"), "closures[0].to"),
    "a closure without reason": (with_closure(reason=" "), "closures[0].reason"),
    "too many exceptions": ({**DESK, "exceptions": [{}] * 501}, "exceptions"),
}


@pytest.mark.parametrize(("given", "field"), REFUSED.values(), ids=REFUSED)
def test_a_refusal_names_the_field(given: object, field: str) -> None:
    assert field in faults_of(given)


def test_all_faults_are_reported_at_once() -> None:
    given = {
        "timezone": "Mars",
        "weekly": {"mon": [["09:00", "09:00"], ["10:00", "1100"]], "zon": []},
        "exceptions": [{"date": "soon", "hours": [["1", "2"]], "reason": ""}],
        "closures": ["today"],
    }
    assert set(faults_of(given)) == {
        "timezone",
        "weekly.mon[0]",
        "weekly.mon[1]",
        "weekly.zon",
        "exceptions[0].date",
        "exceptions[0].hours[0]",
        "exceptions[0].reason",
        "closures[0]",
        "closures[0].from",
        "closures[0].to",
        "closures[0].reason",
    }


TAKEN = {
    "ranges that touch": with_week(mon=[["09:00", "12:00"], ["12:00", "17:00"]]),
    "a night that touches the morning": with_week(mon=[["20:00", "04:00"]], tue=[["04:00", "05:00"]]),
    "two ranges that fill every day": with_week(mon=[["08:00", "08:01"], ["08:01", "08:00"]], tue=[["08:00", "08:01"]]),
    "the whole day": with_week(mon=[["00:00", "24:00"]], tue=[["00:00", "24:00"]]),
    "until midnight": with_week(mon=[["18:00", "00:00"]], tue=[["00:00", "01:00"]]),
    "Sunday night that touches Monday": with_week(sun=[["20:00", "04:00"]], mon=[["04:00", "05:00"]]),
    "never open": with_week(),
    "no English reason": with_exception(reason={"nl": "Koningsdag"}),
    "one whole night on one date": with_exception(hours=[["20:00", "19:00"]]),
}


@pytest.mark.parametrize("given", TAKEN.values(), ids=TAKEN)
def test_what_has_a_meaning_is_taken(given: dict[str, Any]) -> None:
    parse_calendar(given)


def test_a_night_that_overlaps_itself_on_the_next_date_is_refused() -> None:
    days = {"from": "2026-04-27", "to": "2026-04-28", "hours": [["20:00", "04:00"], ["03:00", "05:00"]], "reason": "x"}
    assert "exceptions[0].hours[1]" in faults_of({**DESK, "exceptions": [days]})


def test_what_is_written_reads_back_equal() -> None:
    given = {
        "timezone": "Europe/Amsterdam",
        "weekly": {"fri": [["18:00", "02:00"]], "sat": [["10:00", "24:00"]]},
        "exceptions": [
            {"date": "2026-04-27", "hours": [], "reason": {"nl": "Koningsdag", "en": "King's Day"}},
            {"from": "2026-07-20", "to": "2026-08-02", "hours": [["10:00", "12:00"]], "reason": "Zomer"},
        ],
        "closures": [{"from": "2026-03-10T14:00:00+01:00", "to": "2026-03-10T17:00:00+01:00", "reason": "Storm"}],
    }
    calendar = parse_calendar(given)
    assert parse_calendar(calendar_json(calendar)) == calendar
    assert calendar.weekly[4] == (Range(18 * 60, 26 * 60),)
    assert calendar.weekly[4][0].texts == ("18:00", "02:00")
    assert calendar.weekly[5][0].texts == ("10:00", "24:00")
    assert calendar.exceptions[0].reason == Localized("Koningsdag", "King's Day")
    assert calendar.closures[0].starts_at == datetime(2026, 3, 10, 13, tzinfo=UTC)


def test_overlaps_in_what_was_imported_are_understood() -> None:
    assert read_calendar(REFUSED["an overlap"][0]).weekly[0] == (Range(540, 780), Range(720, 1020))


def test_the_last_exception_of_a_day_counts() -> None:
    calendar = parse_calendar(
        {
            **DESK,
            "exceptions": [
                {"from": "2026-07-20", "to": "2026-08-02", "hours": [], "reason": "Zomersluiting"},
                {"date": "2026-07-27", "hours": [["10:00", "12:00"]], "reason": "Spreekuur"},
            ],
        }
    )
    assert calendar.hours_on(date(2026, 7, 27)) == (Range(600, 720),)
    assert calendar.hours_on(date(2026, 7, 28)) == ()
    assert calendar.hours_on(date(2026, 8, 3)) == (Range(540, 1020),)
    summer = calendar.exception_on(date(2026, 8, 2))
    assert summer is not None
    assert summer.is_closed


def test_a_closure_is_added_to_a_copy() -> None:
    calendar = read_calendar(DESK)
    closure = Closure(datetime(2026, 3, 10, tzinfo=UTC), datetime(2026, 3, 11, tzinfo=UTC), Localized("Storm", ""))
    assert calendar.with_closure(closure).closures == (closure,)
    assert calendar.closures == ()

"""What customers read about hours: sentences, weeks, days that differ, the days to come."""

import re
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from portal.hours.display import Hours, HoursState, hours_of, open_now
from portal.hours.opening_time import ALWAYS, OpeningTimes, Version
from portal.hours.reading import read_calendar
from portal.hours.wording import NO_BREAK

ZONE = ZoneInfo("Europe/Amsterdam")
OFFICE = {day: [["09:00", "18:00"]] for day in ("mon", "tue", "wed", "thu", "fri")}


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=ZONE)


def one_line(*periods: str) -> tuple[str, ...]:
    """The periods as the page has them: a time never breaks over two lines."""
    return tuple(
        re.sub(r"(\S+) (tot|to) (\S+)( uur)?", lambda found: found[0].replace(" ", NO_BREAK), period) for period in periods
    )


MONDAY = at("2026-03-09 12:00")
FRIDAY = at("2026-03-13 20:00")


def opening(*later: tuple[str, dict[str, Any]], **calendar: Any) -> OpeningTimes:
    first = {"timezone": "Europe/Amsterdam", "weekly": OFFICE, **calendar}
    made = (("2026-01-01 00:00", first), *later)
    return OpeningTimes(tuple(Version(at(since), read_calendar(each)) for since, each in made))


def shown(now: datetime, language: str = "nl", **calendar: Any) -> Hours:
    return hours_of(opening(**calendar), now, language, ZONE)


def exception(**facts: Any) -> dict[str, Any]:
    return {"hours": [], "reason": {"nl": "Koningsdag", "en": "King's Day"}, **facts}


@pytest.mark.parametrize(
    ("weekly", "now", "dutch", "english"),
    [
        (OFFICE, MONDAY, "18.00 uur", "18:00"),
        ({"mon": [["12:00", "24:00"]]}, MONDAY, "middernacht", "midnight"),
        ({"mon": [["12:00", "02:00"]]}, MONDAY, "morgen, dinsdag 10 maart, 2.00 uur", "tomorrow, Tuesday 10 March, 2:00"),
        (
            {day: [["00:00", "24:00"]] for day in ("mon", "tue", "wed")},
            MONDAY,
            "donderdag 12 maart, 0.00 uur",
            "Thursday 12 March, 0:00",
        ),
    ],
)
def test_open_says_until_when(weekly: dict[str, Any], now: datetime, dutch: str, english: str) -> None:
    for language, text in (("nl", dutch), ("en", english)):
        hours = shown(now, language, weekly=weekly)
        assert hours.state is HoursState.OPEN
        assert hours.until is not None
        assert hours.until.text == text
        assert hours.again is None


@pytest.mark.parametrize(
    ("now", "dutch", "english"),
    [
        ("2026-03-09 08:00", "Vandaag om 9.00 uur", "today at 9:00"),
        ("2026-03-09 18:00", "Morgen, dinsdag 10 maart, om 9.00 uur", "tomorrow, Tuesday 10 March, at 9:00"),
        ("2026-03-13 20:00", "Maandag 16 maart om 9.00 uur", "on Monday 16 March at 9:00"),
        ("2026-12-31 20:00", "Morgen, vrijdag 1 januari 2027, om 9.00 uur", "tomorrow, Friday 1 January 2027, at 9:00"),
    ],
)
def test_closed_says_when_again(now: str, dutch: str, english: str) -> None:
    for language, text in (("nl", dutch), ("en", english)):
        hours = shown(at(now), language)
        assert hours.state is HoursState.CLOSED
        assert hours.again is not None
        assert hours.again.text == text
        assert hours.reason is None, "an ordinary night needs no reason"


def test_never_closing_and_never_opening_say_no_time() -> None:
    week = {day: [["00:00", "24:00"]] for day in ("mon", "tue", "wed", "thu", "fri", "sat", "sun")}
    always = shown(MONDAY, weekly=week)
    assert (always.state, always.until) == (HoursState.OPEN, None)
    assert always.weeks[0].days[0].periods == ("de hele dag",)
    assert all(day.periods == ("de hele dag",) for day in always.days)
    never = shown(MONDAY, weekly={})
    assert (never.state, never.again) == (HoursState.CLOSED, None)


def test_the_list_of_channels_says_the_same_as_the_page_of_one() -> None:
    for moment in (MONDAY, FRIDAY):
        brief, whole = open_now(opening(), moment, "nl"), shown(moment)
        assert (brief.state, brief.until, brief.again, brief.reason) == (whole.state, whole.until, whole.again, whole.reason)


def test_a_channel_without_a_schedule_claims_nothing() -> None:
    hours = hours_of(ALWAYS, MONDAY, "nl", ZONE)
    assert hours.state is HoursState.UNSCHEDULED
    assert (hours.until, hours.again, hours.weeks, hours.differences) == (None, None, (), ())


REASONS = {
    "a closed day, in its ordinary hours": ({"exceptions": [exception(date="2026-03-09")]}, "2026-03-09 12:00", "Koningsdag"),
    "a closed day, in the evening": ({"exceptions": [exception(date="2026-03-09")]}, "2026-03-09 21:00", "Koningsdag"),
    "a short day, when it is over": (
        {"exceptions": [exception(date="2026-03-09", hours=[["09:00", "15:00"]])]},
        "2026-03-09 16:00",
        "Koningsdag",
    ),
    "a short day, late at night": (
        {"exceptions": [exception(date="2026-03-09", hours=[["09:00", "15:00"]])]},
        "2026-03-09 22:00",
        None,
    ),
    "a day that opens later, at the usual opening": (
        {"exceptions": [exception(date="2026-03-09", hours=[["10:30", "18:00"]])]},
        "2026-03-09 09:00",
        "Koningsdag",
    ),
    "a day that opens later, a minute before the usual opening": (
        {"exceptions": [exception(date="2026-03-09", hours=[["10:30", "18:00"]])]},
        "2026-03-09 08:59",
        None,
    ),
    "a short day, at the usual closing": (
        {"exceptions": [exception(date="2026-03-09", hours=[["09:00", "15:00"]])]},
        "2026-03-09 18:00",
        None,
    ),
    "a last-minute closure": (
        {"closures": [{"from": "2026-03-09T11:00:00+01:00", "to": "2026-03-09T13:00:00+01:00", "reason": "Storm"}]},
        "2026-03-09 12:00",
        "Storm",
    ),
    "the day before": ({"exceptions": [exception(date="2026-03-10")]}, "2026-03-09 21:00", None),
}


@pytest.mark.parametrize(("calendar", "now", "reason"), REASONS.values(), ids=REASONS)
def test_closed_says_why_when_that_is_not_the_week(calendar: dict[str, Any], now: str, reason: str | None) -> None:
    found = shown(at(now), **calendar).reason
    assert (found and found.text) == reason


def test_a_reason_without_english_shows_the_dutch_one_as_dutch() -> None:
    reason = shown(MONDAY, "en", exceptions=[exception(date="2026-03-09", reason="Studiedag")]).reason
    assert reason is not None
    assert (reason.text, reason.language, reason.is_fallback) == ("Studiedag", "nl", True)


@pytest.mark.parametrize(
    ("ranges", "dutch", "english"),
    [
        (
            [["09:00", "12:30"], ["13:00", "17:05"]],
            ("9.00 tot 12.30 uur", "13.00 tot 17.05 uur"),
            ("9:00 to 12:30", "13:00 to 17:05"),
        ),
        ([["13:00", "17:00"], ["09:00", "13:00"]], ("9.00 tot 17.00 uur",), ("9:00 to 17:00",)),
        ([["18:00", "24:00"]], ("18.00 tot 24.00 uur",), ("18:00 to midnight",)),
        ([["18:00", "00:00"]], ("18.00 tot 24.00 uur",), ("18:00 to midnight",)),
        ([["18:00", "02:00"]], ("18.00 tot 2.00 uur de volgende dag",), ("18:00 to 2:00 the next day",)),
        ([["00:00", "24:00"]], ("de hele dag",), ("all day",)),
        ([], (), ()),
    ],
)
def test_periods_are_said_alike_in_the_week_and_on_the_day(
    ranges: list[list[str]], dutch: tuple[str, ...], english: tuple[str, ...]
) -> None:
    for language, texts in (("nl", dutch), ("en", english)):
        hours = shown(MONDAY, language, weekly={"wed": ranges})
        assert hours.weeks[0].days[2].periods == one_line(*texts)
        assert hours.days[2].periods == one_line(*texts)


def test_the_week_begins_on_monday_and_marks_today() -> None:
    week = shown(at("2026-03-11 12:00")).weeks[0]
    assert [day.name for day in week.days] == ["maandag", "dinsdag", "woensdag", "donderdag", "vrijdag", "zaterdag", "zondag"]
    assert [day.is_today for day in week.days].index(True) == 2


def test_a_week_that_is_to_come_is_announced() -> None:
    summer = {"timezone": "Europe/Amsterdam", "weekly": {"mon": [["10:00", "16:00"]]}}
    same = {"timezone": "Europe/Amsterdam", "weekly": OFFICE, "exceptions": [exception(date="2026-04-27")]}
    hours = hours_of(opening(("2026-03-16 00:00", same), ("2026-04-01 00:00", summer)), MONDAY, "nl", ZONE)
    assert len(hours.weeks) == 2, "a version with the same week is no news"
    assert hours.weeks[1].valid_from is not None
    assert hours.weeks[1].valid_from.text == "woensdag 1 april"
    assert hours.weeks[1].days[0].periods == one_line("10.00 tot 16.00 uur")
    assert not any(day.is_today for day in hours.weeks[1].days)


def test_differences_are_told_in_order_and_runs_as_one() -> None:
    hours = shown(
        MONDAY,
        exceptions=[
            {"from": "2026-04-20", "to": "2026-05-03", "hours": [], "reason": "Verbouwing"},
            exception(date="2026-04-27", hours=[["10:00", "12:00"]]),
            exception(date="2026-01-02"),
            exception(date="2027-03-01"),
        ],
        closures=[
            {"from": "2026-03-10T14:00:00+01:00", "to": "2026-03-10T17:00:00+01:00", "reason": "Storm"},
            {"from": "2026-03-12T14:00:00+01:00", "to": "2026-03-13T10:30:00+01:00", "reason": "Verhuizing"},
            {"from": "2026-03-08T14:00:00+01:00", "to": "2026-03-08T17:00:00+01:00", "reason": "Voorbij"},
        ],
    )
    assert [(each.when, each.periods, each.reason.text) for each in hours.differences] == [
        ("dinsdag 10 maart, 14.00 tot 17.00 uur", (), "Storm"),
        ("donderdag 12 maart, 14.00 uur tot vrijdag 13 maart, 10.30 uur", (), "Verhuizing"),
        ("maandag 20 april tot en met zondag 26 april", (), "Verbouwing"),
        ("maandag 27 april", one_line("10.00 tot 12.00 uur"), "Koningsdag"),
        ("dinsdag 28 april tot en met zondag 3 mei", (), "Verbouwing"),
    ]


def test_the_coming_days_are_as_they_will_be() -> None:
    hours = shown(
        MONDAY,
        exceptions=[exception(date="2026-03-12")],
        closures=[{"from": "2026-03-10T14:00:00+01:00", "to": "2026-03-11T10:00:00+01:00", "reason": "Storm"}],
    )
    assert len(hours.days) == 14
    assert [(day.text, day.periods, [reason.text for reason in day.reasons]) for day in hours.days[:6]] == [
        ("maandag 9 maart", one_line("9.00 tot 18.00 uur"), []),
        ("dinsdag 10 maart", one_line("9.00 tot 14.00 uur"), ["Storm"]),
        ("woensdag 11 maart", one_line("10.00 tot 18.00 uur"), ["Storm"]),
        ("donderdag 12 maart", (), ["Koningsdag"]),
        ("vrijdag 13 maart", one_line("9.00 tot 18.00 uur"), []),
        ("zaterdag 14 maart", (), []),
    ]
    assert [day.is_today for day in hours.days] == [True] + [False] * 13


def test_differences_are_those_of_the_version_that_counts_on_the_day() -> None:
    april = {
        "timezone": "Europe/Amsterdam",
        "weekly": OFFICE,
        "exceptions": [exception(date="2026-03-31"), exception(date="2026-04-01")],
    }
    now_ = [exception(date="2026-03-31", reason="Inventaris"), exception(date="2026-04-02")]
    hours = hours_of(opening(("2026-04-01 00:00", april), exceptions=now_), MONDAY, "nl", ZONE)
    assert [(each.starts_on.isoformat(), each.reason.text) for each in hours.differences] == [
        ("2026-03-31", "Inventaris"),
        ("2026-04-01", "Koningsdag"),
    ]


def test_a_closure_up_to_midnight_is_no_reason_for_the_days_beside_it() -> None:
    night = {"from": "2026-03-11T00:00:00+01:00", "to": "2026-03-12T00:00:00+01:00", "reason": "Storm"}
    hours = shown(MONDAY, closures=[night])
    assert [len(day.reasons) for day in hours.days[:5]] == [0, 0, 1, 0, 0]


def test_a_version_that_takes_over_at_noon_shows_in_its_day() -> None:
    short = {"timezone": "Europe/Amsterdam", "weekly": {"tue": [["09:00", "15:00"]]}}
    hours = hours_of(opening(("2026-03-10 12:00", short)), MONDAY, "nl", ZONE)
    assert hours.days[1].periods == one_line("9.00 tot 15.00 uur")
    longer = {"timezone": "Europe/Amsterdam", "weekly": {"tue": [["13:00", "20:00"]]}}
    hours = hours_of(opening(("2026-03-10 12:00", longer)), MONDAY, "nl", ZONE)
    assert hours.days[1].periods == one_line("9.00 tot 12.00 uur", "13.00 tot 20.00 uur")


@pytest.mark.parametrize(
    ("monday", "periods"),
    [
        ("2026-03-23 12:00", ("3.00 tot 6.00 uur",)),  # 2.30 does not exist on 29 March
        ("2026-10-19 12:00", ("2.30 tot 6.00 uur",)),  # twice on 25 October
    ],
)
def test_a_day_of_clock_change_says_what_the_clock_on_the_wall_shows(monday: str, periods: tuple[str, ...]) -> None:
    sunday = shown(at(monday), weekly={"sun": [["02:30", "06:00"]]}).days[6]
    assert sunday.periods == one_line(*periods)


def test_another_zone_than_the_companys_is_named() -> None:
    assert shown(MONDAY).zone_name is None
    assert shown(MONDAY, timezone="Asia/Kolkata").zone_name == "Asia/Kolkata"


def test_the_days_are_those_of_the_channels_own_zone() -> None:
    late = at("2026-03-09 22:00")
    assert shown(late, timezone="Pacific/Auckland").days[0].text == "dinsdag 10 maart"
    assert shown(late).days[0].on + timedelta(days=1) == shown(late, timezone="Pacific/Auckland").days[0].on


def test_the_year_is_said_by_the_calendar_of_the_place_and_not_of_utc() -> None:
    new_year = at("2027-01-01 00:30").astimezone(UTC)
    given = shown(new_year, exceptions=[exception(date="2027-02-01"), exception(**{"from": "2027-03-01", "to": "2027-03-02"})])
    assert given.days[0].text == "vrijdag 1 januari"
    assert [each.when for each in given.differences] == ["maandag 1 februari", "maandag 1 maart tot en met dinsdag 2 maart"]

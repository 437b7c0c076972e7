"""Hours for programs: types and properties of schema.org, and the same facts as the page."""

import json
from datetime import datetime
from typing import Any

import pytest

from portal.hours.opening_time import ALWAYS, OpeningTimes, Version
from portal.hours.reading import read_calendar
from portal.hours.structured_data import contact_point, hours_available

NOW = datetime.fromisoformat("2026-03-09T12:00:00+01:00")
LONG_AGO = datetime.fromisoformat("2020-01-01T00:00:00+01:00")
# schema.org 30.1: what an OpeningHoursSpecification may have, of what we write
KNOWN = {"@type", "name", "dayOfWeek", "opens", "closes", "validFrom", "validThrough"}


def version(since: datetime, **calendar: Any) -> Version:
    return Version(since, read_calendar({"timezone": "Europe/Amsterdam", "weekly": {}, **calendar}))


def specifications(*later: Version, language: str = "nl", **calendar: Any) -> list[dict[str, Any]]:
    found = hours_available(OpeningTimes((version(LONG_AGO, **calendar), *later)), NOW, language)
    assert all(each["@type"] == "OpeningHoursSpecification" and set(each) <= KNOWN for each in found)
    json.dumps(found)
    return [{name: value for name, value in each.items() if name != "@type"} for each in found]


def test_days_with_the_same_hours_stand_together() -> None:
    weekly = {"mon": [["09:00", "12:30"], ["13:00", "17:00"]], "tue": [["13:00", "17:00"]]}
    assert specifications(weekly=weekly) == [
        {"dayOfWeek": ["https://schema.org/Monday"], "opens": "09:00", "closes": "12:30"},
        {"dayOfWeek": ["https://schema.org/Monday", "https://schema.org/Tuesday"], "opens": "13:00", "closes": "17:00"},
    ]


@pytest.mark.parametrize(
    ("hours", "opens", "closes"),
    [
        (["18:00", "02:00"], "18:00", "02:00"),
        (["18:00", "24:00"], "18:00", "00:00"),
        (["00:00", "24:00"], "00:00", "23:59"),
    ],
)
def test_nights_and_whole_days(hours: list[str], opens: str, closes: str) -> None:
    (found,) = specifications(weekly={"sun": [hours]})
    assert (found["opens"], found["closes"]) == (opens, closes)


def test_exceptions_bear_their_dates_and_closed_ones_no_times() -> None:
    found = specifications(
        exceptions=[
            {"date": "2026-04-27", "hours": [], "reason": "Koningsdag"},
            {"from": "2026-04-01", "to": "2026-04-03", "hours": [["10:00", "12:00"], ["13:00", "14:00"]], "reason": "Inventaris"},
            {"date": "2026-01-01", "hours": [], "reason": "Voorbij"},
            {"date": "2027-01-01", "hours": [], "reason": "Ver weg"},
        ]
    )
    stocktaking = {"name": "Inventaris", "validFrom": "2026-04-01", "validThrough": "2026-04-03"}
    assert found == [
        {"name": "Koningsdag", "validFrom": "2026-04-27", "validThrough": "2026-04-27"},
        {**stocktaking, "opens": "10:00", "closes": "12:00"},
        {**stocktaking, "opens": "13:00", "closes": "14:00"},
    ]


def test_a_closure_bears_its_instants() -> None:
    closure = {"from": "2026-03-10T14:00:00+01:00", "to": "2026-03-10T17:00:00+01:00", "reason": "Storm"}
    assert specifications(closures=[closure]) == [
        {"name": "Storm", "validFrom": "2026-03-10T13:00:00+00:00", "validThrough": "2026-03-10T16:00:00+00:00"}
    ]


@pytest.mark.parametrize(
    ("address", "facts"),
    [
        ("https://social.example/@voorbeeld", {"url": "https://social.example/@voorbeeld"}),
        ("tel:+31301234567", {"telephone": "+31301234567", "url": "https://status.example/channels/x"}),
        ("mailto:klant@voorbeeld.example", {"email": "klant@voorbeeld.example", "url": "https://status.example/channels/x"}),
        ("", {"url": "https://status.example/channels/x"}),
    ],
)
def test_a_channel_is_a_contact_point(address: str, facts: dict[str, str]) -> None:
    point = contact_point(name="X", address=address, page="https://status.example/channels/x", opening=ALWAYS, now=NOW)
    assert point == {
        "@type": "ContactPoint",
        "contactType": "customer service",
        "name": "X",
        "availableLanguage": ["nl", "en"],
        **facts,
    }


def test_a_channel_with_a_schedule_has_its_hours() -> None:
    opening = OpeningTimes((version(LONG_AGO, weekly={"mon": [["09:00", "17:00"]]}),))
    point = contact_point(name="X", address="", page="https://status.example/", opening=opening, now=NOW)
    assert point["hoursAvailable"] == hours_available(opening, NOW)


def test_an_exception_that_has_begun_is_told_from_today_on() -> None:
    found = specifications(exceptions=[{"from": "2026-03-01", "to": "2026-03-20", "hours": [], "reason": "Verbouwing"}])
    assert found == [{"name": "Verbouwing", "validFrom": "2026-03-09", "validThrough": "2026-03-20"}]


def test_reasons_are_in_the_language_of_the_page() -> None:
    king = {"date": "2026-04-27", "hours": [], "reason": {"nl": "Koningsdag", "en": "King's Day"}}
    assert [each["name"] for each in specifications(exceptions=[king], language="en")] == ["King's Day"]


def test_a_week_that_is_to_come_bears_its_first_day_and_the_old_one_its_last() -> None:
    june = datetime.fromisoformat("2026-06-01T00:00:00+02:00")
    king = {"date": "2026-04-27", "hours": [], "reason": "Koningsdag"}
    opening = specifications(
        version(june, weekly={"mon": [["10:00", "16:00"]]}, exceptions=[king]), weekly={"mon": [["09:00", "17:00"]]}
    )
    assert opening == [
        {"dayOfWeek": ["https://schema.org/Monday"], "opens": "09:00", "closes": "17:00", "validThrough": "2026-05-31"},
        {"dayOfWeek": ["https://schema.org/Monday"], "opens": "10:00", "closes": "16:00", "validFrom": "2026-06-01"},
    ], "an exception of a version that does not count on that day is not told"


def test_a_version_with_the_same_week_does_not_split_it() -> None:
    week = {"mon": [["09:00", "17:00"]]}
    may = datetime.fromisoformat("2026-05-01T12:00:00+02:00")
    closure = {"from": "2026-05-01T12:00:00+02:00", "to": "2026-05-01T15:00:00+02:00", "reason": "Storm"}
    found = specifications(version(may, weekly=week, closures=[closure]), weekly=week, closures=[closure])
    assert found == [
        {"dayOfWeek": ["https://schema.org/Monday"], "opens": "09:00", "closes": "17:00"},
        {"name": "Storm", "validFrom": "2026-05-01T10:00:00+00:00", "validThrough": "2026-05-01T13:00:00+00:00"},
    ]

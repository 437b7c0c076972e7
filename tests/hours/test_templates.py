"""The public parts, in both languages, as HTML that a strict parser takes."""

from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

import html5lib
import pytest
from flask import Flask

from portal.hours.display import Hours, hours_of
from portal.hours.opening_time import ALWAYS, OpeningTimes, Version
from portal.hours.reading import read_calendar
from portal.web.pages import render

ZONE = ZoneInfo("Europe/Amsterdam")
OFFICE = {day: [["09:00", "18:00"]] for day in ("mon", "tue", "wed", "thu", "fri")}
MONDAY, FRIDAY = "2026-03-09 12:00", "2026-03-13 20:00"


def hours(now: str, language: str, **calendar: Any) -> Hours:
    at = datetime.fromisoformat(now).replace(tzinfo=ZONE)
    long_ago = datetime.fromisoformat("2020-01-01T00:00:00+01:00")
    made = read_calendar({"timezone": "Europe/Amsterdam", "weekly": OFFICE, **calendar})
    return hours_of(OpeningTimes((Version(long_ago, made),)), at, language, ZONE)


def words(app: Flask, template: str, language: str, **values: Any) -> str:
    with app.test_request_context("/en/" if language == "en" else "/"):
        html = render(f"hours/{template}", **values)
    parser = html5lib.HTMLParser(strict=True)
    fragment = parser.parseFragment(html, container="div")
    return " ".join(" ".join(fragment.itertext()).split())


@pytest.mark.parametrize(
    ("moment", "language", "calendar", "sentence"),
    [
        (MONDAY, "nl", {}, "We zijn open tot 18.00 uur ."),
        (MONDAY, "en", {}, "We are open until 18:00 ."),
        (FRIDAY, "nl", {}, "We zijn nu gesloten. Maandag 16 maart om 9.00 uur zijn we er weer."),
        (FRIDAY, "en", {}, "We are closed now. We are back on Monday 16 March at 9:00 ."),
        (MONDAY, "nl", {"weekly": {}}, "We zijn nu gesloten. We weten nog niet wanneer we er weer zijn."),
        (MONDAY, "en", {"weekly": {day: [["00:00", "24:00"]] for day in (*OFFICE, "sat", "sun")}}, "We are open day and night."),
        (
            MONDAY,
            "nl",
            {"exceptions": [{"date": "2026-03-09", "hours": [], "reason": "Verhuizing"}]},
            "We zijn nu gesloten. De reden: Verhuizing. Morgen, dinsdag 10 maart, om 9.00 uur zijn we er weer.",
        ),
    ],
)
def test_now_is_said_in_sentences(app: Flask, moment: str, language: str, calendar: dict[str, Any], sentence: str) -> None:
    assert words(app, "_open_now.html", language, hours=hours(moment, language, **calendar)) == sentence


def test_no_schedule_is_said_too(app: Flask) -> None:
    at = datetime.fromisoformat("2026-03-09T12:00:00+01:00")
    assert (
        words(app, "_open_now.html", "nl", hours=hours_of(ALWAYS, at, "nl", ZONE))
        == "Dit kanaal heeft geen vaste openingstijden."
    )
    assert words(app, "_open_tag.html", "nl", hours=hours_of(ALWAYS, at, "nl", ZONE)) == ""


def test_the_tag_is_one_word(app: Flask) -> None:
    assert words(app, "_open_tag.html", "nl", hours=hours(MONDAY, "nl")) == "Open"
    assert words(app, "_open_tag.html", "nl", hours=hours(FRIDAY, "nl")) == "Gesloten"


def test_the_week_is_a_table_with_today_marked(app: Flask) -> None:
    table = words(app, "_week_table.html", "nl", hours=hours(MONDAY, "nl"))
    assert table.startswith("Openingstijden Dag Tijden maandag (vandaag) 9.00 tot 18.00 uur dinsdag")
    assert table.endswith("zaterdag gesloten zondag gesloten")


def test_another_zone_stands_above_the_week(app: Flask) -> None:
    assert "(Asia/Kolkata)" in words(app, "_week_table.html", "nl", hours=hours(MONDAY, "nl", timezone="Asia/Kolkata"))


def test_the_coming_exceptions_are_a_list_or_nothing(app: Flask) -> None:
    king = {"exceptions": [{"date": "2026-04-27", "hours": [], "reason": {"nl": "Koningsdag", "en": "King's Day"}}]}
    assert words(app, "_exceptions.html", "en", hours=hours(MONDAY, "en", **king)) == "Monday 27 April closed King's Day"
    assert words(app, "_exceptions.html", "en", hours=hours(MONDAY, "en")) == ""


def test_the_coming_days_bear_their_reasons(app: Flask) -> None:
    king = {"exceptions": [{"date": "2026-03-10", "hours": [["10:00", "12:00"]], "reason": "Open <dag>"}]}
    table = words(app, "_days.html", "nl", hours=hours(MONDAY, "nl", **king))
    assert "dinsdag 10 maart 10.00 tot 12.00 uur Open <dag>" in table


def test_structured_data_cannot_end_its_script(app: Flask) -> None:
    with app.test_request_context("/"):
        html = render("hours/_structured_data.html", structured_data={"name": "</script><script>alert(1)</script>"})
    assert html.count("</script>") == 1

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from babel.dates import format_date
from hypothesis import given
from hypothesis import strategies as st

from portal.web import formats

AMSTERDAM = ZoneInfo("Europe/Amsterdam")
NOW = datetime(2026, 3, 9, 13, 0, tzinfo=UTC)  # Monday 14:00 in Amsterdam


@pytest.mark.parametrize(
    ("at", "dutch", "english"),
    [
        (datetime(2026, 3, 9, 15, 30, tzinfo=UTC), "vandaag 16.30 uur", "16:30 today"),
        (datetime(2026, 3, 10, 9, 0, tzinfo=UTC), "morgen, dinsdag 10 maart, 10.00 uur", "tomorrow, Tuesday 10 March, 10:00"),
        (datetime(2026, 3, 8, 8, 5, tzinfo=UTC), "gisteren, zondag 8 maart, 9.05 uur", "yesterday, Sunday 8 March, 9:05"),
        (datetime(2026, 3, 16, 9, 30, tzinfo=UTC), "maandag 16 maart, 10.30 uur", "Monday 16 March, 10:30"),
        (datetime(2027, 1, 4, 8, 0, tzinfo=UTC), "maandag 4 januari 2027, 9.00 uur", "Monday 4 January 2027, 9:00"),
        (datetime(2026, 3, 9, 23, 30, tzinfo=UTC), "morgen, dinsdag 10 maart, 0.30 uur", "tomorrow, Tuesday 10 March, 0:30"),
    ],
    ids=["today", "tomorrow", "yesterday", "next week", "another year", "tomorrow here, today in UTC"],
)
def test_a_moment_is_said_as_one_reads_it_aloud(at: datetime, dutch: str, english: str) -> None:
    assert formats.moment(at, AMSTERDAM, "nl", NOW) == dutch
    assert formats.moment(at, AMSTERDAM, "en", NOW) == english


@given(minutes=st.integers(-60 * 24 * 500, 60 * 24 * 500), late=st.integers(0, 60 * 24 * 366))
def test_the_words_for_a_moment_hold_until_the_instant_that_is_told(minutes: int, late: int) -> None:
    at, now = NOW + timedelta(minutes=minutes), NOW + timedelta(minutes=late)
    until = formats.moment_until(at, AMSTERDAM, now)
    words = formats.moment(at, AMSTERDAM, "nl", now)
    assert until > now
    assert formats.moment(at, AMSTERDAM, "nl", until - timedelta(seconds=1)) == words


@pytest.mark.parametrize("days", [-1, 0, 1, 2])
def test_the_words_for_a_near_day_change_at_the_next_midnight_that_matters(days: int) -> None:
    at = NOW + timedelta(days=days)
    until = formats.moment_until(at, AMSTERDAM, NOW)
    assert until == datetime(2026, 3, 10, tzinfo=AMSTERDAM)
    assert formats.moment(at, AMSTERDAM, "nl", until) != formats.moment(at, AMSTERDAM, "nl", NOW)


@pytest.mark.parametrize(
    ("length", "dutch", "english"),
    [
        (0, "minder dan 1 minuut", "less than 1 minute"),
        (1, "1 minuut", "1 minute"),
        (timedelta(seconds=61), "2 minuten", "2 minutes"),
        (60, "1 uur", "1 hour"),
        (125, "2 uur en 5 minuten", "2 hours and 5 minutes"),
        (24 * 60, "1 dag", "1 day"),
        (3335, "2 dagen en 7 uur", "2 days and 7 hours"),
    ],
)
def test_a_duration_has_at_most_two_units(length: float, dutch: str, english: str) -> None:
    assert formats.duration(length, "nl") == dutch
    assert formats.duration(length, "en") == english


def test_a_day_bears_its_year_only_when_it_is_not_this_year() -> None:
    assert formats.day(date(2026, 4, 27), "nl", today=date(2026, 3, 9)) == "maandag 27 april"
    assert formats.day(date(2027, 4, 27), "nl", today=date(2026, 3, 9)) == "dinsdag 27 april 2027"


@given(st.dates(date(1990, 1, 1), date(2200, 12, 31)))
def test_days_are_said_as_the_unicode_tables_of_languages_say_them(on: date) -> None:
    for language in ("nl", "en"):
        assert formats.day(on, language) == format_date(on, "EEEE d MMMM y", locale=language)
        assert formats.day(on, language, today=on) == format_date(on, "EEEE d MMMM", locale=language)

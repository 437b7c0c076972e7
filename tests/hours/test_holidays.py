"""The days that we propose, against a calculation of our own."""

from datetime import date, timedelta

import pytest

from portal.hours.holidays import HolidaySet, nl_holidays, proposals


def easter(year: int) -> date:
    """Easter Sunday in the Gregorian calendar, by the golden number, the solar and the lunar correction (Butcher, 1876)."""
    golden, century, year_of_century = year % 19, year // 100, year % 100
    epact = (19 * golden + century - century // 4 - (century - (century + 8) // 25 + 1) // 3 + 15) % 30
    weekday = (32 + 2 * (century % 4) + 2 * (year_of_century // 4) - epact - year_of_century % 4) % 7
    shift = (golden + 11 * epact + 22 * weekday) // 451
    month, day = divmod(epact + weekday - 7 * shift + 114, 31)
    return date(year, month, day + 1)


def kings_day(year: int) -> date:
    day = date(year, 4, 27)
    return day - timedelta(days=1) if day.weekday() == 6 else day


@pytest.mark.parametrize("year", range(2014, 2051))
def test_the_sets_are_what_easter_and_the_calendar_say(year: int) -> None:
    sunday = easter(year)
    moving = {sunday + timedelta(days=days) for days in (0, 1, 39, 49, 50)}
    fixed = {date(year, 1, 1), kings_day(year), date(year, 12, 25), date(year, 12, 26)}
    assert nl_holidays(year, HolidaySet.USUAL_CLOSING) == sorted(moving | fixed)
    assert nl_holidays(year, HolidaySet.ATW) == sorted(moving | fixed | {sunday - timedelta(days=2), date(year, 5, 5)})


@pytest.mark.parametrize("year", range(2014, 2051))
def test_every_proposal_has_a_reason_in_both_languages(year: int) -> None:
    for proposal in proposals(year):
        assert proposal.name.nl
        assert proposal.name.en
        assert proposal.name.nl != proposal.name.en
        assert proposal.exception.first_on == proposal.exception.last_on == proposal.on


def test_usual_closing_days_are_told_from_the_others() -> None:
    offered = proposals(2027)
    assert [proposal.on for proposal in offered if proposal.is_usual] == nl_holidays(2027, HolidaySet.USUAL_CLOSING)
    unusual = {proposal.name.nl: proposal for proposal in offered if not proposal.is_usual}
    assert set(unusual) == {"Goede vrijdag", "Bevrijdingsdag", "Vrijdag na Hemelvaartsdag", "Kerstavond", "Oudejaarsdag"}
    assert unusual["Kerstavond"].hours[0].texts == ("09:00", "15:00")
    assert unusual["Vrijdag na Hemelvaartsdag"].on == date(2027, 5, 7)
    assert unusual["Goede vrijdag"].hours == ()


def test_two_holidays_on_one_day_are_both_proposed() -> None:
    names = [proposal.name.nl for proposal in proposals(2016) if proposal.on == date(2016, 5, 5)]
    assert sorted(names) == ["Bevrijdingsdag", "Hemelvaartsdag"]

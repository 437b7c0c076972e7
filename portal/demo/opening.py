"""The calendars of Lijnwaard's channels: their weeks, the public holidays around now, and a day out that is to come. Pure."""

from datetime import date, timedelta
from typing import Any

from portal.demo.company import TIMEZONE, DemoChannel
from portal.hours.holidays import Proposal, proposals
from portal.hours.reading import parse_calendar
from portal.hours.schedule import Calendar

_AHEAD = timedelta(days=100)
_DAY_OUT_IN = timedelta(days=9)
_REMAIN_OPEN = {"whatsapp", "x", "telefoon"}  # shorter hours on a public holiday, because the buses run


def calendar_of(channel: DemoChannel, first_day: date, today: date) -> Calendar:
    """The channel's calendar, with every usual public holiday from the first day until some months from today."""
    last_day = today + _AHEAD
    holidays = [
        each
        for year in range(first_day.year, last_day.year + 1)
        for each in proposals(year)
        if each.is_usual and first_day <= each.on <= last_day
    ]
    exceptions = [_holiday(each, channel) for each in holidays]
    if channel.slug in {"chat", "e-mail"}:
        exceptions.append(_day_out(today))
    return parse_calendar({"timezone": TIMEZONE, "weekly": channel.hours, "exceptions": exceptions})


def _holiday(holiday: Proposal, channel: DemoChannel) -> dict[str, Any]:
    return {
        "date": holiday.on.isoformat(),
        "hours": [["09:00", "22:00"]] if channel.slug in _REMAIN_OPEN else [],
        "reason": {"nl": holiday.name.nl, "en": holiday.name.en},
    }


def _day_out(today: date) -> dict[str, Any]:
    """A weekday, about a week from now, on which the colleagues of the office learn something."""
    on = today + _DAY_OUT_IN
    while on.weekday() > 3:
        on += timedelta(days=1)
    return {
        "date": on.isoformat(),
        "hours": [["08:30", "12:30"]],
        "reason": {"nl": "Opleidingsmiddag van ons team", "en": "Training afternoon of our team"},
    }

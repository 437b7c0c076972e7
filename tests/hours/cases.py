"""Running a case of opening-time arithmetic: calendar, operation, arguments, expected answer."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from portal.hours.holidays import HolidaySet, nl_holidays
from portal.hours.opening_time import OpeningTimes, Version, promise_by
from portal.hours.reading import read_calendar

EPOCH = datetime.fromisoformat("1970-01-01T00:00:00+00:00")


def opening_of(calendar: Mapping[str, Any]) -> OpeningTimes:
    """The opening times of a calendar that has always been in force."""
    return OpeningTimes((Version(EPOCH, read_calendar(calendar)),))


def answer(case: Mapping[str, Any]) -> object:  # noqa: PLR0911 - a return per operation
    """What the portal answers to the case, in values that compare equal to `expected_of` when right."""
    args = case["args"]
    if case["op"] == "nl_holidays":
        return [day.isoformat() for day in nl_holidays(args["year"], HolidaySet(args["set"]))]
    opening = opening_of(case["calendar"])
    match case["op"]:
        case "is_open":
            return opening.is_open(_at(args["at"]))
        case "next_change":
            change = opening.next_change(_at(args["at"]))
            return change and (change.at, change.state.value)
        case "next_open":
            return opening.next_open(_at(args["at"]))
        case "add_open_minutes":
            return opening.add_open(_at(args["from"]), timedelta(minutes=args["minutes"]))
        case "open_minutes_between":
            return opening.between(_at(args["from"]), _at(args["to"]))
        case "promise_by":
            cutoff = args.get("cutoff_minutes")
            return promise_by(
                opening,
                _at(args["sent"]),
                timedelta(minutes=args["lead_minutes"]),
                timedelta(minutes=args["round_minutes"]),
                None if cutoff is None else timedelta(minutes=cutoff),
            )
    raise AssertionError(case["op"])


def expected_of(case: Mapping[str, Any]) -> object:
    expected = case["expected"]
    match case["op"]:
        case "next_change":
            return expected and (_at(expected["at"]), expected["state"])
        case "next_open" | "add_open_minutes" | "promise_by":
            return expected and _at(expected)
        case "open_minutes_between":
            return timedelta(minutes=expected)
    return expected


def _at(text: str) -> datetime:
    return datetime.fromisoformat(text)

"""What stands beside the time before which an answer comes: the closed days on the way to it. Pure."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date

from portal.hours.display import Hours
from portal.hours.holidays import is_holiday_name
from portal.web.localized import Text


@dataclass(frozen=True)
class ClosedDay:
    """Days on which nobody is there, as a sentence begins with them, and why."""

    when: str
    reason: Text
    is_holiday: bool


def closed_days(hours: Hours, today: date, answer_on: date | None) -> tuple[ClosedDay, ...]:
    """What is closed after today and up to the day of the answer; that today is closed is said anyway."""
    return tuple(_closed(hours, today, answer_on)) if answer_on else ()


def _closed(hours: Hours, today: date, answer_on: date) -> Iterator[ClosedDay]:
    for each in hours.differences:
        if not each.periods and today < each.starts_on <= answer_on:
            yield ClosedDay(each.when[:1].upper() + each.when[1:], each.reason, is_holiday_name(str(each.reason)))

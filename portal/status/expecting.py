"""What stands beside the time before which an answer comes: closed days on the way, and on how much it rests. Pure."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from portal.hours.display import Hours
from portal.hours.holidays import is_holiday_name
from portal.status.card import Card
from portal.web.localized import Text

_WORD_BY = 17  # o'clock: when the customer hears more of a question that no time can be promised for
_AT_LEAST = timedelta(hours=1)


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


def measured_days(card: Card, measured_since: date | None, today: date) -> int | None:
    """On how many days' evidence the time rests; None when nothing was ever measured."""
    if card.days is not None:
        return card.days
    return None if measured_since is None else (today - measured_since).days + 1


def next_word_at(now: datetime, zone: ZoneInfo) -> datetime:
    """Before when a customer to whom no time can be promised hears more: five o'clock, today or tomorrow."""
    local = now.astimezone(zone)
    at = local.replace(hour=_WORD_BY, minute=0, second=0, microsecond=0, fold=0)
    return at if at - local >= _AT_LEAST else at + timedelta(days=1)

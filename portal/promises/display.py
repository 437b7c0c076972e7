"""Figures as people read them, and what a page about one channel shows."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from fractions import Fraction

from babel.dates import format_date, format_interval
from sqlalchemy.orm import Session

from portal.promises import store
from portal.promises.figures import Group, Period, ResponseFigures, without_empty_ends
from portal.promises.plot import Plot, plot
from portal.promises.statistics import Quantile
from portal.web.formats import duration, whole_number
from portal.web.pages import language

_ROUGHLY_FROM_MINUTES = 600
_HOUR = 60
_NO_BREAK = "\u00a0"


@dataclass(frozen=True)
class Shown:
    """The response times of one channel over one period, with both plots."""

    figures: ResponseFigures
    days: Plot
    hours: Plot

    @property
    def step_days(self) -> int:
        """How many days a full group of the first plot holds: the last group is always a full one."""
        last = self.days.groups[-1:]
        return sum(
            (group.last - group.first).days + 1
            for group in last
            if isinstance(group.first, date) and isinstance(group.last, date)
        )


def shown(session: Session, channel_id: int, period: Period, now: datetime) -> Shown:
    """What the page of a channel shows of its response times. About ten queries, whatever the number of requests."""
    figures = store.figures_of(session, channel_id, period.since, period.until, now)
    days, hours = store.groups_of(session, channel_id, period, now)
    return Shown(figures, plot(days), plot(without_empty_ends(hours)))


def opening_duration(wait: Quantile | float) -> str:
    """A wait in opening time, in hours and minutes: never in days, because a day has no fixed number of opening hours.

    Whole minutes, rounded up; from ten hours on whole hours, rounded to the nearest. A bare number means minutes.
    """
    minutes = wait.seconds / 60 if isinstance(wait, Quantile) else wait
    if minutes < _ROUGHLY_FROM_MINUTES:
        return duration(minutes, language())
    hours = round(minutes / _HOUR)
    return f"{grouped(hours)} {'uur' if language() == 'nl' else 'hours'}"


def tick(minutes: int) -> str:
    """A waiting time as it stands beside a line of a plot."""
    if minutes and minutes % _HOUR == 0:
        return f"{minutes // _HOUR} {'uur' if language() == 'nl' else 'h'}"
    return f"{minutes} min" if minutes else "0"


def grouped(number: int) -> str:
    """The whole number as one reads it on a page: "1.166" in Dutch, "1,166" in English."""
    return whole_number(number, language())


def percent(share: Fraction) -> str:
    """Whole per cents on one line, rounded down: 99.9 is not yet 100."""
    return f"{int(share * 100)}{_NO_BREAK}%" if language() == "nl" else f"{int(share * 100)}%"


def month_name(first: date) -> str:
    """The month of this first day: "maart 2026"."""
    return format_date(first, "LLLL y", locale=language())


def group_name(group: Group) -> str:
    """The days or hours of a group: "9 mrt", "3 - 9 mrt", "9 - 12 uur"."""
    if isinstance(group.first, date) and isinstance(group.last, date):
        if group.first == group.last:
            return format_date(group.first, "d MMM", locale=language())
        return format_interval(group.first, group.last, "MMMd", locale=language())
    first, end = group.first, int(str(group.last)) + 1
    return f"{first} - {end} uur" if language() == "nl" else f"{first}:00 - {end}:00"


def short_name(group: Group) -> str:
    """What stands below the axis: the first day, or the first hour."""
    if isinstance(group.first, date):
        return format_date(group.first, "d MMM", locale=language())
    return str(group.first)


FILTERS: Mapping[str, Callable[..., str]] = {
    "opening_duration": opening_duration,
    "plot_tick": tick,
    "grouped": grouped,
    "percent": percent,
    "record_month": month_name,
    "group_name": group_name,
    "short_name": short_name,
}

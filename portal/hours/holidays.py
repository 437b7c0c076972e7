"""Dutch public holidays to propose: the company ticks, nothing closes by itself.

The dates come from the `holidays` package. Which of them count where is our own table, because its default set has Good
Friday, on which few close, and 5 May only in years that end in 0 or 5.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum

import holidays

from portal.hours.schedule import DatedException, Range
from portal.web.localized import Localized

_ENGLISH = {
    "Nieuwjaarsdag": "New Year's Day",
    "Goede vrijdag": "Good Friday",
    "Eerste paasdag": "Easter Sunday",
    "Tweede paasdag": "Easter Monday",
    "Koningsdag": "King's Day",
    "Koninginnedag": "Queen's Day",
    "Bevrijdingsdag": "Liberation Day",
    "Hemelvaartsdag": "Ascension Day",
    "Eerste pinksterdag": "Whit Sunday",
    "Tweede pinksterdag": "Whit Monday",
    "Eerste kerstdag": "Christmas Day",
    "Tweede kerstdag": "Boxing Day",
}
_USUALLY_OPEN = frozenset({"Goede vrijdag", "Bevrijdingsdag"})
_SHORT_DAY = (Range(9 * 60, 15 * 60),)


class HolidaySet(StrEnum):
    ATW = "atw"  # the days of the Algemene termijnenwet, with Easter and Whit Sunday
    USUAL_CLOSING = "usual_closing"


@dataclass(frozen=True, slots=True)
class Proposal:
    """A day on which a company may want other hours: none, or a short day. `is_usual` says whether most do."""

    on: date
    name: Localized
    hours: tuple[Range, ...]
    is_usual: bool

    @property
    def exception(self) -> DatedException:
        return DatedException(self.on, self.on, self.hours, self.name)


def is_holiday_name(text: str) -> bool:
    """Whether this is what a public holiday is called, in Dutch or in English: "it is ..." can then be said of the day."""
    return text in _ENGLISH or text in _ENGLISH.values()


def nl_holidays(year: int, which: HolidaySet) -> list[date]:
    """The dates of the set in this year, in order."""
    left_out = _USUALLY_OPEN if which is HolidaySet.USUAL_CLOSING else frozenset[str]()
    return sorted({day for day, name in _named_days(year) if name not in left_out})


def proposals(year: int) -> list[Proposal]:
    """What to offer for ticking in this year, by date: public holidays, a bridge day, and two short days."""
    offered = [Proposal(day, Localized(name, _ENGLISH[name]), (), name not in _USUALLY_OPEN) for day, name in _named_days(year)]
    ascension = next(day for day, name in _named_days(year) if name == "Hemelvaartsdag")
    bridge = Localized("Vrijdag na Hemelvaartsdag", "Friday after Ascension Day")
    offered += (
        Proposal(ascension + timedelta(days=1), bridge, (), is_usual=False),
        Proposal(date(year, 12, 24), Localized("Kerstavond", "Christmas Eve"), _SHORT_DAY, is_usual=False),
        Proposal(date(year, 12, 31), Localized("Oudejaarsdag", "New Year's Eve"), _SHORT_DAY, is_usual=False),
    )
    return sorted(offered, key=lambda proposal: proposal.on)


def _named_days(year: int) -> Iterator[tuple[date, str]]:
    """(day, Dutch name); twice the same day when two holidays fall on it, as Ascension and 5 May did in 2016."""
    known = holidays.country_holidays("NL", years=year, categories=("public", "optional"), language="nl")
    for day in sorted(known):
        for name in known.get_list(day):
            yield day, name

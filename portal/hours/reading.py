"""Reading a calendar from its JSON shape, with every fault found at once and each naming its field.

`read_calendar` understands all that has a meaning; `parse_calendar` also refuses what a person surely did not mean
(overlaps, exceptions without a reason).
"""

import json
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import UTC, date, datetime
from functools import lru_cache
from itertools import pairwise

from portal.errors import Fault, Invalid
from portal.hours.schedule import DAY_MINUTES, WEEKDAYS, Calendar, Closure, DatedException, Range, is_foreseeable
from portal.organisation.rules import is_zone
from portal.web.localized import Localized
from portal.web.texts import to_translate

_TIME = re.compile(r"(?:([01]\d|2[0-3]):([0-5]\d)|(24):(00))", re.ASCII)
_DATE = re.compile(r"\d{4}-\d{2}-\d{2}", re.ASCII)
MAX_ENTRIES = 500


# What would have been right.
EXPECTED_OBJECT = to_translate("an object")
EXPECTED_LIST = to_translate("a list")
EXPECTED_SHORTER = to_translate("at most 500 entries")
EXPECTED_KNOWN = to_translate("a known name")
EXPECTED_TIMEZONE = to_translate("a time zone such as Europe/Amsterdam")
EXPECTED_RANGE = to_translate("an opening and a closing time, such as 09:00 and 17:00")
EXPECTED_UNEQUAL = to_translate("two different times; 00:00 to 24:00 is the whole day")
EXPECTED_DATE = to_translate("a date such as 2026-04-27")
EXPECTED_LATER_DATE = to_translate("a last day that is not before the first")
EXPECTED_INSTANT = to_translate("a date and time with UTC offset")
EXPECTED_LATER_INSTANT = to_translate("an end after the start")
EXPECTED_REASON = to_translate("a reason in Dutch that customers may read")
EXPECTED_NO_OVERLAP = to_translate("hours that do not overlap with others")


def parse_calendar(given: object) -> Calendar:
    """The calendar that may be saved; raises `Invalid` with every fault, overlaps and missing reasons among them."""
    reader = _Reader()
    calendar = reader.calendar(given)
    faults = [*reader.faults, *_doubtful(calendar)]
    if faults:
        raise Invalid.many(faults)
    return calendar


def read_calendar(given: object) -> Calendar:
    """The calendar that the JSON shape describes; overlapping ranges merge. Raises `Invalid` with every fault."""
    reader = _Reader()
    calendar = reader.calendar(given)
    if reader.faults:
        raise Invalid.many(reader.faults)
    return calendar


@lru_cache(maxsize=512)
def calendar_from_text(text: str) -> Calendar:
    """The calendar that was stored as JSON text; the same object for the same text."""
    return read_calendar(json.loads(text))


def _doubtful(calendar: Calendar) -> Iterator[Fault]:
    week = [
        (number * DAY_MINUTES + hours_range.opens, number * DAY_MINUTES + hours_range.closes, f"weekly.{name}[{index}]")
        for number, name in enumerate(WEEKDAYS)
        for index, hours_range in enumerate(calendar.weekly[number])
    ]
    yield from _overlaps(week, 7 * DAY_MINUTES)
    for number, exception in enumerate(calendar.exceptions):
        field = f"exceptions[{number}]"
        hours = [(each.opens, each.closes, f"{field}.hours[{at}]") for at, each in enumerate(exception.hours)]
        yield from _overlaps(hours, DAY_MINUTES if exception.first_on != exception.last_on else None)
        yield from _missing_reason(exception.reason, field)
    for number, closure in enumerate(calendar.closures):
        yield from _missing_reason(closure.reason, f"closures[{number}]")


def _overlaps(hours: list[tuple[int, int, str]], cycle: int | None) -> Iterator[Fault]:
    """A fault for each period that begins before an earlier one has ended; `cycle` is when the first comes round again."""
    hours = sorted(hours)
    latest = 0
    for (_, closes, _), (opens, _, field) in pairwise(hours):
        latest = max(latest, closes)
        if opens < latest:
            yield Fault(field, _week_text(opens), EXPECTED_NO_OVERLAP)
    if cycle and hours and max(closes for _, closes, _ in hours) > hours[0][0] + cycle:
        yield Fault(hours[0][2], _week_text(hours[0][0]), EXPECTED_NO_OVERLAP)


def _week_text(minutes: int) -> str:
    return f"{minutes % DAY_MINUTES // 60:02d}:{minutes % 60:02d}"


def _missing_reason(reason: Localized, field: str) -> Iterator[Fault]:
    if not reason.nl.strip():
        yield Fault(f"{field}.reason", reason.nl, EXPECTED_REASON)


class _Reader:
    """Reads on after a fault, with something harmless in its place, so that all faults are found."""

    def __init__(self) -> None:
        self.faults: list[Fault] = []

    def fault(self, field: str, value: object, expected: str) -> None:
        self.faults.append(Fault(field, value, expected))

    def calendar(self, given: object) -> Calendar:
        entry = self.entry(given, "", {"timezone", "weekly", "exceptions", "closures"})
        weekly = self.entry(entry.get("weekly", {}), "weekly", set(WEEKDAYS))
        return Calendar(
            timezone=self.timezone(entry.get("timezone")),
            weekly=tuple(self.hours(weekly.get(name, []), f"weekly.{name}") for name in WEEKDAYS),
            exceptions=tuple(
                self.exception(each, field) for each, field in self.entries(entry.get("exceptions", []), "exceptions")
            ),
            closures=tuple(self.closure(each, field) for each, field in self.entries(entry.get("closures", []), "closures")),
        )

    def entry(self, given: object, field: str, known: set[str]) -> Mapping[str, object]:
        if not isinstance(given, Mapping):
            self.fault(field, given, EXPECTED_OBJECT)
            return {}
        for name in given:
            if name not in known:  # a misspelt weekday would silently be a closed one
                self.fault(f"{field}.{name}".lstrip("."), given[name], EXPECTED_KNOWN)
        return given

    def entries(self, given: object, field: str) -> Iterable[tuple[object, str]]:
        if not isinstance(given, Sequence) or isinstance(given, str):
            self.fault(field, given, EXPECTED_LIST)
            return
        if len(given) > MAX_ENTRIES:
            self.fault(field, len(given), EXPECTED_SHORTER)
            return
        for number, each in enumerate(given):
            yield each, f"{field}[{number}]"

    def timezone(self, given: object) -> str:
        if isinstance(given, str) and is_zone(given):
            return given
        self.fault("timezone", given, EXPECTED_TIMEZONE)
        return "UTC"

    def hours(self, given: object, field: str) -> tuple[Range, ...]:
        read = (self.range(each, name) for each, name in self.entries(given, field))
        return tuple(hours_range for hours_range in read if hours_range)

    def range(self, given: object, field: str) -> Range | None:
        match given:
            case [str(opening), str(closing)]:
                opens, closes = _minutes(opening), _minutes(closing)
            case _:
                opens = closes = None
        if opens is None or closes is None or opens == DAY_MINUTES:
            self.fault(field, given, EXPECTED_RANGE)
            return None
        if opens == closes:
            self.fault(field, given, EXPECTED_UNEQUAL)
            return None
        return Range(opens, closes if closes > opens else closes + DAY_MINUTES)

    def exception(self, given: object, field: str) -> DatedException:
        entry = self.entry(given, field, {"date", "from", "to", "hours", "reason"})
        if "date" in entry:
            first_on = last_on = self.date(entry["date"], f"{field}.date")
        else:
            first_on = self.date(entry.get("from"), f"{field}.from")
            last_on = self.date(entry.get("to"), f"{field}.to")
        if last_on < first_on:
            self.fault(f"{field}.to", entry.get("to"), EXPECTED_LATER_DATE)
        hours = self.hours(entry.get("hours"), f"{field}.hours")
        return DatedException(first_on, last_on, hours, self.reason(entry.get("reason", ""), f"{field}.reason"))

    def closure(self, given: object, field: str) -> Closure:
        entry = self.entry(given, field, {"from", "to", "reason"})
        starts_at = self.instant(entry.get("from"), f"{field}.from")
        ends_at = self.instant(entry.get("to"), f"{field}.to")
        if starts_at and ends_at and ends_at <= starts_at:
            self.fault(f"{field}.to", entry.get("to"), EXPECTED_LATER_INSTANT)
        never = datetime.min.replace(tzinfo=UTC)
        return Closure(starts_at or never, ends_at or never, self.reason(entry.get("reason", ""), f"{field}.reason"))

    def reason(self, given: object, field: str) -> Localized:
        if isinstance(given, str):
            return Localized(given.strip(), "")
        entry = self.entry(given, field, {"nl", "en"})
        texts = {name: entry.get(name, "") for name in ("nl", "en")}
        for name, text in texts.items():
            if not isinstance(text, str):
                self.fault(f"{field}.{name}", text, EXPECTED_REASON)
        return Localized(str(texts["nl"]).strip(), str(texts["en"]).strip())

    def date(self, given: object, field: str) -> date:
        try:
            if isinstance(given, str) and _DATE.fullmatch(given) and is_foreseeable(found := date.fromisoformat(given)):
                return found
        except ValueError:  # 30 February
            pass
        self.fault(field, given, EXPECTED_DATE)
        return date.min

    def instant(self, given: object, field: str) -> datetime | None:
        try:
            instant = datetime.fromisoformat(given) if isinstance(given, str) else None
        except ValueError:
            instant = None
        if instant is None or instant.utcoffset() is None or not is_foreseeable(instant):
            self.fault(field, given, EXPECTED_INSTANT)
            return None
        return instant.astimezone(UTC)


def _minutes(text: str) -> int | None:
    """Minutes since midnight of "HH:MM"; "24:00" is the end of the day."""
    found = _TIME.fullmatch(text)
    if not found:
        return None
    hours, minutes = text.split(":")
    return int(hours) * 60 + int(minutes)

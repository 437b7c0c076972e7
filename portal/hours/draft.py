"""A schedule as it is typed: texts of a form, to and from the calendar. Pure.

Nothing typed is lost on the way: what cannot be understood goes into the JSON shape as it is, and comes back as a fault of
`reading` with the name of the control beside it.
"""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime, time
from zoneinfo import ZoneInfo

from portal.hours.schedule import WEEKDAYS, Calendar, DatedException, Range, is_foreseeable, merged_ranges

_CLOSED = {"", "gesloten", "dicht", "closed", "-"}
_ALL_DAY = {"de hele dag", "hele dag", "dag en nacht", "24 uur", "all day", "24 hours"}
_BETWEEN_RANGES = re.compile(r"\s*(?:[,;\n]|\ben\b|\band\b)\s*")
_BETWEEN_TIMES = re.compile(r"\s*(?:[-\u2013]|\btot\b|\bto\b)\s*")
_TIME = re.compile(r"(\d{1,2})(?:[.:](\d{2}))?(?:\s*(?:uur|u))?")


@dataclass(frozen=True)
class ExceptionRow:
    """Other hours on one day, or up to `last` where it is filled. Dates are ISO, as date controls send them."""

    first: str = ""
    last: str = ""
    hours: str = ""
    reason_nl: str = ""
    reason_en: str = ""


@dataclass(frozen=True)
class ClosureRow:
    """Closed from one local time to another; ISO without offset, as controls for date and time send them."""

    starts: str = ""
    ends: str = ""
    reason_nl: str = ""
    reason_en: str = ""


@dataclass(frozen=True)
class Draft:
    """`week` has seven texts, Monday first; `valid_from` is a date, or empty for "from now on"."""

    timezone: str
    week: tuple[str, ...]
    exceptions: tuple[ExceptionRow, ...] = ()
    closures: tuple[ClosureRow, ...] = ()
    valid_from: str = ""

    @property
    def json(self) -> dict[str, object]:
        """The JSON shape for `reading.parse_calendar`; exceptions and closures keep their positions."""
        return {
            "timezone": self.timezone,
            "weekly": {name: _hours(text) for name, text in zip(WEEKDAYS, self.week, strict=True)},
            "exceptions": [_exception(row) for row in self.exceptions],
            "closures": [_closure(row, ZoneInfo(self.timezone)) for row in self.closures],
        }

    def with_exceptions(self, exceptions: Iterable[DatedException]) -> "Draft":
        """The draft with these exceptions below its own."""
        return replace(self, exceptions=(*self.exceptions, *map(_exception_row, exceptions)))


def draft_of(calendar: Calendar) -> Draft:
    """The texts that mean this calendar."""
    zone = ZoneInfo(calendar.timezone)
    return Draft(
        calendar.timezone,
        tuple(hours_text(hours) for hours in calendar.weekly),
        tuple(_exception_row(exception) for exception in calendar.exceptions),
        tuple(
            ClosureRow(_local(closure.starts_at, zone), _local(closure.ends_at, zone), closure.reason.nl, closure.reason.en)
            for closure in calendar.closures
        ),
    )


def draft_sent(sent: Mapping[str, str], timezone: str) -> Draft:
    """What a form sent. Rows that are blank or ticked for removal are left out."""
    exceptions = (
        ExceptionRow(*(sent.get(f"exceptions-{number}-{name}", "").strip() for name in _EXCEPTION_CONTROLS))
        for number in _rows(sent, "exceptions")
    )
    closures = (
        ClosureRow(*(sent.get(f"closures-{number}-{name}", "").strip() for name in _CLOSURE_CONTROLS))
        for number in _rows(sent, "closures")
    )
    return Draft(
        timezone,
        tuple(sent.get(f"week-{name}", "").strip() for name in WEEKDAYS),
        tuple(row for row in exceptions if row != ExceptionRow()),
        tuple(row for row in closures if row != ClosureRow()),
        sent.get("valid_from", "").strip(),
    )


def starts_at(valid_from: str, timezone: str, now: datetime) -> datetime | None:
    """The instant from which a draft counts: now, or the midnight at which a day other than today begins. None: no date."""
    zone = ZoneInfo(timezone)
    if not valid_from:
        return now
    try:
        on = date.fromisoformat(valid_from)
    except ValueError:
        return None
    if not is_foreseeable(on):
        return None
    return now if on == now.astimezone(zone).date() else datetime.combine(on, time(), zone)


def control_of(field: str) -> str:
    """The name of the control in which the fault of this field was typed: "weekly.mon[0]" is "week-mon"."""
    if found := re.fullmatch(r"weekly\.(\w+)(?:\[\d+\])?", field):
        return f"week-{found[1]}"
    if found := re.fullmatch(r"(exceptions|closures)\[(\d+)\](?:\.(\w+))?(?:\.(\w+))?(?:\[\d+\])?", field):
        part = f"reason-{found[4]}" if found[4] else found[3] or ""
        return f"{found[1]}-{found[2]}-{_CONTROLS[found[1]].get(part, part)}"
    return field


def hours_text(hours: tuple[Range, ...]) -> str:
    """The ranges of a day as one types them: "09:00-12:30, 13:00-17:00"; nothing when closed."""
    return ", ".join("-".join(each.texts) for each in merged_ranges(hours))


_EXCEPTION_CONTROLS = ("first", "last", "hours", "reason-nl", "reason-en")
_CLOSURE_CONTROLS = ("starts", "ends", "reason-nl", "reason-en")
_CONTROLS = {
    "exceptions": {"date": "first", "from": "first", "to": "last", "reason": "reason-nl"},
    "closures": {"from": "starts", "to": "ends", "reason": "reason-nl"},
}


def _rows(sent: Mapping[str, str], kind: str) -> list[int]:
    numbers = {int(found[1]) for name in sent if (found := re.fullmatch(rf"{kind}-(\d{{1,4}})-\w+(?:-\w+)?", name))}
    return [number for number in sorted(numbers) if not sent.get(f"{kind}-{number}-remove")]


def _hours(text: str) -> list[list[str]]:
    """Ranges as "9.00-12.30, 13.00-17.00", "9-17", "9:00 tot 17:00" or "hele dag"; what is none of it stays as it was typed."""
    plain = " ".join(text.lower().split())
    if plain in _CLOSED:
        return []
    if plain in _ALL_DAY:
        return [["00:00", "24:00"]]
    return [[_clock(end) for end in _BETWEEN_TIMES.split(part)] for part in _BETWEEN_RANGES.split(plain)]


def _clock(text: str) -> str:
    found = _TIME.fullmatch(text)
    return f"{int(found[1]):02d}:{found[2] or '00'}" if found else text


def _exception(row: ExceptionRow) -> dict[str, object]:
    days = {"from": row.first, "to": row.last} if row.last and row.last != row.first else {"date": row.first}
    return {**days, "hours": _hours(row.hours), "reason": {"nl": row.reason_nl, "en": row.reason_en}}


def _exception_row(exception: DatedException) -> ExceptionRow:
    last = "" if exception.last_on == exception.first_on else exception.last_on.isoformat()
    hours, reason = hours_text(exception.hours), exception.reason
    return ExceptionRow(exception.first_on.isoformat(), last, hours, reason.nl, reason.en)


def _closure(row: ClosureRow, zone: ZoneInfo) -> dict[str, object]:
    return {
        "from": _with_offset(row.starts, zone),
        "to": _with_offset(row.ends, zone),
        "reason": {"nl": row.reason_nl, "en": row.reason_en},
    }


def _with_offset(text: str, zone: ZoneInfo) -> str:
    try:
        local = datetime.fromisoformat(text)
    except ValueError:
        return text
    return (local if local.tzinfo else local.replace(tzinfo=zone)).isoformat()


def _local(at: datetime, zone: ZoneInfo) -> str:
    return at.astimezone(zone).replace(tzinfo=None).isoformat(timespec="minutes")

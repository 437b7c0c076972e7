"""Hours in words, Dutch and English, where the grammar of a sentence asks for more than a date format. Pure."""

from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from babel.dates import get_day_names

from portal.hours.schedule import DAY_MINUTES, Range
from portal.web import formats

NO_BREAK = "\u00a0"
_DAY = timedelta(days=1)
_MINUTES_AN_HOUR = 60


def opening(at: datetime, zone: ZoneInfo, language: str, now: datetime) -> str:
    """As in "Maandag 16 maart om 9.00 uur zijn we er weer" and "We are back on Monday 16 March at 9:00"."""
    on, today = at.astimezone(zone).date(), now.astimezone(zone).date()
    clock = formats.clock_time(at, zone, language)
    written = formats.day(on, language, today=today)
    if language == "nl":
        if on == today:
            return f"Vandaag om {clock}"
        return f"Morgen, {written}, om {clock}" if on == today + _DAY else f"{_capital(written)} om {clock}"
    if on == today:
        return f"today at {clock}"
    return f"tomorrow, {written}, at {clock}" if on == today + _DAY else f"on {written} at {clock}"


def closing(at: datetime, zone: ZoneInfo, language: str, now: datetime) -> str:
    """As in "We zijn open tot 18.00 uur": the time alone when it is today or the end of today, else with the day."""
    local, today = at.astimezone(zone), now.astimezone(zone).date()
    if local.date() == today:
        return formats.clock_time(at, zone, language)
    if local.date() == today + _DAY and not (local.hour or local.minute):
        return "middernacht" if language == "nl" else "midnight"
    return formats.moment(at, zone, language, now)


def period(hours: Range, language: str) -> str:
    """A period of a day: "9.00 tot 17.00 uur", kept on one line. `hours.closes` may lie on the next day."""
    dutch = language == "nl"
    if (hours.opens, hours.closes) == (0, DAY_MINUTES):
        return "de hele dag" if dutch else "all day"
    opens, closes = _clock(hours.opens, language), _clock(hours.closes, language)
    if hours.closes == DAY_MINUTES:
        closes = "24.00" if dutch else "midnight"
    words = f"{opens} tot {closes} uur" if dutch else f"{opens} to {closes}"
    words = words.replace(" ", NO_BREAK)
    if hours.closes > DAY_MINUTES:
        return f"{words} de volgende dag" if dutch else f"{words} the next day"
    return words


def span(starts_at: datetime, ends_at: datetime, zone: ZoneInfo, language: str, now: datetime) -> str:
    """From an instant to another: the day is said once when both are on it."""
    first, last, today = starts_at.astimezone(zone), ends_at.astimezone(zone), now.astimezone(zone).date()
    opens, closes = _clock(first.hour * _MINUTES_AN_HOUR + first.minute, language), formats.clock_time(ends_at, zone, language)
    until, unit = ("tot", " uur") if language == "nl" else ("to", "")
    start = f"{formats.day(first.date(), language, today=today)}, {opens}"
    if first.date() == last.date():
        return f"{start} {until} {closes}"
    return f"{start}{unit} {until} {formats.day(last.date(), language, today=today)}, {closes}"


def days(first_on: date, last_on: date, language: str, today: date) -> str:
    """One day, or from the first to the last one, both included."""
    first, last = (formats.day(on, language, today=today) for on in (first_on, last_on))
    if first_on == last_on:
        return first
    until = "tot en met" if language == "nl" else "to"
    return f"{first} {until} {last}"


def weekday(number: int, language: str) -> str:
    """The name of a day of the week, Monday being 0."""
    return str(get_day_names("wide", locale=language)[number])


def _clock(minutes: int, language: str) -> str:
    minutes %= DAY_MINUTES
    mark = "." if language == "nl" else ":"
    return f"{minutes // _MINUTES_AN_HOUR}{mark}{minutes % _MINUTES_AN_HOUR:02d}"


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:]

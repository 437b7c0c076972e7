"""Times and durations in words, as customers read them. Rules: Dutch 24-hour clock with a point, English with a colon."""

from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

DEFAULT_ZONE = ZoneInfo("Europe/Amsterdam")  # until the organisation has said where it is
_MINUTES_AN_HOUR = 60
_MINUTES_A_DAY = 24 * 60
_WORDS = {
    "nl": {"today": "vandaag", "tomorrow": "morgen", "yesterday": "gisteren", "and": "en", "at": "om"},
    "en": {"today": "today", "tomorrow": "tomorrow", "yesterday": "yesterday", "and": "and", "at": "at"},
}
_DAYS = {
    "nl": ("maandag", "dinsdag", "woensdag", "donderdag", "vrijdag", "zaterdag", "zondag"),
    "en": ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"),
}
_MONTHS = {
    "nl": [
        "januari",
        "februari",
        "maart",
        "april",
        "mei",
        "juni",
        "juli",
        "augustus",
        "september",
        "oktober",
        "november",
        "december",
    ],
    "en": [
        "January",
        "February",
        "March",
        "April",
        "May",
        "June",
        "July",
        "August",
        "September",
        "October",
        "November",
        "December",
    ],
}
_UNITS = {
    "nl": (("dag", "dagen"), ("uur", "uur"), ("minuut", "minuten")),
    "en": (("day", "days"), ("hour", "hours"), ("minute", "minutes")),
}


def clock_time(at: datetime, zone: ZoneInfo, language: str) -> str:
    """16.30 uur, or 16:30 in English."""
    local = at.astimezone(zone)
    return f"{local.hour}.{local.minute:02} uur" if language == "nl" else f"{local.hour}:{local.minute:02}"


def day(on: date, language: str, *, today: date | None = None) -> str:
    """Dinsdag 10 maart; with the year when it is not the year of `today`."""
    year = "" if today is not None and on.year == today.year else f" {on.year}"
    return f"{_DAYS[language][on.weekday()]} {on.day} {_MONTHS[language][on.month - 1]}{year}"


def whole_number(number: int, language: str) -> str:
    """The number in groups of three digits: "1.166" in Dutch, "1,166" in English."""
    written = f"{number:,}"
    return written.replace(",", ".") if language == "nl" else written


def day_and_time(at: datetime, zone: ZoneInfo, language: str, *, now: datetime | None = None) -> str:
    """Dinsdag 10 maart 2026, 10.30 uur: never "today", which is another day when it is read later.

    Without the year when it is the one of `now`.
    """
    today = None if now is None else now.astimezone(zone).date()
    return f"{day(at.astimezone(zone).date(), language, today=today)}, {clock_time(at, zone, language)}"


def moment(at: datetime, zone: ZoneInfo, language: str, now: datetime) -> str:
    """The instant as one reads it aloud at `now`.

    Today "vandaag 16.30 uur", tomorrow and yesterday with weekday and date, else "dinsdag 10 maart, 10.30 uur".
    """
    local, today = at.astimezone(zone).date(), now.astimezone(zone).date()
    words = _WORDS[language]
    if local == today:
        clock = clock_time(at, zone, language)
        return f"{words['today']} {clock}" if language == "nl" else f"{clock} {words['today']}"
    written = day_and_time(at, zone, language, now=now)
    if local == today + timedelta(days=1):
        return f"{words['tomorrow']}, {written}"
    if local == today - timedelta(days=1):
        return f"{words['yesterday']}, {written}"
    return written


def moment_until(at: datetime, zone: ZoneInfo, now: datetime) -> datetime:
    """Until when `moment` says the same of `at` as it does at `now`: the next local midnight that changes its words."""
    local, today = at.astimezone(zone).date(), now.astimezone(zone).date()
    turns = [local + timedelta(days=days) for days in (-1, 0, 1, 2)]  # tomorrow, today, yesterday, a date
    turns.append(date(today.year + 1, 1, 1))  # with the year, or without it
    following = min(turn for turn in turns if turn > today)
    return datetime(following.year, following.month, following.day, tzinfo=zone)


def duration(length: timedelta | float, language: str) -> str:
    """The length in words, at most two units: "2 uur en 5 minuten". A bare number means minutes. Whole minutes, rounded up."""
    minutes = length.total_seconds() / 60 if isinstance(length, timedelta) else length
    whole = int(-(-minutes // 1))
    if whole < 1:
        return "minder dan 1 minuut" if language == "nl" else "less than 1 minute"
    parts = (whole // _MINUTES_A_DAY, whole % _MINUTES_A_DAY // _MINUTES_AN_HOUR, whole % _MINUTES_AN_HOUR)
    said = [
        f"{count} {names[0] if count == 1 else names[1]}" for count, names in zip(parts, _UNITS[language], strict=True) if count
    ]
    return f" {_WORDS[language]['and']} ".join(said[:2])

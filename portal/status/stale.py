"""What may still be said when the state cannot be checked: how it was, when, and never that all is well. Pure."""

import json
from datetime import datetime
from zoneinfo import ZoneInfo

from portal.web import formats

_SAID = {
    "nl": "Laatst bekende stand van {when}; we kunnen het nu niet controleren",
    "en": "Last known state of {when}; we cannot check at the moment",
}


def stale(body: bytes, as_of: datetime, zone: ZoneInfo, language: str, now: datetime | None = None) -> bytes:
    """A document of the Statuspage API that was right at `as_of`, as it may be given out when nothing newer can be had.

    An indicator of "none" becomes "minor"; a worse one stays. A document that has no status stays as it is. With `now` the
    day stands beside the time once it is another day.
    """
    facts = json.loads(body)
    status = facts.get("status")
    if status is None:
        return body
    if status["indicator"] == "none":
        status["indicator"] = "minor"
    status["description"] = _SAID[language].format(when=_when(as_of, zone, language, now))
    return json.dumps(facts, ensure_ascii=False, separators=(",", ":")).encode()


def _when(as_of: datetime, zone: ZoneInfo, language: str, now: datetime | None) -> str:
    clock, on = formats.clock_time(as_of, zone, language), as_of.astimezone(zone).date()
    if now is None or now.astimezone(zone).date() == on:
        return clock
    return f"{formats.day(on, language)}, {clock}"

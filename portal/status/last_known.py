"""What Statuspage's API may still say when the state cannot be checked: how it was, when, and never that all is well. Pure."""

import json
from datetime import datetime
from zoneinfo import ZoneInfo

from portal.web.formats import day_and_time

_SAID = {
    "nl": "Laatst bekende stand van {when}; we kunnen het nu niet controleren",
    "en": "Last known state of {when}; we cannot check at the moment",
}


def last_known(body: bytes, as_of: datetime, zone: ZoneInfo, language: str) -> bytes:
    """A document of the API that was right at `as_of`, as it may be given out when nothing newer can be had.

    An indicator of "none" becomes "minor"; a worse one stays. A document that has no status stays as it is.
    """
    facts = json.loads(body)
    status = facts.get("status")
    if status is None:
        return body
    if status["indicator"] == "none":
        status["indicator"] = "minor"
    status["description"] = _SAID[language].format(when=day_and_time(as_of, zone, language))
    return json.dumps(facts, ensure_ascii=False, separators=(",", ":")).encode()

"""The lines that say something at one minute, and what they say once nobody can make sure of it any more. Pure.

The web server's front says it by itself, so nothing heavy may be loaded from here.
"""

import json
from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

from portal.web.formats import day_and_time

_AS_OF = {"nl": "Stand van {when}", "en": "As of {when}"}
_STALE = {"nl": "Wij kunnen dit nu niet controleren", "en": "We cannot check this at the moment"}


@dataclass(frozen=True)
class Lines:
    """`text` is the one that matters, `details` stand beside it, `as_of` says when all of it was so."""

    text: str
    details: tuple[str, ...]
    as_of: str

    @property
    def note(self) -> str:
        """All but the text, as one line."""
        return ". ".join((*self.details, self.as_of)) + "."


def as_of_line(as_of: datetime, zone: ZoneInfo, language: str) -> str:
    return _AS_OF[language].format(when=day_and_time(as_of, zone, language, now=as_of))


def stale_lines(as_of: datetime, zone: ZoneInfo, language: str) -> Lines:
    """What is said when nobody could make sure for too long; `as_of` is when it was last known."""
    return Lines(_STALE[language], (), as_of_line(as_of, zone, language))


def stale_json(body: bytes, as_of: datetime, zone: ZoneInfo, language: str) -> bytes:
    """The JSON that says the same, as it may be given out when nobody could make sure of it for too long."""
    told = json.loads(body)
    told["is_current"] = False
    if "text" in told:
        lines = stale_lines(as_of, zone, language)
        told["text"], told["note"] = lines.text, lines.note
    return json.dumps(told, ensure_ascii=False, indent=1).encode()

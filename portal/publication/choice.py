"""What of a document to send to whom: which form, whether anything at all, and which part of it (RFC 9110). Pure."""

from collections.abc import Mapping
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

from portal.publication.published import CODINGS

_MOST_DIGITS = 36
_LONGEST_KNOWN = 200  # characters: what browsers say is shorter, and what is longer must not fill the memory
_UNSAID = 0.0005  # less than any weight that can be written: no coding at all is taken last, unless it is asked for


class Choice:
    """Which form to send to whom, by what the visitor accepts. Answers are remembered: browsers say few different things."""

    def __init__(self, most: int = 1_000) -> None:
        self._most = most
        self._known: dict[tuple[str, frozenset[str]], str | None] = {}

    def best(self, accepted: str, codings: frozenset[str]) -> str | None:
        """The name of a coding among `codings`; "" for none. None when not even that is accepted (12.5.3)."""
        asked = (accepted, codings)
        if asked in self._known:
            return self._known[asked]
        found = next((coding for coding in wanted(accepted) if coding in codings), None)
        if len(self._known) < self._most and len(accepted) <= _LONGEST_KNOWN:
            self._known[asked] = found
        return found


def wanted(accepted: str) -> list[str]:
    """The codings that an Accept-Encoding takes, the most wanted first; ours first where the visitor likes several alike."""
    weights: dict[str, float] = {}
    for part in accepted.lower().split(","):
        name, _, parameter = part.partition(";")
        weights[name.strip().removeprefix("x-")] = _weight(parameter)
    others = weights.get("*")
    plain = weights.get("identity", 0.0 if others == 0 else _UNSAID)
    liked = {coding: plain if coding == "" else weights.get(coding, others or 0.0) for coding in CODINGS}
    return sorted((coding for coding, weight in liked.items() if weight > 0), key=lambda coding: -liked[coding])


def _weight(parameter: str) -> float:
    """The weight that stands behind a coding: 1 when none does, 0 when it cannot be read."""
    if not parameter.strip():
        return 1.0
    name, _, value = parameter.partition("=")
    try:
        return float(value) if name.strip() == "q" else 0.0
    except ValueError:
        return 0.0


def is_unchanged(etag: str, last_modified: datetime | None, environ: Mapping[str, str]) -> bool:
    """Whether the visitor has this form already (13.1): by its ETag, or when none is named by its time."""
    tags = environ.get("HTTP_IF_NONE_MATCH")
    if tags is not None:
        if tags == etag:
            return True
        return tags.strip() == "*" or etag in {tag.strip().removeprefix("W/") for tag in tags.split(",")}
    since = _http_date(environ.get("HTTP_IF_MODIFIED_SINCE", ""))
    return since is not None and last_modified is not None and last_modified <= since


def range_of(etag: str, last_modified: datetime | None, length: int, environ: Mapping[str, str]) -> tuple[int, int] | str | None:
    """The bytes asked for, as first and one past the last; None for all of them; "none" when there are no such bytes.

    One range is served; several, or what cannot be read, mean the whole (14.2). With If-Range only of what has not changed
    since (13.1.5).
    """
    condition = environ.get("HTTP_IF_RANGE")
    if condition is not None and condition != etag:
        at = _http_date(condition)
        if at is None or at != last_modified:
            return None
    unit, _, spec = environ.get("HTTP_RANGE", "").partition("=")
    first, dash, last = (part.strip() for part in spec.partition("-"))
    digits = first + last
    if unit.strip().lower() != "bytes" or not dash or not (digits.isascii() and digits.isdecimal()):
        return None
    if len(digits) > _MOST_DIGITS or (first and last and int(last) < int(first)):
        return None
    if not first:
        return (max(0, length - int(last)), length) if int(last) and length else "none"
    start, end = int(first), min(int(last) + 1, length) if last else length
    return (start, end) if start < length else "none"


def _http_date(text: str) -> datetime | None:
    """The instant of a date as HTTP writes it, in any of its three forms; None when it cannot be read."""
    try:
        at = parsedate_to_datetime(text)
    except (ValueError, OverflowError):
        return None
    return at if at.tzinfo else at.replace(tzinfo=UTC)  # the form of asctime names no zone and means this one

"""What a document says when nobody could make sure of it for too long: the last known state, and that we cannot check. Pure.

Each kind of document has its way; all take the bytes as they were published and the instant at which they were last true.
"""

import re
from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from portal.status.answer_picture import picture as draw
from portal.status.badge import badge
from portal.status.last_known import last_known
from portal.status.unchecked import stale_json, stale_lines
from portal.web.formats import day_and_time

GRACE = timedelta(seconds=30)  # after a document's own end: the next one is on its way
UNCHECKED_AFTER = timedelta(seconds=90)  # without a word from the publisher

# Texts by staff hold quotation marks as they are, but no "<" and ">" of their own: in them nothing is a mark of ours.
_IN_A_TAG = rb"(<[a-z][^<>]*?\s"

Turn = Callable[[bytes, datetime, ZoneInfo, str], bytes]


def is_stale(true_until: datetime | None, checked_at: datetime | None, now: datetime) -> bool:
    """Whether what was true until then, and was last looked at then, can no longer be called the state of now."""
    if checked_at is None or now - checked_at > UNCHECKED_AFTER:
        return True
    return true_until is not None and now > true_until + GRACE


def page(body: bytes, as_of: datetime, zone: ZoneInfo, language: str) -> bytes:
    """Turns up the parts of a page that say so, and its banner to "unknown". See templates/web/_truth.html."""
    time = f'<time datetime="{as_of.astimezone(zone).isoformat()}">{day_and_time(as_of, zone, language)}</time>'.encode()
    body = re.sub(_IN_A_TAG + rb'data-when="fresh")', rb"\1 hidden", body)
    body = re.sub(_IN_A_TAG + rb'data-when="stale"[^>]*?) hidden>', rb"\1>", body)
    body = re.sub(_IN_A_TAG + rb'class="banner" data-state=")[a-z]+"', rb'\1unknown"', body)
    body = re.sub(rb"<time data-checked[^>]*></time>", lambda _found: time, body)
    title = re.search(_IN_A_TAG + rb'data-title-stale=)"([^"]*)"', body)
    if title:
        body = re.sub(rb"<title>.*?</title>", lambda _found: b"<title>" + title[2] + b"</title>", body, count=1, flags=re.DOTALL)
    return re.sub(_IN_A_TAG + rb')(data-truth=")', rb"\1data-stale \2", body)


def picture(_body: bytes, _as_of: datetime, _zone: ZoneInfo, language: str) -> bytes:
    """The badge that says that nothing is known."""
    return badge(None, language)


def answer_picture(_body: bytes, as_of: datetime, zone: ZoneInfo, language: str) -> bytes:
    """The picture that says that nobody can make sure of what it said."""
    return draw(stale_lines(as_of, zone, language), "", language)


TURNS: Mapping[str, Turn] = {
    "page": page,
    "statuspage": last_known,
    "badge": picture,
    "answer": stale_json,
    "answer_picture": answer_picture,
}

"""The public front, made of what is known: for a visitor who asks, and ahead of time for all who will.

Most of it tells of one minute: what it says of opening hours and of answers holds until the next one begins.
"""

from datetime import datetime, timedelta
from typing import Any

from portal.hours.display import hours_of
from portal.hours.opening_time import OpeningTimes
from portal.hours.structured_data import contact_point
from portal.promises.display import Shown
from portal.status.card import Card
from portal.status.store import Overview
from portal.web import edge
from portal.web.documents import Document, page_document
from portal.web.jinja import zone
from portal.web.pages import language, page_url

_A_MINUTE = timedelta(minutes=1)


def home(overview: Overview | None) -> Document:
    """The status page. Before the set-up nothing is known, and the page says that instead of "all is well"."""
    if overview is None:
        return page_document("status/unset.html")
    return _of_this_minute("status/page.html", overview=overview)


def fragment(overview: Overview, *, is_stopped: bool = False) -> Document:
    """The part of the status page that htmx asks for each minute, or no more once the reader has stopped it."""
    return _of_this_minute("status/fragment.html", overview=overview, is_stopped=is_stopped)


def channel(card: Card, opening: OpeningTimes, shown: Shown) -> Document:
    """The page of one channel with its response times."""
    way = card.channel
    point = contact_point(
        name=way.name,
        address=way.address,
        page=page_url("status.channel", slug=way.slug, external=True),
        opening=opening,
        now=edge.now(),
        language=language(),
    )
    return _of_this_minute(
        "status/channel.html",
        card=card,
        shown=shown,
        hours=hours_of(opening, edge.now(), language(), zone()),
        note=way.note.in_(language()),
        structured_data={"@context": "https://schema.org", **point},
    )


def minute_of(now: datetime) -> datetime:
    """The minute of which a page tells that is made at `now`."""
    return now.replace(second=0, microsecond=0)


def end_of_minute(now: datetime) -> datetime:
    return minute_of(now) + _A_MINUTE


def _of_this_minute(template: str, **values: Any) -> Document:
    as_of = minute_of(edge.now())
    with edge.noting_truth() as truth:
        document = page_document(template, as_of=as_of, **values)
        edge.holds_until(end_of_minute(as_of))
    return document.holding_until(truth.until)

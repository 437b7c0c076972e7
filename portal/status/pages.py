"""The public front, made of what is known: for a visitor who asks, and ahead of time for all who will.

Most of it tells of one minute: what it says of opening hours and of answers holds until the next one begins.
"""

from typing import Any

from markupsafe import Markup

from portal.hours.display import hours_of
from portal.hours.opening_time import OpeningTimes
from portal.hours.structured_data import contact_point
from portal.promises.display import Shown
from portal.promises.figures import last_days
from portal.promises.record import account_in
from portal.status.card import Card
from portal.status.expecting import closed_days
from portal.status.store import Overview
from portal.web import edge
from portal.web.documents import Document, page_document
from portal.web.jinja import zone
from portal.web.minutes import end_of_minute, minute_of
from portal.web.pages import language, page_url


def before_set_up() -> Document:
    """Before the set-up nothing is known, and the page says that instead of "all is well"."""
    return page_document("status/unset.html")


class StatusPage:
    """The status page and the parts of it that htmx asks for: what they have in common is made once for each language."""

    def __init__(self, overview: Overview) -> None:
        self._overview = overview
        self._sections: dict[str, Document] = {}

    def home(self) -> Document:
        return self._page("status/page.html")

    def fragment(self) -> Document:
        """The part that renews itself each minute."""
        return self._page("status/fragment.html")

    def stopped_fragment(self) -> Document:
        """The same once the reader has stopped it."""
        return self._page("status/fragment.html", is_stopped=True)

    def _page(self, template: str, **values: Any) -> Document:
        if language() not in self._sections:
            self._sections[language()] = page_document("status/_sections.html", overview=self._overview)
        shared = self._sections[language()]
        sections = Markup(shared.body.decode())  # rendered and escaped just before
        document = _of_this_minute(template, overview=self._overview, sections=sections, **values)
        ends = [at for at in (document.true_until, shared.true_until) if at is not None]
        return document.holding_until(min(ends, default=None))


def channel(card: Card, opening: OpeningTimes, shown: Shown) -> Document:
    """The page of one channel with its response times."""
    way, now, today = card.channel, edge.now(), edge.now().astimezone(zone()).date()
    hours = hours_of(opening, now, language(), zone())
    figures = shown.figures
    point = contact_point(
        name=way.name,
        address=way.address,
        page=page_url("status.channel", slug=way.slug, external=True),
        opening=opening,
        now=now,
        language=language(),
    )
    return _of_this_minute(
        "status/channel.html",
        card=card,
        shown=shown,
        account=account_in(figures) if figures.period == last_days(today) else None,  # else it is not about the last four weeks
        closed_days=closed_days(hours, today, card.answer_at and card.answer_at.astimezone(zone()).date()),
        hours=hours,
        note=way.note.in_(language()),
        structured_data={"@context": "https://schema.org", **point},
    )


def _of_this_minute(template: str, **values: Any) -> Document:
    as_of = minute_of(edge.now())
    with edge.noting_truth() as truth:
        document = page_document(template, as_of=as_of, **values)
        edge.holds_until(end_of_minute(as_of))
    return document.holding_until(truth.until)

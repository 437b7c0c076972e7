"""The public pages about incidents, made of what is known: for a visitor who asks, and ahead of time for all who will."""

from collections.abc import Sequence
from datetime import date, datetime
from typing import Any
from zoneinfo import ZoneInfo

from portal.incidents.timeline import Situation, changes_at
from portal.incidents.tree import Node
from portal.web import edge
from portal.web.documents import Document, page_document
from portal.web.jinja import zone

_MONTHS_A_YEAR = 12


def incident_page(incident: Situation) -> Document:
    return _page("incidents/page.html", [incident], incident=incident)


def service_page(service: Node, incidents: Sequence[Situation]) -> Document:
    """`incidents` are those that touch the service, newest change first."""
    open_now = [each for each in incidents if not each.is_over]
    return _page("incidents/service.html", incidents, service=service, open_now=open_now, incidents=incidents)


def history_page(month: date, incidents: Sequence[Situation], months: Sequence[tuple[date, int]]) -> Document:
    """What began in the month of this first day, with the way to all months."""
    return _page("incidents/history.html", incidents, incidents=incidents, months=months, month=month)


def bounds(first: date, local: ZoneInfo) -> tuple[datetime, datetime]:
    """The first instant of the month of this first day, and that of the next."""
    following = date(first.year + first.month // _MONTHS_A_YEAR, first.month % _MONTHS_A_YEAR + 1, 1)
    start, end = (datetime(day.year, day.month, day.day, tzinfo=local) for day in (first, following))
    return start, end


def month_of(now: datetime, local: ZoneInfo) -> date:
    """The first day of the local month of this instant."""
    return now.astimezone(local).date().replace(day=1)


def this_months_page(incidents: Sequence[Situation], months: Sequence[tuple[date, int]]) -> Document:
    """The same of the month in which the page is made: it holds until the next one begins."""
    month = month_of(edge.now(), zone())
    with edge.noting_truth() as truth:
        edge.holds_until(bounds(month, zone())[1])
        document = history_page(month, incidents, months)
    return document.holding_until(truth.until)


def _page(template: str, situations: Sequence[Situation], **values: Any) -> Document:
    with edge.noting_truth() as truth:
        document = page_document(template, **values)
        for each in situations:
            edge.holds_until(changes_at(each, edge.now()))
    return document.holding_until(truth.until)

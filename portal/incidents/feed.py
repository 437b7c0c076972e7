"""The addresses of the feeds: of everything, of one service with its kin, of one incident; and the calendar of planned work.

Each feed is there in three kinds and each document in two languages. What makes a document takes what was loaded, so that it
serves a request and publication alike; it needs a request's language and its organisation, and no session.
"""

from collections.abc import Callable, Sequence
from datetime import UTC, datetime

from flask import Blueprint, Response, g
from flask_babel import gettext as _

from portal.incidents import feed_documents, queries
from portal.incidents.calendar_document import CALENDAR, calendar
from portal.incidents.feed_documents import ATOM, RSS, Head, Item, atom, rss
from portal.incidents.json_feed import JSON_FEED, json_feed
from portal.incidents.rules import IncidentKind
from portal.incidents.timeline import Situation
from portal.incidents.tree import Node
from portal.web.documents import Document, send
from portal.web.edge import now, reading
from portal.web.jinja import zone
from portal.web.pages import language, page_url, public_address

public = Blueprint("feeds", __name__)

KINDS: dict[str, tuple[str, Callable[[Head, Sequence[Item]], bytes]]] = {
    "atom": (ATOM, atom),
    "rss": (RSS, rss),
    "json": (JSON_FEED, json_feed),
}
_BEFORE_SET_UP = datetime(2026, 1, 1, tzinfo=UTC)
_MAX_AGE_SECONDS = 60
_CALENDAR_MAX_AGE_SECONDS = 300


@public.get("/feed.<any(atom, rss, json):kind>")
@public.get("/history.<any(atom, rss):kind>", endpoint="history")
def everything(kind: str) -> Response:
    """Under the second address too, which is where Statuspage has it."""
    with reading() as session:
        situations = queries.newest(session, now())
    return send(of_all(kind, situations))


@public.get("/services/<slug>/feed.<any(atom, rss, json):kind>")
def of_service(slug: str, kind: str) -> Response:
    with reading() as session:
        service, situations = queries.of_service(session, slug, now())
    return send(of_one_service(kind, service, situations))


@public.get("/incidents/<slug>/feed.<any(atom, rss, json):kind>")
def of_incident(slug: str, kind: str) -> Response:
    with reading() as session:
        situation = queries.by_slug(session, slug, now())
    return send(of_one_incident(kind, situation))


@public.get("/maintenance.ics")
def maintenance() -> Response:
    with reading() as session:
        situations = queries.known(session, now()).situations
    return send(planned_work(situations))


def of_all(kind: str, situations: Sequence[Situation]) -> Document:
    """The feed of everything; `situations` are the newest, last changed first."""
    address = page_url("feeds.everything", kind=kind, external=True)
    head = _head("feed", _("incidents and planned work"), _home(), address)
    return _document(kind, head, situations)


def of_one_service(kind: str, service: Node, situations: Sequence[Situation]) -> Document:
    """The feed of a service; `situations` are the newest of it and its kin, last changed first."""
    page, address = (
        page_url("incidents.service", slug=service.slug, external=True),
        page_url("feeds.of_service", slug=service.slug, kind=kind, external=True),
    )
    head = _head(f"services/{service.slug}", service.name.in_(language()).text, page, address)
    return _document(kind, head, situations)


def of_one_incident(kind: str, situation: Situation) -> Document:
    """The feed of one incident."""
    page, address = (
        page_url("incidents.page", slug=situation.slug, external=True),
        page_url("feeds.of_incident", slug=situation.slug, kind=kind, external=True),
    )
    head = _head(f"incidents/{situation.guid}", situation.title.in_(language()).text, page, address)
    return _document(kind, head, [situation])


def planned_work(situations: Sequence[Situation]) -> Document:
    """The calendar of the planned work among `situations`, which may be in any order."""
    head = _head("maintenance", _("planned work"), _home(), page_url("feeds.maintenance", external=True))
    items = _items([each for each in situations if each.kind is IncidentKind.MAINTENANCE])
    return Document(
        calendar(head, items),
        f"{CALENDAR}; charset=utf-8",
        _last_modified(head, items),
        max_age_seconds=_CALENDAR_MAX_AGE_SECONDS,
        is_open=True,
    )


def _document(kind: str, head: Head, situations: Sequence[Situation]) -> Document:
    content_type, write = KINDS[kind]
    items = _items(situations)
    return Document(
        write(head, items),
        f"{content_type}; charset=utf-8",
        _last_modified(head, items),
        max_age_seconds=_MAX_AGE_SECONDS,
        is_open=kind == "json",
    )


def _head(name: str, subject: str, page: str, address: str) -> Head:
    organisation = g.get("organisation")
    company = organisation.name if organisation else "Bereikbaar"
    return Head(
        id=feed_documents.feed_id(organisation.guid if organisation else "none", name, language()),
        company=company,
        title=f"{company}: {subject}",
        description=_("What is wrong or planned at %(company)s, and how it goes on.", company=company),
        page=page,
        address=address,
        language=language(),
        zone=zone(),
        changed_at=organisation.changed_at if organisation else _BEFORE_SET_UP,
    )


def _items(situations: Sequence[Situation]) -> list[Item]:
    return [Item(each, page_url("incidents.page", slug=each.slug, external=True)) for each in situations]


def _last_modified(head: Head, items: Sequence[Item]) -> datetime:
    return max(feed_documents.changed_at(head, items), head.changed_at)


def _home() -> str:
    return public_address("/en/" if language() == "en" else "/")

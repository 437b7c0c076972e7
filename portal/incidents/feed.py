"""The addresses of the feeds: of everything, of one service with its kin, of one incident; each in two kinds and languages."""

from collections.abc import Sequence
from datetime import UTC, datetime

from flask import Blueprint, Response, g
from flask_babel import gettext as _

from portal.incidents import feed_documents, queries
from portal.incidents.feed_documents import ATOM, RSS, Head, Item
from portal.incidents.timeline import Situation
from portal.web.documents import Document, send
from portal.web.edge import now, reading
from portal.web.jinja import zone
from portal.web.pages import language, page_url, public_address

public = Blueprint("feeds", __name__)

_BEFORE_SET_UP = datetime(2026, 1, 1, tzinfo=UTC)
_MAX_AGE_SECONDS = 60


@public.get("/feed.<any(atom, rss):kind>")
def everything(kind: str) -> Response:
    with reading() as session:
        situations = queries.newest(session, now())
    address = page_url("feeds.everything", kind=kind, external=True)
    home = public_address("/en/" if language() == "en" else "/")
    return _send(kind, situations, name="feed", about="", page=home, address=address)


@public.get("/services/<slug>/feed.<any(atom, rss):kind>")
def of_service(slug: str, kind: str) -> Response:
    with reading() as session:
        service, situations = queries.of_service(session, slug, now())
    address = page_url("feeds.of_service", slug=slug, kind=kind, external=True)
    page = page_url("incidents.service", slug=slug, external=True)
    about = service.name.in_(language()).text
    return _send(kind, situations, name=f"services/{slug}", about=about, page=page, address=address)


@public.get("/incidents/<slug>/feed.<any(atom, rss):kind>")
def of_incident(slug: str, kind: str) -> Response:
    with reading() as session:
        situation = queries.by_slug(session, slug, now())
    address = page_url("feeds.of_incident", slug=slug, kind=kind, external=True)
    page = page_url("incidents.page", slug=slug, external=True)
    about = situation.title.in_(language()).text
    return _send(kind, [situation], name=f"incidents/{situation.guid}", about=about, page=page, address=address)


def _send(kind: str, situations: Sequence[Situation], *, name: str, about: str, page: str, address: str) -> Response:
    organisation = g.get("organisation")
    company = organisation.name if organisation else "Bereikbaar"
    subject = about or _("incidents and planned work")
    head = Head(
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
    items = [Item(each, page_url("incidents.page", slug=each.slug, external=True)) for each in situations]
    body = feed_documents.atom(head, items) if kind == "atom" else feed_documents.rss(head, items)
    content_type = f"{ATOM if kind == 'atom' else RSS}; charset=utf-8"
    last_modified = max(feed_documents.changed_at(head, items), head.changed_at)
    return send(Document(body, content_type, last_modified, max_age_seconds=_MAX_AGE_SECONDS))

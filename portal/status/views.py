"""The public front: what the state is, how to reach the company, and two pages about the portal itself."""

from flask import Blueprint, Response, g, request

from portal.promises.figures import period_between
from portal.status import pages, store
from portal.web.documents import page_document, send
from portal.web.edge import now, reading
from portal.web.jinja import zone

public = Blueprint("status", __name__)


@public.get("/")
def home() -> Response:
    return send(pages.before_set_up() if g.organisation is None else _status_page().home())


@public.get("/fragments/status")
def fragment() -> Response:
    return send(_status_page().fragment())


@public.get("/fragments/status/stopped")
def stopped_fragment() -> Response:
    return send(_status_page().stopped_fragment())


def _status_page() -> pages.StatusPage:
    with reading() as session:
        return pages.StatusPage(store.overview(session, now(), zone()))


@public.get("/channels/<slug>")
def channel(slug: str) -> Response:
    today = now().astimezone(zone()).date()
    period = period_between(request.args.get("from", ""), request.args.get("to", ""), today)
    with reading() as session:
        found = store.channel_overview(session, slug, period, now(), zone())
    return send(pages.channel(found.card, found.opening, found.shown))


@public.get("/accessibility")
def accessibility() -> Response:
    return send(page_document("status/accessibility.html"))


@public.get("/privacy")
def privacy() -> Response:
    return send(page_document("status/privacy.html"))

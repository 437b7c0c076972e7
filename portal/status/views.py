"""The public front: what the state is, how to reach the company, and two pages about the portal itself."""

from flask import Blueprint, Response, g, request

from portal.hours.display import hours_of
from portal.hours.structured_data import contact_point
from portal.promises.figures import period_between
from portal.status import store
from portal.web.documents import public_page
from portal.web.edge import now, reading
from portal.web.jinja import zone
from portal.web.pages import language, page_url

public = Blueprint("status", __name__)


@public.get("/")
def home() -> Response:
    """Before the set-up nothing is known, and the page says that instead of "all is well"."""
    if g.organisation is None:
        return public_page("status/unset.html")
    with reading() as session:
        return public_page("status/page.html", overview=store.overview(session, now(), zone()))


@public.get("/fragments/status")
def fragment() -> Response:
    """What htmx asks for each minute. `seen` is the mark that the page has; `stopped` ends the asking."""
    with reading() as session:
        overview = store.overview(session, now(), zone())
    seen = request.args.get("seen")
    return public_page(
        "status/fragment.html",
        overview=overview,
        is_stopped="stopped" in request.args,
        is_news=seen is not None and seen != overview.mark,
    )


@public.get("/channels/<slug>")
def channel(slug: str) -> Response:
    today = now().astimezone(zone()).date()
    period = period_between(request.args.get("from", ""), request.args.get("to", ""), today)
    with reading() as session:
        found = store.channel_overview(session, slug, period, now(), zone())
    way = found.card.channel
    point = contact_point(
        name=way.name,
        address=way.address,
        page=page_url("status.channel", slug=slug, external=True),
        opening=found.opening,
        now=now(),
        language=language(),
    )
    return public_page(
        "status/channel.html",
        card=found.card,
        shown=found.shown,
        hours=hours_of(found.opening, now(), language(), zone()),
        note=way.note.in_(language()),
        structured_data={"@context": "https://schema.org", **point},
    )


@public.get("/accessibility")
def accessibility() -> Response:
    return public_page("status/accessibility.html")


@public.get("/privacy")
def privacy() -> Response:
    return public_page("status/privacy.html")

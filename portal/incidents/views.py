from datetime import date

from flask import Blueprint, Response

from portal.errors import NotFound
from portal.incidents import display, pages, queries
from portal.web.documents import send
from portal.web.edge import now, reading
from portal.web.jinja import zone

public = Blueprint("incidents", __name__)

for _filter in (
    display.state_name,
    display.severity_name,
    display.level_name,
    display.level_mark,
    display.incident_mark,
    display.derived_text,
    display.month_name,
    display.quick_text_name,
):
    public.add_app_template_filter(_filter)
for _global in (display.incident_feeds, display.service_feeds):
    public.add_app_template_global(_global)


@public.get("/incidents/<slug>")
def page(slug: str) -> Response:
    with reading() as session:
        incident = queries.by_slug(session, slug, now())
    return send(pages.incident_page(incident))


@public.get("/services/<slug>")
def service(slug: str) -> Response:
    with reading() as session:
        found, incidents = queries.of_service(session, slug, now())
    return send(pages.service_page(found, incidents))


@public.get("/history")
def history() -> Response:
    return _month(pages.month_of(now(), zone()))


@public.get("/history/<month>")
def history_of(month: str) -> Response:
    first = _first_day(month)
    if first is None or first > now().astimezone(zone()).date():
        raise NotFound(f"There is no month {month!r} in the history.")
    return _month(first)


def _month(first: date) -> Response:
    start, end = pages.bounds(first, zone())
    with reading() as session:
        incidents = queries.between(session, start, end, now())
        months = queries.months(session, zone(), now())
    return send(pages.history_page(first, incidents, months))


def _first_day(month: str) -> date | None:
    try:
        first = date.fromisoformat(f"{month}-01")
    except ValueError:
        return None
    return first if first.isoformat() == f"{month}-01" else None

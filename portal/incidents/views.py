from datetime import date, datetime
from zoneinfo import ZoneInfo

from flask import Blueprint, Response

from portal.errors import NotFound
from portal.incidents import display, queries
from portal.web.documents import public_page
from portal.web.edge import now, reading
from portal.web.jinja import zone

public = Blueprint("incidents", __name__)
_MONTHS_A_YEAR = 12

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
    return public_page("incidents/page.html", incident=incident)


@public.get("/services/<slug>")
def service(slug: str) -> Response:
    with reading() as session:
        found, incidents = queries.of_service(session, slug, now())
    open_now = [each for each in incidents if not each.is_over]
    return public_page("incidents/service.html", service=found, open_now=open_now, incidents=incidents)


@public.get("/history")
def history() -> Response:
    return _month(now().astimezone(zone()).date().replace(day=1))


@public.get("/history/<month>")
def history_of(month: str) -> Response:
    first = _first_day(month)
    if first is None or first > now().astimezone(zone()).date():
        raise NotFound(f"There is no month {month!r} in the history.")
    return _month(first)


def _month(first: date) -> Response:
    start, end = _bounds(first, zone())
    with reading() as session:
        incidents = queries.between(session, start, end, now())
        months = queries.months(session, zone(), now())
    return public_page("incidents/history.html", incidents=incidents, months=months, month=first)


def _first_day(month: str) -> date | None:
    try:
        first = date.fromisoformat(f"{month}-01")
    except ValueError:
        return None
    return first if first.isoformat() == f"{month}-01" else None


def _bounds(first: date, local: ZoneInfo) -> tuple[datetime, datetime]:
    """The first instant of the month, and that of the next."""
    following = date(first.year + first.month // _MONTHS_A_YEAR, first.month % _MONTHS_A_YEAR + 1, 1)
    start, end = (datetime(day.year, day.month, day.day, tzinfo=local) for day in (first, following))
    return start, end

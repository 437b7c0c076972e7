"""What the console's pages about incidents hold, and what came of them."""

from datetime import timedelta

from sqlalchemy import func, select

from portal.incidents import queries
from portal.incidents.models import IncidentUpdate
from portal.incidents.timeline import Situation
from portal.services import Services
from tests.pages import Page

HOUR = timedelta(hours=1)


PLACE = "/console/incidents"


HTMX = {"HX-Request": "true"}


def situation(services: Services, incident_id: int = 1) -> Situation:
    with services.database.reading() as session:
        return queries.by_id(session, incident_id, services.clock.now())


def count(services: Services) -> int:
    with services.database.reading() as session:
        return session.scalar(select(func.count()).select_from(IncidentUpdate)) or 0


def version(page: Page) -> str:
    return str(page.one("input", name="version").get("value"))


def faulty(page: Page) -> list[str]:
    return [a.get("href") for a in page.one("div", class_="error-summary").iter() if a.get("href")]


def filled(page: Page) -> dict[str, str]:
    """What a form holds as it was opened: what a browser would send."""
    values = {area.get("name"): "".join(area.itertext()).strip() for area in page.all("textarea")}
    for control in page.all("input"):
        if control.get("type") in {"radio", "checkbox"} and control.get("checked") is None:
            continue
        values[control.get("name")] = control.get("value", "")
    return {name: value for name, value in values.items() if name}

"""Cases that came in through the cases' own door, and the forms of the console's page on one."""

from datetime import datetime, timedelta

from portal.cases import store
from portal.cases.models import Case
from portal.services import Services
from tests.cases.builders import START, asked
from tests.cases.tracking_builders import a_channel
from tests.pages import Page, PageClient

HTMX = {"HX-Request": "true"}


def take(services: Services, at: datetime, **facts: object) -> Case:
    """A case that came in through the cases' own door."""
    return take_old(services, at, at, **facts)


def take_old(services: Services, at: datetime, now: datetime, **facts: object) -> Case:
    """One that was written at `at` and reached us at `now`."""
    with services.database.transaction() as session:
        channel = a_channel(session, at)
        minutes = (at - START) / timedelta(minutes=1)
        message = asked(minutes, **{"thread_ref": f"t-{at.isoformat()}-{facts}", **facts})
        taken = store.take_message(session, channel, message, now)
        assert taken.case is not None
        return taken.case


def address(case: Case, act: str = "") -> str:
    return f"/console/cases/{case.reference}{act and '/'}{act}"


def form_of(page: Page, act: str) -> dict[str, str]:
    """The hidden fields of the form of this act."""
    form = next(each for each in page.all("form") if each.get("action", "").endswith(f"/{act}"))
    return {each.get("name"): each.get("value") for each in form.iter() if each.get("type") == "hidden"}


def do(client: PageClient, case: Case, act: str, status: int = 303, **values: str) -> Page:
    """Opens the page, fills in the form of this act and sends it."""
    form = form_of(client.get(address(case)), act)
    return client.post(address(case, act), {**form, **values}, status=status)


def now_is(services: Services, case: Case) -> Case:
    with services.database.reading() as session:
        return session.get_one(Case, case.id)

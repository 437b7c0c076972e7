"""Days at the ends of the calendar, where there is no year before or after to count with."""

import pytest

from portal.organisation.rules import ChannelKind
from portal.organisation.store import add_channel, save_organisation
from portal.services import Services
from tests.pages import PageClient

WEEK = {f"week-{day}": "09:00-17:00" for day in ("mon", "tue", "wed", "thu", "fri", "sat", "sun")}
REASON = {"reason-nl": "Storing", "reason-en": "Outage"}


@pytest.fixture
def channel_id(services: Services) -> int:
    now = services.clock.now()
    with services.database.transaction() as session:
        save_organisation(session, name="Vervoer", now=now, actor_id=None)
        return add_channel(session, slug="x", kind=ChannelKind.X, name="X", now=now, actor_id=None).id


def row(kind: str, **values: str) -> dict[str, str]:
    return {f"{kind}-0-{name}": value for name, value in {**values, **REASON}.items()}


@pytest.mark.parametrize("day", ["0001-01-01", "1999-12-31", "2101-01-01", "9999-12-31"])
@pytest.mark.parametrize("rows", ["valid_from", "exception", "span", "closure"])
def test_a_day_that_nobody_plans_for_is_no_day(staff_client: PageClient, channel_id: int, day: str, rows: str) -> None:
    sent = {
        "valid_from": {"valid_from": day},
        "exception": row("exceptions", first=day, last="", hours=""),
        "span": row("exceptions", first="2026-05-01", last=day, hours=""),
        "closure": row("closures", starts="2026-05-01T10:00", ends=f"{day}T10:00"),
    }[rows]
    for address in ("/console/hours/x/preview", "/console/hours/x"):
        answer = staff_client.http.post(address, data={**WEEK, **sent, "seen": "0", "csrf_token": staff_client.csrf_token or ""})
        assert answer.status_code == (422 if address.endswith("x") else 200), answer.get_data(as_text=True)[:500]
    for path in ("/", "/channels/x", "/console/hours/x"):
        staff_client.get(path)


@pytest.mark.parametrize("until", ["0001-01-01T00:00", "2101-06-01T00:00", "9999-12-31T23:59"])
def test_a_closure_ends_on_a_day_that_somebody_plans_for(staff_client: PageClient, channel_id: int, until: str) -> None:
    staff_client.get("/console/hours")
    sent = {"channels": str(channel_id), "until": until, "reason_nl": "Storing", "reason_en": ""}
    staff_client.post("/console/hours/closures", sent, status=422)
    for path in ("/", "/channels/x", "/console/hours/x"):
        staff_client.get(path)

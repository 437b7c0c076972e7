"""Staff announce planned work, move it and cancel it."""

import pytest

from portal.clock import FixedClock
from portal.incidents.models import Incident
from portal.incidents.rules import State
from portal.services import Services
from tests.incidents.conftest import Build
from tests.incidents.console_builders import HOUR, PLACE, count, faulty, filled, situation
from tests.pages import PageClient

pytestmark = pytest.mark.usefixtures("company")


def test_planned_work_is_announced_in_local_time(staff_client: PageClient, services: Services) -> None:
    values = filled(staff_client.get(f"{PLACE}/maintenance/new"))
    assert values["window_start"] == "2026-03-11T14:15"
    values |= {"title_nl": "Nachtwerk", "window_start": "2026-03-28T23:00", "window_end": "2026-03-29T05:00"}
    staff_client.post(f"{PLACE}/maintenance/new", values)
    window = situation(services).window
    assert window
    assert (window.end - window.start, f"{window.start:%H:%M}") == (5 * HOUR, "22:00")
    assert "Nachtwerk" in staff_client.get(PLACE).text


@pytest.mark.parametrize(
    ("start", "end", "refusal"),
    [
        ("2026-03-29T02:30", "2026-03-29T05:00", ("#window_start", "bestaat niet")),
        ("2026-10-25T01:00", "2026-10-25T02:30", ("#window_end", "komt twee keer voor")),
        ("2026-03-28T05:00", "2026-03-28T05:00", ("#window_end", "na het begin")),
        ("2026-03-01T05:00", "2026-03-01T06:00", ("#window_end", "nog niet voorbij")),
        ("", "2026-03-29T05:00", ("#window_start", "Kies een dag")),
        ("morgen", "2026-03-29T05:00", ("#window_start", "Kies een dag")),
    ],
)
def test_a_window_that_cannot_be_is_named(
    staff_client: PageClient, services: Services, start: str, end: str, refusal: tuple[str, str]
) -> None:
    values = filled(staff_client.get(f"{PLACE}/maintenance/new")) | {"title_nl": "Werk"}
    page = staff_client.post(f"{PLACE}/maintenance/new", values | {"window_start": start, "window_end": end}, status=422)
    assert faulty(page) == [refusal[0]]
    assert refusal[1] in page.text
    assert count(services) == 0


def test_planned_work_is_moved_and_cancelled(
    staff_client: PageClient, services: Services, clock: FixedClock, plan: Build
) -> None:
    with services.database.transaction() as session:
        work = plan(session)
    values = filled(staff_client.get(f"{PLACE}/{work.id}/move"))
    staff_client.post(f"{PLACE}/{work.id}/move", values | {"window_end": values["window_start"]}, status=422)
    staff_client.post(f"{PLACE}/{work.id}/move", values | {"window_start": "2026-04-01T01:00", "window_end": "2026-04-01T02:00"})
    window = situation(services).window
    assert window
    assert f"{window.start:%m-%d %H:%M}" == "03-31 23:00"
    clock.advance(HOUR)
    page = staff_client.get(f"{PLACE}/{work.id}")
    staff_client.post(f"{PLACE}/{work.id}/updates", filled(page) | {"body_nl": "Nog steeds.", "state": "scheduled"})
    assert situation(services).next_update_at is None
    page = staff_client.get(f"{PLACE}/{work.id}")
    staff_client.post(f"{PLACE}/{work.id}/updates", filled(page) | {"body_nl": "Gaat niet door.", "state": "cancelled"})
    assert situation(services).state is State.CANCELLED
    page = staff_client.get(f"{PLACE}/{work.id}")
    assert [button.get("value") for button in page.all("button", name="state")] == ["cancelled"]


def test_an_incident_has_no_window_to_move(staff_client: PageClient, incident: Incident) -> None:
    staff_client.get(f"{PLACE}/{incident.id}/move", status=404)

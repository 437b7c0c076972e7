import statistics
from datetime import timedelta
from typing import Any

import pytest
from flask import Flask

from portal.organisation.store import change_channel, channel_by_slug
from portal.services import Services
from tests.pages import PageClient
from tests.promises.conftest import Ledger, local

ADDRESS = "/channels/kanaal/response-times.json"


@pytest.fixture
def of_app(services: Services, app: Flask) -> Ledger:
    """A ledger in the application's own database."""
    made = Ledger(services.database, services.clock.now())
    made.channel_id = made.add_channel("kanaal", None)
    return made


def document(client: PageClient, query: str = "", status: int = 200) -> Any:
    response = client.http.get(ADDRESS + query)
    assert response.status_code == status, response.get_data(as_text=True)
    return response.get_json(force=True)


def test_programs_get_the_figures_with_their_basis(of_app: Ledger, client: PageClient) -> None:
    waits = [3.0, 5, 8, 13, 21, 34, 55, 89, 144, 233, 377]
    of_app.handled(waits, start=local("2026-03-09 09:00"))
    found = document(client)
    assert found["median"]["seconds"] == pytest.approx(statistics.median(waits) * 60, rel=0.01)
    assert found["p90"] == {"seconds": pytest.approx(233 * 60, rel=0.01), "at_least": False}
    assert (found["number"], found["answered"], found["waiting"]) == (11, 11, 0)
    assert found["period"] == {
        "from": "2026-02-11",
        "to": "2026-03-10",
        "by": "local day of receipt",
        "time_zone": "Europe/Amsterdam",
    }
    assert found["promises"]["kept"] + found["promises"]["broken"] == 11
    assert sum(each["number"] for each in found["by_day"]) == 11
    assert sum(each["number"] for each in found["by_hour"]) == 11
    assert (found["relative_error"], found["minimum_number"]) == (0.01, 10)


def test_another_period_is_named_by_its_days(of_app: Ledger, client: PageClient) -> None:
    of_app.handled([10.0] * 12, start=local("2019-05-07 09:00"))
    assert document(client, "?from=2019-05-01&to=2019-05-31")["number"] == 12
    assert document(client, "?to=2019-05-31")["period"]["from"] == "2019-05-04"
    assert document(client, "?from=2010-01-01&to=2019-12-31")["number"] == 12
    assert document(client)["median"] is None


@pytest.mark.parametrize(
    ("query", "field"),
    [
        ("?from=gisteren", "from"),
        ("?to=2026-02-30", "to"),
        ("?from=2026-03-02&to=2026-03-01", "from"),
        ("?from=1990-01-01", "from"),
        ("?from=0001-01-01&to=0001-01-02", "to"),
        ("?to=9999-12-31", "to"),
    ],
)
def test_a_period_that_is_none_is_refused_with_the_field_named(
    of_app: Ledger, client: PageClient, query: str, field: str
) -> None:
    assert document(client, query, 422)["errors"][0]["field"] == field


def test_a_channel_that_is_not_public_is_not_there(of_app: Ledger, client: PageClient) -> None:
    with of_app.session() as session:
        channel = channel_by_slug(session, "kanaal")
        change_channel(
            session,
            channel,
            name="kanaal",
            account="",
            address="",
            note_nl="",
            note_en="",
            is_public=False,
            now=of_app.now,
            actor_id=None,
        )
    document(client, status=404)


def test_the_document_can_be_kept_and_read_from_other_sites(of_app: Ledger, client: PageClient) -> None:
    response = client.http.get(ADDRESS)
    assert response.headers["Access-Control-Allow-Origin"] == "*"
    again = client.http.get(ADDRESS, headers={"If-None-Match": response.headers["ETag"]})
    assert again.status_code == 304


def test_a_waiting_question_moves_the_figures_on_as_time_passes(of_app: Ledger, client: PageClient) -> None:
    of_app.handled([10.0] * 9, start=local("2026-03-10 09:00"))
    of_app.receive(of_app.now - timedelta(hours=2))
    found = document(client)
    assert (found["number"], found["waiting"]) == (10, 1)
    assert found["p90"]["at_least"]


def test_the_page_of_a_channel_shows_the_days_that_are_asked_for(of_app: Ledger, client: PageClient) -> None:
    of_app.handled([10.0] * 12, start=local("2019-05-07 09:00"))
    page = client.get("/channels/kanaal?from=2019-05-01&to=2019-05-31")
    assert "10 minuten" in page.text
    assert "van woensdag 1 mei 2019 tot en met vrijdag 31 mei 2019" in page.text
    assert "We kregen 0 vragen in deze periode." in client.get("/channels/kanaal?from=&to=").text
    client.get("/channels/kanaal?from=morgen", status=422)

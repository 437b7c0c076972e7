from datetime import UTC, datetime

import pytest
from sqlalchemy import func, select

from portal.clock import FixedClock
from portal.db import Database
from portal.demo import company
from portal.demo.fill import fill
from portal.events.models import Event
from portal.incidents.models import Incident
from portal.organisation.store import the_organisation
from portal.services import Services
from tests.pages import PageClient

MOMENTS = (
    datetime(2026, 3, 10, 13, 0, tzinfo=UTC),
    datetime(2026, 10, 25, 0, 30, tzinfo=UTC),
    datetime(2027, 1, 1, 23, 59, tzinfo=UTC),
)


@pytest.mark.parametrize("at", MOMENTS, ids=str)
def test_nothing_in_the_demo_lies_in_the_future_whatever_the_moment(services: Services, clock: FixedClock, at: datetime) -> None:
    clock.set(at)
    fill(services)
    with services.database.reading() as session:
        assert session.scalar(select(func.max(Event.at))) <= at
        assert session.scalar(select(func.count()).select_from(Incident)) == 9


def test_an_interrupted_fill_leaves_nothing(services: Services) -> None:
    def stop(_done: int, _all: int) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        fill(services, stop)
    with services.database.reading() as session:
        assert the_organisation(session) is None
        assert session.scalar(select(func.count()).select_from(Event)) == 0


def test_the_status_page_of_the_demo_shows_its_channels_and_what_is_wrong(services: Services, client: PageClient) -> None:
    fill(services)
    page = client.get("/")
    assert all(channel.name in page.text for channel in company.CHANNELS)
    assert "Lijn 12 rijdt om bij Elzendijk" in page.text
    assert "Nieuwe wissels bij Meerkapelle" in page.text
    assert "Lijn 4: Waardstede - Vogelrijt" in page.text, "what hangs under a service is shown too"
    assert "Line 12 takes a detour" in client.get("/en/").text


def test_it_fills_postgresql_too(services: Services, postgresql_database: Database) -> None:
    from dataclasses import replace  # noqa: PLC0415

    fill(replace(services, database=postgresql_database))

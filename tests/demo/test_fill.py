"""The demo company: filled once for the tests that read it, because eight weeks take a while."""

import shutil
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import func, select

from portal.app import create_app
from portal.cases.models import Case
from portal.clock import FixedClock
from portal.db import Database
from portal.demo import company
from portal.demo.claim import new_demo_claim
from portal.demo.fill import fill
from portal.events.models import Event
from portal.incidents.models import Incident
from portal.organisation.store import channel_by_slug, the_organisation
from portal.promises.models import PromiseRevision
from portal.promises.published import figures_of
from portal.services import Services
from portal.serving.welcome import welcome
from tests.pages import PageClient

NIGHT_OF_THE_CLOCK_CHANGE = datetime(2026, 10, 25, 0, 30, tzinfo=UTC)


@pytest.fixture
def demo(services: Services, demo_sqlite: Path, tmp_path: Path) -> Iterator[Services]:
    shutil.copy(demo_sqlite, tmp_path / "demo.db")
    database = Database(f"sqlite:///{tmp_path}/demo.db")
    yield replace(services, database=database)
    database.close()


@pytest.mark.slow
def test_every_channel_but_the_quiet_one_has_figures_and_some_promises_were_broken(demo: Services, now: datetime) -> None:
    found = {}
    with demo.database.reading() as session:
        for channel in company.CHANNELS:
            figures = figures_of(session, channel_by_slug(session, channel.slug).id, None, None, now)
            found[channel.slug] = figures
    assert found["mastodon"].spread.median is None, "too few for a figure"
    assert all(figures.spread.median is not None for slug, figures in found.items() if slug != "mastodon")
    assert sum(figures.broken for figures in found.values()) > 20


@pytest.mark.slow
def test_customers_of_the_calamity_were_told_that_they_wait_longer(demo: Services) -> None:
    with demo.database.reading() as session:
        assert session.scalar(select(func.count()).select_from(PromiseRevision)) > 10


@pytest.mark.slow
def test_there_is_a_way_into_one_question_and_the_last_one_made_counts(demo: Services, now: datetime) -> None:
    with demo.database.transaction() as session:
        first, second = (new_demo_claim(session, demo.vault, now) for _ in range(2))
    assert first is not None
    assert second is not None
    assert first.code != second.code


@pytest.mark.slow
def test_a_demo_that_has_grown_old_is_said_at_the_start(demo: Services, clock: FixedClock) -> None:
    assert "fresh company" not in welcome(demo)
    clock.advance(timedelta(days=3))
    assert "Its last question came in on 2026-03-10. For a fresh company remove" in welcome(demo)


@pytest.mark.slow
@pytest.mark.parametrize("at", [NIGHT_OF_THE_CLOCK_CHANGE], ids=str)
def test_nothing_lies_in_the_future_on_postgresql_either(
    services: Services, postgresql_database: Database, clock: FixedClock, at: datetime
) -> None:
    clock.set(at)
    fill(replace(services, database=postgresql_database))
    with postgresql_database.reading() as session:
        assert session.scalar(select(func.max(Event.at))) <= at
        assert session.scalar(select(func.max(Case.changed_at))) <= at
        assert session.scalar(select(func.count()).select_from(Incident)) == 9


def test_an_interrupted_fill_leaves_nothing(services: Services) -> None:
    def stop(_done: int, _all: int) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        fill(services, stop)
    with services.database.reading() as session:
        assert the_organisation(session) is None
        assert session.scalar(select(func.count()).select_from(Event)) == 0


@pytest.mark.slow
def test_the_status_page_shows_its_channels_and_what_is_wrong(demo: Services) -> None:
    client = PageClient(create_app(services=demo))
    page = client.get("/")
    assert all(channel.name in page.text for channel in company.CHANNELS)
    assert "Lijn 12 rijdt om bij Elzendijk" in page.text
    assert "Nieuwe wissels bij Meerkapelle" in page.text
    assert "Lijn 4: Waardstede - Vogelrijt" in page.text, "what hangs under a service is shown too"
    assert "Line 12 takes a detour" in client.get("/en/").text

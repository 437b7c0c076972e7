from collections.abc import Callable
from datetime import timedelta

import pytest

from portal.clock import FixedClock
from portal.incidents import service_store, store
from portal.incidents.models import Incident
from portal.incidents.rules import Severity, State
from portal.services import Services
from tests.pages import PageClient

Build = Callable[..., Incident]
HOUR = timedelta(hours=1)
SLUG = "2026-03-10-geen-trams-in-oost"

pytestmark = pytest.mark.usefixtures("company")


def test_the_page_tells_the_story_newest_first_in_both_languages(
    client: PageClient, services: Services, clock: FixedClock, publish: Build
) -> None:
    with services.database.transaction() as session:
        bus = service_store.add_service(session, name_nl="Bus", name_en="Bus lines", now=clock.now(), actor_id=None)
        incident = publish(session, service_ids=[bus.id], severity=Severity.MAJOR, next_update_at=clock.now() + 2 * HOUR)
        clock.advance(HOUR)
        store.add_update(
            session,
            incident.id,
            state=State.IDENTIFIED,
            body_nl="Een **kabel** is stuk.",
            body_en="A *cable* broke.",
            next_update_at=clock.now() + HOUR,
            now=clock.now(),
            actor_id=7,
        )
    page = client.get(f"/incidents/{SLUG}")
    entries = [page.words(entry) for entry in page.all("li", class_="timeline__entry")]
    assert ["Een kabel is stuk." in entries[0], "Wij zoeken." in entries[1]] == [True, True]
    assert "U leest hier meer vóór vandaag 16.00 uur" in page.text
    assert page.one("h1").text.strip() == "Geen trams in Oost"
    english = client.get(f"/en/incidents/{SLUG}")
    assert "You will read more here before 16:00 today" in english.text
    assert "A cable broke." in english.text
    assert "Bus lines" in english.text


def test_an_update_that_did_not_come_is_said_honestly(
    client: PageClient, services: Services, clock: FixedClock, publish: Build
) -> None:
    with services.database.transaction() as session:
        publish(session, next_update_at=clock.now() + HOUR)
    clock.advance(2 * HOUR)
    assert "We beloofden nieuws vóór vandaag 15.00 uur . Dat is er nog niet." in client.get(f"/incidents/{SLUG}").text


def test_a_missing_language_shows_the_other_visibly(client: PageClient, services: Services, publish: Build) -> None:
    with services.database.transaction() as session:
        publish(session, title_en="", body_en="")
    page = client.get(f"/en/incidents/{SLUG}")
    assert page.text.count("(only in Dutch)") == 2
    assert page.one("div", class_="prose").get("lang") == "nl"


def test_staff_s_html_is_never_the_page_s_html(client: PageClient, services: Services, publish: Build) -> None:
    with services.database.transaction() as session:
        publish(session, title_nl="<b>Trams</b>", body_nl="<script>alert(1)</script> [hier](javascript:alert(1))")
    page = client.get("/incidents/2026-03-10-b-trams-b")
    assert page.one("h1").text.strip() == "<b>Trams</b>"
    assert not [link for link in page.all("a") if link.get("href").startswith("javascript:")]
    assert "<script>alert" not in page.html


def test_planned_work_says_what_the_clock_added(client: PageClient, services: Services, clock: FixedClock, plan: Build) -> None:
    with services.database.transaction() as session:
        plan(session, window_start=clock.now() + HOUR, window_end=clock.now() + 3 * HOUR)
    clock.advance(2 * HOUR)
    page = client.get("/incidents/2026-03-10-werk-aan-de-app")
    assert "De geplande tijd van dit werk is begonnen. Deze regel komt van de klok, niet van een mens." in page.text
    assert "vandaag 15.00 uur" in page.text


def test_history_keeps_what_is_over_by_month(client: PageClient, services: Services, clock: FixedClock, publish: Build) -> None:
    with services.database.transaction() as session:
        incident = publish(session)
        clock.advance(HOUR)
        store.add_update(session, incident.id, state=State.RESOLVED, body_nl="Klaar.", now=clock.now(), actor_id=7)
    clock.advance(timedelta(days=30))
    assert "In deze maand was er niets aan de hand" in client.get("/history").text
    page = client.get("/history/2026-03")
    assert "Het duurde 1 uur." in page.text
    assert "maart 2026 (1)" in page.text
    assert "March 2026" in client.get("/en/history/2026-03").text


@pytest.mark.parametrize("month", ["2026-13", "2026-3", "maart", "2026-03-01", "9999-12", "2026-04", "0000-01"])
def test_a_month_that_is_none_or_still_to_come_is_not_found(client: PageClient, month: str) -> None:
    client.get(f"/history/{month}", status=404)


@pytest.mark.parametrize("path", ["/incidents/niets", "/services/niets", "/en/incidents/niets"])
def test_what_is_not_there_is_not_found(client: PageClient, path: str) -> None:
    client.get(path, status=404)


def test_a_service_has_a_page_with_its_feeds(client: PageClient, services: Services, clock: FixedClock, publish: Build) -> None:
    with services.database.transaction() as session:
        bus = service_store.add_service(session, name_nl="Bus", description_nl="Alle *lijnen*.", now=clock.now(), actor_id=None)
    assert "We weten van geen storing" in client.get("/services/bus").text
    with services.database.transaction() as session:
        publish(session, service_ids=[bus.id])
    page = client.get("/services/bus")
    assert page.all("article", data_state="investigating")
    assert {link.get("href") for link in page.all("link", rel="alternate")} >= {
        "/services/bus/feed.rss",
        "/services/bus/feed.atom",
    }


def test_the_tree_shows_trouble_above_and_below(
    client: PageClient, services: Services, clock: FixedClock, publish: Build
) -> None:
    with services.database.transaction() as session:
        made = [service_store.add_service(session, name_nl="Bus", now=clock.now(), actor_id=None)]
        for name in ("Lijn 5", "Halte Oost"):
            made.append(service_store.add_service(session, name_nl=name, parent_id=made[-1].id, now=clock.now(), actor_id=None))
        publish(session, severity=Severity.MAJOR, service_ids=[made[1].id])
    page = client.get("/")
    rows = [page.words(row) for row in page.all("div", class_="services__service")]
    assert rows == ["Bus Veel hinder (voor een deel)", "Lijn 5 Veel hinder", "Halte Oost Veel hinder"]
    assert len(page.all("ul", class_="services")) == 3

"""The documents of Statuspage's API as programs find them, on a company where everything that can happen has happened."""

import json
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import pytest

from portal.app import create_app
from portal.clock import FixedClock
from portal.incidents import queries, service_store, store
from portal.incidents.rules import Severity, State
from portal.organisation.store import save_organisation
from portal.services import Services
from portal.status import statuspage
from portal.status.statuspage import NAMES
from tests.pages import PageClient
from tests.status.statuspage_rules import KEYS, faults

HOUR = timedelta(hours=1)
HOSTILE = "]]> </script><script>alert('x')</script> \x00\x1b \ud800 \u202e👩‍👩‍👧 &amp; \"\\"


@pytest.fixture
def company(services: Services, clock: FixedClock) -> dict[str, int]:
    """Services by their name: Tram with Lijn 1 and its Halte under it, and Kaart."""
    ids: dict[str, int] = {}
    with services.database.transaction() as session:
        save_organisation(session, name="Veer Zuid", now=clock.now(), actor_id=None)
        for name, parent in (("Tram", None), ("Lijn 1", "Tram"), ("Halte", "Lijn 1"), ("Kaart", None)):
            clock.advance(timedelta(minutes=1))
            made = service_store.add_service(
                session,
                name_nl=name,
                name_en=f"{name} in English",
                description_nl="Elke **dag**." if name == "Kaart" else "",
                parent_id=ids.get(parent or ""),
                now=clock.now(),
                actor_id=None,
            )
            ids[name] = made.id
    return ids


@pytest.fixture
def lively(services: Services, clock: FixedClock, company: dict[str, int]) -> None:
    """Open, reopened, resolved and hostile incidents; work to come, under way, over, called off and taking too long."""
    with services.database.transaction() as session:
        for title, states in (
            ("Seinstoring", (State.IDENTIFIED, State.MONITORING)),
            ("Trage app", (State.RESOLVED, State.IDENTIFIED)),
            ("Lege bus", (State.MONITORING, State.RESOLVED)),
            (HOSTILE, ()),
        ):
            incident = tell(session, clock.now(), title_nl=title, service_ids=[company["Lijn 1"]])
            for state in states:
                clock.advance(HOUR)
                store.add_update(session, incident, state=state, body_nl=title, now=clock.now(), actor_id=7)
        for title, hours in (("Werk", 30), ("Nachtwerk", 1), ("Kort werk", 1), ("Afgelast", 40)):
            start = clock.now() + hours * HOUR
            length = HOUR / 2 if title == "Kort werk" else 9 * HOUR
            planned = announce(session, start, length, clock.now(), title_nl=title, service_ids=[company["Kaart"]])
            if title == "Afgelast":
                store.add_update(session, planned, state=State.CANCELLED, body_nl="Te duur.", now=clock.now(), actor_id=7)
        clock.advance(5 * HOUR)


def tell(session: Any, now: datetime, **facts: Any) -> int:
    ordinary = {"title_nl": "Geen trams", "title_en": "", "body_nl": "Wij zoeken.", "body_en": "We look.", "actor_id": 7}
    return store.publish_incident(session, **{**ordinary, "now": now, **facts}).id


def announce(session: Any, start: datetime, length: timedelta, now: datetime, **facts: Any) -> int:
    ordinary = {"title_nl": "Werk", "title_en": "Work", "body_nl": "Even dicht.", "body_en": "Closed for a while.", "actor_id": 7}
    return store.plan_maintenance(
        session, **{**ordinary, "window_start": start, "window_end": start + length, "now": now, **facts}
    ).id


def fetch(client: PageClient, name: str, root: str = "") -> Any:
    return json.loads(client.http.get(f"{root}/api/v2/{name}").data)


def test_there_are_eight_documents() -> None:
    assert set(NAMES) == set(KEYS)


@pytest.mark.usefixtures("lively")
@pytest.mark.parametrize("root", ["", "/en"])
@pytest.mark.parametrize("name", NAMES)
def test_every_document_keeps_the_rules_whatever_staff_wrote(client: PageClient, name: str, root: str) -> None:
    answer = client.http.get(f"{root}/api/v2/{name}")
    assert (answer.status_code, answer.content_type) == (200, "application/json; charset=utf-8")
    assert answer.headers["Access-Control-Allow-Origin"] == "*"
    assert answer.headers["Cross-Origin-Resource-Policy"] == "cross-origin"
    assert answer.headers["Cache-Control"].startswith("public, max-age=30, s-maxage=1,")
    assert faults(name, answer.data) == []
    again = client.http.get(f"{root}/api/v2/{name}", headers={"If-None-Match": answer.headers["ETag"]})
    assert (again.status_code, again.data) == (304, b"")
    assert again.headers["Access-Control-Allow-Origin"] == "*"


@pytest.mark.usefixtures("company")
@pytest.mark.parametrize("name", NAMES)
def test_a_company_without_trouble_keeps_the_rules_too(client: PageClient, name: str) -> None:
    assert faults(name, client.http.get(f"/api/v2/{name}").data) == []


@pytest.mark.usefixtures("lively")
def test_the_lists_hold_what_they_are_named_after(client: PageClient) -> None:
    hostile, *others = [each["name"] for each in fetch(client, "incidents.json")["incidents"]]
    assert others == ["Lege bus", "Trage app", "Seinstoring"]
    unresolved = [each["name"] for each in fetch(client, "incidents/unresolved.json")["incidents"]]
    assert unresolved == [hostile, "Trage app", "Seinstoring"]
    planned = [each["name"] for each in fetch(client, "scheduled-maintenances.json")["scheduled_maintenances"]]
    assert planned == ["Gaat niet door: Afgelast", "Kort werk", "Nachtwerk", "Werk"]
    upcoming = fetch(client, "scheduled-maintenances/upcoming.json")["scheduled_maintenances"]
    active = fetch(client, "scheduled-maintenances/active.json")["scheduled_maintenances"]
    assert [each["name"] for each in upcoming] == ["Werk"]
    assert [each["name"] for each in active] == ["Nachtwerk"]
    summary = fetch(client, "summary.json")
    assert [each["name"] for each in summary["incidents"]] == unresolved
    assert summary["scheduled_maintenances"] == active + upcoming


@pytest.mark.usefixtures("lively")
def test_work_that_is_called_off_says_so_where_it_must_be_called_completed(client: PageClient) -> None:
    found = fetch(client, "scheduled-maintenances.json", "/en")["scheduled_maintenances"][0]
    assert (found["status"], found["name"]) == ("completed", "Cancelled: Work")
    assert [update["body"] for update in found["incident_updates"]] == ["Cancelled: Te duur.", "Closed for a while."]


@pytest.mark.usefixtures("lively")
def test_what_the_clock_did_is_told_in_words(client: PageClient) -> None:
    (active,) = fetch(client, "scheduled-maintenances/active.json")["scheduled_maintenances"]
    begun, announced = active["incident_updates"]
    assert (begun["status"], begun["body"]) == ("in_progress", "De geplande tijd van dit werk is begonnen.")
    assert begun["display_at"] == active["scheduled_for"]
    assert announced["status"] == "scheduled"
    assert begun["affected_components"][0]["old_status"] == "operational"
    assert begun["affected_components"][0]["new_status"] == "under_maintenance"
    assert active["impact"] == "maintenance"


def test_services_are_components_and_the_tree_is_a_group_of_one_level(client: PageClient, company: dict[str, int]) -> None:
    tram, line, stop, card = fetch(client, "components.json")["components"]
    assert [each["name"] for each in (tram, line, stop, card)] == ["Tram", "Lijn 1", "Halte", "Kaart"]
    assert [each["group"] for each in (tram, line, stop, card)] == [True, False, False, False]
    assert [each["group_id"] for each in (tram, line, stop, card)] == [None, tram["id"], tram["id"], None]
    assert tram["components"] == [line["id"], stop["id"]]
    assert (card["description"], tram["description"]) == ("Elke dag.", None)
    assert card["created_at"] == "2026-03-10T13:04:00.000Z"
    english = fetch(client, "components.json", "/en")["components"]
    assert [each["id"] for each in english] == [tram["id"], line["id"], stop["id"], card["id"]]
    assert english[3]["name"] == "Kaart in English"


@pytest.mark.parametrize(
    ("facts", "indicator", "component", "description"),
    [
        ({"severity": Severity.MINOR}, "minor", "degraded_performance", "Some trouble"),
        ({"severity": Severity.MAJOR}, "major", "partial_outage", "Much trouble"),
        ({"severity": Severity.CRITICAL}, "critical", "major_outage", "Serious trouble"),
        ({"severity": Severity.MINOR, "is_calamity": True}, "critical", "degraded_performance", "Serious trouble"),
    ],
)
def test_the_indicator_follows_what_is_open(
    client: PageClient,
    services: Services,
    clock: FixedClock,
    company: dict[str, int],
    *,
    facts: dict[str, Any],
    indicator: str,
    component: str,
    description: str,
) -> None:
    with services.database.transaction() as session:
        incident = tell(session, clock.now(), service_ids=[company["Lijn 1"]], **facts)
    summary = fetch(client, "summary.json", "/en")
    assert summary["status"] == {"indicator": indicator, "description": description}
    assert summary["incidents"][0]["impact"] == indicator
    assert [each["status"] for each in summary["components"]] == [component, component, component, "operational"]
    assert [each["status"] for each in summary["incidents"][0]["components"]] == [component]
    with services.database.transaction() as session:
        store.add_update(session, incident, state=State.RESOLVED, body_nl="Klaar.", now=clock.now(), actor_id=7)
    after = fetch(client, "summary.json", "/en")
    assert after["status"] == {"indicator": "none", "description": "No trouble known"}
    assert {each["status"] for each in after["components"]} == {"operational"}


def test_planned_work_is_no_trouble_and_says_what_it_is(
    client: PageClient, services: Services, clock: FixedClock, company: dict[str, int]
) -> None:
    with services.database.transaction() as session:
        announce(session, clock.now() + HOUR, HOUR, clock.now(), service_ids=[company["Kaart"]])
    clock.advance(HOUR)
    summary = fetch(client, "summary.json")
    assert summary["status"] == {"indicator": "none", "description": "Gepland werk"}
    assert summary["components"][3]["status"] == "under_maintenance"


@pytest.mark.usefixtures("lively")
def test_the_same_state_gives_the_same_bytes_also_later(client: PageClient, clock: FixedClock) -> None:
    before = {name: client.http.get(f"/api/v2/{name}").data for name in NAMES}
    clock.advance(timedelta(minutes=1))
    assert {name: client.http.get(f"/api/v2/{name}").data for name in NAMES} == before


@pytest.mark.usefixtures("lively")
def test_the_page_is_as_old_as_its_newest_change(client: PageClient, services: Services, clock: FixedClock) -> None:
    assert fetch(client, "status.json")["page"]["updated_at"] == "2026-03-10T20:34:00.000Z"  # the short work ended
    clock.advance(HOUR / 60)
    with services.database.transaction() as session:
        service_store.add_service(session, name_nl="Fiets", now=clock.now(), actor_id=None)
    assert fetch(client, "status.json")["page"]["updated_at"] == clock.now().strftime("%Y-%m-%dT%H:%M:%S.000Z")


@pytest.mark.usefixtures("lively")
def test_names_outlive_titles_and_the_host_and_links_follow_the_public_address(client: PageClient, services: Services) -> None:
    before = fetch(client, "summary.json")
    moved = PageClient(
        create_app(services=replace(services, config=replace(services.config, public_url="https://elders.example")))
    )
    after = fetch(moved, "summary.json", "/en")
    for key in ("components", "incidents", "scheduled_maintenances"):
        assert [each["id"] for each in after[key]] == [each["id"] for each in before[key]]
    assert after["page"]["id"] == before["page"]["id"]
    assert (before["page"]["url"], after["page"]["url"]) == ("http://portal.test", "https://elders.example/en")
    assert after["incidents"][-1]["shortlink"] == "https://elders.example/en/incidents/2026-03-10-seinstoring"
    assert client.get("/incidents/2026-03-10-seinstoring")


def test_before_the_set_up_nothing_is_claimed(client: PageClient) -> None:
    answer = client.http.get("/api/v2/status.json")
    assert (answer.status_code, answer.content_type) == (503, "application/problem+json")


@pytest.mark.usefixtures("company")
def test_another_name_is_refused_with_the_names_that_exist(client: PageClient) -> None:
    answer = client.http.get("/api/v2/subscribers.json")
    assert answer.status_code == 404
    assert "incidents/unresolved.json" in json.loads(answer.data)["detail"]


@pytest.mark.usefixtures("lively")
def test_lists_stop_at_fifty_and_what_is_open_counts_however_old(
    client: PageClient, services: Services, clock: FixedClock, company: dict[str, int]
) -> None:
    with services.database.transaction() as session:
        found = snapshot_of(session, clock)
    seed = next(each for each in found.situations if each.title.nl == "Lege bus")
    many = [replace(seed, id=1000 + n, guid=f"g{n}", published_at=seed.published_at + n * HOUR) for n in range(120)]
    bodies = statuspage.documents(replace(found, situations=(*found.situations, *many)))
    incidents = json.loads(bodies["incidents.json"])["incidents"]
    assert len(incidents) == 50
    assert [each["created_at"] for each in incidents] == sorted((each["created_at"] for each in incidents), reverse=True)
    assert json.loads(bodies["status.json"])["status"]["indicator"] == "minor"
    assert {name: faults(name, body) for name, body in bodies.items()} == {name: [] for name in NAMES}


def snapshot_of(session: Any, clock: FixedClock) -> statuspage.Snapshot:
    known = queries.known(session, clock.now())
    page = statuspage.Page("guid", "Veer", "https://veer.example", "Europe/Amsterdam", "nl", clock.now())
    words = statuspage.Words(dict.fromkeys(statuspage.Level, "Zo is het"), dict.fromkeys(State, "Vanzelf"), "Gaat niet door")
    return statuspage.Snapshot(page, words, known.nodes, known.lifetimes, known.situations)


def test_a_situation_is_told_with_the_time_since_when_it_is_watched(client: PageClient, lively: None) -> None:
    incidents = {each["name"]: each for each in fetch(client, "incidents.json")["incidents"]}
    assert incidents["Seinstoring"]["monitoring_at"] == "2026-03-10T15:04:00.000Z"
    assert incidents["Lege bus"]["resolved_at"] == "2026-03-10T19:04:00.000Z"
    assert incidents["Trage app"]["resolved_at"] is None

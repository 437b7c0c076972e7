"""The calendar of planned work: what a strict reader asks of its bytes, and that it follows the state and nothing else."""

import re
from collections.abc import Callable
from datetime import timedelta

import pytest
from icalendar import Calendar

from portal.clock import FixedClock
from portal.incidents import service_store, store
from portal.incidents.models import Incident
from portal.incidents.rules import State
from portal.organisation.store import save_organisation
from portal.services import Services
from tests.incidents.calendar_rules import faults
from tests.incidents.test_feed import HOSTILE
from tests.pages import PageClient

Build = Callable[..., Incident]
HOUR = timedelta(hours=1)

pytestmark = pytest.mark.usefixtures("company")


def fetch(client: PageClient, root: str = "") -> bytes:
    return client.http.get(f"{root}/maintenance.ics").data


def events(body: bytes) -> list[dict[str, str]]:
    """Each event as a parser that is not ours reads it, by the names of its properties."""
    return [
        {name: str(value) for name, value in event.items() if name != "CATEGORIES"} for event in Calendar.from_ical(body).events
    ]


@pytest.fixture
def lively(services: Services, clock: FixedClock, plan: Build, publish: Build, company: None) -> None:
    """Hostile and long texts on hostile services; work to come, under way, over and called off; and an incident."""
    with services.database.transaction() as session:
        save_organisation(session, name="Veer; 'Zo', \\n & Co\x02", now=clock.now(), actor_id=None)
        bus = service_store.add_service(session, name_nl="Bus, tram; \\ 👩‍👩‍👧", now=clock.now(), actor_id=None)
        publish(session)
        for n, text in enumerate((*HOSTILE, "regel een\n\nregel twee, drie; vier\\vijf", "é" * 200)):
            start = clock.now() + (n + 1) * HOUR
            planned = plan(
                session,
                title_nl=text,
                title_en="",
                body_nl=text * 9,
                body_en="",
                window_start=start,
                window_end=start + 2 * HOUR,
                service_ids=[bus.id],
            )
        store.add_update(session, planned.id, state=State.CANCELLED, body_nl="Te duur.", now=clock.now(), actor_id=7)
    clock.advance(2 * HOUR)


@pytest.mark.usefixtures("lively")
@pytest.mark.parametrize("root", ["", "/en"])
def test_the_calendar_keeps_the_rules_whatever_staff_wrote(client: PageClient, root: str) -> None:
    answer = client.http.get(f"{root}/maintenance.ics")
    assert answer.content_type == "text/calendar; charset=utf-8"
    assert faults(answer.data, address=f"http://portal.test{root}/maintenance.ics") == []
    assert len(events(answer.data)) == len(HOSTILE) + 2
    assert client.http.get(f"{root}/maintenance.ics", headers={"If-None-Match": answer.headers["ETag"]}).status_code == 304


def test_a_calendar_without_work_keeps_the_rules_too(client: PageClient) -> None:
    assert faults(fetch(client), address="http://portal.test/maintenance.ics") == []


@pytest.mark.usefixtures("lively")
def test_texts_come_back_from_a_parser_as_they_were(client: PageClient) -> None:
    found = Calendar.from_ical(fetch(client))
    assert found["NAME"] == found["X-WR-CALNAME"]
    assert re.sub(r"\\(.)", r"\1", str(found["NAME"])) == "Veer; 'Zo', \\n & Co: gepland werk"
    line = next(event for event in found.events if "regel een" in str(event["SUMMARY"]))
    assert str(line["SUMMARY"]) == "regel een regel twee, drie; vier\\vijf"
    assert str(line["DESCRIPTION"]).endswith("Diensten: Bus, tram; \\ 👩‍👩‍👧")
    assert line.categories == ["Bus, tram; \\ 👩‍👩‍👧"]


def test_an_event_is_the_window_with_what_was_said_last(
    client: PageClient, services: Services, clock: FixedClock, plan: Build
) -> None:
    start = clock.now() + 24 * HOUR
    with services.database.transaction() as session:
        planned = plan(session, window_start=start, window_end=start + 2 * HOUR)
        later = clock.now() + HOUR
        store.add_update(session, planned.id, state=State.SCHEDULED, body_nl="**Ook** de site.", now=later, actor_id=7)
    clock.advance(HOUR)
    (event,) = Calendar.from_ical(fetch(client)).events
    assert (event.start, event.end) == (start, start + 2 * HOUR)
    assert str(event["SUMMARY"]) == "Werk aan de app"
    assert str(event["DESCRIPTION"]) == "Ook de site."
    assert event["URL"] == "http://portal.test/incidents/2026-03-10-werk-aan-de-app"
    assert event["SEQUENCE"] == 1
    assert event.DTSTAMP == event.LAST_MODIFIED == clock.now()
    (english,) = Calendar.from_ical(fetch(client, "/en")).events
    assert str(english["SUMMARY"]) == "Work on the app"
    assert english["UID"] == event["UID"]


def test_a_change_keeps_the_name_and_counts_up(client: PageClient, services: Services, clock: FixedClock, plan: Build) -> None:
    with services.database.transaction() as session:
        planned = plan(session)
    (first,) = events(fetch(client))
    clock.advance(HOUR)
    start = clock.now() + 72 * HOUR
    with services.database.transaction() as session:
        store.move_maintenance(
            session,
            planned.id,
            window_start=start,
            window_end=start + HOUR,
            body_nl="Later.",
            body_en="",
            now=clock.now(),
            actor_id=7,
        )
    (second,) = events(fetch(client))
    assert second["UID"] == first["UID"]
    assert int(second["SEQUENCE"]) > int(first["SEQUENCE"])
    assert fetch(client) != fetch(client, "/en")


def test_work_that_is_called_off_stays_and_says_so(
    client: PageClient, services: Services, clock: FixedClock, plan: Build
) -> None:
    with services.database.transaction() as session:
        planned = plan(session)
        store.add_update(session, planned.id, state=State.CANCELLED, body_nl="Te duur.", now=clock.now(), actor_id=7)
    clock.advance(240 * HOUR)
    (event,) = events(fetch(client))
    assert (event["STATUS"], event["SUMMARY"]) == ("CANCELLED", "Gaat niet door: Werk aan de app")


@pytest.mark.usefixtures("lively")
def test_the_same_state_gives_the_same_bytes_also_later(client: PageClient, clock: FixedClock) -> None:
    before = fetch(client)
    clock.advance(timedelta(minutes=1))
    assert fetch(client) == before


@pytest.mark.usefixtures("incident")
def test_an_incident_is_no_planned_work(client: PageClient) -> None:
    assert events(fetch(client)) == []


def test_what_is_broken_is_found() -> None:
    right = (
        "BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:-//A//B//NL\r\nUID:x\r\nNAME:A\\, B\r\nURL:https://a.example/\r\n"
        "LAST-MODIFIED:20260310T130000Z\r\nREFRESH-INTERVAL;VALUE=DURATION:PT1H\r\nSOURCE;VALUE=URI:https://a.example/x.ics\r\n"
        "BEGIN:VEVENT\r\nUID:1\r\nDTSTAMP:20260310T130000Z\r\nLAST-MODIFIED:20260310T130000Z\r\nSEQUENCE:0\r\nSUMMARY:A\r\n"
        "DTSTART:20260310T130000Z\r\nDTEND:20260310T140000Z\r\nSTATUS:CONFIRMED\r\nURL:https://a.example/1\r\n"
        "END:VEVENT\r\nEND:VCALENDAR\r\n"
    )
    address = "https://a.example/x.ics"
    assert faults(right.encode(), address=address) == []
    for was, broken, fault in (
        ("\r\n", "\n", "CRLF"),
        ("SUMMARY:A", "SUMMARY:" + "A" * 80, "octets"),
        ("VERSION:2.0", "VERSION:1.0", "VERSION"),
        ("PRODID:-//A//B//NL\r\n", "", "PRODID"),
        ("NAME:A\\, B", "NAME:A, B", "not escaped"),
        ("NAME:A\\, B\r\n", "", "NAME"),
        (";VALUE=DURATION", "", "REFRESH-INTERVAL"),
        (";VALUE=URI", "", "SOURCE"),
        ("x.ics", "y.ics", "SOURCE"),
        ("UID:1\r\n", "", "0 UID"),
        ("SEQUENCE:0", "SEQUENCE:-1", "SEQUENCE"),
        ("DTSTAMP:20260310T130000Z", "DTSTAMP:20260310T130000", "DTSTAMP"),
        ("DTEND:20260310T14", "DTEND:20260310T13", "ends"),
        ("DTSTART:2026", "DTSTART;TZID=Europe/Amsterdam:2026", "DTSTART"),
        ("STATUS:CONFIRMED", "STATUS:OFF", "STATUS"),
        ("URL:https://a.example/1", "URL:/1", "URL"),
    ):
        assert was in right
        assert any(fault in each for each in faults(right.replace(was, broken).encode(), address=address)), fault


def test_the_calendar_is_linked_where_planned_work_stands(
    client: PageClient, services: Services, clock: FixedClock, plan: Build
) -> None:
    with services.database.transaction() as session:
        plan(session)
    for root in ("", "/en"):
        page = client.get(f"{root}/")
        (planned,) = [section for section in page.all("section") if section.get("aria-labelledby") == "planned"]
        hrefs = [element.get("href") for element in planned.iter() if isinstance(element.tag, str) and element.get("href")]
        assert f"{root}/maintenance.ics" in hrefs
        assert [link.get("href") for link in page.all("link", type="text/calendar")] == [f"{root}/maintenance.ics"]

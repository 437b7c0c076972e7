"""The status page: the state in one glance, what is wrong, and how to reach the company."""

from datetime import datetime, timedelta

import pytest

from portal.clock import FixedClock
from portal.hours.store import save_schedule
from portal.incidents.rules import Severity, State
from portal.incidents.service_store import add_service
from portal.incidents.store import add_update, plan_maintenance, publish_incident
from portal.promises.store import make_promise, record_answer
from portal.services import Services
from tests.pages import Page, PageClient
from tests.statements import statements
from tests.status.conftest import every_day


@pytest.fixture
def outage(services: Services, company: dict[str, int], now: datetime) -> int:
    with services.database.transaction() as session:
        incident = publish_incident(
            session,
            title_nl="De pont vaart niet",
            title_en="The ferry does not sail",
            body_nl="De motor is stuk.",
            body_en="The engine is broken.",
            severity=Severity.MAJOR,
            channel_ids=[company["x"]],
            next_update_at=now + timedelta(hours=1),
            now=now,
            actor_id=None,
        )
        return incident.id


def banner(page: Page) -> tuple[str, str]:
    return page.one("section", class_="banner").get("data-state"), page.words(page.one("h1"))


def cards(page: Page) -> dict[str, str]:
    return {page.words(card.find(".//{*}h3")): page.words(card) for card in page.all("li", class_="channel")}


@pytest.mark.usefixtures("company")
def test_without_incidents_all_is_well(client: PageClient) -> None:
    page = client.get("/")
    state, title = banner(page)
    assert state == "well"
    assert title.startswith("Er zijn geen storingen bekend")
    assert "Nu open: 2 van de 3 kanalen." in page.text


@pytest.mark.usefixtures("company")
def test_each_public_channel_says_whether_it_is_open_and_before_when_an_answer_comes(client: PageClient) -> None:
    found = cards(client.get("/"))
    assert list(found) == ["X", "E-mail", "Telefoon", "Formulier"]
    assert "open tot 22.00 uur" in found["X"]
    assert "Antwoord vóór vandaag 18.00 uur" in found["X"]
    assert "gesloten weer open: morgen, woensdag 11 maart, 9.00 uur" in found["E-mail"]
    assert "Antwoord vóór donderdag 12 maart, 10.00 uur" in found["E-mail"]
    assert "open tot 18.00 uur" in found["Telefoon"]
    assert "geen vaste tijden" in found["Formulier"]


@pytest.mark.usefixtures("company")
def test_no_time_is_promised_where_one_speaks_at_once(client: PageClient) -> None:
    assert "Antwoord vóór" not in cards(client.get("/"))["Telefoon"]


@pytest.mark.usefixtures("company")
def test_the_legend_explains_only_the_marks_that_the_ribbon_has(client: PageClient) -> None:
    def legend(path: str) -> str:
        page = client.get(path)
        return page.words(page.one("p", class_="legend"))

    assert legend("/") == legend("/channels/x") == legend("/channels/mail") == "open nu antwoord vóór"
    assert legend("/channels/phone") == "open nu"


def test_where_one_speaks_at_once_the_time_is_told_as_soon_as_the_record_counts_promises_there(
    client: PageClient, services: Services, company: dict[str, int], now: datetime
) -> None:
    def listed() -> bool:
        return "Telefoon" in client.get("/promises").text

    def told() -> tuple[bool, bool]:
        board, page = cards(client.get("/"))["Telefoon"], client.get("/channels/phone").text
        return "Moeten wij het uitzoeken? Antwoord vóór vandaag 18.00 uur" in board, (
            "Moeten wij iets uitzoeken? Dan kunt u ons antwoord verwachten vóór vandaag 18.00 uur" in page
        )

    assert (listed(), *told()) == (False, False, False)
    for number in range(12):
        with services.database.transaction() as session:
            at = now - timedelta(days=1, minutes=number)
            make_promise(session, case_id=number, channel_id=company["phone"], received_at=at, now=at)
            record_answer(session, number, at + timedelta(minutes=20), now)
    assert (listed(), *told()) == (True, True, True)
    assert "In de laatste 4 weken kwamen 12 van de 12 antwoorden vóór" in client.get("/channels/phone").text


@pytest.mark.usefixtures("company")
def test_too_few_questions_give_no_figure_but_the_reason(client: PageClient) -> None:
    assert "Te weinig vragen" in cards(client.get("/"))["X"]


@pytest.mark.usefixtures("outage")
def test_an_incident_is_the_first_thing_that_one_reads(client: PageClient) -> None:
    page = client.get("/")
    state, title = banner(page)
    assert state == "disturbed"
    assert title.startswith("De pont vaart niet")
    assert "Volgend bericht: vandaag 15.00 uur" in page.text
    assert "De motor is stuk." in page.text
    assert "De pont vaart niet" in cards(page)["X"]
    assert "De pont vaart niet" not in cards(page)["E-mail"]


@pytest.mark.usefixtures("outage")
def test_the_page_speaks_english_too(client: PageClient) -> None:
    page = client.get("/en/")
    assert banner(page)[1].startswith("The ferry does not sail")
    assert page.one("html").get("lang") == "en"


@pytest.mark.usefixtures("outage")
def test_an_update_that_is_late_says_so(client: PageClient, clock: FixedClock) -> None:
    clock.advance(timedelta(hours=2))
    assert "Het komt later. Het spijt ons." in client.get("/").text


def test_each_service_says_how_it_does(client: PageClient, services: Services, company: dict[str, int], now: datetime) -> None:
    with services.database.transaction() as session:
        ferry = add_service(session, name_nl="Veer", now=now, actor_id=None)
        add_service(session, name_nl="Kaartjes", now=now, actor_id=None)
        publish_incident(session, title_nl="Stuk", body_nl="Ja.", service_ids=[ferry.id], now=now, actor_id=None)
    found = [client.get("/").words(each) for each in client.get("/").all("div", class_="services__service")]
    assert found == ["Veer Enige hinder", "Kaartjes Geen storing bekend"]


def test_a_calamity_is_louder_than_an_incident(client: PageClient, services: Services, outage: int, now: datetime) -> None:
    with services.database.transaction() as session:
        publish_incident(session, title_nl="Alles ligt stil", body_nl="Storm.", is_calamity=True, now=now, actor_id=None)
    state, title = banner(client.get("/"))
    assert state == "calamity"
    assert title.startswith("Alles ligt stil")


def test_several_incidents_are_counted(client: PageClient, services: Services, outage: int, now: datetime) -> None:
    with services.database.transaction() as session:
        publish_incident(session, title_nl="De app hapert", body_nl="We zoeken.", now=now, actor_id=None)
    assert banner(client.get("/"))[1].startswith("Er zijn nu 2 storingen")


def test_after_the_resolution_all_is_well_again(client: PageClient, services: Services, outage: int, now: datetime) -> None:
    with services.database.transaction() as session:
        add_update(session, outage, state=State.RESOLVED, body_nl="Hij vaart weer.", now=now, actor_id=None)
    assert banner(client.get("/"))[0] == "well"


@pytest.mark.usefixtures("company")
def test_maintenance_to_come_is_told_without_alarm(client: PageClient, services: Services, clock: FixedClock) -> None:
    now = clock.now()
    with services.database.transaction() as session:
        plan_maintenance(
            session,
            title_nl="Nieuwe steiger",
            body_nl="We bouwen.",
            window_start=now + timedelta(days=1),
            window_end=now + timedelta(days=1, hours=3),
            now=now,
            actor_id=None,
        )
    page = client.get("/")
    assert banner(page)[0] == "well"
    assert "Nieuwe steiger" in page.text
    clock.advance(timedelta(days=1, minutes=1))
    assert banner(client.get("/"))[0] == "maintenance"


@pytest.mark.usefixtures("outage")
def test_the_status_page_takes_seven_queries_at_most(client: PageClient, services: Services) -> None:
    with statements(services.database) as seen:
        client.get("/")
    assert len(seen) <= 7, seen


@pytest.mark.usefixtures("company")
def test_the_status_page_sets_no_cookie(client: PageClient) -> None:
    assert "Set-Cookie" not in client.get("/").response.headers


@pytest.mark.usefixtures("outage")
def test_within_a_minute_the_page_is_the_same_to_the_byte(client: PageClient, clock: FixedClock) -> None:
    clock.advance(timedelta(seconds=5))  # past the whole half hour, after which a later time is promised
    first = client.get("/").response.headers["ETag"]
    clock.advance(timedelta(seconds=50))
    assert client.http.get("/", headers={"If-None-Match": first}).status_code == 304
    clock.advance(timedelta(seconds=10))
    assert client.get("/").response.headers["ETag"] != first


def test_the_renewing_part_bears_a_mark_that_changes_with_the_news(
    client: PageClient, services: Services, company: dict[str, int], now: datetime
) -> None:
    part = client.get("/").one("div", id="status")
    address, mark = part.get("data-hx-get"), part.get("data-mark")
    assert client.get(address, headers={"HX-Request": "true"}).one("div", id="status").get("data-mark") == mark
    with services.database.transaction() as session:
        publish_incident(session, title_nl="De app hapert", body_nl="We zoeken.", now=now, actor_id=None)
    assert client.get(address, headers={"HX-Request": "true"}).one("div", id="status").get("data-mark") != mark


@pytest.mark.usefixtures("company")
def test_a_reader_can_stop_the_renewing_and_start_it_again(client: PageClient) -> None:
    htmx = {"HX-Request": "true"}
    stop = client.get("/").one("button", id="renewing")
    stopped = client.get(stop.get("data-hx-get"), headers=htmx)
    assert "data-hx-trigger" not in stopped.html
    start = stopped.one("button", id="renewing")
    assert "every 60s" in client.get(start.get("data-hx-get"), headers=htmx).html


@pytest.mark.usefixtures("outage")
def test_a_channel_has_a_page_with_its_week_its_trouble_and_its_figures(client: PageClient) -> None:
    page = client.get("/channels/x")
    assert page.words(page.one("h1")) == "X"
    assert "We zijn open tot 22.00 uur" in page.text
    week, coming_days = page.all("table", class_="week")
    assert page.words(week).startswith("Openingstijden")
    assert page.words(coming_days).startswith("De komende veertien dagen")
    assert "De pont vaart niet" in page.text
    assert page.one("script", type="application/ld+json") is not None


@pytest.mark.usefixtures("company")
def test_a_hidden_channel_has_no_page(client: PageClient) -> None:
    client.get("/channels/hidden", status=404)


def test_before_the_set_up_nothing_is_said_to_be_well(client: PageClient) -> None:
    page = client.get("/")
    assert "nog niet ingericht" in page.words(page.one("h1"))
    assert "Geen storing" not in page.text


@pytest.mark.usefixtures("company")
def test_where_no_time_can_be_promised_the_page_says_when_one_hears_more(
    client: PageClient, services: Services, company: dict[str, int], now: datetime
) -> None:
    with services.database.transaction() as session:
        save_schedule(session, company["x"], every_day(), valid_from=now, now=now, actor_id=None)
    for address in ("/", "/channels/x"):
        text = client.get(address).text
        assert "We weten nog niet wanneer we u kunnen antwoorden." in text
        assert "17.00 uur laten we u weten wanneer wel." in text

"""Unusual inflow is told on the pages where staff begin, and leads to a calamity in two clicks."""

from datetime import timedelta
from threading import Thread

import pytest
from sqlalchemy import func, select

from portal.db import Database
from portal.incidents.models import Incident
from portal.organisation.rules import ChannelKind
from portal.organisation.store import add_channel, save_organisation
from portal.promises import surges
from portal.promises.inflow import Unusual
from portal.promises.surge_models import Surge
from portal.services import Services
from portal.staff.rules import Role
from tests.cases.builders import START
from tests.incidents.console_builders import filled, situation
from tests.pages import PageClient
from tests.staff.builders import SignedIn

BEGIN = ["/console/cases", "/console/incidents"]
CALAMITY = "/console/surges/1/calamity"


@pytest.fixture
def channel_id(services: Services) -> int:
    now = services.clock.now()
    with services.database.transaction() as session:
        save_organisation(session, name="Proef", now=now, actor_id=None)
        made = add_channel(session, slug="x", kind=ChannelKind.X, name="X van ons", now=now, actor_id=None)
        return made.id


@pytest.fixture
def surge(services: Services, channel_id: int) -> None:
    notice(services, channel_id)


def notice(services: Services, channel_id: int) -> None:
    found = surges.Found(noticed={channel_id: (Unusual(60, 9.2, 60), 140, 9.2)})
    with services.database.transaction() as session:
        surges.write(session, found, services.clock.now())


def kept(services: Services) -> Surge:
    with services.database.reading() as session:
        return surges.surge(session, 1)


@pytest.mark.usefixtures("channel_id")
@pytest.mark.parametrize("address", BEGIN)
def test_in_quiet_times_nothing_is_said(staff_client: PageClient, address: str) -> None:
    assert "in het laatste uur" not in staff_client.get(address).text


@pytest.mark.usefixtures("surge")
@pytest.mark.parametrize("address", BEGIN)
def test_a_surge_stands_above_the_pages_where_staff_begin(staff_client: PageClient, address: str) -> None:
    page = staff_client.get(address)
    assert "X van ons: 140 vragen in het laatste uur; normaal 9." in page.text
    assert len(page.all("a", href=CALAMITY)) == 1


WHO_CAN = "Alleen een collega met de rol Communicatie, Manager of Beheerder kan klanten vertellen waarom."


@pytest.mark.usefixtures("surge")
def test_an_agent_reads_who_can_tell_customers_and_is_led_to_the_questions_that_wait(
    client: PageClient, signed_in: SignedIn, services: Services, channel_id: int
) -> None:
    signed_in(client, Role.AGENT)
    page = client.get("/console/cases")
    assert "140 vragen" in page.text
    assert WHO_CAN in page.text
    (link,) = [each for each in page.all("a") if "De vragen die wachten op X van ons" in page.words(each)]
    client.get(link.get("href") or "")
    assert link.get("href") == f"/console/cases?channel={channel_id}"
    client.get(CALAMITY, status=403)
    client.post("/console/surges/1/dismiss", {}, status=403)
    with services.database.transaction() as session:
        surges.declare(session, 1, 5, now=services.clock.now(), actor_id=1)
    page = client.get("/console/cases")
    assert "Klanten weten ervan. U hoeft er niets aan te doen." in page.text
    assert WHO_CAN not in page.text


def test_of_a_surge_over_all_channels_an_agent_is_led_to_the_whole_queue(
    client: PageClient, signed_in: SignedIn, services: Services
) -> None:
    notice(services, surges.ALL_TOGETHER)
    signed_in(client, Role.AGENT)
    page = client.get("/console/cases")
    assert "Alle vragen die wachten" in [page.words(each) for each in page.all("a", href="/console/cases")]


@pytest.mark.usefixtures("surge")
@pytest.mark.parametrize("role", [Role.COMMUNICATION, Role.MANAGER, Role.ADMINISTRATOR])
def test_who_can_declare_a_calamity_is_given_the_button_and_not_told_who_can(
    client: PageClient, signed_in: SignedIn, role: Role
) -> None:
    signed_in(client, role)
    page = client.get("/console/cases")
    assert len(page.all("a", href=CALAMITY)) == 1
    assert WHO_CAN not in page.text


@pytest.mark.usefixtures("surge")
def test_the_form_is_filled_in_so_that_publishing_is_one_more_click(staff_client: PageClient, services: Services) -> None:
    values = filled(staff_client.get(CALAMITY))
    assert values["is_calamity"] == "y"
    page = staff_client.follow(staff_client.post(CALAMITY, values))
    shown = situation(services)
    assert shown.is_calamity
    assert shown.title.nl == "We krijgen veel meer vragen dan normaal"
    assert shown.entries[0].body.nl.startswith("We krijgen nu 140 vragen per uur. Normaal zijn dat er 9.")
    assert shown.entries[0].body.en.startswith("We get 140 questions an hour now. Usually that is 9.")
    assert "Hoeveel mensen antwoorden er?" in page.text, "the one question that is left is asked at once"
    assert page.one("option", value="1", selected="").text == "X van ons"
    assert kept(services).incident_id == shown.id


@pytest.mark.usefixtures("surge")
def test_what_was_declared_is_not_declared_again(staff_client: PageClient, services: Services) -> None:
    values = filled(staff_client.get(CALAMITY))
    for _ in range(2):
        staff_client.post(CALAMITY, values)
    page = staff_client.get("/console/cases")
    assert "Klanten weten ervan." in page.text
    assert page.all("a", href=CALAMITY) == []
    assert staff_client.get(CALAMITY, status=303).response.headers["Location"] == "/console/incidents/1"


@pytest.mark.usefixtures("surge")
def test_two_who_declare_the_same_surge_publish_one_incident(staff_client: PageClient, services: Services) -> None:
    mine, theirs = (filled(staff_client.get(CALAMITY)) for _ in range(2))
    staff_client.post(CALAMITY, theirs)
    answer = staff_client.post(CALAMITY, mine | {"body_nl": "Ook druk."})
    assert answer.response.headers["Location"] == "/console/incidents/1"
    assert "Klanten weten dit al. Hieronder staat wat zij lezen." in staff_client.follow(answer).text
    assert kept(services).incident_id == 1
    with services.database.reading() as session:
        assert session.scalar(select(func.count(Incident.id))) == 1
    answer = staff_client.post(CALAMITY, theirs)
    assert "incident=1" in answer.response.headers["Location"], "who sends twice is asked who helps"


def test_of_two_who_declare_at_once_the_second_waits_for_the_first(database: Database) -> None:
    with database.transaction() as session:
        surges.write(session, surges.Found(noticed={1: (Unusual(60, 9.2, 60), 140, 9.2)}), START)
    found: list[int | None] = []

    def second() -> None:
        with database.transaction() as session:
            found.append(surges.surge(session, 1, to_declare=True).incident_id)

    with database.transaction() as session:
        assert surges.surge(session, 1, to_declare=True).incident_id is None
        other = Thread(target=second)
        other.start()
        other.join(0.3)
        assert other.is_alive()
        surges.declare(session, 1, 5, now=START, actor_id=1)
    other.join()
    assert found == [5]


@pytest.mark.usefixtures("surge")
def test_a_form_that_cannot_be_published_comes_back_and_nothing_is_declared(staff_client: PageClient, services: Services) -> None:
    staff_client.post(CALAMITY, filled(staff_client.get(CALAMITY)) | {"title_nl": "", "title_en": ""}, status=422)
    assert kept(services).incident_id is None


@pytest.mark.usefixtures("surge")
def test_staff_say_that_it_is_no_calamity_and_hear_no_more_of_it(staff_client: PageClient, services: Services) -> None:
    staff_client.follow(staff_client.post("/console/surges/1/dismiss", {}, token_from="/console/cases"))
    assert "140 vragen" not in staff_client.get("/console/cases").text
    assert kept(services).dismissed_by == 1


@pytest.mark.usefixtures("surge")
def test_staff_are_told_when_it_is_over(staff_client: PageClient, services: Services) -> None:
    with services.database.transaction() as session:
        surges.write(session, surges.Found(over=[1]), services.clock.now() - timedelta(minutes=5))
    page = staff_client.get("/console/cases")
    assert "X van ons: niet meer vragen dan normaal sinds vandaag 13.55 uur" in page.text
    assert page.all("a", href=CALAMITY) == []


@pytest.mark.usefixtures("channel_id")
def test_all_channels_together_touch_every_channel(staff_client: PageClient, services: Services) -> None:
    notice(services, surges.ALL_TOGETHER)
    assert "Alle kanalen samen: 140 vragen" in staff_client.get("/console/cases").text
    page = staff_client.get(CALAMITY)
    assert page.one("input", name="channels").get("checked") is not None


@pytest.mark.usefixtures("channel_id")
def test_a_calamity_that_nobody_counted_asks_the_question_too(staff_client: PageClient, services: Services) -> None:
    values = filled(staff_client.get("/console/incidents/new")) | {"title_nl": "Storing", "is_calamity": "y"}
    page = staff_client.follow(staff_client.post("/console/incidents/new", values))
    assert "Hoeveel mensen antwoorden er?" in page.text
    assert page.one("a", href=f"/console/incidents/{situation(services).id}").text == "Nu niet"

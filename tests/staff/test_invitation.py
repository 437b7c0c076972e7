"""The first visit of a colleague who was invited."""

from datetime import timedelta

import pytest

from portal.clock import FixedClock
from portal.services import Services
from portal.staff import store
from portal.staff.rules import INVITATION_TIMEOUT, Role
from tests.pages import PageClient
from tests.staff.builders import MakeMember

PHRASE = "zeven koperen ketels op zolder"
LINK = "/console/invitation/the-token"
CHOICE = {"phrase": PHRASE, "again": PHRASE}


@pytest.fixture(autouse=True)
def invited(services: Services, make_member: MakeMember) -> None:
    make_member(Role.ADMINISTRATOR)
    make_member(
        Role.COMMUNICATION,
        email="sam@example.nl",
        name="Sam",
        phrase="",
        invitation_hash=services.vault.fingerprint("the-token"),
    )


def test_the_link_leads_by_a_clean_address_to_a_pass_phrase_and_into_the_console(client: PageClient, services: Services) -> None:
    page = client.follow(client.get(LINK, status=303))
    assert "the-token" not in page.html
    assert page.words(page.one("h1")) == "Welkom, Sam"
    client.post("/console/welcome", CHOICE)
    assert client.http.get("/console/account").status_code == 200
    with services.database.reading() as session:
        sam = store.member_by_email(session, "sam@example.nl")
    assert sam
    assert services.phrases.is_right(PHRASE, sam.phrase_hash)


def test_a_link_scanner_that_visits_first_uses_nothing_up(app: object, client: PageClient) -> None:
    for _ in range(3):
        client.follow(client.get(LINK, status=303))
    client.post("/console/welcome", CHOICE)


def test_the_link_works_once(client: PageClient) -> None:
    client.follow(client.get(LINK, status=303))
    client.post("/console/welcome", CHOICE)
    client.get(LINK, status=303)
    page = client.get("/console/welcome", status=404)
    assert "Deze link werkt niet meer" in page.text
    client.post("/console/welcome", CHOICE, token_from="/console/account", status=422)


def test_the_link_ends_after_three_days(client: PageClient, clock: FixedClock) -> None:
    clock.advance(INVITATION_TIMEOUT - timedelta(seconds=1))
    client.follow(client.get(LINK, status=303))
    clock.advance(timedelta(seconds=1))
    client.post("/console/welcome", CHOICE, status=422)


def test_a_link_that_someone_made_up_looks_like_one_that_has_ended(client: PageClient) -> None:
    made_up = client.get("/console/invitation/xyz", status=303)
    assert "Deze link werkt niet meer" in client.follow(made_up, status=404).text


def test_two_different_phrases_are_not_taken(client: PageClient) -> None:
    client.follow(client.get(LINK, status=303))
    page = client.post("/console/welcome", {"phrase": PHRASE, "again": PHRASE + "!"}, status=422)
    assert page.one("input", name="again").get("aria-invalid") == "true"
    assert PHRASE not in page.html

"""Splitting a question in the console, and what its customer sees of it."""

from collections.abc import Callable
from datetime import datetime, timedelta

import pytest
from flask import Flask
from sqlalchemy import select

from portal.cases import store
from portal.cases.models import Case
from portal.clock import FixedClock
from portal.services import Services
from portal.staff.rules import Role
from tests.cases.console_builders import HTMX, address, do, form_of, take
from tests.cases.own_builders import home, proof
from tests.pages import PageClient
from tests.staff.builders import SignedIn

USUAL = {"impact": "normal", "urgency": "normal"}


@pytest.fixture
def second(services: Services, case: Case, now: datetime) -> str:
    """The number of a second message, about something else."""
    with services.database.transaction() as session:
        store.add_customer_message(session, case.id, text="Ik wil mijn geld terug.", now=now + timedelta(minutes=1))
        return str(store.messages_of(session, case.id)[1].id)


@pytest.fixture
def later(clock: FixedClock, second: str) -> datetime:
    clock.advance(timedelta(minutes=20))
    return clock.now()


def part_of(services: Services, case: Case) -> Case:
    with services.database.reading() as session:
        return session.scalars(select(Case).where(Case.split_from_id == case.id)).one()


@pytest.mark.usefixtures("agent", "later")
def test_an_agent_splits_off_what_is_about_something_else(
    client: PageClient, services: Services, case: Case, second: str
) -> None:
    page = client.get(address(case))
    assert "Ik wil mijn geld terug." in page.words(page.one("fieldset", id="messages"))
    page = client.follow(do(client, case, "split", messages=second, impact="high", urgency="high"))
    new = part_of(services, case)
    assert new.reference in page.text
    assert "Werd een eigen vraag, los van" in page.text
    assert "P1" in page.words(page.one("aside", id="side"))
    old = client.get(address(case))
    assert "Maakte van een deel een eigen vraag" in old.text
    assert next(link.get("href") for link in old.all("a") if link.text == new.reference) == address(new)
    assert not [form for form in old.all("form") if form.get("action", "").endswith("/split")], "one message must remain"


@pytest.mark.usefixtures("agent", "later")
def test_htmx_is_told_to_go_to_the_new_question(client: PageClient, services: Services, case: Case, second: str) -> None:
    values = form_of(client.get(address(case)), "split") | {"messages": second} | USUAL
    answer = client.http.post(address(case, "split"), data=values, headers=HTMX)
    assert answer.headers["HX-Redirect"] == address(part_of(services, case))


@pytest.mark.usefixtures("agent")
@pytest.mark.parametrize("chosen", [[], ["x"], ["9" * 40]], ids=["none", "no number", "too large"])
def test_what_cannot_be_split_off_is_said_at_the_field(
    client: PageClient, services: Services, case: Case, second: str, chosen: list[str]
) -> None:
    assert second
    values = form_of(client.get(address(case)), "split") | USUAL | {"messages": chosen}
    page = client.post(address(case, "split"), values, status=422)
    assert page.one("div", class_="error-summary") is not None
    with services.database.reading() as session:
        assert session.scalars(select(Case.id)).all() == [case.id]


@pytest.mark.parametrize(
    ("language", "why"),
    [
        ("nl", "Het oudste bericht blijft in deze vraag, want de beloofde tijd geldt voor dat bericht."),
        ("en", "The oldest message stays in this question, because the promised time is for that message."),
    ],
)
def test_the_oldest_message_is_not_offered_and_why_it_stays_is_said(
    console_in: Callable[[str], PageClient], services: Services, case: Case, second: str, *, language: str, why: str
) -> None:
    client = console_in(language)
    page = client.get(address(case))
    assert [each.get("value") for each in page.all("input", name="messages")] == [second]
    with services.database.reading() as session:
        every = [str(each.id) for each in store.messages_of(session, case.id)]
    page = client.post(address(case, "split"), form_of(page, "split") | USUAL | {"messages": every}, status=409)
    assert why in page.words(page.one("div", id="refused"))


@pytest.mark.parametrize(
    ("language", "why"),
    [
        ("nl", "Alleen een vraag van één klant die niet met een andere vraag is samengevoegd, kunt u splitsen."),
        ("en", "Only a question of one customer that was not merged with another question can be split."),
    ],
)
def test_a_question_with_the_words_of_two_people_is_not_offered_to_be_split(
    console_in: Callable[[str], PageClient],
    services: Services,
    case: Case,
    second: str,
    now: datetime,
    *,
    language: str,
    why: str,
) -> None:
    client = console_in(language)
    do(client, take(services, now + timedelta(minutes=2), author_id="iemand-anders"), "merge", reference=case.reference)
    page = client.get(address(case))
    assert not [form for form in page.all("form") if form.get("action", "").endswith("/split")]
    seen = form_of(page, "merge") | {"messages": second} | USUAL
    page = client.post(address(case, "split"), seen, status=409)
    assert why in page.words(page.one("div", id="refused"))


@pytest.mark.usefixtures("agent", "later")
def test_the_second_of_two_agents_reads_what_happened(client: PageClient, services: Services, case: Case, second: str) -> None:
    seen = form_of(client.get(address(case)), "split") | {"messages": second} | USUAL
    client.post(address(case, "split"), seen, status=303)
    page = client.post(address(case, "split"), seen, status=409)
    assert page.one("div", id="refused") is not None
    with services.database.reading() as session:
        assert len(session.scalars(select(Case)).all()) == 2


def test_who_only_reads_cases_may_not_split(client: PageClient, signed_in: SignedIn, case: Case, second: str) -> None:
    signed_in(client, Role.COMMUNICATION)
    page = client.get(address(case))
    assert not [form for form in page.all("form") if form.get("action", "").endswith("/split")]
    client.post(address(case, "split"), {"csrf_token": client.csrf_token, "messages": second} | USUAL, status=403)


@pytest.mark.usefixtures("agent", "later")
def test_the_customer_reads_of_it_and_may_open_the_new_question(
    app: Flask, client: PageClient, services: Services, case: Case, second: str
) -> None:
    do(client, case, "split", messages=second, **USUAL)
    new = part_of(services, case)
    customer = PageClient(app)
    customer.get(f"/track/claim/{proof(services, case, new.changed_at).token}", status=303)
    assert "Een deel ervan is nu een eigen vraag" in customer.get(home(case)).text
    root, said = "/en", "A part of it is a question of its own now"
    page = customer.get(f"{root}{home(case)}")
    assert said in page.text
    assert f"{root}{home(new)}" in [link.get("href") for link in page.all("a")]
    other = customer.get(f"{root}{home(new)}")
    assert "Ik wil mijn geld terug." in other.text
    assert case.reference in other.text
    assert [each.get("href") for each in customer.get("/track/mine").all("a") if new.reference in (each.text or "")]
    customer.follow(customer.post(home(new, "forget"), token_from=home(new)))
    customer.get(home(new), status=404)
    customer.get(home(case), status=404)


@pytest.mark.usefixtures("agent", "later")
def test_the_proof_of_the_new_question_opens_no_other(
    app: Flask, client: PageClient, services: Services, case: Case, second: str
) -> None:
    do(client, case, "split", messages=second, **USUAL)
    new = part_of(services, case)
    customer = PageClient(app)
    customer.get(f"/track/claim/{proof(services, new, new.changed_at).token}", status=303)
    assert customer.get(home(new)).status == 200
    customer.get(home(case), status=404)


@pytest.mark.usefixtures("agent", "later")
def test_everybody_sees_on_the_public_page_that_it_was_split_and_no_number(
    client: PageClient, services: Services, case: Case, second: str
) -> None:
    do(client, case, "split", messages=second, **USUAL)
    page = client.get(f"/track/{case.reference}")
    assert "Een deel ervan is nu een eigen vraag" in page.text
    assert part_of(services, case).reference not in page.html


@pytest.mark.usefixtures("later")
@pytest.mark.parametrize(
    ("language", "said"),
    [("nl", "Een code of link van {} opent ook deze vraag."), ("en", "A code or link of {} opens this question too.")],
)
def test_staff_read_on_a_part_that_the_proof_of_the_whole_opens_it(
    console_in: Callable[[str], PageClient], services: Services, case: Case, second: str, *, language: str, said: str
) -> None:
    client = console_in(language)
    do(client, case, "split", messages=second, **USUAL)
    new, line = part_of(services, case), said.format(case.reference)
    assert line not in client.get(address(new)).text
    secret = proof(services, case, new.changed_at)
    assert line in client.get(address(new)).text
    do(client, case, f"claims/{secret.claim_id}/revoke")
    assert line not in client.get(address(new)).text

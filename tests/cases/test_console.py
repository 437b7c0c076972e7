"""What agents do with a case, as plain forms and with htmx."""

from datetime import datetime, timedelta

import pytest
from flask import Flask
from sqlalchemy import select

from portal.cases import store, tracking_store
from portal.cases.models import Case, CaseMessage
from portal.cases.rules import CaseState, Direction
from portal.clock import FixedClock
from portal.promises import store as promises
from portal.services import Services
from portal.staff.models import Member
from portal.staff.rules import Role
from tests.cases.console_builders import HTMX, address, do, form_of, now_is, take
from tests.pages import PageClient
from tests.staff.builders import SignedIn
from tests.statements import statements


def test_the_page_of_a_case_costs_the_same_queries_however_long_it_is(
    client: PageClient, agent: Member, services: Services, case: Case, now: datetime
) -> None:
    client.get(address(case))
    with statements(services.database) as short:
        client.get(address(case))
    with services.database.transaction() as session:
        for minute in range(1, 20):
            store.add_customer_message(session, case.id, text=f"Bericht {minute}", now=now + timedelta(minutes=minute))
    with statements(services.database) as long:
        client.get(address(case))
    assert len(short) == len(long)


def test_an_answer_by_a_plain_form_stops_the_clock_and_says_so(
    client: PageClient, agent: Member, services: Services, case: Case, clock: FixedClock
) -> None:
    clock.advance(timedelta(minutes=5))
    page = client.follow(do(client, case, "answer", text="Over tien minuten."))
    assert "Uw antwoord staat op de pagina van de klant." in page.words(page.one("div", id="toast"))
    assert now_is(services, case).state is CaseState.ANSWERED
    with services.database.reading() as session:
        assert promises.promise_of(session, case.id).answered_at == clock.now()


def test_an_answer_by_htmx_swaps_the_case_and_announces_itself(client: PageClient, agent: Member, case: Case) -> None:
    values = form_of(client.get(address(case)), "answer") | {"text": "Over tien minuten."}
    page = client.post(address(case, "answer"), values, status=200, headers=HTMX)
    assert not page.all("header")
    assert "Over tien minuten." in page.words(page.one("section", id="conversation"))
    assert page.one("div", id="toast").get("data-hx-swap-oob") == "innerHTML"
    assert page.words(page.one("textarea", id="answer")) == "", "what was sent is not offered again"


@pytest.mark.parametrize("text", ["", "   ", "x" * 100_000])
def test_an_answer_that_cannot_be_is_refused_and_kept(
    client: PageClient, agent: Member, services: Services, case: Case, text: str
) -> None:
    page = do(client, case, "answer", status=422, text=text)
    assert page.one("textarea", id="answer").get("aria-invalid") == "true"
    assert page.words(page.one("textarea", id="answer")) == text.strip()
    assert now_is(services, case).state is CaseState.NEW


def test_two_agents_answer_and_the_second_is_shown_the_first(
    client: PageClient, agent: Member, signed_in: SignedIn, services: Services, case: Case
) -> None:
    other = PageClient(client.http.application)
    colleague = signed_in(other, Role.AGENT)
    mine, theirs = (form_of(each.get(address(case)), "answer") for each in (client, other))
    other.post(address(case, "answer"), {**theirs, "text": "Het eerste antwoord"})
    page = client.post(address(case, "answer"), {**mine, "text": "Het tweede antwoord"}, status=409)
    notice = page.words(page.one("div", id="refused"))
    assert colleague.name in notice
    assert "Het eerste antwoord" in notice
    assert page.words(page.one("textarea", id="answer")) == "Het tweede antwoord"
    with services.database.reading() as session:
        said = session.scalars(select(CaseMessage.text).where(CaseMessage.direction == Direction.OUTBOUND)).all()
    assert said == ["Het eerste antwoord"]
    client.post(address(case, "answer"), {**form_of(page, "answer"), "text": "Het tweede antwoord"})
    with services.database.reading() as session:
        assert len(session.scalars(select(CaseMessage).where(CaseMessage.direction == Direction.OUTBOUND)).all()) == 2


def test_a_customer_who_writes_while_an_agent_types_is_read_first(
    client: PageClient, agent: Member, services: Services, case: Case, now: datetime
) -> None:
    mine = form_of(client.get(address(case)), "answer")
    with services.database.transaction() as session:
        store.add_customer_message(session, case.id, text="Laat maar, hij is er!", now=now)
    page = client.post(address(case, "answer"), {**mine, "text": "Over tien minuten"}, status=409, headers=HTMX)
    assert "Laat maar, hij is er!" in page.words(page.one("div", id="refused"))
    assert page.words(page.one("textarea", id="answer")) == "Over tien minuten"


@pytest.mark.parametrize("version", ["", "x", "-1", "99999999999999999999", "²"])
def test_a_form_without_a_true_version_changes_nothing(
    client: PageClient, agent: Member, services: Services, case: Case, version: str
) -> None:
    do(client, case, "answer", status=409, text="Antwoord", version=version)
    assert now_is(services, case).state is CaseState.NEW


def presence_of(client: PageClient, case: Case) -> str:
    """What the page of the case hears when it asks who else is there."""
    values = {"version": str(case.version)}
    return client.post(address(case, "presence"), values, status=200, headers=HTMX).text


def test_who_has_the_case_open_is_shown_until_a_minute_later(
    client: PageClient, agent: Member, signed_in: SignedIn, case: Case, clock: FixedClock
) -> None:
    other = PageClient(client.http.application)
    colleague = signed_in(other, Role.AGENT)
    assert "ook open" not in presence_of(client, case)
    presence_of(other, case)
    presence_of(other, case)
    assert f"{colleague.name} heeft deze vraag ook open." in presence_of(client, case)
    assert f"{colleague.name} heeft deze vraag ook open." in client.get(address(case)).text
    assert colleague.name in client.get("/console/cases").text
    clock.advance(timedelta(seconds=60))
    assert colleague.name not in presence_of(client, case)


def test_the_page_hears_that_the_case_has_changed(
    client: PageClient, agent: Member, services: Services, case: Case, now: datetime
) -> None:
    assert "veranderd" not in presence_of(client, case)
    with services.database.transaction() as session:
        store.add_customer_message(session, case.id, text="Nog iets", now=now)
    assert "veranderd" in presence_of(client, case)


def test_a_note_is_for_colleagues_alone(client: PageClient, agent: Member, services: Services, case: Case) -> None:
    page = client.follow(do(client, case, "note", text="Belt vaker hierover"))
    assert "Belt vaker hierover" in page.text
    assert now_is(services, case).first_answered_at is None


@pytest.mark.parametrize("act", ["close", "spam", "withdraw"])
def test_closing_and_opening_again(client: PageClient, agent: Member, services: Services, case: Case, act: str) -> None:
    do(client, case, act)
    assert now_is(services, case).state.value in {"closed", "spam", "withdrawn"}
    do(client, case, "reopen")
    assert now_is(services, case).state is CaseState.OPEN


def test_assigning_to_oneself_and_giving_back(client: PageClient, agent: Member, services: Services, case: Case) -> None:
    do(client, case, "assign")
    assert now_is(services, case).assigned_to == agent.id
    do(client, case, "assign", to="nobody")
    assert now_is(services, case).assigned_to is None


def test_a_side_act_by_htmx_brings_new_versions_to_the_forms_in_which_one_types(
    client: PageClient, agent: Member, services: Services, case: Case
) -> None:
    page = client.get(address(case))
    answered = client.post(address(case, "assign"), form_of(page, "assign"), status=200, headers=HTMX)
    fields = {each.get("name"): each.get("value") for each in answered.one("div", id="answer-seen").iter()}
    assert fields["version"] == str(now_is(services, case).version)
    form = next(each for each in page.all("form") if each.get("action", "").endswith("/assign"))
    assert "#answer-seen" in form.get("data-hx-select-oob")


def test_who_only_reads_cases_gets_no_forms_and_may_do_nothing(
    app: Flask, client: PageClient, signed_in: SignedIn, services: Services, case: Case
) -> None:
    signed_in(client, Role.COMMUNICATION)
    page = client.get(address(case))
    assert not [form for form in page.all("form") if "/console/cases/" in form.get("action", "")]
    for act in (
        "answer",
        "note",
        "close",
        "spam",
        "withdraw",
        "assign",
        "priority",
        "revise",
        "merge",
        "same-person",
        "claims",
        "erasure",
    ):
        client.post(address(case, act), {"text": "x", "version": str(case.version)}, status=403)
    assert now_is(services, case).version == case.version


def test_strangers_are_led_to_the_sign_in_page(client: PageClient, case: Case) -> None:
    for path in ("/console/cases", address(case)):
        assert "/console/sign-in" in client.get(path, status=303).response.headers["Location"]


def test_what_a_customer_types_never_becomes_html(client: PageClient, agent: Member, services: Services, now: datetime) -> None:
    evil = "<script>alert(1)</script><img src=x onerror=alert(2)> {{ 7*7 }} & \"'"
    case = take(services, now, text=evil, author_name="<b>Jan</b>", author_handle="<i>@jan</i>")
    for page in (client.get(address(case)), client.get("/console/cases")):
        assert "<script>alert" not in page.html
        assert not page.all("img", src="x")
        assert not page.all("b")
    assert "49" not in client.get(address(case)).words(client.get(address(case)).one("section", id="conversation"))


def test_an_unknown_case_is_not_found(client: PageClient, agent: Member) -> None:
    client.get("/console/cases/BR-XXXX-YYYY", status=404)
    client.get("/console/cases/nonsense", status=404)


def test_what_the_customer_does_without_us_is_one_line_that_says_so(
    client: PageClient, agent: Member, services: Services, case: Case, clock: FixedClock
) -> None:
    for act in (tracking_store.withdraw, tracking_store.want_after_all):
        clock.advance(timedelta(minutes=5))
        with services.database.transaction() as session:
            act(session, case.id, clock.now())
    clock.advance(timedelta(minutes=5))
    do(client, case, "withdraw")
    page = client.get(address(case))
    lines = [" ".join(page.words(each).split()) for each in page.all("li", class_="console-conversation__event")]
    assert lines[-3:] == [
        "De klant heeft geen antwoord meer nodig vandaag 14.05 uur",
        "De klant wil toch antwoord vandaag 14.10 uur",
        f"De vraag hoeft geen antwoord meer {agent.name} vandaag 14.15 uur",
    ]
    assert len(lines) == 4, "and that it came in"

"""A customer's own case: what the proof opens, what can be done there, and that it opens nothing else."""

import json
from dataclasses import replace
from datetime import datetime, timedelta

import pytest
from flask import Flask
from sqlalchemy import select

from portal.app import create_app
from portal.cases import claims_store, store, tracking_store
from portal.cases.claims_store import Issued
from portal.cases.models import Case, CaseMessage
from portal.cases.rules import CaseState
from portal.cases.tracking_models import ErasureRequest, Opinion
from portal.clock import FixedClock
from portal.promises import store as promises
from portal.promises.rules import RevisionReason, SetAside
from portal.services import Services
from tests.cases.test_console import take
from tests.pages import PageClient

ACTS = ("message", "solved", "erasure", "forget")


@pytest.fixture
def case(services: Services, now: datetime) -> Case:
    return take(services, now)


def proof(services: Services, case: Case, now: datetime) -> Issued:
    with services.database.transaction() as session:
        return claims_store.issue(session, services.vault, case.id, now=now, actor_id=None)


@pytest.fixture
def secret(services: Services, case: Case, now: datetime) -> Issued:
    return proof(services, case, now)


@pytest.fixture
def customer(client: PageClient, secret: Issued) -> PageClient:
    """A browser that followed the link."""
    client.get(f"/track/claim/{secret.token}", status=303)
    return client


def home(case: Case, act: str = "") -> str:
    return f"/track/mine/{case.reference}{act and '/'}{act}"


def answer(services: Services, case: Case, text: str, now: datetime) -> CaseMessage:
    with services.database.transaction() as session:
        store.answer(session, case.id, text=text, member_id=1, now=now, version=None)
        return session.scalars(select(CaseMessage).where(CaseMessage.text == text)).one()


def now_is(services: Services, case: Case) -> Case:
    with services.database.reading() as session:
        return session.get_one(Case, case.id)


@pytest.mark.parametrize(
    ("root", "said"), [("", "U kunt ons antwoord verwachten vóór"), ("/en", "You can expect our answer before")]
)
def test_the_page_tells_when_the_answer_comes_in_both_languages(customer: PageClient, case: Case, root: str, said: str) -> None:
    page = customer.get(f"{root}{home(case)}")
    assert said in page.words(page.one("section", class_="tracking"))
    assert "Waar blijft mijn bus?" in page.text
    assert page.response.headers["Cache-Control"] == "no-store"
    assert page.response.headers["X-Robots-Tag"] == "noindex, nofollow"
    assert page.response.headers["Referrer-Policy"] == "same-origin"


def test_every_new_time_and_its_reason_is_shown(
    customer: PageClient, services: Services, case: Case, now: datetime, clock: FixedClock
) -> None:
    for number, reason in enumerate((RevisionReason.ILLNESS, RevisionReason.OUTAGE), start=1):
        with services.database.transaction() as session:
            until = now + timedelta(days=number)
            sentence = f"Zin {number}."
            promises.revise(session, case.id, until, reason, sentence_nl=sentence, now=now, actor_id=None)
    clock.set(now + timedelta(hours=20))
    page = customer.get(home(case))
    for said in ("Ons antwoord komt later", "ziek", "Zin 1.", "storing", "Zin 2.", "ging voorbij zonder antwoord"):
        assert said in page.text
    english = customer.get(f"/en{home(case)}")
    assert [each.text for each in english.all("span", lang="nl")][:1] == ["Zin 2."], "the Dutch sentence, marked as Dutch"


def test_an_answer_is_shown_with_what_became_of_the_promise(
    customer: PageClient, services: Services, case: Case, clock: FixedClock
) -> None:
    with services.database.reading() as session:
        promised_at = promises.promise_of(session, case.id).promised_at
    assert promised_at
    clock.set(promised_at + timedelta(minutes=25))
    answer(services, case, "Over tien minuten.", clock.now())
    page = customer.get(home(case))
    assert "Het kwam 25 minuten later dan beloofd." in page.text
    assert "We tellen deze belofte als niet gehaald." in page.text
    assert "Over tien minuten." in page.text


def test_what_is_internal_stays_internal(customer: PageClient, services: Services, case: Case, now: datetime) -> None:
    with services.database.transaction() as session:
        store.add_note(session, case.id, text="Lastige klant", member_id=1, now=now)
        store.assign(session, case.id, to=1, member_id=1, now=now, version=None)
    for page in (customer.get(home(case)).html, customer.http.get(home(case, "export.json")).get_data(as_text=True)):
        assert "Lastige klant" not in page


def test_a_message_joins_the_case_and_the_clock_stays_at_the_first(
    customer: PageClient, services: Services, case: Case, clock: FixedClock
) -> None:
    with services.database.reading() as session:
        before = promises.promise_of(session, case.id)
    clock.advance(timedelta(hours=1))
    page = customer.follow(customer.post(home(case, "message"), {"text": "Hij is er nog niet."}, token_from=home(case)))
    assert "Uw bericht is toegevoegd." in page.text
    assert "Hij is er nog niet." in page.text
    with services.database.reading() as session:
        after = promises.promise_of(session, case.id)
    assert (after.sequence, after.promised_at) == (before.sequence, before.promised_at)


def test_writing_after_the_answer_opens_the_case_again_with_a_new_promise(
    customer: PageClient, services: Services, case: Case, clock: FixedClock
) -> None:
    answer(services, case, "Over tien minuten.", clock.now())
    clock.advance(timedelta(hours=1))
    page = customer.follow(customer.post(home(case, "message"), {"text": "Er kwam niets!"}, token_from=home(case)))
    assert "U schreef ons opnieuw. Uw vraag staat weer open." in page.text
    assert now_is(services, case).state is CaseState.OPEN


@pytest.mark.parametrize("text", ["", "  \n ", "x" * 10_001, "x" * 100_000])
def test_a_message_that_cannot_be_taken_comes_back_with_what_was_typed(
    customer: PageClient, services: Services, case: Case, text: str
) -> None:
    page = customer.post(home(case, "message"), {"text": text}, status=422, token_from=home(case))
    assert page.one("textarea", id="message").get("aria-invalid") == "true"
    assert page.words(page.one("textarea", id="message")) == text.strip()
    with services.database.reading() as session:
        assert len(tracking_store.messages_for_customer(session, case.id)) == 1


def test_what_a_customer_types_never_becomes_html(customer: PageClient, case: Case) -> None:
    evil = "</p><script>alert(1)</script><img src=x onerror=alert(2)>{{ 7*7 }}"
    page = customer.follow(customer.post(home(case, "message"), {"text": evil}, token_from=home(case)))
    assert evil in page.text
    assert not page.all("img", src="x")


def test_solved_before_the_promised_time_counts_as_withdrawn(customer: PageClient, services: Services, case: Case) -> None:
    page = customer.follow(customer.post(home(case, "solved"), token_from=home(case)))
    assert "U liet ons weten dat het is opgelost." in page.text
    customer.post(home(case, "solved"))
    with services.database.reading() as session:
        assert promises.promise_of(session, case.id).set_aside is SetAside.WITHDRAWN
    assert now_is(services, case).closed_at is not None


def test_solved_after_the_promised_time_does_not_mend_the_promise(
    customer: PageClient, services: Services, case: Case, clock: FixedClock
) -> None:
    clock.advance(timedelta(hours=12))
    customer.post(home(case, "solved"), token_from=home(case))
    with services.database.reading() as session:
        assert promises.promise_of(session, case.id).set_aside is SetAside.NONE


def test_an_opinion_is_kept_for_that_answer_and_the_last_word_counts(
    customer: PageClient, services: Services, case: Case, now: datetime
) -> None:
    said = answer(services, case, "Over tien minuten.", now)
    act = home(case, f"answers/{said.id}")
    customer.post(act, {}, status=422, token_from=home(case))
    page = customer.follow(customer.post(act, {"helped": "no", "text": "Te laat"}))
    assert "niet hielp" in page.text
    customer.post(act, {"helped": "yes"})
    with services.database.reading() as session:
        (opinion,) = session.scalars(select(Opinion)).all()
    assert (opinion.helped, opinion.text) == (True, "")


def test_no_opinion_on_what_is_no_answer_of_this_case(
    customer: PageClient, services: Services, case: Case, now: datetime
) -> None:
    other = take(services, now + timedelta(minutes=1))
    elsewhere = answer(services, other, "Een ander antwoord", now + timedelta(minutes=2))
    with services.database.reading() as session:
        (question,) = tracking_store.messages_for_customer(session, case.id)
    customer.get(home(case))
    for message_id in (elsewhere.id, question.id, 99_999):
        customer.post(home(case, f"answers/{message_id}"), {"helped": "yes"}, status=404)


def test_all_of_it_can_be_taken_along(customer: PageClient, services: Services, case: Case, now: datetime) -> None:
    answer(services, case, "Over tien minuten.", now + timedelta(minutes=1))
    response = customer.http.get(home(case, "export.json"))
    values = json.loads(response.get_data())
    assert response.headers["Content-Disposition"] == f'attachment; filename="{case.reference}.json"'
    assert [each["text"] for each in values["messages"]] == ["Waar blijft mijn bus?", "Over tien minuten."]
    assert values["promises"][0]["answered_at"]


def test_the_wish_to_be_erased_is_noted_once_and_shown_to_staff(customer: PageClient, services: Services, case: Case) -> None:
    for _time in range(2):
        page = customer.follow(customer.post(home(case, "erasure"), token_from=home(case)))
        assert "U vroeg ons deze vraag te wissen" in page.text
    with services.database.reading() as session:
        assert len(session.scalars(select(ErasureRequest)).all()) == 1


def test_signing_out_ends_this_browser_and_every_copy_of_its_cookie(
    app: Flask, customer: PageClient, case: Case, secret: Issued
) -> None:
    cookie = customer.http.get_cookie("track")
    assert cookie
    assert "afgemeld" in customer.follow(customer.post("/track/sign-out", token_from=home(case))).text
    customer.get(home(case), status=404)
    thief = PageClient(app)
    thief.http.set_cookie("track", cookie.value)
    thief.get(home(case), status=404)
    elsewhere = PageClient(app)
    elsewhere.get(f"/track/claim/{secret.token}", status=303)
    assert elsewhere.get(home(case)).status == 200


def test_forgetting_the_link_ends_it_everywhere(app: Flask, customer: PageClient, case: Case, secret: Issued) -> None:
    elsewhere = PageClient(app)
    elsewhere.post("/track", {"reference": secret.code})
    assert "werken niet meer" in customer.follow(customer.post(home(case, "forget"), token_from=home(case))).text
    customer.get(home(case), status=404)
    elsewhere.get(home(case), status=404)
    assert not PageClient(app).get(f"/track/claim/{secret.token}", status=303).response.headers.getlist("Set-Cookie")


def test_forgetting_one_link_leaves_the_other_case_open(
    customer: PageClient, services: Services, case: Case, now: datetime
) -> None:
    other = take(services, now + timedelta(minutes=1))
    customer.get(f"/track/claim/{proof(services, other, now).token}", status=303)
    customer.post(home(case, "forget"), token_from=home(case))
    customer.get(home(case), status=404)
    assert customer.get(home(other)).status == 200


def test_the_cookie_of_one_case_opens_no_other(customer: PageClient, services: Services, case: Case, now: datetime) -> None:
    other = take(services, now + timedelta(minutes=1))
    customer.get(home(case))
    customer.get(home(other), status=404)
    customer.get(home(other, "export.json"), status=404)
    for act in ACTS:
        customer.post(home(other, act), {"text": "x"}, status=404)
    customer.post(home(other, "answers/1"), {"helped": "yes"}, status=404)
    assert now_is(services, other).version == other.version


def test_another_ones_case_and_no_case_look_exactly_alike(
    customer: PageClient, services: Services, case: Case, now: datetime
) -> None:
    other = take(services, now + timedelta(minutes=1))
    pages = [
        customer.get(home(case).replace(case.reference, each), status=404).html.replace(each, "?")
        for each in (other.reference, "BR-XXXX-YYYY")
    ]
    assert pages[0] == pages[1]


def test_two_cases_in_one_browser_are_listed_and_both_open(
    customer: PageClient, services: Services, case: Case, now: datetime
) -> None:
    other = take(services, now + timedelta(minutes=1), text="Mijn andere vraag")
    customer.get(f"/track/claim/{proof(services, other, now).token}", status=303)
    page = customer.get("/track/mine")
    assert case.reference in page.text
    assert "Mijn andere vraag" in page.text
    assert customer.get(home(case)).status == customer.get(home(other)).status == 200


@pytest.mark.parametrize(
    "cookie", ["", "x", "WzEsMiwzXQ.abc", "\x00", "a" * 4_000, "WyJuYW1lIiwgW1sxLCAxNzczMTQ3NjAwXV1d.c2lnbmF0dXJl"]
)
def test_a_forged_cookie_opens_nothing(client: PageClient, case: Case, cookie: str) -> None:
    client.http.set_cookie("track", cookie)
    client.get(home(case), status=404)
    client.get("/track/mine", status=404)


def test_a_browser_shows_its_code_again_after_a_day(customer: PageClient, case: Case, clock: FixedClock) -> None:
    clock.advance(timedelta(hours=24) - timedelta(seconds=1))
    customer.get(home(case))
    clock.advance(timedelta(seconds=1))
    customer.get(home(case), status=404)


def test_ninety_days_after_closing_the_door_is_closed_kindly(
    customer: PageClient, services: Services, case: Case, secret: Issued, clock: FixedClock
) -> None:
    customer.post(home(case, "solved"), token_from=home(case))
    clock.advance(timedelta(days=90))
    customer.get(f"/track/claim/{secret.token}", status=303)
    page = customer.get("/track/mine", status=404)
    assert "90 dagen" in page.text
    assert page.one("input", name="reference") is not None


@pytest.mark.parametrize("act", [*ACTS, "answers/1"])
def test_a_form_without_its_token_changes_nothing(customer: PageClient, services: Services, case: Case, act: str) -> None:
    customer.csrf_token = None
    customer.post(home(case, act), {"text": "x", "helped": "yes"}, status=400)
    customer.post("/track/sign-out", status=400)
    assert now_is(services, case).version == case.version
    customer.get(home(case))


def test_nothing_changes_on_get(customer: PageClient, case: Case) -> None:
    for act in (*ACTS, "answers/1"):
        customer.get(home(case, act), status=405)
    customer.get("/track/sign-out", status=404)


def test_flooding_is_braked_on_the_server(app: Flask, services: Services, case: Case, secret: Issued) -> None:
    statuses = []
    for _time in range(32):
        browser = PageClient(app)
        browser.http.get(f"/track/claim/{secret.token}")
        page = browser.http.get(home(case))
        token = page.get_data(as_text=True).split('name="csrf_token"')[1].split('value="')[1].split('"')[0]
        statuses.append(browser.http.post(home(case, "message"), data={"text": "hallo", "csrf_token": token}).status_code)
    assert statuses[:30] == [303] * 30
    assert statuses[30:] == [429] * 2


@pytest.fixture
def secure(services: Services) -> PageClient:
    """A browser of an installation that is reached over https."""
    config = replace(services.config, public_url="https://portal.test")
    app = create_app(services=replace(services, config=config))
    app.config.update(TESTING=True, PROPAGATE_EXCEPTIONS=False)
    return PageClient(app)


def test_over_https_the_cookie_is_bound_to_this_host_and_forms_work(
    secure: PageClient, services: Services, case: Case, secret: Issued
) -> None:
    https = {"base_url": "https://portal.test"}
    (cookie,) = secure.get(f"/track/claim/{secret.token}", status=303, **https).response.headers.getlist("Set-Cookie")
    assert cookie.startswith("__Host-track=")
    for wanted in ("Secure", "HttpOnly", "Path=/", "SameSite=Lax"):
        assert wanted in cookie
    assert "Domain" not in cookie
    secure.get(home(case), **https)
    referrer = {"Referer": f"https://portal.test{home(case)}"}
    secure.post(home(case, "message"), {"text": "Nog iets"}, headers=referrer, **https)
    secure.post(home(case, "message"), {"text": "Nog iets"}, status=400, headers={"Referer": "https://evil.example/"}, **https)

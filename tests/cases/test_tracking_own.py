"""A customer's own case: what is shown, and what can be done there."""

import json
from datetime import datetime, timedelta

import pytest
from sqlalchemy import select

from portal.cases import store, tracking_store
from portal.cases.models import Case
from portal.cases.rules import CaseState
from portal.cases.tracking_models import ErasureRequest, Opinion
from portal.clock import FixedClock
from portal.promises import store as promises
from portal.promises.rules import RevisionReason, SetAside
from portal.services import Services
from tests.cases.console_builders import now_is, take
from tests.cases.own_builders import answer, home
from tests.pages import PageClient


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
            promises.revise(session, case.id, until, reason, sentence_nl=sentence, now=now, actor_id=3)
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
        assert len(tracking_store.messages_for_customer(session, case)) == 1


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


@pytest.mark.parametrize(
    ("root", "said"),
    [
        ("", ("Een antwoord is niet meer nodig.", "Uw vraag staat weer open. U krijgt antwoord.")),
        ("/en", ("No answer is needed any more.", "Your question is open again. You get an answer.")),
    ],
)
def test_who_needs_no_answer_any_more_says_so_and_can_take_it_back(
    customer: PageClient, services: Services, case: Case, root: str, said: tuple[str, str]
) -> None:
    page = f"{root}{home(case)}"
    withdrawn = customer.follow(customer.post(f"{page}/withdraw", token_from=page))
    assert said[0] in withdrawn.words(withdrawn.one("section", class_="tracking"))
    assert now_is(services, case).state is CaseState.WITHDRAWN
    version = now_is(services, case).version
    customer.post(f"{page}/withdraw")
    assert now_is(services, case).version == version, "once is enough"
    taken_back = customer.follow(customer.post(f"{page}/after-all"))
    assert said[1] in taken_back.text
    assert now_is(services, case).state is CaseState.OPEN
    customer.post(f"{page}/after-all")
    assert now_is(services, case).version == version + 1
    with services.database.reading() as session:
        assert promises.promise_of(session, case.id).set_aside is SetAside.NONE


def test_withdrawn_after_the_promised_time_the_page_still_says_that_the_promise_broke(
    customer: PageClient, services: Services, case: Case, clock: FixedClock
) -> None:
    clock.advance(timedelta(hours=12))
    page = customer.follow(customer.post(home(case, "withdraw"), token_from=home(case)))
    assert "We tellen deze belofte als niet gehaald." in page.words(page.one("section", class_="tracking"))
    assert "ging voorbij zonder antwoord" in page.text


def test_what_is_answered_meanwhile_is_not_withdrawn(
    customer: PageClient, services: Services, case: Case, clock: FixedClock
) -> None:
    customer.get(home(case))
    answer(services, case, "Over tien minuten.", clock.now())
    page = customer.follow(customer.post(home(case, "withdraw")))
    assert "Over tien minuten." in page.text
    assert "Dat hebben we genoteerd" not in page.text
    assert not [form for form in page.all("form") if form.get("action", "").endswith("/withdraw")]
    assert now_is(services, case).state is CaseState.ANSWERED


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
        (question,) = tracking_store.messages_for_customer(session, case)
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


@pytest.mark.parametrize(("root", "norm"), [("", "Dit is onze norm."), ("/en", "This is our norm.")])
def test_where_the_company_announces_its_norm_the_page_and_its_timeline_say_so_until_another_time_is_told(
    customer: PageClient, services: Services, case: Case, root: str, norm: str
) -> None:
    address, now = f"{root}{home(case)}", services.clock.now()
    assert norm not in customer.get(address).text, "it was estimated"
    with services.database.transaction() as session:
        promises.promise_of(session, case.id).is_norm = True
    page = customer.get(address)
    (step,) = [each for each in page.all("li", class_="timeline__entry") if each.get("data-state") == "promised"]
    assert norm in page.words(step)
    assert page.text.count(norm) == 2
    assert customer.get(f"{root}/track/{case.reference}").text.count(norm) == 2, "for everybody, where it was asked in public"
    with services.database.transaction() as session:
        promises.revise(session, case.id, now + timedelta(days=1), RevisionReason.ILLNESS, now=now, actor_id=3)
    page = customer.get(address)
    assert page.text.count(norm) == 1, "the new time is none"

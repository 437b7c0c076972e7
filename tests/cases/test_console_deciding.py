"""What agents decide about a case: its priority, its time, whose it is, and who may open it."""

from collections.abc import Callable
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from flask import Flask

from portal.cases import claims_store
from portal.cases.models import Case
from portal.promises import store as promises
from portal.promises.rules import Impact
from portal.services import Services
from portal.staff.models import Member
from tests.cases.console_builders import address, do, form_of, now_is, take
from tests.pages import PageClient


def test_the_priority_is_overruled_with_a_reason_and_the_promise_stays(
    client: PageClient, agent: Member, services: Services, case: Case
) -> None:
    with services.database.reading() as session:
        before = promises.promise_of(session, case.id).promised_at
    do(client, case, "priority", status=422, impact="high", urgency="high", why="")
    page = client.follow(do(client, case, "priority", impact="high", urgency="high", why="Gestrand met kind"))
    assert "P1: Gestrand met kind" in page.text
    with services.database.reading() as session:
        promise = promises.promise_of(session, case.id)
    assert promise.current_class_code == "P1"
    assert promise.current_impact is Impact.HIGH
    assert promise.promised_at == before


def test_a_new_time_is_told_in_the_companys_zone_with_its_reason(
    client: PageClient, agent: Member, services: Services, case: Case
) -> None:
    values = {"until": "2026-03-11T10:30", "reason": "illness", "sentence_nl": "Twee collega's zijn ziek."}
    do(client, case, "revise", **values)
    with services.database.reading() as session:
        (revision,) = promises.revisions_of(session, case.id)
    assert revision.promised_at.isoformat() == "2026-03-11T09:30:00+00:00"
    page = client.get(f"/track/{case.reference}")
    assert "Ons antwoord komt later" in page.text
    assert "ziek" not in page.text


def test_no_reason_for_a_new_time_is_chosen_by_itself(client: PageClient, agent: Member, services: Services, case: Case) -> None:
    choice = client.get(f"/console/cases/{case.reference}").one("select", name="reason")
    assert choice[0].get("value") == "", "the first is no reason yet"
    assert [option for option in choice if option.get("selected") is not None and option.get("value")] == []
    page = do(client, case, "revise", status=422, until="2026-03-11T10:30", reason="")
    assert "Kies de reden die de klant leest." in page.text
    with services.database.reading() as session:
        assert not promises.revisions_of(session, case.id)


@pytest.mark.parametrize("until", ["gisteren", "2026-03-10T13:59", "0001-01-01T00:00", "2027-03-12T09:00", "9998-12-31T23:59"])
def test_a_new_time_must_come_within_a_year(client: PageClient, agent: Member, case: Case, until: str) -> None:
    page = do(client, case, "revise", status=422, until=until, reason="illness")
    assert page.one("input", name="until").get("aria-invalid") == "true"


@pytest.mark.parametrize(
    ("language", "until", "words"),
    [
        ("nl", "2026-03-29T02:30", "29-03-2026 02:30 bestaat niet"),
        ("en", "2026-03-29T02:30", "29-03-2026 02:30 does not exist"),
        ("nl", "2026-10-25T02:30", "25-10-2026 02:30 komt twee keer voor"),
        ("en", "2026-10-25T02:30", "25-10-2026 02:30 comes twice"),
    ],
)
def test_a_new_time_in_an_hour_that_the_clock_skips_or_repeats_is_refused(
    console_in: Callable[[str], PageClient], case: Case, language: str, until: str, words: str
) -> None:
    page = do(console_in(language), case, "revise", status=422, until=until, reason="illness")
    assert words in page.words(page.one("p", id="until-error"))


@pytest.mark.parametrize(
    ("language", "words"),
    [("nl", "Deze tijd kent de klant al. Kies een andere."), ("en", "The customer knows this time already. Choose another one.")],
)
def test_the_time_that_the_customer_expects_already_is_refused_at_its_field(
    console_in: Callable[[str], PageClient], services: Services, case: Case, language: str, words: str
) -> None:
    with services.database.reading() as session:
        promised_at = promises.promise_of(session, case.id).promised_at
    assert promised_at
    until = f"{promised_at.astimezone(ZoneInfo('Europe/Amsterdam')):%Y-%m-%dT%H:%M}"
    page = do(console_in(language), case, "revise", status=422, until=until, reason="illness")
    assert words in page.words(page.one("p", id="until-error"))
    with services.database.reading() as session:
        assert not promises.revisions_of(session, case.id)


def test_merging_keeps_one_and_ends_the_claims_of_two_people(
    client: PageClient, agent: Member, services: Services, case: Case, now: datetime
) -> None:
    other = take(services, now + timedelta(minutes=1), author_id="iemand-anders")
    with services.database.transaction() as session:
        secret = claims_store.issue(session, services.vault, case.id, now=now, actor_id=None)
    sent = do(client, case, "merge", reference=other.reference)
    assert sent.response.headers["Location"] == address(other)
    assert now_is(services, case).merged_into_id == other.id
    assert client.get(address(case), status=303).response.headers["Location"] == address(other)
    with services.database.reading() as session:
        assert claims_store.by_link(session, services.vault, secret.token, now) is None


def test_merging_within_one_person_lets_the_claims_move_along(
    client: PageClient, agent: Member, services: Services, case: Case, now: datetime
) -> None:
    other = take(services, now + timedelta(minutes=1))
    assert other.contact_id == case.contact_id
    with services.database.transaction() as session:
        secret = claims_store.issue(session, services.vault, case.id, now=now, actor_id=None)
    do(client, case, "merge", reference=other.reference)
    with services.database.reading() as session:
        claim = claims_store.by_link(session, services.vault, secret.token, now)
    assert claim is not None
    assert claim.case_id == other.id


def test_two_contacts_become_one_person(client: PageClient, agent: Member, services: Services, case: Case, now: datetime) -> None:
    other = take(services, now + timedelta(minutes=1), author_id="iemand-anders")
    do(client, case, "same-person", status=422, reference="BR-XXXX-YYYY")
    do(client, case, "same-person", reference=other.reference)
    assert now_is(services, case).contact_id == now_is(services, other).contact_id
    do(client, case, "same-person", status=409, reference=other.reference)


def test_a_claim_is_shown_once_and_opens_the_case(
    app: Flask, client: PageClient, agent: Member, services: Services, case: Case
) -> None:
    page = do(client, case, "claims", status=200)
    code, link = (page.words(each) for each in page.all("code"))
    assert link.startswith("http://portal.test/track/claim/")
    assert code not in client.get(address(case)).html
    assert link not in client.get(address(case)).html
    customer = PageClient(app)
    customer.post("/track", {"reference": code})
    assert "Waar blijft mijn bus?" in customer.follow(customer.get("/track/mine", status=303)).text
    with services.database.reading() as session:
        (claim,) = claims_store.of_case(session, case.id)
    do(client, case, f"claims/{claim.id}/revoke")
    customer.get("/track/mine", status=404)


def test_who_heard_of_a_later_time_twice_is_told_no_third_one_and_the_page_says_why(
    client: PageClient, agent: Member, services: Services, case: Case
) -> None:
    for until in ("2026-03-12T10:00", "2026-03-13T10:00"):
        open_before = client.get(address(case))
        do(client, case, "revise", until=until, reason="illness")
    page = client.get(address(case))
    assert "De klant hoorde al twee keer van een latere tijd. Alleen een antwoord helpt nog." in page.text
    assert not [each for each in page.all("form") if each.get("action", "").endswith("/revise")]
    version = str(now_is(services, case).version)
    for until in ("2026-03-14T10:00", ""):
        sent = {**form_of(open_before, "revise"), "version": version, "until": until, "reason": "illness"}
        refused = client.post(address(case, "revise"), sent, status=409).one("div", id="refused")
        assert "Alleen een antwoord helpt nog." in page.words(refused)
        assert "de staat van deze vraag" not in page.words(refused)
    with services.database.reading() as session:
        assert [each.number for each in promises.revisions_of(session, case.id)] == [1, 2]

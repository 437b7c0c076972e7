"""Finding a case: what everybody may see, and that nobody learns more."""

import logging
from datetime import datetime, timedelta

import pytest
from flask import Flask

from portal.cases import claims_store
from portal.cases.claims_store import Issued
from portal.cases.models import Case
from portal.services import Services
from tests.cases.tracking_builders import a_promised_case, an_answer
from tests.pages import PageClient
from tests.statements import statements

UNKNOWN = "BR-XXXX-YYYY"


@pytest.fixture
def case(services: Services, now: datetime) -> Case:
    with services.database.transaction() as session:
        return a_promised_case(session, now)


@pytest.fixture
def private(services: Services, now: datetime) -> Case:
    with services.database.transaction() as session:
        return a_promised_case(session, now, is_public=False)


@pytest.fixture
def secret(services: Services, case: Case, now: datetime) -> Issued:
    with services.database.transaction() as session:
        return claims_store.issue(session, services.vault, case.id, now=now, actor_id=None)


@pytest.mark.parametrize("root", ["", "/en"])
def test_the_look_up_page_asks_one_thing_and_sets_no_cookie(client: PageClient, root: str) -> None:
    page = client.get(f"{root}/track")
    assert len(page.all("input", name="reference")) == 1
    assert not page.response.headers.getlist("Set-Cookie")


@pytest.mark.parametrize("root", ["", "/en"])
def test_a_number_leads_to_its_public_page(client: PageClient, case: Case, root: str) -> None:
    sent = client.post(f"{root}/track", {"reference": f" {case.reference.lower().replace('-', ' ')} "})
    assert sent.response.headers["Location"] == f"{root}/track/{case.reference}"
    page = client.follow(sent)
    assert case.reference in page.text
    assert not page.response.headers.getlist("Set-Cookie")


def test_the_public_page_shows_state_and_times_and_nothing_personal(
    client: PageClient, services: Services, now: datetime
) -> None:
    with services.database.transaction() as session:
        case = a_promised_case(session, now, summary="Geheime samenvatting")
        an_answer(session, case, now + timedelta(minutes=41), "Het geheime antwoord")
    page = client.get(f"/track/{case.reference}")
    assert "U heeft antwoord" in page.text
    assert "14.41 uur" in page.text
    for hidden in ("lijn 5", "Geheime", "geheime"):
        assert hidden not in page.html


@pytest.mark.parametrize("days", [2, 6])
def test_of_history_nobody_reads_a_promise_that_nobody_made(
    client: PageClient, services: Services, now: datetime, days: int
) -> None:
    with services.database.transaction() as session:
        case = a_promised_case(session, now - timedelta(days=days), now)
        token = claims_store.issue(session, services.vault, case.id, now=now, actor_id=None).token
    client.get(f"/track/claim/{token}", status=303)
    pages = [client.get(f"/track/{case.reference}"), client.get(f"/track/mine/{case.reference}")]
    for page in pages:
        assert "We weten nog niet wanneer we u kunnen antwoorden." in page.text
        assert "eloof" not in page.words(page.one("main")), "nothing of a promise, kept or not"


def test_what_was_delivered_late_was_promised_when_it_came_in(client: PageClient, services: Services, now: datetime) -> None:
    with services.database.transaction() as session:
        case = a_promised_case(session, now - timedelta(hours=3), now)
    page = client.get(f"/track/{case.reference}")
    times = [page.words(each) for each in page.all("p", class_="timeline__when")]
    assert times == ["vandaag 11.00 uur", "vandaag 14.00 uur", "vandaag 18.00 uur"]


def test_no_search_engine_keeps_a_page_about_a_case(client: PageClient, case: Case, secret: Issued) -> None:
    for path, status in ((f"/track/{case.reference}", 200), (f"/track/{UNKNOWN}", 404), (f"/track/claim/{secret.token}", 303)):
        page = client.get(path, status=status)
        assert page.response.headers["X-Robots-Tag"] == "noindex, nofollow"
        assert page.response.headers["Cache-Control"] == "no-store"
    assert client.get(f"/track/{case.reference}").one("meta", name="robots").get("content") == "noindex, nofollow"


def test_private_and_unknown_numbers_look_exactly_alike(
    app: Flask, client: PageClient, services: Services, private: Case
) -> None:
    answers = []
    for reference in (private.reference, UNKNOWN):
        with statements(services.database) as seen:
            sent = client.post("/track", {"reference": reference})
            page = client.follow(sent, status=404)
        counted = ("X-RateLimit", "Retry-After")  # by the clock on the wall
        headers = {name: value for name, value in page.response.headers.items() if not name.startswith(counted)}
        answers.append((page.html.replace(reference, "?"), headers, seen))
    assert answers[0] == answers[1]


def test_an_unknown_code_is_refused_like_a_revoked_and_an_expired_one(
    client: PageClient, services: Services, case: Case, secret: Issued, now: datetime
) -> None:
    with services.database.transaction() as session:
        expired_case = a_promised_case(session, now, closed_at=now - timedelta(days=90))
        expired = claims_store.issue(session, services.vault, expired_case.id, now=now, actor_id=None)
        claims_store.revoke(session, secret.claim_id, case_id=case.id, now=now, actor_id=None)
    answers = []
    for code in ("0123-4567-89AB-CDEF", secret.code, expired.code):
        with statements(services.database) as seen:
            page = client.post("/track", {"reference": code}, status=422)
        assert "opent niets" in page.text
        answers.append((page.html.replace(code, "?"), page.response.headers.getlist("Set-Cookie"), seen))
    assert answers[0] == answers[1] == answers[2]


def test_known_and_unknown_codes_cost_the_same_queries(client: PageClient, services: Services, secret: Issued) -> None:
    counts = []
    for code, status in (("0123-4567-89AB-CDEF", 422), (secret.code, 303)):
        with statements(services.database) as seen:
            client.post("/track", {"reference": code}, status=status)
        counts.append(seen)
    assert counts[0] == counts[1]


def test_a_code_opens_the_case_however_it_is_typed(client: PageClient, case: Case, secret: Issued) -> None:
    typed = secret.code.lower().replace("-", " ").replace("0", "o").replace("1", "l")
    sent = client.post("/track", {"reference": typed})
    page = client.follow(client.follow(sent, status=303))
    assert "Waar blijft lijn 5?" in page.text
    assert case.reference in page.text


@pytest.mark.parametrize("typed", ["", "hallo", "'; DROP TABLE cases; --", "<script>alert(1)</script>", "A" * 100_000, "é" * 20])
def test_what_is_neither_gets_one_kind_error_at_its_field(client: PageClient, typed: str) -> None:
    page = client.post("/track", {"reference": typed}, status=422)
    assert page.one("input", name="reference").get("aria-invalid") == "true"
    assert not page.all("script", src=None)


def test_tries_are_counted_on_the_server_so_that_dropping_cookies_helps_nobody(app: Flask) -> None:
    for number in range(10):
        PageClient(app).post("/track", {"reference": f"0123-4567-89AB-{number:04}"}, status=422)
    page = PageClient(app).post("/track", {"reference": "0123-4567-89AB-CDEF"}, status=429)
    assert page.response.headers["Retry-After"]
    assert len(page.all("h1")) == 1
    assert PageClient(app).post("/en/track", {"reference": "0123-4567-89AB-CDEF"}, status=429).status == 429
    assert PageClient(app).get("/track").status == 200


def test_a_forged_forwarding_header_is_not_another_visitor(app: Flask) -> None:
    for number in range(10):
        headers = {"X-Forwarded-For": f"203.0.113.{number}"}
        PageClient(app).post("/track", {"reference": f"0123-4567-89AB-{number:04}"}, status=422, headers=headers)
    PageClient(app).post("/track", {"reference": UNKNOWN}, status=429, headers={"X-Forwarded-For": "203.0.113.77"})


def test_one_code_is_tried_only_so_often_from_wherever(app: Flask, secret: Issued) -> None:
    for number in range(10):
        PageClient(app).post("/track", {"reference": secret.code}, environ_overrides={"REMOTE_ADDR": f"2001:db8:0:{number:x}::1"})
    typed = secret.code.lower().replace("-", "")
    page = PageClient(app).post("/track", {"reference": typed}, status=429, environ_overrides={"REMOTE_ADDR": "198.51.100.7"})
    assert not page.response.headers.getlist("Set-Cookie"), "counted before comparing: also the right code waits"


def test_a_whole_ipv6_network_is_one_visitor(app: Flask) -> None:
    for number in range(10):
        address = {"REMOTE_ADDR": f"2001:db8::{number:x}"}
        PageClient(app).post("/track", {"reference": f"0123-4567-89AB-{number:04}"}, status=422, environ_overrides=address)
    PageClient(app).post("/track", {"reference": UNKNOWN}, status=429, environ_overrides={"REMOTE_ADDR": "2001:db8::ffff:1"})
    PageClient(app).post("/track", {"reference": UNKNOWN}, environ_overrides={"REMOTE_ADDR": "2001:db8:0:1::1"})


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({"Sec-Fetch-Site": "cross-site"}, 403),
        ({"Sec-Fetch-Site": "same-site"}, 403),
        ({"Sec-Fetch-Site": "same-origin"}, 303),
        ({"Sec-Fetch-Site": "none"}, 303),
        ({"Origin": "https://evil.example"}, 403),
        ({"Origin": "null"}, 403),
        ({"Origin": "http://portal.test"}, 303),
        ({}, 303),
    ],
)
def test_another_site_cannot_send_the_form(client: PageClient, headers: dict[str, str], status: int) -> None:
    client.post("/track", {"reference": UNKNOWN}, status=status, headers=headers)


def test_a_link_is_exchanged_for_a_cookie_and_a_clean_address(client: PageClient, case: Case, secret: Issued) -> None:
    answer = client.get(f"/track/claim/{secret.token}", status=303).response
    assert answer.headers["Location"] == "/track/mine"
    assert answer.headers["Referrer-Policy"] == "no-referrer"
    (cookie,) = answer.headers.getlist("Set-Cookie")
    assert cookie.startswith("track=")
    for wanted in ("HttpOnly", "SameSite=Lax", "Path=/"):
        assert wanted in cookie
    assert "Expires" not in cookie
    assert "Max-Age" not in cookie
    assert secret.token not in cookie
    page = client.follow(client.get("/track/mine", status=303))
    assert "Waar blijft lijn 5?" in page.text


def test_scanners_that_come_first_do_the_customer_no_harm(
    app: Flask, client: PageClient, services: Services, secret: Issued
) -> None:
    with statements(services.database) as seen:
        for _scanner in range(3):
            scanner = app.test_client()
            scanner.head(f"/track/claim/{secret.token}")
            scanner.get(f"/track/claim/{secret.token}", follow_redirects=True)
    assert all(statement.startswith("SELECT") for statement in seen), "following a link writes nothing"
    client.get(f"/track/claim/{secret.token}", status=303)
    client.follow(client.get("/track/mine", status=303))


@pytest.mark.parametrize("token", ["x", "a" * 43, "%00", "é", "../mine", "a" * 5000])
def test_a_wrong_link_opens_nothing_and_sets_no_cookie(client: PageClient, token: str) -> None:
    answer = client.http.get(f"/track/claim/{token}")
    assert answer.status_code in {303, 404}
    assert not answer.headers.getlist("Set-Cookie")
    assert "kunnen u deze vraag niet laten zien" in client.get("/track/mine", status=404).text


def test_a_token_stands_in_no_log_not_even_when_things_break(
    app: Flask, client: PageClient, secret: Issued, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    caplog.set_level(logging.DEBUG)
    client.get(f"/track/claim/{secret.token}", status=303)
    for _try in range(12):
        client.http.post("/track", data={"reference": secret.code})
    for _try in range(70):
        client.http.get(f"/track/claim/{secret.token}")

    def break_down(*_args: object, **_facts: object) -> None:
        raise RuntimeError("the disk is full")

    monkeypatch.setattr(claims_store, "by_link", break_down)
    app.extensions["portal"]  # the same application, another visitor
    answer = app.test_client().get(f"/track/claim/{secret.token}", environ_overrides={"REMOTE_ADDR": "198.51.100.9"})
    assert answer.status_code == 500
    assert "the disk is full" in caplog.text, "the fault itself is logged"
    assert secret.token not in caplog.text
    assert secret.code not in caplog.text
    assert secret.code.replace("-", "") not in caplog.text

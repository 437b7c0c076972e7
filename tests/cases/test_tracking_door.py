"""What the proof of a case opens, for how long, and that it opens nothing else."""

from dataclasses import replace
from datetime import datetime, timedelta

import pytest
from flask import Flask

from portal.app import create_app
from portal.cases.claims_store import Issued
from portal.cases.models import Case
from portal.clock import FixedClock
from portal.services import Services
from tests.cases.console_builders import now_is, take
from tests.cases.own_builders import ACTS, home, proof
from tests.pages import PageClient


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

"""The door, as its visitors and those who should stay outside find it."""

import re
from dataclasses import replace
from unittest.mock import ANY
from urllib.parse import quote

import pytest
from flask import Flask
from sqlalchemy import delete, func, select

from portal.app import create_app
from portal.events.models import Event
from portal.services import Services
from portal.staff.models import Member, SignIn
from portal.staff.rules import Role
from tests.pages import Page, PageClient
from tests.staff.builders import PHRASE, MakeMember, SignedIn

DOOR = "/console/sign-in"


@pytest.fixture
def noor(make_member: MakeMember) -> Member:
    return make_member(Role.AGENT, name="Noor", email="noor@example.nl")


def knock(client: PageClient, *, email: str = "noor@example.nl", phrase: str = PHRASE, to: str = DOOR, status: int = 303) -> Page:
    return client.post(to, {"email": email, "phrase": phrase}, token_from=DOOR, status=status)


def is_in(client: PageClient) -> bool:
    return client.http.get("/console/account").status_code == 200


def test_the_right_pass_phrase_opens_the_console(client: PageClient, noor: Member) -> None:
    page = knock(client, email=" Noor@Example.NL ")
    assert page.response.headers["Location"] == "/console/"
    assert client.get("/console/account").words(client.get("/console/account").one("h1")) == "Mijn account"


@pytest.mark.parametrize(
    ("email", "phrase"),
    [
        ("noor@example.nl", "verkeerd gegokt alweer"),
        ("niemand@example.nl", PHRASE),
        ("uit@example.nl", PHRASE),
        ("nieuw@example.nl", "niets is nog gekozen"),
    ],
    ids=["wrong phrase", "unknown", "disabled", "invited"],
)
def test_every_refusal_reads_the_same(client: PageClient, noor: Member, make_member: MakeMember, email: str, phrase: str) -> None:
    make_member(Role.AGENT, email="uit@example.nl", is_active=False)
    make_member(Role.AGENT, email="nieuw@example.nl", phrase="")
    page = knock(client, email=email, phrase=phrase, status=422)
    summary = page.one("div", class_="error-summary")
    assert page.words(summary).endswith("Dit e-mailadres en wachtwoord horen niet bij elkaar.")
    assert phrase not in page.html
    assert not is_in(client)


def test_every_refusal_takes_the_same_steps(
    client: PageClient, noor: Member, services: Services, make_member: MakeMember, monkeypatch: pytest.MonkeyPatch
) -> None:
    make_member(Role.AGENT, email="uit@example.nl", is_active=False)
    make_member(Role.AGENT, email="nieuw@example.nl", phrase="")
    compared: list[str] = []
    hasher = services.phrases._hasher
    verify = type(hasher).verify
    monkeypatch.setattr(
        type(hasher), "verify", lambda self, hashed, phrase: compared.append(hashed) or verify(self, hashed, phrase)
    )
    for email in ("noor@example.nl", "niemand@example.nl", "uit@example.nl", "nieuw@example.nl"):
        knock(client, email=email, phrase="verkeerd gegokt alweer", status=422)
    assert len(compared) == 4, "a comparison that costs the same, also where there is nothing to compare with"
    assert {hashed.split("$")[3] for hashed in compared} == {compared[0].split("$")[3]}
    with services.database.reading() as session:
        refusals = session.scalar(select(func.count()).where(Event.kind == "member.sign_in_refused"))
    assert refusals == 4


def test_the_page_speaks_the_browsers_language(client: PageClient, noor: Member) -> None:
    english = client.get(DOOR, headers={"Accept-Language": "en-GB,en;q=0.9,nl;q=0.5"})
    assert english.one("html").get("lang") == "en"
    assert english.words(english.one("h1")) == "Sign in"
    assert client.get(DOOR).words(client.get(DOOR).one("h1")) == "Inloggen"


def test_password_managers_find_the_fields_and_pasting_is_not_hindered(client: PageClient, noor: Member) -> None:
    page = client.get(DOOR)
    assert page.one("input", name="email").get("autocomplete") == "username"
    assert page.one("input", name="phrase").get("autocomplete") == "current-password"
    assert page.one("input", name="phrase").get("type") == "password"
    assert page.one("input", name="phrase").get("maxlength") is None


def test_after_signing_in_one_comes_back_to_where_one_was_going(client: PageClient, noor: Member) -> None:
    asked = client.http.get("/console/account")
    door = asked.headers["Location"]
    action = client.get(door).one("form", class_="form").get("action")
    assert knock(client, to=action).response.headers["Location"] == "/console/account"


@pytest.mark.parametrize(
    "elsewhere",
    [
        "https://evil.example/",
        "//evil.example",
        "/\\evil.example",
        "/console//evil.example",
        "/console\\evil.example",
        "/console/../../evil",
        "/consoleevil",
        "/console/\tx",
        "/console/\nSet-Cookie: a=b",
        "javascript:alert(1)",
        "https:/console/",
        "/console/sign-out",
        " /console/",
    ],
)
def test_nobody_is_led_elsewhere_after_signing_in(client: PageClient, noor: Member, elsewhere: str) -> None:
    page = knock(client, to=f"{DOOR}?next={quote(elsewhere)}")
    assert page.response.headers["Location"] == "/console/"


def test_a_session_from_before_the_sign_in_is_worth_nothing_after_it(app: Flask, client: PageClient, noor: Member) -> None:
    with client.http.session_transaction() as planted:
        planted["_user_id"] = planted["planted"] = "known to an attacker"
    knock(client)
    with client.http.session_transaction() as session:
        assert "planted" not in session
        assert session["_user_id"] != "known to an attacker"
        first = session["_user_id"]
    client.post("/console/sign-out", token_from="/console/account")
    knock(client)
    with client.http.session_transaction() as session:
        assert session["_user_id"] != first, "each sign-in has a token of its own"


def test_the_database_does_not_hold_what_the_cookie_holds(client: PageClient, noor: Member, services: Services) -> None:
    knock(client)
    with client.http.session_transaction() as session, services.database.reading() as found:
        assert found.scalars(select(SignIn.token_hash)).one() == services.vault.fingerprint(session["_user_id"])


def test_a_cookie_kept_from_before_signing_out_opens_nothing(app: Flask, client: PageClient, noor: Member) -> None:
    knock(client)
    kept = client.http.get_cookie("portal")
    assert kept is not None
    client.post("/console/sign-out", token_from="/console/account")
    assert not is_in(client)
    thief = PageClient(app)
    thief.http.set_cookie("portal", kept.value)
    assert not is_in(thief)


def test_guessing_at_one_account_stops_whatever_cookies_the_guesser_drops(app: Flask, client: PageClient, noor: Member) -> None:
    for number in range(10):
        guesser = PageClient(app)
        guesser.http.environ_base["REMOTE_ADDR"] = f"192.0.2.{number}"
        knock(guesser, phrase=f"gok nummer {number}", status=422)
    late = PageClient(app)
    late.http.environ_base["REMOTE_ADDR"] = "198.51.100.7"
    page = knock(late, email="NOOR@example.nl ", status=429)
    assert int(page.response.headers["Retry-After"]) > 0
    assert not is_in(late), "even the right phrase is not compared any more"


def test_guessing_at_many_accounts_from_one_address_stops(app: Flask, client: PageClient, noor: Member) -> None:
    for number in range(30):
        knock(PageClient(app), email=f"naam{number}@example.nl", status=422)
    knock(PageClient(app), status=429)


def test_a_header_that_claims_another_address_does_not_fool_the_brake(app: Flask, noor: Member) -> None:
    for number in range(30):
        client = PageClient(app)
        client.http.environ_base["HTTP_X_FORWARDED_FOR"] = f"192.0.2.{number}"
        knock(client, email=f"naam{number}@example.nl", status=422)
    knock(PageClient(app), status=429)


def test_the_cookie_is_bound_to_this_host_over_https_and_closed_to_scripts(services: Services, noor: Member) -> None:
    https = replace(services, config=replace(services.config, public_url="https://portal.test"))
    response = create_app(services=https).test_client().get(DOOR, base_url="https://portal.test")
    name, _, rest = response.headers["Set-Cookie"].partition("=")
    assert name == "__Host-portal"
    assert {"Secure", "HttpOnly", "SameSite=Lax", "Path=/"} <= set(rest.split("; "))
    assert not {part for part in rest.split("; ") if part.startswith(("Domain", "Expires", "Max-Age"))}


def test_no_page_of_the_console_is_kept_by_a_browser_or_proxy(client: PageClient, signed_in: SignedIn) -> None:
    signed_in(client)
    for path in ("/console/account", "/console/members", "/console/audit"):
        assert client.get(path).response.headers["Cache-Control"] == "no-store"


def test_a_form_from_another_site_signs_nobody_in(client: PageClient, noor: Member) -> None:
    assert client.http.post(DOOR, data={"email": "noor@example.nl", "phrase": PHRASE}).status_code == 400
    assert not is_in(client)


def test_empty_fields_are_named_each_with_what_to_do(client: PageClient, noor: Member) -> None:
    page = knock(client, email="", phrase="", status=422)
    links = [a.get("href") for a in page.one("div", class_="error-summary").iter() if a.get("href")]
    assert links == ["#email", "#phrase"]
    assert page.one("input", name="email").get("aria-describedby") == "email-error"


def test_without_members_the_console_leads_to_the_set_up(client: PageClient, services: Services) -> None:
    for path in ("/console/", DOOR):
        assert client.http.get(path).headers["Location"] == "/console/setup"
    with services.database.transaction() as session:
        session.execute(delete(Member))


def test_signing_in_and_being_refused_stand_in_the_trail_without_what_was_typed(
    client: PageClient, noor: Member, services: Services
) -> None:
    knock(client, phrase="geheim dat niemand hoort te lezen", status=422)
    knock(client)
    with services.database.reading() as session:
        events = session.scalars(select(Event).order_by(Event.id)).all()
    told = [(e.kind, e.subject, e.facts) for e in events if "sign" in e.kind]
    assert told == [("member.sign_in_refused", f"member:{noor.id}", {}), ("member.signed_in", f"member:{noor.id}", ANY)]
    assert not re.search("geheim|noor@", str(told))


def test_a_member_who_is_in_is_not_asked_to_sign_in_again(client: PageClient, signed_in: SignedIn) -> None:
    signed_in(client, Role.AGENT)
    assert client.http.get(DOOR).headers["Location"] == "/console/"
    assert client.follow(client.get("/console/", status=303), status=200).response.request.path.startswith("/console/")

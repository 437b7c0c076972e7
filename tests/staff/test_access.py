"""Who gets in where: the guard itself, on routes made for the purpose."""

from datetime import timedelta
from urllib.parse import parse_qs, urlsplit

import pytest
from flask import Flask

from portal.clock import FixedClock
from portal.services import Services
from portal.staff import sign_ins, store
from portal.staff.access import current_member, members_only, requires
from portal.staff.rules import ABSOLUTE_TIMEOUT, IDLE_TIMEOUT, Permission, Role
from portal.web.pages import language
from tests.pages import PageClient
from tests.staff.builders import MakeMember, SignedIn


@pytest.fixture(autouse=True)
def places(app: Flask) -> None:
    @app.get("/console/for-members")
    @members_only
    def for_members() -> str:
        return f"{current_member().name} {language()}"

    @app.route("/console/for-administrators", methods=["GET", "POST"])
    @requires(Permission.MANAGE_MEMBERS)
    def for_administrators() -> str:
        return "done"

    @app.get("/somewhere")
    def somewhere() -> str:
        return "public"


def location(client: PageClient, path: str) -> str:
    return client.http.get(path).headers["Location"]


def test_a_visitor_is_led_to_the_sign_in_page_and_back_to_where_he_was_going(client: PageClient) -> None:
    address = urlsplit(location(client, "/console/for-members?page=2"))
    assert address.path == "/console/sign-in"
    assert parse_qs(address.query)["next"] == ["/console/for-members?page=2"]


def test_a_visitors_post_changes_nothing_and_leads_to_the_sign_in_page(client: PageClient, app: Flask) -> None:
    app.config["WTF_CSRF_ENABLED"] = False
    response = client.http.post("/console/for-administrators", headers={"Referer": "http://evil.example/console/x"})
    assert (response.status_code, response.headers["Location"]) == (303, "/console/sign-in")


def test_a_swap_in_a_page_whose_sign_in_has_ended_leads_the_whole_page_to_the_sign_in(client: PageClient) -> None:
    response = client.http.get("/console/for-members", headers={"HX-Request": "true"})
    assert response.status_code == 401
    assert response.headers["HX-Redirect"].startswith("/console/sign-in")


def test_a_member_passes_with_the_permission_and_is_refused_without_it(client: PageClient, signed_in: SignedIn) -> None:
    signed_in(client, Role.ADMINISTRATOR)
    assert client.http.get("/console/for-administrators").status_code == 200
    signed_in(client, Role.MANAGER)
    assert client.http.get("/console/for-administrators").status_code == 403
    assert client.http.get("/console/for-members").status_code == 200


def test_a_change_of_role_works_in_the_sign_in_that_is_open(
    client: PageClient, signed_in: SignedIn, services: Services, make_member: MakeMember
) -> None:
    make_member(Role.ADMINISTRATOR)
    member = signed_in(client, Role.ADMINISTRATOR)
    with services.database.transaction() as session:
        store.change_member(session, member.id, name="Noor", role=Role.AGENT, now=services.clock.now(), actor_id=None)
    assert client.http.get("/console/for-administrators").status_code == 403


def test_a_member_who_is_disabled_is_out_at_the_next_request(client: PageClient, signed_in: SignedIn, services: Services) -> None:
    member = signed_in(client, Role.AGENT)
    assert client.http.get("/console/for-members").status_code == 200
    with services.database.transaction() as session:
        store.disable_member(session, member.id, now=services.clock.now(), actor_id=None)
    assert client.http.get("/console/for-members").status_code == 303


def test_enabling_a_member_again_does_not_bring_old_sign_ins_back(
    client: PageClient, signed_in: SignedIn, services: Services
) -> None:
    member, now = signed_in(client, Role.AGENT), services.clock.now()
    with services.database.transaction() as session:
        store.disable_member(session, member.id, now=now, actor_id=None)
        store.enable_member(session, member.id, now=now, actor_id=None)
    assert client.http.get("/console/for-members").status_code == 303


def test_signing_out_everywhere_ends_every_browsers_session_at_the_server(
    app: Flask, client: PageClient, signed_in: SignedIn, services: Services
) -> None:
    other = PageClient(app)
    member = signed_in(client, Role.AGENT)
    signed_in(other, member=member)
    with services.database.transaction() as session:
        sign_ins.end_all(session, member.id, now=services.clock.now())
    assert client.http.get("/console/for-members").status_code == 303
    assert other.http.get("/console/for-members").status_code == 303


def test_an_unused_sign_in_ends_and_a_used_one_stays(client: PageClient, signed_in: SignedIn, clock: FixedClock) -> None:
    signed_in(client, Role.AGENT)
    for _ in range(3):
        clock.advance(IDLE_TIMEOUT - timedelta(minutes=1))
        assert client.http.get("/console/for-members").status_code == 200
    clock.advance(IDLE_TIMEOUT)
    assert client.http.get("/console/for-members").status_code == 303


def test_a_sign_in_ends_after_half_a_day_however_much_it_is_used(
    client: PageClient, signed_in: SignedIn, clock: FixedClock
) -> None:
    signed_in(client, Role.AGENT)
    for _ in range(ABSOLUTE_TIMEOUT // timedelta(hours=1) - 1):
        clock.advance(timedelta(hours=1))
        assert client.http.get("/console/for-members").status_code == 200
    clock.advance(timedelta(hours=1))
    assert client.http.get("/console/for-members").status_code == 303


def test_a_session_that_someone_made_up_is_nobody(client: PageClient) -> None:
    with client.http.session_transaction() as cookie:
        cookie["_user_id"] = "1"
    assert client.http.get("/console/for-members").status_code == 303


def test_the_console_speaks_the_members_language(client: PageClient, signed_in: SignedIn, make_member: MakeMember) -> None:
    signed_in(client, member=make_member(Role.AGENT, name="Kim", language="en"))
    assert client.http.get("/console/for-members", headers={"Accept-Language": "nl"}).text == "Kim en"


def test_a_public_page_neither_reads_nor_sets_the_session(client: PageClient) -> None:
    response = client.http.get("/somewhere")
    assert "Set-Cookie" not in response.headers
    assert "Cookie" not in response.headers.get("Vary", "")

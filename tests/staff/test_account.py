"""One's own account."""

from datetime import timedelta

from flask import Flask

from portal.clock import FixedClock
from portal.services import Services
from portal.staff import store
from portal.staff.rules import Role
from tests.pages import PageClient
from tests.staff.builders import PHRASE, MakeMember, SignedIn

ACCOUNT = "/console/account"
BETTER = "zeven koperen ketels op zolder"


def is_in(client: PageClient) -> bool:
    return client.http.get(ACCOUNT).status_code == 200


def test_the_language_changes_at_once_and_the_confirmation_is_in_the_new_one(staff_client: PageClient) -> None:
    answer = staff_client.post(f"{ACCOUNT}/language", {"language": "en"})
    page = staff_client.follow(answer)
    assert page.words(page.one("h1")) == "My account"
    assert "The console speaks English to you now." in page.text


def test_another_pass_phrase_ends_the_other_sign_ins_and_keeps_this_one(
    app: Flask, client: PageClient, signed_in: SignedIn, services: Services
) -> None:
    member, other = signed_in(client, Role.AGENT), PageClient(app)
    signed_in(other, member=member)
    client.post(f"{ACCOUNT}/phrase", {"current": PHRASE, "phrase": BETTER, "again": BETTER})
    assert is_in(client)
    assert not is_in(other)
    with services.database.reading() as session:
        assert services.phrases.is_right(BETTER, store.member(session, member.id).phrase_hash)


def test_who_does_not_know_the_pass_phrase_cannot_change_it(client: PageClient, signed_in: SignedIn, services: Services) -> None:
    member = signed_in(client, Role.AGENT)
    page = client.post(f"{ACCOUNT}/phrase", {"current": "iets anders dan dat", "phrase": BETTER, "again": BETTER}, status=422)
    assert page.one("input", name="current").get("aria-invalid") == "true"
    with services.database.reading() as session:
        assert services.phrases.is_right(PHRASE, store.member(session, member.id).phrase_hash)


def test_a_pass_phrase_that_can_be_guessed_from_ones_name_is_refused(
    client: PageClient, signed_in: SignedIn, make_member: MakeMember
) -> None:
    signed_in(client, member=make_member(Role.AGENT, name="Wilhelmina Oosterwijk"))
    phrase = "wilhelmina-oosterwijk-1"
    page = client.post(f"{ACCOUNT}/phrase", {"current": PHRASE, "phrase": phrase, "again": phrase}, status=422)
    assert "makkelijk te raden" in page.words(page.one("p", id="phrase-error"))


def test_tries_at_the_present_pass_phrase_are_limited(client: PageClient, signed_in: SignedIn) -> None:
    signed_in(client, Role.AGENT)
    wrong = {"current": "iets anders dan dat", "phrase": BETTER, "again": BETTER}
    for _ in range(10):
        client.post(f"{ACCOUNT}/phrase", wrong, status=422)
    client.post(f"{ACCOUNT}/phrase", {**wrong, "current": PHRASE}, status=429)


def test_one_sees_where_one_is_signed_in_and_ends_a_device_from_another(
    app: Flask, client: PageClient, signed_in: SignedIn
) -> None:
    member, lost = signed_in(client, Role.AGENT), PageClient(app)
    signed_in(lost, member=member)
    page = client.get(ACCOUNT)
    assert len(page.all("tr")) == 3
    [form] = [f for f in page.all("form") if "/sign-ins/" in (f.get("action") or "")]
    client.post(form.get("action"))
    assert not is_in(lost)
    assert is_in(client)


def test_nobody_ends_anothers_sign_in(app: Flask, client: PageClient, signed_in: SignedIn) -> None:
    signed_in(client, Role.AGENT)
    colleague = PageClient(app)
    signed_in(colleague, Role.ADMINISTRATOR)
    colleague.post(f"{ACCOUNT}/sign-ins/1/end", status=404)
    assert is_in(client)


def test_signing_out_everywhere_leaves_no_device_signed_in(
    app: Flask, client: PageClient, signed_in: SignedIn, clock: FixedClock
) -> None:
    member, other = signed_in(client, Role.AGENT), PageClient(app)
    signed_in(other, member=member)
    clock.advance(timedelta(minutes=1))
    answer = client.post(f"{ACCOUNT}/sign-out-everywhere")
    assert answer.response.headers["Location"] == "/console/sign-in"
    assert not is_in(client)
    assert not is_in(other)

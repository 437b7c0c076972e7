"""Colleagues come, change and go."""

import re

import pytest

from portal.events.store import trail
from portal.services import Services
from portal.staff import store
from portal.staff.models import Member
from portal.staff.rules import Role
from tests.pages import PageClient
from tests.staff.builders import PHRASE, MakeMember, SignedIn

MEMBERS = "/console/members"
SAM = {"name": "Sam", "email": "Sam@Example.nl", "role": "communication", "language": "nl"}


@pytest.fixture
def noor(client: PageClient, signed_in: SignedIn, make_member: MakeMember) -> Member:
    """An administrator, the only one, who is signed in."""
    return signed_in(client, member=make_member(Role.ADMINISTRATOR, name="Noor"))


def stored(services: Services, member_id: int) -> Member:
    with services.database.reading() as session:
        return store.member(session, member_id)


def test_a_colleague_is_invited_with_a_link_that_is_shown_to_the_inviter_alone(
    app: object, client: PageClient, noor: Member, signed_in: SignedIn, services: Services
) -> None:
    answer = client.post(f"{MEMBERS}/new", SAM)
    page = client.follow(answer)
    address = page.one("input", id="link").get("value")
    assert re.fullmatch(r"http://portal\.test/console/invitation/[\w-]{43}", address)
    with services.database.reading() as session:
        sam = store.member_by_email(session, "sam@example.nl")
    assert sam
    assert (sam.role, sam.phrase_hash, sam.invitation_hash) == (
        Role.COMMUNICATION,
        "",
        services.vault.fingerprint(address.rsplit("/", 1)[1]),
    )
    signed_in(client, Role.ADMINISTRATOR)
    with client.http.session_transaction() as session_of_another:
        session_of_another.pop("invitation_link")
    client.get(answer.response.headers["Location"], status=404)


def test_an_address_that_has_an_account_is_refused_at_its_field(client: PageClient, noor: Member) -> None:
    client.post(f"{MEMBERS}/new", SAM)
    page = client.post(f"{MEMBERS}/new", SAM, status=422)
    assert "heeft al een account" in page.words(page.one("p", id="email-error"))


@pytest.mark.parametrize(
    ("field", "value"), [("name", ""), ("email", "geen adres"), ("email", "<a@b.nl>"), ("role", ""), ("role", "boss")]
)
def test_what_cannot_be_an_account_is_refused_at_its_field(client: PageClient, noor: Member, field: str, value: str) -> None:
    page = client.post(f"{MEMBERS}/new", {**SAM, field: value}, status=422)
    assert f"#{field}" in [a.get("href") for a in page.one("div", class_="error-summary").iter()]


def test_a_new_link_voids_the_one_before(client: PageClient, noor: Member, services: Services) -> None:
    def new_link() -> str:
        return str(client.follow(client.post(f"{MEMBERS}/2/invite")).one("input", id="link").get("value"))

    client.post(f"{MEMBERS}/new", SAM)
    first, second = new_link(), new_link()
    client.post("/console/sign-out")
    for link, status in ((first, 404), (second, 200)):
        client.follow(client.get(link.removeprefix("http://portal.test"), status=303), status=status)


def test_name_and_role_change(client: PageClient, noor: Member, make_member: MakeMember, services: Services) -> None:
    kim = make_member(Role.AGENT, name="Kim")
    page = client.get(f"{MEMBERS}/{kim.id}")
    assert page.words(page.one("h1")) == "Kim", "the colleague, not the one who looks"
    assert page.one("input", name="name").get("value") == "Kim"
    acts = {f.get("action") for f in page.all("form") if "/members/" in (f.get("action") or "")}
    assert acts == {f"{MEMBERS}/{kim.id}/{act}" for act in ("invite", "disable")}
    page = client.follow(client.post(f"{MEMBERS}/{kim.id}", {"name": "Kim de Vries", "role": "manager"}))
    assert "Kim de Vries is gewijzigd." in page.text
    assert (stored(services, kim.id).name, stored(services, kim.id).role) == ("Kim de Vries", Role.MANAGER)


def test_the_last_administrator_stays_one(client: PageClient, noor: Member, services: Services, make_member: MakeMember) -> None:
    make_member(Role.ADMINISTRATOR, phrase="")  # invited: cannot sign in yet, so does not count
    make_member(Role.ADMINISTRATOR, is_active=False)
    make_member(Role.MANAGER)
    page = client.post(f"{MEMBERS}/{noor.id}", {"name": "Noor", "role": "agent"}, status=422)
    assert "laatste beheerder" in page.words(page.one("p", id="role-error"))
    assert "laatste beheerder" in client.follow(client.post(f"{MEMBERS}/{noor.id}/disable")).text
    assert (stored(services, noor.id).role, stored(services, noor.id).is_active) == (Role.ADMINISTRATOR, True)


def test_with_a_second_administrator_the_first_may_go(client: PageClient, noor: Member, make_member: MakeMember) -> None:
    make_member(Role.ADMINISTRATOR)
    client.post(f"{MEMBERS}/{noor.id}/disable")
    assert client.http.get(MEMBERS).status_code == 303, "whoever closes the own account is out"


def test_a_closed_account_cannot_sign_in_until_it_is_opened_again(
    client: PageClient, noor: Member, make_member: MakeMember, services: Services
) -> None:
    kim = make_member(Role.AGENT, name="Kim", email="kim@example.nl")
    client.post(f"{MEMBERS}/{kim.id}/disable")
    assert "Gesloten" in client.get(MEMBERS).text
    client.post(f"{MEMBERS}/{kim.id}/invite", status=409)
    client.post(f"{MEMBERS}/{kim.id}/enable")
    client.post("/console/sign-out")
    client.post("/console/sign-in", {"email": "kim@example.nl", "phrase": PHRASE}, token_from="/console/sign-in")


@pytest.mark.parametrize("role", [Role.AGENT, Role.COMMUNICATION, Role.MANAGER])
def test_only_administrators_manage_colleagues(client: PageClient, signed_in: SignedIn, role: Role, services: Services) -> None:
    member = signed_in(client, role)
    client.get(MEMBERS, status=403)
    client.post(f"{MEMBERS}/new", SAM, status=403)
    client.post(f"{MEMBERS}/{member.id}", {"name": "Ik", "role": "administrator"}, status=403)
    assert stored(services, member.id).role is role


def test_each_change_is_one_event_without_names_or_addresses(
    client: PageClient, noor: Member, make_member: MakeMember, services: Services
) -> None:
    kim = make_member(Role.AGENT, name="Kim", email="kim@example.nl")
    changes = {"": "member.changed", "/invite": "member.invited", "/disable": "member.disabled", "/enable": "member.enabled"}
    for path, kind in changes.items():
        client.post(f"{MEMBERS}/{kim.id}{path}", {"name": "Kim", "role": "agent"})
        with services.database.reading() as session:
            event, before = trail(session, limit=2)
        assert (event.kind, event.subject, event.actor_id) == (kind, f"member:{kim.id}", noor.id)
        assert before.kind != kind
        assert "kim" not in str(event.facts).lower()

"""The audit trail, as a manager reads it."""

from collections.abc import Callable

import pytest

from portal.events.store import record
from portal.services import Services
from portal.staff.models import Member
from portal.staff.rules import Role
from tests.pages import Page, PageClient
from tests.staff.builders import MakeMember, SignedIn
from tests.statements import statements

AUDIT = "/console/audit"


@pytest.fixture
def manager(client: PageClient, signed_in: SignedIn, make_member: MakeMember) -> Member:
    return signed_in(client, member=make_member(Role.MANAGER, name="Noor"))


Happened = Callable[..., None]


@pytest.fixture
def happened(services: Services) -> Happened:
    def happened(kind: str, subject: str, actor_id: int | None = None, times: int = 1) -> None:
        with services.database.transaction() as session:
            for _ in range(times):
                record(session, at=services.clock.now(), kind=kind, subject=subject, actor_id=actor_id)

    return happened


def rows(page: Page) -> list[list[str]]:
    return [[page.words(cell) for cell in row.iter() if cell.tag.endswith("}td")] for row in page.all("tr")][1:]


def test_it_says_who_did_what_to_what_in_words_the_newest_first(client: PageClient, manager: Member, happened: Happened) -> None:
    happened("channel.added", "channel:3", manager.id)
    happened("erasure.asked", "case:7")
    happened("member.sign_in_refused", "member:0")
    assert [row[1:] for row in rows(client.get(AUDIT))][:4] == [
        ["Geen collega", "Iemand probeerde in te loggen en werd geweigerd", "Collega"],
        ["Geen collega", "Een klant vroeg om verwijdering", "Vraag 7"],
        ["Noor", "Kanaal toegevoegd", "Kanaal 3"],
        ["Noor", "Ingelogd", "Noor"],
    ]


def test_it_is_in_english_for_who_reads_english(
    client: PageClient, signed_in: SignedIn, make_member: MakeMember, happened: Happened
) -> None:
    signed_in(client, member=make_member(Role.MANAGER, language="en"))
    happened("channel.added", "channel:3")
    assert rows(client.get(AUDIT))[0][1:] == ["No colleague", "Added the channel", "Channel 3"]


def test_one_thing_or_one_kind_of_thing_can_be_followed(client: PageClient, manager: Member, happened: Happened) -> None:
    happened("channel.added", "channel:3")
    happened("channel.changed", "channel:33")
    happened("erasure.asked", "case:3")
    assert len(rows(client.get(f"{AUDIT}?subject=channel"))) == 2
    assert len(rows(client.get(f"{AUDIT}?subject=channel:3"))) == 1
    assert "Hier is nog niets gebeurd." in client.get(f"{AUDIT}?subject=%25").text


def test_pages_follow_one_another_without_a_gap_even_when_more_is_added(
    client: PageClient, manager: Member, happened: Happened
) -> None:
    happened("channel.moved", "channel:1", times=120)
    page = client.get(f"{AUDIT}?subject=channel:1")
    seen = len(rows(page))
    happened("channel.moved", "channel:1", times=10)
    while links := [a.get("href") for a in page.all("a", class_="pager__link") if "before=" in a.get("href")]:
        page = client.get(links[0])
        seen += len(rows(page))
    assert seen == 120


def test_it_costs_the_same_queries_whatever_it_shows(
    client: PageClient, manager: Member, happened: Happened, services: Services, make_member: MakeMember
) -> None:
    with statements(services.database) as few:
        client.get(AUDIT)
    for _ in range(20):
        happened("channel.moved", "channel:1", make_member(Role.AGENT).id)
    with statements(services.database) as many:
        client.get(AUDIT)
    assert len(many) == len(few)


@pytest.mark.parametrize("role", [Role.AGENT, Role.COMMUNICATION])
def test_who_has_no_part_in_it_does_not_read_it(client: PageClient, signed_in: SignedIn, role: Role) -> None:
    signed_in(client, role)
    client.get(AUDIT, status=403)


def test_nonsense_in_the_address_shows_the_newest(client: PageClient, manager: Member, happened: Happened) -> None:
    assert rows(client.get(f"{AUDIT}?before=abc"))

import pytest
from flask import Flask

from portal.events.store import trail
from portal.organisation.rules import ChannelKind
from portal.organisation.store import add_channel, save_organisation
from portal.promises import priorities
from portal.promises.rules import DEFAULT, Impact, Matrix, Urgency, cell_field
from portal.promises.store import make_promise
from portal.services import Services
from portal.staff.rules import Role
from tests.pages import PageClient
from tests.staff.builders import SignedIn

PAGE = "/console/promises"


@pytest.fixture
def channel_id(services: Services) -> int:
    with services.database.transaction() as session:
        made = add_channel(session, slug="x", kind=ChannelKind.X, name="X van ons", now=services.clock.now(), actor_id=None)
        return made.id


def sent(matrix: Matrix) -> dict[str, str]:
    """What the form sends for this matrix."""
    values = {cell_field(*cell): code for cell, code in matrix.cells.items()}
    for number, each in enumerate(matrix.classes):
        for name in ("code", "name_nl", "name_en", "lead_minutes"):
            values[f"classes-{number}-{name}"] = str(getattr(each, name))
    return values


def kept(services: Services) -> Matrix:
    with services.database.reading() as session:
        return priorities.matrix_of(session)


@pytest.mark.parametrize("role", [Role.AGENT, Role.COMMUNICATION])
def test_only_who_may_decide_what_is_promised_sees_the_page(client: PageClient, signed_in: SignedIn, role: Role) -> None:
    signed_in(client, role)
    client.get(PAGE, status=403)
    client.post(f"{PAGE}/matrix", sent(DEFAULT), status=403)


def test_a_manager_changes_lead_times_and_the_change_is_in_the_trail(
    client: PageClient, signed_in: SignedIn, services: Services
) -> None:
    member = signed_in(client, Role.MANAGER)
    page = client.get(PAGE)
    assert page.one("input", name="classes-0-lead_minutes").get("value") == "60"
    client.follow(client.post(f"{PAGE}/matrix", sent(DEFAULT) | {"classes-0-lead_minutes": "45", "cell_low_low": "P3"}))
    assert kept(services).classes[0].lead_minutes == 45
    assert kept(services).cells[Impact.LOW, Urgency.LOW] == "P3"
    with services.database.reading() as session:
        (event,) = [each for each in trail(session) if each.kind == "matrix.changed"]
    assert event.actor_id == member.id
    assert (event.facts["before"]["classes"]["P1"], event.facts["after"]["classes"]["P1"]) == (60, 45)


def test_a_class_is_added_by_the_last_row_and_removed_by_emptying_its_code(staff_client: PageClient, services: Services) -> None:
    new = {
        "classes-4-code": "p5",
        "classes-4-name_nl": "Ooit",
        "classes-4-name_en": "Some day",
        "classes-4-lead_minutes": "960",
    }
    staff_client.post(f"{PAGE}/matrix", sent(DEFAULT) | new)
    assert [each.code for each in kept(services).classes] == ["P1", "P2", "P3", "P4", "P5"]
    staff_client.post(f"{PAGE}/matrix", sent(kept(services)) | {"classes-4-code": ""})
    assert [each.code for each in kept(services).classes] == ["P1", "P2", "P3", "P4"]


@pytest.mark.parametrize(
    ("change", "faulty"),
    [
        ({"classes-1-code": "P1"}, "classes-1-code"),
        ({"classes-0-name_en": " "}, "classes-0-name_en"),
        ({"classes-2-lead_minutes": "0"}, "classes-2-lead_minutes"),
        ({"classes-2-lead_minutes": "veel"}, "classes-2-lead_minutes"),
        ({"classes-3-lead_minutes": ""}, "classes-3-lead_minutes"),
        ({"classes-0-code": ""}, "cell_high_high"),
    ],
)
def test_what_cannot_be_saved_is_named_at_its_field(
    staff_client: PageClient, services: Services, change: dict[str, str], faulty: str
) -> None:
    page = staff_client.post(f"{PAGE}/matrix", sent(DEFAULT) | change, status=422)
    wrong = [each for tag in ("input", "select") for each in page.all(tag) if each.get("aria-invalid") == "true"]
    assert faulty in [each.get("name") for each in wrong]
    assert page.all("a", href=f"#{faulty}")
    assert kept(services) == DEFAULT


def add_rule(client: PageClient, **values: str) -> None:
    client.post(f"{PAGE}/rules", {"channel_id": "0", "impact": "", "urgency": ""} | values)


def words_of_rules(services: Services) -> list[list[str]]:
    with services.database.reading() as session:
        return [rule.words for rule in priorities.rules_of(session)]


def test_rules_are_added_moved_and_removed(staff_client: PageClient, services: Services, channel_id: int) -> None:
    add_rule(staff_client, words="gevaar*, brand", impact="high", urgency="high")
    add_rule(staff_client, words="pas", channel_id=str(channel_id), urgency="low")
    assert words_of_rules(services) == [["gevaar*", "brand"], ["pas"]]
    page = staff_client.get(PAGE)
    assert "één van deze woorden: gevaar*, brand" in page.text
    assert "op X van ons" in page.text
    with services.database.reading() as session:
        first, second = priorities.rules_of(session)
    staff_client.post(f"{PAGE}/rules/{second.id}/move", {"direction": "up"})
    assert words_of_rules(services) == [["pas"], ["gevaar*", "brand"]]
    staff_client.post(f"{PAGE}/rules/{second.id}/move", {"direction": "down"})
    staff_client.post(f"{PAGE}/rules/{second.id}/move", {"direction": "sideways"}, status=422)
    staff_client.post(f"{PAGE}/rules/{second.id + 9}/move", {"direction": "up"}, status=404)
    staff_client.post(f"{PAGE}/rules/{first.id}/remove")
    assert words_of_rules(services) == [["pas"]]
    staff_client.post(f"{PAGE}/rules/{first.id}/remove", status=404)
    with services.database.reading() as session:
        kinds = [each.kind for each in trail(session)]
    assert kinds.count("proposal_rule.added") == 2
    assert kinds.count("proposal_rule.moved") == 2
    assert kinds.count("proposal_rule.removed") == 1


@pytest.mark.parametrize(
    ("values", "faulty"),
    [({"impact": "high", "words": " , "}, "words"), ({"words": "pas"}, "impact"), ({"words": "x" * 2001}, "words")],
)
def test_a_rule_without_condition_or_proposal_is_refused(
    staff_client: PageClient, services: Services, values: dict[str, str], faulty: str
) -> None:
    page = staff_client.post(f"{PAGE}/rules", {"channel_id": "0", "impact": "", "urgency": ""} | values, status=422)
    assert page.all("p", id=f"{faulty}-error")
    assert words_of_rules(services) == []


def test_a_message_can_be_tried_and_the_page_says_what_and_why(staff_client: PageClient, channel_id: int) -> None:
    add_rule(staff_client, words="gevaar*", impact="high", urgency="high")
    page = staff_client.post(f"{PAGE}/try", {"try-text": "Dit is gevaarlijk!", "try-channel_id": str(channel_id)}, status=200)
    tried = page.words(page.one("div", id="tried"))
    assert 'regel 1, vanwege "gevaar*"' in tried
    assert "P1: 1 uur openingstijd" in tried
    assert "vandaag 15.00 uur" in tried


def test_trying_without_a_rule_says_so_and_htmx_gets_only_the_answer(staff_client: PageClient, channel_id: int) -> None:
    page = staff_client.post(
        f"{PAGE}/try",
        {"try-text": "Hoi", "try-channel_id": str(channel_id)},
        status=200,
        headers={"HX-Request": "true"},
    )
    assert "geen regel past" in page.text
    assert "<html" not in page.html


def test_moving_a_rule_gives_htmx_the_list(staff_client: PageClient, services: Services) -> None:
    add_rule(staff_client, words="een", impact="high")
    add_rule(staff_client, words="twee", impact="high")
    with services.database.reading() as session:
        _, second = priorities.rules_of(session)
    page = staff_client.post(f"{PAGE}/rules/{second.id}/move", {"direction": "up"}, status=200, headers={"HX-Request": "true"})
    assert page.html.lstrip().startswith('<div id="rules">')
    assert words_of_rules(services) == [["twee"], ["een"]]


def test_the_page_speaks_the_members_language(app: Flask, client: PageClient, signed_in: SignedIn) -> None:
    signed_in(client, Role.MANAGER)
    assert "Klassen en matrix" in client.get(PAGE).text


def test_a_manager_chooses_what_customers_are_told(
    client: PageClient, signed_in: SignedIn, services: Services, channel_id: int
) -> None:
    with services.database.transaction() as session:
        save_organisation(session, name="Lijnwaard", now=services.clock.now(), actor_id=None)
    signed_in(client, Role.MANAGER)
    assert client.get(PAGE).one("input", name="announces_norm").get("checked") is None
    saved = client.post(f"{PAGE}/settings", {"announces_norm": "y", "shows_queue": "y"})
    assert saved.response.location == PAGE, "at the top, where it says that it is saved"
    client.follow(saved)
    assert client.get(PAGE).one("input", name="announces_norm").get("checked") is not None
    assert "Dit is onze norm." in client.get("/channels/x").text
    client.follow(client.post(f"{PAGE}/settings", {"shows_queue": "y"}))
    assert "Voor u ligt geen bericht." in client.get("/channels/x").text
    with services.database.transaction() as session:
        make_promise(session, case_id=1, channel_id=channel_id, received_at=services.clock.now(), now=services.clock.now())
    assert "Voor u ligt 1 bericht." in client.get("/").text
    client.follow(client.post(f"{PAGE}/settings", {}))
    assert "Voor u ligt" not in client.get("/channels/x").text
    with services.database.reading() as session:
        assert [each.kind for each in trail(session)][:3] == ["promise_settings.changed"] * 3

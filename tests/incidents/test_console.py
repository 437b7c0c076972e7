"""Staff publish, keep telling, and are told when somebody else was first."""

import pytest

from portal.clock import FixedClock
from portal.events.store import trail
from portal.incidents import store
from portal.incidents.models import Incident
from portal.incidents.rules import Severity, State
from portal.organisation.rules import ChannelKind
from portal.organisation.store import add_channel
from portal.services import Services
from portal.staff.rules import Permission, Role
from tests.incidents.console_builders import HOUR, HTMX, PLACE, count, faulty, filled, situation, version
from tests.pages import PageClient
from tests.staff.builders import SignedIn

pytestmark = pytest.mark.usefixtures("company")


def test_one_line_is_enough_to_publish(staff_client: PageClient, services: Services, now: object) -> None:
    values = filled(staff_client.get(f"{PLACE}/new")) | {"title_nl": "Geen trams in Oost"}
    page = staff_client.follow(staff_client.post(f"{PLACE}/new", values))
    shown = situation(services)
    assert "Gepubliceerd. Klanten zien het nu." in page.text
    assert shown.entries[0].body.nl.startswith("We zien dat er iets mis is.")
    assert (shown.severity, shown.next_update_at) == (Severity.MINOR, services.clock.now() + HOUR)
    assert "Geen trams in Oost" in staff_client.get("/").text
    with services.database.reading() as session:
        assert trail(session, limit=1)[0].actor_id == 1


def test_a_form_that_is_sent_twice_publishes_once(staff_client: PageClient, services: Services) -> None:
    values = filled(staff_client.get(f"{PLACE}/new")) | {"title_nl": "Geen trams in Oost"}
    places = {staff_client.post(f"{PLACE}/new", values).response.headers["Location"] for _ in range(2)}
    values = filled(staff_client.get(places.pop())) | {"body_nl": "Meer.", "state": "identified"}
    for _ in range(2):
        staff_client.post(f"{PLACE}/1/updates", values)
    assert (places, count(services)) == (set(), 2)
    values = filled(staff_client.get(f"{PLACE}/maintenance/new")) | {"title_nl": "Werk"}
    for _ in range(2):
        staff_client.post(f"{PLACE}/maintenance/new", values)
    assert count(services) == 3
    staff_client.post(f"{PLACE}/maintenance/new", values | {"key": "no name at all"})
    assert count(services) == 4


def test_everything_of_the_form_arrives(staff_client: PageClient, services: Services) -> None:
    with services.database.transaction() as session:
        channel = add_channel(session, slug="x", kind=ChannelKind.X, name="X", now=services.clock.now(), actor_id=None)
    staff_client.post(f"{PLACE}/services", {"name_nl": "Bus", "parent_id": "0"}, token_from=f"{PLACE}/services")
    facts = {
        "title_nl": "Nl",
        "title_en": "En",
        "body_nl": "Tekst",
        "body_en": "Text",
        "severity": "critical",
        "next_update": "",
        "is_calamity": "y",
        "services": "1",
        "channels": str(channel.id),
    }
    staff_client.post(f"{PLACE}/new", facts)
    shown = situation(services)
    assert (shown.severity, shown.is_calamity, shown.next_update_at) == (Severity.CRITICAL, True, None)
    assert ([each.slug for each in shown.services], [each.slug for each in shown.channels]) == (["bus"], ["x"])


def test_what_is_missing_is_named_and_what_was_typed_stays(staff_client: PageClient, services: Services) -> None:
    staff_client.get(f"{PLACE}/new")
    facts = {"body_nl": "Wat ik typte", "severity": "major", "next_update": "30"}
    page = staff_client.post(f"{PLACE}/new", facts, status=422)
    assert faulty(page) == ["#title_nl"]
    assert filled(page)["body_nl"] == "Wat ik typte"
    assert count(services) == 0


def test_a_text_to_start_from_and_a_look_at_it_publish_nothing(staff_client: PageClient, services: Services) -> None:
    values = filled(staff_client.get(f"{PLACE}/new")) | {"title_nl": "Trams"}
    page = staff_client.post(f"{PLACE}/new", values | {"help": "many_messages"}, status=200)
    assert filled(page)["body_nl"].startswith("We krijgen hierdoor veel berichten.")
    assert filled(page)["title_nl"] == "Trams"
    typed = values | {"help": "many_messages", "body_nl": "Wat ik typte."}
    kept = filled(staff_client.post(f"{PLACE}/new", typed, status=200))
    assert kept["body_nl"].startswith("Wat ik typte.\n\nWe krijgen")
    page = staff_client.post(f"{PLACE}/new", values | {"help": "preview", "body_nl": "**Vet** <i>x</i>"}, status=200)
    assert page.words(page.one("strong")) == "Vet"
    assert not page.all("i")
    part = staff_client.post(f"{PLACE}/new", values | {"help": "preview"}, status=200, headers=HTMX)
    assert part.html.lstrip().startswith('<div class="stack" id="words">')
    assert count(services) == 0


def test_an_update_by_a_button_of_its_state(
    staff_client: PageClient, services: Services, clock: FixedClock, incident: Incident
) -> None:
    page = staff_client.get(f"{PLACE}/{incident.id}")
    assert [button.get("value") for button in page.all("button", name="state")] == [
        "investigating",
        "identified",
        "monitoring",
        "resolved",
    ]
    values = filled(page) | {"body_nl": "Opgelost!", "state": "resolved", "severity": "major"}
    clock.advance(HOUR)
    page = staff_client.follow(staff_client.post(f"{PLACE}/{incident.id}/updates", values))
    assert (situation(services).state, situation(services).severity) == (State.RESOLVED, Severity.MAJOR)
    assert situation(services).next_update_at is None
    values = filled(page) | {"body_nl": "Toch niet.", "state": "investigating", "next_update": "30"}
    staff_client.post(f"{PLACE}/{incident.id}/updates", values)
    assert situation(services).state is State.INVESTIGATING
    assert situation(services).next_update_at == clock.now() + HOUR / 2


def test_htmx_gets_the_changed_part_and_says_it_is_published(staff_client: PageClient, incident: Incident) -> None:
    values = filled(staff_client.get(f"{PLACE}/{incident.id}")) | {"body_nl": "Meer.", "state": "identified"}
    part = staff_client.post(f"{PLACE}/{incident.id}/updates", values, status=200, headers=HTMX)
    assert '<div class="console-split" id="work">' in part.html
    assert "<h1" not in part.html
    assert part.html.count("Gepubliceerd. Klanten zien het nu.") == 1
    assert 'id="toast" data-hx-swap-oob' in part.html, "what was said before makes place"
    assert version(part) == "2"


def test_who_comes_second_is_told_keeps_his_text_and_may_publish_then(
    staff_client: PageClient, services: Services, clock: FixedClock, incident: Incident
) -> None:
    mine = filled(staff_client.get(f"{PLACE}/{incident.id}")) | {"body_nl": "Mijn tekst", "state": "identified"}
    with services.database.transaction() as session:
        store.add_update(session, incident.id, state=State.MONITORING, body_nl="Van Bas", now=clock.now(), actor_id=None)
    for headers in ({}, HTMX):
        page = staff_client.post(f"{PLACE}/{incident.id}/updates", mine, status=409, headers=headers)
        assert "Dit is veranderd terwijl u schreef" in page.text
        assert "Van Bas" in page.text
        assert filled(page)["body_nl"] == "Mijn tekst"
        assert count(services) == 2
    staff_client.post(f"{PLACE}/{incident.id}/updates", mine | {"version": version(page)})
    assert [entry.body.nl for entry in situation(services).entries] == ["Mijn tekst", "Van Bas", "Wij zoeken."]
    assert situation(services).state is State.IDENTIFIED


@pytest.mark.parametrize(
    ("facts", "status"),
    [
        ({"body_nl": ""}, 422),
        ({"state": "completed"}, 422),
        ({"state": "nonsense"}, 422),
        ({"state": ""}, 422),
        ({"next_update": "1"}, 422),
        ({"version": "x"}, 303),
    ],
)
def test_an_update_that_cannot_be_leaves_no_trace(
    staff_client: PageClient, services: Services, incident: Incident, facts: dict[str, str], status: int
) -> None:
    values = filled(staff_client.get(f"{PLACE}/{incident.id}")) | {"body_nl": "Ja", "state": "identified"}
    staff_client.post(f"{PLACE}/{incident.id}/updates", values | facts, status=status)
    assert count(services) == (2 if status == 303 else 1)


def test_a_crash_while_publishing_leaves_no_trace(
    staff_client: PageClient, services: Services, monkeypatch: pytest.MonkeyPatch
) -> None:
    def crash(*_args: object, **_facts: object) -> None:
        raise RuntimeError("out of memory")

    values = filled(staff_client.get(f"{PLACE}/new")) | {"title_nl": "Trams"}
    monkeypatch.setattr("portal.incidents.rows.record", crash)
    staff_client.post(f"{PLACE}/new", values, status=500)
    assert count(services) == 0
    assert "Trams" not in staff_client.get("/").text


def test_a_calamity_is_declared_and_ended(staff_client: PageClient, services: Services, incident: Incident) -> None:
    staff_client.get(f"{PLACE}/{incident.id}")
    staff_client.post(f"{PLACE}/{incident.id}/calamity", {"is_calamity": "yes"})
    assert situation(services).is_calamity
    part = staff_client.post(f"{PLACE}/{incident.id}/calamity", {"is_calamity": "no"}, status=200, headers=HTMX)
    assert "Dit is geen calamiteit meer." in part.text
    assert not situation(services).is_calamity


def test_an_edited_text_carries_its_mark(
    staff_client: PageClient, services: Services, clock: FixedClock, incident: Incident
) -> None:
    update_id = situation(services).entries[0].id
    clock.advance(HOUR)
    values = filled(staff_client.get(f"{PLACE}/{incident.id}/updates/{update_id}"))
    assert values["body_nl"] == "Wij zoeken."
    staff_client.post(f"{PLACE}/{incident.id}/updates/{update_id}", values | {"body_nl": ""} | {"body_en": ""}, status=422)
    staff_client.post(f"{PLACE}/{incident.id}/updates/{update_id}", values | {"body_nl": "Wij zoeken door."})
    assert "Aangepast: vandaag 15.00 uur" in staff_client.get(f"/incidents/{incident.slug}").text
    staff_client.get(f"{PLACE}/{incident.id}/updates/99", status=404)


def test_title_and_reach_change(staff_client: PageClient, services: Services, incident: Incident) -> None:
    values = filled(staff_client.get(f"{PLACE}/{incident.id}/facts"))
    staff_client.post(f"{PLACE}/{incident.id}/facts", values | {"title_nl": "", "title_en": ""}, status=422)
    staff_client.post(f"{PLACE}/{incident.id}/facts", values | {"title_nl": "Anders", "severity": "major"})
    assert (situation(services).title.nl, situation(services).severity) == ("Anders", Severity.MAJOR)


def test_only_who_may_publish_gets_in(client: PageClient, signed_in: SignedIn, incident: Incident) -> None:
    client.get(PLACE, status=303)
    signed_in(client, Role.AGENT)
    for path in (PLACE, f"{PLACE}/new", f"{PLACE}/{incident.id}", f"{PLACE}/services", f"{PLACE}/maintenance/new"):
        client.get(path, status=403)
    client.post(f"{PLACE}/{incident.id}/calamity", {"is_calamity": "yes"}, status=403)
    signed_in(client, Role.COMMUNICATION)
    client.get(PLACE)


def test_every_view_of_the_console_asks_who_may(client: PageClient) -> None:
    ours = ("incidents_console.", "maintenance_console.", "services_console.")
    views = {name: view for name, view in client.http.application.view_functions.items() if name.startswith(ours)}
    assert len(views) >= 18
    assert {getattr(view, "required_permission", None) for view in views.values()} == {Permission.EDIT_INCIDENTS}


def test_the_console_speaks_english_to_who_wants_it(
    client: PageClient, signed_in: SignedIn, make_member: object, incident: Incident
) -> None:
    member = make_member(Role.COMMUNICATION, language="en")  # type: ignore[operator]
    signed_in(client, member=member)
    assert "Make it a calamity" in client.get(f"{PLACE}/{incident.id}").text

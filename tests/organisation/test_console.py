"""Settings and channels, as an administrator and others find them."""

from collections.abc import Callable

import pytest

from portal.events.models import Event
from portal.events.store import trail
from portal.organisation import store
from portal.organisation.models import Channel, Organisation
from portal.organisation.rules import ChannelKind, channel_faults
from portal.services import Services
from portal.staff.rules import Role
from tests.pages import PageClient
from tests.staff.builders import SignedIn

CHANNELS = "/console/channels"
SETTINGS = "/console/organisation"

AddChannel = Callable[[str], Channel]


@pytest.fixture
def add_channel(services: Services) -> AddChannel:
    def add(name: str) -> Channel:
        with services.database.transaction() as session:
            return store.add_channel(
                session, slug=name.lower(), kind=ChannelKind.OTHER, name=name, now=services.clock.now(), actor_id=None
            )

    return add


def order(services: Services) -> list[str]:
    with services.database.reading() as session:
        return [channel.name for channel in store.channels(session)]


def newest_event(services: Services) -> Event:
    with services.database.reading() as session:
        return trail(session, limit=1)[0]


def test_an_administrator_adds_a_channel_and_its_address_is_made_from_its_name(
    staff_client: PageClient, services: Services
) -> None:
    staff_client.get(f"{CHANNELS}/new")
    facts = {"kind": "facebook", "name": "Facebook Reizen & Co", "address": "https://m.me/ringlijn", "is_public": "y"}
    page = staff_client.follow(staff_client.post(f"{CHANNELS}/new", facts))
    assert "Facebook Reizen & Co is toegevoegd." in page.text
    with services.database.reading() as session:
        channel = store.channel_by_slug(session, "facebook-reizen-co")
    assert (channel.kind, channel.is_public, channel.address) == (ChannelKind.FACEBOOK, True, "https://m.me/ringlijn")
    assert newest_event(services).kind == "channel.added"


@pytest.mark.parametrize(
    ("facts", "field"),
    [
        ({"name": ""}, "name"),
        ({"address": "javascript:alert(1)"}, "address"),
        ({"address": "https://a b"}, "address"),
        ({"slug": "Geen Goed Adres"}, "slug"),
        ({"slug": "x"}, "slug"),
        ({"name": "!!!"}, "slug"),
        ({"kind": "telex"}, "kind"),
    ],
    ids=["no name", "script", "space", "capitals", "taken", "nothing left", "unknown kind"],
)
def test_what_cannot_be_a_channel_is_refused_at_its_field(
    staff_client: PageClient, services: Services, add_channel: AddChannel, facts: dict[str, str], field: str
) -> None:
    add_channel("X")
    page = staff_client.post(f"{CHANNELS}/new", {"kind": "x", "name": "Nieuw", "slug": "", **facts}, status=422)
    assert [a.get("href") for a in page.one("div", class_="error-summary").iter() if a.get("href")] == [f"#{field}"]
    assert order(services) == ["X"]


HIDDEN = ("X\r\nBcc: a@b.nl", "X\x1b[31m", "X\u202eY", "\u200b", "X\u2028Y", "X\u200d", "X\u00adY")


@pytest.mark.parametrize("name", HIDDEN)
def test_a_channel_is_called_what_can_be_seen_on_one_line(staff_client: PageClient, name: str) -> None:
    page = staff_client.post(f"{CHANNELS}/new", {"kind": "other", "name": name, "slug": "x"}, status=422)
    assert [a.get("href") for a in page.one("div", class_="error-summary").iter() if a.get("href")] == ["#name"]
    (fault,) = channel_faults(slug="x", name=name, address="")
    assert (fault.field, fault.value) == ("name", name)
    assert channel_faults(slug="x", name="می\u200cخواهم", address="") == []


def test_a_channel_changes_but_keeps_the_address_that_others_link_to(
    staff_client: PageClient, services: Services, add_channel: AddChannel
) -> None:
    channel = add_channel("Mastodon")
    page = staff_client.get(f"{CHANNELS}/{channel.id}")
    assert page.one("input", name="name").get("value") == "Mastodon"
    staff_client.post(f"{CHANNELS}/{channel.id}", {"name": "Fediverse", "note_nl": "Ook **'s avonds**.", "slug": "anders"})
    with services.database.reading() as session:
        changed = store.channel_by_slug(session, "mastodon")
    assert (changed.name, changed.note_nl, changed.is_public) == ("Fediverse", "Ook **'s avonds**.", False)


def test_every_link_at_a_channel_leads_somewhere(staff_client: PageClient, add_channel: AddChannel) -> None:
    add_channel("WhatsApp")
    links = [a.get("href") for a in staff_client.get(CHANNELS).one("ol", id="channels").iter() if a.get("href")]
    assert len(links) == 5, "itself, its note, its hours, its webhook and its line for other sites"
    for link in links:
        staff_client.get(link)


def test_a_channel_moves_up_and_down_and_stops_at_the_ends(
    staff_client: PageClient, services: Services, add_channel: AddChannel
) -> None:
    _first, second, third = add_channel("A"), add_channel("B"), add_channel("C")
    staff_client.post(f"{CHANNELS}/{third.id}/move", {"direction": "up"})
    assert order(services) == ["A", "C", "B"]
    staff_client.post(f"{CHANNELS}/{second.id}/move", {"direction": "down"})
    assert order(services) == ["A", "C", "B"]
    staff_client.post(f"{CHANNELS}/{third.id}/move", {"direction": "sideways"}, status=422)


def test_moving_swaps_only_the_list_where_there_is_script(staff_client: PageClient, add_channel: AddChannel) -> None:
    add_channel("A")
    second = add_channel("B")
    page = staff_client.post(f"{CHANNELS}/{second.id}/move", {"direction": "up"}, status=200, headers={"HX-Request": "true"})
    assert page.html.startswith("<ol") or page.html.lstrip().startswith("<ol")
    assert [page.words(h) for h in page.all("h2")] == ["B", "A"]


def test_communication_staff_write_notes_and_leave_channels_as_they_are(
    client: PageClient, signed_in: SignedIn, services: Services, add_channel: AddChannel
) -> None:
    channel = add_channel("WhatsApp")
    signed_in(client, Role.COMMUNICATION)
    page = client.get(CHANNELS)
    assert "/new" not in page.html
    client.get(f"{CHANNELS}/{channel.id}", status=403)
    client.post(f"{CHANNELS}/{channel.id}", {"name": "Anders"}, status=403)
    client.get(f"{CHANNELS}/{channel.id}/note")
    client.post(f"{CHANNELS}/{channel.id}/note", {"note_nl": "Vandaag drukker.", "note_en": ""})
    with services.database.reading() as session:
        assert store.channel_by_id(session, channel.id).note_nl == "Vandaag drukker."


def test_an_agent_sees_neither_channels_nor_settings(client: PageClient, signed_in: SignedIn) -> None:
    signed_in(client, Role.AGENT)
    for path in (CHANNELS, SETTINGS):
        client.get(path, status=403)
    client.post(SETTINGS, {"name": "Gekaapt"}, status=403)


def test_a_channel_that_does_not_exist_is_not_found(staff_client: PageClient) -> None:
    staff_client.get(f"{CHANNELS}/99", status=404)
    staff_client.post(f"{CHANNELS}/99/move", {"direction": "up"}, status=404)


@pytest.fixture
def organisation(services: Services) -> None:
    with services.database.transaction() as session:
        store.save_organisation(
            session, name="Ringlijn", timezone="America/New_York", is_demo=True, now=services.clock.now(), actor_id=None
        )


def facts(**others: str) -> dict[str, str]:
    return {"name": "Ringlijn", "timezone": "Europe/Amsterdam", "accent": "#0b5c7a", "email": "", "site_url": "", **others}


def test_the_settings_are_saved_in_one_change_with_one_event(
    staff_client: PageClient, services: Services, organisation: None
) -> None:
    staff_client.get(SETTINGS)
    staff_client.post(SETTINGS, facts(name="Kustlijn", accent="#FF8800", about_nl="Wij rijden.", site_url="https://kustlijn.nl"))
    with services.database.reading() as session:
        saved = session.get_one(Organisation, 1)
    assert (saved.name, saved.accent, saved.about_nl) == ("Kustlijn", "#ff8800", "Wij rijden.")
    assert saved.is_demo, "a demo stays a demo, whatever it is called"
    assert newest_event(services).kind == "organisation.changed"


def test_a_zone_that_was_set_elsewhere_can_be_kept(staff_client: PageClient, organisation: None) -> None:
    chosen = [o.get("value") for o in staff_client.get(SETTINGS).all("option") if o.get("selected") is not None]
    assert chosen == ["America/New_York"]


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("name", " "),
        ("timezone", "Mars/Olympus"),
        ("timezone", "../../etc/passwd"),
        ("accent", "red"),
        ("accent", "#0b5c7a;}body{display:none"),
        ("email", "geen adres"),
        ("site_url", "javascript:alert(1)"),
    ],
)
def test_what_cannot_be_a_setting_is_refused_at_its_field(
    staff_client: PageClient, services: Services, organisation: None, field: str, value: str
) -> None:
    page = staff_client.post(SETTINGS, facts(**{field: value}), status=422)
    assert [a.get("href") for a in page.one("div", class_="error-summary").iter() if a.get("href")] == [f"#{field}"]
    with services.database.reading() as session:
        assert session.get_one(Organisation, 1).timezone == "America/New_York"


def test_a_colour_is_judged_while_it_is_chosen(staff_client: PageClient) -> None:
    def note(accent: str) -> str:
        page = staff_client.get(f"{SETTINGS}/contrast", query_string={"accent": accent}, headers={"HX-Request": "true"})
        return page.words(page.one("div", id="contrast"))

    assert "goed leesbaar" in note("#0b5c7a")
    assert "slecht leesbaar" in note("#ffee00")
    assert "Kies een kleur" in note('"><script>alert(1)</script>')


@pytest.mark.parametrize("name", ["note_nl", "note_en"])
def test_a_note_that_would_make_every_page_slow_is_refused(staff_client: PageClient, add_channel: AddChannel, name: str) -> None:
    channel = add_channel("WhatsApp")
    for path in (f"{CHANNELS}/{channel.id}/note", f"{CHANNELS}/{channel.id}"):
        page = staff_client.post(path, {"name": "WhatsApp", name: "> " * 1_001}, status=422)
        assert page.one("textarea", name=name).get("aria-invalid") == "true"

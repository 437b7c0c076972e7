import json
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from typing import Any

import feedparser
import pytest
from lxml import etree

from portal.app import create_app
from portal.clock import FixedClock
from portal.incidents import feed_documents, queries, service_store, store
from portal.incidents.models import Incident
from portal.incidents.rules import State
from portal.organisation.rules import ChannelKind
from portal.organisation.store import add_channel, save_organisation
from portal.services import Services
from tests.incidents.feed_rules import ATOM, atom_faults, rss_faults
from tests.incidents.json_feed_rules import json_feed_faults
from tests.pages import PageClient

Build = Callable[..., Incident]
HOUR = timedelta(hours=1)
SLUG = "2026-03-10-geen-trams-in-oost"
HOSTILE = (
    "]]> &amp; <b>vet</b> </title><script>alert('x')</script>",
    "<![CDATA[ x ]]>",
    "\x00\x1b[31m\x0b tekens & \ud800 helften",
    "\u202erechts naar links\u202c 👩‍👩‍👧 🚋 Ü",
    "&#x26;&#60;&notanentity; <!-- - -- -->",
)
LINKS = (
    "[een](/history) [twee](history) [drie](//kwaad.example/x) [vier](#plek) [vijf](http://[) [zes](javascript:alert(1))"
    " ![zeven](/plaatje.png) <img src=x onerror=alert(1)> [acht](mailto:ik@example.nl) [negen](data:text/html,x) <https://example.nl>"
)

pytestmark = pytest.mark.usefixtures("company")


@pytest.fixture
def lively(services: Services, clock: FixedClock, publish: Build, plan: Build, company: None) -> None:
    """Hostile incidents on hostile services, an edit, planned work before, in and after its window."""
    with services.database.transaction() as session:
        save_organisation(session, name="Vervoer & <Zo> \x02", now=clock.now(), actor_id=None)
        bus = service_store.add_service(session, name_nl="Bus & <tram>", name_en="]]>", now=clock.now(), actor_id=None)
        line = service_store.add_service(session, name_nl="Lijn 5", parent_id=bus.id, now=clock.now(), actor_id=None)
        channel = add_channel(session, slug="x", kind=ChannelKind.X, name="X <&>", now=clock.now(), actor_id=None)
        for hours in (1, 26, 60):
            start = clock.now() + hours * HOUR
            plan(session, window_start=start, window_end=start + 2 * HOUR, service_ids=[bus.id], channel_ids=[channel.id])
        publish(session, service_ids=[line.id])
        for text in HOSTILE:
            clock.advance(HOUR)
            incident = publish(
                session, title_nl=text, title_en=text, body_nl=text, body_en="", service_ids=[bus.id], now=clock.now()
            )
            soon = clock.now() + HOUR
            store.add_update(
                session,
                incident.id,
                state=State.IDENTIFIED,
                body_nl=LINKS,
                next_update_at=soon,
                now=clock.now() + HOUR / 2,
                actor_id=7,
            )
            first = queries.by_id(session, incident.id, clock.now()).entries[-1].id or 0
            store.edit_update(session, first, body_nl=text + "!", body_en="", now=clock.now() + HOUR / 2, actor_id=7)
        clock.advance(24 * HOUR)


FEEDS = [
    f"{root}{place}feed.{kind}"
    for root in ("", "/en")
    for place in (
        "/",
        "/services/bus-tram/",
        "/services/lijn-5/",
        f"/incidents/{SLUG}/",
        "/incidents/2026-03-10-werk-aan-de-app/",
    )
    for kind in ("atom", "rss", "json")
]
CHECKS = {"atom": atom_faults, "rss": rss_faults, "json": json_feed_faults}
CONTENT_TYPES = {"atom": "application/atom+xml", "rss": "application/rss+xml", "json": "application/feed+json"}


@pytest.mark.usefixtures("lively")
@pytest.mark.parametrize("path", FEEDS)
def test_every_feed_is_valid_whatever_staff_wrote(client: PageClient, clock: FixedClock, path: str) -> None:
    response = client.http.get(path)
    kind = path.rpartition(".")[2]
    assert response.status_code == 200
    assert response.content_type == f"{CONTENT_TYPES[kind]}; charset=utf-8"
    assert CHECKS[kind](response.data, address=f"http://portal.test{path}", now=clock.now()) == []
    language = "en" if path.startswith("/en/") else "nl"
    if kind == "json":
        found = json.loads(response.data)
        assert (found["language"], bool(found["items"])) == (language, True)
        return
    parsed = feedparser.parse(response.data)
    assert not parsed.bozo, parsed.get("bozo_exception")
    assert parsed.feed.language == language
    assert parsed.entries


def test_an_empty_feed_is_valid(client: PageClient, clock: FixedClock) -> None:
    for kind, check in CHECKS.items():
        body = client.http.get(f"/feed.{kind}").data
        assert check(body, address=f"http://portal.test/feed.{kind}", now=clock.now()) == []


@pytest.mark.usefixtures("lively")
def test_the_same_state_gives_the_same_bytes(client: PageClient, clock: FixedClock) -> None:
    for path in FEEDS:
        before = client.http.get(path, headers={"Accept-Encoding": "gzip"})
        clock.advance(timedelta(seconds=1))
        assert client.http.get(path, headers={"Accept-Encoding": "gzip"}).data == before.data


@pytest.mark.usefixtures("lively")
@pytest.mark.parametrize("path", ["/feed.atom", "/feed.rss", "/feed.json"])
def test_a_reader_that_has_it_is_told_so(client: PageClient, path: str) -> None:
    whole = client.http.get(path)
    packed = client.http.get(path, headers={"Accept-Encoding": "gzip"})
    assert packed.headers["Content-Encoding"] == "gzip"
    assert len(packed.data) < len(whole.data)
    assert packed.headers["ETag"] != whole.headers["ETag"]
    for condition in ({"If-None-Match": whole.headers["ETag"]}, {"If-Modified-Since": whole.headers["Last-Modified"]}):
        answer = client.http.get(path, headers=condition)
        assert (answer.status_code, answer.data) == (304, b"")
        assert answer.headers["ETag"] == whole.headers["ETag"]


def ids(client: PageClient, path: str) -> list[str]:
    root = etree.fromstring(client.http.get(path).data)
    return [element.text or "" for element in root.iter(f"{ATOM}id", "guid")]


def test_a_name_stays_when_text_title_state_and_host_change(
    client: PageClient, services: Services, clock: FixedClock, publish: Build
) -> None:
    with services.database.transaction() as session:
        incident = publish(session)
    atom, rss = ids(client, "/feed.atom"), ids(client, "/feed.rss")
    with services.database.transaction() as session:
        clock.advance(HOUR)
        facts: dict[str, Any] = {"severity": incident.severity, "is_calamity": False, "service_ids": [], "channel_ids": []}
        store.change_incident(session, incident.id, title_nl="Anders", title_en="", **facts, now=clock.now(), actor_id=7)
        update_id = queries.by_id(session, incident.id, clock.now()).entries[0].id or 0
        store.edit_update(session, update_id, body_nl="Anders.", body_en="", now=clock.now(), actor_id=7)
        store.add_update(session, incident.id, state=State.RESOLVED, body_nl="Klaar.", now=clock.now(), actor_id=7)
    moved = create_app(services=replace(services, config=replace(services.config, public_url="https://elders.example")))
    elsewhere = PageClient(moved)
    assert ids(elsewhere, "/feed.atom") == atom
    assert len(ids(elsewhere, "/feed.rss")) == 2
    assert ids(elsewhere, "/feed.rss")[1:] == rss
    assert b"portal.test" not in elsewhere.http.get("/feed.rss").data


def test_an_address_comes_from_the_settings_and_never_from_the_host_header(client: PageClient) -> None:
    assert b"kwaad" not in client.http.get("/feed.atom", headers={"Host": "kwaad.example"}).data


def test_atom_tells_the_whole_story_and_moves_updated(
    client: PageClient, services: Services, clock: FixedClock, publish: Build
) -> None:
    with services.database.transaction() as session:
        incident = publish(session)
        store.add_update(session, incident.id, state=State.RESOLVED, body_nl="Klaar.", now=clock.now() + HOUR, actor_id=7)
    clock.advance(2 * HOUR)
    entry = feedparser.parse(client.http.get("/feed.atom").data).entries[0]
    assert entry.title == "Opgelost: Geen trams in Oost"
    assert (entry.published, entry.updated) == ("2026-03-10T13:00:00+00:00", "2026-03-10T14:00:00+00:00")
    assert entry.content[0].value.index("Klaar.") < entry.content[0].value.index("Wij zoeken.")
    assert "dinsdag 10 maart 2026, 15.00 uur" in entry.content[0].value


def test_json_tells_the_same_story_under_the_same_name(
    client: PageClient, services: Services, clock: FixedClock, publish: Build
) -> None:
    with services.database.transaction() as session:
        incident = publish(session)
        store.add_update(session, incident.id, state=State.RESOLVED, body_nl="Klaar.", now=clock.now() + HOUR, actor_id=7)
    clock.advance(2 * HOUR)
    answer = client.http.get("/feed.json")
    (item,) = json.loads(answer.data)["items"]
    entry = feedparser.parse(client.http.get("/feed.atom").data).entries[0]
    assert (item["id"], item["title"], item["content_html"].strip()) == (entry.id, entry.title, entry.content[0].value)
    assert (item["date_published"], item["date_modified"]) == ("2026-03-10T13:00:00Z", "2026-03-10T14:00:00Z")
    assert answer.headers["Access-Control-Allow-Origin"] == "*"


def test_rss_has_an_item_for_each_update(client: PageClient, services: Services, clock: FixedClock, publish: Build) -> None:
    with services.database.transaction() as session:
        incident = publish(session)
        store.add_update(session, incident.id, state=State.RESOLVED, body_nl="Klaar.", now=clock.now() + HOUR, actor_id=7)
    clock.advance(2 * HOUR)
    items = feedparser.parse(client.http.get("/en/feed.rss").data).entries
    assert [item.title for item in items] == ["Resolved: No trams in Oost", "Looking for the cause: No trams in Oost"]
    assert '<div lang="nl"><p>Klaar.</p>' in items[0].summary
    assert items[0].link.startswith(f"http://portal.test/en/incidents/{SLUG}#update-")
    assert client.get(f"/en/incidents/{SLUG}").all("li", id=items[0].link.partition("#")[2])


def test_planned_work_is_dated_by_its_announcement_and_then_by_its_window(
    client: PageClient, services: Services, clock: FixedClock, plan: Build
) -> None:
    with services.database.transaction() as session:
        plan(session, window_start=clock.now() + 24 * HOUR, window_end=clock.now() + 26 * HOUR)
    items = feedparser.parse(client.http.get("/feed.rss").data).entries
    assert [item.published for item in items] == ["Tue, 10 Mar 2026 13:00:00 +0000"]
    assert "van woensdag 11 maart 2026, 14.00 uur tot woensdag 11 maart 2026, 16.00 uur" in items[0].summary
    clock.advance(27 * HOUR)
    later = feedparser.parse(client.http.get("/feed.rss").data).entries
    assert [item.published[5:22] for item in later] == ["11 Mar 2026 15:00", "11 Mar 2026 13:00", "10 Mar 2026 13:00"]
    assert later[2].id == items[0].id


def test_links_of_staff_are_absolute_in_feeds(client: PageClient, services: Services, clock: FixedClock, publish: Build) -> None:
    with services.database.transaction() as session:
        publish(session, body_nl="[lees](/history)")
    assert 'href="http://portal.test/history"' in feedparser.parse(client.http.get("/feed.rss").data).entries[0].summary


def test_a_feed_holds_the_newest_fifty(client: PageClient, services: Services, clock: FixedClock, publish: Build) -> None:
    with services.database.transaction() as session:
        for n in range(55):
            incident = publish(session, title_nl=f"Nummer {n}", now=clock.now() + n * timedelta(minutes=1))
            later = clock.now() + n * timedelta(minutes=1) + timedelta(seconds=1)
            store.add_update(session, incident.id, state=State.RESOLVED, body_nl="Klaar.", now=later, actor_id=7)
    clock.advance(2 * HOUR)
    atom = feedparser.parse(client.http.get("/feed.atom").data).entries
    rss = feedparser.parse(client.http.get("/feed.rss").data).entries
    assert (len(atom), len(rss)) == (feed_documents.NEWEST, feed_documents.NEWEST)
    assert atom[0].title == rss[0].title == "Opgelost: Nummer 54"
    assert rss[-1].title.endswith("Nummer 30")


@pytest.mark.parametrize(
    "path", ["/services/niets/feed.rss", "/incidents/niets/feed.atom", "/services/niets/feed.json", "/feed.xml"]
)
def test_a_feed_of_nothing_is_not_found(client: PageClient, path: str) -> None:
    assert client.http.get(path).status_code == 404


def test_every_page_points_at_its_feeds(client: PageClient, services: Services, publish: Build) -> None:
    with services.database.transaction() as session:
        publish(session)
    for root in ("", "/en"):
        found = {link.get("href") for link in client.get(f"{root}/incidents/{SLUG}").all("link", rel="alternate")}
        own = {f"{root}/incidents/{SLUG}/feed.{kind}" for kind in CHECKS}
        assert found >= own | {f"{root}/feed.{kind}" for kind in CHECKS} | {f"{root}/maintenance.ics"}


def test_a_feed_that_is_read_where_statuspage_has_it_is_the_same(client: PageClient) -> None:
    for kind in ("atom", "rss"):
        assert client.http.get(f"/en/history.{kind}").data == client.http.get(f"/en/feed.{kind}").data

"""What a page says when nobody could make sure of it for too long, without any script."""

import gzip
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from werkzeug.test import Client, TestResponse

from portal.app import create_app
from portal.clock import FixedClock
from portal.publication.front import Front
from portal.publication.keeper import Keeper
from portal.publication.places import Places
from portal.publication.publisher import Publisher
from portal.publication.stale import is_stale, page
from portal.web.formats import DEFAULT_ZONE
from tests.publication.standing import a_company, settings_in

pytestmark = pytest.mark.xdist_group("stale")

NOON = datetime(2026, 3, 10, 12, 0, tzinfo=UTC)
SAID = {"nl": "Dit is de laatst bekende stand", "en": "This is the last known state"}


@pytest.mark.parametrize(
    ("true_for", "checked_before", "expected"),
    [
        (None, timedelta(), False),
        (None, timedelta(seconds=90), False),
        (None, timedelta(seconds=91), True),
        (None, None, True),
        (timedelta(seconds=-30), timedelta(), False),
        (timedelta(seconds=-31), timedelta(), True),
        (timedelta(seconds=10), timedelta(seconds=91), True),
        (timedelta(seconds=10), timedelta(minutes=-5), False),
    ],
)
def test_what_nobody_looked_at_for_ninety_seconds_or_has_ended_is_too_old(
    true_for: timedelta | None, checked_before: timedelta | None, *, expected: bool
) -> None:
    until = None if true_for is None else NOON + true_for
    checked_at = None if checked_before is None else NOON - checked_before
    assert is_stale(until, checked_at, NOON) is expected


def turned(body: str, language: str = "nl", zone: ZoneInfo = DEFAULT_ZONE) -> str:
    return page(body.encode(), NOON, zone, language).decode()


def test_what_is_fresh_goes_and_what_is_old_comes() -> None:
    body = '<p data-when="fresh">Alles is goed</p><p class="x" data-when="stale" hidden>Oud</p><p hidden>Iets anders</p>'
    assert turned(body) == (
        '<p data-when="fresh" hidden>Alles is goed</p><p class="x" data-when="stale">Oud</p><p hidden>Iets anders</p>'
    )


@pytest.mark.parametrize("state", ["well", "disturbed", "calamity", "maintenance"])
def test_no_banner_keeps_its_colour(state: str) -> None:
    assert turned(f'<section class="banner" data-state="{state}">') == '<section class="banner" data-state="unknown">'
    assert turned(f'<li data-state="{state}">') == f'<li data-state="{state}">'


def test_the_time_is_written_in_the_language_and_the_zone_of_the_page() -> None:
    mark = '<time data-checked data-unknown="van een eerder moment"></time>'
    assert turned(mark) == '<time datetime="2026-03-10T13:00:00+01:00">dinsdag 10 maart 2026, 13.00 uur</time>'
    assert ">Tuesday 10 March 2026, 9:00<" in turned(mark, "en", ZoneInfo("America/Sao_Paulo"))


def test_the_tab_says_it_too_whatever_signs_are_in_the_name() -> None:
    body = r'<title>Alles is goed - A</title><p data-title-stale="We weten het niet - A &amp; \1">'
    assert turned(body).startswith(r"<title>We weten het niet - A &amp; \1</title>")


def test_the_script_leaves_such_a_page_alone() -> None:
    assert "data-stale data-truth=" in turned('<div data-truth="2026-03-10T12:00:00+00:00">')


@pytest.mark.parametrize(
    "said",
    [
        'data-truth="x"',
        "data-truth=x",
        'data-when="fresh"',
        'data-when="stale" hidden&gt; hidden>',
        'class="banner" data-state="calamity"',
        'data-title-stale="Alles is goed"',
    ],
)
def test_what_staff_write_is_text_and_no_mark_of_ours(said: str) -> None:
    """A quotation mark stays as it is in a text that was Markdown."""
    body = f"<title>A</title><p>{said}</p><p title='{said.replace(chr(34), '&#34;')}'></p>"
    assert turned(body) == body


@dataclass
class Portal:
    """The portal's own front, whose publisher looked last at `clock`'s first instant."""

    clock: FixedClock
    keeper: Keeper
    publisher: Publisher
    client: Client

    def get(self, path: str, **headers: str) -> TestResponse:
        self.keeper.look()
        self.keeper.judge()
        return self.client.get(path, headers=headers)


@pytest.fixture(scope="module")
def portal(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Portal]:
    services = a_company(settings_in(tmp_path_factory.mktemp("stale")))
    now = services.clock.now().replace(second=5, microsecond=0)
    clock = FixedClock(now)
    still = replace(services, clock=clock)
    app = create_app(services=still)
    keeper = Keeper(services.config.public_folder, clock)
    publisher = Publisher(app, still)
    publisher.publish_all()
    yield Portal(clock, keeper, publisher, Client(Front(app, keeper, [], Places(1))))
    services.database.close()


def pages(portal: Portal) -> list[tuple[str, str]]:
    """One of each kind in both languages: path and language."""
    paths = [path for path in portal.publisher._before if "." not in path]
    incident = next(path for path in sorted(paths) if path.startswith("/incidents/"))
    kinds = ("/", incident, "/services/tram", "/channels/whatsapp", "/history")
    return [(root + path, language) for root, language in (("", "nl"), ("/en", "en")) for path in kinds]


def test_a_page_says_so_itself_once_the_publisher_has_been_silent_for_ninety_seconds(portal: Portal) -> None:
    start = portal.clock.now()
    portal.publisher.check()
    for path, _language in pages(portal):
        fresh = portal.get(path)
        assert " data-stale " not in fresh.text
        assert 'data-when="stale" hidden' in fresh.text
    portal.clock.set(start + timedelta(seconds=91))
    for path, language in pages(portal):
        old = portal.get(path)
        assert (old.status_code, old.headers["Cache-Control"]) == (200, "no-cache")
        assert SAID[language] in old.text
        assert 'data-when="stale" hidden' not in old.text
        assert " data-stale " in old.text
        assert 'class="banner" data-state="unknown"' in old.text or 'class="banner"' not in old.text
        assert gzip.decompress(portal.get(path, Accept_Encoding="gzip, br").data).decode() == old.text
        assert portal.get(path, If_None_Match=old.headers["ETag"]).status_code == 304
    for path in ("/track", "/privacy", "/theme.css"):
        assert portal.get(path).status_code == 200
        assert " data-stale" not in portal.get(path).text
    assert portal.get("/track/AAAA-AAAA").status_code == 404, "what is no document is the application's, as ever"
    assert portal.get("/console").status_code in {302, 303}
    portal.publisher.publish_all()
    for path, _language in pages(portal):
        assert " data-stale " not in portal.get(path).text
    portal.clock.set(start)


def test_a_minute_that_is_over_is_not_the_state_of_now_although_the_publisher_speaks(portal: Portal) -> None:
    start = portal.clock.now()
    portal.publisher.publish_all()
    portal.clock.set(start.replace(second=0) + timedelta(seconds=91))
    portal.publisher.check()
    assert " data-stale " in portal.get("/").text
    assert " data-stale " not in portal.get("/services/tram").text, "what no minute ends is true as long as somebody looks"
    portal.clock.set(start)

"""What a channel says about answers on other people's pages: the words, the picture, the part for a frame, and JSON."""

import json
import re
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from lxml import etree

from portal.clock import FixedClock
from portal.hours.opening_time import OpeningTimes, Version
from portal.hours.schedule import Calendar
from portal.organisation.rules import ChannelKind
from portal.promises.announced import AnnouncedNow
from portal.promises.estimator import Basis
from portal.promises.rules import hear_by
from portal.publication.stale import TURNS
from portal.services import Services
from portal.status.answer_picture import DARK, LIGHT, picture
from portal.status.card import Card, Way, card
from portal.status.saying import lines_of
from portal.status.snippets import snippets_of
from portal.status.unchecked import Lines, stale_lines
from portal.web.localized import Localized
from tests.pages import PageClient
from tests.status.conftest import every_day
from tests.status.test_badge import SVG, TOKENS, brightness

ZONE = ZoneInfo("Europe/Amsterdam")
NEVER = Calendar("Europe/Amsterdam", ((),) * 7)


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=ZONE)


def a_card(
    now: datetime,
    calendar: Calendar | None,
    *,
    kind: ChannelKind = ChannelKind.X,
    answer_at: datetime | None = None,
    ahead: int | None = None,
    is_norm: bool = False,
) -> Card:
    opening = OpeningTimes((Version(at("2020-01-01"), calendar),) if calendar else ())
    told = AnnouncedNow(
        answer_at,
        ahead or 0,
        10.0,
        50.0,
        Basis.MEASURED,
        40,
        is_norm=is_norm,
        is_queue_shown=ahead is not None,
        hear_by=None if answer_at else hear_by(now, ZONE),
    )
    return card(Way(1, "x", kind, "X", "", "", Localized("")), opening, now, ZONE, announced=told)


NOW, NIGHT = at("2026-03-10 14:05"), at("2026-03-10 23:30")
DAY = every_day((9, 18))


@pytest.mark.parametrize(
    ("told", "now", "dutch", "english"),
    [
        (
            a_card(NOW, DAY, answer_at=at("2026-03-10 16:30")),
            NOW,
            (
                "Stuurt u het nu? Antwoord vóór dinsdag 10 maart, 16.30 uur | Open tot 18.00 uur | "
                "Stand van dinsdag 10 maart, 14.05 uur"
            ),
            "Send it now: answer before Tuesday 10 March, 16:30 | Open until 18:00 | As of Tuesday 10 March, 14:05",
        ),
        (
            a_card(NIGHT, DAY, answer_at=at("2026-03-11 10:30"), ahead=31),
            NIGHT,
            (
                "Stuurt u het nu? Antwoord vóór woensdag 11 maart, 10.30 uur | Wij zijn nu gesloten | "
                "Weer open: woensdag 11 maart, 9.00 uur | Voor u liggen 31 berichten | Stand van dinsdag 10 maart, 23.30 uur"
            ),
            (
                "Send it now: answer before Wednesday 11 March, 10:30 | We are closed now | "
                "Open again: Wednesday 11 March, 9:00 | 31 messages are before yours | As of Tuesday 10 March, 23:30"
            ),
        ),
        (
            a_card(NOW, None, answer_at=at("2026-03-10 16:30"), ahead=1),
            NOW,
            (
                "Stuurt u het nu? Antwoord vóór dinsdag 10 maart, 16.30 uur | Voor u ligt 1 bericht | "
                "Stand van dinsdag 10 maart, 14.05 uur"
            ),
            "Send it now: answer before Tuesday 10 March, 16:30 | 1 message is before yours | As of Tuesday 10 March, 14:05",
        ),
        (
            a_card(NOW, None, answer_at=at("2026-03-10 16:30"), ahead=31, is_norm=True),
            NOW,
            (
                "Stuurt u het nu? Antwoord vóór dinsdag 10 maart, 16.30 uur | Dit is onze norm | "
                "Voor u liggen 31 berichten | "
                "Stand van dinsdag 10 maart, 14.05 uur"
            ),
            (
                "Send it now: answer before Tuesday 10 March, 16:30 | This is our norm | "
                "31 messages are before yours | As of Tuesday 10 March, 14:05"
            ),
        ),
        (
            a_card(NOW, NEVER),
            NOW,
            (
                "Wij weten nog niet wanneer wij antwoorden | Vóór dinsdag 10 maart, 17.00 uur laten wij u weten wanneer wel | "
                "Stand van dinsdag 10 maart, 14.05 uur"
            ),
            (
                "We do not know yet when we can answer | Before Tuesday 10 March, 17:00 we will tell you when | "
                "As of Tuesday 10 March, 14:05"
            ),
        ),
        (
            a_card(NOW, DAY, kind=ChannelKind.PHONE),
            NOW,
            "Wij zijn open | Open tot 18.00 uur | Stand van dinsdag 10 maart, 14.05 uur",
            "We are open | Open until 18:00 | As of Tuesday 10 March, 14:05",
        ),
        (
            a_card(NIGHT, DAY, kind=ChannelKind.PHONE),
            NIGHT,
            "Wij zijn nu gesloten | Weer open: woensdag 11 maart, 9.00 uur | Stand van dinsdag 10 maart, 23.30 uur",
            "We are closed now | Open again: Wednesday 11 March, 9:00 | As of Tuesday 10 March, 23:30",
        ),
    ],
)
def test_each_state_is_said_with_its_day_and_of_when_it_is(told: Card, now: datetime, dutch: str, english: str) -> None:
    for language, expected in (("nl", dutch), ("en", english)):
        found = lines_of(told, now, ZONE, language)
        assert " | ".join((found.text, *found.details, found.as_of)) == expected


LINES = Lines("Antwoord <vóór> vrijdag & 16.30 uur", ("Open tot 18.00 uur",), "Stand van dinsdag 10 maart, 14.05 uur")


def test_the_picture_stands_alone_and_has_its_words_as_its_name() -> None:
    found = etree.fromstring(picture(LINES, "X & Y", "nl"))
    title = found.find(f"{SVG}title")
    assert title is not None
    assert (found.get("role"), found.get("aria-labelledby")) == ("img", title.get("id"))
    assert title.text == f"X & Y: {LINES.text}. {LINES.note}"
    assert " ".join(each.text or "" for each in found.iter(f"{SVG}text")) == f"{LINES.text} {LINES.note}"
    assert b"http" not in picture(LINES, "X", "nl").replace(b'xmlns="http://www.w3.org/2000/svg"', b"")
    assert b"script" not in picture(LINES, "X", "nl")
    assert picture(LINES, "X", "nl") == picture(LINES, "X", "nl")


def test_the_picture_fits_on_a_phone_whatever_it_says() -> None:
    details = ("Wij zijn nu gesloten", "Weer open: donderdag 26 november, 6.30 uur", "Voor u liggen 12.201 berichten")
    long = Lines("Stuurt u het nu? Antwoord vóór woensdag 30 september, 17.30 uur", details, LINES.as_of)
    found = etree.fromstring(picture(long, "X", "nl"))
    assert int(found.get("width", "0")) <= 320 - 2 * 16
    lowest = max(int(each.get("y", "0")) for each in found.iter(f"{SVG}text"))
    assert lowest < int(found.get("height", "0")) - 6


def test_a_longer_text_makes_a_wider_picture() -> None:
    widths = [int(etree.fromstring(picture(Lines("a" * n, (), "b"), "", "nl")).get("width", "0")) for n in (10, 30)]
    assert widths[1] > widths[0]


@pytest.mark.parametrize("colours", [LIGHT, DARK])
def test_its_words_can_be_read_on_its_ground_and_its_colours_are_those_of_the_page(colours: dict[str, str]) -> None:
    for name in ("ink", "soft"):
        lighter, darker = sorted((brightness(colours[name]), brightness(colours["ground"])), reverse=True)
        assert (lighter + 0.05) / (darker + 0.05) >= 4.5
    light, dark = TOKENS.split("@media (prefers-color-scheme: dark)")
    names = {"ground": "surface", "ink": "ink", "soft": "ink-soft", "edge": "edge", "accent": "accent"}
    for name, token in names.items():
        found = re.search(rf"--{token}: (#\w+);", light if colours is LIGHT else dark)
        assert found
        assert found[1] == colours[name]


@pytest.mark.usefixtures("company")
def test_the_picture_may_stand_on_other_sites_and_no_cache_keeps_it_for_long(client: PageClient) -> None:
    answer = client.http.get("/channels/x/answer.svg")
    assert answer.content_type == "image/svg+xml; charset=utf-8"
    assert answer.headers["Cross-Origin-Resource-Policy"] == "cross-origin"
    assert answer.headers["Cache-Control"] == "public, max-age=30, s-maxage=1"
    assert "script-src 'none'" in answer.headers["Content-Security-Policy"]
    assert "Stand van dinsdag 10 maart" in answer.text
    assert "As of Tuesday 10 March" in client.http.get("/en/channels/x/answer.svg").text


@pytest.mark.usefixtures("company")
def test_only_the_part_for_a_frame_may_be_shown_in_one(client: PageClient) -> None:
    page = client.get("/channels/x/answer.html")
    assert "frame-ancestors *" in page.response.headers["Content-Security-Policy"]
    assert page.words(page.one("h1")) == "X"
    assert "Antwoord vóór dinsdag 10 maart" in page.text
    assert page.one("bereikbaar-answer").get("src") == "/channels/x/answer.json"
    for path in ("/", "/channels/x", "/channels/x/answer.svg", "/promises", "/console/"):
        assert "frame-ancestors 'none'" in client.http.get(path).headers["Content-Security-Policy"], path


@pytest.mark.usefixtures("company")
def test_programs_are_told_the_same_as_people(client: PageClient, now: datetime) -> None:
    told: dict[str, Any] = json.loads(client.http.get("/en/channels/x/answer.json").data)
    assert told["text"].startswith("Send it now: answer before Tuesday 10 March")
    assert told["link"].endswith("/en/channels/x")
    assert (told["is_current"], told["as_of"]) == (True, now.isoformat())
    every: dict[str, Any] = json.loads(client.http.get("/channels.json").data)
    assert [each["slug"] for each in every["channels"]] == ["x", "mail", "phone", "form"]
    x, mail, phone, form = every["channels"]
    assert told["channel"] == x
    assert (x["is_open"], mail["is_open"], form["is_open"]) == (True, False, None)
    assert phone["announced"] is None
    assert datetime.fromisoformat(mail["changes_at"]) == at("2026-03-11 09:00")
    assert "ahead" not in x["announced"]
    assert x["kept"] == {"days": 28, "kept": 0, "number": 0, "share": None, "minimum_number": 10}


@pytest.mark.usefixtures("company")
def test_nothing_is_said_of_a_channel_that_customers_do_not_see(client: PageClient) -> None:
    for end in ("svg", "html", "json"):
        assert client.http.get(f"/channels/hidden/answer.{end}").status_code == 404


@pytest.mark.usefixtures("company")
def test_what_nobody_could_check_says_so_instead(client: PageClient, now: datetime) -> None:
    svg = client.http.get("/channels/x/answer.svg").data
    assert "kunnen dit nu niet controleren. Stand van dinsdag 10 maart" in TURNS["answer_picture"](svg, now, ZONE, "nl").decode()
    told = json.loads(TURNS["answer"](client.http.get("/channels/x/answer.json").data, now, ZONE, "nl"))
    assert (told["is_current"], told["text"]) == (False, stale_lines(now, ZONE, "nl").text)
    assert json.loads(TURNS["answer"](client.http.get("/channels.json").data, now, ZONE, "nl"))["is_current"] is False
    part = TURNS["page"](client.http.get("/channels/x/answer.html").data, now, ZONE, "nl").decode()
    assert '<div data-when="fresh" hidden>' in " ".join(part.split()) or 'hidden data-when="fresh"' in part
    assert "dinsdag 10 maart 2026" in part


@pytest.mark.usefixtures("company")
def test_it_follows_the_minute(client: PageClient, clock: FixedClock) -> None:
    before = client.http.get("/channels/x/answer.svg").data
    clock.advance(timedelta(minutes=1))
    assert client.http.get("/channels/x/answer.svg").data != before


def test_the_script_may_be_fetched_from_anywhere(client: PageClient, services: Services) -> None:
    answer = client.http.get("/bereikbaar-answer.js")
    assert answer.content_type == "text/javascript; charset=utf-8"
    assert answer.headers["Access-Control-Allow-Origin"] == "*"
    assert answer.headers["Cross-Origin-Resource-Policy"] == "cross-origin"
    assert "innerHTML" not in answer.text
    assert "eval" not in answer.text


@pytest.mark.parametrize("language", ["nl", "en"])
def test_the_lines_to_copy_name_the_portal_and_escape_the_channels_name(language: str) -> None:
    found = snippets_of("https://status.example.nl", "x", 'Vraag "nu" & <snel>', language, "/s.js")
    base = f"https://status.example.nl{'/en' if language == 'en' else ''}/channels/x"
    for html, source in ((found.picture, f"{base}/answer.svg"), (found.frame, f"{base}/answer.html")):
        tree = etree.HTML(html)
        assert source in [each.get("src") for each in tree.iter()]
        assert found.title in [each.get("alt") or each.get("title") for each in tree.iter()]
    assert f'<bereikbaar-answer src="{base}/answer.json">' in found.element
    assert "<snel>" not in found.element

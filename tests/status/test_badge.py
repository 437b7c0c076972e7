import re
from datetime import timedelta
from pathlib import Path

import pytest
from lxml import etree

from portal.clock import FixedClock
from portal.incidents import store
from portal.organisation.store import save_organisation
from portal.services import Services
from portal.status.badge import COLOURS, WORDS, badge
from portal.status.glance import State
from tests.pages import PageClient

SVG = "{http://www.w3.org/2000/svg}"
TOKENS = (Path(__file__).parent.parent.parent / "static/css/tokens.css").read_text()
FORMS = [*State, None]


def brightness(colour: str) -> float:
    """Relative luminance, WCAG 2.2."""
    digits = colour[1:] if len(colour) == 7 else "".join(2 * digit for digit in colour[1:])
    parts = [int(digits[place : place + 2], 16) / 255 for place in (0, 2, 4)]
    red, green, blue = [part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts]
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


@pytest.mark.parametrize("language", ["nl", "en"])
@pytest.mark.parametrize("state", FORMS)
def test_a_badge_stands_alone_and_says_its_state_in_words(state: State | None, language: str) -> None:
    picture = etree.fromstring(badge(state, language))
    assert picture.get("role") == "img"
    title = picture.find(f"{SVG}title")
    assert title is not None
    assert picture.get("aria-labelledby") == title.get("id")
    assert title.text == f"Status: {WORDS[language][state]}"
    assert [text.text for text in picture.iter(f"{SVG}text")] == ["status", WORDS[language][state]]
    assert {element.tag.removeprefix(SVG) for element in picture.iter()} <= {"svg", "title", "rect", "path", "g", "text"}
    assert b"http" not in badge(state, language).replace(b'xmlns="http://www.w3.org/2000/svg"', b"")
    assert b"style" not in badge(state, language)
    assert len(badge(state, language)) < 1000


@pytest.mark.parametrize("state", FORMS)
def test_the_words_can_be_read_on_their_ground(state: State | None) -> None:
    lighter, darker = sorted(map(brightness, COLOURS[state]), reverse=True)
    assert (lighter + 0.05) / (darker + 0.05) >= 4.5


@pytest.mark.parametrize("state", FORMS)
def test_the_colours_are_those_of_the_page(state: State | None) -> None:
    name = state.value if state else "unknown"
    found = tuple(re.search(rf"--{token}: (#\w+);", TOKENS) for token in (f"{name}-loud", f"on-{name}"))
    assert tuple(each and each[1] for each in found) == COLOURS[state]


def test_every_state_differs_also_without_colour() -> None:
    for words in WORDS.values():
        assert len(set(words.values())) == len(FORMS)


def test_the_badge_follows_the_state_and_may_stand_on_other_sites(
    client: PageClient, services: Services, clock: FixedClock
) -> None:
    assert "onbekend" in client.http.get("/badge.svg").text
    with services.database.transaction() as session:
        save_organisation(session, name="Veer Zuid", now=clock.now(), actor_id=None)
    well = client.http.get("/badge.svg")
    assert "geen storing bekend" in well.text
    assert well.content_type == "image/svg+xml; charset=utf-8"
    assert well.headers["Cross-Origin-Resource-Policy"] == "cross-origin"
    clock.advance(timedelta(minutes=1))
    assert client.http.get("/badge.svg").data == well.data
    with services.database.transaction() as session:
        store.publish_incident(session, title_nl="Geen boot", body_nl="Wij zoeken.", now=clock.now(), actor_id=7)
    assert "some trouble" in client.http.get("/en/badge.svg").text

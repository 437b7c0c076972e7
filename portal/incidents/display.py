"""How states, severities and levels read on the page."""

from dataclasses import dataclass
from datetime import date

from babel.dates import format_date
from flask_babel import gettext as _

from portal.incidents.names import LEVEL_NAMES, QUICK_TEXT_NAMES, SEVERITY_NAMES, STATE_NAMES
from portal.incidents.rules import Level, Severity, State
from portal.incidents.timeline import Situation
from portal.incidents.tree import Node
from portal.web.pages import language, page_url

LEVEL_MARKS = {
    Level.NONE: "well",
    Level.MAINTENANCE: "maintenance",
    Level.MINOR: "minor",
    Level.MAJOR: "major",
    Level.CRITICAL: "critical",
}


def quick_text_name(name: str) -> str:
    """The name of a text to start from: of its occasion, else of its state."""
    return str(QUICK_TEXT_NAMES[name]) if name in QUICK_TEXT_NAMES else state_name(State(name))


def state_name(state: State) -> str:
    return str(STATE_NAMES[state])


def severity_name(severity: Severity) -> str:
    return str(SEVERITY_NAMES[severity])


def level_name(level: Level) -> str:
    return str(LEVEL_NAMES[level])


def level_mark(level: Level) -> str:
    """The state of a tag, for its shape and colour."""
    return LEVEL_MARKS[level]


def incident_mark(situation: Situation) -> str:
    """The state of a card: what is over or planned says so, an open calamity outranks its state."""
    return "calamity" if situation.is_calamity and not situation.is_over else situation.state.value


def derived_text(state: State) -> str:
    """What a line of the timeline says that nobody wrote."""
    if state is State.IN_PROGRESS:
        return str(_("The planned time of this work has begun."))
    return str(_("The planned time of this work is over."))


def month_name(first: date) -> str:
    """March 2026, maart 2026."""
    return str(format_date(first, "MMMM y", locale=language()))


@dataclass(frozen=True)
class FeedLink:
    """A feed of a page, for its list of feeds and for feed readers to find. `path` is relative to the host."""

    kind: str
    content_type: str
    path: str
    title: str


def incident_feeds(situation: Situation) -> list[FeedLink]:
    return _feeds("feeds.of_incident", situation.slug, situation.title.in_(language()).text)


def service_feeds(service: Node) -> list[FeedLink]:
    return _feeds("feeds.of_service", service.slug, service.name.in_(language()).text)


def _feeds(endpoint: str, slug: str, about: str) -> list[FeedLink]:
    rss, atom, json = (page_url(endpoint, slug=slug, kind=kind) for kind in ("rss", "atom", "json"))
    return [
        FeedLink("RSS", "application/rss+xml", rss, _("%(about)s: every update", about=about)),
        FeedLink("Atom", "application/atom+xml", atom, _("%(about)s: the story so far", about=about)),
        FeedLink("JSON Feed", "application/feed+json", json, _("%(about)s: the story so far", about=about)),
    ]

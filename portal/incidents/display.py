"""How states, severities and levels read on the page."""

from dataclasses import dataclass
from datetime import date

from babel.dates import format_date
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from portal.incidents.rules import Level, Severity, State
from portal.incidents.timeline import Situation
from portal.incidents.tree import Node
from portal.web.pages import language, page_url

STATE_NAMES = {
    State.INVESTIGATING: _l("Looking for the cause"),
    State.IDENTIFIED: _l("Cause found"),
    State.MONITORING: _l("Watching"),
    State.RESOLVED: _l("Resolved"),
    State.SCHEDULED: _l("Planned"),
    State.IN_PROGRESS: _l("In progress"),
    State.VERIFYING: _l("Being checked"),
    State.COMPLETED: _l("Completed"),
    State.CANCELLED: _l("Cancelled"),
}
SEVERITY_NAMES = {
    Severity.MINOR: _l("Few people notice"),
    Severity.MAJOR: _l("Many people notice"),
    Severity.CRITICAL: _l("Nearly everyone notices"),
}
LEVEL_NAMES = {
    Level.NONE: _l("No trouble known"),
    Level.MAINTENANCE: _l("Planned work"),
    Level.MINOR: _l("Some trouble"),
    Level.MAJOR: _l("Much trouble"),
    Level.CRITICAL: _l("Serious trouble"),
}
LEVEL_MARKS = {
    Level.NONE: "well",
    Level.MAINTENANCE: "maintenance",
    Level.MINOR: "minor",
    Level.MAJOR: "major",
    Level.CRITICAL: "critical",
}


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
    rss, atom = (page_url(endpoint, slug=slug, kind=kind) for kind in ("rss", "atom"))
    return [
        FeedLink("RSS", "application/rss+xml", rss, _("%(about)s: every update", about=about)),
        FeedLink("Atom", "application/atom+xml", atom, _("%(about)s: the story so far", about=about)),
    ]

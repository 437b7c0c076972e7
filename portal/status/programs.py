"""The state for programs and for other sites: Statuspage's API and the badge."""

from flask import Blueprint, Response, g

from portal.errors import NotFound, Unavailable
from portal.incidents import queries
from portal.incidents.display import derived_text, level_name, state_name
from portal.incidents.queries import Known
from portal.incidents.rules import Banner, Level, State, banner
from portal.organisation.models import Organisation
from portal.status import badge, statuspage
from portal.status.glance import state_of
from portal.status.statuspage import Page, Snapshot, Words
from portal.web.documents import Document, send
from portal.web.edge import now, reading
from portal.web.pages import language, public_address

public = Blueprint("programs", __name__)
_MAX_AGE_SECONDS = 30


@public.get("/api/v2/<path:name>")
def api(name: str) -> Response:
    """Before the set-up nothing is known, and these documents have no way to say that."""
    if name not in statuspage.NAMES:
        raise NotFound(f"There is no /api/v2/{name}; there are {', '.join(statuspage.NAMES)}.")
    if g.organisation is None:
        raise Unavailable("This portal has not been set up yet.")
    with reading() as session:
        known = queries.known(session, now())
    return send(api_document(statuspage.document(snapshot(g.organisation, known), name)))


@public.get("/badge.svg")
def picture() -> Response:
    if g.organisation is None:
        return send(badge_document(None))
    with reading() as session:
        known = queries.known(session, now())
    return send(badge_document(banner(known.situations)))


class Telling:
    """The documents of the API, of what is known; what they have in common is made once for each language."""

    def __init__(self, organisation: Organisation, known: Known) -> None:
        self._organisation, self._known = organisation, known
        self._bodies: dict[str, dict[str, bytes]] = {}

    def document(self, name: str) -> Document:
        """The one with this name, in the language of the request."""
        if language() not in self._bodies:
            self._bodies[language()] = statuspage.documents(snapshot(self._organisation, self._known))
        return api_document(self._bodies[language()][name])


def api_document(body: bytes) -> Document:
    return Document(body, "application/json; charset=utf-8", max_age_seconds=_MAX_AGE_SECONDS, is_open=True)


def badge_document(found: Banner | None) -> Document:
    """The badge in the language of the request; grey without a banner."""
    body = badge.badge(state_of(found) if found else None, language())
    return Document(body, badge.CONTENT_TYPE, max_age_seconds=_MAX_AGE_SECONDS, is_open=True)


def snapshot(organisation: Organisation, known: Known) -> Snapshot:
    """What the API tells, in the language of the request."""
    page = Page(
        guid=organisation.guid,
        name=organisation.name,
        url=public_address("/en" if language() == "en" else ""),
        time_zone=organisation.timezone,
        language=language(),
        changed_at=organisation.changed_at,
    )
    words = Words(
        levels={level: level_name(level) for level in Level},
        derived={state: derived_text(state) for state in (State.IN_PROGRESS, State.COMPLETED)},
        cancelled=state_name(State.CANCELLED),
    )
    return Snapshot(page, words, known.nodes, known.lifetimes, known.situations)

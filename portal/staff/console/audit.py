"""Who did what: the journal, in words."""

from dataclasses import dataclass

from flask import Blueprint, Response, request

from portal.events.models import Event
from portal.events.sentences import SUBJECTS, about, sentence
from portal.events.store import trail
from portal.staff import store
from portal.staff.access import requires
from portal.staff.rules import Permission
from portal.web.answers import shown
from portal.web.edge import reading
from portal.web.numbers import number_in

blueprint = Blueprint("audit_console", __name__, url_prefix="/console/audit")

_A_PAGE = 50


@dataclass(frozen=True)
class Line:
    event: Event
    who: str | None
    what: str
    about: str


@blueprint.get("")
@requires(Permission.SEE_AUDIT)
def page() -> Response:
    subject = request.args.get("subject", "")
    with reading() as session:
        events = trail(session, before=number_in(request.args.get("before")), subject=subject or None, limit=_A_PAGE + 1)
        names = store.names(session, {event.actor_id for event in events if event.actor_id} | set(map(_member_in, events)))
    lines = [_line(event, names) for event in events[:_A_PAGE]]
    older = events[_A_PAGE - 1].id if len(events) > _A_PAGE else None
    return shown(
        "staff/audit.html", lines=lines, older=older, subject=subject, subjects=SUBJECTS, chosen=subject.partition(":")[0]
    )


def _line(event: Event, names: dict[int, str]) -> Line:
    return Line(
        event,
        who=names.get(event.actor_id or 0),
        what=sentence(event.kind, event.facts),
        about=names.get(_member_in(event)) or about(event.subject),
    )


def _member_in(event: Event) -> int:
    kind, _, number = event.subject.partition(":")
    return int(number) if kind == "member" and number.isdecimal() else 0

"""The agents' queue and the page of a case."""

from http import HTTPStatus
from typing import Any

from flask import Blueprint, Response, flash, request, url_for
from flask_babel import lazy_gettext as _l

from portal.cases import presence, queue, store, words
from portal.cases.at_risk import ahead
from portal.cases.console_forms import FORMS, CaseForm, PriorityForm, SplitForm
from portal.cases.deciding import NothingNew
from portal.cases.dossier import Dossier, came_in_since
from portal.cases.dossier_store import open_dossier
from portal.cases.models import CaseMessage
from portal.cases.queue import Bookmark, Filter, Shelf, Whose
from portal.cases.rules import summary_of
from portal.cases.splitting import KeepsItsPromise, NotOfOneCustomer
from portal.errors import Conflict
from portal.organisation.store import channels
from portal.promises.priorities import matrix_of
from portal.promises.store import ToldTwice
from portal.staff.access import current_member, requires
from portal.staff.rules import Permission
from portal.web.answers import changed, see_other, shown, wants_part
from portal.web.edge import now, reading, transaction
from portal.web.jinja import moment
from portal.web.numbers import number_in

blueprint = Blueprint("cases_console", __name__, url_prefix="/console/cases")
for said in (words.event_words, words.state_words):
    blueprint.app_template_global()(said)

_WHY_NOT = {
    NotOfOneCustomer: _l("Only a question of one customer that was not merged with another question can be split."),
    KeepsItsPromise: _l("The oldest message stays in this question, because the promised time is for that message."),
    NothingNew: _l("We cannot estimate a time now. Fill in a new time yourself."),
    ToldTwice: words.TOLD_TWICE,
}


@blueprint.get("")
@requires(Permission.SEE_CASES)
def list_cases() -> Response:
    wanted = _wanted()
    with reading() as session:
        found = queue.queue(session, wanted, after=Bookmark.read(request.args.get("after", "")))
        ids = [line.case.id for line in found.lines]
        values: dict[str, Any] = {
            "lines": found.lines,
            "next": found.next,
            "present": presence.others_present(session, ids, current_member().id, now()),
            "channels": channels(session),
            "classes": matrix_of(session).classes,
            "wishes": queue.wishes_for_erasure(session),
            "ahead": ahead(session, now()),
        }
    shelves = [(label, _link(shelf=shelf, search=""), shelf is wanted.shelf) for shelf, label in words.SHELVES.items()]
    following = _link(after=str(values["next"])) if values["next"] else None
    template = "cases/_queue.html" if wants_part() else "cases/console_queue.html"
    return shown(template, wanted=wanted, shelves=shelves, following=following, first=_link(), **values)


def _link(**changes: str) -> str:
    """The address of the queue with these changes to what is shown, from its first page."""
    kept = {name: request.args[name] for name in ("shelf", "whose", "channel", "class", "search") if name in request.args}
    wanted: dict[str, Any] = {name: value for name, value in (kept | changes).items() if value}
    return url_for(".list_cases", **wanted)


def _wanted() -> Filter:
    args = request.args
    return Filter(
        shelf=args.get("shelf", Shelf.UNANSWERED, Shelf),
        whose=args.get("whose", Whose.EVERYBODYS, Whose),
        member_id=current_member().id,
        channel_id=number_in(args.get("channel")),
        class_code=args.get("class", "")[:8],
        search=args.get("search", "").strip()[:100],
    )


@blueprint.get("/<reference>")
@requires(Permission.SEE_CASES)
def show(reference: str) -> Response:
    with reading() as session:
        known_as = store.case_by_reference(session, reference).reference
    return case_page(reference) if known_as == reference else see_other(address_of(known_as))


@blueprint.post("/<reference>/presence")
@requires(Permission.SEE_CASES)
def be_present(reference: str) -> Response:
    """Notes that the member has the case open; tells who else has, and whether it changed since the page was made.

    Sent by the page itself, when it opens and every twenty seconds.
    """
    member = current_member()
    with transaction() as session:
        case = store.case_by_reference(session, reference)
        presence.be_present(session, case.id, member.id, now())
        present = presence.others_present(session, [case.id], member.id, now()).get(case.id, [])
    is_stale = CaseForm().seen_version != case.version
    return changed("cases/_presence.html", address_of(case.reference), case=case, present=present, is_stale=is_stale)


@blueprint.errorhandler(Conflict)
def show_conflict(error: Conflict) -> Response:
    """What was typed stays, and what happened in the meantime stands above it; sending it again is then a decision."""
    assert request.view_args
    return case_page(request.view_args["reference"], HTTPStatus.CONFLICT, refused=CaseForm(), why=_WHY_NOT.get(type(error)))


def case_page(reference: str, status: HTTPStatus = HTTPStatus.OK, *, refused: CaseForm | None = None, **values: Any) -> Response:
    """The page of a case; after an act its changing parts alone to htmx.

    `refused` is a form that came back because the case had changed; other `values` may be a form with its faults, by the
    name of its act, `said`, what was just done, and `why` it was not.
    """
    member = current_member()
    with reading() as session:
        dossier = open_dossier(session, reference, member_id=member.id, now=now())
    is_part = wants_part() and request.method == "POST"
    return shown(
        "cases/_case.html" if is_part else "cases/console_case.html",
        status,
        dossier=dossier,
        forms=_forms(dossier, keep_typed=status is not HTTPStatus.OK)
        | {name: form for name, form in values.items() if isinstance(form, CaseForm)},
        new=came_in_since(dossier, refused.seen_message) if refused else [],
        is_refused=refused is not None,
        is_stale=refused is not None and refused.seen_version != dossier.case.version,
        may_act=member.may(Permission.ANSWER_CASES),
        said=values.get("said"),
        why=values.get("why"),
        told_twice=words.TOLD_TWICE if dossier.only_an_answer_helps else None,
        asked_every=presence.ASKED_EVERY_SECONDS,
    )


def message_words(message: CaseMessage) -> str:
    """When a message came, and how it begins."""
    return f"{moment(message.created_at)}: {summary_of(message.text)}"


def _forms(dossier: Dossier, *, keep_typed: bool) -> dict[str, CaseForm]:
    """An empty form for each act; that of this request keeps what was typed when the act was not done."""
    acting = (request.endpoint or "").rpartition(".")[2] if keep_typed else ""
    now_is = {"impact": dossier.promise.current_impact, "urgency": dossier.promise.current_urgency} if dossier.promise else {}
    forms = {
        name: form() if name == acting else form(formdata=None, **(now_is if form in {PriorityForm, SplitForm} else {}))
        for name, form in FORMS.items()
    }
    for form in forms.values():
        if isinstance(form, SplitForm):
            form.offer(dossier.splittable, message_words)
    return forms


def done(reference: str, message: str) -> Response:
    """The act was done: the changed parts to htmx, and the way to the page to everyone else."""
    if wants_part():
        return case_page(reference, said=message)
    flash(message)
    return see_other(address_of(reference))


def address_of(reference: str) -> str:
    return url_for("cases_console.show", reference=reference)

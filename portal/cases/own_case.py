"""A customer's own case, in a browser that showed its code or link: all of it, and what one can do with it."""

from http import HTTPStatus

from flask import Blueprint, Response, flash, json, request
from flask_babel import gettext as _
from sqlalchemy.orm import Session

from portal import services
from portal.cases import claims_store, device, exporting, kinship, tracking_store
from portal.cases.models import Case
from portal.cases.reference import read_reference
from portal.cases.tracking import keep_private
from portal.cases.tracking_forms import LookUpForm, OpinionForm, WriteForm
from portal.errors import NotFound
from portal.web.answers import see_other, shown
from portal.web.edge import now, reading, transaction
from portal.web.limits import limiter
from portal.web.pages import page_url

public = Blueprint("own_case", __name__)
public.after_request(keep_private)

_changes_of_a_visitor = limiter.shared_limit("30 per 10 minutes;200 per day", scope="own-case")


class Stranger(NotFound):
    """Raised when a browser did not prove that the case is its owner's, or when the proof has ended."""


@public.errorhandler(Stranger)
def closed_door(_error: Stranger) -> Response:
    """The same page for what does not exist, what is another's, and what has ended."""
    return shown("cases/closed_door.html", HTTPStatus.NOT_FOUND, form=LookUpForm(formdata=None))


@public.get("/track/mine")
def all_mine() -> Response:
    with reading() as session:
        cases = kinship.cases_of(session, _opened(session).values())
    if not cases:
        raise Stranger
    if len(cases) == 1:
        return _to(cases[0])
    return shown("cases/all_mine.html", cases=cases)


@public.get("/track/mine/<reference>")
def mine(reference: str) -> Response:
    return _mine(reference, WriteForm(), OpinionForm())


@public.post("/track/mine/<reference>/message")
@_changes_of_a_visitor
def write(reference: str) -> Response:
    form = WriteForm()
    with transaction() as session:
        case = _own(session, reference)
        if form.validate():
            tracking_store.write(session, case.id, form.text.data, now())
    if form.errors:
        return _mine(reference, form, OpinionForm(formdata=None), HTTPStatus.UNPROCESSABLE_ENTITY)
    flash(_("Your message has been added."))
    return _to(case)


@public.post("/track/mine/<reference>/solved")
@_changes_of_a_visitor
def say_solved(reference: str) -> Response:
    with transaction() as session:
        case = _own(session, reference)
        tracking_store.say_solved(session, case.id, now())
    flash(_("Good to hear. Your question is closed."))
    return _to(case)


@public.post("/track/mine/<reference>/withdraw")
@_changes_of_a_visitor
def withdraw(reference: str) -> Response:
    with transaction() as session:
        case = _own(session, reference)
        is_done = tracking_store.withdraw(session, case.id, now())
    if is_done:
        flash(_("You need no answer any more. We have noted that."))
    return _to(case)


@public.post("/track/mine/<reference>/after-all")
@_changes_of_a_visitor
def want_after_all(reference: str) -> Response:
    with transaction() as session:
        case = _own(session, reference)
        is_done = tracking_store.want_after_all(session, case.id, now())
    if is_done:
        flash(_("Your question is open again. You get an answer."))
    return _to(case)


@public.post("/track/mine/<reference>/answers/<int:message_id>")
@_changes_of_a_visitor
def give_opinion(reference: str, message_id: int) -> Response:
    form = OpinionForm()
    with transaction() as session:
        case = _own(session, reference)
        if form.validate():
            helped = form.helped.data == "yes"
            tracking_store.give_opinion(session, case.id, message_id, helped=helped, text=form.text.data or "", now=now())
    if form.errors:
        return _mine(reference, WriteForm(formdata=None), form, HTTPStatus.UNPROCESSABLE_ENTITY)
    flash(_("Thank you. We read what you wrote."))
    return _to(case)


@public.get("/track/mine/<reference>/export.json")
def export(reference: str) -> Response:
    with reading() as session:
        values = exporting.export(session, _own(session, reference).id, now())
    response = Response(json.dumps(values, ensure_ascii=False, indent=2), content_type="application/json")
    response.headers["Content-Disposition"] = f'attachment; filename="{values["reference"]}.json"'
    return response


@public.post("/track/mine/<reference>/erasure")
@_changes_of_a_visitor
def ask_erasure(reference: str) -> Response:
    with transaction() as session:
        case = _own(session, reference)
        tracking_store.ask_erasure(session, case.id, now())
    flash(_("We have noted that you want your question erased."))
    return _to(case)


@public.post("/track/mine/<reference>/forget")
@_changes_of_a_visitor
def forget(reference: str) -> Response:
    """Ends the codes and links by which this browser opened the case, everywhere."""
    with transaction() as session:
        case = _own(session, reference)
        proved = kinship.opened_with(session, case)
        for claim_id, case_id in _opened(session).items():
            if case_id in proved:
                claims_store.revoke(session, claim_id, case_id=case_id, now=now(), actor_id=None)
    return see_other(page_url("own_case.left", how="forgotten"))


@public.post("/track/sign-out")
@_changes_of_a_visitor
def sign_out() -> Response:
    """Ends this browser's access, also for whoever copied its cookie. Codes and links stay."""
    config = services.current().config
    known = device.device_of(request, config, now())
    if known:
        with transaction() as session:
            claims_store.sign_out(session, services.current().vault, known.name, now())
    response = see_other(page_url("own_case.left", how="signed-out"))
    device.forget(response, config)
    return response


@public.get("/track/left/<any('forgotten', 'signed-out'):how>")
def left(how: str) -> Response:
    return shown("cases/left.html", how=how, form=LookUpForm(formdata=None))


def _opened(session: Session) -> dict[int, int]:
    """The cases that this browser may open now, by claim. At most two queries."""
    known = device.device_of(request, services.current().config, now())
    return claims_store.opened(session, services.current().vault, known.name, known.claim_ids, now()) if known else {}


def _own(session: Session, reference: str) -> Case:
    """The case with this number when this browser may open it. Raises Stranger."""
    wanted = read_reference(reference)
    for case in kinship.cases_of(session, _opened(session).values()):
        if case.reference == wanted:
            return case
    raise Stranger


def _mine(reference: str, write_form: WriteForm, opinion_form: OpinionForm, status: HTTPStatus = HTTPStatus.OK) -> Response:
    with reading() as session:
        view = tracking_store.own_view(session, _own(session, reference).id, now())
    return shown("cases/mine.html", status, view=view, write_form=write_form, opinion_form=opinion_form)


def _to(case: Case) -> Response:
    return see_other(page_url("own_case.mine", reference=case.reference))

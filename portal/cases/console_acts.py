"""What agents do with a case. Each act is a plain form; htmx swaps the changed parts."""

from http import HTTPStatus

from flask import Response, request
from flask_babel import gettext as _

from portal import services
from portal.cases import claims_store, deciding, splitting, store, tracking_store
from portal.cases.console import address_of, blueprint, case_page, done, message_words
from portal.cases.console_forms import (
    AnswerForm,
    CaseForm,
    MergeForm,
    NoteForm,
    PriorityForm,
    ReviseForm,
    SamePersonForm,
    SplitForm,
)
from portal.cases.models import Case
from portal.errors import NotFound
from portal.promises.rules import Impact, Urgency
from portal.promises.store import ToldAlready
from portal.staff.access import current_member, requires
from portal.staff.rules import Permission
from portal.web.answers import see_other, shown, wants_part
from portal.web.edge import now, reading, transaction
from portal.web.jinja import zone
from portal.web.pages import page_url

__all__ = ["blueprint"]


@blueprint.post("/<reference>/answer")
@requires(Permission.ANSWER_CASES)
def answer(reference: str) -> Response:
    form = AnswerForm()
    if not form.validate():
        return _faulty(reference, answer=form)
    with transaction() as session:
        case = store.case_by_reference(session, reference)
        store.answer(
            session,
            case.id,
            text=form.text.data,
            member_id=current_member().id,
            now=now(),
            version=form.seen_version,
            asks_back=form.asks_back.data,
        )
    return done(reference, _("Your answer stands on the customer's page."))


@blueprint.post("/<reference>/note")
@requires(Permission.ANSWER_CASES)
def add_note(reference: str) -> Response:
    form = NoteForm()
    if not form.validate():
        return _faulty(reference, add_note=form)
    with transaction() as session:
        case = store.case_by_reference(session, reference)
        store.add_note(session, case.id, text=form.text.data, member_id=current_member().id, now=now())
    return done(reference, _("Your note has been added."))


@blueprint.post("/<reference>/close")
@requires(Permission.ANSWER_CASES)
def close(reference: str) -> Response:
    with transaction() as session:
        case = store.case_by_reference(session, reference)
        store.close(session, case.id, member_id=current_member().id, now=now(), version=CaseForm().seen_version)
    return done(reference, _("The question is closed."))


@blueprint.post("/<reference>/reopen")
@requires(Permission.ANSWER_CASES)
def reopen(reference: str) -> Response:
    with transaction() as session:
        case = store.case_by_reference(session, reference)
        store.reopen(session, case.id, member_id=current_member().id, now=now(), version=CaseForm().seen_version)
    return done(reference, _("The question is open again."))


@blueprint.post("/<reference>/spam")
@requires(Permission.ANSWER_CASES)
def mark_spam(reference: str) -> Response:
    with transaction() as session:
        case = store.case_by_reference(session, reference)
        store.mark_spam(session, case.id, member_id=current_member().id, now=now(), version=CaseForm().seen_version)
    return done(reference, _("The question is marked as spam and counts in no figure."))


@blueprint.post("/<reference>/withdraw")
@requires(Permission.ANSWER_CASES)
def withdraw(reference: str) -> Response:
    with transaction() as session:
        case = store.case_by_reference(session, reference)
        store.withdraw(session, case.id, member_id=current_member().id, now=now(), version=CaseForm().seen_version)
    return done(reference, _("The customer needs no answer any more. The customer sees that, and can take it back."))


@blueprint.post("/<reference>/assign")
@requires(Permission.ANSWER_CASES)
def assign(reference: str) -> Response:
    """To oneself, or to nobody when the form says so."""
    member = current_member()
    to = None if request.form.get("to") == "nobody" else member.id
    with transaction() as session:
        case = store.case_by_reference(session, reference)
        store.assign(session, case.id, to=to, member_id=member.id, now=now(), version=CaseForm().seen_version)
    return done(reference, _("The question is yours.") if to else _("The question is nobody's."))


@blueprint.post("/<reference>/priority")
@requires(Permission.ANSWER_CASES)
def prioritise(reference: str) -> Response:
    form = PriorityForm()
    if not form.validate():
        return _faulty(reference, prioritise=form)
    with transaction() as session:
        case = store.case_by_reference(session, reference)
        deciding.prioritise(
            session,
            case.id,
            Impact(form.impact.data),
            Urgency(form.urgency.data),
            why=form.why.data,
            member_id=current_member().id,
            now=now(),
            version=form.seen_version,
        )
    return done(reference, _("The priority is changed. The promised time stays."))


@blueprint.post("/<reference>/revise")
@requires(Permission.ANSWER_CASES)
def revise(reference: str) -> Response:
    form = ReviseForm()
    choice = form.chosen(zone(), now(), current_member().id)
    if choice is None:
        return _faulty(reference, revise=form)
    act = deciding.keep_ready if form.is_kept_ready else deciding.revise
    try:
        with transaction() as session:
            case = store.case_by_reference(session, reference)
            act(session, case.id, choice, now=now(), version=form.seen_version)
    except ToldAlready:
        form.refuse("until", _("The customer knows this time already. Choose another one."))
        return _faulty(reference, revise=form)
    if form.is_kept_ready:
        return done(reference, _("This is ready. It goes out half an hour before the promised time."))
    return done(reference, _("The customer sees the new time and the reason."))


@blueprint.post("/<reference>/merge")
@requires(Permission.ANSWER_CASES)
def merge(reference: str) -> Response:
    form = MergeForm()
    into = _other(form) if form.validate() else None
    if into is None:
        return _faulty(reference, merge=form)
    with transaction() as session:
        case = store.case_by_reference(session, reference)
        deciding.merge(session, case.id, into, member_id=current_member().id, now=now(), version=form.seen_version)
    return _leave_for(into.reference)


@blueprint.post("/<reference>/split")
@requires(Permission.ANSWER_CASES)
def split(reference: str) -> Response:
    form = SplitForm()
    with reading() as session:
        case = store.case_by_reference(session, reference)
        form.offer(splitting.splittable(session, case, store.messages_of(session, case.id)), message_words)
    if not form.validate():
        return _faulty(reference, split=form)
    with transaction() as session:
        new = splitting.split(
            session,
            case.id,
            form.messages.data,
            impact=Impact(form.impact.data),
            urgency=Urgency(form.urgency.data),
            member_id=current_member().id,
            now=now(),
            version=form.seen_version,
        )
    return _leave_for(new.reference)


@blueprint.post("/<reference>/same-person")
@requires(Permission.ANSWER_CASES)
def same_person(reference: str) -> Response:
    form = SamePersonForm()
    other = _other(form) if form.validate() else None
    if other is None:
        return _faulty(reference, same_person=form)
    with transaction() as session:
        case = store.case_by_reference(session, reference)
        deciding.say_same_person(session, case.id, other, member_id=current_member().id, now=now())
    return done(reference, _("The two are one person from now on."))


@blueprint.post("/<reference>/claims")
@requires(Permission.ANSWER_CASES)
def make_claim(reference: str) -> Response:
    """Answers with the page itself and not with 303: code and link are shown now or never, and are kept nowhere to show later."""
    with transaction() as session:
        case = store.case_by_reference(session, reference)
        issued = claims_store.issue(session, services.current().vault, case.id, now=now(), actor_id=current_member().id)
    language = "en" if case.language.startswith("en") else "nl"
    link = page_url("tracking.follow_link", token=issued.token, language=language, external=True)
    return shown(
        "cases/_claim_made.html" if wants_part() else "cases/console_claim.html",
        case=case,
        code=issued.code,
        link=link,
        to_language=language,
    )


@blueprint.post("/<reference>/claims/<int:claim_id>/revoke")
@requires(Permission.ANSWER_CASES)
def revoke_claim(reference: str, claim_id: int) -> Response:
    with transaction() as session:
        case = store.case_by_reference(session, reference)
        claims_store.revoke(session, claim_id, case_id=case.id, now=now(), actor_id=current_member().id)
    return done(reference, _("The code and the link no longer work."))


@blueprint.post("/<reference>/erasure")
@requires(Permission.ANSWER_CASES)
def settle_erasure(reference: str) -> Response:
    with transaction() as session:
        case = store.case_by_reference(session, reference)
        tracking_store.settle_erasure(session, case.id, now=now(), actor_id=current_member().id)
    return done(reference, _("The wish is settled."))


def _faulty(reference: str, **form: CaseForm) -> Response:
    return case_page(reference, HTTPStatus.UNPROCESSABLE_ENTITY, **form)


def _other(form: MergeForm | SamePersonForm) -> Case | None:
    """The case whose number was typed; None, with a message at the field, when there is none."""
    try:
        with reading() as session:
            return store.case_by_reference(session, form.reference.data)
    except NotFound:
        form.refuse("reference", _("There is no question with this number."))
        return None


def _leave_for(reference: str) -> Response:
    """The page of another case; htmx is told to go there."""
    if wants_part():
        return Response(headers={"HX-Redirect": address_of(reference)})
    return see_other(address_of(reference))

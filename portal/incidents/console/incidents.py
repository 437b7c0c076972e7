"""Incidents in the console: a short form to publish, and one place to keep telling."""

from datetime import datetime
from http import HTTPStatus
from typing import Any

from flask import Blueprint, Response, flash, request, url_for
from flask_babel import gettext as _
from sqlalchemy.orm import Session

from portal.errors import Conflict, Invalid, NotFound
from portal.incidents import queries, rules, store
from portal.incidents.console.words import helped, is_help, words_part
from portal.incidents.forms import EditForm, FactsForm, NewIncidentForm, UpdateForm, next_update_at
from portal.incidents.models import Incident
from portal.incidents.quick_texts import FOR_STATE, quick_texts
from portal.incidents.rules import FINAL, IncidentKind, Severity, State
from portal.incidents.timeline import Entry, Situation
from portal.organisation.store import channels
from portal.staff.access import current_member, requires
from portal.staff.rules import Permission
from portal.staff.store import members
from portal.web.answers import changed, see_other, shown, wants_part
from portal.web.edge import now, reading, transaction
from portal.web.localized import Localized

blueprint = Blueprint("incidents_console", __name__, url_prefix="/console/incidents")


@blueprint.get("")
@requires(Permission.EDIT_INCIDENTS)
def overview() -> Response:
    with reading() as session:
        return shown("incidents/console/overview.html", overview=queries.overview(session, now()))


@blueprint.get("/new")
@requires(Permission.EDIT_INCIDENTS)
def new() -> Response:
    form = NewIncidentForm()
    form.fill(FOR_STATE[State.INVESTIGATING])
    return show_new(form)


@blueprint.post("/new")
@requires(Permission.EDIT_INCIDENTS)
def publish() -> Response:
    form = NewIncidentForm()
    answer = help_with_new(form)
    if answer is not None:
        return answer
    try:
        with transaction() as session:
            incident = publish_with(session, form, now())
    except Invalid as error:
        form.refuse_faults(error)
        return show_new(form, HTTPStatus.UNPROCESSABLE_ENTITY)
    if incident.is_calamity:
        flash(_("Published. Customers see it now. One question is left: who helps?"))
        (channel,) = form.channels.data if len(form.channels.data) == 1 else (None,)
        return see_other(url_for("staffing_console.page", channel=channel, incident=incident.id))
    flash(_("Published. Customers see it now."))
    return see_other(url_for(".work", incident_id=incident.id))


def help_with_new(form: NewIncidentForm) -> Response | None:
    """The answer while the form is not ready to be published: a text was asked for, or something is missing. Else None."""
    _offer(form)
    if is_help():
        return words_part(form, _first_texts()) if wants_part() else show_new(form, preview=helped(form))
    return None if form.validate() else show_new(form, HTTPStatus.UNPROCESSABLE_ENTITY)


def publish_with(session: Session, form: NewIncidentForm, at: datetime) -> Incident:
    """The incident that the form tells of; the same one when it is sent twice. Raises Invalid."""
    return store.publish_incident(
        session,
        **form.facts("title_nl", "title_en", "body_nl", "body_en", "is_calamity"),
        severity=Severity(form.severity.data),
        service_ids=form.services.data,
        channel_ids=form.channels.data,
        next_update_at=next_update_at(form, at),
        guid=form.name(),
        now=at,
        actor_id=current_member().id,
    )


@blueprint.get("/<int:incident_id>")
@requires(Permission.EDIT_INCIDENTS)
def work(incident_id: int) -> Response:
    return _work(_situation(incident_id))


def show_filled_in(situation: Situation, text: Localized, *, state: State | None = None) -> Response:
    """The page of an incident with this text in its form, so that publishing is one more click; in front with this state."""
    form = _update_form(situation)
    form.fill(text)
    states = rules.next_states(situation.state)
    return _work(situation, form, states=sorted(states, key=lambda each: each is not state))


@blueprint.post("/<int:incident_id>/updates")
@requires(Permission.EDIT_INCIDENTS)
def update(incident_id: int) -> Response:
    form, state = UpdateForm(), request.form.get("state", "")
    situation = _situation(incident_id)
    if is_help():
        texts = quick_texts(rules.next_states(situation.state))
        return words_part(form, texts) if wants_part() else _work(situation, form, preview=helped(form))
    if not form.validate():
        return _work(situation, form, HTTPStatus.UNPROCESSABLE_ENTITY)
    try:
        with transaction() as session:
            store.add_update(
                session,
                incident_id,
                **form.facts("body_nl", "body_en"),
                state=_state(state),
                next_update_at=None if _state(state) in FINAL else next_update_at(form, now()),
                severity=Severity(form.severity.data),
                version=form.seen_version,
                now=now(),
                actor_id=current_member().id,
            )
    except Conflict:
        return _stale(incident_id, form)
    except Invalid as error:
        form.refuse_faults(error)
        return _work(_situation(incident_id), form, HTTPStatus.UNPROCESSABLE_ENTITY)
    return _taken(incident_id, _("Published. Customers see it now."))


@blueprint.post("/<int:incident_id>/calamity")
@requires(Permission.EDIT_INCIDENTS)
def calamity(incident_id: int) -> Response:
    is_calamity = request.form.get("is_calamity") == "yes"
    with transaction() as session:
        store.set_calamity(session, incident_id, is_calamity=is_calamity, now=now(), actor_id=current_member().id)
    return _taken(incident_id, _("This is a calamity now.") if is_calamity else _("This is no calamity any more."))


@blueprint.get("/<int:incident_id>/updates/<int:update_id>")
@requires(Permission.EDIT_INCIDENTS)
def edit(incident_id: int, update_id: int) -> Response:
    situation = _situation(incident_id)
    entry = _entry(situation, update_id)
    return _edit(situation, entry, EditForm(body_nl=entry.body.nl, body_en=entry.body.en))


@blueprint.post("/<int:incident_id>/updates/<int:update_id>")
@requires(Permission.EDIT_INCIDENTS)
def save_edit(incident_id: int, update_id: int) -> Response:
    situation, form = _situation(incident_id), EditForm()
    entry = _entry(situation, update_id)
    if is_help():
        return words_part(form, {}) if wants_part() else _edit(situation, entry, form, preview=helped(form))
    if not form.validate():
        return _edit(situation, entry, form, HTTPStatus.UNPROCESSABLE_ENTITY)
    with transaction() as session:
        store.edit_update(session, update_id, **form.facts("body_nl", "body_en"), now=now(), actor_id=current_member().id)
    flash(_("The text has been changed. Customers see that it was edited."))
    return see_other(url_for(".work", incident_id=incident_id))


@blueprint.get("/<int:incident_id>/facts")
@requires(Permission.EDIT_INCIDENTS)
def facts(incident_id: int) -> Response:
    situation = _situation(incident_id)
    with reading() as session:
        services, touched = queries.touched(session, incident_id)
    form = FactsForm(
        title_nl=situation.title.nl,
        title_en=situation.title.en,
        severity=situation.severity.value,
        is_calamity=situation.is_calamity,
        services=services,
        channels=touched,
    )
    return _facts(situation, form)


@blueprint.post("/<int:incident_id>/facts")
@requires(Permission.EDIT_INCIDENTS)
def save_facts(incident_id: int) -> Response:
    form = FactsForm()
    _offer(form)
    if not form.validate():
        return _facts(_situation(incident_id), form, HTTPStatus.UNPROCESSABLE_ENTITY)
    with transaction() as session:
        store.change_incident(
            session,
            incident_id,
            **form.facts("title_nl", "title_en", "is_calamity"),
            severity=Severity(form.severity.data),
            service_ids=form.services.data,
            channel_ids=form.channels.data,
            now=now(),
            actor_id=current_member().id,
        )
    flash(_("The incident has been changed."))
    return see_other(url_for(".work", incident_id=incident_id))


def show_new(form: NewIncidentForm, status: HTTPStatus = HTTPStatus.OK, **values: Any) -> Response:
    """The page on which an incident is written."""
    _offer(form)
    form.name()
    return shown("incidents/console/new.html", status, form=form, texts=_first_texts(), **values)


def _work(
    situation: Situation, form: UpdateForm | None = None, status: HTTPStatus = HTTPStatus.OK, *, news: bool = False, **values: Any
) -> Response:
    """The page of one incident, or the part of it that htmx swaps."""
    template = "incidents/console/_work.html" if wants_part() else "incidents/console/work.html"
    form = form or _update_form(situation)
    return shown(template, status, **_values(situation, form) | values, news=news)


def _update_form(situation: Situation) -> UpdateForm:
    """An empty form. News about planned work is the exception, so none is promised unless somebody chooses to."""
    promised = "" if situation.kind is IncidentKind.MAINTENANCE else "60"
    return UpdateForm(formdata=None, version=str(situation.version), severity=situation.severity.value, next_update=promised)


def _taken(incident_id: int, message: str) -> Response:
    if not wants_part():
        flash(message)
    situation = _situation(incident_id)
    form = _update_form(situation)
    address = url_for(".work", incident_id=incident_id)
    return changed("incidents/console/_work.html", address, **_values(situation, form), message=message)


def _stale(incident_id: int, form: UpdateForm) -> Response:
    """Tells the writer that there is news, and keeps what he typed; sent again, it is taken.

    When the news is his own text, he pressed the button twice, and all is well.
    """
    situation = _situation(incident_id)
    latest, typed = situation.latest, (rules.clean(form.body_nl.data or ""), rules.clean(form.body_en.data or ""))
    if latest and latest.author_id == current_member().id and (latest.body.nl, latest.body.en) == typed:
        return _taken(incident_id, _("Published. Customers see it now."))
    form.version.data = str(situation.version)
    return _work(situation, form, HTTPStatus.CONFLICT, news=True)


def _values(situation: Situation, form: UpdateForm) -> dict[str, Any]:
    states = rules.next_states(situation.state)
    if situation.state is State.CANCELLED:
        states = (State.CANCELLED,)  # to plan it again, give it a window
    with reading() as session:
        names = {member.id: member.name for member in members(session)}
    return {
        "incident": situation,
        "form": form,
        "states": states,
        "texts": quick_texts(states),
        "names": names,
        "is_maintenance": situation.kind is IncidentKind.MAINTENANCE,
    }


def _edit(situation: Situation, entry: Entry, form: EditForm, status: HTTPStatus = HTTPStatus.OK, **values: Any) -> Response:
    return shown("incidents/console/edit.html", status, incident=situation, entry=entry, form=form, texts={}, **values)


def _facts(situation: Situation, form: FactsForm, status: HTTPStatus = HTTPStatus.OK) -> Response:
    _offer(form)
    return shown("incidents/console/facts.html", status, incident=situation, form=form)


def _offer(form: NewIncidentForm | FactsForm) -> None:
    with reading() as session:
        form.offer(queries.tree(session), channels(session))


def _first_texts() -> dict[str, Any]:
    return quick_texts(rules.first_states(IncidentKind.INCIDENT))


def _situation(incident_id: int) -> Situation:
    with reading() as session:
        return queries.by_id(session, incident_id, now())


def _entry(situation: Situation, update_id: int) -> Entry:
    for entry in situation.entries:
        if entry.id == update_id:
            return entry
    raise NotFound(f"Incident {situation.id} has no update {update_id}.")


def _state(value: str) -> State:
    try:
        return State(value)
    except ValueError as error:
        raise Invalid("state", value, "one of " + ", ".join(State)) from error

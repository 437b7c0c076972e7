"""Planned work in the console: a window in the company's own time."""

from datetime import timedelta
from http import HTTPStatus
from typing import Any

from flask import Blueprint, Response, flash, url_for
from flask_babel import gettext as _

from portal.errors import Invalid, NotFound
from portal.incidents import queries, store
from portal.incidents.console.words import helped, is_help, words_part
from portal.incidents.forms import MaintenanceForm, MoveForm
from portal.incidents.quick_texts import FOR_STATE, MOVED
from portal.incidents.rules import State, Window
from portal.incidents.timeline import Situation
from portal.organisation.store import channels
from portal.staff.access import current_member, requires
from portal.staff.rules import Permission
from portal.web.answers import see_other, shown, wants_part
from portal.web.edge import now, reading, transaction
from portal.web.jinja import zone
from portal.web.local_time import local_time, next_quarter

blueprint = Blueprint("maintenance_console", __name__, url_prefix="/console/incidents")

_USUAL_LENGTH = timedelta(hours=2)
_PLANNING_TEXTS = {State.SCHEDULED.value: FOR_STATE[State.SCHEDULED]}
_MOVING_TEXTS = {"moved": MOVED}


@blueprint.get("/maintenance/new")
@requires(Permission.EDIT_INCIDENTS)
def new() -> Response:
    start = next_quarter(now() + timedelta(days=1), zone())
    form = MaintenanceForm(window_start=start, window_end=start + _USUAL_LENGTH)
    form.fill(FOR_STATE[State.SCHEDULED])
    return _new(form)


@blueprint.post("/maintenance/new")
@requires(Permission.EDIT_INCIDENTS)
def plan() -> Response:
    form = MaintenanceForm()
    _offer(form)
    if is_help():
        return words_part(form, _PLANNING_TEXTS) if wants_part() else _new(form, preview=helped(form))
    if not form.validate():
        return _new(form, HTTPStatus.UNPROCESSABLE_ENTITY)
    window = form.window(zone())
    try:
        with transaction() as session:
            incident = store.plan_maintenance(
                session,
                **form.facts("title_nl", "title_en", "body_nl", "body_en"),
                window_start=window.start,
                window_end=window.end,
                service_ids=form.services.data,
                channel_ids=form.channels.data,
                guid=form.name(),
                now=now(),
                actor_id=current_member().id,
            )
    except Invalid as error:
        form.refuse_faults(error)
        return _new(form, HTTPStatus.UNPROCESSABLE_ENTITY)
    flash(_("The work has been announced. It begins and ends by itself."))
    return see_other(url_for("incidents_console.work", incident_id=incident.id))


@blueprint.get("/<int:incident_id>/move")
@requires(Permission.EDIT_INCIDENTS)
def move(incident_id: int) -> Response:
    situation, planned = _planned(incident_id)
    form = MoveForm(window_start=local_time(planned.start, zone()), window_end=local_time(planned.end, zone()))
    form.fill(MOVED)
    return _move(situation, form)


@blueprint.post("/<int:incident_id>/move")
@requires(Permission.EDIT_INCIDENTS)
def save_move(incident_id: int) -> Response:
    situation, _window = _planned(incident_id)
    form = MoveForm()
    if is_help():
        return words_part(form, _MOVING_TEXTS) if wants_part() else _move(situation, form, preview=helped(form))
    if not form.validate():
        return _move(situation, form, HTTPStatus.UNPROCESSABLE_ENTITY)
    window = form.window(zone())
    try:
        with transaction() as session:
            store.move_maintenance(
                session,
                incident_id,
                **form.facts("body_nl", "body_en"),
                window_start=window.start,
                window_end=window.end,
                now=now(),
                actor_id=current_member().id,
            )
    except Invalid as error:
        form.refuse_faults(error)
        return _move(situation, form, HTTPStatus.UNPROCESSABLE_ENTITY)
    flash(_("The work has been moved. Customers see the new time."))
    return see_other(url_for("incidents_console.work", incident_id=incident_id))


def _new(form: MaintenanceForm, status: HTTPStatus = HTTPStatus.OK, **values: Any) -> Response:
    _offer(form)
    form.name()
    return shown("incidents/console/plan.html", status, form=form, texts=_PLANNING_TEXTS, zone=zone(), **values)


def _move(situation: Situation, form: MoveForm, status: HTTPStatus = HTTPStatus.OK, **values: Any) -> Response:
    return shown("incidents/console/move.html", status, incident=situation, form=form, texts=_MOVING_TEXTS, zone=zone(), **values)


def _offer(form: MaintenanceForm) -> None:
    with reading() as session:
        form.offer(queries.tree(session), channels(session))


def _planned(incident_id: int) -> tuple[Situation, Window]:
    with reading() as session:
        situation = queries.by_id(session, incident_id, now())
    if situation.window is None:
        raise NotFound(f"Incident {incident_id} is no planned work.")
    return situation, situation.window

"""One question in busy times: how many people answer, from when, until when."""

from datetime import datetime
from http import HTTPStatus
from typing import Any
from zoneinfo import ZoneInfo

from flask import Blueprint, Response, flash, request, url_for
from flask_babel import gettext as _
from sqlalchemy.orm import Session

from portal.errors import Invalid
from portal.hours.opening_time import ALWAYS
from portal.hours.store import opening_times_of_all
from portal.organisation.store import channels, zone_of
from portal.promises import staffing
from portal.promises.desks import announced_now
from portal.promises.staffing_forms import Moments, StaffForm, moments
from portal.staff.access import current_member, requires
from portal.staff.rules import Permission
from portal.web.answers import see_other, shown
from portal.web.edge import now, reading, transaction
from portal.web.jinja import moment
from portal.web.numbers import number_in

blueprint = Blueprint("staffing_console", __name__, url_prefix="/console/staffing")


@blueprint.get("")
@requires(Permission.EDIT_INCIDENTS)
def page() -> Response:
    """`channel` is the one to ask about, `incident` the calamity because of which it is asked."""
    form = StaffForm(formdata=None, channel_id=number_in(request.args.get("channel")) or 0)
    form.incident.data = request.args.get("incident", "")
    with reading() as session:
        found, zone = _offered(session, form)
        form.fill(found, staffing.latest_usual(session, form.channel_id.data or None), zone)
    return _page(form)


@blueprint.post("")
@requires(Permission.EDIT_INCIDENTS)
def plan() -> Response:
    form, at = StaffForm(), now()
    with reading() as session:
        found, zone = _offered(session, form)
    if not form.validate():
        return _page(form, HTTPStatus.UNPROCESSABLE_ENTITY)
    try:
        values = form.values(found, at, zone)
        if request.form.get("look"):
            return _look(form, values, at)
        with transaction() as session:
            made = staffing.plan_staff(session, **values, now=at, actor_id=current_member().id)
    except Invalid as error:
        form.refuse_faults(error)
        return _page(form, HTTPStatus.UNPROCESSABLE_ENTITY)
    flash(_("Saved. From now on the announced times count with it."))
    return see_other(url_for("calamity_console.tell_of_plan", plan_id=made.id, incident=form.incident_id))


@blueprint.post("/<int:plan_id>/end")
@requires(Permission.EDIT_INCIDENTS)
def end(plan_id: int) -> Response:
    with transaction() as session:
        staffing.end_plan(session, plan_id, now=now(), actor_id=current_member().id)
    flash(_("This plan does not count any more."))
    return see_other(url_for(".page", _anchor="plans"))


def _look(form: StaffForm, values: dict[str, Any], at: datetime) -> Response:
    """What customers read now, and what they would read with this plan. Saves nothing. Raises Invalid."""
    plan = staffing.supposed_plan(**values, now=at)
    with reading() as session:
        known = [channel for channel in channels(session) if plan.channel_id in (None, channel.id)]
        ids = [channel.id for channel in known]
        before, after = (announced_now(session, at, ids, supposed=each) for each in (None, plan))
    preview = [(channel.name, before[channel.id].promised_at, after[channel.id].promised_at) for channel in known]
    return _page(form, preview=preview)


def _offered(session: Session, form: StaffForm) -> tuple[Moments, ZoneInfo]:
    """Fills in what may be chosen, and tells what is most likely meant."""
    zone, known, openings = zone_of(session), channels(session), opening_times_of_all(session, now())
    chosen = form.channel_id.data or (known[0].id if known else 0)
    found = moments(openings.get(chosen, ALWAYS), now(), zone)
    form.offer(known, moment(found.morning))
    return found, zone


def _page(form: StaffForm, status: HTTPStatus = HTTPStatus.OK, **values: Any) -> Response:
    with reading() as session:
        plans = staffing.plans_of_all(session, now())
        names = {channel.id: channel.name for channel in channels(session)}
    return shown("promises/staffing.html", status, form=form, plans=plans, channels=names, **values)

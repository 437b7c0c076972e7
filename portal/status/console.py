"""From unusual inflow to a calamity, to who helps, to its end: each form is filled in, so that publishing is one more click."""

from http import HTTPStatus

from flask import Blueprint, Response, flash, request, url_for
from flask_babel import gettext as _

from portal.errors import Invalid
from portal.incidents import queries
from portal.incidents.console import incidents
from portal.incidents.forms import NewIncidentForm
from portal.incidents.quick_texts import many_questions
from portal.incidents.rows import incident_by_guid
from portal.incidents.rules import Severity, State
from portal.organisation.store import channels
from portal.promises import staffing, surges
from portal.promises.surge_models import Surge
from portal.staff.access import current_member, requires
from portal.staff.rules import Permission
from portal.status import calamities
from portal.web.answers import see_other
from portal.web.edge import now, reading, transaction
from portal.web.numbers import number_in

blueprint = Blueprint("calamity_console", __name__, url_prefix="/console")


@blueprint.get("/surges/<int:surge_id>/calamity")
@requires(Permission.EDIT_INCIDENTS)
def new(surge_id: int) -> Response:
    with reading() as session:
        surge = surges.surge(session, surge_id)
        touched = [each.id for each in channels(session) if surge.channel_id in (surges.ALL_TOGETHER, each.id)]
    if surge.incident_id is not None:
        return see_other(url_for("incidents_console.work", incident_id=surge.incident_id))
    return incidents.show_new(_filled_in(surge, touched))


@blueprint.post("/surges/<int:surge_id>/calamity")
@requires(Permission.EDIT_INCIDENTS)
def publish(surge_id: int) -> Response:
    """Publishes, notes it with the surge in the same transaction, and goes on to the one question that is left.

    Of two who do so for the same surge, the second is led to what the first has published.
    """
    form = NewIncidentForm()
    answer = incidents.help_with_new(form)
    if answer is not None:
        return answer
    try:
        with transaction() as session:
            surge = surges.surge(session, surge_id, to_declare=True)
            if surge.incident_id is not None and incident_by_guid(session, form.name()) is None:
                flash(_("Customers know of this already. This is what they read."))
                return see_other(url_for("incidents_console.work", incident_id=surge.incident_id))
            incident = incidents.publish_with(session, form, now())
            surges.declare(session, surge_id, incident.id, now=now(), actor_id=current_member().id)
    except Invalid as error:
        form.refuse_faults(error)
        return incidents.show_new(form, HTTPStatus.UNPROCESSABLE_ENTITY)
    flash(_("Published. Customers see it now. One question is left: who helps?"))
    return see_other(url_for("staffing_console.page", channel=surge.channel_id or None, incident=incident.id))


@blueprint.get("/staffing/<int:plan_id>/tell")
@requires(Permission.EDIT_INCIDENTS)
def tell_of_plan(plan_id: int) -> Response:
    """Where a calamity is open on the channel of the plan, its update about who helps; else back to the plans."""
    asked = number_in(request.args.get("incident"))
    with reading() as session:
        plan = staffing.plan_by_id(session, plan_id)
        incident_id = queries.newest_calamity(session, plan.channel_id) if asked is None else asked
        situation = None if incident_id is None else queries.by_id(session, incident_id, now())
        text = calamities.who_helps(session, plan, situation, now()) if situation else None
    if situation is None or text is None:
        return see_other(url_for("staffing_console.page", _anchor="plans"))
    if situation.is_over or not situation.is_calamity or not text:
        return see_other(url_for("incidents_console.work", incident_id=situation.id))
    flash(_("Tell customers too: the text is filled in."))
    return incidents.show_filled_in(situation, text)


@blueprint.get("/incidents/<int:incident_id>/over")
@requires(Permission.EDIT_INCIDENTS)
def over(incident_id: int) -> Response:
    """The update with which a calamity ends."""
    with reading() as session:
        situation = queries.by_id(session, incident_id, now())
        text = calamities.it_is_over(session, situation, now())
    if situation.is_over or not situation.is_calamity:
        return see_other(url_for("incidents_console.work", incident_id=incident_id))
    return incidents.show_filled_in(situation, text, state=State.RESOLVED)


def _filled_in(surge: Surge, touched: list[int]) -> NewIncidentForm:
    title, body = many_questions(surge.hour_seen, round(surge.hour_usual))
    return NewIncidentForm(
        formdata=None,
        title_nl=title.nl,
        title_en=title.en,
        body_nl=body.nl,
        body_en=body.en,
        severity=Severity.MAJOR.value,
        is_calamity=True,
        channels=touched,
    )

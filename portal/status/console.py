"""From unusual inflow to a calamity: the form is filled in, so that publishing is one more click."""

from http import HTTPStatus

from flask import Blueprint, Response, flash, url_for
from flask_babel import gettext as _

from portal.errors import Invalid
from portal.incidents.console import incidents
from portal.incidents.forms import NewIncidentForm
from portal.incidents.quick_texts import many_questions
from portal.incidents.rows import incident_by_guid
from portal.incidents.rules import Severity
from portal.organisation.store import channels
from portal.promises import surges
from portal.promises.surge_models import Surge
from portal.staff.access import current_member, requires
from portal.staff.rules import Permission
from portal.web.answers import see_other
from portal.web.edge import now, reading, transaction

blueprint = Blueprint("calamity_console", __name__, url_prefix="/console/surges")


@blueprint.get("/<int:surge_id>/calamity")
@requires(Permission.EDIT_INCIDENTS)
def new(surge_id: int) -> Response:
    with reading() as session:
        surge = surges.surge(session, surge_id)
        touched = [each.id for each in channels(session) if surge.channel_id in (surges.ALL_TOGETHER, each.id)]
    if surge.incident_id is not None:
        return see_other(url_for("incidents_console.work", incident_id=surge.incident_id))
    return incidents.show_new(_filled_in(surge, touched))


@blueprint.post("/<int:surge_id>/calamity")
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

"""Unusual inflow in the console: a line above the pages on which staff begin, and "this is not a calamity"."""

from dataclasses import dataclass
from datetime import datetime

from flask import Blueprint, Response, flash, url_for
from flask_babel import gettext as _

from portal.organisation.store import channels
from portal.promises import surges
from portal.staff.access import current_member, requires
from portal.staff.rules import Permission
from portal.web.answers import see_other
from portal.web.edge import now, reading, transaction

blueprint = Blueprint("surges_console", __name__, url_prefix="/console/surges")


@dataclass(frozen=True)
class Told:
    """A surge as staff read it: so many in the last hour, usually so many."""

    id: int
    channel_id: int
    name: str
    seen: int
    usual: int
    noticed_at: datetime
    until: datetime | None
    incident_id: int | None


@blueprint.app_template_global()
def surges_to_tell() -> list[Told]:
    """What goes on, and what has ended a short while ago. One query, and one more when there is something."""
    with reading() as session:
        found = surges.to_tell(session, now())
        names = {channel.id: channel.name for channel in channels(session)} if found else {}
    return [
        Told(
            each.id,
            each.channel_id,
            names.get(each.channel_id, _("All channels together")),
            each.hour_seen,
            round(each.hour_usual),
            each.noticed_at,
            each.until,
            each.incident_id,
        )
        for each in found
    ]


@blueprint.post("/<int:surge_id>/dismiss")
@requires(Permission.EDIT_INCIDENTS)
def dismiss(surge_id: int) -> Response:
    with transaction() as session:
        surges.dismiss(session, surge_id, now=now(), actor_id=current_member().id)
    flash(_("Noted. As many questions at the same hour are no surprise from now on."))
    return see_other(url_for("incidents_console.overview"))

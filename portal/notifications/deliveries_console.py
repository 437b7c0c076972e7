"""Messages that did not arrive, or perhaps did not; and how each one of a case reached its customer."""

from datetime import timedelta

from flask import Blueprint, Response, flash, request, url_for
from flask_babel import gettext as _

from portal.notifications import store
from portal.notifications.display import NAMES, STATES, TAGS, WHY_NOT
from portal.notifications.follower import is_behind
from portal.notifications.models import Delivery
from portal.staff.access import current_member, requires
from portal.staff.rules import Permission
from portal.web.answers import see_other, shown
from portal.web.edge import now, reading, transaction
from portal.web.numbers import number_in

blueprint = Blueprint("deliveries_console", __name__, url_prefix="/console/deliveries")

_LATE_AFTER = timedelta(seconds=90)
_AT_ONCE = 50


@blueprint.app_template_global()
def deliveries_of(case_id: int) -> dict[int, Delivery]:
    """How each message of the portal itself reached the customer of a case, by message. One query."""
    with reading() as session:
        return store.of_case(session, case_id)


@blueprint.app_template_global()
def messages_are_late() -> bool:
    """Whether customers are not told of what happened more than a minute and a half ago. Three queries."""
    with reading() as session:
        return is_behind(session, now(), _LATE_AFTER) or store.is_stuck(session, now(), _LATE_AFTER)


@blueprint.app_context_processor
def _words() -> dict[str, object]:
    return {"DELIVERY_STATES": STATES, "DELIVERY_TAGS": TAGS, "WHY_NOT": WHY_NOT}


@blueprint.get("")
@requires(Permission.SEE_CASES)
def page() -> Response:
    with reading() as session:
        found = store.troubled(session, before=number_in(request.args.get("before")), limit=_AT_ONCE)
    following = found[-1][0].id if len(found) == _AT_ONCE else None
    return shown(
        "notifications/deliveries.html",
        found=found,
        following=following,
        names=NAMES,
        may_act=current_member().may(Permission.ANSWER_CASES),
    )


@blueprint.post("/<int:delivery_id>/again")
@requires(Permission.ANSWER_CASES)
def send_again(delivery_id: int) -> Response:
    try:
        with transaction() as session:
            case = store.send_again(session, delivery_id, now=now(), actor_id=current_member().id)
    except store.NoLongerAwaited as error:
        said = _("The message about %(reference)s is not sent again: nobody waits for it any more.", reference=error.reference)
        flash(said, "error")
        return see_other(url_for(".page"))
    flash(_("The message about %(reference)s is sent again.", reference=case.reference))
    return see_other(url_for(".page"))


@blueprint.post("/<int:delivery_id>/leave")
@requires(Permission.ANSWER_CASES)
def leave(delivery_id: int) -> Response:
    with transaction() as session:
        case = store.leave(session, delivery_id, now=now(), actor_id=current_member().id)
    flash(_("The message about %(reference)s is left as it is.", reference=case.reference))
    return see_other(url_for(".page"))

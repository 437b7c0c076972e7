"""Parity: whether anybody is answered sooner than others without a reason."""

from flask import Blueprint, Response

from portal.cases import parity, parity_store
from portal.organisation.store import channels
from portal.promises.priorities import matrix_of
from portal.staff.access import requires
from portal.staff.rules import Permission
from portal.web.answers import shown
from portal.web.edge import now, reading

blueprint = Blueprint("parity_console", __name__, url_prefix="/console/parity")


@blueprint.get("")
@requires(Permission.EDIT_PROMISES)
def page() -> Response:
    with reading() as session:
        report = parity_store.parity(session, now())
        names = {channel.id: channel.name for channel in channels(session)}
        classes = {each.code: each for each in matrix_of(session).classes}
    basis = {
        "days": parity_store.DAYS,
        "a_day": parity_store.MOST_A_DAY,
        "often": parity.OFTEN,
        "fewest": parity.FEWEST,
        "fewest_days": parity.FEWEST_DAYS,
    }
    return shown("cases/parity.html", report=report, channels=names, classes=classes, basis=basis)

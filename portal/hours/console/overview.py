"""All channels at a glance, and closing some of them at the last minute."""

from collections.abc import Iterable
from http import HTTPStatus

from flask import Blueprint, Response, flash, url_for
from flask_babel import gettext as _

from portal.errors import Invalid
from portal.hours import store
from portal.hours.display import open_now
from portal.hours.forms import ClosureForm, corrections
from portal.organisation.models import Channel
from portal.organisation.store import channel_by_slug, channels
from portal.staff.access import current_member, requires
from portal.staff.rules import Permission
from portal.web.answers import see_other, shown
from portal.web.edge import now, reading, transaction
from portal.web.jinja import zone
from portal.web.pages import language

blueprint = Blueprint("hours_console", __name__, url_prefix="/console/hours")


@blueprint.get("")
@requires(Permission.EDIT_HOURS)
def page() -> Response:
    return _page(ClosureForm())


@blueprint.post("/closures")
@requires(Permission.EDIT_HOURS)
def close() -> Response:
    with reading() as session:
        form = ClosureForm(channels_known=_choices(channels(session)))
    if not form.validate():
        return _page(form, HTTPStatus.UNPROCESSABLE_ENTITY)
    try:
        with transaction() as session:
            closure = form.closure(now(), zone())
            store.close_now(session, form.channels.data, closure, now=now(), actor_id=current_member().id)
    except Invalid as refused:
        form.until.errors = corrections(refused.faults)
        return _page(form, HTTPStatus.UNPROCESSABLE_ENTITY)
    flash(_("Customers now read that you are closed."))
    return see_other(url_for(".page"))


@blueprint.post("/<slug>/reopen")
@requires(Permission.EDIT_HOURS)
def reopen(slug: str) -> Response:
    with transaction() as session:
        channel = channel_by_slug(session, slug)
        store.reopen(session, channel.id, now=now(), actor_id=current_member().id)
    flash(_("The ordinary hours of %(channel)s count again.", channel=channel.name))
    return see_other(url_for(".page"))


def _page(form: ClosureForm, status: HTTPStatus = HTTPStatus.OK) -> Response:
    with reading() as session:
        found = channels(session)
        times = store.opening_times_of_all(session, since=now())
    form.channels.choices = _choices(found)
    listed = [
        (channel, open_now(times[channel.id], now(), language()), times[channel.id].closures_at(now())) for channel in found
    ]
    return shown("hours/overview.html", status, form=form, channels=listed)


def _choices(found: Iterable[Channel]) -> list[tuple[int, str]]:
    return [(channel.id, channel.name) for channel in found]

"""What holds for the whole portal: name, time zone, colour and texts about the company."""

from http import HTTPStatus

from flask import Blueprint, Response, flash, request, url_for
from flask_babel import gettext as _

from portal.organisation import store
from portal.organisation.forms import OrganisationForm
from portal.organisation.rules import is_colour
from portal.organisation.theme import Shades, shades
from portal.staff.access import current_member, requires
from portal.staff.rules import Permission
from portal.web.answers import see_other, shown
from portal.web.edge import now, reading, transaction

blueprint = Blueprint("organisation_console", __name__, url_prefix="/console/organisation")


@blueprint.get("")
@requires(Permission.MANAGE_ORGANISATION)
def page() -> Response:
    with reading() as session:
        organisation = store.the_organisation(session)
    return _page(OrganisationForm(obj=organisation, data=None if organisation else {"accent": store.DEFAULT_ACCENT}))


@blueprint.post("")
@requires(Permission.MANAGE_ORGANISATION)
def save() -> Response:
    form = OrganisationForm()
    if not form.validate():
        return _page(form, HTTPStatus.UNPROCESSABLE_ENTITY)
    with transaction() as session:
        store.save_organisation(session, **form.facts(), now=now(), actor_id=current_member().id)
    flash(_("Your changes are on the pages of your customers now."))
    return see_other(url_for(".page"))


@blueprint.get("/contrast")
@requires(Permission.MANAGE_ORGANISATION)
def contrast() -> Response:
    """The note about a colour that is being chosen."""
    return shown("organisation/_contrast.html", shades=_shades(request.args.get("accent", "")))


def _page(form: OrganisationForm, status: HTTPStatus = HTTPStatus.OK) -> Response:
    return shown("organisation/settings.html", status, form=form, shades=_shades(form.accent.data or ""))


def _shades(accent: str) -> Shades | None:
    return shades(accent) if is_colour(accent) else None

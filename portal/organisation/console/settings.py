"""What holds for the whole portal: name, time zone, colour and texts about the company."""

from http import HTTPStatus

from flask import Blueprint, flash, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from portal.organisation import store
from portal.organisation.forms import OrganisationForm
from portal.organisation.rules import is_colour
from portal.organisation.theme import Shades, shades
from portal.staff.access import current_member, requires
from portal.staff.rules import Permission
from portal.web.answers import see_other
from portal.web.edge import now, reading, transaction
from portal.web.pages import render

blueprint = Blueprint("organisation_console", __name__, url_prefix="/console/organisation")


@blueprint.get("")
@requires(Permission.MANAGE_ORGANISATION)
def page() -> ResponseReturnValue:
    with reading() as session:
        organisation = store.the_organisation(session)
    return _page(OrganisationForm(obj=organisation, data=None if organisation else {"accent": store.DEFAULT_ACCENT}))


@blueprint.post("")
@requires(Permission.MANAGE_ORGANISATION)
def save() -> ResponseReturnValue:
    form = OrganisationForm()
    if not form.validate():
        return _page(form), HTTPStatus.UNPROCESSABLE_ENTITY
    with transaction() as session:
        store.save_organisation(session, **form.facts(), now=now(), actor_id=current_member().id)
    flash(_("Your changes are on the pages of your customers now."))
    return see_other(url_for(".page"))


@blueprint.get("/contrast")
@requires(Permission.MANAGE_ORGANISATION)
def contrast() -> ResponseReturnValue:
    """The note about a colour that is being chosen."""
    return render("organisation/_contrast.html", shades=_shades(request.args.get("accent", "")))


def _page(form: OrganisationForm) -> str:
    return render("organisation/settings.html", form=form, shades=_shades(form.accent.data or ""))


def _shades(accent: str) -> Shades | None:
    return shades(accent) if is_colour(accent) else None

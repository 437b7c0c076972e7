"""The first visit: from an empty portal to a company with an administrator."""

from http import HTTPStatus

from flask import Blueprint, Response, flash, request
from flask_babel import gettext as _

from portal import services
from portal.errors import NotFound
from portal.organisation import store
from portal.organisation.forms import SetupForm
from portal.organisation.setup_code import is_setup_code, void_setup_code
from portal.staff.signing_in import open_sign_in
from portal.staff.store import has_members
from portal.web.answers import see_other, shown
from portal.web.edge import now, reading, transaction
from portal.web.limits import limiter
from portal.web.pages import language

blueprint = Blueprint("setup_console", __name__, url_prefix="/console/setup")


@blueprint.get("")
def page() -> Response:
    _refuse_second_time()
    return shown("organisation/setup.html", form=SetupForm(accent=store.DEFAULT_ACCENT))


@blueprint.post("")
@limiter.limit("10 per 15 minutes")
def set_up() -> Response:
    _refuse_second_time()
    instance, form = services.current().config.instance, SetupForm()
    is_valid = form.validate()
    if form.code.data and not is_setup_code(instance, form.code.data):
        form.refuse("code", _("This is not the code. Copy it from the window in which the server runs."))
        is_valid = False
    if not is_valid:
        return shown("organisation/setup.html", HTTPStatus.UNPROCESSABLE_ENTITY, form=form)
    administrator = store.FirstMember(
        name=form.name.data,
        email=form.email.data,
        language=language(),
        phrase_hash=services.current().phrases.hash(form.phrase.data),
    )
    with transaction() as session:
        member = store.set_up(
            session,
            name=form.organisation.data,
            timezone=form.timezone.data,
            accent=form.accent.data,
            email=form.organisation_email.data or "",
            administrator=administrator,
            now=now(),
        )
    void_setup_code(instance)
    open_sign_in(member, request)
    flash(_("Your portal is ready. Add the channels on which customers reach you."))
    return see_other("/console/channels")


def _refuse_second_time() -> None:
    with reading() as session:
        if has_members(session):
            raise NotFound("This portal has been set up already.")

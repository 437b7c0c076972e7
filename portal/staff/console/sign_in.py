"""The door: signing in and out, and the first visit of someone who was invited."""

from http import HTTPStatus

import flask_login
from flask import Blueprint, Response, request, url_for
from flask import session as cookie
from flask_babel import gettext as _

from portal import services
from portal.staff import sign_ins, signing_in, store
from portal.staff.access import current_member, members_only, to_sign_in
from portal.staff.forms import SignInForm, WelcomeForm
from portal.staff.models import Member
from portal.staff.rules import Permission, plain_email, safe_next
from portal.web.answers import see_other, shown
from portal.web.edge import now, reading, transaction
from portal.web.limits import limiter
from portal.web.pages import is_served

blueprint = Blueprint("staff_console", __name__, url_prefix="/console")

_PLACES = (
    (Permission.ANSWER_CASES, "/console/cases"),
    (Permission.EDIT_INCIDENTS, "/console/incidents"),
    (Permission.MANAGE_MEMBERS, "/console/members"),
)
_TRIES_OF_AN_ADDRESS = "30 per 5 minutes"  # a whole office can share one address
_TRIES_ON_AN_ACCOUNT = "10 per 15 minutes"


@blueprint.get("/")
def start() -> Response:
    """Leads to where this member's work is; to the sign-in page, or to the set-up of an installation without members."""
    if not flask_login.current_user.is_authenticated:
        with reading() as session:
            is_new = not store.has_members(session)
        return see_other("/console/setup") if is_new else to_sign_in()
    places = [path for permission, path in _PLACES if current_member().may(permission) and is_served(path)]
    return see_other(places[0] if places else url_for("account_console.page"))


@blueprint.get("/sign-in")
def sign_in() -> Response:
    if flask_login.current_user.is_authenticated:
        return see_other(url_for(".start"))
    with reading() as session:
        if not store.has_members(session):
            return see_other("/console/setup")
    return _sign_in_page(SignInForm())


def _account_tried() -> str:
    email = plain_email(request.form.get("email", ""))
    return services.current().vault.fingerprint(f"sign-in:{email}")


@blueprint.post("/sign-in")
@limiter.limit(_TRIES_OF_AN_ADDRESS)
@limiter.limit(_TRIES_ON_AN_ACCOUNT, key_func=_account_tried)
def try_sign_in() -> Response:
    form = SignInForm()
    if not form.validate():
        return _sign_in_page(form, HTTPStatus.UNPROCESSABLE_ENTITY)
    if not signing_in.sign_in(form.email.data, form.phrase.data, request):
        form.form_errors.append(_("This e-mail address and pass phrase do not belong together."))
        return _sign_in_page(form, HTTPStatus.UNPROCESSABLE_ENTITY)
    return see_other(safe_next(request.args.get("next")) or url_for(".start"))


def _sign_in_page(form: SignInForm, status: HTTPStatus = HTTPStatus.OK) -> Response:
    return shown("staff/sign_in.html", status, form=form, action=url_for(".sign_in", next=safe_next(request.args.get("next"))))


@blueprint.post("/sign-out")
@members_only
def sign_out() -> Response:
    member = current_member()
    with transaction() as session:
        sign_ins.end(session, member.sign_in_id, member_id=member.id, now=now())
    signing_in.close_sign_in()
    return see_other(url_for(".sign_in"))


@blueprint.get("/invitation/<token>")
@limiter.limit(_TRIES_OF_AN_ADDRESS)
def invitation(token: str) -> Response:
    """Moves the token of the link into the browser's session, out of the address bar; a link scanner uses nothing up."""
    cookie["invitation"] = token
    return see_other(url_for(".welcome"))


@blueprint.get("/welcome")
def welcome() -> Response:
    invited = _invited()
    status = HTTPStatus.OK if invited else HTTPStatus.NOT_FOUND
    return shown("staff/welcome.html", status, invited=invited, form=WelcomeForm())


@blueprint.post("/welcome")
@limiter.limit(_TRIES_OF_AN_ADDRESS)
def accept() -> Response:
    invited = _invited()
    form = WelcomeForm(known=(invited.name, invited.email) if invited else ())
    if invited is None or not form.validate():
        return shown("staff/welcome.html", HTTPStatus.UNPROCESSABLE_ENTITY, invited=invited, form=form)
    hashed = services.current().phrases.hash(form.phrase.data)
    with transaction() as session:
        member = store.accept_invitation(session, invitation_hash=_invitation_hash(), phrase_hash=hashed, now=now())
    signing_in.open_sign_in(member, request)
    return see_other(url_for(".start"))


def _invited() -> Member | None:
    with reading() as session:
        return store.invited_member(session, _invitation_hash(), now())


def _invitation_hash() -> str:
    return services.current().vault.fingerprint(str(cookie.get("invitation", "")))

"""Colleagues: who may sign in, and what they may do."""

from http import HTTPStatus

from flask import Blueprint, Response, flash, url_for
from flask import session as cookie
from flask_babel import gettext as _

from portal.errors import Conflict, NotFound
from portal.staff import store
from portal.staff.access import current_member, requires
from portal.staff.forms import ROLES, InviteForm, MemberForm
from portal.staff.models import Member
from portal.staff.rules import Permission, Role
from portal.staff.signing_in import new_invitation
from portal.web.answers import see_other, shown
from portal.web.edge import now, reading, transaction
from portal.web.pages import public_address

blueprint = Blueprint("members_console", __name__, url_prefix="/console/members")

_LINK = "invitation_link"  # in the session of who made it, so that the page can be shown again; the database has a fingerprint


@blueprint.get("")
@requires(Permission.MANAGE_MEMBERS)
def page() -> Response:
    with reading() as session:
        return shown("staff/members.html", members=store.members(session), roles=ROLES)


@blueprint.get("/new")
@requires(Permission.MANAGE_MEMBERS)
def new() -> Response:
    return shown("staff/member_new.html", form=InviteForm())


@blueprint.post("/new")
@requires(Permission.MANAGE_MEMBERS)
def add() -> Response:
    form = InviteForm()
    if not form.validate():
        return shown("staff/member_new.html", HTTPStatus.UNPROCESSABLE_ENTITY, form=form)
    token, invitation_hash = new_invitation()
    try:
        with transaction() as session:
            member = store.add_member(
                session,
                email=form.email.data,
                name=form.name.data,
                role=Role(form.role.data),
                language=form.language.data,
                invitation_hash=invitation_hash,
                now=now(),
                actor_id=current_member().id,
            )
    except Conflict:
        form.refuse("email", _("Somebody with this e-mail address has an account already. Look in the list of colleagues."))
        return shown("staff/member_new.html", HTTPStatus.UNPROCESSABLE_ENTITY, form=form)
    return _show_link(member.id, token)


@blueprint.post("/<int:member_id>/invite")
@requires(Permission.MANAGE_MEMBERS)
def invite(member_id: int) -> Response:
    token, invitation_hash = new_invitation()
    with transaction() as session:
        store.invite_again(session, member_id, invitation_hash=invitation_hash, now=now(), actor_id=current_member().id)
    return _show_link(member_id, token)


@blueprint.get("/<int:member_id>/link")
@requires(Permission.MANAGE_MEMBERS)
def link(member_id: int) -> Response:
    """The link that was just made, for whoever made it: the mail to the colleague is theirs to write."""
    made = cookie.get(_LINK, {})
    if made.get("member_id") != member_id:
        raise NotFound("This link cannot be shown again; make a new one.")
    address = public_address(url_for("staff_console.invitation", token=made["token"]))
    return shown("staff/member_link.html", member=_member(member_id), address=address)


@blueprint.get("/<int:member_id>")
@requires(Permission.MANAGE_MEMBERS)
def edit(member_id: int) -> Response:
    member = _member(member_id)
    return shown("staff/member.html", form=MemberForm(name=member.name, role=member.role.value), member=member)


@blueprint.post("/<int:member_id>")
@requires(Permission.MANAGE_MEMBERS)
def save(member_id: int) -> Response:
    form = MemberForm()
    if not form.validate():
        return shown("staff/member.html", HTTPStatus.UNPROCESSABLE_ENTITY, form=form, member=_member(member_id))
    try:
        with transaction() as session:
            member = store.change_member(
                session, member_id, name=form.name.data, role=Role(form.role.data), now=now(), actor_id=current_member().id
            )
    except Conflict:
        form.refuse("role", _("This is the last administrator. Make a colleague administrator first."))
        return shown("staff/member.html", HTTPStatus.UNPROCESSABLE_ENTITY, form=form, member=_member(member_id))
    flash(_("%(name)s has been changed.", name=member.name))
    return _back()


@blueprint.post("/<int:member_id>/disable")
@requires(Permission.MANAGE_MEMBERS)
def disable(member_id: int) -> Response:
    try:
        with transaction() as session:
            member = store.disable_member(session, member_id, now=now(), actor_id=current_member().id)
    except Conflict:
        flash(_("This is the last administrator. Make a colleague administrator first."), "error")
        return see_other(url_for(".edit", member_id=member_id))
    flash(_("%(name)s cannot sign in any more.", name=member.name))
    return _back()


@blueprint.post("/<int:member_id>/enable")
@requires(Permission.MANAGE_MEMBERS)
def enable(member_id: int) -> Response:
    with transaction() as session:
        member = store.enable_member(session, member_id, now=now(), actor_id=current_member().id)
    flash(_("%(name)s can sign in again.", name=member.name))
    return _back()


def _show_link(member_id: int, token: str) -> Response:
    cookie[_LINK] = {"member_id": member_id, "token": token}
    return see_other(url_for(".link", member_id=member_id))


def _member(member_id: int) -> Member:
    with reading() as session:
        return store.member(session, member_id)


def _back() -> Response:
    return see_other(url_for(".page"))

"""The channels on which customers reach the company, and the order in which they see them."""

from http import HTTPStatus

from flask import Blueprint, Response, flash, request, url_for
from flask_babel import gettext as _

from portal.errors import Conflict
from portal.organisation import store
from portal.organisation.forms import KINDS, ChannelForm, NewChannelForm, NoteForm
from portal.organisation.models import Channel
from portal.organisation.rules import ChannelKind
from portal.staff.access import current_member, requires
from portal.staff.rules import Permission
from portal.web.answers import changed, see_other, shown
from portal.web.edge import now, reading, transaction
from portal.web.order import step_in

blueprint = Blueprint("channels_console", __name__, url_prefix="/console/channels")


@blueprint.get("")
@requires(Permission.EDIT_NOTES)
def page() -> Response:
    with reading() as session:
        return shown("organisation/channels.html", channels=store.channels(session), kinds=KINDS)


@blueprint.get("/new")
@requires(Permission.EDIT_CHANNELS)
def new() -> Response:
    return shown("organisation/channel.html", form=NewChannelForm(), channel=None)


@blueprint.post("/new")
@requires(Permission.EDIT_CHANNELS)
def add() -> Response:
    form = NewChannelForm()
    if not form.validate():
        return shown("organisation/channel.html", HTTPStatus.UNPROCESSABLE_ENTITY, form=form, channel=None)
    try:
        with transaction() as session:
            channel = store.add_channel(
                session,
                slug=form.chosen_slug(),
                kind=ChannelKind(form.kind.data),
                **form.facts(),
                now=now(),
                actor_id=current_member().id,
            )
    except Conflict:
        form.refuse("slug", _("Another channel has this name in its address. Choose another one."))
        return shown("organisation/channel.html", HTTPStatus.UNPROCESSABLE_ENTITY, form=form, channel=None)
    flash(_("%(channel)s has been added.", channel=channel.name))
    return _back()


@blueprint.get("/<int:channel_id>")
@requires(Permission.EDIT_CHANNELS)
def edit(channel_id: int) -> Response:
    channel = _channel(channel_id)
    return shown("organisation/channel.html", form=ChannelForm(obj=channel), channel=channel)


@blueprint.post("/<int:channel_id>")
@requires(Permission.EDIT_CHANNELS)
def save(channel_id: int) -> Response:
    form = ChannelForm()
    if not form.validate():
        return shown("organisation/channel.html", HTTPStatus.UNPROCESSABLE_ENTITY, form=form, channel=_channel(channel_id))
    with transaction() as session:
        channel = store.channel_by_id(session, channel_id)
        store.change_channel(session, channel, **form.facts(), now=now(), actor_id=current_member().id)
    flash(_("%(channel)s has been changed.", channel=channel.name))
    return _back()


@blueprint.get("/<int:channel_id>/note")
@requires(Permission.EDIT_NOTES)
def edit_note(channel_id: int) -> Response:
    channel = _channel(channel_id)
    return shown("organisation/note.html", form=NoteForm(obj=channel), channel=channel)


@blueprint.post("/<int:channel_id>/note")
@requires(Permission.EDIT_NOTES)
def save_note(channel_id: int) -> Response:
    form = NoteForm()
    if not form.validate():
        return shown("organisation/note.html", HTTPStatus.UNPROCESSABLE_ENTITY, form=form, channel=_channel(channel_id))
    with transaction() as session:
        channel = store.channel_by_id(session, channel_id)
        store.change_note(
            session,
            channel,
            note_nl=form.note_nl.data or "",
            note_en=form.note_en.data or "",
            now=now(),
            actor_id=current_member().id,
        )
    flash(_("The note at %(channel)s has been changed.", channel=channel.name))
    return _back()


@blueprint.post("/<int:channel_id>/move")
@requires(Permission.EDIT_CHANNELS)
def move(channel_id: int) -> Response:
    step = step_in(request.form.get("direction", ""))
    with transaction() as session:
        store.move_channel(session, channel_id, step, now=now(), actor_id=current_member().id)
        channels = store.channels(session)
    return changed("organisation/_channels.html", url_for(".page"), channels=channels, kinds=KINDS)


def _channel(channel_id: int) -> Channel:
    with reading() as session:
        return store.channel_by_id(session, channel_id)


def _back() -> Response:
    return see_other(url_for(".page"))

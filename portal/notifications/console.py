"""The texts of what the portal itself says to customers, and what is said on each channel."""

from http import HTTPStatus
from typing import Any

from flask import Blueprint, Response, flash, url_for
from flask_babel import gettext as _

from portal import services
from portal.errors import Invalid, NotFound
from portal.notifications import texts
from portal.notifications.display import ABOUT, NAMES, examples_of, subject_of
from portal.notifications.forms import ChoiceForm, TextForm
from portal.notifications.rules import MessageKind
from portal.notifications.texts import Words
from portal.notifications.wording import ASKED, LONGEST_SUBJECT, LONGEST_TEXT, PLACEHOLDERS
from portal.organisation.store import channels, the_organisation
from portal.staff.access import current_member, requires
from portal.staff.rules import Permission
from portal.web.answers import see_other, shown, wants_part
from portal.web.edge import now, reading, transaction
from portal.web.localized import Localized

blueprint = Blueprint("messages_console", __name__, url_prefix="/console/messages")


@blueprint.get("")
@requires(Permission.EDIT_MESSAGES)
def page() -> Response:
    with reading() as session:
        known = channels(session)
        chosen = texts.choices(session, known)
        words = texts.texts_in_use(session)
    forms = {
        channel.id: ChoiceForm(formdata=None, data=vars(chosen[channel.id]), prefix=f"channel-{channel.id}") for channel in known
    }
    has_mail_server = bool(services.current().config.smtp_url)
    return shown(
        "notifications/messages.html",
        channels=known,
        forms=forms,
        words=words,
        names=NAMES,
        about=ABOUT,
        has_mail_server=has_mail_server,
    )


@blueprint.post("/channels/<int:channel_id>")
@requires(Permission.EDIT_MESSAGES)
def choose(channel_id: int) -> Response:
    form = ChoiceForm(prefix=f"channel-{channel_id}")
    with transaction() as session:
        texts.choose(session, channel_id, form.choice(), now=now(), actor_id=current_member().id)
    flash(_("Saved. It holds for questions that come in from now on."))
    return see_other(url_for(".page", _anchor="channels"))


@blueprint.get("/<message>")
@requires(Permission.EDIT_MESSAGES)
def edit(message: str) -> Response:
    return _text_page(_kind(message))


@blueprint.post("/<message>")
@requires(Permission.EDIT_MESSAGES)
def save(message: str) -> Response:
    kind, form = _kind(message), TextForm()
    try:
        with transaction() as session:
            texts.save_text(session, kind, form.text(), subject=form.subject(), now=now(), actor_id=current_member().id)
    except Invalid as error:
        form.show_faults(error)
        return _text_page(kind, HTTPStatus.UNPROCESSABLE_ENTITY, form=form)
    flash(_("Saved. New messages have this text."))
    return see_other(url_for(".edit", message=message))


@blueprint.post("/<message>/example")
@requires(Permission.EDIT_MESSAGES)
def show_example(message: str) -> Response:
    """Changes nothing: the message as it would be with what is typed now, and what keeps that from being saved."""
    kind, form = _kind(message), TextForm()
    try:
        with reading() as session:
            texts.check_text(kind, form.text(), form.subject(), channels(session))
    except Invalid as error:
        form.show_faults(error)
        return _text_page(kind, HTTPStatus.UNPROCESSABLE_ENTITY, form=form)
    return _text_page(kind, form=form)


@blueprint.post("/<message>/ours")
@requires(Permission.EDIT_MESSAGES)
def use_ours(message: str) -> Response:
    kind = _kind(message)
    with transaction() as session:
        texts.use_ours(session, kind, now=now(), actor_id=current_member().id)
    flash(_("New messages have our own text again."))
    return see_other(url_for(".edit", message=message))


def _kind(message: str) -> MessageKind:
    try:
        return MessageKind(message)
    except ValueError:
        raise NotFound("There is no such message.") from None


def _at_most(longest: int, text: Localized) -> Localized:
    """As much of what is typed as could be saved: more would only take time."""
    return Localized(text.nl[:longest], text.en[:longest])


def _typed(words: Words) -> dict[str, str]:
    return {
        "subject_nl": words.subject.nl,
        "subject_en": words.subject.en,
        "text_nl": words.text.nl,
        "text_en": words.text.en,
    }


def _text_page(kind: MessageKind, status: HTTPStatus = HTTPStatus.OK, *, form: TextForm | None = None) -> Response:
    with reading() as session:
        known = channels(session)
        chosen = texts.choices(session, known)
        words = texts.texts_in_use(session)[kind]
        organisation = the_organisation(session)
    form = form or TextForm(formdata=None, data=_typed(words))
    asked = ASKED[kind]
    values: dict[str, Any] = {
        "form": form,
        "subject": subject_of(_at_most(LONGEST_SUBJECT, form.subject())),
        "examples": examples_of(
            kind,
            _at_most(LONGEST_TEXT, form.text()),
            known,
            chosen,
            services.current().config.public_url,
            is_norm=bool(organisation and organisation.announces_norm),
        ),
    }
    if wants_part():
        return shown("notifications/_examples.html", status, is_part=True, **values)
    return shown(
        "notifications/message.html",
        status,
        kind=kind,
        name=NAMES[kind],
        about=ABOUT[kind],
        is_own=words.is_own,
        placeholders={name: said for name, said in PLACEHOLDERS.items() if name in asked.possible},
        needed=asked.needed,
        **values,
    )

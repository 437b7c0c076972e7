"""One's own account: language, pass phrase, and where one is signed in."""

from http import HTTPStatus

from flask import Blueprint, Response, flash, g, url_for
from flask_babel import gettext as _
from flask_babel import refresh

from portal import services
from portal.staff import sign_ins, signing_in, store
from portal.staff.access import current_member, members_only
from portal.staff.forms import ChangePhraseForm, LanguageForm
from portal.web.answers import see_other, shown
from portal.web.edge import now, reading, transaction
from portal.web.limits import limiter

blueprint = Blueprint("account_console", __name__, url_prefix="/console/account")


@blueprint.get("")
@members_only
def page() -> Response:
    return _page(LanguageForm(language=current_member().language), ChangePhraseForm())


@blueprint.post("/language")
@members_only
def change_language() -> Response:
    form = LanguageForm()
    if not form.validate():
        return _page(form, ChangePhraseForm(formdata=None), HTTPStatus.UNPROCESSABLE_ENTITY)
    with transaction() as session:
        store.change_language(session, current_member().id, language=form.language.data, now=now())
    g.language = form.language.data
    refresh()
    flash(_("The console speaks English to you now."))
    return _back()


def _own_account() -> str:
    return f"phrase:{current_member().id}"


@blueprint.post("/phrase")
@members_only
@limiter.limit("10 per 15 minutes", key_func=_own_account)
def change_phrase() -> Response:
    member, phrases = current_member(), services.current().phrases
    form = ChangePhraseForm(known=(member.name, member.email))
    is_valid = form.validate()
    with reading() as session:
        hashed = store.member(session, member.id).phrase_hash
    if form.current.data and not phrases.is_right(form.current.data, hashed):
        form.refuse("current", _("This is not your pass phrase now. Look for capitals, or copy it from where you keep it."))
        is_valid = False
    if not is_valid:
        return _page(LanguageForm(formdata=None, language=member.language), form, HTTPStatus.UNPROCESSABLE_ENTITY)
    hashed = phrases.hash(form.phrase.data)
    with transaction() as session:
        store.change_phrase(session, member.id, phrase_hash=hashed, keep=member.sign_in_id, now=now())
    flash(_("Your pass phrase has been changed. On other devices you have been signed out."))
    return _back()


@blueprint.post("/sign-ins/<int:sign_in_id>/end")
@members_only
def end(sign_in_id: int) -> Response:
    with transaction() as session:
        sign_ins.end(session, sign_in_id, member_id=current_member().id, now=now())
    flash(_("That device has been signed out."))
    return _back()


@blueprint.post("/sign-out-everywhere")
@members_only
def end_all() -> Response:
    with transaction() as session:
        sign_ins.end_all(session, current_member().id, now=now())
    signing_in.close_sign_in()
    return see_other(url_for("staff_console.sign_in"))


def _page(language_form: LanguageForm, phrase_form: ChangePhraseForm, status: HTTPStatus = HTTPStatus.OK) -> Response:
    with reading() as session:
        places = sign_ins.of_member(session, current_member().id, now())
    return shown("staff/account.html", status, language_form=language_form, phrase_form=phrase_form, sign_ins=places)


def _back() -> Response:
    return see_other(url_for(".page"))

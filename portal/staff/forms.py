from collections.abc import Iterable
from typing import Any

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from wtforms import EmailField, Field, PasswordField, RadioField, SelectChoice, StringField
from wtforms.validators import DataRequired, EqualTo, InputRequired, Length, StopValidation

from portal.staff.rules import PhraseFault, Role, is_email, phrase_fault, plain_email
from portal.web.forms import Form

ROLES = {
    Role.AGENT: _l("Agent: answers questions"),
    Role.COMMUNICATION: _l("Communication: incidents, opening hours and notes"),
    Role.MANAGER: _l("Manager: all of that, and what is promised"),
    Role.ADMINISTRATOR: _l("Administrator: everything, colleagues and channels too"),
}
LANGUAGES = [SelectChoice("nl", "Nederlands"), SelectChoice("en", "English")]
_PHRASE_FAULTS = {
    PhraseFault.TOO_SHORT: _l("Use at least 15 characters, for instance four words that do not belong together."),
    PhraseFault.TOO_LONG: _l("Use at most 200 characters."),
    PhraseFault.TOO_SIMPLE: _l("Use more different characters, for instance four words that do not belong together."),
    PhraseFault.TOO_EXPECTED: _l("This is easy to guess. Use words that have nothing to do with you, the company or each other."),
}


def email_like(_form: Form, field: Field) -> None:
    if not is_email(plain_email(field.data or "")):
        raise StopValidation(_("Write an e-mail address, such as naam@example.nl."))


def new_phrase_field(**render_kw: str) -> PasswordField:
    """A field for a pass phrase to be chosen; the form's `known()` says which words anybody would try first."""
    return PasswordField(
        _l("New pass phrase"),
        [InputRequired(_l("Choose a pass phrase.")), unguessable],
        description=_l("At least 15 characters, such as four words that do not belong together."),
        render_kw={"autocomplete": "new-password", **render_kw},
    )


def repeat_field(of: str) -> PasswordField:
    return PasswordField(
        _l("The same pass phrase again"),
        [InputRequired(_l("Type the pass phrase once more.")), EqualTo(of, _l("This differs from the pass phrase above."))],
        render_kw={"autocomplete": "new-password"},
    )


def unguessable(form: "PhraseForm", field: Field) -> None:
    fault = phrase_fault(field.data or "", form.known())
    if fault is not None:
        raise StopValidation(str(_PHRASE_FAULTS[fault]))


class PhraseForm(Form):
    """A form in which a pass phrase is chosen by someone about whom a few words are known."""

    def __init__(self, *args: Any, known: Iterable[str] = (), **options: Any) -> None:
        self._known = tuple(known)
        super().__init__(*args, **options)

    def known(self) -> Iterable[str]:
        return self._known


class SignInForm(Form):
    email = EmailField(
        _l("E-mail address"), [InputRequired(_l("Write your e-mail address."))], render_kw={"autocomplete": "username"}
    )
    phrase = PasswordField(
        _l("Pass phrase"), [InputRequired(_l("Write your pass phrase."))], render_kw={"autocomplete": "current-password"}
    )


class WelcomeForm(PhraseForm):
    phrase = new_phrase_field()
    again = repeat_field("phrase")


class ChangePhraseForm(PhraseForm):
    current = PasswordField(
        _l("Your pass phrase now"),
        [InputRequired(_l("Write your pass phrase as it is now."))],
        render_kw={"autocomplete": "current-password"},
    )
    phrase = new_phrase_field()
    again = repeat_field("phrase")


class LanguageForm(Form):
    language = RadioField(_l("Language of the console"), [InputRequired(_l("Choose a language."))], choices=LANGUAGES)


class MemberForm(Form):
    name = StringField(
        _l("Name"),
        [DataRequired(_l("Write the name that colleagues know.")), Length(max=120, message=_l("Use at most 120 characters."))],
        render_kw={"autocomplete": "off"},
    )
    role = RadioField(
        _l("Role"),
        [InputRequired(_l("Choose what this colleague may do."))],
        choices=[SelectChoice(role.value, words) for role, words in ROLES.items()],
    )


class InviteForm(MemberForm):
    email = EmailField(
        _l("E-mail address"),
        [InputRequired(_l("Write the e-mail address of your colleague.")), email_like],
        render_kw={"autocomplete": "off"},
    )
    language = RadioField(
        _l("Language of the console"), [InputRequired(_l("Choose a language."))], choices=LANGUAGES, default="nl"
    )

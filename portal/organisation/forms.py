from typing import Any
from zoneinfo import available_timezones

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from wtforms import BooleanField, ColorField, EmailField, Field, SelectField, StringField, TextAreaField, URLField
from wtforms import SelectChoice as Choice
from wtforms.validators import DataRequired, InputRequired, Length, Optional, StopValidation, ValidationError

from portal.organisation.rules import KIND_NAMES, ChannelKind, channel_faults, is_address, is_colour, is_zone, slug_of
from portal.staff.forms import PhraseForm, email_like, new_phrase_field, repeat_field
from portal.web.formats import DEFAULT_ZONE
from portal.web.forms import Form

_ZONES = sorted(name for name in available_timezones() if name.startswith("Europe/"))
_ZONES += ["America/Aruba", "America/Curacao", "America/Kralendijk", "America/Lower_Princes", "America/Paramaribo"]
KINDS = {
    **KIND_NAMES,
    ChannelKind.EMAIL: _l("E-mail"),
    ChannelKind.PHONE: _l("Phone"),
    ChannelKind.CHAT: _l("Chat on our site"),
    ChannelKind.FORM: _l("Form on our site"),
    ChannelKind.DESK: _l("Desk"),
    ChannelKind.OTHER: _l("Something else"),
}
_UP_TO_2000 = Length(max=2000, message=_l("Use at most 2,000 characters."))  # each page with it is made anew each minute
_UP_TO_120 = Length(max=120, message=_l("Use at most 120 characters."))


def zone_field() -> SelectField:
    """The zones of the kingdom and its neighbours to choose from; another one that was set elsewhere is kept."""
    return SelectField(
        _l("Time zone"),
        [InputRequired(_l("Choose a time zone, such as Europe/Amsterdam.")), zone],
        choices=[Choice(name) for name in _ZONES],
        default=DEFAULT_ZONE.key,
        validate_choice=False,
    )


def accent_field() -> ColorField:
    return ColorField(
        _l("Colour of your company"),
        [InputRequired(_l("Choose a colour.")), colour],
        description=_l("For links, buttons and headings."),
    )


def colour(_form: Form, field: Field) -> None:
    if not is_colour(field.data or ""):
        raise StopValidation(_("Choose a colour, such as #0b5c7a."))


def zone(_form: Form, field: Field) -> None:
    if not is_zone(field.data or ""):
        raise StopValidation(_("Choose a time zone, such as Europe/Amsterdam."))


def site(_form: Form, field: Field) -> None:
    if not is_address((field.data or "").strip()):
        raise ValidationError(_("Write an address that starts with https://."))


class SetupForm(PhraseForm):
    code = StringField(
        _l("Set-up code"),
        [InputRequired(_l("Copy the code from the window in which the server runs."))],
        description=_l("It stands in the window in which the server was started. Or type there: flask portal setup-code"),
        render_kw={"autocomplete": "off", "autocapitalize": "characters", "spellcheck": "false"},
    )
    organisation = StringField(
        _l("Name of your company"),
        [DataRequired(_l("Write the name that customers know.")), _UP_TO_120],
        render_kw={"autocomplete": "organization"},
    )
    timezone = zone_field()
    accent = accent_field()
    organisation_email = EmailField(
        _l("E-mail address for customers"), [Optional(), email_like], render_kw={"autocomplete": "off"}
    )
    name = StringField(_l("Your name"), [DataRequired(_l("Write your name.")), _UP_TO_120], render_kw={"autocomplete": "name"})
    email = EmailField(
        _l("Your e-mail address"),
        [InputRequired(_l("Write the e-mail address with which you will sign in.")), email_like],
        render_kw={"autocomplete": "username"},
    )
    phrase = new_phrase_field()
    again = repeat_field("phrase")

    def known(self) -> tuple[str, ...]:
        return (self.name.data or "", self.email.data or "", self.organisation.data or "")


class OrganisationForm(Form):
    name = StringField(_l("Name of your company"), [DataRequired(_l("Write the name that customers know.")), _UP_TO_120])
    timezone = zone_field()
    accent = accent_field()
    email = EmailField(
        _l("E-mail address for customers"),
        [Optional(), email_like],
        description=_l("Stands on the pages about privacy and accessibility."),
    )
    site_url = URLField(_l("Your own site"), [Optional(), Length(max=300), site])
    about_nl = TextAreaField(
        _l("About you, in Dutch"), [_UP_TO_2000], description=_l("A few lines at the foot of each page. Markdown works.")
    )
    about_en = TextAreaField(_l("About you, in English"), [_UP_TO_2000])

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        if self.timezone.data not in _ZONES and is_zone(self.timezone.data or ""):
            self.timezone.choices = [Choice(self.timezone.data), *self.timezone.choices]


class NoteForm(Form):
    note_nl = TextAreaField(
        _l("Note for customers, in Dutch"),
        [_UP_TO_2000],
        description=_l("Stands at this channel. For instance what it is for. Markdown works."),
    )
    note_en = TextAreaField(_l("Note for customers, in English"), [_UP_TO_2000])


class ChannelForm(NoteForm):
    name = StringField(_l("Name"), [DataRequired(_l("Write the name that customers read, such as WhatsApp.")), _UP_TO_120])
    account = StringField(
        _l("Our name or number there"),
        [Length(max=200, message=_l("Use at most 200 characters."))],
        description=_l("As customers see it: @bedrijf, 06 12 34 56 78, or an e-mail address."),
        render_kw={"autocomplete": "off"},
    )
    address = StringField(
        _l("Link with which customers write to us"),
        [Length(max=300, message=_l("Use at most 300 characters."))],
        description=_l("An address that starts with https://, mailto: or tel:."),
        render_kw={"inputmode": "url", "autocomplete": "off"},
    )
    is_public = BooleanField(_l("Customers see this channel"), default=True)

    def validate_name(self, field: Field) -> None:
        if channel_faults(slug="any", name=field.data, address=""):
            raise ValidationError(_("Write the name on one line, with only characters that can be seen."))

    def validate_address(self, field: Field) -> None:
        if channel_faults(slug="any", name="any", address=(field.data or "").strip()):
            raise ValidationError(_("Write an address that starts with https://, mailto: or tel:, without spaces."))

    def facts(self, *names: str) -> dict[str, Any]:
        return super().facts(*(names or ("name", "account", "address", "note_nl", "note_en", "is_public")))


class NewChannelForm(ChannelForm):
    kind = SelectField(_l("Kind"), choices=[Choice(kind.value, name) for kind, name in KINDS.items()])
    slug = StringField(
        _l("Name in addresses"),
        description=_l("Small letters, digits and hyphens. It cannot be changed later. Empty: made from the name."),
        render_kw={"autocomplete": "off", "spellcheck": "false"},
    )

    def chosen_slug(self) -> str:
        return (self.slug.data or "").strip() or slug_of(self.name.data or "")

    def validate_slug(self, _field: Field) -> None:
        if (self.slug.data or (self.name.data or "").strip()) and channel_faults(slug=self.chosen_slug(), name="any", address=""):
            raise ValidationError(_("Use small letters and digits, with hyphens between, such as facebook-reizen."))

from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Any, ClassVar
from uuid import UUID, uuid4
from zoneinfo import ZoneInfo

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from wtforms import (
    BooleanField,
    DateTimeLocalField,
    Field,
    HiddenField,
    RadioField,
    SelectChoice,
    SelectField,
    StringField,
    TextAreaField,
)
from wtforms.validators import InputRequired, Length, NumberRange, Optional, StopValidation

from portal.errors import Fault, Invalid
from portal.incidents import rules
from portal.incidents.names import SEVERITY_NAMES
from portal.incidents.quick_texts import with_quick_text
from portal.incidents.rules import LONGEST_BODY, LONGEST_TITLE, Severity, Window
from portal.incidents.tree import Node
from portal.organisation.models import Channel
from portal.web.forms import Form, TicksField, WholeNumberField, real_local_time
from portal.web.local_time import instant
from portal.web.localized import Localized
from portal.web.numbers import LARGEST, number_in

_NOT_LONGER = _l("Use at most %(max)d characters.")
_SEVERITIES = [SelectChoice(severity.value, words) for severity, words in SEVERITY_NAMES.items()]
_NEXT_UPDATES = [
    SelectChoice("30", _l("in 30 minutes")),
    SelectChoice("60", _l("in 1 hour")),
    SelectChoice("120", _l("in 2 hours")),
    SelectChoice("", _l("no time promised")),
]


_REFUSED = {
    "window_end": _l("Choose an end that lies after the start and has not passed."),
    "parent_id": _l("A service cannot hang under itself or under a part of itself."),
    "state": _l("The state has changed in the meantime. Choose again."),
}


class Chosen:
    """Says that a list always has a choice: the form opens with one."""

    field_flags: ClassVar = {"required": True}

    def __call__(self, form: Form, field: Field) -> None:
        """The list itself refuses what is no choice."""


class OneOfBoth:
    """The Dutch field of a pair may be empty only when the English one is not."""

    field_flags: ClassVar = {"required": True}

    def __call__(self, form: Form, field: Field) -> None:
        twin = form[field.name.removesuffix("_nl") + "_en"]
        if not rules.clean(field.data or "") and not rules.clean(twin.data or ""):
            raise StopValidation(_("Write this in Dutch, in English or in both."))


def _title(label: str, *checks: Any) -> StringField:
    return StringField(label, [*checks, Length(max=LONGEST_TITLE, message=_NOT_LONGER)], render_kw={"autocomplete": "off"})


def _body(label: str, *checks: Any) -> TextAreaField:
    return TextAreaField(label, [*checks, Length(max=LONGEST_BODY, message=_NOT_LONGER)], render_kw={"rows": 4})


def _severity() -> RadioField:
    return RadioField(_l("How bad is it?"), [Chosen()], choices=_SEVERITIES, default=Severity.MINOR.value)


def _next_update() -> RadioField:
    return RadioField(_l("When do customers read more?"), [Chosen()], choices=_NEXT_UPDATES, default="60")


def _local_moment(label: str) -> DateTimeLocalField:
    checks = [InputRequired(_l("Choose a day and a time.")), real_local_time]
    return DateTimeLocalField(label, checks, format="%Y-%m-%dT%H:%M")


class _Answering(Form):
    def refuse_faults(self, error: Invalid) -> None:
        """Shows what the store refused at the fields that have that name, else above the form."""
        for fault in error.faults:
            if fault.field in self:
                self.refuse(fault.field, _said(fault))
            else:
                self.form_errors.append(_said(fault))


class _Words(_Answering):
    """A text in two languages, at least one of them filled."""

    body_nl = _body(_l("Text in Dutch"), OneOfBoth())
    body_en = _body(_l("Text in English"))

    def fill(self, text: Localized) -> None:
        """Puts a text of ours in the place of another of ours, and below what somebody wrote."""
        self.body_nl.data = with_quick_text(self.body_nl.data or "", text.nl)
        self.body_en.data = with_quick_text(self.body_en.data or "", text.en)


class _Once(_Answering):
    """A form that publishes once, however often it is sent: `key` becomes the name of what it makes."""

    key = HiddenField()

    def name(self) -> str:
        """The name for what this form makes; a new one when the form has none, or none that can be one."""
        try:
            self.key.data = str(UUID(self.key.data or ""))
        except ValueError:
            self.key.data = str(uuid4())
        return str(self.key.data)


class _Touches(_Answering):
    services = TicksField(_l("Which services does it touch?"), description=_l("With everything that hangs under them."))
    channels = TicksField(_l("Which channels does it touch?"))

    def offer(self, nodes: Iterable[Node], channels: Iterable[Channel]) -> None:
        """What may be ticked, before the form is validated or shown."""
        self.services.choices = [SelectChoice(node.id, "- " * node.depth + (node.name.nl or node.name.en)) for node in nodes]
        self.channels.choices = [SelectChoice(channel.id, channel.name) for channel in channels]


class NewIncidentForm(_Words, _Touches, _Once):
    title_nl = _title(_l("What is wrong, in Dutch"), OneOfBoth())
    title_en = _title(_l("What is wrong, in English"))
    severity = _severity()
    next_update = _next_update()
    is_calamity = BooleanField(_l("This is a calamity: it changes how we handle questions"))


class UpdateForm(_Words):
    """`version` is the incident's as the writer saw it, so that nobody writes over news that he has not read."""

    version = HiddenField()
    next_update = _next_update()
    severity = _severity()

    @property
    def seen_version(self) -> int | None:
        return number_in(self.version.data)


class EditForm(_Words):
    pass


class FactsForm(_Touches):
    title_nl = _title(_l("What is wrong, in Dutch"), OneOfBoth())
    title_en = _title(_l("What is wrong, in English"))
    severity = _severity()
    is_calamity = BooleanField(_l("This is a calamity: it changes how we handle questions"))


class _Planned(_Answering):
    window_start = _local_moment(_l("From"))
    window_end = _local_moment(_l("Until"))

    def window(self, local: ZoneInfo) -> Window:
        """The instants between which the work is planned."""
        return Window(instant(self.window_start.data, local), instant(self.window_end.data, local))


class MaintenanceForm(_Words, _Touches, _Planned, _Once):
    title_nl = _title(_l("What will we do, in Dutch"), OneOfBoth())
    title_en = _title(_l("What will we do, in English"))


class MoveForm(_Words, _Planned):
    pass


class ServiceForm(_Answering):
    name_nl = StringField(_l("Name in Dutch"), [OneOfBoth(), Length(max=120, message=_NOT_LONGER)])
    name_en = StringField(_l("Name in English"), [Length(max=120, message=_NOT_LONGER)])
    description_nl = TextAreaField(_l("What it is, in Dutch"), [Length(max=2_000, message=_NOT_LONGER)], render_kw={"rows": 2})
    description_en = TextAreaField(_l("What it is, in English"), [Length(max=2_000, message=_NOT_LONGER)], render_kw={"rows": 2})
    parent_id = SelectField(_l("Part of"), coerce=int, default=0)
    position = WholeNumberField(
        _l("Place in the list"),
        [Optional(), NumberRange(-LARGEST, LARGEST, _l("Use a smaller number."))],
        description=_l("Lower numbers come first."),
    )

    def offer(self, nodes: Iterable[Node]) -> None:
        choices = [SelectChoice(node.id, "- " * node.depth + (node.name.nl or node.name.en)) for node in nodes]
        self.parent_id.choices = [SelectChoice(0, _("nothing: it stands by itself")), *choices]


def next_update_at(form: NewIncidentForm | UpdateForm, now: datetime) -> datetime | None:
    """The instant that the chosen number of minutes promises, on a whole minute."""
    if not form.next_update.data:
        return None
    return (now + timedelta(minutes=int(form.next_update.data))).replace(second=0, microsecond=0)


def _said(fault: Fault) -> str:
    """What the store refused, in words for staff."""
    return str(_REFUSED.get(fault.field, fault))

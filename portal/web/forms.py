"""Forms whose controls say what they ask: tied to description and error, and not validated by the browser."""

from datetime import MAXYEAR, MINYEAR
from typing import Any

from flask import request
from flask_babel import gettext as _
from flask_wtf import FlaskForm
from flask_wtf.form import _Auto
from markupsafe import Markup
from wtforms import Field, IntegerField, SelectMultipleField
from wtforms.validators import StopValidation, ValidationError
from wtforms.widgets import CheckboxInput, ListWidget

from portal.web.jinja import zone
from portal.web.local_time import ClockChange, clock_change

_MOST_DIGITS = 10


class WholeNumberField(IntegerField):  # type: ignore[misc] # untyped library
    """A whole number; more than ten digits are none, because libraries fail on them before any validator is asked."""

    def process_formdata(self, valuelist: list[str]) -> None:
        super().process_formdata([text if len(text.strip().lstrip("+-")) <= _MOST_DIGITS else "" for text in valuelist])


class TicksField(SelectMultipleField):  # type: ignore[misc] # untyped library
    """Several of a list, each by its number, with a box to tick."""

    widget = ListWidget(prefix_label=False)
    option_widget = CheckboxInput()

    def __init__(self, label: str, **options: Any) -> None:
        super().__init__(label, coerce=int, choices=[], **options)
        self.type = "SelectMultipleField"  # what the macro `field` goes by

    def process_formdata(self, valuelist: list[str]) -> None:
        super().process_formdata([text for text in valuelist if len(text) < _MOST_DIGITS])


class Form(FlaskForm):  # type: ignore[misc] # untyped library
    """The base of every form. Templates render it with the macros of templates/web/_form.html."""

    class Meta(FlaskForm.Meta):  # type: ignore[misc] # untyped library
        def wrap_formdata(self, form: FlaskForm, formdata: Any) -> Any:  # noqa: ARG002 - the library's signature
            """What was typed into a form and nothing else.

            Flask-WTF would also hand the fields what stands in a JSON body, or a file; and a text field that is given a number,
            a list or a file fails instead of refusing it.
            """
            return (request.form or None) if formdata is _Auto else formdata

        def render_field(self, field: Field, render_kw: dict[str, Any]) -> Markup:
            return Markup(super().render_field(field, ties(field) | render_kw))

    def facts(self, *names: str) -> dict[str, Any]:
        """What was sent, by field: of these fields, or of all but the CSRF token."""
        chosen = names or [name for name, field in self._fields.items() if name != "csrf_token"]
        return {name: "" if self[name].data is None else self[name].data for name in chosen}

    def refuse(self, name: str, message: str) -> None:
        """Puts a message at a field after validation: what only the database or another field can tell."""
        self[name].errors = [*self[name].errors, message]


def ties(field: Field) -> dict[str, Any]:
    """The attributes that tie a control to its description and errors; `required` becomes `aria-required`.

    The browser's own validation speaks another language than the page and cannot be styled, so it is never asked for.
    """
    described_by = [f"{field.id}-description"] * bool(field.description) + [f"{field.id}-error"] * bool(field.errors)
    attributes: dict[str, Any] = {"required": False}
    if field.flags.required:
        attributes["aria-required"] = "true"
    if field.errors:
        attributes["aria-invalid"] = "true"
    if described_by:
        attributes["aria-describedby"] = " ".join(described_by)
    return attributes


def real_local_time(_form: Form, field: Field) -> None:
    """Refuses the hour that summer time skips and the hour that winter time repeats, and says which it is."""
    # In the outermost years the instant may lie outside the calendar.
    if field.data is None or field.data.year in (MINYEAR, MAXYEAR):
        field.errors = []  # the library's own words are in English
        raise StopValidation(_("Choose a day and a time."))
    change, written = clock_change(field.data, zone()), f"{field.data:%d-%m-%Y %H:%M}"
    if change is ClockChange.SKIPPED:
        raise ValidationError(_("%(time)s does not exist: the clock goes forward then. Choose another time.", time=written))
    if change is ClockChange.TWICE:
        raise ValidationError(_("%(time)s comes twice: the clock goes back then. Choose another time.", time=written))

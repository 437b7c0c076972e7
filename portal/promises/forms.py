from collections.abc import Sequence
from typing import Any

from flask_babel import gettext
from flask_babel import lazy_gettext as _l
from wtforms import BooleanField, Field, FieldList, FormField, SelectChoice, SelectField, StringField, TextAreaField
from wtforms.validators import InputRequired, Length, NumberRange
from wtforms.validators import Optional as MayBeEmpty

from portal.errors import Invalid
from portal.organisation.models import Channel
from portal.promises.proposal import tidy_words
from portal.promises.rules import LONGEST_LEAD_MINUTES, Impact, Matrix, PriorityClass, Urgency, cell_field
from portal.web.forms import Form, WholeNumberField
from portal.web.numbers import LARGEST

LEVELS = {"high": _l("high"), "normal": _l("normal"), "low": _l("low")}
_MOST_CLASSES = 50  # more rows than nine cells can use; without a limit a form could ask for as many as it likes
CELLS = [(Impact(impact), Urgency(urgency)) for impact in LEVELS for urgency in LEVELS]
_LEVEL_CHOICES = [SelectChoice("", _l("says nothing")), *(SelectChoice(level, word) for level, word in LEVELS.items())]


class ClassForm(Form):
    """One class; a row without a code is no class."""

    class Meta(Form.Meta):
        csrf = False

    code = StringField(_l("Code"), filters=[lambda text: (text or "").strip().upper()])
    name_nl = StringField(_l("Name in Dutch"), [Length(max=60)], filters=[lambda text: (text or "").strip()])
    name_en = StringField(_l("Name in English"), [Length(max=60)], filters=[lambda text: (text or "").strip()])
    lead_minutes = WholeNumberField(_l("Opening minutes"), [MayBeEmpty(), NumberRange(1, LONGEST_LEAD_MINUTES)])


class MatrixForm(Form):
    """The classes, and for each pair of impact and urgency the code of its class."""

    classes = FieldList(FormField(ClassForm), max_entries=_MOST_CLASSES)

    @classmethod
    def showing(cls, matrix: Matrix) -> "MatrixForm":
        """The form filled with this matrix, with an empty row for one more class."""
        rows: list[dict[str, object]] = [vars(each) for each in matrix.classes]
        cells = {cell_field(*cell): code for cell, code in matrix.cells.items()}
        return cls(formdata=None, data={"classes": [*rows, {}], **cells})

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        codes = [each.code for each in self.priority_classes()]
        for cell in CELLS:
            self[cell_field(*cell)].choices = [SelectChoice(code, code) for code in codes]

    def priority_classes(self) -> list[PriorityClass]:
        """The classes of the rows that have a code, in their order."""
        return [
            PriorityClass(row.code.data, row.name_nl.data, row.name_en.data, row.lead_minutes.data or 0)
            for row in self.rows()
            if row.code.data
        ]

    def rows(self) -> list[ClassForm]:
        return [entry.form for entry in self.classes.entries]

    def cells(self) -> dict[tuple[Impact, Urgency], str]:
        return {cell: self[cell_field(*cell)].data for cell in CELLS}

    def show_faults(self, error: Invalid) -> None:
        """Puts each fault at the field that it names; rows without a code are not counted there."""
        filled = [row for row in self.rows() if row.code.data]
        for fault in error.faults:
            if fault.field.startswith("classes-"):
                _, number, name = fault.field.split("-")
                field: Field = filled[int(number)][name]
            else:
                field = self[fault.field]
            field.errors = [*field.errors, gettext("Expected here: %(what)s.", what=gettext(fault.expected))]

    def faulty_fields(self) -> list[Field]:
        """Every field with an error, for the summary above the form."""
        fields = [field for row in self.rows() for field in row] + [self[cell_field(*cell)] for cell in CELLS]
        return [field for field in fields if field.errors]


for _impact, _urgency in CELLS:
    setattr(MatrixForm, cell_field(_impact, _urgency), SelectField(cell_field(_impact, _urgency), validate_choice=False))


class _ChannelForm(Form):
    """A form with a choice of channels."""

    channel_id = SelectField(_l("Channel"), [InputRequired(_l("Choose a channel."))], coerce=int)

    def offer(self, channels: Sequence[Channel], *, any_channel: bool) -> None:
        """Lets one of these channels be chosen, or none of them in particular."""
        every = [SelectChoice(0, gettext("every channel"))] if any_channel else []
        self.channel_id.choices = every + [SelectChoice(channel.id, channel.name) for channel in channels]


class RuleForm(_ChannelForm):
    words = TextAreaField(
        _l("Words"),
        [Length(max=2000)],
        description=_l("One of these must occur; separate them by commas. An asterisk takes whatever follows: storing*"),
    )
    contact_id = WholeNumberField(
        _l("Number of the contact"),
        [MayBeEmpty(), NumberRange(1, LARGEST, _l("There is no contact with this number."))],
        description=_l("Only for questions of this one customer."),
    )
    impact = SelectField(_l("Proposed impact"), choices=_LEVEL_CHOICES)
    urgency = SelectField(_l("Proposed urgency"), choices=_LEVEL_CHOICES)

    def values(self) -> dict[str, Any]:
        """The arguments of `add_rule`."""
        return {
            "channel_id": self.channel_id.data or None,
            "words": tidy_words(self.words.data or ""),
            "contact_id": self.contact_id.data,
            "impact": Impact(self.impact.data) if self.impact.data else None,
            "urgency": Urgency(self.urgency.data) if self.urgency.data else None,
        }


class SettingsForm(Form):
    announces_norm = BooleanField(
        _l("Announce our norm instead of the estimate"),
        description=_l("Pages then say that the time is your norm. How often it comes true is counted and shown all the same."),
    )
    shows_queue = BooleanField(_l("Show customers how many messages are before theirs"))


class TryForm(_ChannelForm):
    text = TextAreaField(_l("A message"), [InputRequired(_l("Paste a message here.")), Length(max=10_000)])

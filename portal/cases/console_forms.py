from datetime import datetime
from zoneinfo import ZoneInfo

from flask_babel import lazy_gettext as _
from wtforms import (
    BooleanField,
    DateTimeLocalField,
    HiddenField,
    RadioField,
    SelectChoice,
    SelectField,
    StringField,
    TextAreaField,
)
from wtforms.validators import DataRequired, InputRequired, Length

from portal.cases.words import IMPACTS, REASONS, URGENCIES
from portal.web.forms import Form
from portal.web.numbers import number_in

LONGEST_ANSWER = 20_000
_TOO_LONG = _("This is too long. It can have 20,000 characters.")


def _choices(words: object) -> list[SelectChoice]:
    assert isinstance(words, dict)
    return [SelectChoice(each.value, said) for each, said in words.items()]


class CaseForm(Form):
    """What every form on a case carries: the version and the last message that its reader had before them."""

    version = HiddenField()
    seen = HiddenField()

    @property
    def seen_version(self) -> int:
        """The version that was on the page; -1, which no case has, when the form does not say."""
        number = number_in(self.version.data)
        return -1 if number is None else number

    @property
    def seen_message(self) -> int:
        return number_in(self.seen.data) or 0


class AnswerForm(CaseForm):
    text = TextAreaField(
        _("Your answer"),
        id="answer",
        validators=[DataRequired(_("Write your answer.")), Length(max=LONGEST_ANSWER, message=_TOO_LONG)],
    )
    asks_back = BooleanField(_("I ask something: the question then waits for the customer"))


class NoteForm(CaseForm):
    text = TextAreaField(
        _("Internal note"),
        id="note",
        description=_("Only colleagues read this."),
        validators=[DataRequired(_("Write your note.")), Length(max=LONGEST_ANSWER, message=_TOO_LONG)],
    )


class PriorityForm(CaseForm):
    impact = RadioField(_("Impact"), choices=_choices(IMPACTS), validators=[InputRequired(_("Choose the impact."))])
    urgency = RadioField(_("Urgency"), choices=_choices(URGENCIES), validators=[InputRequired(_("Choose the urgency."))])
    why = StringField(
        _("Why"),
        description=_("Stands as a note in the case."),
        validators=[DataRequired(_("Write in a few words why.")), Length(max=300)],
    )


class ReviseForm(CaseForm):
    until = DateTimeLocalField(
        _("New time"),
        description=_("The customer reads: an answer before this time."),
        format=["%Y-%m-%dT%H:%M", "%Y-%m-%d %H:%M"],
        validators=[DataRequired(_("Choose a day and time that are still to come."))],
    )
    reason = SelectField(_("Reason"), choices=_choices(REASONS))
    sentence_nl = StringField(
        _("One sentence more, in Dutch"),
        description=_("Say what the customer needs to know, such as: Twee collega's zijn ziek."),
        validators=[Length(max=300)],
    )
    sentence_en = StringField(_("One sentence more, in English"), validators=[Length(max=300)])

    def until_in(self, zone: ZoneInfo) -> datetime:
        """The chosen wall time in this zone, as an instant."""
        chosen = self.until.data
        assert isinstance(chosen, datetime)
        return chosen.replace(tzinfo=zone)


class MergeForm(CaseForm):
    reference = StringField(
        _("Number of the question that this one becomes part of"),
        id="merge-into",
        validators=[DataRequired(_("Fill in the number of the other question, such as BR-7KQ4-M2XD."))],
    )


class SamePersonForm(CaseForm):
    reference = StringField(
        _("Number of a question of the same person"),
        id="same-person-as",
        description=_("Only when it was proved, for instance by a code sent from both accounts."),
        validators=[DataRequired(_("Fill in the number of the other question, such as BR-7KQ4-M2XD."))],
    )


FORMS: dict[str, type[CaseForm]] = {
    "answer": AnswerForm,
    "add_note": NoteForm,
    "prioritise": PriorityForm,
    "revise": ReviseForm,
    "merge": MergeForm,
    "same_person": SamePersonForm,
}

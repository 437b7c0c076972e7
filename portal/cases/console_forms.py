from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
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
from wtforms.validators import DataRequired, InputRequired, Length, Optional

from portal.cases.models import CaseMessage
from portal.cases.noticing import Choice
from portal.cases.words import IMPACTS, REASONS, URGENCIES
from portal.promises.rules import RevisionReason
from portal.web.forms import Form, TicksField, real_local_time
from portal.web.local_time import instant
from portal.web.numbers import number_in

LONGEST_ANSWER = 20_000
KEEP_READY = "ready"
_FURTHEST = timedelta(days=366)
_TOO_LONG = _l("This is too long. It can have 20,000 characters.")


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
        _l("Your answer"),
        id="answer",
        validators=[DataRequired(_l("Write your answer.")), Length(max=LONGEST_ANSWER, message=_TOO_LONG)],
    )
    asks_back = BooleanField(_l("I ask something: the question then waits for the customer"))


class NoteForm(CaseForm):
    text = TextAreaField(
        _l("Internal note"),
        id="note",
        description=_l("Only colleagues read this."),
        validators=[DataRequired(_l("Write your note.")), Length(max=LONGEST_ANSWER, message=_TOO_LONG)],
    )


class PriorityForm(CaseForm):
    impact = RadioField(_l("Impact"), choices=_choices(IMPACTS), validators=[InputRequired(_l("Choose the impact."))])
    urgency = RadioField(_l("Urgency"), choices=_choices(URGENCIES), validators=[InputRequired(_l("Choose the urgency."))])
    why = StringField(
        _l("Why"),
        description=_l("Stands as a note in the case."),
        validators=[DataRequired(_l("Write in a few words why.")), Length(max=300)],
    )


class NoticeForm(Form):
    """What customers hear whose answer comes later, and when: at once, or by itself when the notice is due."""

    when = HiddenField()
    until = DateTimeLocalField(
        _l("New time"),
        description=_l("The customer reads: an answer before this time. Leave it empty, and we estimate it."),
        format=["%Y-%m-%dT%H:%M", "%Y-%m-%d %H:%M"],
        validators=[Optional(), real_local_time],
    )
    reason = SelectField(
        _l("Reason"),
        choices=[SelectChoice("", _l("Choose a reason")), *_choices(REASONS)],  # none by itself: the customer reads it as ours
        validators=[InputRequired(_l("Choose the reason that the customer reads."))],
    )
    sentence_nl = StringField(
        _l("One sentence more, in Dutch"),
        description=_l("What the reason before it does not say yet, such as: Morgen helpen er drie extra collega's."),
        validators=[Length(max=300)],
    )
    sentence_en = StringField(_l("One sentence more, in English"), validators=[Length(max=300)])

    def chosen(self, zone: ZoneInfo, now: datetime, member_id: int) -> Choice | None:
        """What was chosen; None, with a message at the field, when something is missing or the time has passed."""
        if not self.validate():
            return None
        until = instant(self.until.data, zone) if self.until.data else None
        if until is not None and until <= now:
            self.refuse("until", _("Choose a day and time that are still to come."))
            return None
        if until is not None and until > now + _FURTHEST:
            self.refuse("until", _("Choose a day and time at most a year from now."))
            return None
        reason = RevisionReason(self.reason.data)
        return Choice(reason, until, self.sentence_nl.data or "", self.sentence_en.data or "", member_id)

    @property
    def is_kept_ready(self) -> bool:
        return bool(self.when.data == KEEP_READY)


class ReviseForm(NoticeForm, CaseForm):
    """The same for one question."""


class MergeForm(CaseForm):
    reference = StringField(
        _l("Number of the question that this one becomes part of"),
        id="merge-into",
        validators=[DataRequired(_l("Fill in the number of the other question, such as BR-7KQ4-M2XD."))],
    )


class SplitForm(CaseForm):
    messages = TicksField(
        _l("Messages about another subject"),
        validate_choice=False,  # those of a page that is out of date are refused with the change that made it so
        validators=[DataRequired(_l("Choose the messages that are about another subject."))],
    )
    impact = RadioField(
        _l("Impact"), id="split-impact", choices=_choices(IMPACTS), validators=[InputRequired(_l("Choose the impact."))]
    )
    urgency = RadioField(
        _l("Urgency"), id="split-urgency", choices=_choices(URGENCIES), validators=[InputRequired(_l("Choose the urgency."))]
    )

    def offer(self, messages: Sequence[CaseMessage], said: Callable[[CaseMessage], str]) -> None:
        """Lets these be chosen, each by what is said of it."""
        self.messages.choices = [SelectChoice(each.id, said(each)) for each in messages]


class SamePersonForm(CaseForm):
    reference = StringField(
        _l("Number of a question of the same person"),
        id="same-person-as",
        description=_l("Only when it was proved, for instance by a code sent from both accounts."),
        validators=[DataRequired(_l("Fill in the number of the other question, such as BR-7KQ4-M2XD."))],
    )


FORMS: dict[str, type[CaseForm]] = {
    "answer": AnswerForm,
    "add_note": NoteForm,
    "prioritise": PriorityForm,
    "revise": ReviseForm,
    "merge": MergeForm,
    "split": SplitForm,
    "same_person": SamePersonForm,
}

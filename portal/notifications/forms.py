from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from wtforms import BooleanField, StringField, TextAreaField
from wtforms.validators import InputRequired, Length

from portal.errors import Invalid
from portal.notifications.texts import Choice
from portal.notifications.wording import EXPECTED_REFERENCE, LONGEST_SUBJECT
from portal.web.forms import Form
from portal.web.localized import Localized

_LONGEST_SHOWN = 80


class TextForm(Form):
    subject_nl = StringField(
        _l("Subject of the e-mail in Dutch"),
        [InputRequired(), Length(max=LONGEST_SUBJECT)],
        description=_l("The number of the question comes behind it, unless {reference} stands in it."),
    )
    subject_en = StringField(_l("Subject of the e-mail in English"), [InputRequired(), Length(max=LONGEST_SUBJECT)])
    text_nl = TextAreaField(_l("Text in Dutch"), [InputRequired()], description=_l("Each line is one thing that you say."))
    text_en = TextAreaField(_l("Text in English"), [InputRequired()])

    def subject(self) -> Localized:
        return Localized(self.subject_nl.data or "", self.subject_en.data or "")

    def text(self) -> Localized:
        return Localized(self.text_nl.data or "", self.text_en.data or "")

    def show_faults(self, error: Invalid) -> None:
        """Puts each fault at its field: what was written, and what would be right."""
        for fault in error.faults:
            written = str(fault.value)
            if fault.expected == EXPECTED_REFERENCE:
                self.refuse(fault.field, _("Only {reference} may stand here, not %(placeholder)s.", placeholder=written))
                continue
            expected = _("Expected here: %(what)s.", what=_(fault.expected))
            is_shown = 0 < len(written) <= _LONGEST_SHOWN and written != self[fault.field].data
            self.refuse(fault.field, f"{written}. {expected}" if is_shown else expected)


class ChoiceForm(Form):
    acknowledges = BooleanField(_l("Tell customers that their question came in"))
    with_link = BooleanField(_l("With the address of the page on which they follow it"))

    def choice(self) -> Choice:
        return Choice(bool(self.acknowledges.data), bool(self.with_link.data))

from flask_babel import lazy_gettext as _
from wtforms import RadioField, SelectChoice, StringField, TextAreaField
from wtforms.validators import DataRequired, InputRequired, Length

from portal.cases.tracking_store import LONGEST_TEXT
from portal.web.forms import Form


class LookUpForm(Form):
    """One field for both: people need not know whether what they have is a number or a code.

    It does without a token, and so without a cookie; `portal.web.origin` guards it instead.
    """

    class Meta(Form.Meta):
        csrf = False

    reference = StringField(
        _("Number or code of your question"),
        description=_("A number looks like BR-7KQ4-M2XD. A code has 16 characters."),
        validators=[DataRequired(_("Fill in your number or code."))],
        render_kw={"maxlength": 80, "spellcheck": "false", "autocapitalize": "characters", "autocomplete": "off"},
    )


class WriteForm(Form):
    text = TextAreaField(
        _("Your message"),
        id="message",
        filters=[lambda text: text.strip() if text else text],
        validators=[
            DataRequired(_("Write what you want to tell us.")),
            Length(max=LONGEST_TEXT, message=_("Your message is too long. It can have 10,000 characters.")),
        ],
    )


class OpinionForm(Form):
    helped = RadioField(
        _("Did this answer help you?"),
        choices=[SelectChoice("yes", _("Yes")), SelectChoice("no", _("No"))],
        validators=[InputRequired(_("Choose yes or no."))],
    )
    text = TextAreaField(
        _("What could be better?"),
        id="opinion",
        validators=[Length(max=LONGEST_TEXT, message=_("Your message is too long. It can have 10,000 characters."))],
    )

from flask_babel import lazy_gettext as _l
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
        _l("Number or code of your question"),
        description=_l("A number looks like BR-7KQ4-M2XD. A code has 16 characters."),
        validators=[DataRequired(_l("Fill in your number or code."))],
        render_kw={"maxlength": 80, "spellcheck": "false", "autocapitalize": "characters", "autocomplete": "off"},
    )


class WriteForm(Form):
    text = TextAreaField(
        _l("Your message"),
        id="message",
        filters=[lambda text: text.strip() if text else text],
        validators=[
            DataRequired(_l("Write what you want to tell us.")),
            Length(max=LONGEST_TEXT, message=_l("Your message is too long. It can have 10,000 characters.")),
        ],
    )


class OpinionForm(Form):
    helped = RadioField(
        _l("Did this answer help you?"),
        choices=[SelectChoice("yes", _l("Yes")), SelectChoice("no", _l("No"))],
        validators=[InputRequired(_l("Choose yes or no."))],
    )
    text = TextAreaField(
        _l("What could be better?"),
        id="opinion",
        validators=[Length(max=LONGEST_TEXT, message=_l("Your message is too long. It can have 10,000 characters."))],
    )

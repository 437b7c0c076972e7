"""The words of enums that more than one page of cases says."""

from flask_babel import lazy_gettext as _

from portal.promises.rules import RevisionReason

REASONS = {
    RevisionReason.ILLNESS: _("Colleagues are ill."),
    RevisionReason.OUTAGE: _("There is an outage."),
    RevisionReason.MANY_QUESTIONS: _("We get many questions at once."),
    RevisionReason.WAITING_FOR_OTHERS: _("We wait for somebody else."),
    RevisionReason.COMPLICATED: _("Your question is complicated."),
    RevisionReason.OUR_MISTAKE: _("We made a mistake."),
}


def reason_words(reason: RevisionReason) -> str:
    """Why an answer comes later, as one sentence to the customer, in the language of the page."""
    return str(REASONS[reason])

"""The words of enums that more than one page of cases says."""

from flask_babel import lazy_gettext as _

from portal.cases.queue import Shelf
from portal.cases.rules import CaseState
from portal.promises.rules import Impact, RevisionReason, Urgency

REASONS = {
    RevisionReason.ILLNESS: _("Colleagues are ill."),
    RevisionReason.OUTAGE: _("There is an outage."),
    RevisionReason.MANY_QUESTIONS: _("We get many questions at once."),
    RevisionReason.WAITING_FOR_OTHERS: _("We wait for somebody else."),
    RevisionReason.COMPLICATED: _("Your question is complicated."),
    RevisionReason.OUR_MISTAKE: _("We made a mistake."),
}
IMPACTS = {Impact.HIGH: _("High"), Impact.NORMAL: _("Normal"), Impact.LOW: _("Low")}
URGENCIES = {Urgency.HIGH: _("High"), Urgency.NORMAL: _("Normal"), Urgency.LOW: _("Low")}
STATES = {
    CaseState.NEW: _("New"),
    CaseState.OPEN: _("Open"),
    CaseState.WAITING: _("Waiting for the customer"),
    CaseState.ANSWERED: _("Answered"),
    CaseState.CLOSED: _("Question closed"),
    CaseState.SPAM: _("Spam"),
    CaseState.WITHDRAWN: _("Withdrawn"),
    CaseState.MERGED: _("Part of another question"),
}
SHELVES = {
    Shelf.UNANSWERED: _("Waiting for us"),
    Shelf.WAITING: _("Waiting for the customer"),
    Shelf.ANSWERED: _("Answered"),
    Shelf.CLOSED: _("Question closed"),
    Shelf.WITHDRAWN: _("Withdrawn"),
    Shelf.SPAM: _("Spam"),
}
EVENTS = {
    "case.opened": _("Question received"),
    "case.assigned": _("Assigned"),
    "case.closed": _("Question closed"),
    "case.reopened": _("Opened again"),
    "case.marked_spam": _("Marked as spam"),
    "case.withdrawn": _("Withdrawn"),
    "case.merged": _("Became part of another question"),
    "case.merged_with": _("Another question became part of this one"),
    "promise.revised": _("New time told to the customer"),
    "promise.overruled": _("Priority changed"),
    "promise.set_aside": _("Left out of the figures"),
    "promise.taken_back": _("Counted in the figures again"),
    "promise.answer_contested": _("The customer contests the answer"),
    "promise.merged": _("Promise answered with another question"),
    "claim.made": _("Code and link made"),
    "claim.revoked": _("Code and link ended"),
    "answer.judged": _("The customer judged an answer"),
    "erasure.asked": _("The customer asks to erase this question"),
    "erasure.settled": _("Wish to erase settled"),
}


def reason_words(reason: RevisionReason) -> str:
    """Why an answer comes later, as one sentence to the customer, in the language of the page."""
    return str(REASONS[reason])


def event_words(kind: str) -> str:
    """What was done, in words; the kind itself where this page knows no word for it."""
    return str(EVENTS.get(kind, kind))


def state_words(state: CaseState) -> str:
    return str(STATES[state])

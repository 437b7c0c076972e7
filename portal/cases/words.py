"""The words of enums that more than one page of cases says."""

from flask_babel import lazy_gettext as _l

from portal.cases.queue import Shelf
from portal.cases.rules import CaseState
from portal.promises.rules import Impact, RevisionReason, Urgency

REASONS = {
    RevisionReason.ILLNESS: _l("Colleagues are ill."),
    RevisionReason.OUTAGE: _l("There is an outage."),
    RevisionReason.MANY_QUESTIONS: _l("We get many questions at once."),
    RevisionReason.WAITING_FOR_OTHERS: _l("We wait for somebody else."),
    RevisionReason.COMPLICATED: _l("Your question is complicated."),
    RevisionReason.OUR_MISTAKE: _l("We made a mistake."),
}
IMPACTS = {Impact.HIGH: _l("High"), Impact.NORMAL: _l("Normal"), Impact.LOW: _l("Low")}
URGENCIES = {Urgency.HIGH: _l("High"), Urgency.NORMAL: _l("Normal"), Urgency.LOW: _l("Low")}
STATES = {
    CaseState.NEW: _l("New"),
    CaseState.OPEN: _l("Open"),
    CaseState.WAITING: _l("Waiting for the customer"),
    CaseState.ANSWERED: _l("Answered"),
    CaseState.CLOSED: _l("Question closed"),
    CaseState.SPAM: _l("Spam"),
    CaseState.WITHDRAWN: _l("Withdrawn"),
    CaseState.MERGED: _l("Part of another question"),
}
SHELVES = {
    Shelf.UNANSWERED: _l("Waiting for us"),
    Shelf.WAITING: _l("Waiting for the customer"),
    Shelf.ANSWERED: _l("Answered"),
    Shelf.CLOSED: _l("Question closed"),
    Shelf.WITHDRAWN: _l("Withdrawn"),
    Shelf.SPAM: _l("Spam"),
}
EVENTS = {
    "case.opened": _l("Question received"),
    "case.assigned": _l("Assigned"),
    "case.closed": _l("Question closed"),
    "case.reopened": _l("Opened again"),
    "case.marked_spam": _l("Marked as spam"),
    "case.withdrawn": _l("Withdrawn"),
    "case.merged": _l("Became part of another question"),
    "case.merged_with": _l("Another question became part of this one"),
    "promise.revised": _l("New time told to the customer"),
    "promise.overruled": _l("Priority changed"),
    "promise.set_aside": _l("Left out of the figures"),
    "promise.taken_back": _l("Counted in the figures again"),
    "promise.answer_contested": _l("The customer contests the answer"),
    "promise.merged": _l("Promise answered with another question"),
    "claim.made": _l("Code and link made"),
    "claim.revoked": _l("Code and link ended"),
    "answer.judged": _l("The customer judged an answer"),
    "erasure.asked": _l("The customer asks to erase this question"),
    "erasure.settled": _l("Wish to erase settled"),
}


def reason_words(reason: RevisionReason) -> str:
    """Why an answer comes later, as one sentence to the customer, in the language of the page."""
    return str(REASONS[reason])


def event_words(kind: str) -> str:
    """What was done, in words; the kind itself where this page knows no word for it."""
    return str(EVENTS.get(kind, kind))


def state_words(state: CaseState) -> str:
    return str(STATES[state])

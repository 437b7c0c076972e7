"""The words of enums that more than one page of cases says."""

from flask_babel import lazy_gettext as _l

from portal.cases.queue import Shelf
from portal.cases.rules import CaseState
from portal.events.models import Event
from portal.events.sentences import sentence
from portal.promises.rules import Impact, RevisionReason, Urgency

REASONS = {
    RevisionReason.ILLNESS: _l("Colleagues are ill."),
    RevisionReason.OUTAGE: _l("There is an outage."),
    RevisionReason.MANY_QUESTIONS: _l("We get many questions at once."),
    RevisionReason.WAITING_FOR_OTHERS: _l("We wait for somebody else."),
    RevisionReason.COMPLICATED: _l("Your question is complicated."),
    RevisionReason.OUR_MISTAKE: _l("We made a mistake."),
    RevisionReason.NOT_REACHED: _l("We have not come to your question yet."),
}
BECAUSE = {
    RevisionReason.ILLNESS: _l("We cannot keep that, because colleagues are ill."),
    RevisionReason.OUTAGE: _l("We cannot keep that, because there is an outage."),
    RevisionReason.MANY_QUESTIONS: _l("We cannot keep that, because we get many questions at once."),
    RevisionReason.WAITING_FOR_OTHERS: _l("We cannot keep that, because we wait for somebody else."),
    RevisionReason.COMPLICATED: _l("We cannot keep that, because your question is complicated."),
    RevisionReason.OUR_MISTAKE: _l("We cannot keep that, because we made a mistake."),
    RevisionReason.NOT_REACHED: _l("We cannot keep that, because we have not come to your question yet."),
}
TOLD_TWICE = _l("The customer heard of a later time twice already. Only an answer helps now.")
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


# What a customer did without a colleague, by the kind of event and what the case was before.
BY_CUSTOMER = {
    ("case.withdrawn", None): _l("The customer needs no answer any more"),
    ("case.reopened", CaseState.WITHDRAWN.value): _l("The customer wants an answer after all"),
}


def event_words(event: Event) -> str:
    """What happened to a case; what nobody of us did is said to be the customer's act."""
    of_customer = BY_CUSTOMER.get((event.kind, event.facts.get("from"))) if event.actor_id is None else None
    return str(of_customer) if of_customer else sentence(event.kind, event.facts)


def because_words(reason: RevisionReason) -> str:
    """Why a promise cannot be kept, as the customer reads it."""
    return str(BECAUSE[reason])


def reason_words(reason: RevisionReason) -> str:
    """Why an answer comes later, as one sentence to the customer, in the language of the page."""
    return str(REASONS[reason])


def state_words(state: CaseState) -> str:
    return str(STATES[state])

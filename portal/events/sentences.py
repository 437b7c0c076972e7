"""The journal in words: one line for each kind of event, and a name for what it is about."""

from collections import defaultdict
from collections.abc import Mapping
from typing import Any

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

SUBJECTS = {
    "case": _l("Question"),
    "channel": _l("Channel"),
    "contact": _l("Customer"),
    "incident": _l("Incident"),
    "matrix": _l("Priorities"),
    "member": _l("Colleague"),
    "organisation": _l("Organisation"),
    "proposal_rule": _l("Rule"),
    "schedule": _l("Opening hours"),
    "service": _l("Service"),
    "text": _l("Texts of messages"),
    "surge": _l("Busy time"),
}

SENTENCES = {
    "answer.judged": _l("A customer told whether the answer helped"),
    "case.answered": _l("The customer got an answer"),
    "case.assigned": _l("Gave the question to a colleague, or to nobody"),
    "case.closed": _l("Closed the question"),
    "case.marked_spam": _l("Marked the question as spam"),
    "case.merged": _l("Made the question part of another one"),
    "case.merged_with": _l("Took another question in"),
    "case.message_added": _l("The customer added a message"),
    "case.note_added": _l("Wrote a note for colleagues"),
    "case.opened": _l("A question came in"),
    "case.reopened": _l("The question is open again"),
    "case.split": _l("Made a part of it a question of its own"),
    "case.split_off": _l("Became a question of its own, apart from"),
    "case.told": _l("Told the customer something automatically"),
    "case.withdrawn": _l("The question needs no answer any more"),
    "channel.added": _l("Added the channel"),
    "channel.changed": _l("Changed the channel"),
    "channel.moved": _l("Moved the channel in the list"),
    "channel.note_changed": _l("Changed the note for customers"),
    "claim.made": _l("Made a code with which the customer proves whose question it is"),
    "claim.revoked": _l("Withdrew a code of the customer"),
    "contact.merged": _l("Joined two customers that are one"),
    "delivery.left": _l("Left a message to the customer that did not arrive"),
    "delivery.sent_again": _l("Sent a message to the customer again"),
    "erasure.asked": _l("A customer asked to be erased"),
    "erasure.settled": _l("Settled a request to be erased"),
    "hours.changed": _l("Changed the opening hours"),
    "hours.closed": _l("Closed at short notice"),
    "hours.reopened": _l("Opened again after closing at short notice"),
    "incident.calamity_declared": _l("Called the incident a calamity"),
    "incident.calamity_ended": _l("Ended the calamity"),
    "incident.changed": _l("Changed the facts of the incident"),
    "incident.published": _l("Published the incident"),
    "incident.reopened": _l("Opened the incident again"),
    "incident.resolved": _l("Told that the incident is over"),
    "incident.update_edited": _l("Corrected an update"),
    "incident.updated": _l("Wrote an update"),
    "maintenance.cancelled": _l("Cancelled the planned work"),
    "maintenance.completed": _l("Told that the planned work is done"),
    "maintenance.moved": _l("Moved the planned work"),
    "maintenance.planned": _l("Announced planned work"),
    "maintenance.reopened": _l("Opened the planned work again"),
    "maintenance.updated": _l("Wrote an update about the planned work"),
    "matrix.changed": _l("Changed the priorities"),
    "member.added": _l("Gave an account to a new colleague"),
    "member.changed": _l("Changed the account"),
    "member.disabled": _l("Closed the account"),
    "member.enabled": _l("Opened the account again"),
    "member.invited": _l("Made a new link to choose a pass phrase"),
    "member.phrase_changed": _l("Changed the pass phrase"),
    "member.phrase_set": _l("Chose a pass phrase with the link"),
    "member.sign_in_refused": _l("Somebody tried to sign in and was refused"),
    "member.signed_in": _l("Signed in"),
    "member.signed_out": _l("Signed out"),
    "member.signed_out_everywhere": _l("Signed out everywhere"),
    "message.deleted": _l("The customer deleted a message"),
    "message.edited": _l("A message was changed by its author"),
    "organisation.changed": _l("Changed the settings of the organisation"),
    "promise.answer_contested": _l("The answer was taken back as an answer"),
    "promise.merged": _l("Joined two questions into one"),
    "promise.overruled": _l("Chose another priority than was proposed"),
    "promise.reason_chosen": _l("Chose what the customer hears if the answer comes late"),
    "promise.revised": _l("Promised another time to the customer"),
    "promise.set_aside": _l("Set the question aside"),
    "promise.taken_along": _l("Took along the time that was promised before"),
    "promise.taken_back": _l("Took the question back that was set aside"),
    "proposal_rule.added": _l("Added a rule for priorities"),
    "proposal_rule.moved": _l("Moved a rule for priorities"),
    "proposal_rule.removed": _l("Removed a rule for priorities"),
    "service.added": _l("Added the service"),
    "service.changed": _l("Changed the service"),
    "service.removed": _l("Removed the service"),
    "text.changed": _l("Changed the text of a message to customers"),
    "text.channel_set": _l("Chose what is sent on a channel"),
    "text.removed": _l("Took our own text of a message again"),
    "staff.plan_ended": _l("Called off a plan of how many colleagues there are"),
    "promise_settings.changed": _l("Changed what customers are told of promises"),
    "staff.planned": _l("Planned how many colleagues there are for a while"),
    "surge.declared": _l("Told customers why there are so many questions"),
    "surge.dismissed": _l("Said that these many questions mean nothing"),
    "surge.noticed": _l("Noticed unusually many questions"),
    "surge.over": _l("Noticed that no more questions come in than usual"),
    "webhook_secret.added": _l("Made a secret for the webhook"),
    "webhook_secret.retired": _l("Retired a secret of the webhook"),
}


def sentence(kind: str, facts: Mapping[str, Any]) -> str:
    """What happened, in the language of the request. A kind that nobody has put into words yet is shown as it is."""
    found = SENTENCES.get(kind)
    return kind if found is None else str(found) % defaultdict(str, facts)


def about(subject: str) -> str:
    """What an event is about: "incident:12" reads Incident 12."""
    kind, _colon, number = subject.partition(":")
    name = SUBJECTS.get(kind)
    if name is None:
        return subject
    return (
        str(name) if kind in {"organisation", "matrix"} or number == "0" else _("%(thing)s %(number)s", thing=name, number=number)
    )

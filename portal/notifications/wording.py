"""From a text with placeholders to the message that one customer gets, and what is wrong with a text. Pure.

Each line of a text is one thing that is said. A line whose placeholder has no value now is left out. Where the channel takes no
more, lines are left out from the last one upwards; those with what the message is for always stay.
"""

import re
from bisect import bisect_left
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from portal.errors import Fault
from portal.hidden import has_hidden, without_hidden
from portal.notifications.lengths import Limit
from portal.notifications.rules import MessageKind
from portal.web.texts import to_translate

LONGEST_TEXT = 2_000
LONGEST_SUBJECT = 80
_PLACEHOLDER = re.compile(r"\{([^{}\n]*)\}")
_BRACE = re.compile(r"[{}]")
_NO_NAME = re.compile(r"[/\\@]|\bwww\b|\w{2}\.\w{2}", re.IGNORECASE)
_LONGEST_NAME = 60

PLACEHOLDERS: Mapping[str, str] = {
    "reference": to_translate("the number of the question"),
    "before": to_translate("the time before which the answer comes; without one, before which they hear more"),
    "norm": to_translate("that this time is your norm, as a sentence, where that is what you announce"),
    "promised_before": to_translate("the time that the customer was told before"),
    "reason": to_translate("why it takes longer, as one sentence"),
    "sentence": to_translate("what a colleague added to the reason"),
    "channel": to_translate("the channel on which the customer wrote"),
    "name": to_translate("the customer's name, never in public"),
    "link": to_translate("the address of the page on which customers follow their question"),
}
_ALWAYS = frozenset({"reference", "channel", "name", "link"})
_OF_A_NOTICE = frozenset(PLACEHOLDERS) - {"norm"}  # a later time is an estimate, or a colleague's choice


@dataclass(frozen=True)
class Asked:
    """The placeholders that a kind of message must and may have."""

    needed: frozenset[str]
    possible: frozenset[str]


ASKED: Mapping[MessageKind, Asked] = {
    MessageKind.ACKNOWLEDGEMENT: Asked(frozenset({"before", "reference"}), _ALWAYS | {"before", "norm"}),
    MessageKind.NO_PROMISE: Asked(frozenset({"reference"}), _ALWAYS | {"before"}),
    MessageKind.DELAY: Asked(frozenset({"before", "reason"}), _OF_A_NOTICE),
    MessageKind.NO_TIME_NOW: Asked(frozenset({"before", "reason"}), _OF_A_NOTICE),
    MessageKind.SOONER: Asked(frozenset({"before"}), _ALWAYS | {"before", "promised_before"}),
    MessageKind.HEAR_MORE: Asked(frozenset({"before"}), _OF_A_NOTICE - {"promised_before"}),
}

EXPECTED_TEXT = to_translate("a text")
EXPECTED_SUBJECT = to_translate("one line of at most 80 characters")
EXPECTED_VISIBLE = to_translate("only characters that can be seen")
EXPECTED_REFERENCE = to_translate("no other placeholder than {reference}")
EXPECTED_SHORTER = to_translate("at most 2,000 characters")
EXPECTED_PLACEHOLDER = to_translate("only placeholders from the list beside the text, such as {reference}")
EXPECTED_PAIR = to_translate("braces in pairs, around a placeholder")
EXPECTED_NEEDED = {
    "before": to_translate("a text with {before}, because that time is what the message is for"),
    "reference": to_translate("a text with {reference}, because customers need that number"),
    "reason": to_translate("a text with {reason}, because customers want to know why"),
}
EXPECTED_FITTING = to_translate("shorter lines around the placeholders that are needed, because a channel takes no more")


@dataclass(frozen=True)
class Composed:
    """A message as it goes to one customer, and the lines of its text that were left out for length."""

    text: str
    left_out: tuple[str, ...] = ()


def placeholders_in(line: str) -> list[str]:
    return _PLACEHOLDER.findall(line)


def lines_of(text: str) -> list[str]:
    return [line.strip() for line in text.replace("\r\n", "\n").split("\n") if line.strip()]


def compose(kind: MessageKind, text: str, values: Mapping[str, str], limit: Limit | None = None) -> Composed:
    """The message with these values; what has none, or an empty one, takes its line along. Never cut in the middle.

    When even the lines that must stay are more than `limit`, they stay: a promised time is never left out for length.
    """
    lines = [line for line in lines_of(text) if all(values.get(name) for name in placeholders_in(line))]
    filled = [_PLACEHOLDER.sub(lambda found: values[found[1]], line) for line in lines]
    needed = ASKED[kind].needed
    spare = [place for place, line in enumerate(lines) if needed.isdisjoint(placeholders_in(line))]

    def without(number: int) -> str:
        gone = set(spare[len(spare) - number :])
        return "\n".join(line for place, line in enumerate(filled) if place not in gone)

    number = 0
    if limit is not None:  # the fewest that will do; each line makes a message longer, so half of them can be asked about at once
        number = bisect_left(range(len(spare)), 1, key=lambda fewer: limit.takes(without(fewer)))
    return Composed(without(number), tuple(lines[place] for place in spare[len(spare) - number :]))


def faults_in(
    kind: MessageKind, field: str, text: str, limits: Sequence[tuple[str, Limit, Mapping[str, str]]] = ()
) -> list[Fault]:
    """What keeps a text from being saved; empty when nothing does.

    `limits` are the channels that the message must fit on: each with its name and the longest values that may come up there.
    """
    if not text.strip():
        return [Fault(field, text, EXPECTED_TEXT)]
    if len(text) > LONGEST_TEXT:
        return [Fault(field, text, EXPECTED_SHORTER)]
    asked, used = ASKED[kind], placeholders_in(text)
    faults = _placeholder_faults(field, text, asked.possible, EXPECTED_PLACEHOLDER)
    faults += [Fault(field, text, EXPECTED_NEEDED[name]) for name in sorted(asked.needed - set(used))]
    if faults:
        return faults
    for channel, limit, values in limits:
        composed = compose(kind, text, values, limit)
        if not limit.takes(composed.text):
            length = f"{channel}: {limit.length(composed.text)} > {limit.most}"
            faults.append(Fault(field, length, EXPECTED_FITTING))
    return faults


def subject_faults(field: str, subject: str) -> list[Fault]:
    """What keeps a subject from being saved; empty when nothing does."""
    if not subject.strip() or len(subject) > LONGEST_SUBJECT or len(subject.splitlines()) > 1:
        return [Fault(field, subject, EXPECTED_SUBJECT)]
    if has_hidden(subject.strip()):
        return [Fault(field, without_hidden(subject), EXPECTED_VISIBLE)]
    return _placeholder_faults(field, subject, frozenset({"reference"}), EXPECTED_REFERENCE)


def subject_for(subject: str, reference: str) -> str:
    """The subject of one mail. The number of the question is always in it, so that a reply is found by it too."""
    filled = subject.replace("{reference}", reference)
    return filled if reference in filled else f"{filled} ({reference})"


def _placeholder_faults(field: str, text: str, possible: frozenset[str], expected: str) -> list[Fault]:
    faults = [Fault(field, f"{{{name}}}", expected) for name in placeholders_in(text) if name not in possible]
    if _BRACE.search(_PLACEHOLDER.sub("", text)):
        faults.append(Fault(field, text, EXPECTED_PAIR))
    return faults


def harmless(value: str) -> str:
    """A value that others typed, on one line and without braces, so that it says only what it says."""
    return " ".join(_BRACE.sub("", value).split())


def harmless_name(name: str) -> str:
    """A customer's name as it may stand in our mail; "" for what is none.

    Whoever writes in the name of somebody else would have us mail them this: so no address of a page, and nothing long.
    """
    found = harmless(name)
    return "" if len(found) > _LONGEST_NAME or _NO_NAME.search(found) else found

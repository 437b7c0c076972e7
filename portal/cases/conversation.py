"""What the messages of one conversation come to: where its cases begin, and what each one still waits for. Pure.

Messages may arrive in any order. What a message says depends on the sender's time alone; the order of arrival decides only
where two clocks contradict each other.
"""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum

from portal.cases.rules import REOPEN_WITHIN, SKEW, UNANSWERED, AuthorKind, CaseState, Direction, Message
from portal.cases.thanks import is_only_thanks


class Weight(StrEnum):
    """What a message does to the clock of a case."""

    ASKS = "asks"
    THANKS = "thanks"
    ANSWERS = "answers"
    NOTHING = "nothing"


@dataclass(frozen=True)
class Entry:
    """A message as far as clocks are concerned; `arrival` grows in the order in which messages came in."""

    message_id: str
    weight: Weight
    at: datetime
    arrival: int
    parent_ref: str = ""


def weight_of(direction: Direction, author: AuthorKind, text: str, *, counts_as_answer: bool) -> Weight:
    """A customer's message asks; an answer by a person answers; acknowledgements, away texts and notes do neither."""
    if direction is Direction.INBOUND and author is AuthorKind.CUSTOMER:
        return Weight.THANKS if is_only_thanks(text) else Weight.ASKS
    return Weight.ANSWERS if direction is Direction.OUTBOUND and counts_as_answer else Weight.NOTHING


def author_kind(message: Message) -> AuthorKind:
    if message.is_automatic:
        return AuthorKind.AUTOMATIC
    return AuthorKind.CUSTOMER if message.direction is Direction.INBOUND else AuthorKind.PERSON


def counts_as_answer(message: Message) -> bool:
    """By a person, or automatic but marked by an editor as a full answer."""
    return message.direction is Direction.OUTBOUND and (not message.is_automatic or message.is_full_answer)


@dataclass(frozen=True)
class Upshot:
    """What the messages of a case come to. `closed_at` is its last closing, or when it was set aside."""

    received_at: datetime
    last_inbound_at: datetime
    oldest_unanswered_at: datetime | None = None
    first_answered_at: datetime | None = None
    last_answered_at: datetime | None = None
    closed_at: datetime | None = None

    def is_in_order(self, entry: Entry) -> bool:
        """Whether nothing that is known happened after this message, so that it can simply be added."""
        known = (self.received_at, self.last_inbound_at, self.last_answered_at, self.closed_at)
        return all(at is None or entry.at >= at for at in known)

    def after(self, entry: Entry) -> "Upshot":
        """The upshot with one more message, which must be in order."""
        if entry.weight is Weight.ANSWERS:
            first = self.first_answered_at or entry.at
            return replace(self, first_answered_at=first, last_answered_at=entry.at, oldest_unanswered_at=None)
        if entry.weight is Weight.NOTHING:
            return self
        settled = self.oldest_unanswered_at is None and (self.last_answered_at or self.closed_at) is not None
        if entry.weight is Weight.THANKS and settled:
            return replace(self, last_inbound_at=entry.at)
        return replace(self, last_inbound_at=entry.at, oldest_unanswered_at=self.oldest_unanswered_at or entry.at)


def upshot_of(entries: Iterable[Entry], closed_at: datetime | None = None) -> Upshot | None:
    """What these messages come to, in whatever order they are given; None when no customer asks anything.

    What a customer wrote before the case was closed no longer waits for an answer.
    """
    known = list(entries)
    asks = [entry for entry in known if entry.weight in (Weight.ASKS, Weight.THANKS)]
    if not asks:
        return None
    first = min(asks, key=lambda entry: (entry.at, entry.arrival))
    upshot = Upshot(first.at, first.at, first.at)
    closed = closed_at is None
    for entry in sorted(in_time(known), key=_order):
        if not closed and closed_at and entry.at > closed_at:
            upshot, closed = replace(upshot, oldest_unanswered_at=None, closed_at=closed_at), True
        if entry.at >= first.at:
            upshot = upshot.after(entry)
    return upshot if closed else replace(upshot, oldest_unanswered_at=None, closed_at=closed_at)


def closing_moved(entries: Sequence[Entry], came: Collection[int], closed_at: datetime) -> datetime:
    """Until when all is closed in a closed case to which messages have come, those with these arrivals.

    What came with them waits again where nobody has answered it, and nothing that was asked before.
    """
    asks = (Weight.ASKS, Weight.THANKS)
    left = [each for each in entries if each.arrival in came or each.weight not in asks or each.at > closed_at]
    upshot = upshot_of(left)
    waits_since = upshot.oldest_unanswered_at if upshot else None
    return closed_at if waits_since is None else waits_since - timedelta.resolution


def _order(entry: Entry) -> tuple[datetime, bool, int]:
    return entry.at, entry.weight is Weight.ANSWERS, entry.arrival


def in_time(entries: Sequence[Entry]) -> list[Entry]:
    """These messages, each answer at the instant at which it counts; as they are where no customer asks anything."""
    asks = [entry for entry in entries if entry.weight in (Weight.ASKS, Weight.THANKS)]
    first = min(asks, key=lambda entry: (entry.at, entry.arrival), default=None)
    return [_in_time(entry, first, asks) for entry in entries] if first else list(entries)


def _in_time(entry: Entry, first: Entry, asks: Sequence[Entry]) -> Entry:
    """An answer whose clock runs behind that of the message it answers is taken to come at once: no wait, never less."""
    if entry.weight is not Weight.ANSWERS:
        return entry
    asked = next((ask for ask in asks if entry.parent_ref and ask.message_id == entry.parent_ref), None)
    if asked is not None and entry.at < asked.at:
        return replace(entry, at=asked.at)
    if entry.arrival > first.arrival and timedelta(0) < first.at - entry.at <= SKEW:
        return replace(entry, at=first.at)
    return entry


def state_after(state: CaseState, upshot: Upshot, entry: Entry) -> CaseState:
    """The state of a case in which this message has been counted."""
    waits = upshot.oldest_unanswered_at is not None
    if state in (CaseState.SPAM, CaseState.MERGED):
        return state
    if state in (CaseState.CLOSED, CaseState.WITHDRAWN):
        return CaseState.OPEN if waits else state
    if waits:
        untouched = state is CaseState.NEW and upshot.first_answered_at is None
        return CaseState.NEW if untouched else CaseState.OPEN
    return CaseState.ANSWERED if entry.weight is Weight.ANSWERS else state


def state_anew(state: CaseState, upshot: Upshot) -> CaseState:
    """The state of a case whose messages have become others: by a merger, a split, or another text.

    Nothing is answered by that alone: where no answer was given it stays as it is.
    """
    if upshot.oldest_unanswered_at is not None:
        return state if state is CaseState.NEW else CaseState.OPEN
    return CaseState.ANSWERED if state in UNANSWERED and upshot.last_answered_at is not None else state


@dataclass(frozen=True)
class Span:
    """A case of a conversation, as far as it decides which messages are its own. `quiet_at` is None while it waits for us."""

    received_at: datetime
    quiet_at: datetime | None
    message_ids: frozenset[str] = frozenset()
    first_arrival: int = 0


class Place(StrEnum):
    NEW_CASE = "new_case"
    NOWHERE = "nowhere"


def place(entry: Entry, spans: Sequence[Span], answers_outside: Iterable[datetime] = ()) -> int | Place:
    """The index of the case that a message belongs to, or whether it opens one.

    A case lasts until two weeks after it went quiet. What a customer wrote before the first message that we know of
    belongs to that case too, unless an answer (`answers_outside`: those in no case yet) lies between and was final.
    """
    order = sorted(range(len(spans)), key=lambda index: spans[index].received_at)
    before = [index for index in order if spans[index].received_at <= entry.at]
    behind = [index for index in order if spans[index].received_at > entry.at]
    if before and _lasts(spans[before[-1]].quiet_at, entry.at):
        return before[-1]
    following = behind[0] if behind else None
    if entry.weight in (Weight.ASKS, Weight.THANKS):
        if following is not None:
            received_at = spans[following].received_at
            between = [at for at in answers_outside if entry.at <= at < received_at]
            if _lasts(max(between, default=None), received_at):
                return following
        return Place.NEW_CASE
    if following is not None and entry.weight is Weight.ANSWERS and _answers_though_earlier(entry, spans[following]):
        return following
    return Place.NOWHERE


def place_among(entry: Entry, spans: Sequence[Span]) -> int | None:
    """The index of the case that a message belongs to where a part was split off, so that several cases last at once.

    That is the one that it replies to, else the newest that waits for us, else the newest; None when none lasts. It goes for
    answers too: one that does not say what it answers answers one case alone.
    """
    lasting = [i for i, span in enumerate(spans) if span.received_at <= entry.at and _lasts(span.quiet_at, entry.at)]
    named = [i for i in lasting if entry.parent_ref in spans[i].message_ids]
    waiting = [i for i in lasting if spans[i].quiet_at is None]
    return max(named or waiting or lasting, key=lambda i: (spans[i].received_at, i), default=None)


def _lasts(quiet_at: datetime | None, at: datetime) -> bool:
    return quiet_at is None or at <= quiet_at + REOPEN_WITHIN


def _answers_though_earlier(entry: Entry, span: Span) -> bool:
    if entry.parent_ref and entry.parent_ref in span.message_ids:
        return True
    return entry.arrival > span.first_arrival and span.received_at - entry.at <= SKEW

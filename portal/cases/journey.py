"""What a customer reads of a case: how it stands, and what happened in order. Pure."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from portal.promises.rules import Outcome, RevisionReason, SetAside, outcome
from portal.web.localized import Localized


class State(StrEnum):
    """How a case stands, in the customer's terms. Staff's own states are another thing and are never shown."""

    PROMISED = "promised"
    PROMISED_AGAIN = "promised_again"  # the customer wrote again after an answer
    DELAYED = "delayed"
    SOONER = "sooner"
    OVERDUE = "overdue"
    NO_PROMISE = "no_promise"
    ANSWERED = "answered"
    ANSWERED_IN_TIME = "answered_in_time"
    ANSWERED_LATE = "answered_late"
    SOLVED = "solved"
    WITHDRAWN = "withdrawn"  # the customer needs no answer any more
    CLOSED = "closed"


class StepKind(StrEnum):
    """What happened; of what happened at the same instant, the first one here comes first."""

    RECEIVED = "received"
    MESSAGE = "message"
    SPLIT_OFF = "split_off"  # it was a part of another question
    PROMISED = "promised"
    REVISED = "revised"
    MISSED = "missed"
    ANSWERED_IN_TIME = "answered_in_time"
    ANSWERED_LATE = "answered_late"
    SPLIT = "split"  # a part of it became a question of its own
    CLOSED = "closed"
    WITHDRAWN = "withdrawn"
    EXPECTED = "expected"


_ORDER = list(StepKind)


@dataclass(frozen=True)
class Revision:
    """Another time that the customer was told; without one, that they hear more before `hear_by`."""

    made_at: datetime
    promised_at: datetime | None
    reason: RevisionReason
    sentence: Localized
    hear_by: datetime | None = None


@dataclass(frozen=True)
class Told:
    """One promise as the customer was told it, with what became of it. `hear_by` stands where no time could be promised.

    `made_at` is when the promise was made: after the receipt for what was delivered late or split off, and after the answer
    for what came in together with it, of which nobody was told. `is_norm`: the promised time is the company's own target,
    because it prefers to announce that.
    """

    received_at: datetime
    promised_at: datetime | None
    answered_at: datetime | None = None
    set_aside: SetAside = SetAside.NONE
    revisions: tuple[Revision, ...] = ()
    hear_by: datetime | None = None
    made_at: datetime | None = None
    is_norm: bool = False

    @property
    def told_at(self) -> datetime:
        """When the customer was told it: never before the question was there, by whatever clock."""
        return max(self.made_at or self.received_at, self.received_at)

    @property
    def is_told_after(self) -> bool:
        """Whether the answer was there before the promise."""
        return self.answered_at is not None and self.answered_at < self.told_at

    @property
    def expected_at(self) -> datetime | None:
        """The last time that the customer was told; None when the last word was that we do not know."""
        return self.revisions[-1].promised_at if self.revisions else self.promised_at

    @property
    def expects_norm(self) -> bool:
        """Whether the time that the customer expects is the norm; what was told since is none."""
        return self.is_norm and self.promised_at is not None and not self.revisions

    @property
    def hears_by(self) -> datetime | None:
        """Before when the customer hears more, where the last word was that we do not know."""
        return self.revisions[-1].hear_by if self.revisions else self.hear_by

    def is_broken_at(self, now: datetime) -> bool:
        """Whether the first promised time has passed without an answer."""
        return outcome(self.promised_at, self.answered_at, now, self.set_aside) is Outcome.BROKEN

    @property
    def late_by(self) -> timedelta:
        """How much after the first promised time the answer came; zero when in time or not yet there."""
        if self.promised_at is None or self.answered_at is None:
            return timedelta(0)
        return max(self.answered_at - self.promised_at, timedelta(0))


@dataclass(frozen=True)
class Standing:
    state: State
    told: Told | None = None

    @property
    def is_open(self) -> bool:
        """Whether the customer still waits for us."""
        return self.state in _WAITING


_WAITING = {State.PROMISED, State.PROMISED_AGAIN, State.DELAYED, State.SOONER, State.OVERDUE, State.NO_PROMISE}


@dataclass(frozen=True)
class Step:
    """One entry of the timeline. `message` is any value that belongs to a MESSAGE step; this module does not look at it.

    `reference` is that of the other question where one became two; empty for those who need not know it.
    """

    at: datetime
    kind: StepKind
    told: Told | None = None
    revision: Revision | None = None
    message: object = None
    reference: str = ""


def standing(
    tellings: Sequence[Told], *, closed_at: datetime | None, withdrawn_at: datetime | None = None, now: datetime
) -> Standing:
    """How the case stands by its last promise. A promise whose time has passed is overdue the very next instant.

    What was withdrawn is closed too, and says why.
    """
    if withdrawn_at is not None:
        return Standing(State.WITHDRAWN, tellings[-1] if tellings else None)
    if not tellings:
        return Standing(State.NO_PROMISE if closed_at is None else State.CLOSED)
    last = tellings[-1]
    if last.set_aside is SetAside.NO_ANSWER_NEEDED and len(tellings) > 1:
        return standing(tellings[:-1], closed_at=closed_at, now=now)
    return Standing(_state(last, is_first=len(tellings) == 1, is_closed=closed_at is not None, now=now), last)


def _state(last: Told, *, is_first: bool, is_closed: bool, now: datetime) -> State:
    if last.set_aside is SetAside.WITHDRAWN:
        return State.SOLVED
    if last.answered_at is not None:
        if last.promised_at is None:
            return State.ANSWERED
        return State.ANSWERED_LATE if last.late_by else State.ANSWERED_IN_TIME
    if is_closed or last.set_aside is not SetAside.NONE:
        return State.CLOSED
    return _waiting(last, is_first=is_first, now=now)


def _waiting(last: Told, *, is_first: bool, now: datetime) -> State:
    if last.expected_at is None:
        return State.NO_PROMISE if last.promised_at is None else State.DELAYED
    if now > last.expected_at:
        return State.OVERDUE
    if last.revisions and last.promised_at is not None:
        return State.SOONER if last.expected_at <= last.promised_at else State.DELAYED
    return State.PROMISED if is_first else State.PROMISED_AGAIN


def timeline(
    tellings: Sequence[Told],
    messages: Iterable[tuple[datetime, object]] = (),
    splits: Iterable[Step] = (),
    *,
    received_at: datetime,
    closed_at: datetime | None,
    withdrawn_at: datetime | None = None,
    now: datetime,
) -> list[Step]:
    """All that happened, oldest first, and last what is still to be expected."""
    steps = [Step(received_at, StepKind.RECEIVED)]
    steps += [Step(at, StepKind.MESSAGE, message=message) for at, message in messages]
    steps += splits
    for told in tellings:
        steps += _steps_of(told, is_closed=closed_at is not None, now=now)
    if withdrawn_at is not None:
        steps.append(Step(withdrawn_at, StepKind.WITHDRAWN))
    elif closed_at is not None:
        steps.append(Step(closed_at, StepKind.CLOSED))
    return sorted(steps, key=lambda step: (step.kind is StepKind.EXPECTED, step.at, _ORDER.index(step.kind)))


def _steps_of(told: Told, *, is_closed: bool, now: datetime) -> list[Step]:
    if told.set_aside in {SetAside.SPAM, SetAside.NO_ANSWER_NEEDED}:
        return []
    steps = [Step(told.told_at, StepKind.PROMISED, told)] if told.promised_at is not None and not told.is_told_after else []
    steps += [Step(each.made_at, StepKind.REVISED, told, each) for each in told.revisions]
    waits = told.answered_at is None and told.set_aside is SetAside.NONE
    until = told.answered_at or now
    if told.promised_at is not None and until > told.promised_at and told.set_aside is SetAside.NONE:
        steps.append(Step(told.promised_at, StepKind.MISSED, told))
    if told.answered_at is not None:
        kind = StepKind.ANSWERED_LATE if told.late_by else StepKind.ANSWERED_IN_TIME
        steps.append(Step(told.answered_at, kind, told))
    if waits and not is_closed and told.expected_at is not None and told.expected_at >= now:
        steps.append(Step(told.expected_at, StepKind.EXPECTED, told))
    return steps

"""What an incident may be, what may follow what, and what all of them together say about the company. Pure."""

import unicodedata
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Protocol

from portal.errors import Fault
from portal.web.localized import Localized


class IncidentKind(StrEnum):
    INCIDENT = "incident"
    MAINTENANCE = "maintenance"


class State(StrEnum):
    INVESTIGATING = "investigating"
    IDENTIFIED = "identified"
    MONITORING = "monitoring"
    RESOLVED = "resolved"
    SCHEDULED = "scheduled"
    IN_PROGRESS = "in_progress"
    VERIFYING = "verifying"
    COMPLETED = "completed"
    CANCELLED = "cancelled"


class Severity(StrEnum):
    MINOR = "minor"
    MAJOR = "major"
    CRITICAL = "critical"


class Level(StrEnum):
    """How bad things are, from nothing known upwards."""

    NONE = "none"
    MAINTENANCE = "maintenance"
    MINOR = "minor"
    MAJOR = "major"
    CRITICAL = "critical"

    @property
    def rank(self) -> int:
        """The place in the order of badness, from 0."""
        return list(Level).index(self)


LONGEST_TITLE = 200
LONGEST_BODY = 10_000
_NO_XML = "\ufffe\uffff"

FINAL = frozenset({State.RESOLVED, State.COMPLETED, State.CANCELLED})
UNDER_WAY = frozenset({State.IN_PROGRESS, State.VERIFYING})

_MAY_FOLLOW: Mapping[State, tuple[State, ...]] = {
    State.INVESTIGATING: (State.INVESTIGATING, State.IDENTIFIED, State.MONITORING, State.RESOLVED),
    State.IDENTIFIED: (State.IDENTIFIED, State.MONITORING, State.RESOLVED),
    # A remedy that did not hold opens the incident again, before or after it was called resolved.
    State.MONITORING: (State.MONITORING, State.RESOLVED, State.INVESTIGATING, State.IDENTIFIED),
    State.RESOLVED: (State.RESOLVED, State.INVESTIGATING, State.IDENTIFIED, State.MONITORING),
    State.SCHEDULED: (State.SCHEDULED, State.IN_PROGRESS, State.VERIFYING, State.COMPLETED, State.CANCELLED),
    State.IN_PROGRESS: (State.IN_PROGRESS, State.VERIFYING, State.COMPLETED, State.CANCELLED),
    State.VERIFYING: (State.VERIFYING, State.COMPLETED, State.IN_PROGRESS),
    State.COMPLETED: (State.COMPLETED, State.IN_PROGRESS, State.VERIFYING),
    State.CANCELLED: (State.CANCELLED, State.SCHEDULED),
}


@dataclass(frozen=True)
class Window:
    """The planned time of maintenance: from `start` until just before `end`."""

    start: datetime
    end: datetime


@dataclass(frozen=True)
class Said:
    """The state that staff gave in an update, and when."""

    state: State
    at: datetime


def next_states(state: State) -> tuple[State, ...]:
    """The states that an update may give to what is in this one; the first is the state itself."""
    return _MAY_FOLLOW[state]


def first_states(kind: IncidentKind) -> tuple[State, ...]:
    """The states in which something may be published for the first time."""
    return (State.SCHEDULED,) if kind is IncidentKind.MAINTENANCE else next_states(State.INVESTIGATING)


def is_reopening(before: State, after: State) -> bool:
    """Whether this step takes back that something was over."""
    return before in FINAL and after not in FINAL


def kind_of_step(kind: IncidentKind, before: State, after: State) -> str:
    """How the journal names an update that leads from one state to another."""
    if is_reopening(before, after):
        return f"{kind.value}.reopened"
    if after in FINAL and before not in FINAL:
        return f"{kind.value}.{after.value}"
    return f"{kind.value}.updated"


def state_at(said: Said, window: Window | None, at: datetime) -> State:
    """The state at this instant, when `said` is the last word of staff before it.

    Maintenance follows its window without anybody: planned work is in progress from the window's start and completed from
    its end. What staff say at or after the end stands until they say something else.
    """
    if window is None or said.state in FINAL:
        return said.state
    if at >= window.end and said.at < window.end:
        return State.COMPLETED
    if at >= window.start and said.state is State.SCHEDULED:
        return State.IN_PROGRESS
    return said.state


def is_overdue(state: State, next_update_at: datetime | None, at: datetime) -> bool:
    """Whether a promised update has not come. The promised instant itself is still in time."""
    return state not in FINAL and next_update_at is not None and at > next_update_at


def clean(text: str) -> str:
    """The text without what no document or database can hold: control characters and halves of characters.

    Lines end in a newline alone; a tab and a newline stay.
    """
    lines = text.replace("\r\n", "\n").replace("\r", "\n")
    return "".join(c for c in lines if c in "\n\t" or not (unicodedata.category(c) in {"Cc", "Cs"} or c in _NO_XML)).strip()


def clean_title(text: str) -> str:
    """A title is one line."""
    return " ".join(clean(text).split())


def title(nl: str, en: str) -> Localized:
    """A title in both languages, each clean and on one line."""
    return Localized(clean_title(nl), clean_title(en))


def title_faults(title: Localized) -> list[Fault]:
    """What keeps a title from being published."""
    return text_faults("title", title.nl, title.en, longest=LONGEST_TITLE)


def text_faults(field: str, nl: str, en: str, *, longest: int) -> list[Fault]:
    """What is wrong with a text that is needed in at least one language."""
    if not nl and not en:
        return [Fault(f"{field}_nl", nl, "a text in Dutch, in English or in both")]
    both = ((f"{field}_nl", nl), (f"{field}_en", en))
    return [Fault(name, text, f"at most {longest} characters") for name, text in both if len(text) > longest]


def window_faults(start: datetime, end: datetime, now: datetime) -> list[Fault]:
    """What is wrong with a window for planned work: it runs forward, and it has not ended."""
    if start >= end:
        return [Fault("window_end", end.isoformat(), f"an instant after the start, {start.isoformat()}")]
    if end <= now:
        return [Fault("window_end", end.isoformat(), f"an instant after now, {now.isoformat()}")]
    return []


@dataclass(frozen=True)
class Draft:
    """An update that is about to be published, its texts clean."""

    state: State
    nl: str
    en: str
    next_update_at: datetime | None = None

    @classmethod
    def of(cls, state: State, nl: str, en: str, next_update_at: datetime | None = None) -> "Draft":
        """The update with its texts made clean."""
        return cls(state, clean(nl), clean(en), next_update_at)


def draft_faults(draft: Draft, now: datetime) -> list[Fault]:
    """What keeps an update from being published at `now`: it has a text, and the next one lies ahead of what is not over."""
    faults = text_faults("body", draft.nl, draft.en, longest=LONGEST_BODY)
    promised = draft.next_update_at
    if promised is not None and draft.state in FINAL:
        faults.append(Fault("next_update_at", promised.isoformat(), f"nothing, because {draft.state.value} is the last word"))
    elif promised is not None and promised <= now:
        faults.append(Fault("next_update_at", promised.isoformat(), f"an instant after {now.isoformat()}"))
    return faults


class Trouble(Protocol):
    """What the banner asks of an incident or maintenance as it stands now."""

    @property
    def kind(self) -> IncidentKind: ...
    @property
    def state(self) -> State: ...
    @property
    def severity(self) -> Severity: ...
    @property
    def is_calamity(self) -> bool: ...
    @property
    def is_overdue(self) -> bool: ...


@dataclass(frozen=True)
class Banner:
    """`level` in one word; how many incidents are open; whether one is a calamity, and whether an update is overdue."""

    level: Level
    open_count: int
    is_calamity: bool
    is_overdue: bool


def level_of(trouble: Trouble) -> Level:
    """What this one means for customers now: nothing when it is over or still to come."""
    if trouble.state in FINAL or trouble.state is State.SCHEDULED:
        return Level.NONE
    return Level.MAINTENANCE if trouble.kind is IncidentKind.MAINTENANCE else Level(trouble.severity.value)


def banner(troubles: Iterable[Trouble]) -> Banner:
    """The banner of the page. It follows the incidents and maintenance given and nothing else, and is never stored."""
    weighed = [(level_of(each), each) for each in troubles]
    counting = [each for level, each in weighed if level.rank > Level.MAINTENANCE.rank]
    return Banner(
        level=worst(level for level, _ in weighed),
        open_count=len(counting),
        is_calamity=any(each.is_calamity for each in counting),
        is_overdue=any(each.is_overdue for each in counting),
    )


def worst(levels: Iterable[Level]) -> Level:
    """The highest of these levels; none when there are none."""
    return max(levels, key=lambda level: level.rank, default=Level.NONE)

"""An incident as it stands at an instant: what staff wrote, with what follows from the clock put in its place. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from portal.incidents.rules import (
    FINAL,
    IncidentKind,
    Level,
    Said,
    Severity,
    State,
    Window,
    is_overdue,
    level_of,
    state_at,
)
from portal.web.localized import Localized


@dataclass(frozen=True)
class Entry:
    """A line of a timeline. A derived one was written by nobody: the window of the maintenance began or ended."""

    guid: str
    at: datetime
    state: State
    body: Localized
    next_update_at: datetime | None = None
    edited_at: datetime | None = None
    is_derived: bool = False
    id: int | None = None
    author_id: int | None = None

    @property
    def changed_at(self) -> datetime:
        return self.edited_at or self.at


@dataclass(frozen=True)
class Mention:
    """A service or channel that an incident names."""

    id: int
    slug: str
    name: Localized


@dataclass(frozen=True)
class Situation:
    """An incident or maintenance as it stands at the instant for which it was asked. `entries` are newest first."""

    id: int
    guid: str
    slug: str
    kind: IncidentKind
    title: Localized
    state: State
    severity: Severity
    is_calamity: bool
    started_at: datetime
    published_at: datetime
    updated_at: datetime
    resolved_at: datetime | None
    window: Window | None
    next_update_at: datetime | None
    is_overdue: bool
    version: int
    services: tuple[Mention, ...]
    channels: tuple[Mention, ...]
    entries: tuple[Entry, ...]

    @property
    def is_over(self) -> bool:
        return self.state in FINAL

    @property
    def level(self) -> Level:
        return level_of(self)

    @property
    def latest(self) -> Entry | None:
        """The newest line that says something in words; a derived line does not."""
        return next((entry for entry in self.entries if not entry.is_derived), None)


def changes_at(situation: Situation, now: datetime) -> datetime | None:
    """The first instant after `now` at which it may stand differently without anybody saying so; None when it never does."""
    if situation.state in FINAL:
        return None
    instants = [situation.window.start, situation.window.end] if situation.window else []
    if situation.next_update_at is not None:
        instants.append(situation.next_update_at + _JUST_AFTER)  # the promised instant itself is still in time
    return min((each for each in instants if each > now), default=None)


_JUST_AFTER = timedelta(microseconds=1)
_NOTHING = Localized("")


def derived(guid: str, written: Sequence[Entry], window: Window | None, at: datetime) -> list[Entry]:
    """The beginning and end of the window, as far as `at` has passed them and staff had said nothing else by then.

    `written` is oldest first. Each has a guid of its own, made of the incident's and the instant, so that it stays the same.
    """
    if window is None:
        return []
    lines = []
    for instant, state in ((window.start, State.IN_PROGRESS), (window.end, State.COMPLETED)):
        before = [entry for entry in written if entry.at < instant]
        if instant > at or not before:
            continue
        last = before[-1]
        if last.state not in FINAL and last.state is not state and state_at(Said(last.state, last.at), window, instant) is state:
            lines.append(Entry(f"{guid}-{state.value}-{instant:%Y%m%dT%H%M%SZ}", instant, state, _NOTHING, is_derived=True))
    return lines


def stands_at(base: Situation, written: Sequence[Entry], at: datetime) -> Situation:
    """The situation at this instant, from the incident's own facts and its updates, oldest first."""
    entries = sorted([*written, *derived(base.guid, written, base.window, at)], key=lambda entry: (entry.at, entry.is_derived))
    last = written[-1]
    state = state_at(Said(last.state, last.at), base.window, at)
    closing = next((entry for entry in reversed(entries) if entry.state in FINAL), None)
    return replace(
        base,
        state=state,
        updated_at=max([base.updated_at, *(entry.changed_at for entry in entries)]),
        resolved_at=(base.resolved_at or (closing.at if closing else None)) if state in FINAL else None,
        next_update_at=None if state in FINAL else base.next_update_at,
        is_overdue=is_overdue(state, base.next_update_at, at),
        entries=tuple(reversed(entries)),
    )

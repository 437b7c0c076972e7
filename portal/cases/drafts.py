"""Cases as they stand while messages are being added to them, before anything is saved."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import Any

from portal.cases.conversation import Entry, Place, Span, Upshot, Weight, place, place_among, state_after, upshot_of
from portal.cases.models import Case
from portal.cases.rules import CaseState, Outcome

Row = dict[str, Any]
ReadEntries = Callable[[int], list[Entry]]


@dataclass
class Kept:
    """A message that is looking for its case: a new row, or one that has been waiting (`stored_id`)."""

    entry: Entry
    row: Row
    stored_id: int | None = None
    contact_id: int | None = None
    language: str = ""


@dataclass(eq=False)
class Draft:
    """One case: as it was (`saved`, None when it is new), what has been added, and how it stands now."""

    state: CaseState
    upshot: Upshot | None
    episode: int = 1
    saved: Case | None = None
    added: list[Kept] = field(default_factory=list)
    earlier: list[Entry] | None = None  # the entries of the saved case; None until they are needed
    first: Kept | None = None  # the message that now is the first one, when it was added here
    merged_into: "Draft | None" = None

    @classmethod
    def of(cls, case: Case) -> "Draft":
        upshot = Upshot(
            case.received_at,
            case.last_inbound_at,
            case.oldest_unanswered_at,
            case.first_answered_at,
            case.last_answered_at,
            case.closed_at,
        )
        return cls(case.state, upshot, case.episode, case)

    @property
    def target(self) -> "Draft":
        return self.merged_into or self

    def span(self) -> Span:
        """When this case is the place for a message; of a merged case, what it was merged into lasts."""
        assert self.upshot is not None
        now = self.target.upshot or self.upshot
        set_aside = self.target.state in (CaseState.CLOSED, CaseState.SPAM, CaseState.WITHDRAWN)
        quiet = None
        if set_aside or now.oldest_unanswered_at is None:
            quiet = max((at for at in (now.closed_at, now.last_answered_at) if at), default=now.last_inbound_at)
        asks = [kept.entry for kept in self.added if kept.entry.weight in (Weight.ASKS, Weight.THANKS)]
        arrival = 0 if self.saved or not asks else min(entry.arrival for entry in asks)
        return Span(self.upshot.received_at, quiet, frozenset(entry.message_id for entry in asks), arrival)

    def add(self, kept: Kept, read: ReadEntries) -> None:
        """Counts a message; reads the earlier ones only when it is not the newest."""
        before = self.upshot
        self.added.append(kept)
        if before is not None and before.is_in_order(kept.entry):
            self.upshot = before.after(kept.entry)
        else:
            if self.earlier is None:
                self.earlier = read(self.saved.id) if self.saved else []
            entries = self.earlier + [each.entry for each in self.added]
            self.upshot = upshot_of(entries, before.closed_at if before else None)
        assert self.upshot is not None
        if before is None or self.upshot.received_at < before.received_at:
            self.first = kept
        self.state = state_after(self.state, self.upshot, kept.entry)


@dataclass
class Conversation:
    """The cases of one conversation, and its messages that are in none."""

    cases: list[Draft]
    kept: list[Kept]

    def add(self, message: Kept, read: ReadEntries) -> tuple[Outcome, Draft | None]:
        """Puts a message in its case. A case that now begins, or begins earlier, also takes in what waited for it."""
        spot = self._place(message.entry, read)
        if spot is Place.NOWHERE:
            self.kept.append(message)
            return Outcome.AUTOMATIC if message.row["author_kind"] == "automatic" else Outcome.KEPT, None
        if spot is Place.NEW_CASE:
            case = Draft(CaseState.NEW, None, max((each.episode for each in self.cases), default=0) + 1)
            self.cases.append(case)
        else:
            assert isinstance(spot, int)
            case = self.cases[spot].target
        received_at = case.upshot.received_at if case.upshot else None
        case.add(message, read)
        if received_at is None or (case.upshot and case.upshot.received_at < received_at):
            self._take_in(case, read)
        if spot is Place.NEW_CASE:
            return Outcome.OPENED, case
        return Outcome.ANSWERED if message.entry.weight is Weight.ANSWERS else Outcome.JOINED, case

    def _place(self, entry: Entry, read: ReadEntries) -> int | Place:
        if any(case.saved and case.saved.split_at for case in self.cases):
            spans = [_with_all_ids(case, read) if entry.parent_ref else case.span() for case in self.cases]
            among = place_among(entry, spans)
            if among is not None:
                return among
        outside = [kept.entry.at for kept in self.kept if kept.entry.weight is Weight.ANSWERS]
        spans = [case.span() for case in self.cases]
        spot = place(entry, spans, outside)
        if spot is Place.NOWHERE and entry.parent_ref:
            spot = place(entry, [_with_all_ids(case, read) for case in self.cases], outside)
        return spot

    def _take_in(self, case: Draft, read: ReadEntries) -> None:
        for waiting in sorted(self.kept, key=lambda kept: (kept.entry.at, kept.entry.arrival)):
            spot = self._place(waiting.entry, read)
            if isinstance(spot, int) and self.cases[spot].target is case:
                case.add(waiting, read)
                self.kept.remove(waiting)


def _with_all_ids(case: Draft, read: ReadEntries) -> Span:
    span = case.span()
    if case.saved is None:
        return span
    if case.earlier is None:
        case.earlier = read(case.saved.id)
    ids = _ids(case.earlier)
    return Span(span.received_at, span.quiet_at, span.message_ids | ids, span.first_arrival)


def _ids(entries: Iterable[Entry]) -> frozenset[str]:
    return frozenset(entry.message_id for entry in entries)

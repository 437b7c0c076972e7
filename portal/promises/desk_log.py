"""The desks in the tables: where each stands, and the log of facts that it has heard.

Facts get their numbers at the end of the transaction that they are about, under the lock of their desk's row. Until the
commit nobody else writes to this desk, so whoever sees a number sees all facts before it.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from secrets import token_hex
from typing import Any

from sqlalchemy import and_, or_, select, update
from sqlalchemy.orm import Session

from portal.db import insert_all_or_ignore
from portal.inserting import insert_all
from portal.promises.desk_models import DeskFact, DeskRow
from portal.promises.estimator import Desk, Fact
from portal.promises.opening_clock import SET, Reading


@dataclass(frozen=True, slots=True)
class Heard:
    """A fact, with what the clock of the desk showed."""

    fact: Fact
    reading: Reading


@dataclass(slots=True)
class Notes:
    """What a transaction has for the desks so far, by channel; `asked` are those which should be rebuilt."""

    heard: dict[int, list[Heard]] = field(default_factory=dict)
    asked: set[int] = field(default_factory=set)

    def __bool__(self) -> bool:
        return bool(self.heard or self.asked)

    def join(self, later: "Notes") -> None:
        for channel_id, heard in later.heard.items():
            self.heard.setdefault(channel_id, []).extend(heard)
        self.asked |= later.asked


@dataclass(frozen=True, slots=True)
class Standing:
    """Where a desk stands in the tables; see `DeskRow`."""

    channel_id: int
    mark: str
    last_number: int
    reading: Reading
    asked: int
    rebuilt: int
    snapshot_number: int
    snapshot_format: int


@dataclass(frozen=True, slots=True)
class Written:
    """Facts as they stand in the log: those of one desk in one transaction. `is_as_heard` unless others came between."""

    channel_id: int
    mark: str
    first_number: int
    facts: Sequence[Fact]
    is_as_heard: bool


STANDING = (
    DeskRow.channel_id,
    DeskRow.mark,
    DeskRow.last_number,
    DeskRow.clock_at,
    DeskRow.clock_microseconds,
    DeskRow.asked,
    DeskRow.rebuilt,
    DeskRow.snapshot_number,
    DeskRow.snapshot_format,
)


def standings(session: Session, channel_ids: Iterable[int] | None = None) -> dict[int, Standing]:
    """Where these desks stand, or all. A channel that has heard nothing yet is not in it. One query."""
    query = select(*STANDING)
    if channel_ids is not None:
        query = query.where(DeskRow.channel_id.in_(list(channel_ids)))
    return {row.channel_id: standing(row) for row in session.execute(query)}


def standing(row: Any) -> Standing:
    """The standing in a row that holds the columns of `STANDING`."""
    reading = Reading(row.clock_at, row.clock_microseconds)
    told = (row.channel_id, row.mark, row.last_number, reading, row.asked, row.rebuilt)
    return Standing(*told, row.snapshot_number, row.snapshot_format)


def facts_after(session: Session, numbers: Mapping[int, int]) -> dict[int, list[tuple[int, Fact]]]:
    """The facts of each of these channels after the number that is known, in order, with their numbers. One query."""
    found: dict[int, list[tuple[int, Fact]]] = {}
    wanted = or_(*(and_(DeskFact.channel_id == each, DeskFact.number > number) for each, number in numbers.items()))
    for channel_id, number, *fact in session.execute(_FACTS.where(wanted)):
        found.setdefault(channel_id, []).append((number, Fact(*fact)))
    return found


_FACTS = select(
    DeskFact.channel_id,
    DeskFact.number,
    DeskFact.happening,
    DeskFact.promise_id,
    DeskFact.clock,
    DeskFact.day,
    DeskFact.rank,
    DeskFact.since,
    DeskFact.queue,
    DeskFact.rest,
    DeskFact.strength,
).order_by(DeskFact.channel_id, DeskFact.number)


def locked_standing(session: Session, channel_id: int) -> Standing | None:
    """Where the desk stands now, kept from other writers until the end of the transaction."""
    row = session.execute(select(*STANDING).where(DeskRow.channel_id == channel_id).with_for_update()).one_or_none()
    return standing(row) if row else None


def append(session: Session, channel_id: int, heard: Sequence[Heard], *, asks: bool) -> Written:
    """Writes facts to the log of a desk, which it makes if there is none. Four queries at most."""
    there = locked_standing(session, channel_id)
    if there is None:
        begin(session, channel_id)
        there = locked_standing(session, channel_id)
        assert there
    facts, shown = [each.fact for each in heard], there.reading.minutes
    is_as_heard = not facts or facts[0].clock >= shown
    if not is_as_heard:  # another transaction wrote between our reading of the clock and now
        facts = [replace(fact, clock=max(fact.clock, shown)) for fact in facts]
    rows = [_row(channel_id, number, fact) for number, fact in enumerate(facts, there.last_number + 1)]
    insert_all(session, DeskFact, rows)
    last = max([there.reading, *(each.reading for each in heard[-1:])], key=lambda each: (each.microseconds, each.at))
    values = {
        "last_number": there.last_number + len(facts),
        "clock_at": last.at,
        "clock_microseconds": last.microseconds,
        "asked": there.asked + asks,
    }
    session.execute(update(DeskRow).where(DeskRow.channel_id == channel_id).values(values))
    return Written(channel_id, there.mark, there.last_number + 1, facts, is_as_heard)


def _row(channel_id: int, number: int, fact: Fact) -> dict[str, Any]:
    return {
        "channel_id": channel_id,
        "number": number,
        "happening": fact.happening,
        "promise_id": fact.request,
        "clock": fact.clock,
        "day": fact.day,
        "rank": fact.rank,
        "since": fact.since,
        "queue": fact.queue,
        "rest": fact.rest,
        "strength": fact.strength,
    }


def begin(session: Session, channel_id: int) -> None:
    """A desk that has heard nothing yet, unless another transaction made it first."""
    row = {
        "channel_id": channel_id,
        "mark": new_mark(),
        "last_number": 0,
        "clock_at": SET.at,
        "clock_microseconds": SET.microseconds,
        "asked": 0,
        "rebuilt": 0,
        "snapshot": "",
        "snapshot_number": 0,
        "snapshot_format": Desk.FORMAT,
    }
    insert_all_or_ignore(session, DeskRow, [row], unique=["channel_id"])


def new_mark() -> str:
    return token_hex(8)

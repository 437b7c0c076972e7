"""The desks that a process keeps in memory, as they stand in the tables: brought up to date by reading what was added.

Only what has been committed is in here, so that everybody may look at it; a transaction adds what it wrote after its commit.
"""

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from threading import RLock
from weakref import WeakKeyDictionary

from sqlalchemy import select
from sqlalchemy.orm import Session
from sqlalchemy.pool import Pool

from portal.promises.desk_log import Heard, Standing, Written, facts_after, standings
from portal.promises.desk_models import DeskRow
from portal.promises.estimator import Desk

_DAMAGED = (ValueError, TypeError, KeyError, IndexError, AttributeError)  # what a snapshot of another shape may raise
_TRIES = 3


@dataclass(slots=True)
class Kept:
    """A desk that has heard all facts up to a number. It is makeshift when no snapshot could be read: new, until rebuilt."""

    mark: str
    number: int
    desk: Desk
    is_makeshift: bool = False


@dataclass(slots=True)
class Ahead:
    """A desk that has heard, besides, what a transaction has for it: `heard` facts after number `began_at`."""

    desk: Desk
    mark: str
    began_at: int
    is_makeshift: bool = False
    heard: int = 0
    last: Heard | None = None

    def has_heard_only(self, noted: Sequence[Sequence[Heard]]) -> bool:
        """Whether all that it heard is still to be written: a savepoint that was rolled back takes facts away."""
        return self.heard == 0 or next(_from(noted, self.heard - 1), None) is self.last

    def catch_up(self, noted: Sequence[Sequence[Heard]]) -> None:
        for each in _from(noted, self.heard):
            self.desk.hear(each.fact)
            self.heard, self.last = self.heard + 1, each


def _from(noted: Sequence[Sequence[Heard]], number: int) -> Iterator[Heard]:
    """What was noted, without the first so many; passing over them costs nothing."""
    for part in noted:
        yield from part[number:]
        number = max(0, number - len(part))


class Memory:
    """The desks of one database, by channel. Whoever touches one holds the lock."""

    def __init__(self) -> None:
        self.lock = RLock()
        self.desks: dict[int, Kept] = {}

    def catch_up(self, session: Session, stand: Mapping[int, Standing]) -> None:
        """Brings these desks up to where they stand. No query when they are there already, else one, and one for each new one.

        A session that sees an older state than is known here changes nothing.
        """
        with self.lock:
            for _try in range(_TRIES):
                for each in stand.values():
                    kept = self.desks.get(each.channel_id)
                    if kept is None or kept.mark != each.mark:
                        self.desks[each.channel_id] = _loaded(session, each)
                behind = {
                    each.channel_id: self.desks[each.channel_id].number
                    for each in stand.values()
                    if self.desks[each.channel_id].number < each.last_number
                }
                lost = self._hear(session, behind)
                if not lost:
                    return
                for channel_id in lost:  # removed while we looked, because a newer snapshot holds them
                    del self.desks[channel_id]
                stand = standings(session, lost)
            for each in stand.values():
                self.desks[each.channel_id] = Kept(each.mark, each.last_number, Desk(), is_makeshift=True)

    def _hear(self, session: Session, behind: Mapping[int, int]) -> list[int]:
        """Lets these desks hear what comes after their numbers; returns those for which the next fact is gone."""
        if not behind:
            return []
        found = facts_after(session, behind)
        lost = [each for each, number in behind.items() if found.get(each, [(0, None)])[0][0] != number + 1]
        for channel_id, facts in found.items():
            if channel_id not in lost:
                kept = self.desks[channel_id]
                for number, fact in facts:
                    kept.desk.hear(fact)
                    kept.number = number
        return lost

    def take(self, session: Session, stand: Standing | None) -> Ahead:
        """Hands a desk over to a transaction that lets it hear what is not committed; a copy would cost more the more wait.

        Who needs it meanwhile reads it from the tables. After a rollback so does everybody.
        """
        with self.lock:
            if stand is None:
                return Ahead(Desk(), "", 0)
            self.catch_up(session, {stand.channel_id: stand})
            kept = self.desks.pop(stand.channel_id)
            return Ahead(kept.desk, kept.mark, kept.number, kept.is_makeshift)

    def add(self, written: Written, ahead: Ahead | None) -> None:
        """Adds what has just been committed here, so that it need not be read."""
        before, after = written.first_number - 1, written.first_number - 1 + len(written.facts)
        with self.lock:
            kept = self.desks.get(written.channel_id)
            if ahead is not None:
                is_next = written.is_as_heard and ahead.mark in ("", written.mark) and ahead.began_at == before
                if not is_next or (kept is not None and (kept.mark != written.mark or kept.number >= after)):
                    return
                kept = Kept(written.mark, before + ahead.heard, ahead.desk, ahead.is_makeshift)
                self.desks[written.channel_id] = kept
            if kept is None or kept.mark != written.mark or not before <= kept.number <= after:
                return
            for fact in written.facts[kept.number - before :]:
                kept.desk.hear(fact)
            kept.number = after


def _loaded(session: Session, stand: Standing) -> Kept:
    columns = (DeskRow.mark, DeskRow.snapshot, DeskRow.snapshot_number, DeskRow.snapshot_format)
    row = session.execute(select(*columns).where(DeskRow.channel_id == stand.channel_id)).one()
    try:
        if row.snapshot_format != Desk.FORMAT:
            raise ValueError(f"format {row.snapshot_format} is not {Desk.FORMAT}")
        return Kept(row.mark, row.snapshot_number, Desk.from_json(json.loads(row.snapshot)) if row.snapshot else Desk())
    except _DAMAGED:
        return Kept(row.mark, stand.last_number, Desk(), is_makeshift=True)


_MEMORIES: WeakKeyDictionary[Pool, Memory] = WeakKeyDictionary()
_GUARD = RLock()


def memory_of(session: Session) -> Memory:
    """What this process keeps of the database of the session, for as long as it is open."""
    pool = session.get_bind().engine.pool
    with _GUARD:
        return _MEMORIES.setdefault(pool, Memory())


def forget(session: Session) -> None:
    """Drops what is kept in memory, as when the process ends."""
    with _GUARD:
        _MEMORIES.pop(session.get_bind().engine.pool, None)

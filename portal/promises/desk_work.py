"""The desks at work: what each announces, and what it hears of promises, always in the transaction that is about them.

A desk hears of every promise of its channel, first ones and those for customers who write again: both are work in the same
queue, both are told a time by it, and so both teach it what is left when the queue is done.
"""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import event
from sqlalchemy.orm import Session, SessionTransaction

from portal.postponing import Postponed
from portal.promises.basis import HISTORY_AFTER, PUNCTUAL, company, matrix_in_force, opening_of, strength_at, stretches_from
from portal.promises.desk_log import Heard, Notes, Standing, Written, append, standings
from portal.promises.desk_memory import Ahead, Memory, memory_of
from portal.promises.drawn import Drawn
from portal.promises.estimator import Announcement, Desk, Fact, Happening
from portal.promises.models import Promise
from portal.promises.opening_clock import SET, Reading
from portal.promises.rules import SetAside, is_judged_afterwards
from portal.web.formats import DEFAULT_ZONE

_AT_WORK = "desks_at_work"
_WRITTEN = "desks_written"


def is_long_ago(at: datetime, heard_at: datetime) -> bool:
    """Whether something came to be known so late that a desk must not take it for what goes on now."""
    return heard_at - at > HISTORY_AFTER


def is_history(promise: Promise | Drawn) -> bool:
    """Whether a request was over a day old when we had it, and its customer was told no time.

    One that was split off is promised a time from then on, however old its first message is: it waits like any other.
    """
    was_told = promise.promised_at is not None and not is_judged_afterwards(promise.promised_at, promise.made_at)
    return not was_told and is_long_ago(promise.received_at, promise.made_at)


def counted_from(promise: Promise | Drawn) -> datetime:
    """From when on the announced minutes run: from the receipt, or from when we had the message where it was delivered late.

    Nobody was told a time before that, and one counted from the receipt might have passed. Of history nobody is told any.
    """
    is_punctual = promise.made_at - promise.received_at <= PUNCTUAL
    return promise.received_at if is_punctual or is_history(promise) else promise.made_at


def announce(session: Session, channel_id: int, rank: int, stated_minutes: float, now: datetime) -> Announcement:
    """What a request that comes in now is told, with all that this transaction has for the desk. One query the first time."""
    opening = opening_of(session, channel_id)
    work = _work(session, channel_id)
    reading = work.reading().moved_to(now, opening)
    plan = stretches_from(session, channel_id, now, opening)
    with work.memory.lock:
        return work.desk().announce(rank, reading.minutes, stated=float(stated_minutes), plan=plan)


def reconsider(session: Session, promise: Promise, stated_minutes: float, now: datetime) -> Announcement:
    """The same for one that waits already, from now."""
    opening = opening_of(session, promise.channel_id)
    work = _work(session, promise.channel_id)
    reading = work.reading().moved_to(now, opening)
    plan = stretches_from(session, promise.channel_id, now, opening)
    with work.memory.lock:
        return work.desk().reconsider(promise.id, reading.minutes, stated=float(stated_minutes), plan=plan)


def is_overloaded(session: Session, channel_id: int, now: datetime) -> bool:
    """Whether the queue is long beside what the desk knows, so that "many questions at once" is the truth."""
    opening, work = opening_of(session, channel_id), _work(session, channel_id)
    reading = work.reading().moved_to(now, opening)
    with work.memory.lock:
        return work.desk().is_overloaded(reading.minutes)


def hear_receipt(session: Session, promise: Promise | Drawn) -> None:
    """The desk hears of a new promise; of imported history it learns when it is rebuilt."""
    if is_history(promise):
        ask_rebuilding(session, promise.channel_id)
    else:
        _hear(session, Happening.RECEIVED, promise, promise.made_at)


def hear_answer(session: Session, promise: Promise | Drawn, now: datetime) -> None:
    """The desk hears that a promise has just got its first answer; what one of long ago teaches, it learns when it is rebuilt."""
    assert promise.answered_at
    if promise.set_aside is not SetAside.NONE or promise.answered_with_id is not None:
        return  # it was told before that no answer of its own will come
    if not is_long_ago(promise.answered_at, now):
        _hear(session, Happening.ANSWERED, promise, promise.answered_at)
        return
    if not is_history(promise):  # it has been waiting here, and keeps nobody waiting any more
        _hear(session, Happening.LEFT, promise, now)
    ask_rebuilding(session, promise.channel_id)


def hear_leaving(session: Session, promise: Promise, now: datetime) -> None:
    """The desk hears that no answer of its own will come: set aside, or merged."""
    _hear(session, Happening.LEFT, promise, now)


def hear_return(session: Session, promise: Promise, now: datetime) -> None:
    """The desk hears that a request waits again."""
    if is_history(promise):
        ask_rebuilding(session, promise.channel_id)
    else:
        _hear(session, Happening.RETURNED, promise, now)


def hear_earlier_receipt(session: Session, promise: Promise) -> None:
    """The desk hears that a request waits for longer than it knew."""
    if is_history(promise):
        ask_rebuilding(session, promise.channel_id)
    else:
        _hear(session, Happening.LEFT, promise, promise.received_at)
        _hear(session, Happening.RETURNED, promise, promise.received_at)


def hear_move(session: Session, promise: Promise, now: datetime) -> None:
    """The desk hears that staff put a request in another class."""
    _hear(session, Happening.MOVED, promise, now)


def ask_rebuilding(session: Session, channel_id: int) -> None:
    """The desk is to be rebuilt from the promises, because it was not told of some at their time."""
    _NOTES.of(session).asked.add(channel_id)


def _hear(session: Session, happening: Happening, promise: Promise | Drawn, at: datetime) -> None:
    channel_id, organisation = promise.channel_id, company(session)
    opening, work = opening_of(session, channel_id), _work(session, channel_id)
    reading = work.reading().moved_to(at, opening)
    fact = Fact(
        happening,
        promise.id,
        reading.minutes,
        reading.day(organisation.zone if organisation else DEFAULT_ZONE),
        matrix_in_force(session).rank_of(promise.current_class_code),
        reading.minutes_at(counted_from(promise), opening),
        promise.queue_minutes or 0.0,
        float(promise.lead_minutes) if promise.rest_minutes is None else promise.rest_minutes,
        strength_at(session, channel_id, at),
    )
    _NOTES.of(session).heard.setdefault(channel_id, []).append(Heard(fact, reading))


@dataclass(slots=True)
class _Work:
    """A desk in one transaction: where it stood at the first look, and the copy that has heard what is not committed yet."""

    session: Session
    memory: Memory
    channel_id: int
    stand: Standing | None
    is_caught_up: bool = False
    ahead: Ahead | None = None

    def reading(self) -> Reading:
        """What the clock showed at the last thing that was heard."""
        noted = _noted(self.session, self.channel_id)
        if noted:
            return noted[-1][-1].reading
        return self.stand.reading if self.stand else SET

    def desk(self) -> Desk:
        """The desk with all that this transaction has for it. The lock of the memory must be held."""
        noted = _noted(self.session, self.channel_id)
        if noted:
            if self.ahead is None or not self.ahead.has_heard_only(noted):
                self.ahead = self.memory.take(self.session, self.stand)
            self.ahead.catch_up(noted)
            return self.ahead.desk
        if self.stand is None:
            return Desk()
        if not self.is_caught_up or self.channel_id not in self.memory.desks:
            self.memory.catch_up(self.session, {self.channel_id: self.stand})
            self.is_caught_up = True
        return self.memory.desks[self.channel_id].desk


def _noted(session: Session, channel_id: int) -> list[list[Heard]]:
    """What the transaction has for a desk, by savepoint; no empty lists."""
    return [heard for notes in _NOTES.every(session) if (heard := notes.heard.get(channel_id))]


def _work(session: Session, channel_id: int) -> _Work:
    at_work: dict[int, _Work] = session.info.setdefault(_AT_WORK, {})
    if channel_id not in at_work:
        stand = standings(session, [channel_id]).get(channel_id)
        at_work[channel_id] = _Work(session, memory_of(session), channel_id, stand)
    return at_work[channel_id]


def _write(session: Session, notes: Notes) -> None:
    """At the end of the transaction, always in the same order: no two wait for each other, and none keeps a desk for long."""
    written: list[Written] = session.info.setdefault(_WRITTEN, [])
    for channel_id in sorted(notes.heard.keys() | notes.asked):
        heard = notes.heard.get(channel_id, [])
        written.append(append(session, channel_id, heard, asks=channel_id in notes.asked))


_NOTES = Postponed("desk_notes", Notes, Notes.join, _write)


@event.listens_for(Session, "after_commit")
def _add_to_memory(session: Session) -> None:
    at_work: dict[int, _Work] = session.info.get(_AT_WORK, {})
    for written in session.info.pop(_WRITTEN, ()):
        work = at_work.get(written.channel_id)
        memory_of(session).add(written, work.ahead if work else None)


@event.listens_for(Session, "after_transaction_end")
def _leave(session: Session, transaction: SessionTransaction) -> None:
    if transaction.parent is None:
        session.info.pop(_AT_WORK, None)
        session.info.pop(_WRITTEN, None)

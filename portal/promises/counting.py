"""The kept counts: what one promise adds to them, added and taken away in the transaction that changes the promise.

Whatever a promise adds is a function of its row alone, so the counts can always be made again from the promises.
"""

from collections import Counter
from collections.abc import Callable, Hashable, Iterator
from contextlib import contextmanager
from datetime import date
from operator import itemgetter
from typing import Any, TypeVar

from sqlalchemy import bindparam, delete, insert, select
from sqlalchemy.orm import Session

from portal.db import Model, add_up_all
from portal.postponing import Postponed
from portal.promises.count_models import (
    PromiseDay,
    PromisedDay,
    ResponseDay,
    ResponseHour,
    ResponseRecent,
    WaitingHalfHour,
    WaitingMinute,
    WaitingPromise,
)
from portal.promises.drawn import Drawn
from portal.promises.models import Promise
from portal.promises.recent import add_recent, begin_at, keep_writers_out, make_again, recent_since
from portal.promises.rules import (
    Outcome,
    SetAside,
    is_judged_afterwards,
    is_removed_afterwards,
    is_reported_afterwards,
    is_told_in_time,
    outcome,
)
from portal.promises.statistics import COARSE, FINE
from portal.promises.surge_models import InflowQuarter

Key = tuple[Any, ...]
Amounts = Counter[tuple[type[Model], Key, str]]
Found = TypeVar("Found")

_KEYS: dict[type[Model], tuple[str, ...]] = {
    WaitingMinute: ("channel_id", "received_minute"),
    WaitingHalfHour: ("channel_id", "received_half_hour"),
    WaitingPromise: ("channel_id", "promised_second", "received_on"),
    ResponseDay: ("channel_id", "received_on", "bucket"),
    PromisedDay: ("channel_id", "received_on", "bucket"),
    ResponseHour: ("channel_id", "received_on", "received_hour", "bucket"),
    PromiseDay: ("channel_id", "received_on"),
    InflowQuarter: ("channel_id", "received_quarter"),
}
_SHORT_LIVED = (WaitingMinute, WaitingHalfHour, WaitingPromise)
_REMEMBERED = "promise_basis"
_PORTION = 5_000


def amounts_of(promise: Promise | Drawn) -> Amounts:
    """What this promise adds to the counts; nothing when it is not about the first answer."""
    amounts: Amounts = Counter()
    if promise.sequence:
        return amounts
    day = (promise.channel_id, promise.received_on)
    amounts[PromiseDay, day, "received"] += 1
    if promise.set_aside is not SetAside.SPAM:
        amounts[InflowQuarter, (promise.channel_id, int(promise.received_at.timestamp() // 900)), "n"] += 1
    if promise.set_aside is not SetAside.NONE:
        amounts[PromiseDay, day, "set_aside"] += 1
        if _was_told(promise) and is_removed_afterwards(promise.promised_at, promise.set_aside_at):
            amounts[PromiseDay, day, "removed"] += 1
        return amounts
    amounts.update(_promised(promise))
    if promise.answered_at is None:
        amounts.update(_waiting(promise))
        return amounts
    amounts.update((PromiseDay, day, word) for word in _judged(promise))
    if promise.wait_seconds is None:
        amounts[PromiseDay, day, "unmeasured"] += 1
        return amounts
    bucket = FINE.bucket(promise.wait_seconds)
    amounts[ResponseDay, (*day, bucket), "n"] += 1
    amounts[ResponseHour, (*day, promise.received_hour, COARSE.bucket(promise.wait_seconds)), "n"] += 1
    return amounts


def _was_told(promise: Promise | Drawn) -> bool:
    """Whether a customer was told the time, if there is one, before it had passed."""
    return not is_judged_afterwards(promise.promised_at, promise.made_at)


def _promised(promise: Promise | Drawn) -> Iterator[tuple[type[Model], Key, str]]:
    day = (promise.channel_id, promise.received_on)
    if promise.promised_at is None:
        yield PromiseDay, day, "unpromised"
    elif not _was_told(promise):
        yield PromiseDay, day, "afterwards"
    elif promise.promised_seconds is not None:
        yield PromisedDay, (*day, FINE.bucket(promise.promised_seconds)), "n"


def _judged(promise: Promise | Drawn) -> Iterator[str]:
    judged = outcome(promise.promised_at, promise.answered_at, promise.answered_at or promise.made_at)
    if judged is Outcome.NOT_PROMISED:
        return
    word = "kept" if judged is Outcome.KEPT else "late"
    yield word
    if not _was_told(promise):
        yield f"afterwards_{word}"
    elif is_reported_afterwards(promise.promised_at, promise.answered_at, promise.answer_known_at):
        yield "reported"
    if word == "late" and is_told_in_time(promise.promised_at, promise.told_at):
        yield "told"


def _waiting(promise: Promise | Drawn) -> Iterator[tuple[type[Model], Key, str]]:
    minute = int(promise.received_at.timestamp() // 60)
    yield WaitingMinute, (promise.channel_id, minute), "n"
    yield WaitingHalfHour, (promise.channel_id, minute // 30), "n"
    if promise.promised_at is not None:
        key = (promise.channel_id, int(promise.promised_at.timestamp()), promise.received_on)
        yield WaitingPromise, key, "n"
        if is_told_in_time(promise.promised_at, promise.told_at):
            yield WaitingPromise, key, "told"
            yield PromiseDay, (promise.channel_id, promise.received_on), "told_waiting"


@contextmanager
def counted(session: Session, promise: Promise) -> Iterator[None]:
    """Keeps the counts right across the changes made to the promise inside the block."""
    before = amounts_of(promise)
    yield
    after = amounts_of(promise)
    after.subtract(before)
    _add(session, after)


def count_new(session: Session, promise: Promise | Drawn) -> None:
    """Adds a promise that was not counted before."""
    _add(session, amounts_of(promise))


@contextmanager
def remembering(session: Session) -> Iterator[None]:
    """Inside the block, matrix, zone and opening hours are looked up only once: for imports and changes of many cases."""
    if _REMEMBERED in session.info:
        yield
        return
    session.info[_REMEMBERED] = {}
    try:
        yield
    finally:
        del session.info[_REMEMBERED]


def remembered(session: Session, what: Hashable, look_up: Callable[[], Found]) -> Found:
    """What `look_up` finds; inside `remembering` it is asked only once."""
    memory: dict[Hashable, Found] | None = session.info.get(_REMEMBERED)
    if memory is None:
        return look_up()
    if what not in memory:
        memory[what] = look_up()
    return memory[what]


def write_counts(session: Session) -> None:
    """Writes what has been counted in this transaction so far; for reading figures in the transaction that changes them."""
    _POSTPONED.write(session)


def _add(session: Session, amounts: Amounts) -> None:
    """Counts are written at the end of the transaction, all at once and always in the same order.

    Two transactions on PostgreSQL that touch several of the same counts would otherwise wait for each other. It also keeps
    the busiest rows locked for the shortest time.
    """
    _POSTPONED.of(session).update(amounts)


def _write(session: Session, amounts: Amounts) -> None:
    session.flush()  # the promises first: see portal.promises.recent
    rows: dict[type[Model], dict[Key, dict[str, int]]] = {}
    for (model, key, column), amount in amounts.items():
        if amount:
            rows.setdefault(model, {}).setdefault(key, {})[column] = amount
    for model, names in _KEYS.items():
        found = [
            dict.fromkeys(_columns(model), 0) | increments | dict(zip(names, key, strict=True))
            for key, increments in sorted(rows.get(model, {}).items(), key=itemgetter(0))
        ]
        add_up_all(session, model, names, found)
    answered = rows.get(ResponseDay, {})
    if answered:
        add_recent(session, [(*key, increments["n"]) for key, increments in answered.items()])
    for model in _SHORT_LIVED:
        _forget_emptied(session, model, [key for key, increments in rows.get(model, {}).items() if increments.get("n", 0) < 0])


_POSTPONED: Postponed[Amounts] = Postponed("promise_counts", Counter, Counter.update, _write)


def _columns(model: type[Model]) -> list[str]:
    return [column.name for column in model.__table__.columns if column.name not in _KEYS[model]]


def _forget_emptied(session: Session, model: type[Model], keys: list[Key]) -> None:
    """Rows of nobody who waits any more would pile up: nearly every request makes one."""
    if not keys:
        return
    table, names = model.__table__, _KEYS[model]
    gone = [table.c[name] == bindparam(f"the_{name}") for name in names]
    rows = [{f"the_{name}": part for name, part in zip(names, key, strict=True)} for key in sorted(keys)]
    session.connection().execute(delete(model).where(*gone, table.c.n == 0), rows)


def recompute(session: Session, channel_id: int) -> int:
    """Makes the counts of a channel again from its promises, and returns how many promises there were.

    Nobody can change a promise meanwhile.
    """
    session.flush()
    write_counts(session)
    keep_writers_out(session)
    promises = session.scalars(
        select(Promise).where(Promise.channel_id == channel_id, Promise.sequence == 0),
        execution_options={"yield_per": _PORTION, "populate_existing": True},
    )
    amounts: Amounts = Counter()
    number = 0
    for promise in promises:
        amounts.update(amounts_of(promise))
        number += 1
    for model in _KEYS:
        session.execute(delete(model).filter_by(channel_id=channel_id))
    _insert_all(session, amounts)
    make_again(session, channel_id)
    return number


def count_recent_from(session: Session, since: date) -> None:
    """The recent counts hold the days from this one on; nothing to do when they do so already.

    Else it adds up the counts of these days, and keeps writers waiting meanwhile.
    """
    if recent_since(session) == since:
        return
    session.flush()
    write_counts(session)
    keep_writers_out(session)
    begin_at(session, since)


def _insert_all(session: Session, amounts: Amounts) -> None:
    for model, names in _KEYS.items():
        columns = _columns(model)
        rows: dict[Key, dict[str, Any]] = {}
        for (of_model, key, column), amount in amounts.items():
            if of_model is model:
                row = rows.setdefault(key, dict(zip(names, key, strict=True)) | dict.fromkeys(columns, 0))
                row[column] += amount
        if rows:
            session.execute(insert(model), list(rows.values()))


def counts_of(session: Session, channel_id: int) -> Amounts:
    """The counts of a channel as they are kept, the recent ones too, for comparing; counts of zero left out."""
    keys: dict[type[Model], tuple[str, ...]] = _KEYS | {ResponseRecent: ("channel_id", "bucket")}
    kept: Amounts = Counter()
    for model, names in keys.items():
        table = model.__table__
        for row in session.execute(select(table).where(table.c.channel_id == channel_id)).mappings():
            key = tuple(row[name] for name in names)
            kept.update({(model, key, name): n for name, n in row.items() if name not in names and n})
    return kept

"""The one who writes for all that wait at a door: deliveries that arrive at the same time share one wait for the disk.

While the database refuses or is slow they go to the spool instead; from there they are taken in before anything newer.
"""

import logging
import os
import time
from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from threading import Condition, Lock, Thread

from sqlalchemy.exc import DataError, DBAPIError, IntegrityError

from portal.clock import Clock
from portal.connectors.counts import Counts
from portal.connectors.intake import Delivery, Receipt, fault_in, receive, store_raw
from portal.connectors.rules import HookOutcome
from portal.connectors.spool import Spool, framed
from portal.db import Database, is_passing

PATIENCE_SECONDS = 3.0  # for the database; longer than a busy one takes, shorter than any sender waits
MOST_TOGETHER = 64
_TICK_SECONDS = 0.5
_IDLE_TICKS = 4
_ITS_OWN_FAULT = (IntegrityError, DataError, ValueError, OverflowError)  # of a delivery; all else is the database's trouble

logger = logging.getLogger(__name__)


@dataclass(frozen=True)
class Kept:
    """A delivery that is on disk. `is_new` is None where only the database could tell; `receipt` is there if it was asked for."""

    is_new: bool | None
    receipt: Receipt | None = None


class _Waiting:
    """A delivery whose sender waits. The lock is let go when it is known what became of it."""

    __slots__ = ("delivery", "error", "is_given_up", "kept", "known", "understand")

    def __init__(self, delivery: Delivery, *, understand: bool) -> None:
        self.delivery, self.understand = delivery, understand
        self.kept: Kept | None = None
        self.error: Exception | None = None
        self.is_given_up = False
        self.known = Lock()
        self.known.acquire()


class Gate:
    """Its thread begins with the first delivery. With `watches` it stays, and calls that between deliveries twice a second."""

    def __init__(
        self, database: Database, clock: Clock, counts: Counts, folder: Path, watches: Callable[[], None] | None = None
    ) -> None:
        self._database, self._clock, self._counts, self._watches = database, clock, counts, watches
        self._folder = folder
        self._spool = Spool(folder)
        self._queue: deque[_Waiting] = deque()
        self._changed = Condition(Lock())
        self._is_wanted = False
        self._is_closing = False
        self._thread: Thread | None = None
        self._next_tick = 0.0

    def bring(self, delivery: Delivery, *, understand: bool = False) -> Kept:
        """Returns when the delivery is on disk. Raises Unavailable when it cannot be, else what is wrong with this delivery.

        `understand` asks for a receipt; there is none when the delivery could only be kept.
        """
        if self._spool.is_in_use:
            return self._spooled(delivery)
        waiting = _Waiting(delivery, understand=understand)
        with self._changed:
            self._queue.append(waiting)
            if self._thread is None:
                self._begin()
            if self._is_wanted:
                self._changed.notify()
        if not waiting.known.acquire(timeout=PATIENCE_SECONDS):
            waiting.is_given_up = True
            return self._spooled(delivery)
        if waiting.kept is not None:
            return waiting.kept
        assert waiting.error is not None
        if isinstance(waiting.error, _ITS_OWN_FAULT):
            raise waiting.error
        return self._spooled(delivery)

    def begin(self) -> None:
        """Starts the thread if it does not run: there may be something to take in, or to count."""
        with self._changed:
            if self._thread is None:
                self._begin()

    def close(self) -> None:
        """Ends the thread when what waits has been written; what could not be is left on disk for who comes next."""
        with self._changed:
            self._is_closing = True
            self._changed.notify()
            thread = self._thread
        if thread is not None:
            thread.join()
        self._spool.close()

    def _spooled(self, delivery: Delivery) -> Kept:
        self._spool.append(delivery, patience_seconds=PATIENCE_SECONDS)
        self.begin()
        return Kept(is_new=None)

    def _begin(self) -> None:
        self._is_closing = False
        self._thread = Thread(target=self._work, name="gate", daemon=True)
        self._thread.start()

    def _work(self) -> None:
        try:
            self._write_for_all()
        except BaseException:
            with self._changed:
                self._thread = None
            raise

    def _write_for_all(self) -> None:
        idle = 0
        while True:
            together = self._next()
            if together:
                idle = 0
                self._take(together)
            if time.monotonic() >= self._next_tick or self._is_closing:
                self._next_tick = time.monotonic() + _TICK_SECONDS
                idle += 1
                self._tick()
            with self._changed:
                may_rest = idle > _IDLE_TICKS and self._watches is None and not self._counts and not self._spool.is_in_use
                if not self._queue and (self._is_closing or may_rest):
                    self._thread = None  # while nobody can join the queue: whoever comes next begins another
                    return

    def _next(self) -> list[_Waiting]:
        """What waits now; when nothing does, what comes first within half a second."""
        with self._changed:
            if not self._queue and not self._is_closing:
                self._is_wanted = True
                self._changed.wait(_TICK_SECONDS)
                self._is_wanted = False
            return [self._queue.popleft() for _ in range(min(len(self._queue), MOST_TOGETHER))]

    def _tick(self) -> None:
        for task in (self._take_in_spooled, self._counts.write, self._watches):
            try:
                if task is not None:
                    task()
            except Exception as error:  # noqa: BLE001 - whatever it is, it is tried again in half a second
                logger.warning("The door waits for the database: %s", error)

    def _take(self, together: Sequence[_Waiting]) -> None:
        there = [each for each in together if not each.is_given_up]
        for group, keep in (
            ([each for each in there if not each.understand], self._store),
            ([each for each in there if each.understand], self._understand),
        ):
            if group:
                self._take_group(group, keep)
                for each in group:
                    each.known.release()

    def _take_group(self, group: Sequence[_Waiting], keep: Callable[[Sequence[Delivery]], list[Kept]]) -> None:
        try:
            told = keep([each.delivery for each in group])
        except _ITS_OWN_FAULT as error:
            if len(group) == 1:
                group[0].error = error
                return
            for each in group:  # one that cannot be taken must not keep out the others
                self._take_group([each], keep)
        except Exception as error:  # noqa: BLE001 - it is judged where it belongs, in `bring`
            for each in group:
                each.error = error
        else:
            for each, kept in zip(group, told, strict=True):
                each.kept = kept

    def _store(self, deliveries: Sequence[Delivery]) -> list[Kept]:
        with self._database.writing() as connection:
            return [Kept(is_new) for is_new in store_raw(connection, deliveries)]

    def _understand(self, deliveries: Sequence[Delivery]) -> list[Kept]:
        """One at a time when together they fail: a message that cannot be understood is still kept."""
        try:
            receipts = receive(self._database, deliveries, self._clock.now())
        except Exception as error:
            if isinstance(error, DBAPIError) and is_passing(error):
                raise
            if len(deliveries) > 1:
                return [kept for each in deliveries for kept in self._understand([each])]
            logger.exception("A delivery cannot be understood now; it is kept for the worker")
            return self._store(deliveries)
        return [Kept(is_new=None, receipt=receipt) for receipt in receipts]

    def _take_in_spooled(self) -> None:
        if self._watches is not None:
            self._spool.look()
        self._spool.take_in(self._store_spooled)

    def _store_spooled(self, deliveries: Sequence[Delivery]) -> None:
        try:
            with self._database.writing() as connection:
                told = store_raw(connection, [replace(each, error=fault_in(each.body)) for each in deliveries])
        except _ITS_OWN_FAULT:
            if len(deliveries) == 1:
                self._set_apart(deliveries[0])
                return
            for each in deliveries:
                self._store_spooled([each])
            return
        for each, is_new in zip(deliveries, told, strict=True):
            if not is_new:
                self._counts.add(each.channel_id, HookOutcome.ALREADY_THERE, each.received_at)

    def _set_apart(self, delivery: Delivery) -> None:
        """What no database takes, such as a message to a channel that is gone, stays on disk for staff to look at."""
        logger.error("Delivery %s from the spool cannot be stored; it is kept in refused.records", delivery.delivery_id)
        with (self._folder / "refused.records").open("ab") as file:
            file.write(framed(delivery))
            file.flush()
            os.fsync(file.fileno())

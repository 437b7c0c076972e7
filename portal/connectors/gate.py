"""Lets deliveries that arrive at the same time share one transaction: the disk then waits once for all of them."""

from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from threading import Event, Lock
from time import sleep

from portal.connectors.intake import Delivery, Receipt, receive
from portal.db import Database

MOST_TOGETHER = 64
_MOMENT_SECONDS = 0.0005
_LONGEST_WAIT = 8
_RUSH_LASTS = 10


@dataclass(eq=False)
class _Waiting:
    delivery: Delivery
    now: datetime
    called: Event = field(default_factory=Event)
    receipt: Receipt | None = None
    error: Exception | None = None

    @property
    def is_done(self) -> bool:
        return self.receipt is not None or self.error is not None


class Gate:
    """Threads queue here. The first takes in everything that waits behind it, then calls the next to the front.

    In a rush it first waits for as long as others keep coming, a few milliseconds at most; alone, nobody waits for company.
    """

    def __init__(self, database: Database) -> None:
        self._database = database
        self._lock = Lock()
        self._waiting: deque[_Waiting] = deque()
        self._is_taken = False
        self._rush = 0

    def receive(self, delivery: Delivery, now: datetime) -> Receipt:
        """The receipt of this delivery; it is on disk then. Raises what went wrong with this delivery, and no other."""
        mine = _Waiting(delivery, now)
        with self._lock:
            self._waiting.append(mine)
            is_first, self._is_taken = not self._is_taken, True
        if not is_first:
            mine.called.wait()
        if not mine.is_done:
            self._go_first()
        if mine.error is not None:
            raise mine.error
        assert mine.receipt is not None
        return mine.receipt

    def _go_first(self) -> None:
        together: list[_Waiting] = []
        try:
            self._let_others_come()
            with self._lock:
                together = [self._waiting.popleft() for _ in range(min(len(self._waiting), MOST_TOGETHER))]
            self._rush = _RUSH_LASTS if len(together) > 1 else max(0, self._rush - 1)
            self._take(together)
        finally:
            with self._lock:
                following = self._waiting[0] if self._waiting else None
                self._is_taken = following is not None
            for each in together:
                each.called.set()
            if following is not None:
                following.called.set()

    def _let_others_come(self) -> None:
        for _ in range(_LONGEST_WAIT if self._rush else 0):
            before = len(self._waiting)
            sleep(_MOMENT_SECONDS)
            if len(self._waiting) == before:
                break

    def _take(self, together: Sequence[_Waiting]) -> None:
        now = max(each.now for each in together)
        try:
            receipts = receive(self._database, [each.delivery for each in together], now)
        except Exception as error:  # noqa: BLE001 - it is raised where it belongs, in `receive`
            if len(together) == 1:
                together[0].error = error
                return
            for each in together:  # one that cannot be taken must not keep out the others
                self._take([each])
            return
        for each, receipt in zip(together, receipts, strict=True):
            each.receipt = receipt

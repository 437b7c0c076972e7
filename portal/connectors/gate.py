"""Lets deliveries that arrive at the same time share one transaction: the disk then waits once for all of them."""

from collections import deque
from dataclasses import dataclass
from datetime import datetime
from threading import Lock

from portal.connectors.intake import Delivery, Receipt, receive
from portal.db import Database

MOST_TOGETHER = 64


@dataclass(eq=False)
class _Waiting:
    delivery: Delivery
    now: datetime
    receipt: Receipt | None = None
    error: Exception | None = None

    @property
    def is_done(self) -> bool:
        return self.receipt is not None or self.error is not None


class Gate:
    """Threads queue here. Whoever comes to the front takes in everything that waits behind it; nobody waits for company."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._waiting: deque[_Waiting] = deque()
        self._front = Lock()

    def receive(self, delivery: Delivery, now: datetime) -> Receipt:
        """The receipt of this delivery; it is on disk then. Raises what went wrong with this delivery, and no other."""
        mine = _Waiting(delivery, now)
        self._waiting.append(mine)
        with self._front:
            while not mine.is_done:
                self._take([self._waiting.popleft() for _ in range(min(len(self._waiting), MOST_TOGETHER))])
        if mine.error is not None:
            raise mine.error
        assert mine.receipt is not None
        return mine.receipt

    def _take(self, together: list[_Waiting]) -> None:
        now = max(each.now for each in together)
        try:
            receipts = receive(self._database, [each.delivery for each in together], now)
        except Exception as error:  # noqa: BLE001 - it is raised where it belongs, below
            if len(together) == 1:
                together[0].error = error
                return
            for each in together:  # one that cannot be taken must not keep out the others
                self._take([each])
            return
        for each, receipt in zip(together, receipts, strict=True):
            each.receipt = receipt

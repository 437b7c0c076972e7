"""What is answered at a door, added up in memory: who is refused a thousand times costs one row, not a thousand writes."""

from collections import Counter
from datetime import datetime
from threading import Lock

from portal.connectors import store
from portal.connectors.rules import HookOutcome
from portal.db import Database


class Counts:
    def __init__(self, database: Database) -> None:
        self._database = database
        self._numbers: Counter[store.Counted] = Counter()
        self._lock = Lock()
        self._writing = Lock()

    def __bool__(self) -> bool:
        return bool(self._numbers)

    def add(self, channel_id: int, outcome: HookOutcome, now: datetime) -> None:
        with self._lock:
            self._numbers[channel_id, now.date(), outcome] += 1

    def write(self) -> None:
        """Writes what was counted since, and returns when it is written, be it by somebody else.

        When the database refuses, it stays for the next time.
        """
        with self._writing:
            with self._lock:
                numbers, self._numbers = self._numbers, Counter()
            if not numbers:
                return
            try:
                with self._database.transaction() as session:
                    store.count_all(session, numbers)
            except BaseException:
                with self._lock:
                    self._numbers.update(numbers)
                raise

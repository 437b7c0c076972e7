"""Keeps a web process's table of documents as the shelf has it: looks often, reads what is new, and tells what is too old."""

import logging
from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from threading import Event, Thread

from portal.clock import Clock
from portal.publication import shelf
from portal.publication.published import language_of
from portal.publication.stale import is_stale
from portal.publication.table import Entry, StaleEntry, Table, addresses_of, entries_of
from portal.web.formats import DEFAULT_ZONE

LOOK_EVERY_SECONDS = 0.05
_CHECK_EVERY_LOOKS = 20

logger = logging.getLogger(__name__)


class Keeper:
    """`table` is replaced as a whole when the set on the shelf is another, so that no request sees half of a set."""

    def __init__(self, folder: Path, clock: Clock) -> None:
        self.table: Table = {}
        self._checked: shelf.Checked | None = None
        self._folder, self._clock = folder, clock
        self._root: str | None = None
        self._known: dict[str, tuple[list[Entry], list[str]]] = {}
        self._fresh: Table = {}
        self._stale: dict[str, StaleEntry] = {}
        self._troubles: set[str] = set()
        self._stop = Event()

    def start(self) -> None:
        """Reads the set that is there, then keeps looking in a thread of its own until the process ends."""
        self._try(self.look)
        self._try(self.judge)
        Thread(target=self._run, name="publication keeper", daemon=True).start()

    @property
    def checked_at(self) -> datetime | None:
        """When somebody last made sure that what is served is true."""
        return self._checked.at if self._checked else None

    def stop(self) -> None:
        self._stop.set()

    def look(self) -> bool:
        """Takes over a new set; whether there was one. One system call when there was none."""
        root = shelf.current_object(self._folder)
        if root is None or root == self._root:
            return False
        try:
            new = {
                digest: (entries_of(self._folder, digest, documents), list(folders.values()))
                for digest, documents, folders in shelf.walk(self._folder, root, set(self._known))
            }
        except FileNotFoundError:  # replaced and tidied away while we read it: the next look finds the one after
            return False
        self._take(root, self._known | new)
        return True

    def _take(self, root: str, known: dict[str, tuple[list[Entry], list[str]]]) -> None:
        """Makes the set `root` the one that is served, and forgets the folders that it does not have."""
        fresh: Table = {}
        reached: dict[str, tuple[list[Entry], list[str]]] = {}
        waiting = [root]
        while waiting:
            digest = waiting.pop()
            entries, inner = reached[digest] = known[digest]
            waiting += inner
            fresh.update((address, entry) for entry in entries for address in addresses_of(entry))
        self._fresh, self._known, self._root = fresh, reached, root
        self._tell()

    def judge(self) -> None:
        """Reads when somebody last made sure, and replaces what is too old by what says so."""
        self._checked = shelf.checked(self._folder)
        self._tell()

    def _tell(self) -> None:
        """Puts the table up: fresh documents as they are, too old ones as what is known last."""
        now = self._clock.now()
        old = {
            address: entry
            for address, entry in self._fresh.items()
            if entry.document.stale and is_stale(entry.document.true_until, self.checked_at, now)
        }
        if not old:
            self._stale = {}
            self.table = self._fresh
            return
        self._stale = {address: self._said_old(address, entry) for address, entry in old.items()}
        self.table = {**self._fresh, **self._stale}

    def _said_old(self, address: str, entry: Entry) -> StaleEntry:
        ends = [at for at in (self.checked_at, entry.document.true_until) if at is not None]
        as_of = max(entry.document.built_at, min(ends, default=entry.document.built_at))
        known = self._stale.get(address)
        if known is not None and known.is_of(entry, as_of):
            return known
        return StaleEntry(entry, as_of, self._checked.zone if self._checked else DEFAULT_ZONE, language_of(address))

    def _run(self) -> None:
        looks = 0
        while not self._stop.wait(LOOK_EVERY_SECONDS):
            looks += 1
            self._try(self.look)
            if looks % _CHECK_EVERY_LOOKS == 0:
                self._try(self.judge)

    def _try(self, step: Callable[[], object]) -> None:
        """Does it. Whatever goes wrong is said once: what is in memory goes on being served."""
        try:
            step()
            self._troubles.discard(step.__name__)
        except Exception:
            if step.__name__ not in self._troubles:
                logger.exception("The published documents cannot be read")
            self._troubles.add(step.__name__)

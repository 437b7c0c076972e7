"""The channels and their sealed secrets, kept in memory for the door, and in a private file for when the database is away."""

import json
import logging
import os
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from sqlalchemy.exc import SQLAlchemyError

from portal.connectors import store
from portal.connectors.standard_webhooks import secret_key
from portal.db import Database
from portal.vault import Vault

logger = logging.getLogger(__name__)

_Entries = dict[str, tuple[int, tuple[str, ...]]]


@dataclass(frozen=True)
class Entrance:
    """A channel's door: which channel it is, and the keys with which deliveries may be signed."""

    channel_id: int
    keys: Sequence[bytes]


class Register:
    """Read again when it is told to. While the database refuses, what was read last counts, also after a restart."""

    def __init__(self, database: Database, vault: Vault, path: Path) -> None:
        self._database, self._vault, self._path = database, vault, path
        self._entries: _Entries | None = None
        self._written: _Entries | None = None
        self.is_fresh = False

    def refresh(self) -> None:
        """Reads all channels and secrets. One query."""
        try:
            with self._database.reading() as session:
                self._entries = store.entrances(session)
            self.is_fresh = True
        except SQLAlchemyError as error:
            self.is_fresh = False
            if self._entries is None:
                self._entries = self._written = self._read()
                logger.warning("The database does not answer (%s)", type(error).__name__)
            return
        if self._entries != self._written:
            self._write(self._entries)

    @property
    def is_known(self) -> bool:
        """Whether the channels are known at all, be it from before."""
        return self._entries is not None

    def entrance(self, slug: str) -> Entrance | None:
        """The door of this channel; None when there is no such channel. Raises Unavailable when a secret cannot be opened."""
        found = (self._entries or {}).get(slug)
        return Entrance(found[0], [_opened(self._vault, each) for each in found[1]]) if found else None

    def _read(self) -> _Entries | None:
        try:
            kept = json.loads(self._path.read_text())
            return {slug: (channel_id, tuple(sealed)) for slug, (channel_id, sealed) in kept.items()}
        except (OSError, ValueError):
            return None

    def _write(self, entries: _Entries) -> None:
        """Whole or not at all, for its owner alone. That the disk takes nothing now is no reason to refuse a message."""
        draft = self._path.with_name(f"{self._path.name}.{os.getpid()}")
        try:
            self._path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            draft.touch(mode=0o600)
            draft.write_text(json.dumps(entries))
            draft.replace(self._path)
            self._written = entries
        except OSError:
            logger.warning("The channels could not be written down for when the database is away", exc_info=True)


@lru_cache(maxsize=256)
def _opened(vault: Vault, sealed: str) -> bytes:
    """Unsealing costs more than checking a signature, so the key is kept in memory for as long as the process lives."""
    return secret_key(vault.decrypt(sealed))

"""Notices that something which the public may know has changed: in a tenth of a second, and for next to nothing when not.

SQLite counts the commits of others (PRAGMA data_version); PostgreSQL tells those who LISTEN, and is asked besides, because a
connection that broke tells nothing. Then the journal says whether what has changed is the public's.
"""

import sqlite3
from collections.abc import Iterable
from contextlib import suppress
from time import monotonic, sleep
from typing import Protocol

import psycopg
from sqlalchemy import func, make_url, select

from portal.db import Database
from portal.events.models import Event

SUBJECTS = frozenset({"channel", "incident", "matrix", "organisation", "service"})
NOTICE = "portal_public"  # the channel of PostgreSQL's NOTIFY; the trigger is in the migrations
LOOK_EVERY_SECONDS = 0.1
_ASK_EVERY_SECONDS = 0.5
_OVERLAP = 1_000  # numbers are given before the commit, so that a lower one may be seen after a higher one


class Sign(Protocol):
    """A cheap sign that somebody may have committed something."""

    def wait(self, seconds: float) -> bool:
        """Returns at the first sign or when the time is up: whether there was one. Raises when the database cannot be asked."""

    def close(self) -> None: ...


class SqliteSign:
    def __init__(self, path: str) -> None:
        self._connection = sqlite3.connect(f"file:{path}?mode=ro", uri=True, isolation_level=None, check_same_thread=False)
        self._version: int | None = None

    def wait(self, seconds: float) -> bool:
        deadline = monotonic() + seconds
        while True:
            (version,) = self._connection.execute("PRAGMA data_version").fetchone()
            if version != self._version:
                self._version = version
                return True
            if (left := deadline - monotonic()) <= 0:
                return False
            sleep(min(LOOK_EVERY_SECONDS, left))

    def close(self) -> None:
        self._connection.close()


class PostgresqlSign:
    def __init__(self, url: str) -> None:
        self._connection = psycopg.connect(url, autocommit=True, connect_timeout=5)
        self._connection.execute(f"LISTEN {NOTICE}")
        self._asked_at = 0.0

    def wait(self, seconds: float) -> bool:
        deadline = monotonic() + seconds
        while True:
            left = deadline - monotonic()
            if next(self._connection.notifies(timeout=max(0.0, min(LOOK_EVERY_SECONDS, left)), stop_after=1), None):
                return True
            if monotonic() - self._asked_at >= _ASK_EVERY_SECONDS:
                self._asked_at = monotonic()
                self._connection.execute("SELECT 1")  # a connection that has broken says so now
                return True
            if left <= 0:
                return False

    def close(self) -> None:
        self._connection.close()


class Watch:
    """Tells of changes that the public may know of, each once."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._sign: Sign | None = None
        self._seen: set[int] = set()
        self._last: int | None = None

    def wait(self, seconds: float) -> bool:
        """Whether something public has changed since the last call; waits at most so long for it. The first call says yes.

        Raises what the database raises when it does not answer; the next call tries anew and says yes.
        """
        try:
            if self._sign is None:
                self._sign = _sign_of(self._database)
                self._sign.wait(0)
                self._is_public()
                return True
            deadline = monotonic() + seconds
            while True:
                left = deadline - monotonic()
                if self._sign.wait(max(0.0, left)) and self._is_public():
                    return True
                if left <= 0:
                    return False
        except BaseException:
            self.close()
            raise

    def close(self) -> None:
        if self._sign is not None:
            with suppress(Exception):
                self._sign.close()
        self._sign = None

    def _is_public(self) -> bool:
        """Whether the journal has something for the public that was not seen yet. One query."""
        is_shared = self._database.engine.dialect.name != "sqlite"
        with self._database.reading() as session:
            last = self._last
            if last is None:
                last = session.scalar(select(func.max(Event.id))) or 0
            after = last - (_OVERLAP if is_shared else 0)
            rows = session.execute(select(Event.id, Event.subject).where(Event.id > after).order_by(Event.id)).all()
        new = [(number, subject) for number, subject in rows if number not in self._seen]
        self._last = max(last, rows[-1][0]) if rows else last
        self._seen = {number for number, _ in rows} if is_shared else set()
        return is_public(subject for _, subject in new)


def is_public(subjects: Iterable[str]) -> bool:
    """Whether one of these subjects of events is something that public documents tell of."""
    return any(subject.partition(":")[0] in SUBJECTS for subject in subjects)


def _sign_of(database: Database) -> Sign:
    url = make_url(database.engine.url)
    if url.get_backend_name() == "sqlite":
        assert url.database
        return SqliteSign(url.database)
    return PostgresqlSign(url.set(drivername="postgresql").render_as_string(hide_password=False))

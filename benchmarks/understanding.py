"""From a stored raw message to a case with its promise and event: `python -m benchmarks.understanding [--messages 5000]`.

What the worker does, on one core: raw rows become contacts, identities, cases, messages, promises, events and counts, five
hundred in a transaction. Beside it, in turn, the bare driver on the same core writes the same rows (without the counts) into a
database of the same kind and size, with executemany in transactions of the same size.
"""

import argparse
import gc
import sqlite3
import tempfile
import time
from collections.abc import Callable, Sequence
from contextlib import closing
from datetime import UTC, datetime
from typing import Any

import psycopg
from psycopg.types.json import Json
from sqlalchemy import func, select

from benchmarks.measuring import SERVER, compared, on_core, postgresql
from benchmarks.taking_in import requests
from portal import migrating
from portal.clock import SystemClock
from portal.connectors.intake import Delivery, store_raw
from portal.connectors.models import Inbound
from portal.connectors.rules import InboundState
from portal.connectors.understanding import MOST_TOGETHER, understand_new
from portal.db import Database
from portal.hours.reading import parse_calendar
from portal.hours.store import save_schedule
from portal.organisation.rules import ChannelKind
from portal.organisation.store import add_channel

TABLES = ("contacts", "identities", "cases", "messages", "promises", "events")
Rows = dict[str, tuple[list[str], list[Sequence[Any]]]]


def founded(url: str) -> Database:
    """A migrated database with one channel that is open on working days."""
    database = Database(url)
    migrating.upgrade(database)
    now = datetime(2026, 1, 1, tzinfo=UTC)
    with database.transaction() as session:
        channel = add_channel(session, slug="x", kind=ChannelKind.X, name="X", now=now, actor_id=None)
        weekly = {day: [["09:00", "17:00"]] for day in ("mon", "tue", "wed", "thu", "fri")}
        calendar = parse_calendar({"timezone": "Europe/Amsterdam", "weekly": weekly})
        save_schedule(session, channel.id, calendar, valid_from=now, now=now, actor_id=None)
    return database


def emptiable(database: Database) -> Database:
    """The same without what keeps anybody from deleting promises: the bare driver writes the same rows again and again."""
    with database.engine.begin() as connection:
        if connection.dialect.name == "sqlite":
            connection.exec_driver_sql("DROP TRIGGER promises_are_not_deleted")
        else:
            for table in ("promises", "promise_revisions"):
                connection.exec_driver_sql(f"DROP TRIGGER {table}_are_not_emptied ON {table}")
    return database


class Course:
    """A database of ours and one for the bare driver, to which the same is done in turn."""

    def __init__(
        self, ours: Database, bare: Database, write: Callable[[Database, Rows, Sequence[Any]], None], number: int
    ) -> None:
        self._ours, self._bare, self._write, self._number = ours, bare, write, number
        self.understand()  # so that the bare driver has rows to write, whoever begins

    def understand(self) -> float:
        """Messages a second that the worker's own function understands; storing them raw is not counted in."""
        self._store_raw(self._ours)
        with on_core(SERVER):
            started = time.perf_counter()
            while understand_new(self._ours, SystemClock().now()).understood:
                pass
            seconds = time.perf_counter() - started
        with self._ours.reading() as session:
            left = session.scalar(select(func.count(Inbound.id)).where(Inbound.state != InboundState.UNDERSTOOD))
        assert not left, f"{left} messages were not understood"
        return self._number / seconds

    def insert(self) -> float:
        """Messages a second of which the bare driver writes the rows that `understand` wrote last."""
        raw = self._store_raw(self._bare)
        found: Rows = {}
        with self._ours.engine.connect() as connection:
            for table in TABLES:
                cursor = connection.connection.cursor()
                cursor.execute(f"SELECT * FROM {table} ORDER BY id DESC LIMIT {self._number}")  # noqa: S608 - our own names
                first = 1 if table == "events" else 0  # those can only be added to, so there they get numbers of their own
                columns = [column[0] for column in cursor.description or ()][first:]
                found[table] = (columns, [row[first:] for row in cursor.fetchall()[::-1]])
        self._empty()
        with on_core(SERVER):
            started = time.perf_counter()
            self._write(self._bare, found, raw)
            return self._number / (time.perf_counter() - started)

    def _store_raw(self, database: Database) -> Sequence[Any]:
        """Stores as many messages and returns (message id, row id) of each."""
        now = SystemClock().now()
        bodies = [each.partition(b"\r\n\r\n")[2] for each in requests("whsec_" + "A" * 44, self._number, 8001)]
        names = [f"d{now.timestamp()}-{number}" for number in range(self._number)]
        with database.writing() as connection:
            store_raw(connection, [Delivery(1, name, body, now) for name, body in zip(names, bodies, strict=True)])
        with database.reading() as session:
            found = select(Inbound.delivery_id, Inbound.id).order_by(Inbound.id.desc()).limit(self._number)
            return [tuple(row) for row in session.execute(found)]

    def _empty(self) -> None:
        """The rows have ids of their own in the other database: it holds them once."""
        with self._bare.engine.begin() as connection:
            kind = "TRUNCATE {} RESTART IDENTITY CASCADE" if connection.dialect.name == "postgresql" else "DELETE FROM {}"
            for table in reversed(TABLES[:-1]):
                connection.exec_driver_sql(kind.format(table))


def write_sqlite(database: Database, found: Rows, raw: Sequence[Any]) -> None:
    path = str(database.engine.url.database)
    with closing(sqlite3.connect(path, isolation_level=None)) as bare:
        for pragma in ("journal_mode=WAL", "synchronous=FULL", "foreign_keys=ON", "temp_store=MEMORY"):
            bare.execute(f"PRAGMA {pragma}")
        for start in range(0, len(raw), MOST_TOGETHER):
            part = slice(start, start + MOST_TOGETHER)
            bare.execute("BEGIN IMMEDIATE")
            for table, (columns, rows) in found.items():
                bare.executemany(_insert(table, columns, "?"), rows[part])
            bare.executemany("UPDATE inbound SET state = 'understood', message_id = ? WHERE id = ?", raw[part])
            bare.execute("COMMIT")


def write_postgresql(database: Database, found: Rows, raw: Sequence[Any]) -> None:
    url = database.engine.url.set(drivername="postgresql").render_as_string(hide_password=False)
    with psycopg.connect(url) as bare, bare.cursor() as cursor:
        for start in range(0, len(raw), MOST_TOGETHER):
            part = slice(start, start + MOST_TOGETHER)
            for table, (columns, rows) in found.items():
                cursor.executemany(_insert(table, columns, "%s"), [_adapted(row) for row in rows[part]])
            cursor.executemany("UPDATE inbound SET state = 'understood', message_id = %s WHERE id = %s", raw[part])
            bare.commit()


def _adapted(row: Sequence[Any]) -> list[Any]:
    return [Json(value) if isinstance(value, dict | list) else value for value in row]


def _insert(table: str, columns: Sequence[str], mark: str) -> str:
    return f"INSERT INTO {table} ({', '.join(columns)}) VALUES ({', '.join([mark] * len(columns))})"  # noqa: S608 - our own names


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--messages", type=int, default=5_000)
    parser.add_argument("--only", choices=["sqlite", "postgresql"])
    chosen = parser.parse_args()
    gc.freeze()  # as the worker does
    print(f"Stored messages to cases with promises and events / bare driver, {MOST_TOGETHER} messages a transaction")
    if chosen.only != "postgresql":
        with tempfile.TemporaryDirectory(prefix="portal-benchmark-") as folder:
            ours, bare = (founded(f"sqlite:///{folder}/{name}.db") for name in ("ours", "bare"))
            course = Course(ours, emptiable(bare), write_sqlite, chosen.messages)
            compared("SQLite, synchronous FULL", course.understand, course.insert)
    if chosen.only != "sqlite":
        with postgresql() as url:
            with psycopg.connect(url, autocommit=True) as connection:
                connection.execute("CREATE DATABASE bare")
            spoken = url.replace("postgresql://", "postgresql+psycopg://", 1)
            ours = founded(spoken)
            bare = founded(ours.engine.url.set(database="bare").render_as_string(hide_password=False))
            course = Course(ours, emptiable(bare), write_postgresql, chosen.messages)
            compared("PostgreSQL", course.understand, course.insert)
            ours.close()
            bare.close()


if __name__ == "__main__":
    main()

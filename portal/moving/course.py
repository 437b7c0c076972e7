"""The course of a move: an installation goes from SQLite to PostgreSQL, every row of every table, checked when it has arrived.

Rows travel in portions. Each portion and the note of how far it went are one transaction of the target, so that an
interrupted move goes on where it was, and no row arrives twice. The source is only read.
"""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import Any

import psycopg
from sqlalchemy import Connection, Table, create_engine, func, inspect, make_url, select, text
from sqlalchemy.exc import OperationalError

from portal import migrating
from portal.config import Config
from portal.db import Database, Model
from portal.errors import Unavailable
from portal.instance_lock import alone
from portal.moving import log
from portal.moving.arrival import hold_to_references, insert_rows, let_rows_come_first, set_sequence
from portal.moving.digest import Digest, digest_of

PORTION = 5_000
_QUEUE = "portal_queue_"
_NOT_OURS = {"alembic_version", migrating.MOVE_TABLE}

Row = Sequence[Any]
Tell = Callable[[str, int, int], None]
"""Called after each portion with the table, how many of its rows have arrived, and how many there are."""


@dataclass(frozen=True)
class Moved:
    tables: int
    rows: int


def move(config: Config, url: str, tell: Tell) -> Moved:
    """Copies everything to the database at `url`, which must be empty or hold the first part of this very move.

    Raises Unavailable while the portal runs, when this installation is not on SQLite or not at this release's shape, and when
    the target holds anything else; Invalid for a row that PostgreSQL cannot hold.
    """
    with alone(config.instance), _source(config) as source, _target(url) as target:
        try:
            with target.engine.connect() as connection:
                _be_the_only_one(connection)
                return _move(source, target, tell)
        except (OperationalError, psycopg.OperationalError) as error:
            raise Unavailable(
                f"A database stopped answering: {str(error).splitlines()[0]} Type the same again to go on."
            ) from error


def _move(source: Connection, target: Database, tell: Tell) -> Moved:
    _prepare(source, target)
    tables = Model.metadata.sorted_tables
    rows = sum(_copy(source, target, table, tell) for table in tables)
    with target.transaction() as session:
        for table in tables:
            set_sequence(session.connection(), table)
        log.forget(session.connection())
    with target.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.execute(text("ANALYZE"))
    return Moved(len(tables), rows)


@contextmanager
def _source(config: Config) -> Iterator[Connection]:
    """One state of the SQLite database, opened for reading only."""
    url = make_url(config.database_url)
    if url.get_backend_name() != "sqlite" or not url.database:
        raise Unavailable("This portal keeps its data in PostgreSQL already; moving is from SQLite to PostgreSQL.")
    path = Path(url.database).absolute()
    if not path.exists():
        raise Unavailable(f"There is no database {path}.")
    engine = create_engine(f"sqlite:///file:{path}?mode=ro&uri=true")
    try:
        with engine.connect() as connection:
            connection.exec_driver_sql("BEGIN")
            _refuse_another_shape(connection, path)
            yield connection
    finally:
        engine.dispose()


def _refuse_another_shape(connection: Connection, path: Path) -> None:
    there = migrating.revision_of(connection)
    if there != migrating.head():
        raise Unavailable(
            f"{path} is at revision {there or 'none'}, this release needs {migrating.head()}: run flask portal migrate."
        )
    unknown = set(inspect(connection).get_table_names()) - set(Model.metadata.tables) - _NOT_OURS
    if unknown:
        raise Unavailable(f"{path} holds tables that this release does not know: {', '.join(sorted(unknown))}.")


@contextmanager
def _target(url: str) -> Iterator[Database]:
    database = Database(url)
    try:
        database.engine.connect().close()
    except OperationalError as error:
        database.close()
        raise Unavailable(f"The database to move to does not answer: {str(error.orig).strip()}") from error
    try:
        yield database
    finally:
        database.close()


def _be_the_only_one(connection: Connection) -> None:
    """Of two moves into one database the second is refused, for as long as this connection lasts."""
    connection.execute(text("SET lock_timeout = '20s'"))  # the server may need a moment to see that a killed move is gone
    try:
        connection.execute(text("SELECT pg_advisory_lock(hashtext('portal move'))"))
    except OperationalError as error:
        raise Unavailable("Another move into this database is under way.") from error


def _prepare(source: Connection, target: Database) -> None:
    """Makes the tables. What an earlier move brought stays when the source is still the same, else it is removed."""
    with target.engine.connect() as connection:
        has_begun = migrating.is_being_moved_into(connection)
        if not has_begun:
            _refuse_other_data(connection)
        elif migrating.revision_of(connection) == migrating.head() and _is_beginning_of(source, connection):
            return
    if has_begun:
        with target.transaction() as session:
            _empty(session.connection())
            log.forget(session.connection())
    migrating.upgrade(target)
    with target.transaction() as session:
        log.begin(session.connection())


def _refuse_other_data(connection: Connection) -> None:
    there = {name for name in inspect(connection).get_table_names() if not name.startswith(_QUEUE)} - _NOT_OURS
    foreign = sorted(there - set(Model.metadata.tables))
    if foreign:
        raise Unavailable(f"The database to move to holds other tables, such as {foreign[0]}: give the portal one of its own.")
    for name in sorted(there):
        if connection.execute(select(text("1")).select_from(Model.metadata.tables[name]).limit(1)).first():
            raise Unavailable(f"The database to move to holds data already, in the table {name}: move to an empty one.")


def _empty(connection: Connection) -> None:
    """What was promised may not be deleted; but this is a copy that nobody has used, and the source has it all."""
    there = sorted(set(inspect(connection).get_table_names()) & set(Model.metadata.tables))
    for name in there:
        connection.execute(text(f'ALTER TABLE "{name}" DISABLE TRIGGER USER'))
    connection.execute(text(f"TRUNCATE {', '.join(there)} RESTART IDENTITY CASCADE"))
    for name in there:
        connection.execute(text(f'ALTER TABLE "{name}" ENABLE TRIGGER USER'))


def _is_beginning_of(source: Connection, target: Connection) -> bool:
    """Whether what has arrived is still how each table of the source begins: it may have been used since."""
    for table in Model.metadata.sorted_tables:
        noted = log.noted(target, table.name)
        if digest_of(islice(_rows(source, table), noted.count)) != noted.digest or (
            noted.is_done and noted.count != _count(source, table)
        ):
            return False
    return True


def _copy(source: Connection, target: Database, table: Table, tell: Tell) -> int:
    """Brings what is not there yet of one table, and reads all of it back; returns its number of rows."""
    total = _count(source, table)
    with target.engine.connect() as connection:
        noted = log.noted(connection, table.name)
    tell(table.name, noted.count, total)
    if noted.is_done:
        return noted.count
    digest = noted.digest
    rows = islice(_rows(source, table), noted.count, None)
    while portion := list(islice(rows, PORTION)):
        _bring(target, table, portion, digest)
        tell(table.name, digest.count, total)
    _check(target, table, digest)
    return digest.count


def _bring(target: Database, table: Table, portion: Sequence[Row], digest: Digest) -> None:
    for row in portion:
        digest.add(row)
    with target.transaction() as session:
        connection = session.connection()
        let_rows_come_first(connection, table)
        insert_rows(connection, table, portion)
        log.note(connection, table.name, digest, is_done=False)


def _check(target: Database, table: Table, digest: Digest) -> None:
    with target.transaction() as session:
        connection = session.connection()
        hold_to_references(connection, table)
        arrived = digest_of(_rows(connection, table))
        if arrived != digest:
            raise Unavailable(f"The table {table.name} has not arrived as it was: {arrived} instead of {digest}.")
        log.note(connection, table.name, digest, is_done=True)


def _count(source: Connection, table: Table) -> int:
    return source.scalar(select(func.count()).select_from(table)) or 0


def _rows(connection: Connection, table: Table) -> Iterator[Row]:
    """The rows in the order of their key, a portion at a time in memory."""
    query = select(table).order_by(*table.primary_key.columns).execution_options(yield_per=PORTION)
    for row in connection.execute(query):
        yield tuple(row)

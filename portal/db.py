"""The database: engine, transactions, column types and the upserts that SQLAlchemy has no common word for."""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from enum import StrEnum
from functools import lru_cache
from sqlite3 import Connection as SqliteConnection
from sqlite3 import Error as SqliteError
from threading import Lock
from typing import Any, ClassVar

from psycopg import Connection as PostgresqlConnection
from sqlalchemy import (
    JSON,
    ColumnElement,
    Dialect,
    Engine,
    Enum,
    MetaData,
    and_,
    create_engine,
    event,
    func,
    select,
    text,
)
from sqlalchemy import DateTime as SqlDateTime
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.engine import Connection
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import DeclarativeBase, Session
from sqlalchemy.types import TypeDecorator

_WRITES = "portal_writes"
_ONE_STATE = {"isolation_level": "REPEATABLE READ"}  # on SQLite each transaction is so
_LAST_LETTER = "\U0010ffff"
_PATIENCE_SECONDS = 15  # for which one writer waits for another
_SQLITE_TROUBLE = tuple(f"SQLITE_{name}" for name in ("BUSY", "LOCKED", "IOERR", "FULL", "READONLY", "CANTOPEN", "NOTADB"))
_POSTGRESQL_TROUBLE = ("08", "25", "40", "53", "55", "57", "58")  # classes of SQLSTATE


class UTCDateTime(TypeDecorator[datetime]):
    """An instant. Stored in UTC, always aware in Python; a naive value is refused, because nobody knows what it means."""

    impl = SqlDateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError(f"{value!r} has no time zone: an instant is needed")
        value = value.astimezone(UTC)
        return value.replace(tzinfo=None) if dialect.name == "sqlite" else value

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:  # noqa: ARG002 - the signature is SQLAlchemy's
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


def enum_column(kind: type[StrEnum]) -> Enum:
    """A column that holds the values of an enum as text, checked by the database."""
    return Enum(
        kind,
        native_enum=False,
        create_constraint=True,
        name=kind.__name__.lower(),
        values_callable=lambda members: [member.value for member in members],
    )


class Model(DeclarativeBase):
    metadata = MetaData(
        naming_convention={
            "ix": "ix_%(table_name)s_%(column_0_N_name)s",
            "uq": "uq_%(table_name)s_%(column_0_N_name)s",
            "ck": "ck_%(table_name)s_%(constraint_name)s",
            "fk": "fk_%(table_name)s_%(column_0_N_name)s_%(referred_table_name)s",
            "pk": "pk_%(table_name)s",
        }
    )
    type_annotation_map: ClassVar[dict[Any, Any]] = {
        datetime: UTCDateTime,
        dict[str, Any]: JSON,
        list[str]: JSON,
    }


class Database:
    """One engine. Sessions are had only through `transaction` and `reading`, so that each has one edge."""

    def __init__(self, url: str) -> None:
        self.engine = _sqlite_engine(url) if url.startswith("sqlite") else _postgresql_engine(url)
        self._writing = self.engine.execution_options(**{_WRITES: True})
        self._reading = self.engine if self.engine.dialect.name == "sqlite" else self.engine.execution_options(**_ONE_STATE)
        self._turn: Lock | None = Lock() if self.engine.dialect.name == "sqlite" else None

    @contextmanager
    def transaction(self) -> Iterator[Session]:
        """A session that writes. Commits at the end, rolls all back on any error.

        On SQLite it takes the write lock at once (BEGIN IMMEDIATE), so that two writers queue instead of failing half-way.
        The threads of this process queue in order and wake at once; SQLite itself lets a waiter sleep and try again.
        """
        with self._in_turn(), Session(self._writing, expire_on_commit=False) as session, session.begin():
            yield session

    @contextmanager
    def writing(self) -> Iterator[Connection]:
        """A transaction as `transaction` makes, without a session: for bare statements, many times a second."""
        with self._in_turn(), self._writing.begin() as connection:
            yield connection

    @contextmanager
    def reading(self) -> Iterator[Session]:
        """A session that sees one state of the database, whatever is committed meanwhile, and writes nothing."""
        with Session(self._reading, expire_on_commit=False, autoflush=False) as session:
            yield session

    def close(self) -> None:
        self.engine.dispose()

    @contextmanager
    def _in_turn(self) -> Iterator[None]:
        has_turn = self._turn is not None and self._turn.acquire(timeout=_PATIENCE_SECONDS)
        try:
            yield
        finally:
            if has_turn and self._turn is not None:
                self._turn.release()


def _sqlite_engine(url: str) -> Engine:
    engine = create_engine(url, connect_args={"timeout": _PATIENCE_SECONDS, "check_same_thread": False}, hide_parameters=True)

    @event.listens_for(engine, "connect")
    def _prepare(connection: SqliteConnection, _record: object) -> None:
        connection.isolation_level = None  # we say BEGIN ourselves, below
        for pragma in (
            "journal_mode=WAL",
            "synchronous=FULL",  # what was acknowledged survives a power cut
            "foreign_keys=ON",
            f"busy_timeout={_PATIENCE_SECONDS * 1000}",
            "temp_store=MEMORY",
        ):
            connection.execute(f"PRAGMA {pragma}")

    @event.listens_for(engine, "begin")
    def _begin(connection: Connection) -> None:
        writes = connection.get_execution_options().get(_WRITES)
        connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")

    return engine


def _postgresql_engine(url: str) -> Engine:
    waits = {"connect_timeout": 10, "tcp_user_timeout": 30_000}  # seconds, milliseconds: a network that swallows all is noticed
    sizes = {"pool_size": 10, "max_overflow": 10}
    engine = create_engine(url, pool_pre_ping=True, connect_args=waits, hide_parameters=True, **sizes)

    @event.listens_for(engine, "connect")
    def _prepare(connection: PostgresqlConnection, _record: object) -> None:
        connection.execute(f"SET lock_timeout = '{_PATIENCE_SECONDS}s'")  # as on SQLite; else a lock is waited for for ever
        connection.commit()

    return engine


def _insert(session: Session, model: type[Model]) -> sqlite.Insert | postgresql.Insert:
    if session.get_bind().dialect.name == "sqlite":
        return sqlite.insert(model)
    return postgresql.insert(model)


def insert_or_ignore(
    session: Session,
    model: type[Model],
    values: Mapping[str, Any],
    *,
    unique: Sequence[str],
    where: ColumnElement[bool] | None = None,
) -> int | None:
    """Inserts a row unless one with the same `unique` columns is there. Returns the new id, or None when it was there.

    `where` is the condition of the unique index when that holds only some of the rows.
    """
    statement = _insert(session, model).values(**values).on_conflict_do_nothing(index_elements=list(unique), index_where=where)
    made: int | None = session.scalar(statement.returning(model.__table__.c.id))
    return made


def insert_or_replace(session: Session, model: type[Model], values: Mapping[str, Any], *, key: Sequence[str]) -> None:
    """Inserts a row, or gives the one with this `key` these values."""
    statement = _insert(session, model).values(**values)
    others = {name: statement.excluded[name] for name in values if name not in key}
    session.execute(statement.on_conflict_do_update(index_elements=list(key), set_=others))


def insert_all_or_ignore(
    session: Session, model: type[Model], rows: Sequence[Mapping[str, Any]], *, unique: Sequence[str]
) -> None:
    """Inserts these rows but for those whose `unique` columns are there already; which ones were is not told."""
    statement = _insert(session, model).on_conflict_do_nothing(index_elements=list(unique))
    session.connection().execute(statement, list(rows))


def is_passing(error: DBAPIError) -> bool:
    """Whether the database itself was in trouble (away, locked, full, read-only), not what was to be written."""
    if error.connection_invalidated:
        return True
    if isinstance(error.orig, SqliteError):
        return error.orig.sqlite_errorname.startswith(_SQLITE_TROUBLE)
    state = getattr(error.orig, "sqlstate", None)
    return state is None or state.startswith(_POSTGRESQL_TROUBLE)


def add_up_all(session: Session, model: type[Model], key: Sequence[str], rows: Sequence[Mapping[str, Any]]) -> None:
    """Adds to the counters of the rows with these primary keys; makes those that are not there. Safe among many writers.

    Each row has all columns of the key and the same counters. One statement.
    """
    if rows:
        statement = _adding(session.get_bind().dialect.name, model, tuple(key), tuple(rows[0]))
        session.connection().execute(statement, [dict(row) for row in rows])


@lru_cache(maxsize=64)
def _adding(
    dialect: str, model: type[Model], key: tuple[str, ...], columns: tuple[str, ...]
) -> sqlite.Insert | postgresql.Insert:
    """Kept, because building it costs more than running it."""
    table = model.__table__
    statement = sqlite.insert(model) if dialect == "sqlite" else postgresql.insert(model)
    counters = {name: table.c[name] + statement.excluded[name] for name in columns if name not in key}
    return statement.on_conflict_do_update(index_elements=list(key), set_=counters)


def begins_with(session: Session, whole: ColumnElement[str], beginning: str) -> ColumnElement[bool]:
    """Whether a text begins with another, said so that each database can use an index on the text."""
    if session.get_bind().dialect.name == "sqlite":
        return and_(whole >= beginning, whole < f"{beginning}{_LAST_LETTER}")
    return whole.startswith(beginning, autoescape=True)


def take_turn(session: Session, what: str) -> None:
    """Lets transactions that name the same thing follow one another, until the end of each.

    For rules over several rows ("one administrator is left") that no constraint can say. On SQLite writers queue anyway.
    """
    if session.get_bind().dialect.name == "postgresql":
        session.execute(select(func.pg_advisory_xact_lock(func.hashtext(what))))


def wait_for_locks(session: Session) -> None:
    """Lets this transaction wait for others for as long as they need: for what nobody stands waiting for."""
    if session.get_bind().dialect.name == "postgresql":
        session.execute(text("SET LOCAL lock_timeout = 0"))

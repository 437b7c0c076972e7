"""Many rows at once, with the driver's own cursor: what every message costs, so what the ORM adds to it is left out.

Each function takes rows of equal keys, and values as the models know them.
"""

from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import UTC, datetime
from functools import lru_cache
from typing import TYPE_CHECKING, Any, TypeVar

from sqlalchemy import func, select
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.engine import Connection
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session, make_transient_to_detached

from portal.db import Model, UTCDateTime

if TYPE_CHECKING:
    from sqlalchemy import Dialect

Row = Mapping[str, Any]
Found = TypeVar("Found")
AModel = TypeVar("AModel", bound=Model)


def insert_all(session: Session, model: type[Model], rows: Sequence[Row]) -> None:
    """Inserts these rows."""
    if not rows:
        return
    connection, names = session.connection(), tuple(rows[0])
    spoken = _spoken(connection.dialect.name, model, names)
    values = _converted(spoken, rows)
    if connection.dialect.name == "sqlite":
        _with_driver(connection, lambda driver: driver.executemany(spoken.insert, zip(*values, strict=True)))
    else:
        _with_driver(connection, lambda driver: driver.execute(spoken.insert, values))


def insert_returning_ids(session: Session, model: type[Model], rows: Sequence[Row]) -> list[int]:
    """Inserts these rows and returns their ids, in their order."""
    if not rows:
        return []
    connection = session.connection()
    if connection.dialect.name == "sqlite":
        spoken = _spoken("sqlite", model, tuple(rows[0]))
        given = list(zip(*_converted(spoken, rows), strict=True))
        return _with_driver(connection, lambda driver: [driver.execute(spoken.insert, row).lastrowid for row in given])
    ids = _drawn_ids(connection, model, len(rows))
    insert_all(session, model, [{"id": row_id, **row} for row_id, row in zip(ids, rows, strict=True)])
    return ids


def ids_ahead(session: Session, model: type[Model], number: int) -> Iterator[int]:
    """So many ids for rows that this transaction is going to insert with them, before anything else into this table.

    On SQLite, where nobody else writes meanwhile, they are those that come next.
    """
    if not number:
        return iter(())
    connection = session.connection()
    if connection.dialect.name == "sqlite":
        highest = session.scalar(select(func.max(model.__table__.c.id))) or 0
        return iter(range(highest + 1, highest + 1 + number))
    return iter(_drawn_ids(connection, model, number))


def _drawn_ids(connection: Connection, model: type[Model], number: int) -> list[int]:
    drawn = f"SELECT nextval(pg_get_serial_sequence('{model.__tablename__}', 'id')) FROM generate_series(1, %s)"  # noqa: S608 - our own name
    return _with_driver(connection, lambda driver: [row[0] for row in driver.execute(drawn, [number]).fetchall()])


def insert_new(connection: Connection, model: type[Model], rows: Sequence[Row], *, unique: Sequence[str]) -> list[bool]:
    """Inserts these rows but for those whose `unique` columns are there already; tells for each whether it was new.

    Of rows that are alike the first is new.
    """
    if not rows:
        return []
    names = tuple(rows[0])
    spoken = _spoken(connection.dialect.name, model, names)
    values = _converted(spoken, rows)
    sql = f"{spoken.insert} ON CONFLICT ({', '.join(unique)}) DO NOTHING"
    if connection.dialect.name == "sqlite":
        given = list(zip(*values, strict=True))
        return _with_driver(connection, lambda driver: [driver.execute(sql, row).rowcount == 1 for row in given])
    sql = f"{sql} RETURNING {', '.join(unique)}"
    made = Counter(_with_driver(connection, lambda driver: driver.execute(sql, values).fetchall()))
    told = []
    for key in zip(*(values[names.index(name)] for name in unique), strict=True):
        told.append(made[key] > 0)
        made[key] = 0
    return told


def update_all(session: Session, model: type[Model], rows: Sequence[Row]) -> None:
    """Writes these values, each row with the `id` of the one that it is about."""
    if not rows:
        return
    connection, names = session.connection(), tuple(rows[0])
    spoken = _spoken(connection.dialect.name, model, names)
    values = _converted(spoken, rows)
    changed = [name for name in names if name != "id"]
    if connection.dialect.name == "sqlite":
        sql = f"UPDATE {model.__tablename__} SET {', '.join(f'{name} = ?' for name in changed)} WHERE id = ?"  # noqa: S608 - our own names
        ids = values.pop(names.index("id"))
        _with_driver(connection, lambda driver: driver.executemany(sql, zip(*values, ids, strict=True)))
    else:
        sets = ", ".join(f"{name} = given.{name}" for name in changed)
        given = f"unnest({spoken.arrays}) AS given ({', '.join(names)})"
        sql = f"UPDATE {model.__tablename__} AS there SET {sets} FROM {given} WHERE there.id = given.id"  # noqa: S608 - our own names
        _with_driver(connection, lambda driver: driver.execute(sql, values))


def put_in_session(session: Session, model: type[AModel], row: Row) -> AModel:
    """The object of a row that has just been inserted with all its columns, as if it had been read."""
    made: AModel = model.__mapper__.class_manager.new_instance()
    made.__dict__.update(row)
    make_transient_to_detached(made)
    session.add(made)
    return made


class _Spoken:
    """What inserting such rows is called in a dialect, and how each value is written in it."""

    def __init__(self, dialect: str, model: type[Model], names: Sequence[str]) -> None:
        spoken: Dialect = sqlite.dialect() if dialect == "sqlite" else postgresql.dialect()  # type: ignore[no-untyped-call] # so it is
        types = [model.__table__.c[name].type for name in names]
        self.names = names
        self.converters: list[Any] = [
            _sqlite_instant
            if dialect == "sqlite" and isinstance(kind, UTCDateTime)
            else kind.dialect_impl(spoken).bind_processor(spoken)
            for kind in types
        ]
        self.arrays = ", ".join(f"%s::{kind.compile(spoken).partition('(')[0]}[]" for kind in types)
        places = ", ".join("?" * len(names))
        what = f"VALUES ({places})" if dialect == "sqlite" else f"SELECT * FROM unnest({self.arrays})"  # noqa: S608 - our own names
        self.insert = f"INSERT INTO {model.__tablename__} ({', '.join(names)}) {what}"


def _sqlite_instant(value: datetime | None) -> str | None:
    """As SQLAlchemy writes an instant in SQLite, three times as fast; there are ten of them to a message."""
    if value is None:
        return None
    if value.tzinfo is None:
        raise ValueError(f"{value!r} has no time zone: an instant is needed")
    return value.astimezone(UTC).replace(tzinfo=None).isoformat(" ", "microseconds")


_spoken = lru_cache(maxsize=64)(_Spoken)


def _converted(spoken: _Spoken, rows: Sequence[Row]) -> list[list[Any]]:
    """The values by column."""
    return [
        [convert(row[name]) for row in rows] if convert else [row[name] for row in rows]
        for name, convert in zip(spoken.names, spoken.converters, strict=True)
    ]


def _with_driver(connection: Connection, work: Callable[[Any], Found]) -> Found:
    """Does the work with the driver's cursor; its errors are those that SQLAlchemy would raise."""
    driver_error = connection.dialect.loaded_dbapi.Error
    try:
        return work(connection.connection.cursor())
    except driver_error as error:
        raise DBAPIError.instance(None, None, error, driver_error) from error

"""How rows get into a table of PostgreSQL: many at once, before the rows that they refer to, and with numbers of their own."""

import re
from collections.abc import Sequence
from typing import Any

import psycopg
from sqlalchemy import Connection, ForeignKeyConstraint, Table, func, inspect, select, text

from portal.errors import Invalid

Row = Sequence[Any]


def insert_rows(connection: Connection, table: Table, rows: Sequence[Row]) -> None:
    """One COPY, which is many times faster than inserts. Raises Invalid with the row that PostgreSQL cannot hold."""
    processors = [column.type.dialect_impl(connection.dialect).bind_processor(connection.dialect) for column in table.columns]
    columns = ", ".join(f'"{column.name}"' for column in table.columns)
    driver: psycopg.Connection = connection.connection.driver_connection  # type: ignore[assignment] # as db.py makes it
    at = 0
    try:
        with driver.cursor() as cursor, cursor.copy(f'COPY "{table.name}" ({columns}) FROM STDIN'.encode()) as copy:
            for at, row in enumerate(rows):  # noqa: B007 - where it stopped is wanted below
                copy.write_row([process(value) if process else value for process, value in zip(processors, row, strict=True)])
    except (psycopg.DataError, psycopg.IntegrityError) as error:
        row = rows[_line_of(error, at)]
        key = ", ".join(f"{column.name} {row[list(table.columns).index(column)]}" for column in table.primary_key.columns)
        why = " ".join(str(error).split())
        raise Invalid(f"table {table.name}", key, f"a row that PostgreSQL can hold ({why[:300]})") from error


def _line_of(error: psycopg.Error, at: int) -> int:
    """Which row it was: the server tells the line; what does not get there is where writing stopped."""
    found = re.search(r", line (\d+)", error.diag.context or "")
    return int(found[1]) - 1 if found else at


def let_rows_come_first(connection: Connection, table: Table) -> None:
    """Rows may refer to rows of their own table that have not arrived yet."""
    for key in _own_references(table):
        connection.execute(text(f'ALTER TABLE "{table.name}" DROP CONSTRAINT IF EXISTS "{key.name}"'))


def hold_to_references(connection: Connection, table: Table) -> None:
    """From now on they may not, as before; the database checks every row that is there."""
    there = {key["name"] for key in inspect(connection).get_foreign_keys(table.name)}
    for key in _own_references(table):
        if key.name not in there:
            reference = f'FOREIGN KEY ("{key.column_keys[0]}") REFERENCES "{table.name}" ("{key.elements[0].column.name}")'
            connection.execute(text(f'ALTER TABLE "{table.name}" ADD CONSTRAINT "{key.name}" {reference}'))


def _own_references(table: Table) -> list[ForeignKeyConstraint]:
    return [key for key in table.foreign_key_constraints if key.referred_table is table]


def set_sequence(connection: Connection, table: Table) -> None:
    """The next row gets the number after the highest that is there, as on SQLite."""
    column = table.autoincrement_column
    if column is None:
        return
    sequence = connection.scalar(select(func.pg_get_serial_sequence(table.name, column.name)))
    highest = connection.scalar(select(func.max(column)))
    if sequence is not None and highest is not None:
        connection.execute(select(func.setval(sequence, highest)))

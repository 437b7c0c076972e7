"""How far a move into this database has come, table by table. It stands in the database itself, until all has arrived."""

from dataclasses import dataclass

from sqlalchemy import Connection, text

from portal.migrating import MOVE_TABLE
from portal.moving.digest import Digest


@dataclass(frozen=True)
class Noted:
    """What has arrived of one table; done when it was read back and found equal."""

    digest: Digest
    is_done: bool

    @property
    def count(self) -> int:
        return self.digest.count


def begin(connection: Connection) -> None:
    columns = "name text PRIMARY KEY, number bigint NOT NULL, total text NOT NULL, is_done bool NOT NULL"
    connection.execute(text(f"CREATE TABLE {MOVE_TABLE} ({columns})"))


def note(connection: Connection, table: str, digest: Digest, *, is_done: bool) -> None:
    """In the transaction that brings the rows, so that both are there or neither."""
    statement = text(
        f"INSERT INTO {MOVE_TABLE} VALUES (:name, :number, :total, :is_done) ON CONFLICT (name)"  # noqa: S608 - a name of ours
        " DO UPDATE SET number = excluded.number, total = excluded.total, is_done = excluded.is_done"
    )
    values = {"name": table, "number": digest.count, "total": f"{digest.total:x}", "is_done": is_done}
    connection.execute(statement, values)


def noted(connection: Connection, table: str) -> Noted:
    """How far the table has come; at its beginning when nothing was noted. One query."""
    query = text(f"SELECT number, total, is_done FROM {MOVE_TABLE} WHERE name = :name")  # noqa: S608 - a name of ours
    row = connection.execute(query, {"name": table}).one_or_none()
    return Noted(Digest(row.number, int(row.total, 16)), row.is_done) if row else Noted(Digest(), is_done=False)


def forget(connection: Connection) -> None:
    connection.execute(text(f"DROP TABLE {MOVE_TABLE}"))

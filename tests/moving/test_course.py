"""A real move of a real installation from SQLite to PostgreSQL, whole, interrupted, and refused."""

import sqlite3
from contextlib import closing
from dataclasses import replace

import pytest
from sqlalchemy import func, insert, inspect, select, text
from sqlalchemy.exc import DatabaseError

from portal import migrating
from portal.config import Config
from portal.db import Database, Model
from portal.errors import Invalid, Unavailable
from portal.events.models import Event
from portal.instance_lock import in_use
from portal.moving import course
from portal.moving.course import Moved, move
from tests.moving.conftest import change


class Stopped(Exception):
    pass


def silent(_table: str, _done: int, _total: int) -> None:
    pass


def everything(url: str) -> dict[str, list[tuple[object, ...]]]:
    database = Database(url)
    with database.reading() as session:
        found = {
            table.name: [tuple(row) for row in session.execute(select(table).order_by(*table.primary_key.columns))]
            for table in Model.metadata.sorted_tables
        }
    database.close()
    return found


def refused(url: str, statement: str) -> None:
    """What was promised is kept where it has been moved to."""
    database = Database(url)
    with pytest.raises(DatabaseError, match="stays as it was told"), database.transaction() as session:
        session.execute(text(statement))
    database.close()


@pytest.mark.slow
def test_everything_arrives_as_it_was_and_the_source_is_not_touched(source: Config, target: str) -> None:
    file = source.instance / "portal.db"
    before = file.read_bytes()
    moved = move(source, target, silent)
    assert file.read_bytes() == before
    there = everything(source.database_url)
    assert everything(target) == there
    assert moved == Moved(len(there), sum(map(len, there.values())))
    assert sum(bool(rows) for rows in there.values()) >= 20


@pytest.mark.slow
def test_the_target_is_as_migrations_make_it_and_goes_on_counting(source: Config, target: str) -> None:
    move(source, target, silent)
    database = Database(target)
    assert migrating.current(database) == migrating.head()
    constraints = {
        key["name"] for name in ("contacts", "cases", "services") for key in inspect(database.engine).get_foreign_keys(name)
    }
    assert {
        "fk_contacts_merged_into_id_contacts",
        "fk_cases_merged_into_id_cases",
        "fk_services_parent_id_services",
    } <= constraints
    assert not inspect(database.engine).has_table("portal_move")
    values = {"at": func.now(), "kind": "a.b", "subject": "c:1", "facts": {}}
    with database.transaction() as session:
        assert session.scalar(insert(Event).values(**values).returning(Event.id)) == 900_001
    database.close()
    for statement in ("DELETE FROM promises", "UPDATE promise_revisions SET made_by = 3", "TRUNCATE promises CASCADE"):
        refused(target, statement)


@pytest.mark.slow
def test_a_move_that_stops_anywhere_goes_on_where_it_was(source: Config, target: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(course, "PORTION", 400)  # so that every larger table takes several
    told: list[tuple[str, int]] = []
    stops = 0

    def stop_after_each_portion_of_some(table: str, done: int, total: int) -> None:
        told.append((table, done))
        if table in {"contacts", "cases", "events"} and 0 < done < total and told.count((table, done)) == 1:
            raise Stopped

    while True:
        try:
            move(source, target, stop_after_each_portion_of_some)
            break
        except Stopped:
            stops += 1
    assert stops > 5
    assert everything(target) == everything(source.database_url)


@pytest.mark.slow
def test_a_source_that_was_used_meanwhile_is_moved_from_the_beginning(source: Config, target: str) -> None:
    def stop_when_promises_are_there(table: str, done: int, total: int) -> None:
        if table == "promises" and done == total:
            raise Stopped

    with pytest.raises(Stopped):
        move(source, target, stop_when_promises_are_there)
    change(source, "UPDATE contacts SET name = 'Iemand anders' WHERE id = 3", "DELETE FROM heartbeats")
    move(source, target, silent)
    assert everything(target) == everything(source.database_url)
    refused(target, "DELETE FROM promises")


def test_what_is_half_moved_is_not_served_nor_moved_into_by_another(source: Config, target: str) -> None:
    def stop(table: str, done: int, _total: int) -> None:
        if table == "channels" and done:
            raise Stopped

    with pytest.raises(Stopped):
        move(source, target, stop)
    database = Database(target)
    with pytest.raises(Unavailable, match="has not ended"):
        migrating.upgrade(database)
    database.close()


def test_a_target_that_holds_data_is_refused_and_left_as_it_is(source: Config, target: str) -> None:
    database = Database(target)
    migrating.upgrade(database)
    with database.transaction() as session:
        session.execute(text("INSERT INTO heartbeats VALUES ('worker', now())"))
    with pytest.raises(Unavailable, match="holds data already, in the table heartbeats"):
        move(source, target, silent)
    with database.transaction() as session:
        assert session.scalar(text("SELECT count(*) FROM heartbeats")) == 1
        session.execute(text("DELETE FROM heartbeats"))
        session.execute(text("CREATE TABLE invoices (id int)"))
    with pytest.raises(Unavailable, match="holds other tables, such as invoices"):
        move(source, target, silent)
    database.close()


def test_while_the_portal_runs_nothing_is_moved(source: Config, target: str) -> None:
    with in_use(source.instance), pytest.raises(Unavailable, match="The portal is running"):
        move(source, target, silent)


def test_a_source_of_an_earlier_release_is_refused_unchanged(source: Config, target: str) -> None:
    database = Database(source.database_url)
    migrating.downgrade(database, "0009")
    database.close()
    with pytest.raises(Unavailable, match=r"is at revision 0009, this release needs \d+: run flask portal migrate"):
        move(source, target, silent)


def test_only_from_sqlite_and_only_to_a_server_that_answers(source: Config, target: str) -> None:
    with pytest.raises(Unavailable, match="in PostgreSQL already"):
        move(replace(source, database_url=target), target, silent)
    with pytest.raises(Unavailable, match="does not answer"):
        move(source, "postgresql+psycopg://nobody@127.0.0.1:1/nothing", silent)


@pytest.mark.parametrize(
    ("statement", "named"),
    [
        ("UPDATE channels SET name = 'a' || char(0) || 'b' WHERE id = 2", "table channels: 'id 2' is not right"),
        (
            "UPDATE channels SET note_nl = note_nl, address = printf('%0400d', 1) WHERE id = 3",
            "table channels: 'id 3' is not right",
        ),
    ],
)
def test_a_row_that_postgresql_cannot_hold_is_named(source: Config, target: str, statement: str, named: str) -> None:
    change(source, statement)
    with pytest.raises(Invalid) as refusal:
        move(source, target, silent)
    assert named in refusal.value.message
    with closing(sqlite3.connect(source.instance / "portal.db")) as connection:
        connection.execute("UPDATE channels SET name = 'b', address = '' WHERE id IN (2, 3)")
        connection.commit()
    move(source, target, silent)
    assert len(everything(target)["channels"]) == len(everything(source.database_url)["channels"]) > 3

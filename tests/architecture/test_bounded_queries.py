"""SQLite, without statistics, goes straight to what is asked of all that was ever promised; PostgreSQL: test_query_plans."""

from typing import Any

from sqlalchemy import Select, select

from portal.db import Database
from portal.promises.models import Promise
from portal.promises.rows import first_told_rows
from portal.promises.without_time import has_no_time


def steps(database: Database, query: Select[*tuple[Any, ...]]) -> list[str]:
    """How SQLite would answer this."""
    compiled = query.compile(dialect=database.engine.dialect, compile_kwargs={"render_postcompile": True})
    values = tuple(compiled.params[name] for name in compiled.positiontup or ())
    with database.engine.connect() as connection:
        explained = connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {compiled}", values)
        return [row.detail for row in explained]


def test_the_first_customer_who_was_told_a_time_is_the_first_entry_of_an_index(sqlite_database: Database) -> None:
    found = [step for step in steps(sqlite_database, first_told_rows()) if "channels" not in step and "SCALAR" not in step]
    assert found
    assert set(found) == {"SEARCH promises USING INDEX ix_promises_first_told (channel_id=?)"}, "and nothing is sorted"


def test_who_was_told_no_time_is_looked_for_among_those_who_wait_alone(sqlite_database: Database) -> None:
    found = steps(sqlite_database, select(Promise.id).where(*has_no_time()))
    assert [step for step in found if " promises " in f"{step} "] == [
        "SEARCH promises USING INTEGER PRIMARY KEY (rowid=?)",
        "SEARCH promises USING INDEX ix_promises_without_time (notice_at>?)",
        "SEARCH promises USING INDEX ix_promises_heard_more (left_at=?)",
    ]
    assert [step for step in found if "promise_revisions" in step] == [
        "SEARCH promise_revisions USING INDEX ix_promise_revisions_without_time (promise_id=?)",
        "SEARCH promise_revisions USING INDEX ix_promise_revisions_promise_id (promise_id=?)",
    ]

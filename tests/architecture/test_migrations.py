"""The migrations and the models say the same, in both directions, on both databases."""

import pytest
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from sqlalchemy import Column, inspect, text
from sqlalchemy.schema import CreateIndex

from portal import migrating
from portal.db import Database, Model


@pytest.mark.filterwarnings("ignore:Skipped unsupported reflection of expression-based index")  # compared in words below
@pytest.mark.filterwarnings("ignore:autogenerate skipping metadata-specified expression-based index")
def test_the_migrated_database_is_what_the_models_say(database: Database) -> None:
    with database.reading() as session:
        context = MigrationContext.configure(session.connection(), opts={"compare_type": True})
        assert compare_metadata(context, Model.metadata) == []


def test_indexes_on_expressions_are_what_the_models_say(sqlite_database: Database) -> None:
    dialect = sqlite_database.engine.dialect
    wanted = {
        index.name: str(CreateIndex(index).compile(dialect=dialect))
        for table in Model.metadata.sorted_tables
        for index in table.indexes
        if not all(isinstance(expression, Column) for expression in index.expressions)
    }
    with sqlite_database.reading() as session:
        rows = session.execute(text("SELECT name, sql FROM sqlite_master WHERE type = 'index'")).all()
    assert {name: " ".join(sql.split()) for name, sql in rows if name in wanted} == wanted
    assert "ix_events_noun" in wanted


def test_migrating_down_leaves_nothing_and_up_again_works(tmp_path: object, postgresql_url: str) -> None:
    database = Database(f"sqlite:///{tmp_path}/round.db")
    migrating.upgrade(database)
    migrating.downgrade(database, "base")
    assert set(inspect(database.engine).get_table_names()) <= {"alembic_version"}
    assert migrating.upgrade(database) == migrating.head()
    database.close()

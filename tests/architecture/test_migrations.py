"""The migrations and the models say the same, in both directions, on both databases."""

from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from sqlalchemy import inspect

from portal import migrating
from portal.db import Database, Model


def test_the_migrated_database_is_what_the_models_say(database: Database) -> None:
    with database.reading() as session:
        context = MigrationContext.configure(session.connection(), opts={"compare_type": True})
        assert compare_metadata(context, Model.metadata) == []


def test_migrating_down_leaves_nothing_and_up_again_works(tmp_path: object, postgresql_url: str) -> None:
    database = Database(f"sqlite:///{tmp_path}/round.db")
    migrating.upgrade(database)
    migrating.downgrade(database, "base")
    assert set(inspect(database.engine).get_table_names()) <= {"alembic_version"}
    assert migrating.upgrade(database) == migrating.head()
    database.close()

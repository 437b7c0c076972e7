"""Alembic from Python: bring a database to this release, or ask whether it is there."""

from pathlib import Path

from alembic import command
from alembic.config import Config as AlembicConfig
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, inspect

from portal.db import Database, take_turn, wait_for_locks
from portal.errors import Unavailable

MOVE_TABLE = "portal_move"  # stands in a database for as long as a move into it has not ended
_FOLDER = Path(__file__).parent.parent / "migrations"


def alembic_config(connection: Connection | None = None) -> AlembicConfig:
    """What Alembic needs to know; the migrations run on `connection`, in its transaction."""
    config = AlembicConfig()
    config.set_main_option("script_location", str(_FOLDER))
    config.set_main_option("path_separator", "os")
    config.attributes["connection"] = connection
    return config


def upgrade(database: Database, revision: str = "head") -> str:
    """Brings the database to `revision`, all steps in one transaction; returns the revision that it is at then.

    Raises Unavailable for one in which a move has not ended: every start comes by here, and half the data is no installation.
    """
    with database.transaction() as session:
        wait_for_locks(session)
        take_turn(session, "migrations")  # machines that start together do not migrate together
        if is_being_moved_into(session.connection()):
            raise Unavailable("A move into this database has not ended: run flask portal move again, from where it was started.")
        command.upgrade(alembic_config(session.connection()), revision)
    return current(database) or ""


def downgrade(database: Database, revision: str) -> None:
    """Takes the database back to `revision`, with what later ones held."""
    with database.transaction() as session:
        command.downgrade(alembic_config(session.connection()), revision)


def current(database: Database) -> str | None:
    """The revision that the database is at; None when it is empty."""
    with database.reading() as session:
        return revision_of(session.connection())


def revision_of(connection: Connection) -> str | None:
    """The same of the database at the other end of a connection."""
    return MigrationContext.configure(connection).get_current_revision()


def head() -> str:
    """The revision that this release needs."""
    return ScriptDirectory.from_config(alembic_config()).get_current_head() or ""


def is_being_moved_into(connection: Connection) -> bool:
    """Whether a move into this database has begun and not ended. One query."""
    return inspect(connection).has_table(MOVE_TABLE)

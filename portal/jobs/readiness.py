"""Whether this installation can do its work: each thing that it depends on is asked, and each answer is named."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import text
from sqlalchemy.exc import SQLAlchemyError

from portal import migrating
from portal.db import Database
from portal.jobs.rules import is_silent
from portal.jobs.store import WORKER, last_beat


@dataclass(frozen=True)
class Check:
    """`detail` is for the one who has to mend it; it holds no secret, because everybody may read it."""

    name: str
    is_well: bool
    detail: str


def checks(database: Database, now: datetime) -> list[Check]:
    """Database, migrations and worker, in this order; one that cannot be asked counts as not well. Three queries."""
    answers = []
    for name, ask in (("database", _database), ("migrations", _migrations), ("worker", _worker)):
        try:
            answers.append(Check(name, *ask(database, now)))
        except SQLAlchemyError as error:
            answers.append(Check(name, is_well=False, detail=f"the database does not answer ({type(error).__name__})"))
    return answers


def _database(database: Database, _now: datetime) -> tuple[bool, str]:
    with database.reading() as session:
        session.execute(text("SELECT 1"))
    return True, "answers"


def _migrations(database: Database, _now: datetime) -> tuple[bool, str]:
    there, needed = migrating.current(database), migrating.head()
    if there == needed:
        return True, f"at revision {needed}"
    return False, f"at revision {there or 'none'}, this release needs {needed}: run flask portal migrate"


def _worker(database: Database, now: datetime) -> tuple[bool, str]:
    with database.reading() as session:
        at = last_beat(session, WORKER)
    if at is None:
        return False, "never heard of: run flask portal worker"
    seconds = int((now - at).total_seconds())
    return not is_silent(at, now), f"last heard of {seconds} seconds ago"

"""Whether this installation can do its work: each thing that it depends on is asked, and each answer is named."""

from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from sqlalchemy import text
from sqlalchemy.exc import SQLAlchemyError

from portal import migrating
from portal.db import Database
from portal.jobs.rules import SILENT_AFTER, is_silent
from portal.jobs.store import WORKER, last_beat
from portal.notifications import follower
from portal.notifications import store as ledger
from portal.publication import shelf
from portal.publication.stale import is_stale


@dataclass(frozen=True)
class Check:
    """`detail` is for the one who has to mend it; it holds no secret, because everybody may read it."""

    name: str
    is_well: bool
    detail: str


def checks(database: Database, public_folder: Path, now: datetime) -> list[Check]:
    """Database, migrations, worker, messages, publication; one that cannot be asked counts as not well. At most six queries."""
    answers = []
    for name, ask in (("database", _database), ("migrations", _migrations), ("worker", _worker), ("messages", _messages)):
        try:
            answers.append(Check(name, *ask(database, now)))
        except SQLAlchemyError as error:
            answers.append(Check(name, is_well=False, detail=f"the database does not answer ({type(error).__name__})"))
    return [*answers, Check("publication", *_publication(public_folder, now))]


def is_unpublished(public_folder: Path, now: datetime) -> bool:
    """Whether nobody has made sure of the public documents for too long."""
    said = shelf.checked(public_folder)
    return is_stale(None, said.at if said else None, now)


def _publication(public_folder: Path, now: datetime) -> tuple[bool, str]:
    said = shelf.checked(public_folder)
    if said is None:
        return False, "nothing is published: run flask portal publisher"
    seconds = int((now - said.at).total_seconds())
    return not is_unpublished(public_folder, now), f"last made sure of {seconds} seconds ago"


def _database(database: Database, _now: datetime) -> tuple[bool, str]:
    with database.reading() as session:
        session.execute(text("SELECT 1"))
    return True, "answers"


def _migrations(database: Database, _now: datetime) -> tuple[bool, str]:
    there, needed = migrating.current(database), migrating.head()
    if there == needed:
        return True, f"at revision {needed}"
    return False, f"at revision {there or 'none'}, this release needs {needed}: run flask portal migrate"


def _messages(database: Database, now: datetime) -> tuple[bool, str]:
    with database.reading() as session:
        is_behind, is_stuck = follower.is_behind(session, now, SILENT_AFTER), ledger.is_stuck(session, now, SILENT_AFTER)
    if is_behind:
        return False, "customers are not told of what happened: nobody reads the journal"
    return (False, "messages wait to be sent, and nobody tries") if is_stuck else (True, "customers are told in time")


def _worker(database: Database, now: datetime) -> tuple[bool, str]:
    with database.reading() as session:
        at = last_beat(session, WORKER)
    if at is None:
        return False, "never heard of: run flask portal worker"
    seconds = int((now - at).total_seconds())
    return not is_silent(at, now), f"last heard of {seconds} seconds ago"

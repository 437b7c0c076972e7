"""What keeps the desks quick and right: snapshots, facts that are no longer needed, and desks made anew. Done each minute."""

import json
import logging
from dataclasses import replace
from datetime import datetime, timedelta

from sqlalchemy import delete, update
from sqlalchemy.exc import InterfaceError, OperationalError
from sqlalchemy.orm import Session

from portal.db import Database
from portal.promises.basis import opening_of
from portal.promises.desk_log import Standing, begin, facts_after, locked_standing, new_mark, standings
from portal.promises.desk_memory import memory_of
from portal.promises.desk_models import DeskFact, DeskRow
from portal.promises.desk_rebuilding import rebuilt
from portal.promises.estimator import Desk
from portal.promises.opening_clock import Reading

SAVE_AFTER = 200  # facts; reading so many takes a process that starts some milliseconds
_SKEW = timedelta(hours=1)

logger = logging.getLogger(__name__)


def keep(database: Database, now: datetime) -> None:
    """Rebuilds the desks for which it was asked or which cannot be read, and saves those that have heard much.

    One query when there is nothing to do. What is the matter with one desk keeps no other waiting: it is raised at the end.
    """
    with database.reading() as session:
        stand, memory = standings(session), memory_of(session)
        memory.catch_up(session, stand)
        with memory.lock:
            makeshift = {channel_id for channel_id, kept in memory.desks.items() if kept.is_makeshift}
    fault: Exception | None = None
    for each in stand.values():
        try:
            _keep_one(database, each, now, is_makeshift=each.channel_id in makeshift)
        except (OperationalError, InterfaceError):
            raise  # it is the database, and no desk
        except Exception as error:  # noqa: BLE001 - whatever it is: the other desks are kept
            logger.error("The desk of channel %s cannot be kept (%s)", each.channel_id, type(error).__name__)  # noqa: TRY400
            fault = fault or error
    if fault is not None:
        raise fault


def _keep_one(database: Database, stand: Standing, now: datetime, *, is_makeshift: bool) -> None:
    if stand.asked != stand.rebuilt or is_makeshift or stand.reading.at > now + _SKEW:
        rebuild(database, stand.channel_id, now)
    elif stand.last_number - stand.snapshot_number >= SAVE_AFTER:
        with database.transaction() as session:
            save(session, stand)


def rebuild(database: Database, channel_id: int, now: datetime) -> None:
    """Makes the desk anew from the promises. What it hears meanwhile is heard after; two at once do no harm."""
    with database.reading() as session:
        if session.get_bind().dialect.name == "postgresql":
            session.connection(execution_options={"isolation_level": "REPEATABLE READ"})
        before = standings(session, [channel_id]).get(channel_id)
        found = rebuilt(session, channel_id, now)
    with database.transaction() as session:
        begin(session, channel_id)
        there = locked_standing(session, channel_id)
        assert there
        if before is not None and before.mark != there.mark:
            return
        reading = found.reading
        if there.reading.at <= now + _SKEW:  # else a clock ran far ahead, and what was heard by it is left out
            reading = reading.moved_to(there.reading.at, opening_of(session, channel_id))
            _hear_what_came_meanwhile(session, found.desk, before, there, reading)
        values = {
            "mark": new_mark(),
            "clock_at": reading.at,
            "clock_microseconds": reading.microseconds,
            "rebuilt": before.asked if before else 0,
        }
        _write(session, channel_id, found.desk, there.last_number, values)


def _hear_what_came_meanwhile(session: Session, desk: Desk, before: Standing | None, there: Standing, reading: Reading) -> None:
    """The facts since `before`, told by the clock of the desk that was: it may have run along other opening times than ours."""
    number = before.last_number if before else 0
    apart = reading.minutes - there.reading.minutes
    for _number, fact in facts_after(session, {there.channel_id: number}).get(there.channel_id, []):
        desk.hear(replace(fact, clock=fact.clock + apart, since=fact.since + apart))


def save(session: Session, stand: Standing) -> None:
    """Writes down what the desk is after all that it has heard, and removes the facts."""
    there = locked_standing(session, stand.channel_id)
    memory = memory_of(session)
    if there is None or there.mark != stand.mark:
        return
    memory.catch_up(session, {stand.channel_id: there})
    with memory.lock:
        kept = memory.desks[stand.channel_id]
        if kept.mark == there.mark and not kept.is_makeshift and kept.number >= there.snapshot_number:
            _write(session, stand.channel_id, kept.desk, kept.number, {})


def _write(session: Session, channel_id: int, desk: Desk, number: int, others: dict[str, object]) -> None:
    snapshot = json.dumps(desk.as_json(), allow_nan=False, separators=(",", ":"))
    values = {"snapshot": snapshot, "snapshot_number": number, "snapshot_format": Desk.FORMAT, **others}
    session.execute(update(DeskRow).where(DeskRow.channel_id == channel_id).values(values))
    session.execute(delete(DeskFact).where(DeskFact.channel_id == channel_id, DeskFact.number <= number))

"""From stored deliveries to cases: what the worker does. The table is the truth; who looks at it twice does nothing twice."""

import logging
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.exc import DBAPIError

from portal.connectors.intake import LONGEST_ERROR, understand_stored
from portal.connectors.models import Inbound
from portal.connectors.rules import InboundState
from portal.db import Database, is_passing

MOST_TOGETHER = 500
MOST_TRIES = 5

logger = logging.getLogger(__name__)


@dataclass(frozen=True)
class Swept:
    """How many deliveries were understood, and how many could not be."""

    understood: int = 0
    failed: int = 0

    def __add__(self, other: "Swept") -> "Swept":
        return Swept(self.understood + other.understood, self.failed + other.failed)


def understand_new(database: Database, now: datetime, *, most: int = MOST_TOGETHER) -> Swept:
    """Understands what was stored and not looked at yet, oldest first. One query when there is nothing."""
    return _looked_through(database, now, most, again=False)


def sweep(database: Database, now: datetime, *, most: int = MOST_TOGETHER) -> Swept:
    """The same, and tries again what failed before. One that fails five times is set apart, for staff to look at."""
    return _looked_through(database, now, most, again=True)


def _looked_through(database: Database, now: datetime, most: int, *, again: bool) -> Swept:
    left = select(Inbound.id).where(Inbound.state == InboundState.STORED)
    if not again:
        left = left.where(Inbound.tries == 0)
    with database.reading() as session:
        ids = session.scalars(left.order_by(Inbound.received_at, Inbound.id).limit(most)).all()
    return _understood(database, ids, now)


def _understood(database: Database, ids: Sequence[int], now: datetime) -> Swept:
    """Understands these in one transaction; when something in it fails, in halves, until it is found which one it is."""
    if not ids:
        return Swept()
    try:
        with database.transaction() as session:
            receipts = understand_stored(session, ids, now)
    except Exception as error:  # whatever it is: the deliveries behind this one must not wait for a release that mends it
        if isinstance(error, DBAPIError) and is_passing(error):
            raise  # no delivery is to blame: all are looked at again when the database is well
        if len(ids) == 1:
            logger.exception("Delivery %s cannot be understood", ids[0])
            _note_failure(database, ids[0], error)
            return Swept(failed=1)
        middle = len(ids) // 2
        return _understood(database, ids[:middle], now) + _understood(database, ids[middle:], now)
    failed = sum(receipt.fault is not None for receipt in receipts)
    return Swept(len(receipts) - failed, failed)


def _note_failure(database: Database, inbound_id: int, error: Exception) -> None:
    with database.transaction() as session:
        row = session.get_one(Inbound, inbound_id, with_for_update=True)
        row.tries += 1
        row.error = str(error)[:LONGEST_ERROR]
        if row.tries >= MOST_TRIES:
            row.state = InboundState.FAILED

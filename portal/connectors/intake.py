"""The one door in. A delivery is stored raw and saved first; only then it is understood, in a transaction of its own.

A crash between the two loses nothing: the sender was told nothing yet, and the sweep understands what was left behind.
"""

import hashlib
import logging
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import select, update
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import Session

from portal.cases.models import Case, CaseMessage
from portal.cases.rules import IGNORED, Outcome
from portal.cases.store import take_message
from portal.connectors.models import Inbound
from portal.connectors.reading import read_delivery
from portal.connectors.rules import HookOutcome, InboundState
from portal.connectors.store import count
from portal.db import Database, insert_or_ignore
from portal.errors import Invalid
from portal.organisation.models import Channel
from portal.promises import store as promises
from portal.promises.models import Promise

LEFT_BEHIND_AFTER = timedelta(minutes=1)
MOST_TRIES = 5
_LONGEST_ERROR = 1_000

logger = logging.getLogger(__name__)


@dataclass(frozen=True)
class Receipt:
    """What the sender is told: what became of the message, and of the case that it belongs to."""

    outcome: Outcome
    case: Case | None = None
    promise: Promise | None = None


def receive(database: Database, channel: Channel, delivery_id: str, body: bytes, now: datetime) -> Receipt:
    """Stores a delivery, then understands it; both are on disk when this returns. The same delivery again changes nothing.

    Raises Invalid for a body that cannot be understood; it is kept, for staff to look at.
    """
    with database.transaction() as session:
        inbound_id = store_raw(session, channel.id, delivery_id, body, now)
    with database.transaction() as session:
        receipt, fault = understand(session, inbound_id, now)
    if fault is not None:
        raise fault
    return receipt


def store_raw(session: Session, channel_id: int, delivery_id: str, body: bytes, now: datetime) -> int:
    """The id of the row that holds this delivery; made unless it is there."""
    digest = hashlib.sha256(body).hexdigest()
    key = {"channel_id": channel_id, "delivery_id": delivery_id, "digest": digest}
    values = {**key, "body": body, "received_at": now, "state": InboundState.STORED, "tries": 0, "error": "", "message_id": ""}
    made = insert_or_ignore(session, Inbound, values, unique=["channel_id", "delivery_id", "digest"])
    return made or session.scalars(select(Inbound.id).filter_by(**key)).one()


def understand(session: Session, inbound_id: int, now: datetime) -> tuple[Receipt, Invalid | None]:
    """Does what a stored delivery says, once; with the fault, when there is one, the row says so too."""
    row = session.get_one(Inbound, inbound_id, with_for_update=True, populate_existing=True)
    if row.state is InboundState.UNDERSTOOD:
        count(session, row.channel_id, HookOutcome.ALREADY_THERE, now)
        return _known(session, row), None
    try:
        delivery = read_delivery(row.body)
    except Invalid as fault:
        row.state, row.error = InboundState.REJECTED, fault.message[:_LONGEST_ERROR]
        count(session, row.channel_id, HookOutcome.MALFORMED, now)
        return Receipt(Outcome.UNKNOWN_KIND), fault
    outcome, case = Outcome.UNKNOWN_KIND, None
    if delivery.message is not None:
        row.message_id = delivery.message.message_id
        taken = take_message(session, session.get_one(Channel, row.channel_id), delivery.message, row.received_at)
        outcome, case = taken.outcome, taken.case
    row.state, row.error = InboundState.UNDERSTOOD, ""
    session.flush()
    if outcome is Outcome.DELETED:
        forget_raw(session, row.channel_id, row.message_id)
    count(session, row.channel_id, _counted_as(outcome), now)
    return Receipt(outcome, case, promises.promise_of(session, case.id) if case else None), None


def forget_raw(session: Session, channel_id: int, message_id: str) -> None:
    """Empties every stored delivery of a message that its author deleted."""
    mine = (Inbound.channel_id == channel_id, Inbound.message_id == message_id)
    session.execute(update(Inbound).where(*mine).values(body=b""))


def _known(session: Session, row: Inbound) -> Receipt:
    case = session.scalar(
        select(Case)
        .join(CaseMessage, CaseMessage.case_id == Case.id)
        .where(CaseMessage.channel_id == row.channel_id, CaseMessage.message_id == row.message_id)
    )
    return Receipt(Outcome.ALREADY_THERE, case, promises.promise_of(session, case.id) if case else None)


def _counted_as(outcome: Outcome) -> HookOutcome:
    if outcome is Outcome.ALREADY_THERE:
        return HookOutcome.ALREADY_THERE
    return HookOutcome.IGNORED if outcome in IGNORED else HookOutcome.TAKEN


@dataclass(frozen=True)
class Swept:
    understood: int
    failed: int


def sweep(database: Database, now: datetime, *, most: int = 500) -> Swept:
    """Understands deliveries that a crash left behind, oldest first, each in a transaction of its own.

    One that fails again and again is set apart after five tries, for staff to look at.
    """
    with database.reading() as session:
        left = select(Inbound.id).where(Inbound.state == InboundState.STORED, Inbound.received_at <= now - LEFT_BEHIND_AFTER)
        ids = session.scalars(left.order_by(Inbound.received_at, Inbound.id).limit(most)).all()
    failed = 0
    for inbound_id in ids:
        try:
            with database.transaction() as session:
                _receipt, fault = understand(session, inbound_id, now)
            failed += fault is not None
        except SQLAlchemyError as error:
            logger.exception("Delivery %s cannot be understood", inbound_id)
            _note_failure(database, inbound_id, error)
            failed += 1
    return Swept(len(ids) - failed, failed)


def _note_failure(database: Database, inbound_id: int, error: Exception) -> None:
    with database.transaction() as session:
        row = session.get_one(Inbound, inbound_id, with_for_update=True)
        row.tries += 1
        row.error = str(error)[:_LONGEST_ERROR]
        if row.tries >= MOST_TRIES:
            row.state = InboundState.FAILED

"""The one door in. A delivery is stored raw and saved first; only then it is understood, in a transaction of its own.

A crash between the two loses nothing: the sender was told nothing yet, and the sweep understands what was left behind.
"""

import hashlib
import logging
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from portal.cases.models import Case, CaseMessage
from portal.cases.rules import IGNORED, Message, Outcome
from portal.cases.store import take_messages
from portal.connectors.models import HookCount, Inbound
from portal.connectors.reading import read_delivery
from portal.connectors.rules import HookOutcome, InboundState
from portal.db import Database, add_up_all, insert_all_or_ignore, insert_or_ignore
from portal.errors import Invalid
from portal.organisation.models import Channel
from portal.promises import store as promises
from portal.promises.models import Promise

LEFT_BEHIND_AFTER = timedelta(minutes=1)
MOST_TRIES = 5
_LONGEST_ERROR = 1_000

logger = logging.getLogger(__name__)


@dataclass(frozen=True)
class Delivery:
    """What a sender brought to the door of a channel, byte for byte."""

    channel_id: int
    delivery_id: str
    body: bytes

    @property
    def key(self) -> tuple[int, str, str]:
        return self.channel_id, self.delivery_id, hashlib.sha256(self.body).hexdigest()


@dataclass(frozen=True)
class Receipt:
    """What the sender is told: what became of the message, and of the case that it belongs to; or why it was not taken."""

    outcome: Outcome
    case: Case | None = None
    promise: Promise | None = None
    fault: Invalid | None = None


def receive(database: Database, deliveries: Sequence[Delivery], now: datetime) -> list[Receipt]:
    """Stores deliveries, then understands them; all is on disk when this returns. The same one again changes nothing.

    What cannot be understood is kept too, for staff to look at; its receipt holds the fault.
    """
    with database.transaction() as session:
        ids = store_raw(session, deliveries, now)
    with database.transaction() as session:
        return understand(session, ids, now)


def store_raw(session: Session, deliveries: Sequence[Delivery], now: datetime) -> list[int]:
    """The ids of the rows that hold these deliveries; made unless they are there."""
    rows = [
        {
            "channel_id": channel_id,
            "delivery_id": delivery_id,
            "digest": digest,
            "body": each.body,
            "received_at": now,
            "state": InboundState.STORED,
            "tries": 0,
            "error": "",
            "message_id": "",
        }
        for each in deliveries
        for channel_id, delivery_id, digest in [each.key]
    ]
    unique = ["channel_id", "delivery_id", "digest"]
    if len(rows) == 1 and (made := insert_or_ignore(session, Inbound, rows[0], unique=unique)) is not None:
        return [made]
    insert_all_or_ignore(session, Inbound, rows, unique=unique)
    columns = (Inbound.id, Inbound.channel_id, Inbound.delivery_id, Inbound.digest)
    mine = select(*columns).where(Inbound.delivery_id.in_({each.delivery_id for each in deliveries}))
    mine = mine.where(Inbound.channel_id.in_({each.channel_id for each in deliveries}))
    found = {(row.channel_id, row.delivery_id, row.digest): row.id for row in session.execute(mine)}
    return [found[each.key] for each in deliveries]


def understand(session: Session, inbound_ids: Sequence[int], now: datetime) -> list[Receipt]:
    """Does what stored deliveries say, each once; where one has a fault, its row says so too."""
    wanted = select(Inbound).where(Inbound.id.in_(set(inbound_ids))).order_by(Inbound.id).with_for_update()
    rows = {row.id: row for row in session.scalars(wanted, execution_options={"populate_existing": True})}
    receipts = _known(session, [row for row in rows.values() if row.state is InboundState.UNDERSTOOD])
    messages: dict[int, Message] = {}
    for row in rows.values():
        if row.id in receipts:
            continue
        try:
            message = read_delivery(row.body).message
        except Invalid as fault:
            row.state, row.error = InboundState.REJECTED, fault.message[:_LONGEST_ERROR]
            receipts[row.id] = Receipt(Outcome.UNKNOWN_KIND, fault=fault)
            continue
        if message is None:
            receipts[row.id] = Receipt(Outcome.UNKNOWN_KIND)
        else:
            messages[row.id] = message
            row.message_id = message.message_id
        row.state, row.error = InboundState.UNDERSTOOD, ""
    receipts |= _taken(session, rows, messages, now)
    session.flush()
    told: list[Receipt] = []
    for place, inbound_id in enumerate(inbound_ids):
        again = inbound_id in inbound_ids[:place] and receipts[inbound_id].fault is None
        told.append(replace(receipts[inbound_id], outcome=Outcome.ALREADY_THERE) if again else receipts[inbound_id])
    _count(session, [(rows[inbound_id].channel_id, receipt) for inbound_id, receipt in zip(inbound_ids, told, strict=True)], now)
    return told


def _taken(session: Session, rows: dict[int, Inbound], messages: dict[int, Message], now: datetime) -> dict[int, Receipt]:
    """The receipts of messages that are taken now."""
    if not messages:
        return {}
    by_id = select(Channel).where(Channel.id.in_({rows[inbound_id].channel_id for inbound_id in messages}))
    channels = {channel.id: channel for channel in session.scalars(by_id)}
    batch = [(channels[rows[inbound_id].channel_id], message) for inbound_id, message in messages.items()]
    found = dict(zip(messages, take_messages(session, batch, now), strict=True))
    for inbound_id, each in found.items():
        if each.outcome is Outcome.DELETED:
            forget_raw(session, rows[inbound_id].channel_id, rows[inbound_id].message_id)
    made = promises.promises_of(session, {each.case.id for each in found.values() if each.case})
    return {
        inbound_id: Receipt(each.outcome, each.case, made[each.case.id][-1] if each.case else None)
        for inbound_id, each in found.items()
    }


def forget_raw(session: Session, channel_id: int, message_id: str) -> None:
    """Empties every stored delivery of a message that its author deleted."""
    session.flush()
    mine = (Inbound.channel_id == channel_id, Inbound.message_id == message_id)
    session.execute(update(Inbound).where(*mine).values(body=b""))


def _known(session: Session, rows: Sequence[Inbound]) -> dict[int, Receipt]:
    """The receipts of deliveries that were understood before."""
    receipts: dict[int, Receipt] = {}
    for row in rows:
        case = session.scalar(
            select(Case)
            .join(CaseMessage, CaseMessage.case_id == Case.id)
            .where(CaseMessage.channel_id == row.channel_id, CaseMessage.message_id == row.message_id)
        )
        receipts[row.id] = Receipt(Outcome.ALREADY_THERE, case, promises.promise_of(session, case.id) if case else None)
    return receipts


def _count(session: Session, receipts: Sequence[tuple[int, Receipt]], now: datetime) -> None:
    numbers = Counter((channel_id, _counted_as(receipt)) for channel_id, receipt in receipts)
    rows = [
        {"channel_id": channel_id, "counted_on": now.date(), "outcome": outcome, "n": n}
        for (channel_id, outcome), n in sorted(numbers.items())
    ]
    add_up_all(session, HookCount, ("channel_id", "counted_on", "outcome"), rows)


def _counted_as(receipt: Receipt) -> HookOutcome:
    if receipt.fault is not None:
        return HookOutcome.MALFORMED
    if receipt.outcome is Outcome.ALREADY_THERE:
        return HookOutcome.ALREADY_THERE
    return HookOutcome.IGNORED if receipt.outcome in IGNORED else HookOutcome.TAKEN


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
                (receipt,) = understand(session, [inbound_id], now)
            failed += receipt.fault is not None
        except Exception as error:  # whatever it is: the deliveries behind this one must not wait for a release that mends it
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

"""The one way in. A delivery is stored raw and saved first; then it is understood, by the worker or by the door itself.

A crash between the two loses nothing: what is stored and not understood is found in the table.
"""

import hashlib
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from functools import cached_property
from typing import Any

from sqlalchemy import Row, func, select, update
from sqlalchemy.engine import Connection
from sqlalchemy.orm import Session

from portal.cases.models import Case, CaseMessage
from portal.cases.rules import IGNORED, Message, Outcome
from portal.cases.store import Taken, take_messages
from portal.connectors.models import Inbound
from portal.connectors.reading import read_delivery
from portal.connectors.rules import HookOutcome, InboundState
from portal.connectors.store import count_all
from portal.db import Database
from portal.errors import Invalid
from portal.inserting import insert_new, update_all
from portal.organisation.models import Channel
from portal.promises import store as promises
from portal.promises.models import Promise

LONGEST_ERROR = 1_000
_UNIQUE = ("channel_id", "delivery_id", "digest")
_ONE_BY_ONE = 4_100  # PostgreSQL's locks of two numbers; this first one is ours


@dataclass(frozen=True)
class Delivery:
    """What a sender brought to the door of a channel, byte for byte, and when. `error` says why it cannot be understood."""

    channel_id: int
    delivery_id: str
    body: bytes
    received_at: datetime
    error: str = ""

    @cached_property
    def digest(self) -> str:
        return hashlib.sha256(self.body).hexdigest()


@dataclass(frozen=True)
class Receipt:
    """What became of the message in a delivery, and of the case that it belongs to; or why it was not taken."""

    outcome: Outcome
    case: Case | None = None
    promise: Promise | None = None
    fault: Invalid | None = None


def store_raw(connection: Connection, deliveries: Sequence[Delivery]) -> list[bool]:
    """Stores deliveries and tells for each whether it is new. What cannot be understood is kept too, for staff to look at."""
    rows = [
        {
            "channel_id": each.channel_id,
            "delivery_id": each.delivery_id,
            "digest": each.digest,
            "body": each.body,
            "received_at": each.received_at,
            "state": InboundState.REJECTED if each.error else InboundState.STORED,
            "tries": 0,
            "error": each.error,
            "message_id": "",
        }
        for each in deliveries
    ]
    return insert_new(connection, Inbound, rows, unique=_UNIQUE)


def receive(database: Database, deliveries: Sequence[Delivery], now: datetime) -> list[Receipt]:
    """Stores deliveries and understands them at once; all is on disk when this returns. The same one again changes nothing."""
    with database.transaction() as session:
        store_raw(session.connection(), deliveries)
        channel_ids, names = {each.channel_id for each in deliveries}, {each.delivery_id for each in deliveries}
        mine = select(Inbound.id, Inbound.channel_id, Inbound.delivery_id, Inbound.digest)
        mine = mine.where(Inbound.channel_id.in_(channel_ids), Inbound.delivery_id.in_(names))
        found = {tuple(key): inbound_id for inbound_id, *key in session.execute(mine)}
        ids = [found[each.channel_id, each.delivery_id, each.digest] for each in deliveries]
        rows = session.execute(_ROWS.where(Inbound.id.in_(set(ids))).with_for_update()).all()
        receipts = understand(session, [row for row in rows if row.state is not InboundState.UNDERSTOOD], now)
        receipts |= _known(session, [row for row in rows if row.state is InboundState.UNDERSTOOD])
        told = []
        for place, inbound_id in enumerate(ids):
            again = inbound_id in ids[:place] and receipts[inbound_id].fault is None
            told.append(replace(receipts[inbound_id], outcome=Outcome.ALREADY_THERE) if again else receipts[inbound_id])
        made = promises.promises_of(session, {receipt.case.id for receipt in told if receipt.case})
        told = [replace(each, promise=made[each.case.id][-1]) if each.case else each for each in told]
        by_id = {row.id: row for row in rows}
        _count([(by_id[inbound_id], receipt) for inbound_id, receipt in zip(ids, told, strict=True)], session)
        return told


_ROWS = select(Inbound.id, Inbound.channel_id, Inbound.body, Inbound.received_at, Inbound.state, Inbound.message_id).order_by(
    Inbound.received_at, Inbound.id
)


def understand_stored(session: Session, inbound_ids: Sequence[int], now: datetime) -> list[Receipt]:
    """Does what these stored deliveries say, in the order in which they came in; for many of them in few statements.

    Left out are those that have been understood meanwhile, and those of channels at which another worker is at work.
    """
    wanted = _ROWS.where(Inbound.id.in_(inbound_ids), Inbound.state == InboundState.STORED)
    if session.get_bind().dialect.name == "postgresql":
        wanted = wanted.where(Inbound.channel_id.in_(_channels_of_ours(session, inbound_ids)))
    rows = session.execute(wanted.with_for_update(skip_locked=True)).all()
    receipts = understand(session, rows, now)
    _count([(row, receipts[row.id]) for row in rows], session)
    return [receipts[row.id] for row in rows]


def _channels_of_ours(session: Session, inbound_ids: Sequence[int]) -> list[int]:
    """The channels of these deliveries that no other worker has taken; they are ours until the end of the transaction.

    So the deliveries of one conversation are understood one after the other, by however many workers.
    """
    there = select(Inbound.channel_id).where(Inbound.id.in_(inbound_ids)).distinct().order_by(Inbound.channel_id)
    return [
        channel_id
        for channel_id in session.scalars(there).all()
        if session.scalar(select(func.pg_try_advisory_xact_lock(_ONE_BY_ONE, channel_id)))
    ]


def understand(session: Session, rows: Sequence[Row[*tuple[Any, ...]]], now: datetime) -> dict[int, Receipt]:
    """Does what stored deliveries say, each once; where one has a fault, its row says so too. The receipts by id."""
    receipts: dict[int, Receipt] = {}
    messages: dict[int, Message] = {}
    written: list[dict[str, object]] = []
    for row in rows:
        state, error, message = InboundState.UNDERSTOOD, "", None
        try:
            message = read_delivery(row.body).message
        except Invalid as fault:
            state, error = InboundState.REJECTED, fault.message[:LONGEST_ERROR]
            receipts[row.id] = Receipt(Outcome.UNKNOWN_KIND, fault=fault)
        if message is not None:
            messages[row.id] = message
        elif state is InboundState.UNDERSTOOD:
            receipts[row.id] = Receipt(Outcome.UNKNOWN_KIND)
        message_id = message.message_id if message else ""
        written.append({"id": row.id, "state": state, "error": error, "message_id": message_id})
    update_all(session, Inbound, written)
    taken = _taken(session, [row for row in rows if row.id in messages], messages, now)
    for row in rows:
        if row.id in taken:
            receipts[row.id] = Receipt(taken[row.id].outcome, taken[row.id].case)
            if taken[row.id].outcome is Outcome.DELETED:
                forget_raw(session, row.channel_id, messages[row.id].message_id)
    return receipts


def _taken(
    session: Session, rows: Sequence[Row[*tuple[Any, ...]]], messages: Mapping[int, Message], now: datetime
) -> dict[int, Taken]:
    if not rows:
        return {}
    by_id = select(Channel).where(Channel.id.in_({row.channel_id for row in rows}))
    channels = {channel.id: channel for channel in session.scalars(by_id)}
    batch = [(channels[row.channel_id], messages[row.id]) for row in rows]
    taken = take_messages(session, batch, now, received_at=[row.received_at for row in rows])
    return {row.id: each for row, each in zip(rows, taken, strict=True)}


def forget_raw(session: Session, channel_id: int, message_id: str) -> None:
    """Empties every stored delivery of a message that its author deleted."""
    mine = (Inbound.channel_id == channel_id, Inbound.message_id == message_id)
    session.execute(update(Inbound).where(*mine).values(body=b""))


def _known(session: Session, rows: Sequence[Row[*tuple[Any, ...]]]) -> dict[int, Receipt]:
    """The receipts of deliveries that were understood before."""
    receipts: dict[int, Receipt] = {}
    for row in rows:
        case = session.scalar(
            select(Case)
            .join(CaseMessage, CaseMessage.case_id == Case.id)
            .where(CaseMessage.channel_id == row.channel_id, CaseMessage.message_id == row.message_id)
        )
        receipts[row.id] = Receipt(Outcome.ALREADY_THERE, case)
    return receipts


def _count(receipts: Sequence[tuple[Row[*tuple[Any, ...]], Receipt]], session: Session) -> None:
    """Counted on the day on which it came in."""
    count_all(session, Counter((row.channel_id, row.received_at.date(), _counted_as(receipt)) for row, receipt in receipts))


def _counted_as(receipt: Receipt) -> HookOutcome:
    if receipt.fault is not None:
        return HookOutcome.MALFORMED
    if receipt.outcome is Outcome.ALREADY_THERE:
        return HookOutcome.ALREADY_THERE
    return HookOutcome.IGNORED if receipt.outcome in IGNORED else HookOutcome.TAKEN


def fault_in(body: bytes) -> str:
    """Why this body cannot be understood; empty when it can."""
    try:
        read_delivery(body)
    except Invalid as fault:
        return fault.message[:LONGEST_ERROR]
    return ""

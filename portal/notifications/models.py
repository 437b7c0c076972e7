from datetime import datetime
from typing import Any

from sqlalchemy import JSON, BigInteger, CheckConstraint, ForeignKey, Index, String, Text, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from portal.db import Model, enum_column
from portal.notifications.rules import DeliveryState, MessageKind, Way, WhyNot

_TROUBLED = text("state IN ('failed', 'given_up', 'uncertain')")
_WAITING = text("state IN ('owed', 'sending')")


class Delivery(Model):
    """One message to one recipient about one event, by one way: made once, and sent at most once by itself.

    `recipient` is "identity:<id>" for who gets it by mail and "case:<id>" for the page of the case; no address stands here, so
    that an erased one is nowhere else. `mailbox` is the keyed fingerprint of `rules.mailbox_name`, by which messages to one
    mailbox are counted, whichever of its addresses they go to. `text` holds {link} where the link goes: the one that opens the
    case is made when the message is sent and kept nowhere. `next_try_at` is when an owed one is tried next, and until when one
    that is being sent is left alone. Of those that are due, the lowest `rank` goes first: see `rules.rank_of`.
    """

    __tablename__ = "deliveries"
    __table_args__ = (
        UniqueConstraint("event_id", "recipient", "way"),
        CheckConstraint("recipient <> ''", name="recipient_filled"),
        CheckConstraint("tries >= 0", name="tries_not_negative"),
        CheckConstraint("rank IN (0, 1)", name="rank_known"),
        CheckConstraint("(state = 'sent') = (sent_at IS NOT NULL)", name="sent_when"),
        Index("ix_deliveries_case_id", "case_id"),
        Index("ix_deliveries_mailbox", "mailbox", "made_at"),
        Index("ix_deliveries_message_id", "message_id"),
        Index("ix_deliveries_waiting", "rank", "next_try_at", "id", sqlite_where=_WAITING, postgresql_where=_WAITING),
        Index("ix_deliveries_troubled", "id", sqlite_where=_TROUBLED, postgresql_where=_TROUBLED),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    event_id: Mapped[int] = mapped_column(ForeignKey("events.id"))
    recipient: Mapped[str] = mapped_column(String(80))
    mailbox: Mapped[str | None] = mapped_column(String(64))
    way: Mapped[Way] = mapped_column(enum_column(Way))
    kind: Mapped[MessageKind] = mapped_column(enum_column(MessageKind))
    rank: Mapped[int]
    case_id: Mapped[int] = mapped_column(ForeignKey("cases.id", ondelete="CASCADE"))
    message_id: Mapped[int] = mapped_column(ForeignKey("messages.id", ondelete="CASCADE"))
    language: Mapped[str] = mapped_column(String(8))
    text: Mapped[str] = mapped_column(Text)
    state: Mapped[DeliveryState] = mapped_column(enum_column(DeliveryState))
    why_not: Mapped[WhyNot | None] = mapped_column(enum_column(WhyNot))
    tries: Mapped[int]
    next_try_at: Mapped[datetime | None]
    made_at: Mapped[datetime]
    sent_at: Mapped[datetime | None]
    error: Mapped[str] = mapped_column(Text)


class Follower(Model):
    """How far somebody has read the journal: every event up to `looked`, but for the numbers in `missing`.

    Numbers are given before the commit, so that a lower one may be seen after a higher one. `missing` holds the stretches of
    numbers that were not there when their neighbours were: [first, last, when that was noticed].
    """

    __tablename__ = "followers"

    name: Mapped[str] = mapped_column(String(60), primary_key=True)
    looked: Mapped[int] = mapped_column(BigInteger)
    missing: Mapped[list[Any]] = mapped_column(JSON)
    at: Mapped[datetime]


class MessageText(Model):
    """A company's own text of a message, in one language; without a row, or a subject in it, ours is used."""

    __tablename__ = "message_texts"
    __table_args__ = (CheckConstraint("text <> ''", name="text_filled"),)

    kind: Mapped[MessageKind] = mapped_column(enum_column(MessageKind), primary_key=True)
    language: Mapped[str] = mapped_column(String(8), primary_key=True)
    text: Mapped[str] = mapped_column(Text)
    subject: Mapped[str | None] = mapped_column(Text)
    changed_at: Mapped[datetime]
    changed_by: Mapped[int | None]


class ChannelMessages(Model):
    """What a company chose for a channel; without a row, what is usual for its kind."""

    __tablename__ = "channel_messages"

    channel_id: Mapped[int] = mapped_column(ForeignKey("channels.id", ondelete="CASCADE"), primary_key=True, autoincrement=False)
    acknowledges: Mapped[bool]
    with_link: Mapped[bool]

from datetime import date, datetime

from sqlalchemy import ForeignKey, Index, LargeBinary, String, Text, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from portal.connectors.rules import HookOutcome, InboundState
from portal.db import Model, enum_column


class Inbound(Model):
    """A delivery as it came in, byte for byte, stored before anybody tries to understand it.

    `delivery_id` is the sender's, the same on every retry. `digest` tells deliveries apart of a sender who uses an id twice.
    The body is emptied when the message in it is deleted by its author.
    """

    __tablename__ = "inbound"
    __table_args__ = (
        UniqueConstraint("channel_id", "delivery_id", "digest"),
        Index("ix_inbound_message_id", "channel_id", "message_id"),
        Index("ix_inbound_channel_id", "channel_id", "received_at"),
        Index(
            "ix_inbound_waiting",
            "channel_id",
            sqlite_where=text("state = 'stored'"),
            postgresql_where=text("state = 'stored'"),
        ),
        Index(
            "ix_inbound_troubled",
            "channel_id",
            "id",
            sqlite_where=text("state IN ('rejected', 'failed')"),
            postgresql_where=text("state IN ('rejected', 'failed')"),
        ),
        Index(
            "ix_inbound_stored",
            "received_at",
            sqlite_where=text("state = 'stored'"),
            postgresql_where=text("state = 'stored'"),
        ),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    channel_id: Mapped[int] = mapped_column(ForeignKey("channels.id"))
    delivery_id: Mapped[str] = mapped_column(String(200))
    digest: Mapped[str] = mapped_column(String(64))
    body: Mapped[bytes] = mapped_column(LargeBinary)
    received_at: Mapped[datetime]
    state: Mapped[InboundState] = mapped_column(enum_column(InboundState))
    tries: Mapped[int]
    error: Mapped[str] = mapped_column(Text)
    message_id: Mapped[str] = mapped_column(String(500))


class HookCount(Model):
    """How often a channel's webhook was answered in this way on this day (UTC). Channel 0 stands for channels that are not."""

    __tablename__ = "hook_counts"

    channel_id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    counted_on: Mapped[date] = mapped_column(primary_key=True)
    outcome: Mapped[HookOutcome] = mapped_column(enum_column(HookOutcome), primary_key=True)
    n: Mapped[int]


class WebhookSecret(Model):
    """A secret with which senders sign, sealed by the vault. Several may be in use at once, so that they can be replaced."""

    __tablename__ = "webhook_secrets"
    __table_args__ = (Index("ix_webhook_secrets_channel_id", "channel_id"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    channel_id: Mapped[int] = mapped_column(ForeignKey("channels.id"))
    sealed: Mapped[str] = mapped_column(Text)
    hint: Mapped[str] = mapped_column(String(8))
    created_at: Mapped[datetime]
    retired_at: Mapped[datetime | None]

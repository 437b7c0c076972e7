from datetime import datetime

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, Text, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from portal.db import Model


class Claim(Model):
    """Proof that a case is one's own: a code to type and a link to follow, both known here by their fingerprint alone."""

    __tablename__ = "claims"
    __table_args__ = (Index("ix_claims_case_id", "case_id"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    case_id: Mapped[int] = mapped_column(ForeignKey("cases.id", ondelete="CASCADE"))
    code_hash: Mapped[str] = mapped_column(String(64), unique=True)
    link_hash: Mapped[str] = mapped_column(String(64), unique=True)
    created_at: Mapped[datetime]
    made_by: Mapped[int | None]
    revoked_at: Mapped[datetime | None]


class SignedOutDevice(Model):
    """A browser that was signed out: its cookie, and every copy of it, opens nothing any more."""

    __tablename__ = "signed_out_devices"

    id: Mapped[int] = mapped_column(primary_key=True)
    device_hash: Mapped[str] = mapped_column(String(64), unique=True)
    signed_out_at: Mapped[datetime]


class Presence(Model):
    """A colleague who had a case open at `seen_at`; worth nothing a minute later."""

    __tablename__ = "presences"
    __table_args__ = (UniqueConstraint("case_id", "member_id"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    case_id: Mapped[int] = mapped_column(ForeignKey("cases.id", ondelete="CASCADE"))
    member_id: Mapped[int] = mapped_column(ForeignKey("members.id", ondelete="CASCADE"))
    seen_at: Mapped[datetime]


class Opinion(Model):
    """What a customer said of an answer; one per answer, the latest counts."""

    __tablename__ = "opinions"
    __table_args__ = (Index("ix_opinions_case_id", "case_id"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    case_id: Mapped[int] = mapped_column(ForeignKey("cases.id", ondelete="CASCADE"))
    message_id: Mapped[int] = mapped_column(ForeignKey("messages.id", ondelete="CASCADE"), unique=True)
    helped: Mapped[bool]
    text: Mapped[str] = mapped_column(Text)
    given_at: Mapped[datetime]


class ErasureRequest(Model):
    """A customer's wish to have a case erased, until staff have settled it."""

    __tablename__ = "erasure_requests"
    __table_args__ = (
        CheckConstraint("settled_at IS NULL OR settled_at >= asked_at", name="settled_after"),
        Index(
            "ix_erasure_requests_open",
            "asked_at",
            sqlite_where=text("settled_at IS NULL"),
            postgresql_where=text("settled_at IS NULL"),
        ),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    case_id: Mapped[int] = mapped_column(ForeignKey("cases.id", ondelete="CASCADE"), unique=True)
    asked_at: Mapped[datetime]
    settled_at: Mapped[datetime | None]
    settled_by: Mapped[int | None]

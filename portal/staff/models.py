from datetime import datetime

from sqlalchemy import CheckConstraint, ForeignKey, Index, String
from sqlalchemy.orm import Mapped, mapped_column

from portal.db import Model, enum_column
from portal.staff.rules import Role


class Member(Model):
    """Someone who works here. Never deleted, only disabled: events and answers refer to who did it.

    An empty `phrase_hash` means that the member has yet to choose a pass phrase, with the invitation.
    """

    __tablename__ = "members"
    __table_args__ = (
        CheckConstraint("name <> ''", name="named"),
        CheckConstraint("email = lower(email) AND email <> ''", name="email_plain"),
        CheckConstraint("language IN ('nl', 'en')", name="language"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    email: Mapped[str] = mapped_column(String(254), unique=True)
    name: Mapped[str] = mapped_column(String(120))
    role: Mapped[Role] = mapped_column(enum_column(Role))
    phrase_hash: Mapped[str] = mapped_column(String(200))
    language: Mapped[str] = mapped_column(String(2))
    is_active: Mapped[bool]
    is_demo: Mapped[bool]
    created_at: Mapped[datetime]
    invitation_hash: Mapped[str | None] = mapped_column(String(64), unique=True)
    invitation_expires_at: Mapped[datetime | None]


class SignIn(Model):
    """One browser in which a member is signed in. Deleting the row ends it, whatever the browser's cookie says."""

    __tablename__ = "sign_ins"
    __table_args__ = (Index("ix_sign_ins_member_id", "member_id"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    token_hash: Mapped[str] = mapped_column(String(64), unique=True)
    member_id: Mapped[int] = mapped_column(ForeignKey("members.id", ondelete="CASCADE"))
    created_at: Mapped[datetime]
    last_seen_at: Mapped[datetime]
    expires_at: Mapped[datetime]
    agent: Mapped[str] = mapped_column(String(200))

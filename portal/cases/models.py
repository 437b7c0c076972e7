from datetime import datetime
from typing import Any

from sqlalchemy import JSON, CheckConstraint, ForeignKey, Index, String, Text, UniqueConstraint, column, false, func, text
from sqlalchemy.orm import Mapped, mapped_column

from portal.cases.rules import OVER, AuthorKind, CaseState, CustomerState, Direction, Visibility, customer_state
from portal.db import Model, enum_column

_BY_LETTER = {"begin": "text_pattern_ops"}  # finds what begins with some letters, whatever the order of the language
_MERGED = text("merged_into_id IS NOT NULL")


class Contact(Model):
    """A person who writes to the company, under one or more identities."""

    __tablename__ = "contacts"

    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(String(200))
    language: Mapped[str] = mapped_column(String(8))
    created_at: Mapped[datetime]
    merged_into_id: Mapped[int | None] = mapped_column(ForeignKey("contacts.id"))


class Identity(Model):
    """A name under which a channel knows a contact: keyed on the channel's own stable id, never on the handle."""

    __tablename__ = "identities"
    __table_args__ = (
        UniqueConstraint("channel_id", "author_id"),
        Index("ix_identities_author_id", "author_id"),
        Index("ix_identities_contact_id", "contact_id"),
        Index("ix_identities_handle", func.lower(column("handle")).label("begin"), postgresql_ops=_BY_LETTER),
        Index("ix_identities_name", func.lower(column("name")).label("begin"), postgresql_ops=_BY_LETTER),
        CheckConstraint("author_id <> ''", name="author_filled"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    contact_id: Mapped[int] = mapped_column(ForeignKey("contacts.id"))
    channel_id: Mapped[int] = mapped_column(ForeignKey("channels.id"))
    author_id: Mapped[str] = mapped_column(String(500))
    handle: Mapped[str] = mapped_column(String(200))
    name: Mapped[str] = mapped_column(String(200))


class Case(Model):
    """A customer's request: a conversation from its first message until two weeks after its last answer.

    `received_at` is the channel's time of the first customer message, `last_inbound_at` of the last, `oldest_unanswered_at` of
    the first one that no answer followed (None when there is none). `closed_at` is the last closing, or when it was set aside.
    `episode` numbers the cases of one conversation. `split_from_id` is the case that this one was a part of until `split_at`, and
    None again once the words of another customer came into either; it has no foreign key, which SQLite could take back only by
    writing the whole table anew. `version` grows with every change; `changed_by` is the member who made it.
    """

    __tablename__ = "cases"
    __table_args__ = (
        UniqueConstraint("reference"),
        UniqueConstraint("channel_id", "thread_ref", "episode"),
        Index("ix_cases_state", "state", "received_at"),
        Index("ix_cases_contact_id", "contact_id"),
        Index("ix_cases_assigned_to", "assigned_to", "state", "received_at"),
        Index("ix_cases_channel_id", "channel_id", "state", "received_at"),
        Index("ix_cases_closed_at", "closed_at"),
        Index("ix_cases_split_from_id", "split_from_id"),
        Index("ix_cases_merged_into_id", "merged_into_id", sqlite_where=_MERGED, postgresql_where=_MERGED),
        CheckConstraint("reference <> ''", name="reference_filled"),
        CheckConstraint("thread_ref <> ''", name="thread_filled"),
        CheckConstraint("(state = 'merged') = (merged_into_id IS NOT NULL)", name="merged_into"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    reference: Mapped[str] = mapped_column(String(16))
    channel_id: Mapped[int] = mapped_column(ForeignKey("channels.id"))
    contact_id: Mapped[int | None] = mapped_column(ForeignKey("contacts.id"))
    thread_ref: Mapped[str] = mapped_column(String(500))
    episode: Mapped[int]
    state: Mapped[CaseState] = mapped_column(enum_column(CaseState))
    is_public: Mapped[bool]
    language: Mapped[str] = mapped_column(String(8))
    summary: Mapped[str] = mapped_column(String(200))
    assigned_to: Mapped[int | None]
    received_at: Mapped[datetime]
    last_inbound_at: Mapped[datetime]
    first_answered_at: Mapped[datetime | None]
    last_answered_at: Mapped[datetime | None]
    oldest_unanswered_at: Mapped[datetime | None]
    closed_at: Mapped[datetime | None]
    merged_into_id: Mapped[int | None] = mapped_column(ForeignKey("cases.id"))
    split_from_id: Mapped[int | None]
    split_at: Mapped[datetime | None]
    changed_at: Mapped[datetime]
    changed_by: Mapped[int | None]
    version: Mapped[int]

    @property
    def is_over(self) -> bool:
        """Whether it is closed or set aside now; `closed_at` stays when a closed case is taken up again."""
        return self.state in OVER

    @property
    def customer_state(self) -> CustomerState:
        return customer_state(self.state)


class CaseMessage(Model):
    """A message as it now reads. Without a case when it opened none, or when what it belongs to has not come in yet.

    `created_at` is the sender's clock, `received_at` ours. A deleted message keeps its row and loses its text.
    `takes_no_reply` marks what a list or a program sent on, which an automatic message must not answer.
    """

    __tablename__ = "messages"
    __table_args__ = (
        UniqueConstraint("channel_id", "message_id"),
        Index("ix_messages_case_id", "case_id", "created_at"),
        Index(
            "ix_messages_waiting",
            "channel_id",
            "thread_ref",
            sqlite_where=text("case_id IS NULL"),
            postgresql_where=text("case_id IS NULL"),
        ),
        CheckConstraint("message_id <> ''", name="message_filled"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    channel_id: Mapped[int] = mapped_column(ForeignKey("channels.id"))
    message_id: Mapped[str] = mapped_column(String(500))
    case_id: Mapped[int | None] = mapped_column(ForeignKey("cases.id"))
    direction: Mapped[Direction] = mapped_column(enum_column(Direction))
    author_kind: Mapped[AuthorKind] = mapped_column(enum_column(AuthorKind))
    identity_id: Mapped[int | None] = mapped_column(ForeignKey("identities.id"))
    member_id: Mapped[int | None]
    visibility: Mapped[Visibility] = mapped_column(enum_column(Visibility))
    text: Mapped[str] = mapped_column(Text)
    html: Mapped[str] = mapped_column(Text)
    attachments: Mapped[list[dict[str, Any]]] = mapped_column(JSON)
    created_at: Mapped[datetime]
    received_at: Mapped[datetime]
    thread_ref: Mapped[str] = mapped_column(String(500))
    parent_ref: Mapped[str] = mapped_column(String(500))
    edited_at: Mapped[datetime | None]
    deleted_at: Mapped[datetime | None]
    counts_as_answer: Mapped[bool]
    takes_no_reply: Mapped[bool] = mapped_column(default=False, server_default=false())


class MessageEdit(Model):
    """A version of a message, or its deletion, at the sender's time. Keyed on the channel's id: it may come before the message.

    The first version is added when the first edit comes, so that the history is whole.
    """

    __tablename__ = "message_edits"
    __table_args__ = (UniqueConstraint("channel_id", "message_id", "at", "is_deletion"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    channel_id: Mapped[int] = mapped_column(ForeignKey("channels.id"))
    message_id: Mapped[str] = mapped_column(String(500))
    at: Mapped[datetime]
    is_deletion: Mapped[bool]
    text: Mapped[str] = mapped_column(Text)
    html: Mapped[str] = mapped_column(Text)
    received_at: Mapped[datetime]

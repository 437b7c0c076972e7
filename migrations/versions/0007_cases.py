"""Contacts, cases and messages"""

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None

_STATES = ("new", "open", "waiting", "answered", "closed", "spam", "withdrawn", "merged")
_DIRECTIONS = ("inbound", "outbound", "note")
_AUTHORS = ("customer", "person", "automatic")
_VISIBILITIES = ("public", "unlisted", "followers", "direct", "internal")


def _one_of(column: str, values: tuple[str, ...]) -> str:
    return "{} IN ({})".format(column, ", ".join(f"'{value}'" for value in values))


def _instant(name: str, *, nullable: bool = False) -> sa.Column[object]:
    return sa.Column(name, sa.DateTime(timezone=True), nullable=nullable)


def _key(name: str, table: str, column: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint([column], [f"{table}.id"], name=op.f(name))


def upgrade() -> None:
    _contacts()
    _cases()
    _messages()


def _contacts() -> None:
    op.create_table(
        "contacts",
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("name", sa.String(200), nullable=False),
        sa.Column("language", sa.String(8), nullable=False),
        _instant("created_at"),
        sa.Column("merged_into_id", sa.Integer),
        _key("fk_contacts_merged_into_id_contacts", "contacts", "merged_into_id"),
    )
    op.create_table(
        "identities",
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("contact_id", sa.Integer, nullable=False),
        sa.Column("channel_id", sa.Integer, nullable=False),
        sa.Column("author_id", sa.String(500), nullable=False),
        sa.Column("handle", sa.String(200), nullable=False),
        sa.Column("name", sa.String(200), nullable=False),
        _key("fk_identities_contact_id_contacts", "contacts", "contact_id"),
        _key("fk_identities_channel_id_channels", "channels", "channel_id"),
        sa.UniqueConstraint("channel_id", "author_id", name=op.f("uq_identities_channel_id_author_id")),
        sa.CheckConstraint("author_id <> ''", name=op.f("ck_identities_author_filled")),
    )
    op.create_index("ix_identities_author_id", "identities", ["author_id"])
    op.create_index("ix_identities_contact_id", "identities", ["contact_id"])


def _cases() -> None:
    op.create_table(
        "cases",
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("reference", sa.String(16), nullable=False),
        sa.Column("channel_id", sa.Integer, nullable=False),
        sa.Column("contact_id", sa.Integer),
        sa.Column("thread_ref", sa.String(500), nullable=False),
        sa.Column("episode", sa.Integer, nullable=False),
        sa.Column("state", sa.String(9), nullable=False),
        sa.Column("is_public", sa.Boolean, nullable=False),
        sa.Column("language", sa.String(8), nullable=False),
        sa.Column("summary", sa.String(200), nullable=False),
        sa.Column("assigned_to", sa.Integer),
        _instant("received_at"),
        _instant("last_inbound_at"),
        _instant("first_answered_at", nullable=True),
        _instant("last_answered_at", nullable=True),
        _instant("oldest_unanswered_at", nullable=True),
        _instant("closed_at", nullable=True),
        sa.Column("merged_into_id", sa.Integer),
        _instant("changed_at"),
        sa.Column("changed_by", sa.Integer),
        sa.Column("version", sa.Integer, nullable=False),
        _key("fk_cases_channel_id_channels", "channels", "channel_id"),
        _key("fk_cases_contact_id_contacts", "contacts", "contact_id"),
        _key("fk_cases_merged_into_id_cases", "cases", "merged_into_id"),
        sa.UniqueConstraint("reference", name=op.f("uq_cases_reference")),
        sa.UniqueConstraint("channel_id", "thread_ref", "episode", name=op.f("uq_cases_channel_id_thread_ref_episode")),
        sa.CheckConstraint("reference <> ''", name=op.f("ck_cases_reference_filled")),
        sa.CheckConstraint("thread_ref <> ''", name=op.f("ck_cases_thread_filled")),
        sa.CheckConstraint(_one_of("state", _STATES), name=op.f("ck_cases_casestate")),
        sa.CheckConstraint("(state = 'merged') = (merged_into_id IS NOT NULL)", name=op.f("ck_cases_merged_into")),
    )
    op.create_index("ix_cases_state", "cases", ["state", "received_at"])
    op.create_index("ix_cases_contact_id", "cases", ["contact_id"])
    op.create_index("ix_cases_assigned_to", "cases", ["assigned_to", "state"])


def _messages() -> None:
    op.create_table(
        "messages",
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("channel_id", sa.Integer, nullable=False),
        sa.Column("message_id", sa.String(500), nullable=False),
        sa.Column("case_id", sa.Integer),
        sa.Column("direction", sa.String(8), nullable=False),
        sa.Column("author_kind", sa.String(9), nullable=False),
        sa.Column("identity_id", sa.Integer),
        sa.Column("member_id", sa.Integer),
        sa.Column("visibility", sa.String(9), nullable=False),
        sa.Column("text", sa.Text, nullable=False),
        sa.Column("html", sa.Text, nullable=False),
        sa.Column("attachments", sa.JSON, nullable=False),
        _instant("created_at"),
        _instant("received_at"),
        sa.Column("thread_ref", sa.String(500), nullable=False),
        sa.Column("parent_ref", sa.String(500), nullable=False),
        _instant("edited_at", nullable=True),
        _instant("deleted_at", nullable=True),
        sa.Column("counts_as_answer", sa.Boolean, nullable=False),
        _key("fk_messages_channel_id_channels", "channels", "channel_id"),
        _key("fk_messages_case_id_cases", "cases", "case_id"),
        _key("fk_messages_identity_id_identities", "identities", "identity_id"),
        sa.UniqueConstraint("channel_id", "message_id", name=op.f("uq_messages_channel_id_message_id")),
        sa.CheckConstraint("message_id <> ''", name=op.f("ck_messages_message_filled")),
        sa.CheckConstraint(_one_of("direction", _DIRECTIONS), name=op.f("ck_messages_direction")),
        sa.CheckConstraint(_one_of("author_kind", _AUTHORS), name=op.f("ck_messages_authorkind")),
        sa.CheckConstraint(_one_of("visibility", _VISIBILITIES), name=op.f("ck_messages_visibility")),
    )
    op.create_index("ix_messages_case_id", "messages", ["case_id", "created_at"])
    waiting = sa.text("case_id IS NULL")
    op.create_index(
        "ix_messages_waiting", "messages", ["channel_id", "thread_ref"], sqlite_where=waiting, postgresql_where=waiting
    )
    op.create_table(
        "message_edits",
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("channel_id", sa.Integer, nullable=False),
        sa.Column("message_id", sa.String(500), nullable=False),
        _instant("at"),
        sa.Column("is_deletion", sa.Boolean, nullable=False),
        sa.Column("text", sa.Text, nullable=False),
        sa.Column("html", sa.Text, nullable=False),
        _instant("received_at"),
        _key("fk_message_edits_channel_id_channels", "channels", "channel_id"),
        sa.UniqueConstraint(
            "channel_id",
            "message_id",
            "at",
            "is_deletion",
            name=op.f("uq_message_edits_channel_id_message_id_at_is_deletion"),
        ),
    )


def downgrade() -> None:
    for table in ("message_edits", "messages", "cases", "identities", "contacts"):
        op.drop_table(table)

"""Raw inbound messages and webhook secrets"""

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None

_STATES = "state IN ('stored', 'understood', 'rejected', 'failed')"
_OUTCOMES = (
    "outcome IN ('taken', 'already_there', 'ignored', 'bad_signature', 'stale', 'malformed', 'too_large', 'wrong_type', "
    "'unknown_channel')"
)


def upgrade() -> None:
    op.create_table(
        "inbound",
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("channel_id", sa.Integer, nullable=False),
        sa.Column("delivery_id", sa.String(200), nullable=False),
        sa.Column("digest", sa.String(64), nullable=False),
        sa.Column("body", sa.LargeBinary, nullable=False),
        sa.Column("received_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("state", sa.String(10), nullable=False),
        sa.Column("tries", sa.Integer, nullable=False),
        sa.Column("error", sa.Text, nullable=False),
        sa.Column("message_id", sa.String(500), nullable=False),
        sa.ForeignKeyConstraint(["channel_id"], ["channels.id"], name=op.f("fk_inbound_channel_id_channels")),
        sa.UniqueConstraint("channel_id", "delivery_id", "digest", name=op.f("uq_inbound_channel_id_delivery_id_digest")),
        sa.CheckConstraint(_STATES, name=op.f("ck_inbound_inboundstate")),
    )
    stored = sa.text("state = 'stored'")
    op.create_index("ix_inbound_stored", "inbound", ["received_at"], sqlite_where=stored, postgresql_where=stored)
    op.create_index("ix_inbound_message_id", "inbound", ["channel_id", "message_id"])
    op.create_table(
        "hook_counts",
        sa.Column("channel_id", sa.Integer, primary_key=True, autoincrement=False),
        sa.Column("counted_on", sa.Date, primary_key=True),
        sa.Column("outcome", sa.String(15), primary_key=True),
        sa.Column("n", sa.Integer, nullable=False),
        sa.CheckConstraint(_OUTCOMES, name=op.f("ck_hook_counts_hookoutcome")),
    )
    op.create_table(
        "webhook_secrets",
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("channel_id", sa.Integer, nullable=False),
        sa.Column("sealed", sa.Text, nullable=False),
        sa.Column("hint", sa.String(8), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("retired_at", sa.DateTime(timezone=True)),
        sa.ForeignKeyConstraint(["channel_id"], ["channels.id"], name=op.f("fk_webhook_secrets_channel_id_channels")),
    )
    op.create_index("ix_webhook_secrets_channel_id", "webhook_secrets", ["channel_id"])


def downgrade() -> None:
    for table in ("webhook_secrets", "hook_counts", "inbound"):
        op.drop_table(table)

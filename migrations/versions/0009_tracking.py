"""Claims on a case, and what customers and colleagues leave behind on it"""

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "claims",
        sa.Column("id", sa.Integer, primary_key=True),
        _of_case(),
        sa.Column("code_hash", sa.String(64), nullable=False),
        sa.Column("link_hash", sa.String(64), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("made_by", sa.Integer),
        sa.Column("revoked_at", sa.DateTime(timezone=True)),
        sa.UniqueConstraint("code_hash", name="uq_claims_code_hash"),
        sa.UniqueConstraint("link_hash", name="uq_claims_link_hash"),
        _to_case("claims"),
    )
    op.create_index("ix_claims_case_id", "claims", ["case_id"])
    op.create_table(
        "signed_out_devices",
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("device_hash", sa.String(64), nullable=False),
        sa.Column("signed_out_at", sa.DateTime(timezone=True), nullable=False),
        sa.UniqueConstraint("device_hash", name="uq_signed_out_devices_device_hash"),
    )
    op.create_table(
        "presences",
        sa.Column("id", sa.Integer, primary_key=True),
        _of_case(),
        sa.Column("member_id", sa.Integer, nullable=False),
        sa.Column("seen_at", sa.DateTime(timezone=True), nullable=False),
        sa.UniqueConstraint("case_id", "member_id", name="uq_presences_case_id_member_id"),
        _to_case("presences"),
        sa.ForeignKeyConstraint(["member_id"], ["members.id"], "fk_presences_member_id_members", ondelete="CASCADE"),
    )
    op.create_table(
        "opinions",
        sa.Column("id", sa.Integer, primary_key=True),
        _of_case(),
        sa.Column("message_id", sa.Integer, nullable=False),
        sa.Column("helped", sa.Boolean, nullable=False),
        sa.Column("text", sa.Text, nullable=False),
        sa.Column("given_at", sa.DateTime(timezone=True), nullable=False),
        sa.UniqueConstraint("message_id", name="uq_opinions_message_id"),
        _to_case("opinions"),
        sa.ForeignKeyConstraint(["message_id"], ["messages.id"], "fk_opinions_message_id_messages", ondelete="CASCADE"),
    )
    op.create_index("ix_opinions_case_id", "opinions", ["case_id"])
    op.create_table(
        "erasure_requests",
        sa.Column("id", sa.Integer, primary_key=True),
        _of_case(),
        sa.Column("asked_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("settled_at", sa.DateTime(timezone=True)),
        sa.Column("settled_by", sa.Integer),
        sa.UniqueConstraint("case_id", name="uq_erasure_requests_case_id"),
        sa.CheckConstraint("settled_at IS NULL OR settled_at >= asked_at", name="ck_erasure_requests_settled_after"),
        _to_case("erasure_requests"),
    )


def _of_case() -> sa.Column[int]:
    return sa.Column("case_id", sa.Integer, nullable=False)


def _to_case(table: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint(["case_id"], ["cases.id"], f"fk_{table}_case_id_cases", ondelete="CASCADE")


def downgrade() -> None:
    for table in ("erasure_requests", "opinions", "presences", "signed_out_devices", "claims"):
        op.drop_table(table)

"""Members, and where they are signed in"""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "members",
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("email", sa.String(254), nullable=False),
        sa.Column("name", sa.String(120), nullable=False),
        sa.Column("role", sa.String(13), nullable=False),
        sa.Column("phrase_hash", sa.String(200), nullable=False),
        sa.Column("language", sa.String(2), nullable=False),
        sa.Column("is_active", sa.Boolean, nullable=False),
        sa.Column("is_demo", sa.Boolean, nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("invitation_hash", sa.String(64)),
        sa.Column("invitation_expires_at", sa.DateTime(timezone=True)),
        sa.UniqueConstraint("email", name=op.f("uq_members_email")),
        sa.UniqueConstraint("invitation_hash", name=op.f("uq_members_invitation_hash")),
        sa.CheckConstraint("name <> ''", name=op.f("ck_members_named")),
        sa.CheckConstraint("email = lower(email) AND email <> ''", name=op.f("ck_members_email_plain")),
        sa.CheckConstraint("language IN ('nl', 'en')", name=op.f("ck_members_language")),
        sa.CheckConstraint(
            "role IN ('agent', 'communication', 'manager', 'administrator')",
            name=op.f("ck_members_role"),
        ),
    )
    op.create_table(
        "sign_ins",
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("token_hash", sa.String(64), nullable=False),
        sa.Column(
            "member_id",
            sa.Integer,
            sa.ForeignKey("members.id", ondelete="CASCADE", name=op.f("fk_sign_ins_member_id_members")),
            nullable=False,
        ),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("last_seen_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("agent", sa.String(200), nullable=False),
        sa.UniqueConstraint("token_hash", name=op.f("uq_sign_ins_token_hash")),
    )
    op.create_index("ix_sign_ins_member_id", "sign_ins", ["member_id"])


def downgrade() -> None:
    op.drop_table("sign_ins")
    op.drop_table("members")

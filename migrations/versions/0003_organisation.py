"""The company and its channels"""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

_KINDS = (
    "x",
    "facebook",
    "instagram",
    "whatsapp",
    "mastodon",
    "bluesky",
    "telegram",
    "email",
    "phone",
    "chat",
    "form",
    "desk",
    "other",
)


def upgrade() -> None:
    op.create_table(
        "organisation",
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("guid", sa.String(36), nullable=False),
        sa.Column("name", sa.String(120), nullable=False),
        sa.Column("timezone", sa.String(64), nullable=False),
        sa.Column("accent", sa.String(7), nullable=False),
        sa.Column("email", sa.String(254), nullable=False),
        sa.Column("site_url", sa.String(300), nullable=False),
        sa.Column("about_nl", sa.Text, nullable=False),
        sa.Column("about_en", sa.Text, nullable=False),
        sa.Column("is_demo", sa.Boolean, nullable=False),
        sa.Column("changed_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("id = 1", name=op.f("ck_organisation_single")),
        sa.CheckConstraint("name <> ''", name=op.f("ck_organisation_named")),
    )
    op.create_table(
        "channels",
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("slug", sa.String(60), nullable=False),
        sa.Column("kind", sa.String(9), nullable=False),
        sa.Column("name", sa.String(120), nullable=False),
        sa.Column("account", sa.String(200), nullable=False),
        sa.Column("address", sa.String(300), nullable=False),
        sa.Column("note_nl", sa.Text, nullable=False),
        sa.Column("note_en", sa.Text, nullable=False),
        sa.Column("position", sa.Integer, nullable=False),
        sa.Column("is_public", sa.Boolean, nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.UniqueConstraint("slug", name=op.f("uq_channels_slug")),
        sa.CheckConstraint("slug <> ''", name=op.f("ck_channels_slug_filled")),
        sa.CheckConstraint("name <> ''", name=op.f("ck_channels_named")),
        sa.CheckConstraint("kind IN ({})".format(", ".join(f"'{k}'" for k in _KINDS)), name=op.f("ck_channels_channelkind")),
    )


def downgrade() -> None:
    op.drop_table("channels")
    op.drop_table("organisation")

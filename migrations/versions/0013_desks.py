"""What desks learn of themselves, and on which basis a time was promised"""

import sqlalchemy as sa
from alembic import op

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None

_HAPPENINGS = ("received", "answered", "left", "returned", "moved")


def upgrade() -> None:
    op.add_column("organisation", sa.Column("announces_norm", sa.Boolean, nullable=False, server_default=sa.false()))
    op.add_column("organisation", sa.Column("shows_queue", sa.Boolean, nullable=False, server_default=sa.false()))
    # What was promised before was the lead time of the class, and rests on no measurement.
    op.add_column("promises", sa.Column("is_norm", sa.Boolean, nullable=False, server_default=sa.true()))
    op.add_column("promises", sa.Column("ahead", sa.Integer))
    op.add_column("promises", sa.Column("queue_minutes", sa.Double))
    op.add_column("promises", sa.Column("rest_minutes", sa.Double))
    op.add_column("promises", sa.Column("basis", sa.String(8)))
    op.add_column("promises", sa.Column("left_at", sa.DateTime(timezone=True)))
    op.create_table(
        "desks",
        sa.Column("channel_id", sa.Integer, nullable=False),
        sa.Column("mark", sa.String(16), nullable=False),
        sa.Column("last_number", sa.BigInteger, nullable=False),
        sa.Column("clock_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("clock_microseconds", sa.BigInteger, nullable=False),
        sa.Column("asked", sa.Integer, nullable=False),
        sa.Column("rebuilt", sa.Integer, nullable=False),
        sa.Column("snapshot", sa.Text, nullable=False),
        sa.Column("snapshot_number", sa.BigInteger, nullable=False),
        sa.Column("snapshot_format", sa.Integer, nullable=False),
        sa.PrimaryKeyConstraint("channel_id"),
        sa.ForeignKeyConstraint(["channel_id"], ["channels.id"], "fk_desks_channel_id_channels"),
    )
    op.create_table(
        "desk_facts",
        sa.Column("channel_id", sa.Integer, nullable=False),
        sa.Column("number", sa.BigInteger, nullable=False),
        sa.Column("happening", sa.String(8), nullable=False),
        sa.Column("promise_id", sa.Integer, nullable=False),
        sa.Column("clock", sa.Double, nullable=False),
        sa.Column("day", sa.Integer, nullable=False),
        sa.Column("rank", sa.SmallInteger, nullable=False),
        sa.Column("since", sa.Double, nullable=False),
        sa.Column("queue", sa.Double, nullable=False),
        sa.Column("rest", sa.Double, nullable=False),
        sa.Column("strength", sa.Double, nullable=False),
        sa.PrimaryKeyConstraint("channel_id", "number"),
        sa.ForeignKeyConstraint(["channel_id"], ["channels.id"], "fk_desk_facts_channel_id_channels"),
        sa.CheckConstraint(
            "happening IN ({})".format(", ".join(f"'{each}'" for each in _HAPPENINGS)), op.f("ck_desk_facts_happening")
        ),
        sqlite_with_rowid=False,
    )
    # Each channel learns from what it has answered so far, within a minute.
    op.execute(
        "INSERT INTO desks SELECT id, 'before', 0, '2020-01-01 00:00:00.000000+00:00', 0, 1, 0, '', 0, 0 FROM channels"
        if op.get_bind().dialect.name == "postgresql"
        else "INSERT INTO desks SELECT id, 'before', 0, '2020-01-01 00:00:00.000000', 0, 1, 0, '', 0, 0 FROM channels"
    )


def downgrade() -> None:
    op.drop_table("desk_facts")
    op.drop_table("desks")
    for name in ("left_at", "basis", "rest_minutes", "queue_minutes", "ahead", "is_norm"):
        op.drop_column("promises", name)
    for name in ("shows_queue", "announces_norm"):
        op.drop_column("organisation", name)

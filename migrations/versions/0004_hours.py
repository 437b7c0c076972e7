"""Schedules by version"""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None

_SQLITE = """
CREATE TRIGGER schedules_are_immutable BEFORE UPDATE ON schedules
BEGIN SELECT RAISE(ABORT, 'schedules are immutable'); END
"""
_FUNCTION = """
CREATE FUNCTION refuse_schedule_change() RETURNS trigger LANGUAGE plpgsql AS
$$ BEGIN RAISE EXCEPTION 'schedules are immutable'; END $$
"""
_POSTGRESQL = """
CREATE TRIGGER schedules_are_immutable BEFORE UPDATE ON schedules FOR EACH ROW EXECUTE FUNCTION refuse_schedule_change()
"""


def upgrade() -> None:
    op.create_table(
        "schedules",
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("channel_id", sa.Integer, nullable=False),
        sa.Column("number", sa.Integer, nullable=False),
        sa.Column("valid_from", sa.DateTime(timezone=True), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("created_by", sa.Integer),
        sa.Column("calendar", sa.Text, nullable=False),
        sa.ForeignKeyConstraint(["channel_id"], ["channels.id"], name=op.f("fk_schedules_channel_id_channels")),
        sa.UniqueConstraint("channel_id", "number", name=op.f("uq_schedules_channel_id_number")),
        sa.CheckConstraint("number > 0", name=op.f("ck_schedules_numbered")),
        sa.CheckConstraint("calendar <> ''", name=op.f("ck_schedules_filled")),
    )
    if op.get_bind().dialect.name == "sqlite":
        op.execute(_SQLITE)
    else:
        op.execute(_FUNCTION)
        op.execute(_POSTGRESQL)


def downgrade() -> None:
    op.drop_table("schedules")
    if op.get_bind().dialect.name == "postgresql":
        op.execute("DROP FUNCTION refuse_schedule_change")

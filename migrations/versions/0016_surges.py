"""Unusual inflow and plans of staff"""

import sqlalchemy as sa
from alembic import op

revision = "0016"
down_revision = "0015"
branch_labels = None
depends_on = None

_SAID = ("id", "channel_id", "usual", "people", "known_at", "starts_at", "ends_at", "made_by")
_SQLITE = (
    f"""
    CREATE TRIGGER staff_plans_are_immutable BEFORE UPDATE OF {", ".join(_SAID)} ON staff_plans
    BEGIN SELECT RAISE(ABORT, 'staff plans are immutable'); END
    """,
    """
    CREATE TRIGGER staff_plans_end_once BEFORE UPDATE ON staff_plans WHEN OLD.ended_at IS NOT NULL
    BEGIN SELECT RAISE(ABORT, 'staff plans are immutable'); END
    """,
)
_POSTGRESQL = (
    """
    CREATE FUNCTION refuse_staff_plan_change() RETURNS trigger LANGUAGE plpgsql AS
    $$ BEGIN RAISE EXCEPTION 'staff plans are immutable'; END $$
    """,
    f"""
    CREATE TRIGGER staff_plans_are_immutable BEFORE UPDATE ON staff_plans FOR EACH ROW
    WHEN (OLD.ended_at IS NOT NULL OR ({", ".join(f"OLD.{name}" for name in _SAID)})
    IS DISTINCT FROM ({", ".join(f"NEW.{name}" for name in _SAID)})) EXECUTE FUNCTION refuse_staff_plan_change()
    """,
)

_COUNTED = """
INSERT INTO inflow_quarters (channel_id, received_quarter, n)
SELECT channel_id, {quarter}, count(*) FROM promises WHERE sequence = 0 AND set_aside <> 'spam' GROUP BY 1, 2
"""
_COUNT = {
    "sqlite": _COUNTED.format(quarter="CAST(strftime('%s', received_at) AS INTEGER) / 900"),
    "postgresql": _COUNTED.format(quarter="CAST(floor(extract(epoch FROM received_at) / 900) AS INTEGER)"),
}


def upgrade() -> None:
    _make_staff_plans()
    _make_surges()


def _make_staff_plans() -> None:
    op.create_table(
        "staff_plans",
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("channel_id", sa.Integer, sa.ForeignKey("channels.id")),
        sa.Column("usual", sa.Integer, nullable=False),
        sa.Column("people", sa.Integer, nullable=False),
        sa.Column("known_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("starts_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ends_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("made_by", sa.Integer),
        sa.Column("ended_at", sa.DateTime(timezone=True)),
        sa.Column("ended_by", sa.Integer),
        sa.CheckConstraint("usual > 0", name=op.f("ck_staff_plans_usual_positive")),
        sa.CheckConstraint("people > 0", name=op.f("ck_staff_plans_people_positive")),
        sa.CheckConstraint("ends_at > starts_at", name=op.f("ck_staff_plans_ends_after_start")),
    )
    op.create_index("ix_staff_plans_ends_at", "staff_plans", ["ends_at"])
    for statement in _SQLITE if op.get_bind().dialect.name == "sqlite" else _POSTGRESQL:
        op.execute(statement)


def _make_surges() -> None:
    op.create_table(
        "inflow_quarters",
        sa.Column("channel_id", sa.Integer, sa.ForeignKey("channels.id"), nullable=False, primary_key=True),
        sa.Column("received_quarter", sa.Integer, primary_key=True, autoincrement=False),
        sa.Column("n", sa.Integer, nullable=False),
        sqlite_with_rowid=False,
    )
    op.execute(_COUNT[op.get_bind().dialect.name])
    op.create_table(
        "surges",
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("channel_id", sa.Integer, nullable=False),
        sa.Column("noticed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("seen", sa.Integer, nullable=False),
        sa.Column("usual", sa.Double, nullable=False),
        sa.Column("minutes", sa.Integer, nullable=False),
        sa.Column("hour_seen", sa.Integer, nullable=False),
        sa.Column("hour_usual", sa.Double, nullable=False),
        sa.Column("until", sa.DateTime(timezone=True)),
        sa.Column("dismissed_at", sa.DateTime(timezone=True)),
        sa.Column("dismissed_by", sa.Integer),
        sa.Column("incident_id", sa.Integer),
        sa.CheckConstraint("minutes > 0", name=op.f("ck_surges_minutes_positive")),
    )
    is_open = sa.text("until IS NULL")
    op.create_index("ix_surges_open", "surges", ["channel_id"], unique=True, sqlite_where=is_open, postgresql_where=is_open)
    op.create_index("ix_surges_channel_id", "surges", ["channel_id", "until"])
    op.create_index("ix_surges_until", "surges", ["until"])


def downgrade() -> None:
    op.drop_table("surges")
    op.drop_table("inflow_quarters")
    op.drop_table("staff_plans")
    if op.get_bind().dialect.name == "postgresql":
        op.execute("DROP FUNCTION refuse_staff_plan_change")

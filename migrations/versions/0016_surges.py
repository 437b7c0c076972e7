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


def upgrade() -> None:
    _make_staff_plans()


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


def downgrade() -> None:
    op.drop_table("staff_plans")
    if op.get_bind().dialect.name == "postgresql":
        op.execute("DROP FUNCTION refuse_staff_plan_change")

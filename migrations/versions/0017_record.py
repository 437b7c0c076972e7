"""What the public record needs: how long a time was promised, and which promises were judged afterwards"""

import sqlalchemy as sa
from alembic import op

revision = "0017"
down_revision = "0016"
branch_labels = None
depends_on = None

# Reads only the days on which something was judged afterwards, each by the index on channel and day.
_FILL = """
    UPDATE promise_days SET {column} = (
        SELECT count(*) FROM promises
        WHERE promises.channel_id = promise_days.channel_id AND promises.received_on = promise_days.received_on
            AND sequence = 0 AND set_aside = 'none' AND made_at > promised_at AND answered_at {compared} promised_at
    ) WHERE afterwards > 0
"""


def upgrade() -> None:
    # Null for promises made before: nobody wrote down then how much opening time lay before their time.
    op.add_column("promises", sa.Column("promised_seconds", sa.Integer))
    for column, compared in (("afterwards_kept", "<="), ("afterwards_late", ">")):
        op.add_column("promise_days", sa.Column(column, sa.Integer, nullable=False, server_default="0"))
        op.execute(_FILL.format(column=column, compared=compared))
    op.create_table(
        "promised_days",
        sa.Column("channel_id", sa.Integer, sa.ForeignKey("channels.id"), primary_key=True),
        sa.Column("received_on", sa.Date, primary_key=True),
        sa.Column("bucket", sa.Integer, primary_key=True, autoincrement=False),
        sa.Column("n", sa.Integer, nullable=False),
        sqlite_with_rowid=False,
    )


def downgrade() -> None:
    op.drop_table("promised_days")
    for column in ("afterwards_late", "afterwards_kept"):
        op.drop_column("promise_days", column)
    op.drop_column("promises", "promised_seconds")

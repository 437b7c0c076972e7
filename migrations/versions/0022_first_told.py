"""Finds at once the first customer of each channel who was told a time, whatever day their question says it is of"""

import sqlalchemy as sa
from alembic import op

revision = "0022"
down_revision = "0021"
branch_labels = None
depends_on = None

_TOLD = sa.text("sequence = 0 AND promised_at >= made_at AND (set_aside <> 'spam' OR set_aside_at > promised_at)")


def upgrade() -> None:
    op.create_index("ix_promises_first_told", "promises", ["channel_id", "made_at"], sqlite_where=_TOLD, postgresql_where=_TOLD)


def downgrade() -> None:
    op.drop_index("ix_promises_first_told", "promises")

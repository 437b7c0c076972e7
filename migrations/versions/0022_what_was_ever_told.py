"""Finds who was told first, who was told no time and what was merged without reading all that ever was

The index of 0021 on revisions without a time grows with those answered long ago: it is asked now of one promise at a time, of
those in an index of those who wait and heard something since, who left apart.
"""

import sqlalchemy as sa
from alembic import op

revision = "0022"
down_revision = "0021"
branch_labels = None
depends_on = None

_TOLD = sa.text("sequence = 0 AND promised_at >= made_at AND (set_aside <> 'spam' OR set_aside_at > promised_at)")
_MERGED = sa.text("merged_into_id IS NOT NULL")
_HEARD_MORE = sa.text("answered_at IS NULL AND notice_at IS NOT NULL AND notices > 0")


def upgrade() -> None:
    op.create_index("ix_promises_first_told", "promises", ["channel_id", "made_at"], sqlite_where=_TOLD, postgresql_where=_TOLD)
    op.create_index("ix_promises_heard_more", "promises", ["left_at"], sqlite_where=_HEARD_MORE, postgresql_where=_HEARD_MORE)
    op.create_index("ix_cases_merged_into_id", "cases", ["merged_into_id"], sqlite_where=_MERGED, postgresql_where=_MERGED)


def downgrade() -> None:
    op.drop_index("ix_cases_merged_into_id", "cases")
    op.drop_index("ix_promises_heard_more", "promises")
    op.drop_index("ix_promises_first_told", "promises")

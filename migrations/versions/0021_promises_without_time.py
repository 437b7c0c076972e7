"""Finds the customers to whom no time could be told by an index on each way of telling them so"""

import sqlalchemy as sa
from alembic import op

revision = "0021"
down_revision = "0020"
branch_labels = None
depends_on = None

_NEVER = sa.text("promised_at IS NULL AND answered_at IS NULL AND notice_at IS NOT NULL")
_NO_MORE = sa.text("promised_at IS NULL")


def upgrade() -> None:
    op.create_index("ix_promises_without_time", "promises", ["notice_at"], sqlite_where=_NEVER, postgresql_where=_NEVER)
    op.create_index(
        "ix_promise_revisions_without_time", "promise_revisions", ["promise_id"], sqlite_where=_NO_MORE, postgresql_where=_NO_MORE
    )


def downgrade() -> None:
    op.drop_index("ix_promise_revisions_without_time", "promise_revisions")
    op.drop_index("ix_promises_without_time", "promises")

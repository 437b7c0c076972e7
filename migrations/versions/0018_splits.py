"""Cases that were split off from others"""

import sqlalchemy as sa
from alembic import op

revision = "0018"
down_revision = "0017"
branch_labels = None
depends_on = None


def upgrade() -> None:
    # Without a foreign key, so that nothing is written anew: the table of cases is large, and others read it meanwhile.
    op.add_column("cases", sa.Column("split_from_id", sa.Integer))
    op.add_column("cases", sa.Column("split_at", sa.DateTime(timezone=True)))
    op.create_index("ix_cases_split_from_id", "cases", ["split_from_id"])


def downgrade() -> None:
    op.drop_index("ix_cases_split_from_id", "cases")
    op.drop_column("cases", "split_at")
    op.drop_column("cases", "split_from_id")

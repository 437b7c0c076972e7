"""A company's own subject of the mails with a message; null where it has none, and ours is used"""

import sqlalchemy as sa
from alembic import op

revision = "0019"
down_revision = "0018"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("message_texts", sa.Column("subject", sa.Text))


def downgrade() -> None:
    op.drop_column("message_texts", "subject")

"""Indexes with which every page and job costs the same at ten thousand and at ten million cases"""

import sqlalchemy as sa
from alembic import op

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None

# On PostgreSQL a name that begins with what was typed is found in this order of letters, whatever the order of the language.
_LETTERS = {"postgresql_ops": {"begin": "text_pattern_ops"}}


def upgrade() -> None:
    op.create_index("ix_incidents_kind", "incidents", ["kind", "state"])
    op.create_index("ix_incidents_resolved_at", "incidents", ["resolved_at"])
    op.create_index("ix_incidents_window_start", "incidents", ["window_start"])
    op.create_index("ix_incidents_window_end", "incidents", ["window_end"])
    op.create_index("ix_events_noun", "events", [sa.text("rtrim(subject, '0123456789')"), "id"])
    op.create_index("ix_identities_handle", "identities", [sa.func.lower(sa.column("handle")).label("begin")], **_LETTERS)
    op.create_index("ix_identities_name", "identities", [sa.func.lower(sa.column("name")).label("begin")], **_LETTERS)
    op.create_index("ix_cases_closed_at", "cases", ["closed_at"])
    op.create_index("ix_cases_channel_id", "cases", ["channel_id", "state", "received_at"])
    op.drop_index("ix_cases_assigned_to", "cases")
    op.create_index("ix_cases_assigned_to", "cases", ["assigned_to", "state", "received_at"])
    _create_partial("ix_erasure_requests_open", "erasure_requests", ["asked_at"], "settled_at IS NULL")
    op.create_index("ix_inbound_channel_id", "inbound", ["channel_id", "received_at"])
    _create_partial("ix_inbound_waiting", "inbound", ["channel_id"], "state = 'stored'")
    _create_partial("ix_inbound_troubled", "inbound", ["channel_id", "id"], "state IN ('rejected', 'failed')")


def _create_partial(name: str, table: str, columns: list[str], condition: str) -> None:
    op.create_index(name, table, columns, sqlite_where=sa.text(condition), postgresql_where=sa.text(condition))


def downgrade() -> None:
    for table, names in {
        "inbound": ("troubled", "waiting", "channel_id"),
        "erasure_requests": ("open",),
        "cases": ("assigned_to", "channel_id", "closed_at"),
        "identities": ("name", "handle"),
        "events": ("noun",),
        "incidents": ("window_end", "window_start", "resolved_at", "kind"),
    }.items():
        for name in names:
            op.drop_index(f"ix_{table}_{name}", table)
    op.create_index("ix_cases_assigned_to", "cases", ["assigned_to", "state"])

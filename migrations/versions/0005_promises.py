"""Priorities, promises and kept figures"""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None

_LEVELS = ("low", "normal", "high")
_SET_ASIDE = ("none", "spam", "withdrawn", "no_answer_needed")
_REASONS = ("illness", "outage", "many_questions", "waiting_for_others", "complicated", "our_mistake")
_TALLIES = ("received", "kept", "late", "set_aside", "afterwards", "unmeasured", "unpromised")


def _choice(table: str, column: str, name: str, values: tuple[str, ...]) -> sa.CheckConstraint:
    listed = ", ".join(f"'{value}'" for value in values)
    return sa.CheckConstraint(f"{column} IN ({listed})", name=op.f(f"ck_{table}_{name}"))


def _channel(*, key: bool = False) -> sa.Column[int]:
    return sa.Column("channel_id", sa.Integer, sa.ForeignKey("channels.id"), nullable=False, primary_key=key)


def upgrade() -> None:
    _make_priorities()
    _make_promises()
    _make_counts()


def _make_priorities() -> None:
    op.create_table(
        "priority_classes",
        sa.Column("code", sa.String(8), primary_key=True),
        sa.Column("name_nl", sa.String(60), nullable=False),
        sa.Column("name_en", sa.String(60), nullable=False),
        sa.Column("position", sa.Integer, nullable=False),
        sa.Column("lead_minutes", sa.Integer, nullable=False),
        sa.CheckConstraint("lead_minutes > 0", name=op.f("ck_priority_classes_lead_positive")),
        sa.CheckConstraint("code <> '' AND name_nl <> '' AND name_en <> ''", name=op.f("ck_priority_classes_named")),
    )
    op.create_table(
        "priority_matrix",
        sa.Column("impact", sa.String(6), primary_key=True),
        sa.Column("urgency", sa.String(6), primary_key=True),
        sa.Column("class_code", sa.String(8), sa.ForeignKey("priority_classes.code"), nullable=False),
        _choice("priority_matrix", "impact", "impact", _LEVELS),
        _choice("priority_matrix", "urgency", "urgency", _LEVELS),
    )
    op.create_table(
        "priority_rules",
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("position", sa.Integer, nullable=False),
        sa.Column("channel_id", sa.Integer, sa.ForeignKey("channels.id")),
        sa.Column("words", sa.JSON, nullable=False),
        sa.Column("contact_id", sa.Integer),
        sa.Column("impact", sa.String(6)),
        sa.Column("urgency", sa.String(6)),
        _choice("priority_rules", "impact", "impact", _LEVELS),
        _choice("priority_rules", "urgency", "urgency", _LEVELS),
    )


def _make_promises() -> None:
    op.create_table(
        "promises",
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("case_id", sa.Integer, nullable=False),
        sa.Column("sequence", sa.Integer, nullable=False),
        _channel(),
        sa.Column("impact", sa.String(6), nullable=False),
        sa.Column("urgency", sa.String(6), nullable=False),
        sa.Column("rule_id", sa.Integer),
        sa.Column("class_code", sa.String(8), nullable=False),
        sa.Column("lead_minutes", sa.Integer, nullable=False),
        sa.Column("schedule_id", sa.Integer),
        sa.Column("received_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("received_on", sa.Date, nullable=False),
        sa.Column("received_hour", sa.SmallInteger, nullable=False),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("promised_at", sa.DateTime(timezone=True)),
        sa.Column("answered_at", sa.DateTime(timezone=True)),
        sa.Column("wait_seconds", sa.Integer),
        sa.Column("set_aside", sa.String(16), nullable=False),
        sa.Column("answered_with_id", sa.Integer),
        sa.Column("overruled_impact", sa.String(6)),
        sa.Column("overruled_urgency", sa.String(6)),
        sa.Column("overruled_class_code", sa.String(8)),
        sa.UniqueConstraint("case_id", "sequence", name=op.f("uq_promises_case_id_sequence")),
        sa.CheckConstraint("wait_seconds >= 0", name=op.f("ck_promises_wait_not_negative")),
        _choice("promises", "impact", "impact", _LEVELS),
        _choice("promises", "urgency", "urgency", _LEVELS),
        _choice("promises", "set_aside", "setaside", _SET_ASIDE),
    )
    op.create_index("ix_promises_channel_id", "promises", ["channel_id", "received_on"])
    op.create_index("ix_promises_answered_with_id", "promises", ["answered_with_id"])
    op.create_table(
        "promise_revisions",
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("promise_id", sa.Integer, sa.ForeignKey("promises.id"), nullable=False),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("promised_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("reason", sa.String(18), nullable=False),
        sa.Column("sentence_nl", sa.Text, nullable=False),
        sa.Column("sentence_en", sa.Text, nullable=False),
        sa.Column("made_by", sa.Integer),
        _choice("promise_revisions", "reason", "revisionreason", _REASONS),
    )
    op.create_index("ix_promise_revisions_promise_id", "promise_revisions", ["promise_id"])


def _make_counts() -> None:
    op.create_table(
        "response_days",
        _channel(key=True),
        sa.Column("received_on", sa.Date, primary_key=True),
        sa.Column("bucket", sa.Integer, primary_key=True, autoincrement=False),
        sa.Column("n", sa.Integer, nullable=False),
        sqlite_with_rowid=False,  # rows stand in the order of their key, which is how they are read
    )
    op.create_table(
        "response_recent",
        _channel(key=True),
        sa.Column("bucket", sa.Integer, primary_key=True, autoincrement=False),
        sa.Column("n", sa.Integer, nullable=False),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "response_recent_since",
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("since", sa.Date, nullable=False),
        sa.CheckConstraint("id = 1", name=op.f("ck_response_recent_since_only_one")),
    )
    op.create_table(
        "response_hours",
        _channel(key=True),
        sa.Column("received_on", sa.Date, primary_key=True),
        sa.Column("received_hour", sa.SmallInteger, primary_key=True, autoincrement=False),
        sa.Column("bucket", sa.Integer, primary_key=True, autoincrement=False),
        sa.Column("n", sa.Integer, nullable=False),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "promise_days",
        _channel(key=True),
        sa.Column("received_on", sa.Date, primary_key=True),
        *(sa.Column(name, sa.Integer, nullable=False, server_default="0") for name in _TALLIES),
        sqlite_with_rowid=False,
    )
    _make_waiting()


def _make_waiting() -> None:
    op.create_table(
        "waiting_minutes",
        _channel(key=True),
        sa.Column("received_minute", sa.Integer, primary_key=True, autoincrement=False),
        sa.Column("n", sa.Integer, nullable=False),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "waiting_half_hours",
        _channel(key=True),
        sa.Column("received_half_hour", sa.Integer, primary_key=True, autoincrement=False),
        sa.Column("n", sa.Integer, nullable=False),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "waiting_promises",
        _channel(key=True),
        sa.Column("promised_second", sa.BigInteger, primary_key=True, autoincrement=False),
        sa.Column("received_on", sa.Date, primary_key=True),
        sa.Column("n", sa.Integer, nullable=False),
        sqlite_with_rowid=False,
    )


def downgrade() -> None:
    for table in (
        "waiting_promises",
        "waiting_half_hours",
        "waiting_minutes",
        "promise_days",
        "response_hours",
        "response_recent_since",
        "response_recent",
        "response_days",
        "promise_revisions",
        "promises",
        "priority_rules",
        "priority_matrix",
        "priority_classes",
    ):
        op.drop_table(table)

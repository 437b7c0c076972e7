"""Messages to customers: the ledger of deliveries, how far the journal was read, and a company's own texts"""

import sqlalchemy as sa
from alembic import op

revision = "0014"
down_revision = "0013"
branch_labels = None
depends_on = None

_KINDS = ("acknowledgement", "no_promise", "delay", "no_time_now", "sooner", "hear_more")
_STATES = ("owed", "sending", "sent", "shown_on_page", "failed", "given_up", "uncertain", "not_needed")
_WHY_NOT = ("no_sender", "window_over", "no_mail_server", "nobody_reads", "too_many")
_TROUBLED = sa.text("state IN ('failed', 'given_up', 'uncertain')")
_WAITING = sa.text("state IN ('owed', 'sending')")


def upgrade() -> None:
    op.add_column("messages", sa.Column("takes_no_reply", sa.Boolean, nullable=False, server_default=sa.false()))
    op.create_table(
        "deliveries",
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("event_id", sa.Integer, nullable=False),
        sa.Column("recipient", sa.String(80), nullable=False),
        sa.Column("mailbox", sa.String(64)),
        sa.Column("way", sa.String(5), nullable=False),
        sa.Column("kind", sa.String(15), nullable=False),
        sa.Column("rank", sa.Integer, nullable=False),
        sa.Column("case_id", sa.Integer, nullable=False),
        sa.Column("message_id", sa.Integer, nullable=False),
        sa.Column("language", sa.String(8), nullable=False),
        sa.Column("text", sa.Text, nullable=False),
        sa.Column("state", sa.String(13), nullable=False),
        sa.Column("why_not", sa.String(14)),
        sa.Column("tries", sa.Integer, nullable=False),
        sa.Column("next_try_at", sa.DateTime(timezone=True)),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("sent_at", sa.DateTime(timezone=True)),
        sa.Column("error", sa.Text, nullable=False),
        sa.UniqueConstraint("event_id", "recipient", "way", name="uq_deliveries_event_id_recipient_way"),
        _one_of("deliveries", "way", "way", ("email", "page")),
        _one_of("deliveries", "kind", "messagekind", _KINDS),
        _one_of("deliveries", "state", "deliverystate", _STATES),
        _one_of("deliveries", "why_not", "whynot", _WHY_NOT),
        sa.CheckConstraint("recipient <> ''", name="ck_deliveries_recipient_filled"),
        sa.CheckConstraint("tries >= 0", name="ck_deliveries_tries_not_negative"),
        sa.CheckConstraint("rank IN (0, 1)", name="ck_deliveries_rank_known"),
        sa.CheckConstraint("(state = 'sent') = (sent_at IS NOT NULL)", name="ck_deliveries_sent_when"),
        sa.ForeignKeyConstraint(["event_id"], ["events.id"], "fk_deliveries_event_id_events"),
        sa.ForeignKeyConstraint(["case_id"], ["cases.id"], "fk_deliveries_case_id_cases", ondelete="CASCADE"),
        sa.ForeignKeyConstraint(["message_id"], ["messages.id"], "fk_deliveries_message_id_messages", ondelete="CASCADE"),
    )
    op.create_index("ix_deliveries_case_id", "deliveries", ["case_id"])
    op.create_index("ix_deliveries_mailbox", "deliveries", ["mailbox", "made_at"])
    op.create_index("ix_deliveries_message_id", "deliveries", ["message_id"])
    order = ["rank", "next_try_at", "id"]
    op.create_index("ix_deliveries_waiting", "deliveries", order, sqlite_where=_WAITING, postgresql_where=_WAITING)
    op.create_index("ix_deliveries_troubled", "deliveries", ["id"], sqlite_where=_TROUBLED, postgresql_where=_TROUBLED)
    followers = op.create_table(
        "followers",
        sa.Column("name", sa.String(60), primary_key=True),
        sa.Column("looked", sa.BigInteger, nullable=False),
        sa.Column("missing", sa.JSON, nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
    )
    op.create_table(
        "message_texts",
        sa.Column("kind", sa.String(15), primary_key=True),
        sa.Column("language", sa.String(8), primary_key=True),
        sa.Column("text", sa.Text, nullable=False),
        sa.Column("changed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("changed_by", sa.Integer),
        _one_of("message_texts", "kind", "messagekind", _KINDS),
        sa.CheckConstraint("text <> ''", name="ck_message_texts_text_filled"),
    )
    op.create_table(
        "channel_messages",
        sa.Column("channel_id", sa.Integer, primary_key=True, autoincrement=False),
        sa.Column("acknowledges", sa.Boolean, nullable=False),
        sa.Column("with_link", sa.Boolean, nullable=False),
        sa.ForeignKeyConstraint(["channel_id"], ["channels.id"], "fk_channel_messages_channel_id_channels", ondelete="CASCADE"),
    )
    _begin_at_the_end_of_the_journal(followers)


def _begin_at_the_end_of_the_journal(followers: sa.Table) -> None:
    """Of what happened before, nobody is told; and nobody reads it through."""
    connection = op.get_bind()
    last = connection.scalar(sa.text("SELECT max(id) FROM events"))
    if last is not None:
        at = sa.func.current_timestamp()
        connection.execute(followers.insert().values(name="notifications", looked=last, missing=[], at=at))


def _one_of(table: str, column: str, name: str, values: tuple[str, ...]) -> sa.CheckConstraint:
    listed = ", ".join(f"'{value}'" for value in values)
    return sa.CheckConstraint(f"{column} IN ({listed})", name=f"ck_{table}_{name}")


def downgrade() -> None:
    for table in ("channel_messages", "message_texts", "followers", "deliveries"):
        op.drop_table(table)
    op.drop_column("messages", "takes_no_reply")

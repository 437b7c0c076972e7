"""Notices before a promise breaks"""

from collections import Counter
from datetime import UTC, datetime

import sqlalchemy as sa
from alembic import op

revision = "0015"
down_revision = "0014"
branch_labels = None
depends_on = None

_EARLIER_REASONS = ("illness", "outage", "many_questions", "waiting_for_others", "complicated", "our_mistake")
_REASONS = (*_EARLIER_REASONS, "not_reached")


def upgrade() -> None:
    op.add_column("promises", sa.Column("told_at", sa.DateTime(timezone=True)))
    for table, name in (("promise_days", "told"), ("promise_days", "told_waiting"), ("waiting_promises", "told")):
        op.add_column(table, sa.Column(name, sa.Integer, nullable=False, server_default="0"))
    _allow_reasons(_REASONS)
    _write_what_was_told()


def _allow_reasons(reasons: tuple[str, ...]) -> None:
    listed = ", ".join(f"'{each}'" for each in reasons)
    name = op.f("ck_promise_revisions_revisionreason")
    with op.batch_alter_table("promise_revisions") as table:
        table.drop_constraint(name, type_="check")
        table.create_check_constraint(name, f"reason IN ({listed})")


def _write_what_was_told() -> None:
    """What customers were told by earlier releases, and the counts of it."""
    op.execute(
        """
        UPDATE promises SET told_at = (
            SELECT min(made_at) FROM promise_revisions AS later
            WHERE later.promise_id = promises.id AND later.promised_at > promises.promised_at
        ) WHERE id IN (SELECT promise_id FROM promise_revisions)
        """
    )
    connection = op.get_bind()
    of_first = "FROM promises WHERE sequence = 0 AND set_aside = 'none' AND told_at <= promised_at"
    told = connection.execute(
        sa.text(f"SELECT channel_id, received_on, promised_at, answered_at {of_first}").columns(
            channel_id=sa.Integer,
            received_on=sa.Date,
            promised_at=sa.DateTime(timezone=True),
            answered_at=sa.DateTime(timezone=True),
        )
    ).all()
    late = Counter(
        (each.channel_id, each.received_on) for each in told if each.answered_at and each.answered_at > each.promised_at
    )
    waiting = [each for each in told if each.answered_at is None]
    _add("promise_days", "told", ("channel_id", "received_on"), late)
    days = Counter((each.channel_id, each.received_on) for each in waiting)
    _add("promise_days", "told_waiting", ("channel_id", "received_on"), days)
    seconds = Counter((each.channel_id, _second(each.promised_at), each.received_on) for each in waiting)
    _add("waiting_promises", "told", ("channel_id", "promised_second", "received_on"), seconds)


def _second(at: datetime) -> int:
    """SQLite gives instants in UTC without saying so."""
    return int((at if at.tzinfo else at.replace(tzinfo=UTC)).timestamp())


def _add(table: str, column: str, key: tuple[str, ...], counts: Counter[tuple[object, ...]]) -> None:
    counted = sa.table(table, *(sa.column(name) for name in key), sa.column(column))
    matches = [counted.c[name] == sa.bindparam(f"the_{name}") for name in key]
    change = sa.update(counted).where(*matches).values({column: sa.bindparam("number")})
    for values, number in counts.items():
        named = {f"the_{name}": value for name, value in zip(key, values, strict=True)}
        op.get_bind().execute(change, named | {"number": number})


def downgrade() -> None:
    op.execute("UPDATE promise_revisions SET reason = 'many_questions' WHERE reason = 'not_reached'")
    _allow_reasons(_EARLIER_REASONS)
    for table, name in (("waiting_promises", "told"), ("promise_days", "told_waiting"), ("promise_days", "told")):
        op.drop_column(table, name)
    op.drop_column("promises", "told_at")

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


_TO_WATCH = "answered_at IS NULL AND notice_at IS NOT NULL"


def upgrade() -> None:
    op.add_column("promises", sa.Column("hear_by", sa.DateTime(timezone=True)))
    op.add_column("promises", sa.Column("told_at", sa.DateTime(timezone=True)))
    op.add_column("promises", sa.Column("notices", sa.SmallInteger, nullable=False, server_default="0"))
    op.add_column("promises", sa.Column("notice_at", sa.DateTime(timezone=True)))
    for table, name in (("promise_days", "told"), ("promise_days", "told_waiting"), ("waiting_promises", "told")):
        op.add_column(table, sa.Column(name, sa.Integer, nullable=False, server_default="0"))
    _number_revisions()
    _write_what_was_told()
    _watch()
    op.create_index(
        "ix_promises_notice_at",
        "promises",
        ["notices", "notice_at"],
        sqlite_where=sa.text(_TO_WATCH),
        postgresql_where=sa.text(_TO_WATCH),
    )
    op.create_table(
        "ready_notices",
        sa.Column("promise_id", sa.Integer, sa.ForeignKey("promises.id"), primary_key=True),
        sa.Column("promised_at", sa.DateTime(timezone=True)),
        sa.Column("reason", sa.String(18), nullable=False),
        sa.Column("sentence_nl", sa.Text, nullable=False),
        sa.Column("sentence_en", sa.Text, nullable=False),
        sa.Column("chosen_by", sa.Integer, nullable=False),
        sa.Column("chosen_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint(_one_of(_REASONS), name=op.f("ck_ready_notices_revisionreason")),
    )


def _one_of(reasons: tuple[str, ...]) -> str:
    listed = ", ".join(f"'{each}'" for each in reasons)
    return f"reason IN ({listed})"


def _number_revisions() -> None:
    """The first two that told of a later time get their number; more than that could be told by earlier releases."""
    with op.batch_alter_table("promise_revisions") as table:
        table.add_column(sa.Column("number", sa.SmallInteger))
        table.add_column(sa.Column("hear_by", sa.DateTime(timezone=True)))
        table.alter_column("promised_at", existing_type=sa.DateTime(timezone=True), nullable=True)
        table.drop_constraint(op.f("ck_promise_revisions_revisionreason"), type_="check")
        table.create_check_constraint(op.f("ck_promise_revisions_revisionreason"), _one_of(_REASONS))
        table.create_unique_constraint(op.f("uq_promise_revisions_promise_id_number"), ["promise_id", "number"])
        table.create_check_constraint(op.f("ck_promise_revisions_two_at_most"), "number BETWEEN 1 AND 2")
        table.create_check_constraint(op.f("ck_promise_revisions_second_by_a_person"), "number = 1 OR made_by IS NOT NULL")
        table.create_check_constraint(op.f("ck_promise_revisions_one_time"), "(promised_at IS NULL) = (hear_by IS NOT NULL)")
    op.execute(
        """
        UPDATE promise_revisions SET number = 1 WHERE id IN (
            SELECT min(told.id) FROM promise_revisions AS told JOIN promises ON promises.id = told.promise_id
            WHERE promises.promised_at IS NULL OR told.promised_at > promises.promised_at GROUP BY told.promise_id
        )
        """
    )
    op.execute(
        """
        UPDATE promise_revisions SET number = 2 WHERE id IN (
            SELECT min(told.id) FROM promise_revisions AS told JOIN promise_revisions AS first
                ON first.promise_id = told.promise_id AND first.number = 1
            WHERE told.id > first.id AND told.made_by IS NOT NULL AND told.promised_at > first.promised_at
            GROUP BY told.promise_id
        )
        """
    )
    op.execute(
        """
        UPDATE promises SET notices = (
            SELECT count(number) FROM promise_revisions AS told WHERE told.promise_id = promises.id
        ) WHERE id IN (SELECT promise_id FROM promise_revisions)
        """
    )


def _watch() -> None:
    """Promises that wait and whose time is still to come when the job first looks get their notice like new ones.

    Those whose customers were told of another time are watched as that time comes near.
    """
    earlier = "promised_at - interval '31 minutes'"
    if op.get_bind().dialect.name == "sqlite":
        earlier = "strftime('%Y-%m-%d %H:%M:%S', promised_at, '-31 minutes') || '.000000'"
    op.execute(
        f"UPDATE promises SET notice_at = {earlier}"  # noqa: S608 - our own words
        " WHERE answered_at IS NULL AND promised_at > made_at AND notices = 0 AND promised_at > CURRENT_TIMESTAMP"
    )
    op.execute(
        f"""
        UPDATE promises SET notice_at = (
            SELECT {earlier} FROM promise_revisions WHERE id = (
                SELECT max(id) FROM promise_revisions AS told WHERE told.promise_id = promises.id
            )
        ) WHERE answered_at IS NULL AND notices > 0
        """  # noqa: S608 - our own words
    )


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
    op.drop_table("ready_notices")
    op.drop_index("ix_promises_notice_at", "promises")
    op.execute("UPDATE promise_revisions SET reason = 'many_questions' WHERE reason = 'not_reached'")
    op.execute("DELETE FROM promise_revisions WHERE promised_at IS NULL")  # an earlier release cannot say so
    with op.batch_alter_table("promise_revisions") as table:
        for name in ("one_time", "second_by_a_person", "two_at_most", "revisionreason"):
            table.drop_constraint(op.f(f"ck_promise_revisions_{name}"), type_="check")
        table.drop_constraint(op.f("uq_promise_revisions_promise_id_number"), type_="unique")
        table.create_check_constraint(op.f("ck_promise_revisions_revisionreason"), _one_of(_EARLIER_REASONS))
        table.alter_column("promised_at", existing_type=sa.DateTime(timezone=True), nullable=False)
        table.drop_column("hear_by")
        table.drop_column("number")
    for table_name, name in (("waiting_promises", "told"), ("promise_days", "told_waiting"), ("promise_days", "told")):
        op.drop_column(table_name, name)
    for name in ("notice_at", "notices", "told_at", "hear_by"):
        op.drop_column("promises", name)

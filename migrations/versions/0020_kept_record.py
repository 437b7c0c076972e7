"""The record keeps what was promised, and counts what was changed after the promised time"""

import sqlalchemy as sa
from alembic import op

revision = "0020"
down_revision = "0017"
branch_labels = None
depends_on = None

_SET_ASIDE_AT = """
    UPDATE promises SET set_aside_at = coalesce(
        (SELECT max(at) FROM events WHERE subject = 'case:' || promises.case_id AND kind = 'promise.set_aside'), left_at
    ) WHERE set_aside <> 'none'
"""
# Of the answers that were given in time only those that came in more than an hour after the time; of others null stays.
_ANSWER_KNOWN_AT = """
    UPDATE promises SET answer_known_at = (
        SELECT min(received_at) FROM messages
        WHERE messages.case_id = coalesce(promises.answered_with_id, promises.case_id) AND counts_as_answer
            AND created_at = promises.answered_at
    ) WHERE made_at <= promised_at AND answered_at <= promised_at AND id IN (
        SELECT promises.id FROM messages JOIN promises ON promises.case_id = messages.case_id
        WHERE {came_late} AND {an_hour_late} AND counts_as_answer AND created_at = answered_at
        UNION
        SELECT promises.id FROM messages JOIN promises ON promises.answered_with_id = messages.case_id
        WHERE {came_late} AND {an_hour_late} AND counts_as_answer AND created_at = answered_at
    )
"""
_LATER = {  # by more than an hour; whole seconds suffice
    "sqlite": "CAST(strftime('%s', {at}) AS INTEGER) > CAST(strftime('%s', {than}) AS INTEGER) + 3600",
    "postgresql": "{at} > {than} + interval '1 hour'",
}
_COUNT = """
    UPDATE promise_days SET {column} = (
        SELECT count(*) FROM promises
        WHERE promises.channel_id = promise_days.channel_id AND promises.received_on = promise_days.received_on
            AND sequence = 0 AND made_at <= promised_at AND {condition}
    ) WHERE {days}
"""
_DAYS_WITH_LATE_ANSWERS = """
    (channel_id, received_on) IN (SELECT channel_id, received_on FROM promises WHERE answer_known_at IS NOT NULL)
"""


def upgrade() -> None:
    later = _LATER[op.get_bind().dialect.name]
    for column in ("answer_known_at", "set_aside_at"):
        op.add_column("promises", sa.Column(column, sa.DateTime(timezone=True)))
    op.execute(_SET_ASIDE_AT)
    known = {"at": "messages.received_at", "than": "promised_at"}
    came = {"at": "messages.received_at", "than": "messages.created_at"}  # few did, so that few are looked up
    op.execute(_ANSWER_KNOWN_AT.format(an_hour_late=later.format(**known), came_late=later.format(**came)))
    reported = f"set_aside = 'none' AND {later.format(at='answer_known_at', than='promised_at')}"
    for column, condition, days in (
        ("removed", "set_aside_at > promised_at", "set_aside > 0"),
        ("reported", reported, _DAYS_WITH_LATE_ANSWERS),
    ):
        op.add_column("promise_days", sa.Column(column, sa.Integer, nullable=False, server_default="0"))
        op.execute(_COUNT.format(column=column, condition=condition, days=days))


def downgrade() -> None:
    for column in ("reported", "removed"):
        op.drop_column("promise_days", column)
    for column in ("set_aside_at", "answer_known_at"):
        op.drop_column("promises", column)

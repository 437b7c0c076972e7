"""The record keeps what was promised, and counts what was changed after the promised time

A later migration that makes one of these tables anew on SQLite must make its triggers anew too.
"""

import sqlalchemy as sa
from alembic import op

revision = "0020"
down_revision = "0019"
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

# A promise stands as the customer was told it. Its receipt may turn out to be earlier, and then its day too; a time
# that was worked out when it had passed already was told to nobody, and may be worked out again; a promise of a later answer
# (which is in no record) may become the first one of a case of its own. The day may change by itself, since a release that runs
# beside this one writes it after the receipt.
_FIXED = ("id", "channel_id", "made_at")
_WATCHED = (*_FIXED, "case_id", "sequence", "promised_at", "received_at", "received_on")
_IS_EDIT = """
    ({old_fixed}) <> ({new_fixed}) OR NEW.received_at > OLD.received_at
    OR NEW.received_on > OLD.received_on
    OR ((NEW.case_id <> OLD.case_id OR NEW.sequence <> OLD.sequence)
        AND (OLD.sequence = 0 OR NEW.sequence <> 0 OR NEW.case_id = OLD.case_id))
    OR (NEW.promised_at {differs} OLD.promised_at AND (OLD.promised_at IS NULL OR OLD.promised_at >= OLD.made_at))
"""
_PROMISES, _REVISIONS = "what was promised stays as it was told", "what was told later stays as it was told"


def _is_edit(differs: str) -> str:
    old, new = (", ".join(f"{row}.{name}" for name in _FIXED) for row in ("OLD", "NEW"))
    return _IS_EDIT.format(old_fixed=old, new_fixed=new, differs=differs)


def _refuse_on_sqlite() -> None:
    """REPLACE deletes rows without asking the triggers on deletion: so nothing is put where a row is already."""
    for name, when, words in (
        ("promises_are_not_edited", f"UPDATE OF {', '.join(_WATCHED)} ON promises WHEN {_is_edit('IS NOT')}", _PROMISES),
        ("promises_are_not_deleted", "DELETE ON promises", _PROMISES),
        (
            "promises_are_not_replaced",
            """INSERT ON promises WHEN EXISTS (SELECT 1 FROM promises WHERE id = NEW.id)
            OR EXISTS (SELECT 1 FROM promises WHERE case_id = NEW.case_id AND sequence = NEW.sequence)""",
            _PROMISES,
        ),
        (
            "promises_are_not_displaced",
            """UPDATE OF case_id, sequence ON promises
            WHEN EXISTS (SELECT 1 FROM promises WHERE case_id = NEW.case_id AND sequence = NEW.sequence AND id <> NEW.id)""",
            _PROMISES,
        ),
        ("promise_revisions_are_not_edited", "UPDATE ON promise_revisions", _REVISIONS),
        ("promise_revisions_are_not_deleted", "DELETE ON promise_revisions", _REVISIONS),
        (
            "promise_revisions_are_not_replaced",
            """INSERT ON promise_revisions WHEN EXISTS (SELECT 1 FROM promise_revisions WHERE id = NEW.id)
            OR EXISTS (SELECT 1 FROM promise_revisions WHERE promise_id = NEW.promise_id AND number = NEW.number)""",
            _REVISIONS,
        ),
    ):
        op.execute(f"CREATE TRIGGER {name} BEFORE {when} BEGIN SELECT RAISE(ABORT, '{words}'); END")


def _refuse_on_postgresql() -> None:
    for table, words in (("promises", _PROMISES), ("promise_revisions", _REVISIONS)):
        refuse = f"refuse_{table}_change"
        op.execute(f"CREATE FUNCTION {refuse}() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE EXCEPTION '{words}'; END $$")
        edit = f"WHEN ({_is_edit('IS DISTINCT FROM')})" if table == "promises" else ""
        for what, when in (
            ("edited", f"UPDATE ON {table} FOR EACH ROW {edit}"),
            ("deleted", f"DELETE ON {table} FOR EACH ROW"),
            ("emptied", f"TRUNCATE ON {table}"),
        ):
            op.execute(f"CREATE TRIGGER {table}_are_not_{what} BEFORE {when} EXECUTE FUNCTION {refuse}()")


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
    if op.get_bind().dialect.name == "sqlite":
        _refuse_on_sqlite()
    else:
        _refuse_on_postgresql()


def downgrade() -> None:
    is_sqlite = op.get_bind().dialect.name == "sqlite"
    for table in ("promises", "promise_revisions"):
        for what in ("edited", "deleted", "replaced" if is_sqlite else "emptied"):
            op.execute(f"DROP TRIGGER {table}_are_not_{what}" + ("" if is_sqlite else f" ON {table}"))
        if is_sqlite and table == "promises":
            op.execute("DROP TRIGGER promises_are_not_displaced")
        if not is_sqlite:
            op.execute(f"DROP FUNCTION refuse_{table}_change")
    for column in ("reported", "removed"):
        op.drop_column("promise_days", column)
    for column in ("set_aside_at", "answer_known_at"):
        op.drop_column("promises", column)

"""Thousands of rows in every table that grows, so that a planner has a reason to use an index."""

from sqlalchemy import text

from portal.db import Database

_AT = "2026-01-01 12:00:00.000000"
_FROM = "FROM n WHERE i <= 3000"
_MANY = "FROM n"
_STATEMENTS = (
    f"INSERT INTO sign_ins SELECT 1000 + i, 's' || i, 1 + i % 3, :at, :at, datetime(:at, i || ' hours'), '' {_FROM}",
    f"INSERT INTO signed_out_devices SELECT 1000 + i, 'd' || i, :at {_FROM}",
    f"""
    INSERT INTO inbound SELECT 100000 + i, 1 + i % 5, 'x' || i, 'y', x'7b7d', :at, iif(i % 500, 'understood', 'stored'), 0, '',
        'm' || i {_FROM}
    """,
    f"INSERT INTO hook_counts SELECT 1 + i % 5, date(:at, -(i / 5) || ' days'), 'taken', i {_FROM}",
    """
    INSERT INTO message_edits SELECT i, channel_id, message_id, :at, 0, 'text', '', :at
        FROM messages, n WHERE messages.id = n.i AND i <= 3000
    """,
    "INSERT INTO claims SELECT 100000 + i, i, 'c' || i, 'l' || i, :at, NULL, NULL FROM n WHERE i <= 2000",
    "INSERT INTO erasure_requests SELECT i, i, :at, iif(i % 300, :at, NULL), NULL FROM n WHERE i <= 2000",
    """
    INSERT INTO opinions SELECT i, case_id, messages.id, 1, '', :at
        FROM messages, n WHERE messages.id = n.i AND case_id IS NOT NULL AND i <= 3000
    """,
    "INSERT INTO presences SELECT i, i, 1, :at FROM n WHERE i <= 2000",
    f"""
    INSERT INTO incidents SELECT 10000 + i, 'g' || i, 'many-' || i, iif(i % 10, 'incident', 'maintenance'), 'Storing', '',
        iif(i % 10, 'resolved', 'completed'), 'minor', 0, datetime(:at, (-i / 5) || ' days'), datetime(:at, (-i / 5) || ' days'),
        datetime(:at, (-i / 5) || ' days'), datetime(:at, (-i / 5) || ' days'),
        iif(i % 10, NULL, datetime(:at, (-i / 5) || ' days')),
        iif(i % 10, NULL, datetime(:at, (1 - i / 5) || ' days')), NULL, NULL, 1 {_MANY}
    """,
    f"""
    INSERT INTO incident_updates SELECT 10000 + i, 'u' || i, 10000 + i, 'resolved', 'Klaar', '',
        datetime(:at, (-i / 5) || ' days'), NULL, NULL, NULL {_MANY}
    """,
    f"INSERT INTO incident_services SELECT 10000 + i, 1 + i % 3 {_MANY}",
    f"INSERT INTO incident_channels SELECT 10000 + i, 1 + i % 3 {_MANY}",
    """
    INSERT INTO response_days SELECT channel_id, date(received_on, -(i * 60) || ' days'), bucket, response_days.n
        FROM response_days, n WHERE i <= 5
    """,
    """
    INSERT INTO promised_days SELECT channel_id, date(received_on, -(i * 60) || ' days'), bucket, promised_days.n
        FROM promised_days, n WHERE i <= 5
    """,
    """
    INSERT INTO promise_days (channel_id, received_on, received, kept)
        SELECT channels.id, date(:at, -(i + 300) || ' days'), 5, 5 FROM channels, n WHERE i <= 2000
    """,
    f"INSERT INTO desk_facts SELECT 1 + i % 5, -i, 'answered', i, i, 1, 2, i, 0, 0, 1 {_MANY}",
    f"INSERT INTO inflow_quarters SELECT 1 + i % 5, 100000 + i / 5, i {_MANY}",
    f"""
    INSERT INTO surges SELECT i, 10 + i, datetime(:at, -i || ' hours'), 60, 9.0, 60, 60, 9.0, datetime(:at, -i || ' hours'), NULL,
        NULL, NULL {_FROM}
    """,
    """
    INSERT INTO deliveries SELECT 10000 + i, (SELECT max(id) FROM events), 'identity:' || i, 'print ' || i % 9,
        'email', 'acknowledgement', 1, 1 + i % 1000, 1 + i % 1000, 'nl', 'Tekst.',
        iif(i % 300, 'sent', iif(i % 7, 'failed', 'owed')), NULL, 1, :at, :at, iif(i % 300, :at, NULL), '' FROM n
    """,
    "UPDATE followers SET looked = (SELECT max(id) - 150 FROM events)",
    """
    INSERT INTO promise_revisions (id, promise_id, made_at, promised_at, reason, sentence_nl, sentence_en)
        SELECT 100000 + id, id, :at, :at, 'illness', 'Ziek.', '' FROM promises WHERE id <= 2000
    """,
    """
    INSERT INTO promise_revisions (id, promise_id, made_at, hear_by, reason, sentence_nl, sentence_en)
        SELECT 200000 + id, id, :at, :at, 'illness', 'Ziek.', '' FROM promises WHERE answered_at IS NOT NULL AND id <= 2000
    """,
    "INSERT INTO ready_notices SELECT id, NULL, 'illness', 'Ziek.', '', 1, :at FROM promises WHERE id <= 2000",
)


def grow(database: Database) -> None:
    """Adds them to the demo company on SQLite."""
    numbers = "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 20000) "
    with database.transaction() as session:
        for statement in _STATEMENTS:
            session.execute(
                text(statement.strip().replace(" SELECT", f" {numbers}SELECT", 1)), {"at": _AT} if ":at" in statement else {}
            )

"""What a database would do for a statement, and whether that stays the same when its tables grow a thousandfold."""

import json
import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, event

from portal.db import Database

# These stay small whatever a company goes through; every other table grows with its customers or with time.
STAYS_SMALL = {
    "organisation": "one row",
    "channels": "one row for each way to reach the company",
    "services": "the parts of what the company offers, kept by hand",
    "alembic_version": "one row",
    "members": "those who work here",
    "sign_ins": "the browsers of those who work here; what has ended is removed each hour",
    "schedules": "a channel's hours and their earlier versions, kept by hand",
    "priority_classes": "four or so",
    "priority_matrix": "nine cells",
    "priority_rules": "kept by hand",
    "desks": "one for each channel",
    "staff_plans": "how many people there are in busy times, kept by hand",
    "webhook_secrets": "five in use for each channel at most",
    "heartbeats": "one for each job",
    "response_recent": "one for each channel and bucket of the scale, whatever the number of answers",
    "response_recent_since": "one row",
    "waiting_half_hours": "one for each half hour in which something waits, emptied as it is answered",
    "waiting_minutes": "the same by minute",
}

FEW = 500  # rows of one table for one statement; there are thousands of each
MOST_ROWS = {
    "inflow_quarters": 60_000,  # at most one for each of 5,473 quarters of an hour and each channel, whatever came in in them
    "response_days": 20_000,  # a few hundred buckets for each of 28 days and each channel, whatever the number of answers
}


@dataclass(frozen=True)
class Sent:
    """A statement as it reached the database, and from where it came."""

    statement: str
    parameters: Any
    on: str


@contextmanager
def sent_by(database: Database, on: list[str]) -> Iterator[dict[str, Sent]]:
    """The statements that reach the database meanwhile, each once; `on` holds what is being done."""
    seen: dict[str, Sent] = {}

    def note(_connection: object, _cursor: object, statement: str, parameters: Any, _context: object, many: bool) -> None:  # noqa: FBT001
        if statement.startswith(("SELECT", "INSERT", "UPDATE", "DELETE", "WITH")):
            shape = re.sub(r"\((\?|%\(\w+\)s(::\w+)?)(, (\?|%\(\w+\)s(::\w+)?))+\)", "(...)", statement)
            seen.setdefault(shape, Sent(statement, parameters[0] if many else parameters, on[0]))

    event.listen(database.engine, "before_cursor_execute", note)
    try:
        yield seen
    finally:
        event.remove(database.engine, "before_cursor_execute", note)


def reads_too_much(connection: Connection, sent: Sent) -> list[str]:
    """The growing tables that this statement would read from end to end, with how; empty when there are none."""
    if connection.dialect.name == "sqlite":
        return _on_sqlite(connection, sent)
    return _on_postgresql(connection, sent)


def _on_sqlite(connection: Connection, sent: Sent) -> list[str]:
    steps = connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {sent.statement}", sent.parameters).all()
    sorted_parts = {parent for _id, parent, _, step in steps if "TEMP B-TREE FOR ORDER BY" in step}
    indexes = connection.exec_driver_sql("SELECT name FROM sqlite_master WHERE type = 'index' AND sql LIKE '% WHERE %'")
    partial = set(indexes.scalars())
    tables = {alias: table for table, alias in re.findall(r"(\w+) AS (\w+)", sent.statement)}
    faults = []
    for _id, parent, _, step in steps:
        scanned = re.match(r"SCAN (\w+)(?: USING (?:COVERING )?INDEX (\w+))?$", step)
        if scanned is None or scanned[2] in partial or not grows(tables.get(scanned[1], scanned[1])):
            continue
        if (
            parent in sorted_parts or "LIMIT" not in sent.statement
        ):  # else it stops when it has enough, in the order of what it reads
            faults.append(step)
    return faults


def _on_postgresql(connection: Connection, sent: Sent) -> list[str]:
    """What it would do is judged by doing it: how many rows it looks at, wanted or not. What it changes is taken back."""
    connection.exec_driver_sql("SET LOCAL enable_seqscan = off")
    does = "" if sent.statement.startswith("INSERT") else "ANALYZE, "  # what was inserted once cannot be again
    with connection.begin_nested() as undone:
        found = connection.exec_driver_sql(f"EXPLAIN ({does}FORMAT JSON) {sent.statement}", sent.parameters).scalar()
        undone.rollback()
    plan = json.loads(found) if isinstance(found, str) else found
    return list(_faults(plan[0]["Plan"]))


def _faults(node: dict[str, Any]) -> Iterator[str]:
    kind, table = node["Node Type"], node.get("Relation Name", "")
    dropped = sum(n for name, n in node.items() if name.startswith("Rows Removed by"))
    looked_at = (node.get("Actual Rows", 0) + dropped) * node.get("Actual Loops", 1)
    if kind == "Seq Scan" and grows(table):
        yield f"{kind} on {table}"
    elif looked_at > MOST_ROWS.get(table, FEW) and grows(table):
        yield f"{kind} on {table} looks at {looked_at:.0f} rows"
    for child in node.get("Plans", ()):
        yield from _faults(child)


def grows(table: str) -> bool:
    return bool(re.fullmatch(r"[a-z_]+", table)) and table not in STAYS_SMALL

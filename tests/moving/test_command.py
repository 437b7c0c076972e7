"""The command as a person types it, and as the kernel ends it."""

import os
import signal
import subprocess
import sys
from pathlib import Path

import psycopg
import pytest
from sqlalchemy import text

from portal import migrating
from portal.config import Config
from portal.db import Database
from portal.moving.commands import shown
from tests.moving.conftest import change
from tests.moving.test_course import everything
from tests.running import wait_until

ROOT = Path(__file__).parent.parent.parent
COMMAND = [sys.executable, "-m", "flask", "--app", "wsgi", "portal", "move", "--to"]
EVENTS = """
    WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 20000)
    INSERT INTO events (id, at, kind, subject, facts) SELECT 100000 + i, '2026-03-10 13:00:00', 'a.b', 'c:' || i, '{}' FROM n
"""


def start(source: Config, url: str) -> subprocess.Popen[str]:
    environ = {name: value for name, value in os.environ.items() if not name.startswith("PORTAL_")}
    environ |= {"PORTAL_INSTANCE": str(source.instance), "PORTAL_DEMO": "0"}
    return subprocess.Popen([*COMMAND, url], cwd=ROOT, env=environ, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)


@pytest.mark.slow
def test_killed_in_the_middle_of_a_table_it_goes_on_from_there_and_nothing_arrives_twice(source: Config, target: str) -> None:
    change(source, EVENTS)
    database = Database(target)
    migrating.upgrade(database)

    def arrived() -> int:
        with database.reading() as session:
            if not migrating.is_being_moved_into(session.connection()):
                return 0
            return session.scalar(text("SELECT number FROM portal_move WHERE name = 'events'")) or 0

    plain = target.replace("+psycopg", "")
    with psycopg.connect(
        plain
    ) as in_the_way:  # a row that is not there yet, of a number that is to arrive: the move waits for it
        in_the_way.execute("INSERT INTO events (id, at, kind, subject, facts) VALUES (112000, now(), 'a.b', 'c:1', '{}')")
        process = start(source, plain)
        wait_until(lambda: arrived() > 0 and is_waiting(database), seconds=60)
        before = arrived()
        process.send_signal(signal.SIGKILL)
        process.communicate()
        in_the_way.rollback()
    assert 0 < before < 20_000
    assert arrived() == before, "what was under way has left nothing behind"
    again = start(source, plain)
    said, progress = again.communicate()
    assert (again.returncode, "Traceback" in progress) == (0, False), progress
    rows = everything(target)
    assert rows == everything(source.database_url)
    assert said.splitlines() == [
        f"Moved {sum(map(len, rows.values()))} rows in {len(rows)} tables; each was read back and is what it was.",
        f"Now set PORTAL_DATABASE_URL={plain.replace(':@', ':***@')} and start the portal.",
        "The secret key stays: sealed secrets open with no other. Keep the SQLite file until all is well.",
    ]
    database.close()


def is_waiting(database: Database) -> bool:
    with database.reading() as session:
        return bool(session.scalar(text("SELECT count(*) FROM pg_locks WHERE NOT granted AND locktype = 'transactionid'")))


def test_an_address_that_is_no_postgresql_is_refused_in_one_line(source: Config) -> None:
    process = start(source, "mysql://somewhere")
    _said, complaint = process.communicate()
    assert process.returncode == 2
    assert complaint.splitlines()[-1] == "Error: Invalid value for '--to': postgresql://USER@HOST/NAME is needed"


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        ("postgresql://portal:geheim@db/status", "postgresql://portal:***@db/status"),
        ("postgresql://portal@db/status?password=geheim&sslmode=require", "postgresql://portal@db/status?sslmode=require"),
    ],
)
def test_the_address_that_is_printed_has_no_password(url: str, expected: str) -> None:
    assert shown(url) == expected

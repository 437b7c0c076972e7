import shutil
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import psycopg
import pytest
from sqlalchemy import make_url, text

from portal.config import Config
from portal.db import Database


@pytest.fixture
def target(postgresql_url: str) -> Iterator[str]:
    """A database of its own on the real PostgreSQL, with nothing in it."""
    plain = postgresql_url.replace("+psycopg", "")
    with psycopg.connect(plain, autocommit=True) as connection:
        connection.execute("CREATE DATABASE moved")
        yield make_url(postgresql_url).set(database="moved").render_as_string(hide_password=False)
        connection.execute("DROP DATABASE moved WITH (FORCE)")


@pytest.fixture
def source(config: Config, demo_sqlite: Path, tmp_path: Path) -> Config:
    """An installation on SQLite after eight weeks, with everything in it that two databases may understand differently."""
    folder = tmp_path / "instance"
    folder.mkdir()
    shutil.copy(demo_sqlite, folder / "portal.db")
    config = replace(config, instance=folder, database_url=f"sqlite:///{folder}/portal.db")
    change(config, *_ODDITIES)
    return config


def change(config: Config, *statements: str) -> None:
    database = Database(config.database_url)
    with database.transaction() as session:
        for statement in statements:
            session.execute(text(statement.replace(":at", _AT)))
    with database.engine.connect() as connection:
        connection.execute(text("PRAGMA wal_checkpoint(TRUNCATE)"))
    database.close()


_AT = "'2026-03-10 13:00:00.000001'"
_ODDITIES = (
    "UPDATE contacts SET merged_into_id = id + 1 WHERE id < 5",  # to rows that arrive later
    "UPDATE cases SET state = 'merged', merged_into_id = (SELECT max(id) FROM cases) WHERE id = 1",
    "UPDATE services SET parent_id = (SELECT max(id) FROM services) WHERE id = 1",
    "UPDATE messages SET text = 'tab\t, back\\slash, \\N, line\n, \"quote\", \U0001f689' WHERE id = 1",
    "INSERT INTO inbound VALUES (9001, 1, 'd', 'e', x'00ff5c4e0a09', :at, 'stored', 0, '', '')",
    "INSERT INTO hook_counts VALUES (0, '2026-03-10', 'unknown_channel', 7)",
    "INSERT INTO sign_ins VALUES (77, 'token', 1, :at, :at, :at, 'a browser')",
    "INSERT INTO claims VALUES (5, 1, 'code', 'link', :at, NULL, NULL)",
    "INSERT INTO erasure_requests VALUES (1, 1, :at, NULL, NULL)",
    "INSERT INTO opinions SELECT 1, case_id, id, 1, 'fijn', :at FROM messages WHERE case_id IS NOT NULL LIMIT 1",
    "INSERT INTO heartbeats VALUES ('worker', :at)",
    """INSERT INTO events VALUES (900000, '2026-03-10 13:00:00', 'a.b', 'c:1', NULL, '{"b": [1, null, "\\u0000"], "a": 1.5}')""",
)

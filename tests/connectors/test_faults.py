"""A real server that dies between any two steps of taking a message in loses nothing that it acknowledged, and doubles nothing.

The trap is in the database: a trigger that counts for minutes at the chosen step. There the server is killed with SIGKILL.
"""

import http.client
import json
import os
import signal
import socket
import sqlite3
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import closing
from datetime import timedelta
from pathlib import Path
from threading import Thread
from typing import TYPE_CHECKING

import pytest
from sqlalchemy import func, select
from standardwebhooks.webhooks import Webhook

from portal.cases.models import Case, CaseMessage, Contact, Identity
from portal.cases.rules import Outcome
from portal.clock import SystemClock
from portal.config import Config
from portal.connectors.intake import Delivery, receive, sweep
from portal.connectors.models import HookCount, Inbound
from portal.connectors.store import add_secret
from portal.db import Database
from portal.events.models import Event
from portal.promises.models import Promise
from portal.vault import Vault
from tests.cases.builders import a_channel
from tests.connectors.builders import a_body

if TYPE_CHECKING:
    from portal.organisation.models import Channel

ROOT = Path(__file__).parent.parent.parent
BEFORE_STORED, AFTER_STORED = "inbound", ("contacts", "messages", "promises", "hook_counts", "waiting_promises")
COUNT_FOR_MINUTES = "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 2000000000) SELECT max(i) FROM n"


class Portal:
    """A portal of its own in a folder, with a server that can be started, trapped and killed."""

    def __init__(self, folder: Path, empty: Path) -> None:
        self.environ = {**os.environ, "PORTAL_INSTANCE": str(folder), "PORTAL_DEMO": "0"}
        self.path = folder / "portal.db"
        self.path.write_bytes(empty.read_bytes())
        self.database = Database(f"sqlite:///{self.path}")
        vault, now = Vault(Config.from_env(self.environ).secret_key), SystemClock().now()
        with self.database.transaction() as session:
            self.channel: Channel = a_channel(session)
            self.secret = add_secret(session, vault, self.channel.id, now=now, actor_id=None)
        self.body = json.dumps(a_body(at=now.isoformat(), message_id="m", thread_ref="t"))
        self.process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        with closing(socket.socket()) as free:
            free.bind(("127.0.0.1", 0))
            self.port = free.getsockname()[1]
        options = ["--interface", "wsgi", "--host", "127.0.0.1", "--port", str(self.port), "--workers", "1", "--no-ws"]
        command = [sys.executable, "-m", "granian", *options, "--blocking-threads", "2", "--log-level", "error", "wsgi:app"]
        self.process = subprocess.Popen(command, cwd=ROOT, env=self.environ, start_new_session=True)
        while self._answer("GET", "/healthz") != 200:
            assert self.process.poll() is None, "the server did not start"
            time.sleep(0.05)

    def kill(self) -> None:
        if self.process is not None:
            os.killpg(self.process.pid, signal.SIGKILL)
            self.process.wait()
            self.process = None

    def deliver(self) -> int:
        """The status of the answer to the delivery; 0 when there was none."""
        now = SystemClock().now()
        headers = {
            "content-type": "application/json",
            "webhook-id": "msg_1",
            "webhook-timestamp": str(int(now.timestamp())),
            "webhook-signature": Webhook(self.secret).sign("msg_1", now, self.body),
        }
        return self._answer("POST", "/hooks/x", self.body, headers)

    def _answer(self, method: str, path: str, body: str | None = None, headers: dict[str, str] | None = None) -> int:
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=60)
        try:
            connection.request(method, path, body, headers or {})
            return connection.getresponse().status
        except (OSError, http.client.HTTPException):
            return 0
        finally:
            connection.close()

    def set_trap(self, table: str) -> None:
        with closing(sqlite3.connect(self.path)) as connection:
            connection.execute(f"CREATE TRIGGER trap BEFORE INSERT ON {table} BEGIN {COUNT_FOR_MINUTES}; END")

    def take_trap_away(self) -> None:
        with closing(sqlite3.connect(self.path)) as connection:
            connection.execute("DROP TRIGGER trap")

    def is_trapped(self, *, stored: int) -> bool:
        """Whether a writer is at work now, with so many deliveries stored before."""
        with closing(sqlite3.connect(self.path, timeout=0, isolation_level=None)) as connection:
            try:
                connection.execute("BEGIN IMMEDIATE")
            except sqlite3.OperationalError:
                return connection.execute("SELECT count(*) FROM inbound").fetchone()[0] == stored
            connection.execute("ROLLBACK")
            return False

    def numbers(self) -> dict[str, int | None]:
        with self.database.reading() as session:
            models = (Inbound, Case, CaseMessage, Contact, Identity, Promise)
            return {model.__tablename__: session.scalar(select(func.count(model.id))) for model in models}


@pytest.fixture
def portal(tmp_path: Path, migrated_sqlite: Path) -> Iterator[Portal]:
    made = Portal(tmp_path, migrated_sqlite)
    yield made
    made.kill()
    made.database.close()


@pytest.mark.slow
@pytest.mark.parametrize("step", [BEFORE_STORED, *AFTER_STORED])
def test_a_server_killed_at_any_step_loses_nothing_and_doubles_nothing(portal: Portal, step: str) -> None:
    portal.start()
    portal.set_trap(step)
    answers: list[int] = []
    sender = Thread(target=lambda: answers.append(portal.deliver()))
    sender.start()
    stored = 0 if step == BEFORE_STORED else 1
    deadline = time.monotonic() + 60
    while not portal.is_trapped(stored=stored):
        assert time.monotonic() < deadline, "the server never came to this step"
        time.sleep(0.02)
    portal.kill()
    sender.join()
    assert answers == [0], "nothing was acknowledged"
    portal.take_trap_away()
    assert portal.numbers() == {
        **dict.fromkeys(("cases", "messages", "contacts", "identities", "promises"), 0),
        "inbound": stored,
    }

    later = SystemClock().now() + timedelta(minutes=2)
    assert sweep(portal.database, later).understood == stored
    delivery = Delivery(portal.channel.id, "msg_1", portal.body.encode())
    (receipt,) = receive(portal.database, [delivery], later)  # the sender tries again
    assert receipt.outcome is (Outcome.ALREADY_THERE if stored else Outcome.OPENED)
    assert set(portal.numbers().values()) == {1}
    with portal.database.reading() as session:
        opened = select(func.count(Event.id)).where(Event.kind == "case.opened")
        taken = select(func.sum(HookCount.n)).where(HookCount.outcome == "taken")
        assert (session.scalar(opened), session.scalar(taken)) == (1, 1)


@pytest.mark.slow
def test_what_was_acknowledged_is_there_after_a_kill(portal: Portal) -> None:
    portal.start()
    assert portal.deliver() == 200
    portal.kill()
    assert set(portal.numbers().values()) == {1}
    portal.start()
    assert portal.deliver() == 200
    assert set(portal.numbers().values()) == {1}

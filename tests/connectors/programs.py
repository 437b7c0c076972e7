"""The door and the worker as real programs, on a database of their own, that can be held up, killed and started again."""

import contextlib
import http.client
import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from sqlalchemy import select
from standardwebhooks.webhooks import Webhook

from portal.clock import SystemClock
from portal.config import Config
from portal.connectors.models import Inbound
from portal.connectors.store import add_secret
from portal.db import Database
from portal.vault import Vault
from tests.cases.builders import a_channel
from tests.connectors.builders import a_body
from tests.running import ROOT, free_port

if TYPE_CHECKING:
    from portal.organisation.models import Channel

PATIENCE_SECONDS = 60


def wait_for(condition: Callable[[], object], what: str) -> None:
    deadline = time.monotonic() + PATIENCE_SECONDS
    while not condition():
        assert time.monotonic() < deadline, f"waited in vain for {what}"
        time.sleep(0.02)


class Portal:
    """A portal in a folder, with one channel. `prefix` stands before the command of the door, such as a limit on its files."""

    def __init__(self, folder: Path, database_url: str = "", prefix: tuple[str, ...] = ()) -> None:
        self.folder, self.prefix = folder, prefix
        folder.mkdir(exist_ok=True)
        plain = {name: value for name, value in os.environ.items() if not name.startswith("PORTAL_")}
        self.port = free_port()
        ports = {"PORTAL_PORT": str(free_port()), "PORTAL_HOOK_PORT": str(self.port)}
        url = {"PORTAL_DATABASE_URL": database_url.replace("+psycopg", "")} if database_url else {}
        self.environ = {**plain, "PORTAL_INSTANCE": str(folder), "PORTAL_DEMO": "0", **ports, **url}
        config = Config.from_env(self.environ)
        self.database = Database(config.database_url)
        with self.database.transaction() as session:
            self.channel: Channel = a_channel(session)
            vault, now = Vault(config.secret_key), SystemClock().now()
            self.secret = add_secret(session, vault, self.channel.id, now=now, actor_id=None)
        self.output = folder.with_name(f"{folder.name}.{self.port}.txt")
        self._bodies: dict[str, str] = {}
        self.processes: dict[str, subprocess.Popen[bytes]] = {}

    def start_door(self) -> None:
        options = ["--interface", "wsgi", "--host", "127.0.0.1", "--port", str(self.port), "--workers", "1", "--no-ws"]
        options += ["--blocking-threads", "32", "--log-level", "error", "--factory", "portal.serving.door:create_door"]
        self._start("door", [*self.prefix, sys.executable, "-m", "granian", *options])
        wait_for(lambda: self.answer("GET", "/healthz")[0] == 200, "the door")

    def start_worker(self) -> None:
        self._start("worker", [sys.executable, "-m", "flask", "--app", "wsgi", "portal", "worker"])

    def _start(self, name: str, command: list[str]) -> None:
        with self.output.open("ab") as output:
            self.processes[name] = subprocess.Popen(
                command, cwd=ROOT, env=self.environ, start_new_session=True, stdout=output, stderr=output
            )

    def kill(self, name: str) -> None:
        process = self.processes.pop(name, None)
        if process is not None:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)
            process.wait()

    def end(self) -> None:
        for name in list(self.processes):
            self.kill(name)
        self.database.close()

    def deliver(self, name: str, **facts: str) -> int:
        """The status of the answer to a delivery with this id and a message of its own; 0 when there was none.

        The same name again is the same delivery again.
        """
        now = SystemClock().now()
        made = {"message_id": f"m-{name}", "thread_ref": f"t-{name}", **facts}
        body = self._bodies.setdefault(name, json.dumps(a_body(at=now.isoformat(), **made)))
        headers = {
            "content-type": "application/json",
            "webhook-id": name,
            "webhook-timestamp": str(int(now.timestamp())),
            "webhook-signature": Webhook(self.secret).sign(name, now, body),
        }
        return self.answer("POST", "/hooks/x", body, headers)[0]

    def answer(
        self, method: str, path: str, body: str | None = None, headers: dict[str, str] | None = None
    ) -> tuple[int, dict[str, str]]:
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=PATIENCE_SECONDS)
        try:
            connection.request(method, path, body, headers or {})
            response = connection.getresponse()
            response.read()
            return response.status, {name.lower(): value for name, value in response.getheaders()}
        except (OSError, http.client.HTTPException):
            return 0, {}
        finally:
            connection.close()

    def stored(self) -> list[str]:
        """The ids of the deliveries in the table, in the order in which they got there."""
        with self.database.reading() as session:
            return list(session.scalars(select(Inbound.delivery_id).order_by(Inbound.id)))

    def spooled(self) -> list[Path]:
        return sorted((self.folder / "spool").glob("*.spool"))

"""From a signed webhook to a raw row on disk: `python -m benchmarks.taking_in [--messages 8000] [--senders 16]`.

The door (granian with one worker on one core, as `script/server` starts it) takes signed messages from as many senders on
another core, one message a request, each on disk before it is answered. Beside it, in turn, the bare driver on the door's
core inserts the same rows into the same table, one transaction a row and as durable: sqlite3 (WAL, synchronous FULL) from one
thread, which is faster than from several, and psycopg from as many threads and connections as there are senders.
"""

import argparse
import base64
import hashlib
import hmac
import json
import os
import socket
import sqlite3
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from datetime import datetime
from multiprocessing import get_context
from pathlib import Path
from threading import Thread

import psycopg

from benchmarks.measuring import LOAD, ROOT, SERVER, command, compared, fresh, on_core, postgresql, settings, wait_for
from portal.clock import SystemClock

_COLUMNS = "channel_id, delivery_id, digest, body, received_at, state, tries, error, message_id"
_ROW = tuple[int, str, str, bytes, datetime, str, int, str, str]


def requests(secret: str, number: int, port: int) -> list[bytes]:
    """Signed requests, each with a message of its own."""
    key = base64.b64decode(secret.removeprefix("whsec_"))
    moment, stamp, run = SystemClock().now().isoformat(), str(int(SystemClock().now().timestamp())), os.urandom(4).hex()
    made = []
    for place in range(number):
        facts = {"message_id": f"m{run}{place}", "thread_ref": f"t{run}{place}", "author_id": f"a{place}"}
        data = {**facts, "text": f"Waar blijft lijn {place % 400}?", "visibility": "public", "language": "nl"}
        body = json.dumps({"type": "message.created", "timestamp": moment, "data": data}).encode()
        name = f"msg_{run}{place}"
        signed = b".".join((name.encode(), stamp.encode(), body))
        signature = base64.b64encode(hmac.digest(key, signed, hashlib.sha256)).decode()
        head = (
            f"POST /hooks/x HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\nContent-Type: application/json\r\n"
            f"Content-Length: {len(body)}\r\nwebhook-id: {name}\r\nwebhook-timestamp: {stamp}\r\n"
            f"webhook-signature: v1,{signature}\r\n\r\n"
        )
        made.append(head.encode() + body)
    return made


def send_all(port: int, mine: Sequence[bytes]) -> None:
    """Sends one request after the other over one connection; fails on any answer but 200."""
    with socket.create_connection(("127.0.0.1", port)) as connection:
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        for request in mine:
            connection.sendall(request)
            answer = connection.recv(4096)
            while not answer.endswith(b"}"):
                answer += connection.recv(4096)
            if not answer.startswith(b"HTTP/1.1 200"):
                raise SystemExit(answer.decode())


def _load(port: int, ready: Sequence[bytes], senders: int, told: object) -> None:
    os.sched_setaffinity(0, {LOAD})
    threads = [Thread(target=send_all, args=(port, ready[start::senders])) for start in range(senders)]
    started = time.perf_counter()
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    told.put(time.perf_counter() - started)  # type: ignore[attr-defined]


def through_the_door(environ: dict[str, str], secret: str, number: int, senders: int) -> float:
    """Messages a second that the running door takes."""
    port = int(environ["PORTAL_HOOK_PORT"])
    told = get_context("fork").Queue()
    load = get_context("fork").Process(target=_load, args=(port, requests(secret, number, port), senders, told))
    load.start()
    seconds: float = told.get(timeout=300)
    load.join()
    return number / seconds


@contextmanager
def door(folder: Path, database_url: str = "") -> Iterator[tuple[dict[str, str], str]]:
    """A portal of our own with one channel and its door, on the server's core; its environment and secret."""
    environ = settings(folder, database_url)
    command(environ, "migrate")
    line = folder / "channel.jsonl"
    line.write_text(json.dumps({"channel": "x", "message_id": "0", "author_id": "0", "created_at": "2024-01-01T00:00:00Z"}))
    command(environ, "import", "--create-channels", str(line))
    secret = command(environ, "hook-secret", "x")
    granian = [sys.executable, "-m", "granian", "--interface", "wsgi", "--host", "127.0.0.1"]
    options = ["--port", environ["PORTAL_HOOK_PORT"], "--workers", "1", "--blocking-threads", "32", "--no-ws"]
    target = ["--log-level", "error", "--factory", "portal.serving.door:create_door"]
    server = subprocess.Popen([*granian, *options, *target], cwd=ROOT, env=environ)
    os.sched_setaffinity(server.pid, {SERVER})
    try:
        wait_for(int(environ["PORTAL_HOOK_PORT"]))
        yield environ, secret
    finally:
        server.terminate()
        server.wait()


def rows(number: int) -> list[_ROW]:
    """The rows that the door makes of as many messages."""
    now = SystemClock().now()
    found = []
    for request in requests("whsec_" + "A" * 44, number, 8001):
        body = request.partition(b"\r\n\r\n")[2]
        name = os.urandom(8).hex()
        found.append((1, name, hashlib.sha256(body).hexdigest(), body, now, "stored", 0, "", ""))
    return found


def bare_sqlite(path: Path, number: int) -> float:
    ready = [(*row[:4], row[4].isoformat(" "), *row[5:]) for row in rows(number)]
    with on_core(SERVER), closing(sqlite3.connect(path, isolation_level=None)) as database:
        for pragma in ("journal_mode=WAL", "synchronous=FULL", "foreign_keys=ON"):
            database.execute(f"PRAGMA {pragma}")
        started = time.perf_counter()
        for row in ready:
            database.execute("BEGIN IMMEDIATE")
            database.execute(f"INSERT INTO inbound ({_COLUMNS}) VALUES ({', '.join('?' * 9)})", row)  # noqa: S608 - our own names
            database.execute("COMMIT")
        return number / (time.perf_counter() - started)


def bare_postgresql(url: str, number: int, connections: int) -> float:
    ready = rows(number)

    def insert(mine: Sequence[_ROW]) -> None:
        with psycopg.connect(url, autocommit=True) as database:
            for row in mine:
                database.execute(f"INSERT INTO inbound ({_COLUMNS}) VALUES ({', '.join(['%s'] * 9)})", row)  # noqa: S608 - same

    with on_core(SERVER):
        threads = [Thread(target=insert, args=(ready[start::connections],)) for start in range(connections)]
        started = time.perf_counter()
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        return number / (time.perf_counter() - started)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--messages", type=int, default=8_000)
    parser.add_argument("--senders", type=int, default=16)
    parser.add_argument("--only", choices=["sqlite", "postgresql"])
    chosen = parser.parse_args()
    number, senders = chosen.messages, chosen.senders
    print(f"Signed webhooks over HTTP, raw row on disk, {senders} senders / bare driver, one transaction a row")
    with tempfile.TemporaryDirectory(prefix="portal-benchmark-") as name:
        folder = Path(name)
        if chosen.only != "postgresql":
            with door(fresh(folder / "sqlite")) as (environ, secret):
                path = folder / "sqlite" / "portal.db"
                compared(
                    "SQLite, synchronous FULL",
                    lambda: through_the_door(environ, secret, number, senders),
                    lambda: bare_sqlite(path, number),
                )
        if chosen.only != "sqlite":
            with postgresql() as url, door(fresh(folder / "postgresql"), url) as (environ, secret):
                compared(
                    "PostgreSQL",
                    lambda: through_the_door(environ, secret, number, senders),
                    lambda: bare_postgresql(url, number, senders),
                )


if __name__ == "__main__":
    main()

"""What one signed message costs: `python benchmarks/intake.py [--messages 5000] [--connections 16]`.

A real server (granian, as `script/server` starts it) takes signed messages over HTTP, one per request, each on disk before it
is answered. Beside it the same rows are inserted with bare sqlite3 into the same kind of file (WAL, synchronous FULL), one
transaction per message. Prints both rates and their ratio.
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
from collections.abc import Sequence
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path
from threading import Thread

ROOT = Path(__file__).parent.parent
_PRAGMAS = ("journal_mode=WAL", "synchronous=FULL", "foreign_keys=ON")
_ROWS_OF_A_MESSAGE = """
SELECT identities.contact_id, identities.id, cases.id, messages.id, promises.id, events.id, inbound.id
FROM messages JOIN identities ON identities.id = messages.identity_id JOIN cases ON cases.id = messages.case_id
JOIN promises ON promises.case_id = cases.id JOIN events ON events.subject = 'case:' || cases.id
JOIN inbound ON inbound.channel_id = messages.channel_id AND inbound.message_id = messages.message_id
ORDER BY messages.id
"""
_PER_MESSAGE = ("contacts", "identities", "cases", "messages", "promises", "events", "inbound")


def command(environ: dict[str, str], *arguments: str) -> str:
    line = [sys.executable, "-m", "flask", "--app", "wsgi", "portal", *arguments]
    return subprocess.run(line, cwd=ROOT, env=environ, check=True, capture_output=True, text=True).stdout.strip()


def requests(secret: str, number: int, port: int) -> list[bytes]:
    """Signed requests, each opening a case of its own."""
    key = base64.b64decode(secret.removeprefix("whsec_"))
    moment, stamp = datetime.now(UTC).isoformat(), str(int(time.time()))  # noqa: TID251 - a real server has a real clock
    made = []
    for place in range(number):
        facts = {
            "message_id": f"m{place}",
            "thread_ref": f"t{place}",
            "author_id": f"a{place}",
            "author_handle": f"@klant{place}",
        }
        data = {**facts, "text": f"Waar blijft lijn {place % 400}?", "visibility": "public", "language": "nl"}
        body = json.dumps({"type": "message.created", "timestamp": moment, "data": data}).encode()
        signed = b".".join((f"msg_{place}".encode(), stamp.encode(), body))
        signature = base64.b64encode(hmac.digest(key, signed, hashlib.sha256)).decode()
        head = (
            f"POST /hooks/x HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\nContent-Type: application/json\r\n"
            f"Content-Length: {len(body)}\r\nwebhook-id: msg_{place}\r\nwebhook-timestamp: {stamp}\r\n"
            f"webhook-signature: v1,{signature}\r\n\r\n"
        )
        made.append(head.encode() + body)
    return made


def send_all(port: int, mine: Sequence[bytes], times: list[float]) -> None:
    """Sends one request after the other over one connection; fails on any answer but 200."""
    with socket.create_connection(("127.0.0.1", port)) as connection:
        for request in mine:
            started = time.perf_counter()
            connection.sendall(request)
            answer = b""
            while b"\r\n\r\n" not in answer or len(answer.partition(b"\r\n\r\n")[2]) < _length(answer):
                received = connection.recv(65536)
                if not received:
                    raise SystemExit("the server closed the connection")
                answer += received
            times.append(time.perf_counter() - started)
            if not answer.startswith(b"HTTP/1.1 200"):
                raise SystemExit(answer.decode())


def _length(answer: bytes) -> int:
    head = answer.partition(b"\r\n\r\n")[0].lower()
    return int(head.partition(b"content-length:")[2].split(b"\r\n")[0])


def over_http(instance: Path, number: int, connections: int) -> tuple[float, list[float]]:
    """Messages per second that a real server takes, and how long each took."""
    with closing(socket.socket()) as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    environ = {**os.environ, "PORTAL_INSTANCE": str(instance), "PORTAL_DEMO": "0", "PORTAL_PORT": str(port)}
    command(environ, "migrate")
    line = instance / "channel.jsonl"
    line.write_text(json.dumps({"channel": "x", "message_id": "0", "author_id": "0", "created_at": "2024-01-01T00:00:00Z"}))
    command(environ, "import", "--create-channels", str(line))
    ready = requests(command(environ, "hook-secret", "x"), number, port)
    granian = [sys.executable, "-m", "granian", "--interface", "wsgi", "--host", "127.0.0.1", "--port", str(port)]
    options = ["--workers", "1", "--blocking-threads", "8", "--no-ws", "--log-level", "error", "wsgi:app"]
    server = subprocess.Popen([*granian, *options], cwd=ROOT, env=environ)
    try:
        wait_for(port)
        times: list[float] = []
        threads = [Thread(target=send_all, args=(port, ready[start::connections], times)) for start in range(connections)]
        started = time.perf_counter()
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        return len(times) / (time.perf_counter() - started), times
    finally:
        server.terminate()
        server.wait()


def wait_for(port: int) -> None:
    for _attempt in range(200):
        try:
            socket.create_connection(("127.0.0.1", port), timeout=1).close()
        except OSError:
            time.sleep(0.1)
        else:
            return
    raise SystemExit("the server did not start")


def bare(source: Path, target: Path) -> float:
    """Messages per second when the rows that the server wrote are inserted with sqlite3, one transaction per message."""
    with closing(sqlite3.connect(source)) as old, closing(sqlite3.connect(target, isolation_level=None)) as new:
        for pragma in _PRAGMAS:
            new.execute(f"PRAGMA {pragma}")
        schema = old.execute(
            "SELECT sql FROM sqlite_master WHERE sql IS NOT NULL AND name NOT LIKE 'sqlite_%' ORDER BY type = 'index'"
        )
        for (statement,) in schema.fetchall():
            new.execute(statement)
        columns = {table: [row[1] for row in old.execute(f"PRAGMA table_info({table})")] for table in (*_PER_MESSAGE, "channels")}
        for row in old.execute("SELECT * FROM channels"):
            new.execute(_insert("channels", columns["channels"]), row)
        per_message = [
            [
                (_insert(table, columns[table]), row)
                for table, key in zip(_PER_MESSAGE, keys, strict=True)
                for row in old.execute(f"SELECT * FROM {table} WHERE id = ?", (key,))  # noqa: S608 - our own names
            ]
            for keys in old.execute(_ROWS_OF_A_MESSAGE).fetchall()
        ]
        started = time.perf_counter()
        for rows in per_message:
            new.execute("BEGIN IMMEDIATE")
            for statement, row in rows:
                new.execute(statement, row)
            new.execute("COMMIT")
        return len(per_message) / (time.perf_counter() - started)


def _insert(table: str, columns: Sequence[str]) -> str:
    return f"INSERT INTO {table} ({', '.join(columns)}) VALUES ({', '.join('?' * len(columns))})"  # noqa: S608 - our own names


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--messages", type=int, default=5_000)
    parser.add_argument("--connections", type=int, default=16)
    chosen = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        rate, times = over_http(Path(folder), chosen.messages, chosen.connections)
        raw = bare(Path(folder) / "portal.db", Path(folder) / "bare.db")
    times.sort()
    print(f"{chosen.messages} signed messages over {chosen.connections} connections, each opening a case, each on disk")
    print(f"  through HTTP            {rate:8.0f} a second, median {times[len(times) // 2] * 1000:.1f} ms,", end=" ")
    print(f"99 of 100 within {times[int(len(times) * 0.99)] * 1000:.1f} ms")
    print(f"  the same rows, sqlite3  {raw:8.0f} a second")
    print(f"  ratio                   {rate / raw:8.3f}")


if __name__ == "__main__":
    main()

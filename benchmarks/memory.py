"""Whether the web process stays as large as it is: `.venv/bin/python -m benchmarks.memory [--requests 100000]`.

A web process, started as the portal starts it, serves a set of synthetic documents while the set on the shelf is replaced
again and again, each time with other bytes: some pages change each time, one has a new address, one is gone. Requests come
meanwhile, for every address, in every coding, with conditions, parts and made-up parameters and wishes. Prints the size of the
process (proportional set size) at each tenth, and how it has grown since the first tenth. The process must not grow.
"""

import argparse
import http.client
import os
import random
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import psutil

from portal.clock import SystemClock
from portal.config import Config
from portal.publication import shelf
from portal.publication.making import Planned, publish
from portal.publication.published import Published
from portal.serving.start import web_command
from portal.web.documents import Document
from portal.web.formats import DEFAULT_ZONE
from tests.running import ROOT, free_port, wait_until

PAGES, CHANGING = 40, 4
MOST_GROWTH = 1.05
CODINGS = ("", "gzip", "br", "zstd", "gzip;q=0.5, br;q=0.1", "identity")
_A_WHILE = timedelta(days=1)


class Press:
    """Puts sets on the shelf: each differs from the one before it by a few pages."""

    def __init__(self, folder: Path) -> None:
        self._shelf = shelf.Shelf(folder)
        self._documents: dict[str, Published] = {}
        self._dice = random.Random(7)
        self._number = 0

    def put(self) -> None:
        changing = [
            f"/pages/{place}" for place in (range(PAGES) if not self._number else self._dice.sample(range(PAGES), CHANGING))
        ]
        changing += ["/", f"/incidents/{self._number}"]
        bodies = {}
        self._documents.pop(f"/incidents/{self._number - 5}", None)
        for path in changing:
            self._documents[path], bodies[path] = self._made(path)
        self._shelf.put(self._documents, bodies)
        self._number += 1
        if self._number % 20 == 1:
            self._shelf.check(SystemClock().now(), DEFAULT_ZONE)
            self._shelf.tidy()

    def _made(self, path: str) -> tuple[Published, dict[str, bytes]]:
        now = SystemClock().now()
        words = " ".join(f"{self._dice.randrange(10**9)}" for _ in range(300))
        document = Document(f"<p>{path} {words}</p>".encode(), "text/html; charset=utf-8", now, true_until=now + _A_WHILE)
        return publish(Planned(path, f"{self._number}", lambda: document, stale="page"), document, now, is_secure=False)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--requests", type=int, default=100_000, help="requests in all (100000)")
    parser.add_argument("--publications", type=int, default=10_000, help="sets in all (10000)")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="memory-", dir=_fast_folder()) as name:
        folder, port = Path(name), free_port()
        press = Press(folder / "public")
        press.put()
        settings = {
            "PORTAL_INSTANCE": str(folder / "instance"),
            "PORTAL_PUBLIC_FOLDER": str(folder / "public"),
            "PORTAL_PORT": str(port),
            "PORTAL_DEMO": "0",
            "PATH": os.environ["PATH"],
        }
        subprocess.run([sys.executable, "-m", "flask", "--app", "wsgi", "portal", "migrate"], cwd=ROOT, env=settings, check=True)
        server = subprocess.Popen(web_command(Config.from_env(settings)), cwd=ROOT, env=settings)
        try:
            wait_until(lambda: _is_up(port), 60)
            grow = measured(psutil.Process(server.pid), press, port, options.requests, options.publications)
        finally:
            server.terminate()
            server.wait(30)
    print(
        f"end to the first tenth: ratio {grow:.3f} ({'well' if grow <= MOST_GROWTH else 'NOT as asked'}, at most {MOST_GROWTH})"
    )


def measured(server: psutil.Process, press: Press, port: int, requests: int, publications: int) -> float:
    """How much larger the process is at the end than after the first tenth."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
    connection.request("GET", "/readyz")  # so that the application behind is loaded before the first figure
    connection.getresponse().read()
    questions = asked(random.Random(3))
    sizes = [megabytes(server)]
    print(f"at start {sizes[0]:6.1f} MB")
    started, sent, put = time.perf_counter(), 0, 1
    for tenth in range(1, 11):
        for _ in range(publications * tenth // 10 - put):
            press.put()
            put += 1
            while sent * publications < requests * put:
                path, headers = next(questions)
                connection.request("GET", path, headers=headers)
                answer = connection.getresponse()
                answer.read()
                sent += 1
        sizes.append(megabytes(server))
        print(f"{tenth * 10:7} % {sizes[-1]:6.1f} MB after {sent} requests and {put} sets", flush=True)
    print(f"in {time.perf_counter() - started:.0f} s")
    return sizes[-1] / sizes[1]


def asked(dice: random.Random) -> Iterator[tuple[str, dict[str, str]]]:
    """Requests of many kinds, some of them never seen before."""
    number = 0
    while True:
        number += 1
        path = dice.choice(
            ("/", "/pages/{}", "/pages/{}/", "/incidents/{}", "/checked.json", "/pages/{}?utm_source={}", "/healthz")
        )
        headers = {"Accept-Encoding": dice.choice(CODINGS)}
        chance = dice.random()
        if chance < 0.1:
            headers["If-None-Match"] = dice.choice(("*", f'"{number}"'))
        elif chance < 0.2:
            headers["Range"] = f"bytes={number % 500}-"
        elif chance < 0.3:
            headers["Accept-Encoding"] = f"gzip, x{number}" + "x" * dice.randrange(2_000)
        yield path.format(dice.randrange(PAGES), number), headers


def megabytes(server: psutil.Process) -> float:
    """What the processes of the server take, shared pages counted by share."""
    return sum(process.memory_full_info().pss for process in (server, *server.children(recursive=True))) / 1e6


def _fast_folder() -> str | None:
    """A folder in memory where there is one: what is measured is the reader, not the disk under the writer."""
    return "/dev/shm" if os.access("/dev/shm", os.W_OK) and shutil.disk_usage("/dev/shm").free > 200_000_000 else None  # noqa: S108


def _is_up(port: int) -> bool:
    try:
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=5)
        connection.request("GET", "/")
        return connection.getresponse().status == 200
    except OSError:
        return False


if __name__ == "__main__":
    main()

"""Load on a web server, from one core on another: wrk, a portal that runs, and an nginx that serves the same files."""

import contextlib
import http.client
import os
import shutil
import subprocess
import time
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

import psutil

from tests.running import COMMAND, ROOT, Run, free_port, wait_until

SERVER_CORE, LOAD_CORE = 0, 1
WANTED = {"wrk": "apt-get install wrk", "nginx": "apt-get install nginx-light"}
_REPORT = """
done = function(summary, latency, _)
  io.write(string.format("%d %f %d %d %f\\n", summary.requests, summary.duration / 1e6, summary.bytes,
    summary.errors.status + summary.errors.connect + summary.errors.read + summary.errors.timeout, latency:percentile(99) / 1e3))
end
"""
_NGINX = """
daemon off;
worker_processes 1;
pid {folder}/nginx.pid;
error_log {folder}/error.log;
events {{ worker_connections 768; }}
http {{
  sendfile on;
  tcp_nopush on;
  types_hash_max_size 2048;
  include /etc/nginx/mime.types;
  default_type application/octet-stream;
  access_log {access_log};
  client_body_temp_path {folder}/body;
  {more}
  server {{
    listen 127.0.0.1:{port};
    root {root};
    index index.html;
    gzip_static on;
  }}
}}
"""
_TUNED = "open_file_cache max=1000 inactive=60s; open_file_cache_valid 1s;"


@dataclass(frozen=True)
class Load:
    """What one run of wrk found. `processor_seconds` is what the server took for it."""

    requests: int
    seconds: float
    received: int
    errors: int
    p99_ms: float
    processor_seconds: float

    @property
    def a_second(self) -> float:
        return self.requests / self.seconds

    @property
    def a_processor_second(self) -> float:
        return self.requests / self.processor_seconds


class Server:
    """A web server that listens on loopback, and the processes of which it consists."""

    def __init__(self, name: str, port: int, processes: Iterable[psutil.Process]) -> None:
        self.name, self.port = name, port
        self._processes = list(processes)
        for process in self._processes:
            pin(process, {SERVER_CORE})

    def processor_seconds(self) -> float:
        """To the nanosecond, as Linux counts it for each thread."""
        threads = [each for process in self._processes for each in Path(f"/proc/{process.pid}/task").iterdir()]
        return sum(int((each / "schedstat").read_text().split()[0]) for each in threads) / 1e9

    def answer(self, path: str, headers: dict[str, str]) -> tuple[int, int, str]:
        """Status, the size of the answer with its head as it is sent, and ETag."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=30)
        with contextlib.closing(connection):
            connection.request("GET", path, headers=headers)
            answer = connection.getresponse()
            head = sum(len(name) + len(value) + 4 for name, value in answer.getheaders()) + len(f"HTTP/1.1 {answer.reason}") + 8
            return answer.status, head + len(answer.read()), answer.headers["ETag"]


def load(
    server: Server, path: str, headers: dict[str, str], *, status: int, seconds: int, connections: int, is_steady: bool = True
) -> Load:
    """One run of wrk. With status 304 the server is asked for what it has just sent.

    Repeated when the document changed meanwhile, so that some answers were others; unless it is not `is_steady`.
    """
    for _attempt in range(5):
        etag = server.answer(path, headers)[2]
        asked = {**headers, "If-None-Match": etag} if status == 304 else headers
        found, size, _ = server.answer(path, asked)
        if found != status:
            raise SystemExit(f"{server.name} answers {path} with {found} instead of {status}")
        run = _wrk(server, path, asked, seconds, connections)
        if run.errors:
            raise SystemExit(f"{server.name} failed {run.errors} requests for {path}")
        if not is_steady or abs(run.received / run.requests / size - 1) < 0.03:
            return run
    raise SystemExit(f"{path} does not stay the same for {seconds} s")


def _wrk(server: Server, path: str, headers: dict[str, str], seconds: int, connections: int) -> Load:
    report = Path(os.environ.get("TMPDIR", "/tmp"), f"wrk-{os.getpid()}.lua")  # noqa: S108 - removed below
    report.write_text(_REPORT)
    before = server.processor_seconds()
    line = ["taskset", "-c", str(LOAD_CORE), "wrk", "-t1", f"-c{connections}", f"-d{seconds}s", "-s", str(report)]
    line += [part for name, value in headers.items() for part in ("-H", f"{name}: {value}")]
    try:
        said = subprocess.run([*line, f"http://127.0.0.1:{server.port}{path}"], capture_output=True, text=True, check=True).stdout
    finally:
        report.unlink()
    requests, took, received, errors, p99_ms = said.splitlines()[-1].split()
    used = server.processor_seconds() - before
    return Load(int(requests), float(took), int(received), int(errors), float(p99_ms), used)


@contextlib.contextmanager
def portal(folder: Path) -> Iterator[Run]:
    """`flask portal serve` with the demo company, everything published, and its publisher, if need be as a program of its own."""
    run = Run(
        folder / "instance", PORTAL_DEMO="1", PORTAL_PUBLIC_FOLDER=str(folder / "public"), PORTAL_HOOK_PORT=str(free_port())
    )
    publisher: subprocess.Popen[bytes] | None = None
    try:
        run.wait_until_up(300)
        if not any("publisher" in " ".join(child.cmdline()) for child in run.family()):
            line = [*COMMAND[:-1], "publisher"]
            publisher = subprocess.Popen(line, cwd=ROOT, env=environ(folder), stdout=subprocess.DEVNULL)
        wait_until((folder / "public" / "checked.json").exists, 120)
        yield run
    finally:
        if publisher:
            publisher.terminate()
            publisher.wait(30)
        run.kill()


def environ(folder: Path) -> dict[str, str]:
    """The settings of the portal in this folder, for its other commands."""
    plain = {name: value for name, value in os.environ.items() if not name.startswith("PORTAL_")}
    return plain | {
        "PORTAL_INSTANCE": str(folder / "instance"),
        "PORTAL_PUBLIC_FOLDER": str(folder / "public"),
        "PORTAL_DEMO": "0",
        "PYTHONPATH": str(ROOT),
    }


@contextlib.contextmanager
def nginx(
    name: str, folder: Path, public: Path, *, is_tuned: bool = False, headers: dict[str, str] | None = None
) -> Iterator[Server]:
    """Nginx with Debian's default settings, but that nothing is compressed while it is served: compressed files are there."""
    own, port = folder / name.replace(" ", "-"), free_port()
    own.mkdir()
    more = [_TUNED] if is_tuned else []
    more += [f'add_header {each} "{value}";' for each, value in (headers or {}).items()]
    text = _NGINX.format(
        folder=own,
        port=port,
        root=public / "current",
        access_log="off" if is_tuned else own / "access.log",
        more="\n  ".join(more),
    )
    (own / "nginx.conf").write_text(text)
    user = ["-g", "user root;"] if os.geteuid() == 0 else []
    process = subprocess.Popen(["nginx", "-e", str(own / "error.log"), "-c", str(own / "nginx.conf"), *user])
    try:
        master = psutil.Process(process.pid)
        wait_until(lambda: bool(master.children()))
        yield Server(name, port, [master, *master.children()])
    finally:
        process.terminate()
        process.wait(30)


def pin(process: psutil.Process, cores: set[int]) -> None:
    """Lets all threads of a process run on these cores alone."""
    for thread in process.threads():
        with contextlib.suppress(ProcessLookupError):
            os.sched_setaffinity(thread.id, cores)


def check_tools() -> None:
    """Ends with what to install when something is missing."""
    missing = [
        f"{tool} ({how})" for tool, how in WANTED.items() if not shutil.which(tool, path=f"{os.environ['PATH']}:/usr/sbin")
    ]
    if missing:
        raise SystemExit(f"Install first: {', '.join(missing)}")
    if (os.cpu_count() or 1) < 2:
        raise SystemExit("Two cores are needed: one for the server and one for the load.")


def settle(seconds: float) -> None:
    """Lets programs that have just started come to rest."""
    time.sleep(seconds)

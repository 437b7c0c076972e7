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
from collections.abc import Callable
from pathlib import Path

import psutil

ROOT = Path(__file__).parent.parent
COMMAND = [sys.executable, "-m", "flask", "--app", "wsgi", "portal", "serve"]


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def wait_until(condition: Callable[[], bool], seconds: float = 30, *, why: Callable[[], str] = lambda: "nothing") -> None:
    """Returns as soon as it is so. Fails, with what `why` says then, when it is not so in time."""
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, f"waited in vain; it said:\n{why()}"
        time.sleep(0.02)


class Run:
    """One `flask portal serve` on a random port unless one is set, with an instance folder of its own."""

    def __init__(self, instance: Path, *options: str, **settings: str) -> None:
        self.instance = instance
        self.port = int(settings.get("PORTAL_PORT") or free_port())
        self.hook_port = int(settings.get("PORTAL_HOOK_PORT") or free_port())
        self.output = instance.with_suffix(f".{self.port}.txt")
        environ = {name: value for name, value in os.environ.items() if not name.startswith("PORTAL_")}
        ports = {"PORTAL_PORT": str(self.port), "PORTAL_HOOK_PORT": str(self.hook_port)}
        environ |= {"PORTAL_INSTANCE": str(instance), "PORTAL_DEMO": "0", **ports, **settings}
        with self.output.open("ab") as output:
            self.process = subprocess.Popen(
                [*COMMAND, *options], cwd=ROOT, env=environ, stdout=output, stderr=subprocess.STDOUT, start_new_session=True
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

    def answer(self, path: str, *, port: int | None = None) -> int | None:
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{port or self.port}{path}", timeout=5) as response:
                return int(response.status)
        except urllib.error.HTTPError as error:
            return error.code
        except OSError:
            return None

    @property
    def address(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def wait_for(self, condition: Callable[[], bool], seconds: float = 30) -> None:
        wait_until(condition, seconds, why=lambda: self.said)

    def wait_until_up(self, seconds: float = 30) -> None:
        self.wait_for(lambda: "Bereikbaar is at" in self.said, seconds)

    def kill(self) -> None:
        """Leaves nothing behind, whatever state it is in."""
        left = self.family() if self.process.poll() is None else []
        for process in (*left, self.process):
            with contextlib.suppress(psutil.NoSuchProcess, ProcessLookupError):
                process.kill()
        self.process.wait(10)

    def stop(self, number: signal.Signals) -> int:
        self.process.send_signal(number)
        return self.process.wait(30)

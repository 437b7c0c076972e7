"""Keeps the programs of the portal running, and ends them together."""

import contextlib
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from types import FrameType

ROOT = Path(__file__).parent.parent.parent
_STOP_WITHIN_SECONDS = 15
_LOOK_EVERY_SECONDS = 0.25
_LONGEST_PAUSE_SECONDS = 30
_ASK_EVERY_SECONDS = 2
_STEADY_AFTER_SECONDS = 60


class Child:
    """A program that we start and end. It has a session of its own, so that Ctrl-C reaches us alone and we decide the order."""

    def __init__(self, name: str, command: Sequence[str]) -> None:
        self.name = name
        self._command = [sys.executable, "-m", "portal.serving.leash", *command]
        self._process: subprocess.Popen[bytes] | None = None
        self._started = 0.0
        self._restart_at: float | None = None
        self._pause = 1.0

    def start(self) -> None:
        self._process = subprocess.Popen(self._command, cwd=ROOT, start_new_session=True)  # noqa: S603 - our own programs
        self._started, self._restart_at = time.monotonic(), None

    @property
    def exit_status(self) -> int | None:
        """None while it runs; negative for the number of the signal that ended it."""
        return self._process.poll() if self._process else None

    @property
    def ending(self) -> str:
        """How it ended, in words."""
        status = self.exit_status or 0
        return f"was ended by {signal.Signals(-status).name}" if status < 0 else f"stopped with exit status {status}"

    def keep_running(self, say: Callable[[str], None]) -> None:
        """Starts it again when it has died, after a pause that doubles as long as it dies young."""
        if self.exit_status is None:
            return
        if self._restart_at is None:
            self._end_what_is_left()
            lived = time.monotonic() - self._started
            self._pause = 1.0 if lived > _STEADY_AFTER_SECONDS else min(self._pause * 2, _LONGEST_PAUSE_SECONDS)
            self._restart_at = time.monotonic() + self._pause / 2
            say(f"The {self.name} {self.ending}; it is started again in {self._pause / 2:.0f} s.")
        elif time.monotonic() >= self._restart_at:
            self.start()

    def ask_to_stop(self) -> None:
        if self._process and self._process.poll() is None:
            self._process.terminate()

    def wait_or_kill(self, seconds: float) -> None:
        """Ends what is left of it: the program, and what it started itself and did not end."""
        if not self._process:
            return
        with contextlib.suppress(subprocess.TimeoutExpired):
            self._process.wait(seconds)
        self._end_what_is_left()
        self._process.wait()

    def _end_what_is_left(self) -> None:
        """A server that is killed leaves the process that answers for it, which would keep the port for good."""
        assert self._process
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self._process.pid, signal.SIGKILL)


class Supervisor:
    """Runs all until told to stop, or until the web server ends by itself: a portal without pages is no portal.

    Every other program is started again when it dies. Those that are to come `later` begin when the time has come for them.
    """

    def __init__(self, web: Child, others: Sequence[Child], say: Callable[[str], None], later: Sequence[Child] = ()) -> None:
        self._web, self._others, self._later, self._say = web, tuple(others), tuple(later), say
        self._stop = threading.Event()
        self._in_a_hurry = False
        self._ask_at = 0.0

    def run(self, *, when_up: Callable[[], None], is_up: Callable[[], bool], has_come: Callable[[], bool] = lambda: True) -> int:
        """The exit status for the whole: 0 after a request to stop, 1 when the web server ended.

        Asks now and then whether the time of the later ones `has_come`. Calls `when_up` once, when all have been started.
        """
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            signal.signal(number, self._asked_to_stop)
        said = False
        try:
            for child in (self._web, *self._others):
                child.start()
            while not self._stop.wait(_LOOK_EVERY_SECONDS):
                if self._web.exit_status is not None:
                    self._say(f"The {self._web.name} {self._web.ending}; the lines above say why.")
                    return 1
                for child in self._others:
                    child.keep_running(self._say)
                self._start_later(has_come)
                if not said and not self._later and is_up():
                    when_up()
                    said = True
        finally:
            self._end()
        return 0

    def _start_later(self, has_come: Callable[[], bool]) -> None:
        if not self._later or time.monotonic() < self._ask_at:
            return
        if not has_come():
            self._ask_at = time.monotonic() + _ASK_EVERY_SECONDS
            return
        for child in self._later:
            child.start()
        self._others, self._later = (*self._others, *self._later), ()

    def _asked_to_stop(self, _number: int, _frame: FrameType | None) -> None:
        self._in_a_hurry = self._stop.is_set()
        self._stop.set()

    def _end(self) -> None:
        deadline = time.monotonic() + _STOP_WITHIN_SECONDS
        children = (self._web, *self._others)
        for child in children:
            child.ask_to_stop()
        while not self._in_a_hurry and time.monotonic() < deadline and any(child.exit_status is None for child in children):
            time.sleep(0.05)
        for child in children:
            child.wait_or_kill(0)

"""A worker that dies by kill -9 at a chosen line of its work."""

import os
import signal
import sys
from collections.abc import Callable
from types import FrameType
from typing import Any

from portal.db import Database
from tests.faults import wait_until_let_go

Line = tuple[str, int]


def lines_of(work: Callable[[], object], modules: set[str]) -> list[Line]:
    """The lines of these modules that this work runs through, each once, in order."""
    seen: dict[Line, None] = {}
    _each_line(work, modules, seen.setdefault)
    return list(seen)


def die_at(line: Line, database: Database, work: Callable[[Database], object], modules: set[str]) -> None:
    """Lets another process do this work on connections of its own, until it is killed where the line would run first."""
    child = os.fork()
    if child == 0:
        try:
            own = Database(database.engine.url.render_as_string(hide_password=False))
            _each_line(lambda: work(own), modules, lambda there: there == line and os.kill(os.getpid(), signal.SIGKILL))
        finally:
            os._exit(1)
    _pid, status = os.waitpid(child, 0)
    assert os.WIFSIGNALED(status), f"it never came to {line}"
    assert os.WTERMSIG(status) == signal.SIGKILL
    wait_until_let_go(database)


def _each_line(work: Callable[[], object], modules: set[str], tell: Callable[[Line], object]) -> None:
    def trace(frame: FrameType, event: str, _argument: Any) -> Any:
        name = frame.f_globals.get("__name__", "")
        if name not in modules:
            return None
        if event == "line":
            tell((name, frame.f_lineno))
        return trace

    before = sys.gettrace()
    sys.settrace(trace)
    try:
        work()
    finally:
        sys.settrace(before)

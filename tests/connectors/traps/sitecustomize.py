"""Read by every Python that has this folder in PYTHONPATH: holds a program at its first wait for the disk, before it or after."""

import os
import time
from pathlib import Path

_STEP, _MARK = os.environ.get("TRAP_STEP"), os.environ.get("TRAP_MARK", "")
_wait_for_disk = os.fdatasync


def _trapped(file: int) -> None:
    if _STEP == "before":
        _hold()
    _wait_for_disk(file)
    if _STEP == "after":
        _hold()


def _hold() -> None:
    Path(_MARK).touch()
    time.sleep(600)


if _STEP:
    os.fdatasync = _trapped

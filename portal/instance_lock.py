"""Who uses the instance folder: any number of running programs together, or one that replaces what is in it."""

import fcntl
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from portal.errors import Unavailable


@contextmanager
def in_use(instance: Path) -> Iterator[None]:
    """Held by the portal while it runs. Raises Unavailable while the folder is being restored."""
    with _locked(instance, fcntl.LOCK_SH, "The instance folder is being restored; start again when that is done."):
        yield


@contextmanager
def alone(instance: Path) -> Iterator[None]:
    """Held by who replaces the data. Raises Unavailable while the portal runs."""
    with _locked(instance, fcntl.LOCK_EX, f"The portal is running on {instance}; stop it first."):
        yield


@contextmanager
def _locked(instance: Path, kind: int, refusal: str) -> Iterator[None]:
    instance.mkdir(mode=0o700, parents=True, exist_ok=True)
    with (instance / "in_use.lock").open("w") as file:
        try:
            fcntl.flock(file, kind | fcntl.LOCK_NB)
        except BlockingIOError as error:
            raise Unavailable(refusal) from error
        yield

"""How many requests may be with the application at once, so that one which waits for its database keeps nobody from a page.

Who finds all places taken waits for a while, but only so many wait: the server's other threads are for published documents.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from threading import BoundedSemaphore

PATIENCE_SECONDS = 5.0
_FREE = 2


class Places:
    """`at_once` requests are with the application, and as many wait for one of these places."""

    def __init__(self, at_once: int, patience_seconds: float = PATIENCE_SECONDS) -> None:
        self._places = BoundedSemaphore(at_once)
        self._all = BoundedSemaphore(at_once * 2)
        self._patience_seconds = patience_seconds

    @contextmanager
    def one(self) -> Iterator[bool]:
        """Inside the block a place is kept; False when there is none."""
        if not self._all.acquire(blocking=False):
            yield False
            return
        try:
            has_place = self._places.acquire(timeout=self._patience_seconds)
            try:
                yield has_place
            finally:
                if has_place:
                    self._places.release()
        finally:
            self._all.release()


def threads_for(at_once: int) -> int:
    """How many threads a server needs so that some are always free for documents, which take them for a moment."""
    return at_once * 2 + _FREE

"""The edge of a request: its one reading of the clock, its transactions, and how long what it says stays true."""

from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from datetime import datetime

from flask import g
from sqlalchemy.orm import Session

from portal import services


def now() -> datetime:
    """The instant of this request, in UTC: read once, the same for everything that the request does."""
    if "now" not in g:
        g.now = services.current().clock.now()
    instant: datetime = g.now
    return instant


def transaction() -> AbstractContextManager[Session]:
    """A session that writes: commits at the end of the block, or rolls all back."""
    return services.current().database.transaction()


def reading() -> AbstractContextManager[Session]:
    """A session that only reads."""
    return services.current().database.reading()


@dataclass
class Truth:
    """Until when all that was said inside `noting_truth` is true, if nothing happens; None when no clock can make it untrue."""

    until: datetime | None = None

    def ends(self, at: datetime | None) -> None:
        if at is not None and (self.until is None or at < self.until):
            self.until = at


@contextmanager
def noting_truth() -> Iterator[Truth]:
    """Collects the ends that `holds_until` names inside the block."""
    outer: Truth | None = g.get("truth")
    g.truth = truth = Truth()
    try:
        yield truth
    finally:
        g.truth = outer
        if outer is not None:
            outer.ends(truth.until)


def holds_until(at: datetime | None) -> None:
    """Notes that something which is said now holds until just before `at`; nothing is noted outside `noting_truth`."""
    truth: Truth | None = g.get("truth")
    if truth is not None:
        truth.ends(at)

"""The edge of a request: its one reading of the clock, and its transactions."""

from contextlib import AbstractContextManager
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

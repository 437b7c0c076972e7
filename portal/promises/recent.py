"""The answered requests of the usual period in one place, so that reading them costs the same however many there were.

`response_recent` holds the sum of all days from `since` on, and `since` follows the days. Who reads puts right what `since`
is behind or ahead, so the figures are right at any time and quick as long as it moves.

Why nothing is counted twice or lost among writers on PostgreSQL: who writes counts has changed a promise before, and so holds
a lock on that table until the end of the transaction; who moves `since` first takes one that goes with no other. Thus `since`
stands still from when a writer reads it until the counts are there for all to see. (SQLite has one writer.)
"""

from collections import Counter
from collections.abc import Iterable
from datetime import date

from sqlalchemy import delete, func, insert, literal, select, text
from sqlalchemy.orm import Session

from portal.db import add_up_all
from portal.organisation.models import Channel
from portal.promises.count_models import RecentSince, ResponseDay, ResponseRecent

Increment = tuple[int, date, int, int]

_KEY = ("channel_id", "bucket")


def recent_since(session: Session) -> date | None:
    """The first day in `response_recent`; None before the first move. One query."""
    return session.scalar(select(RecentSince.since))


def keep_writers_out(session: Session) -> None:
    """Until the end of the transaction nobody else changes a promise or its counts; waits for those who already have."""
    if session.get_bind().dialect.name == "postgresql":
        session.execute(text("LOCK TABLE promises IN SHARE ROW EXCLUSIVE MODE"))


def add_recent(session: Session, increments: Iterable[Increment]) -> None:
    """Adds what is recent of (channel, day of receipt, bucket, number). The changed promises must have been flushed."""
    since = recent_since(session)
    if since is None:
        return
    sums: Counter[tuple[int, int]] = Counter()
    for channel_id, received_on, bucket, n in increments:
        if received_on >= since:
            sums[channel_id, bucket] += n
    rows = [{"channel_id": channel_id, "bucket": bucket, "n": n} for (channel_id, bucket), n in sorted(sums.items()) if n]
    add_up_all(session, ResponseRecent, _KEY, rows)


def begin_at(session: Session, since: date) -> None:
    """Moves `since`, to a later day or an earlier one. Writers must be kept out."""
    session.execute(delete(RecentSince))
    session.execute(insert(RecentSince).values(id=1, since=since))
    session.execute(delete(ResponseRecent))
    _sum_up(session, since)


def make_again(session: Session, channel_id: int) -> None:
    """The recent counts of one channel, from those by day. Writers must be kept out."""
    session.execute(delete(ResponseRecent).where(ResponseRecent.channel_id == channel_id))
    since = recent_since(session)
    if since is not None:
        _sum_up(session, since, channel_id)


def _sum_up(session: Session, since: date, channel_id: int | None = None) -> None:
    days = select(ResponseDay.channel_id, ResponseDay.bucket, func.sum(ResponseDay.n))
    days = days.where(ResponseDay.received_on >= since).group_by(ResponseDay.channel_id, ResponseDay.bucket)
    wanted = select(Channel.id) if channel_id is None else select(literal(channel_id))  # so that earlier days are passed over
    days = days.where(ResponseDay.channel_id.in_(wanted))
    session.execute(insert(ResponseRecent).from_select([*_KEY, "n"], days))

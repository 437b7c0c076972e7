"""The counts that are kept with each promise, so that published figures are read and never reckoned anew."""

from datetime import date

from sqlalchemy import BigInteger, CheckConstraint, ForeignKey, SmallInteger
from sqlalchemy.orm import Mapped, mapped_column

from portal.db import Model


class ResponseDay(Model):
    """Answered requests by channel, local day of receipt and bucket of the fine scale."""

    __tablename__ = "response_days"
    __table_args__ = ({"sqlite_with_rowid": False},)

    channel_id: Mapped[int] = mapped_column(ForeignKey("channels.id"), primary_key=True)
    received_on: Mapped[date] = mapped_column(primary_key=True)
    bucket: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    n: Mapped[int]


class PromisedDay(Model):
    """Promises that customers were told, by channel, local day of receipt and bucket of `promised_seconds` on the fine scale."""

    __tablename__ = "promised_days"
    __table_args__ = ({"sqlite_with_rowid": False},)

    channel_id: Mapped[int] = mapped_column(ForeignKey("channels.id"), primary_key=True)
    received_on: Mapped[date] = mapped_column(primary_key=True)
    bucket: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    n: Mapped[int]


class ResponseRecent(Model):
    """The sums of `ResponseDay` over all days from the one in `RecentSince` on: the usual period, ready to be read."""

    __tablename__ = "response_recent"
    __table_args__ = ({"sqlite_with_rowid": False},)

    channel_id: Mapped[int] = mapped_column(ForeignKey("channels.id"), primary_key=True)
    bucket: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    n: Mapped[int]


class RecentSince(Model):
    """The first day that `ResponseRecent` holds. One row; without it the other table is empty."""

    __tablename__ = "response_recent_since"
    __table_args__ = (CheckConstraint("id = 1", name="only_one"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    since: Mapped[date]


class ResponseHour(Model):
    """Answered requests by channel, local day and hour of receipt, and bucket of the coarse scale."""

    __tablename__ = "response_hours"
    __table_args__ = ({"sqlite_with_rowid": False},)

    channel_id: Mapped[int] = mapped_column(ForeignKey("channels.id"), primary_key=True)
    received_on: Mapped[date] = mapped_column(primary_key=True)
    received_hour: Mapped[int] = mapped_column(SmallInteger, primary_key=True, autoincrement=False)
    bucket: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    n: Mapped[int]


class PromiseDay(Model):
    """What became of the requests received on one local day; see `figures.Tally`."""

    __tablename__ = "promise_days"
    __table_args__ = ({"sqlite_with_rowid": False},)

    channel_id: Mapped[int] = mapped_column(ForeignKey("channels.id"), primary_key=True)
    received_on: Mapped[date] = mapped_column(primary_key=True)
    received: Mapped[int] = mapped_column(default=0, server_default="0")
    kept: Mapped[int] = mapped_column(default=0, server_default="0")
    late: Mapped[int] = mapped_column(default=0, server_default="0")
    set_aside: Mapped[int] = mapped_column(default=0, server_default="0")
    afterwards: Mapped[int] = mapped_column(default=0, server_default="0")
    unmeasured: Mapped[int] = mapped_column(default=0, server_default="0")
    unpromised: Mapped[int] = mapped_column(default=0, server_default="0")
    afterwards_kept: Mapped[int] = mapped_column(default=0, server_default="0")
    afterwards_late: Mapped[int] = mapped_column(default=0, server_default="0")
    told: Mapped[int] = mapped_column(default=0, server_default="0")
    told_waiting: Mapped[int] = mapped_column(default=0, server_default="0")
    removed: Mapped[int] = mapped_column(default=0, server_default="0")
    reported: Mapped[int] = mapped_column(default=0, server_default="0")


class WaitingMinute(Model):
    """Requests without an answer by minute of receipt, since 1970."""

    __tablename__ = "waiting_minutes"
    __table_args__ = ({"sqlite_with_rowid": False},)

    channel_id: Mapped[int] = mapped_column(ForeignKey("channels.id"), primary_key=True)
    received_minute: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    n: Mapped[int]


class WaitingHalfHour(Model):
    """The same by half hour, since 1970: enough for those that have waited for long, and never many rows."""

    __tablename__ = "waiting_half_hours"
    __table_args__ = ({"sqlite_with_rowid": False},)

    channel_id: Mapped[int] = mapped_column(ForeignKey("channels.id"), primary_key=True)
    received_half_hour: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    n: Mapped[int]


class WaitingPromise(Model):
    """Requests without an answer by the second, since 1970, before which one is promised; those with a promise only.

    `told` of the `n` were told in time that their answer comes later.
    """

    __tablename__ = "waiting_promises"
    __table_args__ = ({"sqlite_with_rowid": False},)

    channel_id: Mapped[int] = mapped_column(ForeignKey("channels.id"), primary_key=True)
    promised_second: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
    received_on: Mapped[date] = mapped_column(primary_key=True)
    n: Mapped[int]
    told: Mapped[int] = mapped_column(default=0, server_default="0")

from datetime import datetime

from sqlalchemy import CheckConstraint, Double, ForeignKey, Index, text
from sqlalchemy.orm import Mapped, mapped_column

from portal.db import Model

_OPEN = text("until IS NULL")


class InflowQuarter(Model):
    """First messages of requests by quarter of an hour of receipt, since 1970; spam left out."""

    __tablename__ = "inflow_quarters"
    __table_args__ = ({"sqlite_with_rowid": False},)

    channel_id: Mapped[int] = mapped_column(ForeignKey("channels.id"), primary_key=True)
    received_quarter: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    n: Mapped[int]


class Surge(Model):
    """A time of unusual inflow, from when it was noticed; at most one at a time for each channel.

    `channel_id` 0 stands for all channels together, and so has no foreign key; nor has `incident_id`, because incidents are a
    feature of their own. `seen` requests came in `minutes` where `usual` are expected, when it was noticed; the same of the
    last hour in `hour_seen` and `hour_usual`, as it goes on. Staff may say that it means nothing (`dismissed_at`).
    """

    __tablename__ = "surges"
    __table_args__ = (
        CheckConstraint("minutes > 0", name="minutes_positive"),
        Index("ix_surges_open", "channel_id", unique=True, sqlite_where=_OPEN, postgresql_where=_OPEN),
        Index("ix_surges_channel_id", "channel_id", "until"),
        Index("ix_surges_until", "until"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    channel_id: Mapped[int]
    noticed_at: Mapped[datetime]
    seen: Mapped[int]
    usual: Mapped[float] = mapped_column(Double)
    minutes: Mapped[int]
    hour_seen: Mapped[int]
    hour_usual: Mapped[float] = mapped_column(Double)
    until: Mapped[datetime | None]
    dismissed_at: Mapped[datetime | None]
    dismissed_by: Mapped[int | None]
    incident_id: Mapped[int | None]

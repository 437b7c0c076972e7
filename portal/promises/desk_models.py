from datetime import datetime

from sqlalchemy import BigInteger, Double, ForeignKey, SmallInteger, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from portal.db import Model, enum_column
from portal.promises.estimator import Happening


class DeskRow(Model):
    """Where the desk of a channel stands; see `portal.promises.desks`, which alone reads and writes it.

    `mark` is another one after each rebuilding, `last_number` that of the last fact, heard at `clock_at`. `asked` counts how
    often a rebuilding was asked for, `rebuilt` up to where it was done. The snapshot holds all facts up to its number.
    """

    __tablename__ = "desks"

    channel_id: Mapped[int] = mapped_column(ForeignKey("channels.id"), primary_key=True, autoincrement=False)
    mark: Mapped[str] = mapped_column(String(16))
    last_number: Mapped[int] = mapped_column(BigInteger)
    clock_at: Mapped[datetime]
    clock_microseconds: Mapped[int] = mapped_column(BigInteger)
    asked: Mapped[int]
    rebuilt: Mapped[int]
    snapshot: Mapped[str] = mapped_column(Text)
    snapshot_number: Mapped[int] = mapped_column(BigInteger)
    snapshot_format: Mapped[int]


class DeskFact(Model):
    """One fact for a desk, by the number that it got in the order in which it was heard: 1, 2, 3 ... without gaps.

    Clocks and waits are opening minutes. What a snapshot holds is removed.
    """

    __tablename__ = "desk_facts"
    __table_args__ = ({"sqlite_with_rowid": False},)

    channel_id: Mapped[int] = mapped_column(ForeignKey("channels.id"), primary_key=True)
    number: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
    happening: Mapped[Happening] = mapped_column(enum_column(Happening))
    promise_id: Mapped[int]
    clock: Mapped[float] = mapped_column(Double)
    day: Mapped[int]
    rank: Mapped[int] = mapped_column(SmallInteger)
    since: Mapped[float] = mapped_column(Double)
    queue: Mapped[float] = mapped_column(Double)
    rest: Mapped[float] = mapped_column(Double)
    strength: Mapped[float] = mapped_column(Double)

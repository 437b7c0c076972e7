from datetime import datetime

from sqlalchemy import CheckConstraint, ForeignKey, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from portal.db import Model
from portal.hours.reading import calendar_from_text
from portal.hours.schedule import Calendar


class Schedule(Model):
    """One version of a channel's hours. Never changed, the database refuses it: a newer version counts from its own start.

    In force at an instant is the version with the latest `valid_from` up to it; of equal ones, the highest number.
    """

    __tablename__ = "schedules"
    __table_args__ = (
        UniqueConstraint("channel_id", "number"),
        CheckConstraint("number > 0", name="numbered"),
        CheckConstraint("calendar <> ''", name="filled"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    channel_id: Mapped[int] = mapped_column(ForeignKey("channels.id"))
    number: Mapped[int]
    valid_from: Mapped[datetime]
    created_at: Mapped[datetime]
    created_by: Mapped[int | None]
    calendar_text: Mapped[str] = mapped_column("calendar", Text)

    @property
    def calendar(self) -> Calendar:
        return calendar_from_text(self.calendar_text)

from datetime import datetime

from sqlalchemy import CheckConstraint, ForeignKey, Index
from sqlalchemy.orm import Mapped, mapped_column

from portal.db import Model


class StaffPlanRow(Model):
    """How many people there are for a while; see `strength.StaffPlan`. The database refuses any change but one call-off."""

    __tablename__ = "staff_plans"
    __table_args__ = (
        CheckConstraint("usual > 0", name="usual_positive"),
        CheckConstraint("people > 0", name="people_positive"),
        CheckConstraint("ends_at > starts_at", name="ends_after_start"),
        Index("ix_staff_plans_ends_at", "ends_at"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    channel_id: Mapped[int | None] = mapped_column(ForeignKey("channels.id"))
    usual: Mapped[int]
    people: Mapped[int]
    known_at: Mapped[datetime]
    starts_at: Mapped[datetime]
    ends_at: Mapped[datetime]
    made_by: Mapped[int | None]
    ended_at: Mapped[datetime | None]
    ended_by: Mapped[int | None]

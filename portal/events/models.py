from datetime import datetime
from typing import Any

from sqlalchemy import Index, String, text
from sqlalchemy.orm import Mapped, mapped_column

from portal.db import Model

NOUN = text("rtrim(subject, '0123456789')")  # "case:" of "case:12"; both databases know it, and so can index it


class Event(Model):
    """Something that has happened. Appended in the transaction of the change itself; the database refuses to alter it."""

    __tablename__ = "events"
    __table_args__ = (
        Index("ix_events_subject", "subject", "id"),
        Index("ix_events_noun", NOUN, "id"),
        Index("ix_events_at", "at"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    at: Mapped[datetime]
    kind: Mapped[str] = mapped_column(String(60))
    subject: Mapped[str] = mapped_column(String(80))
    actor_id: Mapped[int | None]
    facts: Mapped[dict[str, Any]]

from datetime import datetime

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from portal.db import Model, enum_column
from portal.incidents.rules import IncidentKind, Severity, State, Window
from portal.web.localized import Localized


class Service(Model):
    """A part of what the company offers that can be in trouble. Services form a tree."""

    __tablename__ = "services"
    __table_args__ = (
        CheckConstraint("name_nl <> '' OR name_en <> ''", name="named"),
        CheckConstraint("slug <> ''", name="slug_filled"),
        CheckConstraint("parent_id IS NULL OR parent_id <> id", name="not_its_own_parent"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    slug: Mapped[str] = mapped_column(String(60), unique=True)
    parent_id: Mapped[int | None] = mapped_column(ForeignKey("services.id"))
    name_nl: Mapped[str] = mapped_column(String(120))
    name_en: Mapped[str] = mapped_column(String(120))
    description_nl: Mapped[str] = mapped_column(Text)
    description_en: Mapped[str] = mapped_column(Text)
    position: Mapped[int]

    @property
    def name(self) -> Localized:
        return Localized(self.name_nl, self.name_en)

    @property
    def description(self) -> Localized:
        return Localized(self.description_nl, self.description_en)


class Incident(Model):
    """Something known to be wrong, or planned work with a window.

    `guid` names it for ever, in feeds too. `state` is what staff said last; what the clock makes of it is derived when it is
    read. `version` counts the changes, so that a form can tell whether it is stale.
    """

    __tablename__ = "incidents"
    __table_args__ = (
        CheckConstraint("title_nl <> '' OR title_en <> ''", name="titled"),
        CheckConstraint("slug <> ''", name="slug_filled"),
        CheckConstraint("(kind = 'maintenance') = (window_start IS NOT NULL)", name="window_is_for_maintenance"),
        CheckConstraint("(window_start IS NULL) = (window_end IS NULL)", name="window_has_two_ends"),
        CheckConstraint("window_start < window_end", name="window_runs_forward"),
        Index("ix_incidents_started_at", "started_at"),
        Index("ix_incidents_updated_at", "updated_at"),
        Index("ix_incidents_kind", "kind", "state"),
        Index("ix_incidents_kind_published_at", "kind", "published_at", "id"),
        Index("ix_incidents_resolved_at", "resolved_at"),
        Index("ix_incidents_window_start", "window_start"),
        Index("ix_incidents_window_end", "window_end"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    guid: Mapped[str] = mapped_column(String(36), unique=True)
    slug: Mapped[str] = mapped_column(String(80), unique=True)
    kind: Mapped[IncidentKind] = mapped_column(enum_column(IncidentKind))
    title_nl: Mapped[str] = mapped_column(String(200))
    title_en: Mapped[str] = mapped_column(String(200))
    state: Mapped[State] = mapped_column(enum_column(State))
    severity: Mapped[Severity] = mapped_column(enum_column(Severity))
    is_calamity: Mapped[bool]
    started_at: Mapped[datetime]
    published_at: Mapped[datetime]
    updated_at: Mapped[datetime]
    resolved_at: Mapped[datetime | None]
    window_start: Mapped[datetime | None]
    window_end: Mapped[datetime | None]
    next_update_at: Mapped[datetime | None]
    created_by: Mapped[int | None]
    version: Mapped[int]

    @property
    def title(self) -> Localized:
        return Localized(self.title_nl, self.title_en)

    @property
    def window(self) -> Window | None:
        if self.window_start is None or self.window_end is None:
            return None
        return Window(self.window_start, self.window_end)


class IncidentUpdate(Model):
    """One dated text on an incident, with the state that it gives and the time of the next one."""

    __tablename__ = "incident_updates"
    __table_args__ = (
        CheckConstraint("body_nl <> '' OR body_en <> ''", name="written"),
        Index("ix_incident_updates_incident_id_published_at", "incident_id", "published_at"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    guid: Mapped[str] = mapped_column(String(36), unique=True)
    incident_id: Mapped[int] = mapped_column(ForeignKey("incidents.id"))
    state: Mapped[State] = mapped_column(enum_column(State))
    body_nl: Mapped[str] = mapped_column(Text)
    body_en: Mapped[str] = mapped_column(Text)
    published_at: Mapped[datetime]
    next_update_at: Mapped[datetime | None]
    edited_at: Mapped[datetime | None]
    author_id: Mapped[int | None]

    @property
    def body(self) -> Localized:
        return Localized(self.body_nl, self.body_en)


class IncidentService(Model):
    """That an incident touches a service, with everything under it."""

    __tablename__ = "incident_services"
    __table_args__ = (Index("ix_incident_services_service_id", "service_id"),)

    incident_id: Mapped[int] = mapped_column(ForeignKey("incidents.id"), primary_key=True)
    service_id: Mapped[int] = mapped_column(ForeignKey("services.id"), primary_key=True)


class IncidentChannel(Model):
    """That an incident touches a way to reach the company."""

    __tablename__ = "incident_channels"
    __table_args__ = (Index("ix_incident_channels_channel_id", "channel_id"),)

    incident_id: Mapped[int] = mapped_column(ForeignKey("incidents.id"), primary_key=True)
    channel_id: Mapped[int] = mapped_column(ForeignKey("channels.id"), primary_key=True)

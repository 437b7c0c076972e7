"""The rows that changes to incidents write, and the lock under which they write them."""

from collections.abc import Iterable
from datetime import UTC, datetime
from itertools import count
from typing import Any
from uuid import uuid4

from sqlalchemy import exists, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from portal.db import Model
from portal.errors import Conflict, Invalid, NotFound
from portal.events.store import record
from portal.incidents.models import Incident, IncidentChannel, IncidentService, IncidentUpdate, Service
from portal.incidents.rules import FINAL, Draft, IncidentKind, Severity, Window
from portal.organisation.models import Channel
from portal.organisation.rules import slug_of
from portal.organisation.store import zone_of
from portal.web.localized import Localized


def locked(session: Session, incident_id: int, version: int | None) -> Incident:
    """The incident as it is now; until the transaction ends nobody else changes it."""
    query = select(Incident).where(Incident.id == incident_id).with_for_update().execution_options(populate_existing=True)
    incident = session.scalar(query)
    if incident is None:
        raise NotFound(f"There is no incident with number {incident_id}.")
    if version is not None and version != incident.version:
        raise Conflict(f"Incident {incident_id} has changed since: version {incident.version} instead of {version}.")
    return incident


def new_incident(
    session: Session,
    *,
    kind: IncidentKind,
    title: Localized,
    draft: Draft,
    severity: Severity,
    is_calamity: bool,
    started_at: datetime,
    window: Window | None,
    guid: str | None,
    now: datetime,
    actor_id: int | None,
) -> Incident | None:
    """The row, under the first address that is free: date and title, then the same with -2, -3 and so on.

    None when something with this guid is there already, also when it appears while this is being written.
    """
    on = now.astimezone(zone_of(session)).date()
    readable = f"{on.isoformat()}-{slug_of(title.nl) or slug_of(title.en) or kind.value}"
    values: dict[str, Any] = {
        "guid": guid or str(uuid4()),
        "kind": kind,
        "title_nl": title.nl,
        "title_en": title.en,
        "state": draft.state,
        "severity": severity,
        "is_calamity": is_calamity,
        "started_at": started_at,
        "published_at": now,
        "updated_at": now,
        "resolved_at": now if draft.state in FINAL else None,
        "window_start": window.start if window else None,
        "window_end": window.end if window else None,
        "next_update_at": draft.next_update_at,
        "created_by": actor_id,
        "version": 1,
    }
    for number in count(1):
        slug = readable if number == 1 else f"{readable}-{number}"
        try:
            with session.begin_nested():
                session.add(incident := Incident(**values, slug=slug))
        except IntegrityError:
            if incident_by_guid(session, values["guid"]):
                return None
            if not session.scalar(select(exists().where(Incident.slug == slug))):
                raise
        else:
            return incident
    raise AssertionError("count() does not end")


def incident_by_guid(session: Session, guid: str) -> Incident | None:
    """None when there is none. One query."""
    return session.scalar(select(Incident).where(Incident.guid == guid))


def connect(session: Session, incident_id: int, service_ids: Iterable[int], channel_ids: Iterable[int]) -> None:
    """Says which services and channels the incident touches, beside those that it names already. Raises Invalid."""
    services, channels = set(service_ids), set(channel_ids)
    _check_exist(session, Service, services, "services")
    _check_exist(session, Channel, channels, "channels")
    session.add_all(IncidentService(incident_id=incident_id, service_id=each) for each in sorted(services))
    session.add_all(IncidentChannel(incident_id=incident_id, channel_id=each) for each in sorted(channels))
    session.flush()


def _check_exist(session: Session, model: type[Model], ids: set[int], field: str) -> None:
    column = model.__table__.c.id
    if ids and (missing := ids - set(session.scalars(select(column).where(column.in_(ids))))):
        raise Invalid(field, sorted(missing), f"{field} that exist")


def mark_changed(incident: Incident, now: datetime) -> None:
    """Counts one more change; the time of the last one never goes back."""
    incident.updated_at = max(now, incident.updated_at)
    incident.version += 1


def window_facts(incident: Incident) -> dict[str, str]:
    """The window as facts of an event; none for an incident."""
    window = incident.window
    return {"start": window.start.isoformat(), "end": window.end.isoformat()} if window else {}


def note(session: Session, incident: Incident, kind: str, now: datetime, actor_id: int | None, **facts: Any) -> None:
    """Records what was done to the incident, with its state and address as they are now."""
    facts = {"state": incident.state.value, "slug": incident.slug, **facts}
    record(session, at=now, kind=kind, subject=f"incident:{incident.id}", actor_id=actor_id, facts=facts)


def write_update(session: Session, incident: Incident, draft: Draft, *, now: datetime, actor_id: int | None) -> IncidentUpdate:
    """A new line of the timeline, dated `now`."""
    update = IncidentUpdate(
        guid=str(uuid4()),
        incident_id=incident.id,
        state=draft.state,
        body_nl=draft.nl,
        body_en=draft.en,
        published_at=now.astimezone(UTC),
        next_update_at=draft.next_update_at,
        edited_at=None,
        author_id=actor_id,
    )
    session.add(update)
    session.flush()
    return update

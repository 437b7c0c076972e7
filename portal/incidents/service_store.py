"""Changes to the tree of services, each with its event."""

from datetime import datetime

from sqlalchemy import exists, func, select
from sqlalchemy.orm import Session

from portal.db import insert_or_ignore
from portal.errors import Conflict, Fault, Invalid, NotFound
from portal.events.store import record
from portal.incidents import rules
from portal.incidents.models import IncidentService, Service
from portal.incidents.tree import is_cycle
from portal.organisation.rules import slug_of

_LONGEST_NAME = 120


def add_service(
    session: Session,
    *,
    name_nl: str,
    name_en: str = "",
    description_nl: str = "",
    description_en: str = "",
    parent_id: int | None = None,
    position: int | None = None,
    now: datetime,
    actor_id: int | None,
) -> Service:
    """A new service, last among all unless a position is given, under the first free address that its name makes.

    Raises Invalid with every field that cannot be taken.
    """
    name_nl, name_en = rules.clean_title(name_nl), rules.clean_title(name_en)
    faults = _faults(session, None, name_nl, name_en, parent_id)
    if faults:
        raise Invalid.many(faults)
    if position is None:
        position = (session.scalar(select(func.max(Service.position))) or 0) + 1
    values = {
        "parent_id": parent_id,
        "name_nl": name_nl,
        "name_en": name_en,
        "description_nl": rules.clean(description_nl),
        "description_en": rules.clean(description_en),
        "position": position,
    }
    readable = (slug_of(name_nl) or slug_of(name_en) or "service")[:50]
    number, made = 1, None
    while made is None:
        slug = readable if number == 1 else f"{readable}-{number}"
        made = insert_or_ignore(session, Service, {**values, "slug": slug}, unique=["slug"])
        number += 1
    record(
        session, at=now, kind="service.added", subject=f"service:{made}", actor_id=actor_id, facts={"name": name_nl or name_en}
    )
    return session.get_one(Service, made)


def change_service(
    session: Session,
    service_id: int,
    *,
    name_nl: str,
    name_en: str,
    description_nl: str,
    description_en: str,
    parent_id: int | None,
    position: int,
    now: datetime,
    actor_id: int | None,
) -> Service:
    """The service with these facts; its address stays. Raises NotFound, and Invalid: a tree has no cycle."""
    service = _the(session, service_id)
    name_nl, name_en = rules.clean_title(name_nl), rules.clean_title(name_en)
    faults = _faults(session, service_id, name_nl, name_en, parent_id)
    if faults:
        raise Invalid.many(faults)
    service.name_nl, service.name_en = name_nl, name_en
    service.description_nl, service.description_en = rules.clean(description_nl), rules.clean(description_en)
    service.parent_id, service.position = parent_id, position
    record(session, at=now, kind="service.changed", subject=f"service:{service_id}", actor_id=actor_id)
    return service


def remove_service(session: Session, service_id: int, *, now: datetime, actor_id: int | None) -> None:
    """Takes away a service that nothing hangs under and no incident names; raises Conflict otherwise, and NotFound."""
    service = _the(session, service_id)
    if session.scalar(select(exists().where(Service.parent_id == service_id))):
        raise Conflict(f"Service {service.slug} has services under it; move those first.")
    if session.scalar(select(exists().where(IncidentService.service_id == service_id))):
        raise Conflict(f"Service {service.slug} is named by an incident, whose history would change.")
    session.delete(service)
    session.flush()
    record(
        session, at=now, kind="service.removed", subject=f"service:{service_id}", actor_id=actor_id, facts={"slug": service.slug}
    )


def _the(session: Session, service_id: int) -> Service:
    service = session.get(Service, service_id)
    if service is None:
        raise NotFound(f"There is no service with number {service_id}.")
    return service


def _faults(session: Session, service_id: int | None, name_nl: str, name_en: str, parent_id: int | None) -> list[Fault]:
    """What keeps a service from being saved. On both databases the tree is locked first: two moves could make a cycle."""
    faults = rules.text_faults("name", name_nl, name_en, longest=_LONGEST_NAME)
    parents = {row.id: row.parent_id for row in session.scalars(select(Service).order_by(Service.id).with_for_update())}
    if parent_id is not None and parent_id not in parents:
        faults.append(Fault("parent_id", parent_id, "a service that exists"))
    elif service_id is not None and is_cycle(parents, service_id, parent_id):
        faults.append(Fault("parent_id", parent_id, "a service that is not the service itself and does not hang under it"))
    return faults

"""Incidents as rows become incidents as readers know them, with all that they name. Two queries, however many."""

from collections import defaultdict
from collections.abc import Iterable
from datetime import datetime
from typing import Any

from sqlalchemy import CompoundSelect, Row, Select, and_, literal, select, union_all
from sqlalchemy.orm import Session

from portal.incidents.models import Incident, IncidentChannel, IncidentService, IncidentUpdate, Service
from portal.incidents.timeline import Entry, Mention, Situation, stands_at
from portal.incidents.tree import Node, in_order
from portal.organisation.models import Channel
from portal.web.localized import Localized


def load(session: Session, wanted: Select[int] | CompoundSelect[int], now: datetime) -> tuple[list[Situation], tuple[Node, ...]]:
    """The wanted incidents as they stand at `now`, and the tree of services. Two queries."""
    rows = session.execute(
        select(Incident, IncidentUpdate)
        .join(IncidentUpdate, IncidentUpdate.incident_id == Incident.id)
        .where(Incident.id.in_(wanted))
        .order_by(IncidentUpdate.published_at, IncidentUpdate.id)
    ).all()
    incidents = {incident.id: incident for incident, _ in rows}
    written: dict[int, list[Entry]] = defaultdict(list)
    for incident, update in rows:
        written[incident.id].append(_entry(update))
    nodes, services, channels = _tree_and_mentions(session, list(incidents))
    bases = [_base(each, services[each.id], channels[each.id]) for each in incidents.values()]
    return [stands_at(base, written[base.id], now) for base in bases], nodes


_Mentions = dict[int, list[Mention]]


def _tree_and_mentions(session: Session, incident_ids: list[int]) -> tuple[tuple[Node, ...], _Mentions, _Mentions]:
    """The services in reading order, and which services and public channels each of these incidents names. One query."""
    rows = session.execute(union_all(_service_rows(incident_ids), _channel_rows(incident_ids))).all()
    of_services = [row for row in rows if row.what == "service"]
    nodes = in_order(
        {
            row.id: Node(
                row.id,
                row.slug,
                row.parent_id,
                Localized(row.name_nl, row.name_en),
                Localized(row.description_nl, row.description_en),
                row.position,
            )
            for row in of_services
        }.values()
    )
    place = {node.id: index for index, node in enumerate(nodes)}
    of_channels = [row for row in rows if row.what == "channel"]
    return (
        nodes,
        _mentions(sorted(of_services, key=lambda row: place[row.id])),
        _mentions(sorted(of_channels, key=lambda row: (row.position, row.id))),
    )


def _service_rows(incident_ids: list[int]) -> Select[*tuple[Any, ...]]:
    """Every service, once for each of these incidents that names it, or once alone."""
    touching = and_(IncidentService.service_id == Service.id, IncidentService.incident_id.in_(incident_ids))
    return select(
        literal("service").label("what"),
        Service.id,
        Service.slug,
        Service.parent_id,
        Service.name_nl,
        Service.name_en,
        Service.description_nl,
        Service.description_en,
        Service.position,
        IncidentService.incident_id,
    ).outerjoin(IncidentService, touching)


def _channel_rows(incident_ids: list[int]) -> Select[*tuple[Any, ...]]:
    """The public channels that these incidents name, in columns as the services have them; a channel has one name."""
    return (
        select(
            literal("channel"),
            Channel.id,
            Channel.slug,
            literal(None, Service.parent_id.type),
            Channel.name,
            Channel.name,
            literal(""),
            literal(""),
            Channel.position,
            IncidentChannel.incident_id,
        )
        .join(IncidentChannel, IncidentChannel.channel_id == Channel.id)
        .where(Channel.is_public, IncidentChannel.incident_id.in_(incident_ids))
    )


def _mentions(rows: Iterable[Row[Any]]) -> _Mentions:
    """By incident what it names, in the order of the rows."""
    found: _Mentions = defaultdict(list)
    for row in rows:
        if row.incident_id is not None:
            found[row.incident_id].append(Mention(row.id, row.slug, Localized(row.name_nl, row.name_en)))
    return found


def _entry(update: IncidentUpdate) -> Entry:
    return Entry(
        guid=update.guid,
        at=update.published_at,
        state=update.state,
        body=update.body,
        next_update_at=update.next_update_at,
        edited_at=update.edited_at,
        id=update.id,
        author_id=update.author_id,
    )


def _base(incident: Incident, services: list[Mention], channels: list[Mention]) -> Situation:
    return Situation(
        id=incident.id,
        guid=incident.guid,
        slug=incident.slug,
        kind=incident.kind,
        title=incident.title,
        state=incident.state,
        severity=incident.severity,
        is_calamity=incident.is_calamity,
        started_at=incident.started_at,
        published_at=incident.published_at,
        updated_at=incident.updated_at,
        resolved_at=incident.resolved_at,
        window=incident.window,
        next_update_at=incident.next_update_at,
        is_overdue=False,
        version=incident.version,
        services=tuple(services),
        channels=tuple(channels),
        entries=(),
    )

"""Incidents as rows become incidents as readers know them, with all that they name. Two queries, however many."""

from collections import defaultdict
from datetime import datetime

from sqlalchemy import CompoundSelect, Select, and_, literal, select, union_all
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
    touching = and_(IncidentService.service_id == Service.id, IncidentService.incident_id.in_(incident_ids))
    rows = session.execute(
        union_all(
            select(
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
            ).outerjoin(IncidentService, touching),
            select(
                literal("channel"),
                Channel.id,
                Channel.slug,
                literal(None, Service.parent_id.type),
                Channel.name,
                literal(""),
                literal(""),
                literal(""),
                Channel.position,
                IncidentChannel.incident_id,
            )
            .join(IncidentChannel, IncidentChannel.channel_id == Channel.id)
            .where(Channel.is_public, IncidentChannel.incident_id.in_(incident_ids)),
        )
    ).all()
    nodes: dict[int, Node] = {}
    services: _Mentions = defaultdict(list)
    channels: _Mentions = defaultdict(list)
    for what, id_, slug, parent_id, nl, en, about_nl, about_en, position, _ in rows:
        if what == "service":
            nodes[id_] = Node(id_, slug, parent_id, Localized(nl, en), Localized(about_nl, about_en), position)
    ordered = in_order(nodes.values())
    place = {("service", node.id): index for index, node in enumerate(ordered)}
    for what, id_, slug, _parent, nl, en, _about_nl, _about_en, _position, incident_id in sorted(
        rows, key=lambda row: (place.get((row[0], row[1]), row[8]), row[1])
    ):
        if incident_id is not None:
            name = Localized(nl, en) if what == "service" else Localized(nl, nl)
            (services if what == "service" else channels)[incident_id].append(Mention(id_, slug, name))
    return ordered, services, channels


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

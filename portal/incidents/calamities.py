"""Which open calamity a channel is in."""

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from portal.incidents.models import Incident, IncidentChannel
from portal.incidents.rules import FINAL, IncidentKind, State

_OPEN = tuple(state for state in State if state not in FINAL)


def newest_calamity(session: Session, channel_id: int | None) -> int | None:
    """The open calamity that began last of those that touch this channel, or of all (None); None without one. One query.

    A calamity that names no channel touches every one.
    """
    named = select(IncidentChannel.channel_id).where(IncidentChannel.incident_id == Incident.id)
    query = select(Incident.id).where(Incident.kind == IncidentKind.INCIDENT, Incident.state.in_(_OPEN), Incident.is_calamity)
    if channel_id is not None:
        query = query.where(or_(named.where(IncidentChannel.channel_id == channel_id).exists(), ~named.exists()))
    return session.scalar(query.order_by(Incident.started_at.desc(), Incident.id.desc()).limit(1))

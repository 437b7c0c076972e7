"""What is asked of incidents. Each answer costs the same small number of queries, however many incidents it holds."""

from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from itertools import islice
from zoneinfo import ZoneInfo

from sqlalchemy import (
    ColumnElement,
    CompoundSelect,
    and_,
    case,
    exists,
    func,
    literal,
    or_,
    select,
    true,
    union,
    union_all,
)
from sqlalchemy.orm import InstrumentedAttribute, Session

from portal.errors import NotFound
from portal.events.models import Event
from portal.incidents.loading import load
from portal.incidents.models import Incident, IncidentChannel, IncidentService, Service
from portal.incidents.rules import FINAL, IncidentKind, State
from portal.incidents.selection import NEWEST, RECENT, Trouble, trouble_of
from portal.incidents.timeline import Situation
from portal.incidents.tree import Lifetime, Node, in_order, lineages
from portal.organisation.models import Channel

_A_DECADE = 120  # months; a statement of SQLite has at most 500 parts
_ACTIVE = tuple(state for state in State if state not in FINAL)


@dataclass(frozen=True)
class Known:
    """What programs are told: all that is open or still to come, and the newest of each kind; in no order. With the services."""

    situations: tuple[Situation, ...]
    nodes: tuple[Node, ...]
    lifetimes: Mapping[int, Lifetime]


def overview(session: Session, now: datetime) -> Trouble:
    """What is wrong, what is planned and how each service does, at `now`. Two queries.

    Incidents come worst first, planned work by its start. Cancelled work is shown until it would have begun.
    """
    recently = now - RECENT
    found, nodes = load(session, _wanted_now(recently, now), now)
    return trouble_of(found, nodes, now)


def _wanted_now(recently: datetime, now: datetime) -> CompoundSelect[int]:
    """What is open, over since recently, or to come; each by an index of its own, so that old incidents cost nothing."""
    is_planned = Incident.kind == IncidentKind.MAINTENANCE
    lasts = or_(Incident.window_end > recently, Incident.updated_at >= Incident.window_end)
    return union(
        select(Incident.id).where(Incident.kind == IncidentKind.INCIDENT, Incident.state.in_(_ACTIVE)),
        select(Incident.id).where(is_planned, Incident.state.in_(_ACTIVE), lasts),
        select(Incident.id).where(Incident.resolved_at > recently, or_(Incident.kind == IncidentKind.INCIDENT, lasts)),
        select(Incident.id).where(Incident.window_start > now, lasts),
    )


def channels_in_calamity(session: Session, *, but_for: Collection[int] = ()) -> frozenset[int]:
    """The channels that an open calamity touches, other than these incidents. One query."""
    touching = select(Incident.id).where(_is_open_calamity(), _touches(Channel.id), Incident.id.not_in(but_for))
    return frozenset(session.scalars(select(Channel.id).where(touching.exists())))


def newest_calamity(session: Session, channel_id: int | None) -> int | None:
    """The open calamity that began last of those that touch this channel, or of all (None); None without one. One query."""
    query = select(Incident.id).where(_is_open_calamity())
    if channel_id is not None:
        query = query.where(_touches(literal(channel_id)))
    return session.scalar(query.order_by(Incident.started_at.desc(), Incident.id.desc()).limit(1))


def _is_open_calamity() -> ColumnElement[bool]:
    return and_(Incident.kind == IncidentKind.INCIDENT, Incident.state.in_(_ACTIVE), Incident.is_calamity)


def _touches(channel_id: ColumnElement[int] | InstrumentedAttribute[int]) -> ColumnElement[bool]:
    """Whether an incident touches this channel: those that it names, and every one where it names none."""
    named = select(IncidentChannel.channel_id).where(IncidentChannel.incident_id == Incident.id)
    return or_(channel_id.in_(named), ~named.exists())


def versions(session: Session, since: datetime | None = None) -> dict[int, int]:
    """The number of changes of every incident that changed at `since` or later, or of all there ever were. One query."""
    query = select(Incident.id, Incident.version)
    if since is not None:
        query = query.where(Incident.updated_at >= since)
    return {row.id: row.version for row in session.execute(query)}


def by_ids(session: Session, ids: Iterable[int], now: datetime) -> tuple[list[Situation], tuple[Node, ...]]:
    """These incidents as they stand at `now`, in no order, and all services. Two queries."""
    return load(session, select(Incident.id).where(Incident.id.in_(list(ids))), now)


def by_slug(session: Session, slug: str, now: datetime) -> Situation:
    """The incident with this name in its address. Two queries. Raises NotFound."""
    found, _ = load(session, select(Incident.id).where(Incident.slug == slug), now)
    if not found:
        raise NotFound(f"There is no incident {slug!r}.")
    return found[0]


def by_id(session: Session, incident_id: int, now: datetime) -> Situation:
    """Two queries. Raises NotFound."""
    found, _ = load(session, select(Incident.id).where(Incident.id == incident_id), now)
    if not found:
        raise NotFound(f"There is no incident with number {incident_id}.")
    return found[0]


def between(session: Session, start: datetime, end: datetime, now: datetime) -> list[Situation]:
    """What began from `start` until just before `end` and not after `now`, newest first. Two queries."""
    began = and_(Incident.started_at >= start, Incident.started_at < end, Incident.started_at <= now)
    found, _ = load(session, select(Incident.id).where(began), now)
    return sorted(found, key=lambda each: (each.started_at, each.id), reverse=True)


def months(session: Session, zone: ZoneInfo, now: datetime) -> list[tuple[date, int]]:
    """The first day of each month in which something began, with how many, newest first. Two queries for each ten years."""
    found: list[tuple[date, int]] = []
    start = datetime.min.replace(tzinfo=UTC)
    while (first := session.scalar(select(func.min(Incident.started_at)).where(_began(start, now)))) is not None:
        decade = list(islice(_months_from(first.astimezone(zone).date()), _A_DECADE))
        counts = (
            select(literal(place), func.count())
            .select_from(Incident)
            .where(_began(_midnight(month, zone), now), Incident.started_at < _midnight(_next(month), zone))
            for place, month in enumerate(decade)
        )
        found += [(decade[place], n) for place, n in session.execute(union_all(*counts)) if n]
        start = _midnight(_next(decade[-1]), zone)
    return sorted(found, reverse=True)


def _began(start: datetime, now: datetime) -> ColumnElement[bool]:
    return and_(Incident.started_at >= start, Incident.started_at <= now)


def _midnight(day: date, zone: ZoneInfo) -> datetime:
    return datetime(day.year, day.month, day.day, tzinfo=zone)


def _months_from(first: date) -> Iterator[date]:
    """The first day of each month, from that of `first` on."""
    month = first.replace(day=1)
    while True:
        yield month
        month = _next(month)


def _next(month: date) -> date:
    return (month + timedelta(days=31)).replace(day=1)


def newest(session: Session, now: datetime, *, service_ids: frozenset[int] | None = None) -> list[Situation]:
    """The fifty that changed last, of all services or of these, newest change first. Two queries."""
    changed_at = _changed_at(now)
    wanted = select(Incident.id).where(Incident.id.in_(_candidates(now, service_ids)))
    found, _ = load(session, wanted.order_by(changed_at.desc(), Incident.id.desc()).limit(NEWEST), now)
    return sorted(found, key=lambda each: (each.updated_at, each.id), reverse=True)


def known(session: Session, now: datetime) -> Known:
    """All that is open or still to come, with the fifty incidents and the fifty maintenances that were published last.

    Three queries.
    """
    newest_first = Incident.published_at.desc(), Incident.id.desc()
    last = [
        select(Incident.id).where(Incident.kind == kind).order_by(*newest_first).limit(NEWEST).subquery() for kind in IncidentKind
    ]
    is_planned = Incident.kind == IncidentKind.MAINTENANCE
    wanted = union(
        select(Incident.id).where(Incident.kind == IncidentKind.INCIDENT, Incident.state.in_(_ACTIVE)),
        select(Incident.id).where(is_planned, Incident.state.in_(_ACTIVE), Incident.updated_at >= Incident.window_end),
        select(Incident.id).where(Incident.window_end > now),  # called off or not: who waits for it must find what became of it
        *(select(each.c.id) for each in last),
    )
    found, nodes = load(session, wanted, now)
    return Known(tuple(found), nodes, lifetimes(session, nodes))


def lifetimes(session: Session, nodes: Iterable[Node]) -> dict[int, Lifetime]:
    """When each service was added and last changed, by its id, as the journal has it. One query."""
    ids = {f"service:{node.id}": node.id for node in nodes}
    rows = session.execute(
        select(Event.subject, func.min(Event.at), func.max(Event.at)).where(Event.subject.in_(list(ids))).group_by(Event.subject)
    )
    return {ids[subject]: Lifetime(added_at, changed_at) for subject, added_at, changed_at in rows}


def _candidates(now: datetime, service_ids: frozenset[int] | None) -> CompoundSelect[int]:
    """Among these are the fifty that changed last: fifty by each of the three instants that may be the last change.

    Each is read from the end of an index. Whatever is left out has fifty before it, and none of them changed earlier.
    """
    moves = Incident.state.in_(_ACTIVE)
    begun = and_(moves, Incident.window_start <= now, Incident.window_start > Incident.updated_at)
    ended = and_(moves, Incident.window_end <= now, Incident.window_end > Incident.updated_at)
    found = []
    for at, applies in ((Incident.updated_at, true()), (Incident.window_start, begun), (Incident.window_end, ended)):
        query = select(Incident.id).where(applies)
        if service_ids is not None:
            touches = and_(IncidentService.incident_id == Incident.id, IncidentService.service_id.in_(service_ids))
            query = query.where(exists().where(touches))
        newest_by = query.order_by(at.desc(), Incident.id.desc()).limit(NEWEST).subquery()
        found.append(select(newest_by.c.id))
    return union(*found)


def of_service(session: Session, slug: str, now: datetime) -> tuple[Node, list[Situation]]:
    """A service, and the fifty incidents that changed last among those touching it. Three queries. Raises NotFound."""
    nodes = tree(session)
    node = next((each for each in nodes if each.slug == slug), None)
    if node is None:
        raise NotFound(f"There is no service {slug!r}.")
    return node, newest(session, now, service_ids=lineages(nodes)[node.id])


def tree(session: Session) -> tuple[Node, ...]:
    """All services as they are read. One query."""
    return in_order(
        Node(each.id, each.slug, each.parent_id, each.name, each.description, each.position)
        for each in session.scalars(select(Service))
    )


def touched(session: Session, incident_id: int) -> tuple[list[int], list[int]]:
    """The ids of the services and of the channels that the incident names, hidden channels included. Two queries."""
    services = select(IncidentService.service_id).where(IncidentService.incident_id == incident_id)
    channels = select(IncidentChannel.channel_id).where(IncidentChannel.incident_id == incident_id)
    return list(session.scalars(services)), list(session.scalars(channels))


def _changed_at(now: datetime) -> ColumnElement[datetime]:
    """The last change that readers can see: of the text, or of the state by the clock."""
    moves = Incident.state.in_(_ACTIVE)
    return case(
        (and_(moves, Incident.window_end <= now, Incident.window_end > Incident.updated_at), Incident.window_end),
        (and_(moves, Incident.window_start <= now, Incident.window_start > Incident.updated_at), Incident.window_start),
        else_=Incident.updated_at,
    )

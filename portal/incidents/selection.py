"""What a page or feed shows of the incidents that are known: which, and in what order. Pure."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from portal.incidents.rules import UNDER_WAY, Banner, IncidentKind, Level, State, banner, worst
from portal.incidents.timeline import Situation
from portal.incidents.tree import Node, ServiceStatus, lineages, statuses

RECENT = timedelta(days=2)
NEWEST = 50


@dataclass(frozen=True)
class Trouble:
    """All that the status page says of incidents. `recent` is over since at most two days, newest first."""

    incidents: tuple[Situation, ...]
    under_way: tuple[Situation, ...]
    coming: tuple[Situation, ...]
    recent: tuple[Situation, ...]
    services: tuple[ServiceStatus, ...]
    banner: Banner


def trouble_of(found: Iterable[Situation], nodes: Sequence[Node], now: datetime) -> Trouble:
    """What is wrong, what is planned and how each service does, at `now`, of situations that stand at `now`.

    Incidents come worst first, planned work by its start. Cancelled work is shown until it would have begun.
    """
    found, recently = tuple(found), now - RECENT
    incidents = [each for each in found if each.kind is IncidentKind.INCIDENT and not each.is_over]
    planned = [each for each in found if each.kind is IncidentKind.MAINTENANCE]
    under_way = [each for each in planned if each.state in UNDER_WAY]
    coming = [each for each in planned if each.state is State.SCHEDULED or _is_called_off(each, now)]
    recent = [each for each in found if each.state in {State.RESOLVED, State.COMPLETED} and _over_since(each) > recently]
    return Trouble(
        incidents=tuple(sorted(incidents, key=_worst_first)),
        under_way=tuple(sorted(under_way, key=_by_window)),
        coming=tuple(sorted(coming, key=_by_window)),
        recent=tuple(sorted(recent, key=_over_since, reverse=True)),
        services=service_statuses(nodes, (*incidents, *under_way)),
        banner=banner((*incidents, *under_way)),
    )


def service_statuses(nodes: Sequence[Node], situations: Iterable[Situation]) -> tuple[ServiceStatus, ...]:
    """How each service does, in reading order, given what is wrong."""
    levels: dict[int, list[Level]] = defaultdict(list)
    for situation in situations:
        for service in situation.services:
            levels[service.id].append(situation.level)
    return statuses(nodes, {service_id: worst(found) for service_id, found in levels.items()})


def told_to_programs(found: Iterable[Situation], now: datetime) -> tuple[Situation, ...]:
    """All that is open or still to come, with the fifty incidents and the fifty maintenances that were published last."""
    latest = sorted(found, key=lambda each: (each.published_at, each.id), reverse=True)
    last = {each.id for kind in IncidentKind for each in [one for one in latest if one.kind is kind][:NEWEST]}
    ahead = (each for each in latest if not each.is_over or (each.window is not None and each.window.end > now))
    wanted = last | {each.id for each in ahead}
    return tuple(each for each in latest if each.id in wanted)


def begun_between(found: Iterable[Situation], start: datetime, end: datetime, now: datetime) -> list[Situation]:
    """What began from `start` until just before `end` and not after `now`, newest first."""
    begun = [each for each in found if start <= each.started_at < end and each.started_at <= now]
    return sorted(begun, key=lambda each: (each.started_at, each.id), reverse=True)


def months_of(found: Iterable[Situation], zone: ZoneInfo, now: datetime) -> list[tuple[date, int]]:
    """The first day of each local month in which something began, with how many, newest first."""
    counts = Counter(each.started_at.astimezone(zone).date().replace(day=1) for each in found if each.started_at <= now)
    return sorted(counts.items(), reverse=True)


def newest_of(found: Iterable[Situation]) -> list[Situation]:
    """The fifty that changed last, newest change first."""
    return sorted(found, key=lambda each: (each.updated_at, each.id), reverse=True)[:NEWEST]


def by_service(found: Iterable[Situation], nodes: Sequence[Node]) -> dict[int, list[Situation]]:
    """For each service the fifty that changed last of those that touch it, or one above it or under it, newest change first."""
    newest = sorted(found, key=lambda each: (each.updated_at, each.id), reverse=True)
    touched = [(each, frozenset(service.id for service in each.services)) for each in newest]
    chosen: dict[int, list[Situation]] = {}
    for node, kin in lineages(nodes).items():
        chosen[node] = [each for each, services in touched if not services.isdisjoint(kin)][:NEWEST]
    return chosen


def _worst_first(situation: Situation) -> tuple[bool, int, float]:
    return not situation.is_calamity, -situation.level.rank, -situation.published_at.timestamp()


def _by_window(situation: Situation) -> datetime:
    return situation.window.start if situation.window else situation.started_at


def _over_since(situation: Situation) -> datetime:
    return situation.resolved_at or situation.updated_at


def _is_called_off(situation: Situation, now: datetime) -> bool:
    return situation.state is State.CANCELLED and situation.window is not None and situation.window.start > now

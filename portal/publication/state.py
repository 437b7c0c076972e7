"""Everything that the public may know at an instant, read once for a whole publication."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from functools import cached_property, partial
from typing import TypeVar
from zoneinfo import ZoneInfo

from sqlalchemy.orm import Session

from portal.hours.opening_time import OpeningTimes
from portal.incidents import queries, selection
from portal.incidents.timeline import Situation, changes_at
from portal.incidents.tree import Node
from portal.organisation.models import Organisation
from portal.organisation.store import the_organisation
from portal.promises.display import Shown, shown
from portal.promises.figures import ResponseFigures, last_days
from portal.promises.record import Record
from portal.promises.recorded import record_of
from portal.publication.making import basis
from portal.status import store as status
from portal.web.formats import DEFAULT_ZONE
from portal.web.minutes import minute_of

Found = TypeVar("Found")
_OVERLAP = timedelta(minutes=10)  # clocks of machines differ, and a change is dated before it can be seen


@dataclass(frozen=True)
class State:
    """`situations` is all that ever was wrong or planned, oldest first, as it stands at `now`; `nodes` all services.

    `fingerprints` has a short name for each situation by its id: another one as soon as anything of it is different.
    `response_times` and `record` ask the database when they are called: they are wanted only when their pages are made anew.
    """

    now: datetime
    zone: ZoneInfo
    organisation: Organisation | None
    situations: tuple[Situation, ...]
    fingerprints: dict[int, str]
    nodes: tuple[Node, ...]
    reach: status.Reach
    response_times: Callable[[int], Shown]
    record: Callable[[], Record]
    overview: status.Overview
    told_to_programs: queries.Known

    @cached_property
    def months(self) -> list[tuple[date, int]]:
        return selection.months_of(self.situations, self.zone, self.now)

    @cached_property
    def touching(self) -> dict[int, list[Situation]]:
        """For each service by its id the newest of those that touch it or its kin, last changed first."""
        return selection.by_service(self.situations, self.nodes)

    @cached_property
    def company(self) -> str:
        """A short name for what every page says of the company."""
        row = self.organisation
        return basis(row and {column.name: getattr(row, column.name) for column in Organisation.__table__.columns})


@dataclass(frozen=True)
class _Remembered:
    """A situation as it was read at an instant; it stands like that until `until`, unless its version changes."""

    version: int
    situation: Situation
    fingerprint: str
    read_at: datetime
    until: datetime | None

    def holds(self, now: datetime) -> bool:
        return self.read_at <= now and (self.until is None or now < self.until)


class StateReader:
    """Reads the state again and again, and of the incidents only those that changed since the last time.

    What is equal to what it was is the same object as before, so that parts of pages that were made of it are found again.
    """

    def __init__(self) -> None:
        self._known: dict[int, _Remembered] = {}
        self._names: object = None
        self._read_at: datetime | None = None
        self._minute: tuple[object, ...] = ()
        self._figures: dict[int, ResponseFigures] | None = None
        self._times: dict[int, Shown] = {}
        self._record: Record | None = None
        self._same: dict[object, object] = {}

    def read(self, session: Session, now: datetime) -> State:
        """The state at `now`, of one moment of the database. `session` must stay open while documents are made.

        A small number of queries: what changed, those incidents, services, channels and hours. Response times are read once
        a minute: until then each answer that is given changes them, and nobody sees it.
        """
        organisation = the_organisation(session)
        zone = organisation.zone if organisation else DEFAULT_ZONE
        reach = self._reach(session, now, zone)
        nodes = self._read_changed(session, [(way.id, way.slug, way.name) for way in reach.ways], now)
        known = [self._known[incident_id] for incident_id in sorted(self._known)]
        situations = tuple(each.situation for each in known)
        return State(
            now=now,
            zone=zone,
            organisation=organisation,
            situations=situations,
            fingerprints={each.situation.id: each.fingerprint for each in known},
            nodes=nodes,
            reach=reach,
            response_times=partial(self._response_times, session, now, zone),
            record=partial(self._record_of, session, now, zone, reach.openings),
            overview=self._overview(situations, nodes, reach, now, zone),
            told_to_programs=queries.Known(selection.told_to_programs(situations, now), nodes, queries.lifetimes(session, nodes)),
        )

    def _reach(self, session: Session, now: datetime, zone: ZoneInfo) -> status.Reach:
        if self._minute != (minute_of(now), zone):
            self._minute = (minute_of(now), zone)
            self._figures, self._times, self._record = None, {}, None
        reach = status.reach(session, now, zone, figures=self._figures)
        self._figures = reach.figures
        return reach

    def _response_times(self, session: Session, now: datetime, zone: ZoneInfo, channel_id: int) -> Shown:
        if channel_id not in self._times:
            self._times[channel_id] = shown(session, channel_id, last_days(now.astimezone(zone).date()), now)
        return self._times[channel_id]

    def _record_of(self, session: Session, now: datetime, zone: ZoneInfo, openings: Mapping[int, OpeningTimes]) -> Record:
        if self._record is None:
            self._record = record_of(session, now, zone=zone, openings=openings)
        return self._record

    def _overview(
        self, situations: tuple[Situation, ...], nodes: tuple[Node, ...], reach: status.Reach, now: datetime, zone: ZoneInfo
    ) -> status.Overview:
        trouble = selection.trouble_of(situations, nodes, now)
        trouble = replace(trouble, services=self._as_before("services", trouble.services))
        overview = status.overview_of(trouble, reach, now, zone)
        return replace(overview, cards=tuple(self._as_before(card.channel.id, card) for card in overview.cards))

    def _as_before(self, name: object, found: Found) -> Found:
        """What was found the last time, when this is equal to it."""
        before = self._same.get(name)
        if before == found:
            return before
        self._same[name] = found
        return found

    def _read_changed(self, session: Session, channels: object, now: datetime) -> tuple[Node, ...]:
        """Brings what is known up to date; returns all services. Names of services and channels stand in situations too."""
        nodes = queries.tree(session)
        if (nodes, channels) != self._names:
            self._known, self._names, self._read_at = {}, (nodes, channels), None
        versions = queries.versions(session, self._read_at and min(self._read_at, now) - _OVERLAP)
        changed = [each for each, version in versions.items() if each not in self._known or self._known[each].version != version]
        changed += [each for each, known in self._known.items() if each not in changed and not known.holds(now)]
        if changed:
            for each in queries.by_ids(session, changed, now)[0]:
                self._known[each.id] = _Remembered(each.version, each, basis(each), now, changes_at(each, now))
        self._read_at = now
        return nodes

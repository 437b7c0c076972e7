"""The public documents of Statuspage's API, version 2, made of what is known. Pure: the same state gives the same bytes.

A component is a service of ours. Names are derived from what the database keeps for ever, so they outlive host and titles.
Described at /api/v2 of any page of Atlassian's Statuspage.
"""

import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property, lru_cache
from itertools import pairwise
from typing import Any

from portal.incidents.rules import UNDER_WAY, IncidentKind, Level, State, banner, clean_title, level_of, worst
from portal.incidents.timeline import Entry, Situation
from portal.incidents.tree import Lifetime, Node, statuses
from portal.status.statuspage_vocabulary import COMPONENT_STATUS, INDICATOR, impact_of, instant, level_in, name_of, status_of
from portal.web.markdown import to_text

MOST = 50  # in a list
_plain = lru_cache(maxsize=2000)(to_text)  # most texts were in the last edition too

Facts = dict[str, Any]


@dataclass(frozen=True)
class Page:
    """The page of a company in one language. `url` is absolute and ends without a slash; `guid` names the installation."""

    guid: str
    name: str
    url: str
    time_zone: str
    language: str
    changed_at: datetime


@dataclass(frozen=True)
class Words:
    """In the page's language: each level, each line of a timeline that nobody wrote, and that planned work is called off."""

    levels: Mapping[Level, str]
    derived: Mapping[State, str]
    cancelled: str


@dataclass(frozen=True)
class Snapshot:
    """All that the documents say, as it stands at one instant.

    `situations`, in any order, hold all that is open or still to come, and as much of the past as is to be listed.
    """

    page: Page
    words: Words
    nodes: Sequence[Node]
    lifetimes: Mapping[int, Lifetime]
    situations: Sequence[Situation]


def document(snapshot: Snapshot, name: str) -> bytes:
    """The document with this name in `NAMES`."""
    return _written(_DOCUMENTS[name](_Telling(snapshot)))


def documents(snapshot: Snapshot) -> dict[str, bytes]:
    """Every document by its name, which is its address below /api/v2/."""
    telling = _Telling(snapshot)
    return {name: _written(told(telling)) for name, told in _DOCUMENTS.items()}


def changed_at(snapshot: Snapshot) -> datetime:
    """When any of the documents last said something else."""
    services = [lifetime.changed_at for lifetime in snapshot.lifetimes.values()]
    return max([snapshot.page.changed_at, *services, *(each.updated_at for each in snapshot.situations)])


class _Telling:
    """What the documents have in common, made once for all of them."""

    def __init__(self, snapshot: Snapshot) -> None:
        self.snapshot = snapshot
        self.page_id = name_of(snapshot.page.guid)
        incidents = [each for each in snapshot.situations if each.kind is IncidentKind.INCIDENT]
        planned = [each for each in snapshot.situations if each.kind is IncidentKind.MAINTENANCE]
        self.incidents = _newest_first(incidents)
        self.unresolved = [each for each in self.incidents if not each.is_over]
        self.planned = _newest_first(planned)
        self.active = sorted((each for each in planned if each.state in UNDER_WAY), key=_by_window)
        self.upcoming = sorted((each for each in planned if each.state is State.SCHEDULED), key=_by_window)
        self._ids = {node.id: name_of(f"{snapshot.page.guid}/services/{node.id}") for node in snapshot.nodes}
        self._told: dict[int, Facts] = {}

    @cached_property
    def page(self) -> Facts:
        page = self.snapshot.page
        return {
            "id": self.page_id,
            "name": clean_title(page.name),
            "url": page.url,
            "time_zone": page.time_zone,
            "updated_at": instant(changed_at(self.snapshot)),
        }

    @cached_property
    def status(self) -> Facts:
        """Follows what is open, as the banner of the page does; a calamity is as bad as it gets."""
        found = banner((*self.unresolved, *self.active))
        level = Level.CRITICAL if found.is_calamity else found.level
        return {"indicator": INDICATOR[level], "description": self.snapshot.words.levels[level]}

    @cached_property
    def components(self) -> dict[int, Facts]:
        """By the id of the service, in reading order. A service at the top with others under it is their group."""
        levels: dict[int, Level] = {}
        for situation in (*self.unresolved, *self.active):
            for named in situation.services:
                levels[named.id] = worst((levels.get(named.id, Level.NONE), level_of(situation)))
        found = statuses(self.snapshot.nodes, levels)
        roots = _roots([status.node for status in found])
        groups = {root for service, root in roots.items() if root != service}
        return {
            status.node.id: self._component(status.node, status.level, position, roots, groups)
            for position, status in enumerate(found, start=1)
        }

    @cached_property
    def _touched_at(self) -> dict[int, datetime]:
        """When what names a service last changed, by its id."""
        found: dict[int, datetime] = {}
        for situation in sorted(self.snapshot.situations, key=lambda each: each.updated_at):
            found |= {named.id: situation.updated_at for named in situation.services}
        return found

    def _component(self, node: Node, level: Level, position: int, roots: Mapping[int, int], groups: set[int]) -> Facts:
        language, start = self.snapshot.page.language, self.snapshot.page.changed_at
        lifetime = self.snapshot.lifetimes.get(node.id, Lifetime(start, start))
        facts: Facts = {
            "id": self._ids[node.id],
            "name": node.name.in_(language).text,
            "status": COMPONENT_STATUS[level],
            "created_at": instant(lifetime.added_at),
            "updated_at": instant(max(lifetime.changed_at, self._touched_at.get(node.id, lifetime.changed_at))),
            "position": position,
            "description": _plain(node.description.in_(language).text) or None,
            "showcase": False,
            "start_date": None,
            "group_id": self._ids[roots[node.id]] if roots[node.id] != node.id else None,
            "page_id": self.page_id,
            "group": node.id in groups,
            "only_show_if_degraded": False,
        }
        if node.id in groups:
            facts["components"] = [self._ids[each] for each, root in roots.items() if root == node.id and each != root]
        return facts

    def told(self, situations: Iterable[Situation]) -> list[Facts]:
        """The first fifty as the documents tell them."""
        return [self._once(each) for each in list(situations)[:MOST]]

    def _once(self, situation: Situation) -> Facts:
        if situation.id not in self._told:
            self._told[situation.id] = self._incident(situation)
        return self._told[situation.id]

    def _incident(self, situation: Situation) -> Facts:
        name, watching = name_of(situation.guid), [line.at for line in situation.entries if line.state is State.MONITORING]
        title = situation.title.in_(self.snapshot.page.language).text
        facts: Facts = {
            "id": name,
            "name": f"{self.snapshot.words.cancelled}: {title}" if situation.state is State.CANCELLED else title,
            "status": status_of(situation.state),
            "created_at": instant(situation.published_at),
            "updated_at": instant(situation.updated_at),
            "monitoring_at": instant(watching[0]) if watching else None,
            "resolved_at": instant(situation.resolved_at) if situation.resolved_at else None,
            "impact": impact_of(situation),
            "shortlink": f"{self.snapshot.page.url}/incidents/{situation.slug}",
            "started_at": instant(situation.started_at),
            "page_id": self.page_id,
            "incident_updates": self._updates(situation, name),
            "components": [self.components[each.id] for each in situation.services if each.id in self.components],
        }
        if situation.window:
            facts["scheduled_for"] = instant(situation.window.start)
            facts["scheduled_until"] = instant(situation.window.end)
        return facts

    def _updates(self, situation: Situation, incident: str) -> list[Facts]:
        """Newest first. What an update did to a service is what this incident alone meant for it before and after."""
        levels = [level_in(situation, line.state) for line in situation.entries] + [Level.NONE]
        return [
            {
                "id": name_of(line.guid),
                "status": status_of(line.state),
                "body": self._body(line),
                "incident_id": incident,
                "created_at": instant(line.at),
                "updated_at": instant(line.changed_at),
                "display_at": instant(line.at),
                "affected_components": self._affected(situation, before, after),
                "deliver_notifications": True,
                "custom_tweet": None,
                "tweet_id": None,
            }
            for line, (after, before) in zip(situation.entries, pairwise(levels), strict=True)
        ]

    def _body(self, line: Entry) -> str:
        words = self.snapshot.words
        if line.is_derived:
            return words.derived[line.state]
        body = _plain(line.body.in_(self.snapshot.page.language).text)
        return f"{words.cancelled}: {body}" if line.state is State.CANCELLED else body

    def _affected(self, situation: Situation, before: Level, after: Level) -> list[Facts] | None:
        language = self.snapshot.page.language
        changes = {"old_status": COMPONENT_STATUS[before], "new_status": COMPONENT_STATUS[after]}
        return [
            {"code": self._ids[each.id], "name": each.name.in_(language).text, **changes}
            for each in situation.services
            if each.id in self._ids
        ] or None


_DOCUMENTS: dict[str, Callable[[_Telling], Facts]] = {
    "summary.json": lambda it: {
        "page": it.page,
        "components": list(it.components.values()),
        "incidents": it.told(it.unresolved),
        "scheduled_maintenances": it.told([*it.active, *it.upcoming]),
        "status": it.status,
    },
    "status.json": lambda it: {"page": it.page, "status": it.status},
    "components.json": lambda it: {"page": it.page, "components": list(it.components.values())},
    "incidents.json": lambda it: {"page": it.page, "incidents": it.told(it.incidents)},
    "incidents/unresolved.json": lambda it: {"page": it.page, "incidents": it.told(it.unresolved)},
    "scheduled-maintenances.json": lambda it: {"page": it.page, "scheduled_maintenances": it.told(it.planned)},
    "scheduled-maintenances/upcoming.json": lambda it: {"page": it.page, "scheduled_maintenances": it.told(it.upcoming)},
    "scheduled-maintenances/active.json": lambda it: {"page": it.page, "scheduled_maintenances": it.told(it.active)},
}
NAMES = tuple(_DOCUMENTS)
WITH_STATUS = frozenset({"summary.json", "status.json"})  # these say how all is, and must not say it for too long


def _written(facts: Facts) -> bytes:
    return json.dumps(facts, ensure_ascii=False, separators=(",", ":")).encode()


def _newest_first(situations: Iterable[Situation]) -> list[Situation]:
    return sorted(situations, key=lambda each: (each.published_at, each.id), reverse=True)


def _by_window(situation: Situation) -> tuple[datetime, int]:
    return (situation.window.start if situation.window else situation.started_at), situation.id


def _roots(ordered: Sequence[Node]) -> dict[int, int]:
    """For each service the one at the top of its branch; parents come before their children. Groups are one level deep."""
    roots: dict[int, int] = {}
    for node in ordered:
        roots[node.id] = node.id if node.parent_id is None else roots[node.parent_id]
    return roots

"""The company's services as a tree, and what trouble in one means for those above and below it. Pure."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from portal.incidents.rules import Level, worst
from portal.web.localized import Localized


@dataclass(frozen=True)
class Node:
    """A service in its tree: `depth` 0 is a root. Nodes are listed as they are read, each parent before its children."""

    id: int
    slug: str
    parent_id: int | None
    name: Localized
    description: Localized
    position: int
    depth: int = 0


@dataclass(frozen=True)
class Lifetime:
    """When a service was added and last changed."""

    added_at: datetime
    changed_at: datetime


@dataclass(frozen=True)
class ServiceStatus:
    """`level` is the worst of the service; `is_partial` when only something under it is in trouble."""

    node: Node
    level: Level
    is_partial: bool


def in_order(nodes: Iterable[Node]) -> tuple[Node, ...]:
    """The nodes as they are read: siblings by position, each parent before its children, with their depth."""
    children: dict[int | None, list[Node]] = {}
    for node in sorted(nodes, key=lambda each: (each.position, each.id)):
        children.setdefault(node.parent_id, []).append(node)
    ordered: list[Node] = []
    waiting = [(node, 0) for node in reversed(children.get(None, []))]
    while waiting:
        node, depth = waiting.pop()
        ordered.append(Node(node.id, node.slug, node.parent_id, node.name, node.description, node.position, depth))
        waiting += [(child, depth + 1) for child in reversed(children.get(node.id, []))]
    return tuple(ordered)


def is_cycle(parents: Mapping[int, int | None], service_id: int, parent_id: int | None) -> bool:
    """Whether hanging this service under that parent would make it its own ancestor. `parents` is the tree as it is."""
    step = parent_id
    for _ in range(len(parents) + 1):
        if step is None:
            return False
        if step == service_id:
            return True
        step = parents.get(step)
    return True


def lineages(nodes: Sequence[Node]) -> dict[int, frozenset[int]]:
    """For each service itself, all above it and all under it: whose trouble is also its trouble, in whole or in part."""
    parents = {node.id: node.parent_id for node in nodes}
    above: dict[int, list[int]] = {}
    for node in in_order(nodes):
        parent = parents[node.id]
        above[node.id] = [*above[parent], parent] if parent is not None else []
    under: dict[int, set[int]] = {node.id: set() for node in nodes}
    for node_id, ancestors in above.items():
        for ancestor in ancestors:
            under[ancestor].add(node_id)
    return {node.id: frozenset((node.id, *above.get(node.id, ()), *under[node.id])) for node in nodes}


def statuses(nodes: Sequence[Node], levels: Mapping[int, Level]) -> tuple[ServiceStatus, ...]:
    """Each service's status, in reading order; `levels` holds the trouble that names a service itself.

    Trouble of a service is trouble of everything under it; a service of which only a part is in trouble says so.
    """
    ordered = in_order(nodes)
    whole: dict[int, Level] = {}
    for node in ordered:
        above = whole[node.parent_id] if node.parent_id is not None else Level.NONE
        whole[node.id] = worst((levels.get(node.id, Level.NONE), above))
    parts = dict(whole)
    for node in reversed(ordered):
        if node.parent_id is not None:
            parts[node.parent_id] = worst((parts[node.parent_id], parts[node.id]))
    return tuple(ServiceStatus(node, parts[node.id], is_partial=parts[node.id].rank > whole[node.id].rank) for node in ordered)

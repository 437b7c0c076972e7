import pytest

from portal.incidents.rules import Level
from portal.incidents.tree import Node, in_order, is_cycle, lineages, statuses
from portal.web.localized import Localized

#  1 bus (11 line one, 12 line two (121 stop)), 2 tram
PARENTS = {1: None, 2: None, 11: 1, 12: 1, 121: 12}


def node(id_: int, parent_id: int | None = None, position: int = 0) -> Node:
    return Node(id_, str(id_), parent_id, Localized(str(id_)), Localized(""), position)


NODES = [node(id_, parent_id) for id_, parent_id in reversed(PARENTS.items())]


def test_each_parent_comes_before_its_children_and_siblings_go_by_position() -> None:
    assert [(each.id, each.depth) for each in in_order(NODES)] == [(1, 0), (11, 1), (12, 1), (121, 2), (2, 0)]
    assert [each.id for each in in_order([node(1, position=2), node(2, position=1)])] == [2, 1]


@pytest.mark.parametrize(
    ("service", "parent", "refused"),
    [(1, None, False), (1, 1, True), (1, 121, True), (12, 2, False), (121, 11, False), (12, 121, True)],
)
def test_a_service_never_hangs_under_itself(service: int, parent: int | None, refused: bool) -> None:  # noqa: FBT001 - the expected value
    assert is_cycle(PARENTS, service, parent) is refused


def test_a_tree_that_is_a_cycle_already_ends_the_search() -> None:
    assert is_cycle({1: 2, 2: 1, 3: None}, 3, 1)


@pytest.mark.parametrize(
    ("service", "kin"),
    [(1, {1, 11, 12, 121}), (12, {1, 12, 121}), (121, {1, 12, 121}), (2, {2})],
)
def test_kin_are_those_above_and_those_under(service: int, kin: set[int]) -> None:
    assert lineages(NODES)[service] == kin


def test_trouble_goes_down_whole_and_up_as_a_part() -> None:
    found = {each.node.id: (each.level, each.is_partial) for each in statuses(NODES, {12: Level.MAJOR, 2: Level.MAINTENANCE})}
    assert found == {
        1: (Level.MAJOR, True),
        11: (Level.NONE, False),
        12: (Level.MAJOR, False),
        121: (Level.MAJOR, False),
        2: (Level.MAINTENANCE, False),
    }


def test_a_part_that_is_worse_than_the_whole_shows() -> None:
    found = {each.node.id: (each.level, each.is_partial) for each in statuses(NODES, {1: Level.MINOR, 121: Level.CRITICAL})}
    assert found[1] == (Level.CRITICAL, True)
    assert found[11] == (Level.MINOR, False)

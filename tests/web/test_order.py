"""Moving things one place at a time, also when two people do so at once."""

from collections.abc import Callable
from datetime import datetime
from threading import Barrier, Thread

import pytest

from portal.db import Database
from portal.errors import Invalid
from portal.organisation import store as organisation
from portal.organisation.rules import ChannelKind
from portal.promises import priorities
from portal.promises.rules import Impact
from portal.web.order import Step, step_in, stepped


@pytest.mark.parametrize(
    ("each", "step", "after"),
    [("a", Step.DOWN, "bac"), ("b", Step.UP, "bac"), ("c", Step.UP, "acb"), ("a", Step.UP, "abc"), ("c", Step.DOWN, "abc")],
)
def test_a_step_changes_two_neighbours_and_stops_at_the_ends(each: str, step: Step, after: str) -> None:
    assert "".join(stepped("abc", each, step)) == after


@pytest.mark.parametrize("text", ["", "UP", "sideways", "-1"])
def test_a_direction_is_up_or_down(text: str) -> None:
    assert step_in("down") is Step.DOWN
    with pytest.raises(Invalid, match="direction"):
        step_in(text)


def at_once(moves: list[Callable[[], None]]) -> None:
    """Starts all moves together; an error in one of them fails the test through pytest's own thread hook."""
    start = Barrier(len(moves))

    def run(move: Callable[[], None]) -> None:
        start.wait()
        move()

    threads = [Thread(target=run, args=(move,)) for move in moves]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()


def test_two_channels_that_move_at_once_both_move(database: Database, now: datetime) -> None:
    with database.transaction() as session:
        ids = [
            organisation.add_channel(session, slug=name, kind=ChannelKind.X, name=name, now=now, actor_id=None).id
            for name in "abcdef"
        ]

    def move(channel_id: int) -> None:
        with database.transaction() as session:
            organisation.move_channel(session, channel_id, Step.UP, now=now, actor_id=None)

    at_once([lambda: move(ids[5]), lambda: move(ids[5]), lambda: move(ids[1])])
    with database.reading() as session:
        after = organisation.channels(session)
    assert "".join(each.slug for each in after) == "bacfde"
    assert [each.position for each in after] == [1, 2, 3, 4, 5, 6]


def test_two_rules_that_move_at_once_both_move(database: Database, now: datetime) -> None:
    with database.transaction() as session:
        ids = [priorities.add_rule(session, words=[word], impact=Impact.HIGH, now=now, actor_id=None).id for word in "abcdef"]

    def move(rule_id: int) -> None:
        with database.transaction() as session:
            priorities.move_rule(session, rule_id, Step.UP, now=now, actor_id=None)

    at_once([lambda: move(ids[5]), lambda: move(ids[5]), lambda: move(ids[1])])
    with database.reading() as session:
        after = priorities.rules_of(session)
    assert "".join(each.words[0] for each in after) == "bacfde"
    assert [each.position for each in after] == [0, 1, 2, 3, 4, 5]

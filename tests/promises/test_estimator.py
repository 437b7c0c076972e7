import json
import math
import random
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from portal.promises.estimator import Basis, Desk, Fact, Happening, Stretch
from tests.promises.desks import A_DAY, STATED, answer, fact, moved_back, receive, streams, worked

PLAN = (Stretch(60.0, 960.0, 4.0),)


def restored(desk: Desk) -> Desk:
    return Desk.from_json(json.loads(json.dumps(desk.as_json())))


def announced(desk: Desk, clock: float) -> list[object]:
    """All that a desk can be asked."""
    plans = ((), PLAN)
    told = [
        desk.announce(rank, clock + later, stated=STATED, plan=plan) for rank in range(4) for later in (0, 50) for plan in plans
    ]
    again = [desk.reconsider(request, clock, stated=STATED, plan=plan) for request in range(61) for plan in plans]
    return [*told, *again, desk.is_overloaded(clock)]


@given(facts=streams(), cuts=st.lists(st.integers(0, 250), max_size=4))
def test_a_desk_restored_at_any_moment_announces_the_same_for_ever_after(facts: list[Fact], cuts: list[int]) -> None:
    whole, cut = Desk(), Desk()
    for number, each in enumerate(facts):
        if number in cuts:
            cut = restored(cut)
        whole.hear(each)
        cut.hear(each)
        if number % 10 == 0:
            assert cut.announce(each.rank, each.clock, stated=STATED) == whole.announce(each.rank, each.clock, stated=STATED)
    clock = facts[-1].clock if facts else 0.0
    assert announced(restored(cut), clock) == announced(whole, clock)
    assert cut.as_json() == whole.as_json()


@given(facts=streams())
def test_asking_changes_nothing(facts: list[Fact]) -> None:
    desk = Desk()
    for each in facts:
        desk.hear(each)
    before = json.dumps(desk.as_json())
    announced(desk, facts[-1].clock if facts else 0.0)
    assert json.dumps(desk.as_json()) == before


@given(facts=streams(), shuffle=st.randoms(use_true_random=False))
def test_no_order_of_facts_is_refused(facts: list[Fact], shuffle: random.Random) -> None:
    told = [*facts, *(moved_back(each, 500.0) for each in facts[:20]), fact(Happening.ANSWERED, 1, math.nan, since=0.0, day=1)]
    shuffle.shuffle(told)
    desk = Desk()
    for each in told:
        desk.hear(each)
        found = desk.announce(each.rank, 0.0, stated=STATED)
        assert math.isfinite(found.minutes)
        assert found.ahead >= 0
        assert found.queue >= 0
    assert json.loads(json.dumps(desk.as_json(), allow_nan=False))


@given(facts=streams())
def test_those_ahead_are_the_open_requests_of_the_same_or_a_higher_class(facts: list[Fact]) -> None:
    desk = Desk()
    waiting: dict[int, int] = {}
    for each in facts[:15]:  # too few for anybody to have been passed over
        desk.hear(each)
        match each.happening:
            case Happening.RECEIVED | Happening.RETURNED:
                waiting.setdefault(each.request, each.rank)
            case Happening.MOVED:
                waiting.update({each.request: each.rank} if each.request in waiting else {})
            case _:
                waiting.pop(each.request, None)
        for rank in range(4):
            assert desk.announce(rank, each.clock, stated=STATED).ahead == sum(of <= rank for of in waiting.values())


def test_a_new_desk_announces_the_stated_target() -> None:
    told = Desk().announce(2, 0.0, stated=STATED)
    assert (told.ahead, told.queue, told.rest, told.basis, told.days) == (0, 0.0, STATED, Basis.STATED, 0)


def test_no_promise_is_shorter_than_an_hour() -> None:
    assert Desk().announce(0, 0.0, stated=5.0).minutes == 60.0


def test_a_desk_that_has_been_measured_says_on_how_many_days_it_rests() -> None:
    told = worked(days=9).announce(0, 9 * A_DAY, stated=STATED)
    assert (told.basis, told.days) == (Basis.MEASURED, 9)


def test_who_comes_later_is_told_of_a_longer_queue() -> None:
    desk = worked(days=5)
    told = [receive(desk, 1000 + number, 5 * A_DAY) for number in range(50)]
    assert all(later.ahead == earlier.ahead + 1 for earlier, later in pairwise(told))
    assert all(later.queue > earlier.queue for earlier, later in pairwise(told))
    assert told[-1].queue == pytest.approx(50 * 15, rel=0.5)


def test_similar_requests_are_told_the_same() -> None:
    desk = worked(days=3)
    assert desk.announce(0, 3 * A_DAY, stated=STATED) == desk.announce(0, 3 * A_DAY, stated=STATED)


def test_a_request_that_waits_is_told_of_those_before_it_alone() -> None:
    desk = worked(days=5)
    before = receive(desk, 1000, 5 * A_DAY)
    for request in range(1001, 1051):
        receive(desk, request, 5 * A_DAY)
    assert desk.reconsider(1000, 5 * A_DAY, stated=STATED).ahead == before.ahead
    assert desk.reconsider(1050, 5 * A_DAY, stated=STATED).ahead == before.ahead + 50


def test_a_request_that_is_set_aside_keeps_nobody_waiting_until_it_returns() -> None:
    desk = worked(days=5)
    receive(desk, 1000, 2400.0)
    ahead = desk.announce(0, 2400.0, stated=STATED).ahead
    desk.hear(fact(Happening.LEFT, 1000, 2400.0))
    assert desk.announce(0, 2400.0, stated=STATED).ahead == ahead - 1
    desk.hear(fact(Happening.RETURNED, 1000, 2400.0))
    assert desk.announce(0, 2400.0, stated=STATED).ahead == ahead


def test_a_request_moved_to_a_higher_class_stands_before_more() -> None:
    desk = Desk()
    receive(desk, 1, 0.0, rank=2)
    desk.hear(fact(Happening.MOVED, 1, 0.0, rank=1))
    assert [desk.announce(rank, 0.0, stated=STATED).ahead for rank in range(3)] == [0, 1, 1]


def test_a_request_that_is_never_answered_soon_stands_before_nobody() -> None:
    desk = Desk()
    receive(desk, 0, 0.0)
    for request in range(1, 41):
        receive(desk, request, request * 20.0)
        answer(desk, request, request * 20.0 + 10, request * 20.0)
    assert desk.announce(0, 900.0, stated=STATED).ahead == 0


def test_planned_people_shorten_the_time_from_their_start() -> None:
    desk = worked(days=5)
    for request in range(1000, 1200):
        receive(desk, request, 5 * A_DAY)
    without = desk.announce(0, 5 * A_DAY, stated=STATED)
    told = [desk.announce(0, 5 * A_DAY, stated=STATED, plan=(Stretch(60.0, 4800.0, f),)).queue for f in (2, 4, 8)]
    assert without.queue > told[0] > told[1] > told[2] > 60.0


@pytest.mark.parametrize("days", [60])
def test_what_is_learned_stays_small(days: int) -> None:
    desk = worked(days=days, a_day=60, minutes=5.0)
    learned = desk.as_json()
    learned["line"] = learned["due"] = None
    assert len(json.dumps(learned, separators=(",", ":"))) < 16_000

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


def test_what_is_learned_takes_six_kilobytes_a_class_and_as_much_for_the_channel() -> None:
    learned = worked(days=60, a_day=60, minutes=5.0).as_json()
    learned["line"] = learned["due"] = None
    assert len(json.dumps(learned, separators=(",", ":"))) < 2 * 6_000 + 1_000


def test_a_young_desk_allows_extra_time() -> None:
    told = [worked(days=days, minutes=2.0).announce(0, days * A_DAY, stated=STATED).rest for days in (1, 3, 9)]
    assert told[0] == STATED
    assert STATED > told[1] > told[2]


def test_a_class_that_is_hardly_known_borrows_from_the_others() -> None:
    desk = worked(days=9)
    told = desk.announce(1, 9 * A_DAY, stated=STATED)
    assert (told.basis, told.days) == (Basis.BORROWED, 9)
    assert told.rest == desk.announce(0, 9 * A_DAY, stated=STATED).rest


def test_a_low_class_is_told_of_the_higher_ones_that_will_come_later() -> None:
    desk = worked(days=9)
    for request in range(1000, 1020):
        receive(desk, request, 9 * A_DAY, rank=1)
    low, high = (desk.announce(rank, 9 * A_DAY, stated=STATED) for rank in (1, 0))
    assert low.queue / low.ahead > 1.3 * (high.queue / high.ahead if high.ahead else 15.0)


def test_requests_that_starve_lengthen_what_is_announced_though_nobody_answers_them() -> None:
    desk = Desk()
    for number in range(300):  # newest first: every third is left to lie
        clock = number * 20.0
        receive(desk, number, clock)
        if number % 3:
            answer(desk, number, clock + 5, clock)
    soon, later = (desk.announce(0, clock, stated=STATED).rest for clock in (6000.0, 9000.0))
    assert later == pytest.approx(soon + 3000.0)
    assert soon > 1000.0


def test_what_a_quiet_hour_shows_does_not_slow_a_long_line() -> None:
    desk, clock = worked(days=9, minutes=3.0), 9 * A_DAY
    for request in range(1000, 1200):
        receive(desk, request, clock)
    for request in range(1000, 1100):
        clock += 3.0
        answer(desk, request, clock, 9 * A_DAY)
    told = desk.announce(0, clock, stated=STATED)
    assert 3.0 * told.ahead < told.queue < 1.6 * 3.0 * told.ahead


def test_a_line_of_weeks_is_not_announced_as_weeks_until_the_company_says_that_nobody_comes() -> None:
    desk = worked(days=9)
    for request in range(1000, 3000):
        receive(desk, request, 9 * A_DAY)
    told, alone = (desk.announce(0, 9 * A_DAY, stated=STATED, plan=plan) for plan in ((), (Stretch(0.0, 100_000.0, 1.0),)))
    assert alone.queue > 1.25 * 0.6 * 2000 * 15
    assert 960.0 < told.queue < alone.queue / 5


def test_a_desk_says_that_there_are_many_questions_at_once() -> None:
    desk = worked(days=9)
    assert not desk.is_overloaded(9 * A_DAY)
    for request in range(1000, 1200):
        receive(desk, request, 9 * A_DAY)
    assert desk.is_overloaded(9 * A_DAY)


def test_an_answer_that_is_long_in_coming_slows_what_is_announced() -> None:
    desk = worked(days=9)
    for request in range(1000, 1020):
        receive(desk, request, 9 * A_DAY)
    answer(desk, 1000, 9 * A_DAY + 10, 9 * A_DAY)
    told = [desk.announce(0, 9 * A_DAY + minutes, stated=STATED).queue for minutes in (20.0, 400.0, 900.0)]
    assert told[0] < told[1] < told[2]


def test_broken_promises_widen_those_of_the_next_day() -> None:
    desk, kept = worked(days=9), worked(days=9)
    for number in range(16):
        clock = 9 * A_DAY + number
        for each in (desk, kept):
            each.hear(fact(Happening.RECEIVED, 1000 + number, clock, queue=0.0, rest=60.0))
            late = clock + (76 if each is desk else 75)
            each.hear(fact(Happening.ANSWERED, 1000 + number, late, day=9, since=clock))
    wide, usual = (each.announce(0, 10 * A_DAY, stated=STATED) for each in (desk, kept))
    for each in (desk, kept):
        each.hear(fact(Happening.LEFT, 0, 10 * A_DAY))
    assert desk.announce(0, 10 * A_DAY, stated=STATED).rest > wide.rest
    assert kept.announce(0, 10 * A_DAY, stated=STATED).rest <= usual.rest


def test_what_extra_people_keep_does_not_shorten_later_promises() -> None:
    told = []
    for strength in (1.0, 3.0):
        desk = worked(days=9)
        for day in range(9, 24):
            for number in range(16):
                clock, request = day * A_DAY + number, 10_000 * day + number
                desk.hear(fact(Happening.RECEIVED, request, clock, queue=0.0, rest=60.0, strength=strength))
                desk.hear(fact(Happening.ANSWERED, request, clock + 40 + number, since=clock, strength=strength))
        told.append(desk.announce(0, 24 * A_DAY, stated=STATED).rest)
    assert told[0] < told[1]


def test_more_people_from_now_on_never_make_the_time_later_however_long_the_last_answer_is_ago() -> None:
    desk = worked(days=12)
    for number in range(190):
        receive(desk, 50_000 + number, 12 * A_DAY + number / 10)
    answer(desk, 50_000, 12 * A_DAY + 20, 12 * A_DAY)
    told = [
        desk.announce(0, 12 * A_DAY + 400, stated=STATED, plan=[Stretch(0.0, 1600.0, factor)]).queue
        for factor in (1.0, 2.0, 5.0, 20.0)
    ]
    assert told == sorted(told, reverse=True)


def test_one_forgotten_question_does_not_end_all_promises() -> None:
    desk = Desk()
    receive(desk, 0, 0.0)
    for number in range(1, 6):
        clock = number * A_DAY
        receive(desk, number, clock)
        answer(desk, number, clock + 30, clock)
    told = [desk.announce(0, years * 100_000.0, stated=STATED).minutes for years in (1, 10)]
    assert max(told) < 20_000  # which was without end, so that no time at all could be promised

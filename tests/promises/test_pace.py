from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from portal.promises.pace import Arrivals, Experience, Pace, Stretch, time_for

A_DAY = 343.0


@pytest.mark.parametrize(
    ("work", "plan", "minutes"),
    [
        (100.0, (), 100.0),
        (100.0, (Stretch(0, 1000, 2.0),), 50.0),
        (100.0, (Stretch(60, 1000, 4.0),), 70.0),
        (100.0, (Stretch(0, 20, 2.0),), 80.0),
        (100.0, (Stretch(-50, 20, 2.0),), 80.0),
        (100.0, (Stretch(10, 40, 0.0),), 130.0),
        (100.0, (Stretch(0, 100, 2.0), Stretch(0, 10, 1.0)), 55.0),
        (0.0, (Stretch(0, 20, 2.0),), 0.0),
    ],
)
def test_work_takes_time_along_the_plan(work: float, plan: tuple[Stretch, ...], minutes: float) -> None:
    assert time_for(work, plan) == pytest.approx(minutes)


def test_the_pace_of_planned_people_is_brought_back_to_ordinary_strength() -> None:
    pace = Pace()
    for number in range(200):
        pace.answered(number * 5.0, 4.0, 1000)
    assert pace.per_answer(200 * 5.0, 4.0, 1000, A_DAY) == pytest.approx(20.0)


def test_hours_in_which_nobody_waits_are_no_work() -> None:
    pace = Pace()
    for number in range(100):
        pace.answered(number * 500.0, 1.0, 1)
        pace.answered(number * 500.0 + 10, 1.0, 0)
    assert pace.per_answer(50_000.0, 1.0, 1, A_DAY) == pytest.approx(10.0)


def test_who_found_nobody_waiting_shows_how_long_one_answer_takes_at_most() -> None:
    pace = Pace()
    assert not pace.known
    for _ in range(5):
        pace.found_nobody(12.0)
    assert pace.known
    assert pace.per_answer(0.0, 1.0, 7, A_DAY) == 12.0
    for number in range(100):
        pace.answered(number * 90.0, 1.0, 2)
    assert pace.per_answer(99 * 90.0, 1.0, 2, A_DAY) == 12.0


@given(
    st.lists(st.tuples(st.floats(0.1, 300.0), st.integers(0, 300)), max_size=200),
    st.lists(st.floats(1.0, 100.0), max_size=6),
    st.floats(0.0, 500.0),
)
def test_a_longer_line_never_takes_less_work(gaps: list[tuple[float, int]], lone: list[float], later: float) -> None:
    """Also where people hurried in longer ones, so that each answer took less time there."""
    pace, clock = Pace(), 0.0
    for wait in lone:
        pace.found_nobody(wait)
    for minutes, waiting in gaps:
        clock += minutes
        pace.answered(clock, 1.0, waiting)
    work = [ahead * pace.per_answer(clock + later, 1.0, ahead, A_DAY) for ahead in range(700)]
    for shorter, longer in pairwise(work):
        assert longer >= shorter * (1 - 1e-9)


def test_in_a_line_of_a_length_that_is_known_an_answer_takes_what_it_took() -> None:
    pace = Pace()
    for number in range(400):
        pace.answered(number * 8.0, 1.0, 40)
    assert pace.per_answer(400 * 8.0, 1.0, 40, A_DAY) == pytest.approx(8.0)


def test_better_than_ordinary_is_believed_in_part() -> None:
    pace = Pace()
    for number in range(1000):
        pace.answered(number * 20.0, 1.0, 100)
    at = 1000 * 20.0
    for number in range(1000):
        pace.answered(at + number * 5.0, 1.0, 100)
    assert 5.0 < pace.per_answer(at + 5000, 1.0, 100, A_DAY) < 7.0


def test_inflow_counts_higher_classes_alone() -> None:
    arrivals = Arrivals()
    for number in range(2000):
        arrivals.received(number % 3, number * 10.0)
    assert arrivals.above(0) == 0.0
    assert arrivals.above(2) == pytest.approx(2 * arrivals.above(1), rel=0.05)
    assert arrivals.above(2) == pytest.approx(2 / 30, rel=0.15)


def test_a_longer_line_is_never_foreseen_to_take_less() -> None:
    experience = Experience()
    for day in range(40):
        experience.worked_off(day, 60.0 + day)
    told = [experience.foreseen(work, A_DAY) for work in range(0, 20_000, 50)]
    assert told == sorted(told)
    assert told[1] == pytest.approx(50.0)


def test_help_comes_after_more_opening_minutes_where_a_desk_never_closes() -> None:
    assert Experience().foreseen(3000.0, 1440.0) > 1.2 * Experience().foreseen(3000.0, A_DAY)


def test_what_goes_slowly_just_now_slows_a_long_line_by_no_more_than_a_day_of_it() -> None:
    pace = Pace()
    for number in range(1000):
        pace.answered(number * 10.0, 1.0, 500)
    for number in range(30):
        pace.answered(10_000.0 + number * 30.0, 1.0, 500)
    short, long = (pace.per_answer(10_870.0, 1.0, ahead, A_DAY) for ahead in (10, 1000))
    assert short > 1.2 * long

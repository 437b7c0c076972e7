from collections.abc import Sequence
from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from portal.promises.figures import Group
from portal.promises.plot import HEIGHT, LEFT, TOP, WIDTH, label_step, plot, tick_minutes
from portal.promises.statistics import Histogram, spread

DAY = date(2026, 3, 1)


def group(number: int, waits: Sequence[float], waiting: Sequence[float] = ()) -> Group:
    day = DAY + timedelta(days=number)
    return Group(day, day, spread(Histogram.of(waits), Histogram.of(waiting)))


@pytest.mark.parametrize(
    ("tallest", "expected"),
    [
        (0, (0, 1)),
        (4.2, (0, 1, 2, 3, 4, 5)),
        (60, (0, 15, 30, 45, 60)),
        (61, (0, 15, 30, 45, 60, 75)),
        (500, (0, 120, 240, 360, 480, 600)),
        (100_000, (0, 23040, 46080, 69120, 92160, 115200)),
    ],
)
def test_lines_are_drawn_at_round_times(tallest: float, expected: tuple[int, ...]) -> None:
    assert tick_minutes(tallest) == expected


@given(st.floats(0, 1e8))
def test_the_highest_line_is_at_or_above_the_longest_wait_and_there_are_at_most_six(tallest: float) -> None:
    ticks = tick_minutes(tallest)
    assert ticks[0] == 0
    assert ticks[-1] >= tallest
    assert len(ticks) <= 6


def test_marks_lie_inside_and_keep_the_order_of_time() -> None:
    drawn = plot([group(number, [600 * (number + 1)] * 10) for number in range(28)])
    xs = [mark.x for mark in drawn.marks]
    assert xs == sorted(xs)
    assert min(xs) > LEFT
    assert max(xs) < WIDTH
    assert all(TOP <= mark.p90_y <= mark.median_y <= HEIGHT for mark in drawn.marks)


def test_a_group_that_is_too_small_keeps_its_place_and_has_no_mark() -> None:
    drawn = plot([group(0, [60] * 10), group(1, [60] * 9), group(2, [60] * 10)])
    assert [mark.group.first for mark in drawn.marks] == [DAY, DAY + timedelta(days=2)]
    assert len(drawn.groups) == 3


def test_a_group_with_open_requests_on_top_is_marked_as_at_least() -> None:
    drawn = plot([group(0, [60] * 10, [7200] * 5)])
    assert drawn.marks[0].is_at_least


def test_nothing_to_show_gives_an_empty_plot() -> None:
    assert plot([]).is_empty
    assert plot([group(0, [])]).is_empty


@pytest.mark.parametrize(("count", "step"), [(4, 1), (8, 2), (24, 4), (28, 4), (366, 53)])
def test_names_are_given_only_where_there_is_room(count: int, step: int) -> None:
    assert label_step(count) == step


def test_the_same_groups_give_the_same_plot() -> None:
    groups = [group(number, [600] * 12) for number in range(5)]
    assert plot(groups) == plot(groups)

"""Times are Amsterdam's; plans are told of in days of the week of Monday 9 March 2026."""

from dataclasses import replace
from datetime import datetime, timedelta
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from portal.promises.strength import StaffPlan, Strength, factor_at, plan_faults, strengths
from tests.promises.conftest import local

MONDAY, TUESDAY, WEDNESDAY, THURSDAY = (local(f"2026-03-{day:02} 09:00") for day in (9, 10, 11, 12))


def plan(number: int, people: int, starts: datetime, ends: datetime, *, known: datetime = MONDAY) -> StaffPlan:
    return StaffPlan(number, None, 3, people, known, starts, ends)


def test_without_a_plan_a_desk_is_as_strong_as_usual() -> None:
    assert factor_at([], MONDAY) == 1.0
    assert strengths([], MONDAY) == []


def test_a_plan_counts_from_its_start_until_its_end_which_is_not_included() -> None:
    plans = [plan(1, 12, TUESDAY, WEDNESDAY)]
    moment = timedelta(microseconds=1)
    assert [factor_at(plans, at) for at in (TUESDAY - moment, TUESDAY, WEDNESDAY - moment, WEDNESDAY)] == [1.0, 4.0, 4.0, 1.0]


def test_nobody_knows_a_plan_before_it_was_said_or_after_it_was_called_off() -> None:
    said_late = plan(1, 12, MONDAY, THURSDAY, known=TUESDAY)
    assert factor_at([said_late], MONDAY) == 1.0
    assert strengths([said_late], MONDAY) == []
    called_off = replace(said_late, ended_at=WEDNESDAY)
    assert strengths([called_off], TUESDAY) == [Strength(TUESDAY, THURSDAY, 4.0)], "on Tuesday nobody knew of Wednesday"
    assert factor_at([called_off], WEDNESDAY) == 1.0


def test_where_plans_overlap_the_one_entered_last_counts_and_then_the_other_again() -> None:
    plans = [plan(2, 6, TUESDAY, WEDNESDAY, known=MONDAY + timedelta(hours=1)), plan(1, 12, MONDAY, THURSDAY)]
    at = MONDAY + timedelta(hours=2)
    assert strengths(plans, at) == [
        Strength(at, TUESDAY, 4.0),
        Strength(TUESDAY, WEDNESDAY, 2.0),
        Strength(WEDNESDAY, THURSDAY, 4.0),
    ]


def test_of_two_plans_entered_at_the_same_instant_the_higher_number_counts() -> None:
    assert factor_at([plan(2, 6, MONDAY, THURSDAY), plan(1, 12, MONDAY, THURSDAY)], TUESDAY) == 2.0


def test_a_plan_of_the_usual_number_of_people_takes_another_back_for_its_time() -> None:
    plans = [plan(1, 12, MONDAY, THURSDAY), plan(2, 3, TUESDAY, WEDNESDAY)]
    assert strengths(plans, MONDAY) == [Strength(MONDAY, TUESDAY, 4.0), Strength(WEDNESDAY, THURSDAY, 4.0)]


def test_plans_of_equal_strength_that_follow_each_other_are_one_stretch() -> None:
    plans = [plan(1, 12, MONDAY, TUESDAY), plan(2, 12, TUESDAY, WEDNESDAY)]
    assert strengths(plans, MONDAY) == [Strength(MONDAY, WEDNESDAY, 4.0)]


hours = st.integers(0, 60).map(lambda number: MONDAY + timedelta(hours=number))
some_plans = st.lists(
    st.builds(
        lambda starts, length, people, known, ended: StaffPlan(
            0, None, 2, people, known, starts, starts + timedelta(hours=length), known + timedelta(hours=ended) if ended else None
        ),
        hours,
        st.integers(1, 30),
        st.integers(1, 6),
        hours,
        st.none() | st.integers(1, 30),
    ),
    max_size=6,
).map(lambda plans: [replace(each, id=number) for number, each in enumerate(plans)])


@given(plans=some_plans, now=hours, at=hours)
def test_the_stretches_say_of_every_instant_what_is_known_now_of_it(plans: list[StaffPlan], now: datetime, at: datetime) -> None:
    found = strengths(plans, now)
    assert all(each.starts < each.ends for each in found)
    assert all(first.ends <= second.starts for first, second in pairwise(found))
    if at >= now:
        known = [replace(plan, ended_at=None) for plan in plans if plan.is_known(now)]
        said = [each.factor for each in found if each.starts <= at < each.ends]
        assert (said or [1.0]) == [factor_at(known, at)]


@pytest.mark.parametrize(
    ("usual", "people", "starts", "ends", "wrong"),
    [
        (3, 10, TUESDAY, WEDNESDAY, []),
        (3, 1, TUESDAY, WEDNESDAY, []),
        (0, 10, TUESDAY, WEDNESDAY, ["usual"]),
        (3, 0, TUESDAY, WEDNESDAY, ["people"]),
        (3, 5_001, TUESDAY, WEDNESDAY, ["people"]),
        (1, 51, TUESDAY, WEDNESDAY, ["people"]),
        (3, 10, TUESDAY, TUESDAY, ["ends_at"]),
        (3, 10, MONDAY - timedelta(hours=3), MONDAY, ["ends_at"]),
        (3, 10, TUESDAY, TUESDAY + timedelta(days=367), ["ends_at"]),
        (3, 10, MONDAY - timedelta(days=32), WEDNESDAY, ["starts_at"]),
        (3, 10, MONDAY + timedelta(days=367), MONDAY + timedelta(days=368), ["starts_at"]),
        (0, 0, MONDAY - timedelta(days=32), MONDAY - timedelta(days=33), ["usual", "people", "starts_at", "ends_at"]),
    ],
)
def test_a_plan_that_cannot_be_is_refused_by_field(
    usual: int, people: int, starts: datetime, ends: datetime, wrong: list[str]
) -> None:
    assert [fault.field for fault in plan_faults(usual, people, starts, ends, MONDAY)] == wrong

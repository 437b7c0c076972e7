"""The rate of false alarms over long quiet streams is measured by `benchmarks/surge.py`; here it is held on shorter ones."""

import math
import random
from itertools import accumulate

import pytest
from hypothesis import given
from hypothesis import strategies as st

from portal.promises.inflow import CHANCE, DAY, FALSE_ALARM_ONCE_IN, FEWEST, WEEK, WEEKS, Inflow, Usual

NOW = 9 * WEEK + 2 * DAY + 40  # a Wednesday, ten o'clock, with nine weeks before it


def poisson(chance: random.Random, expected: float) -> int:
    limit, number, product = math.exp(-expected), 0, chance.random()
    while product > limit:
        number, product = number + 1, product * chance.random()
    return number


def quiet(chance: random.Random, a_day: float, quarters: int, *, differ: float = 0.3) -> list[int]:
    """Office hours on working days, few in the evening and at night; days differ by a factor of their own."""
    counts = []
    for quarter in range(quarters):
        if quarter % DAY == 0:
            level = a_day * math.exp(chance.gauss(-differ * differ / 2, differ)) / 42
        hour, day = quarter % DAY / 4, quarter // DAY % 7
        counts.append(poisson(chance, level * (1 if 9 <= hour < 17 and day < 5 else 0.1)))
    return counts


def even(each: int, quarters: int = NOW + 1) -> list[int]:
    return [each] * quarters


def known(counts: list[int], *, known_from: int = 0, **facts: object) -> Inflow:
    """What is known in the last quarter of these counts."""
    return Inflow(counts, first=0, known_from=known_from, now=len(counts) - 1, **facts)  # type: ignore[arg-type]


@pytest.mark.parametrize("a_day", [2, 20, 250, 2_000])
def test_quiet_streams_give_no_more_false_alarms_than_are_stated(a_day: float) -> None:
    alarms = weeks = 0
    for seed in range(3):
        counts = quiet(random.Random(seed), a_day, 14 * WEEK)
        is_alarmed = False
        for quarter in range(9 * WEEK, 14 * WEEK):
            if quarter % DAY == 0:
                first = quarter - 9 * WEEK
                inflow = Inflow(counts[first : quarter + DAY], first=first, known_from=0, now=quarter)
            was, is_alarmed = is_alarmed, inflow.unusual(quarter) is not None
            alarms += is_alarmed and not was
        weeks += 5
    assert alarms <= weeks * WEEK / FALSE_ALARM_ONCE_IN + 1  # and one, because so few weeks say little


def test_two_thousand_a_day_in_place_of_twenty_are_noticed_within_a_dozen_requests() -> None:
    for seed in range(10):
        chance = random.Random(seed)
        counts = quiet(chance, 20, NOW)
        so_far = next(n for n in range(100) if known([*counts, n]).unusual(NOW))
        assert so_far <= 12, "at 48 in a quarter of an hour: within four minutes"


def test_six_times_as_many_are_noticed_within_an_hour_or_so() -> None:
    quarters = []
    for seed in range(20):
        chance = random.Random(seed)
        counts = quiet(chance, 100, NOW)
        for later in range(24):
            counts.append(poisson(chance, 6 * 100 / 42))
            if known(counts).unusual(NOW + later):
                quarters.append(later + 1)
                break
    assert len(quarters) == 20, "each was noticed"
    assert sorted(quarters)[10] <= 4


def test_what_comes_every_week_at_this_hour_is_usual_and_in_the_night_it_is_not() -> None:
    counts = even(0)
    for week in range(10):
        counts[week * WEEK + 2 * DAY + 40] = 30
    assert known(counts).unusual(NOW) is None
    night = counts + even(0, 50) + [30]
    assert known(night).unusual(len(night) - 1) is not None


def test_the_longest_unusual_window_is_told() -> None:
    counts = even(1)
    counts[-8:] = [40] * 8
    found = known(counts).unusual(NOW)
    assert found is not None
    assert (found.seen, found.minutes) == (8 * 40 + 8, 240)
    assert found.usual == pytest.approx(16, abs=1)


def test_fewer_than_five_requests_are_no_news_however_unusual() -> None:
    counts = even(0)
    counts[2_000:2_500] = [1] * 500
    counts[-1] = FEWEST - 1
    assert known(counts).unusual(NOW) is None
    counts[-1] = 50
    assert known(counts).unusual(NOW) is not None


def test_a_new_company_has_no_alarm_in_its_first_week_and_then_only_for_very_many() -> None:
    counts = even(2)
    assert known([*counts[:-1], 500], known_from=NOW - WEEK + DAY).unusual(NOW) is None
    young, old = ({"known_from": NOW - weeks * WEEK - 20} for weeks in (1, WEEKS))
    assert known([*counts[:-1], 500], **young).unusual(NOW) is not None
    least = [next(n for n in range(500) if known([*counts[:-1], n], **each).unusual(NOW)) for each in (young, old)]
    assert least[0] > least[1]


def test_a_channel_on_which_nearly_nothing_came_in_before_gives_no_alarm() -> None:
    counts = even(0)
    counts[NOW - WEEK] = 9
    counts[-1] = 100
    assert known(counts).unusual(NOW) is None


def test_same_hours_are_hours_of_the_wall_clock() -> None:
    """Since Sunday summer time: nine o'clock is one hour earlier in UTC."""
    counts = even(0)
    for week in range(9):
        counts[week * WEEK + 2 * DAY + 40 : week * WEEK + 2 * DAY + 44] = [10] * 4
    begins = 9 * WEEK + 2 * DAY + 36
    counts[begins : begins + 4] = [10] * 4
    counts = counts[: begins + 4]
    assert known(counts).unusual(begins + 3) is not None
    assert known(counts, offset=lambda quarter: 8 if quarter > 9 * WEEK else 4).unusual(begins + 3) is None


def test_a_surge_of_last_week_is_not_taken_for_usual() -> None:
    counts = even(3)
    begin = NOW - WEEK - 20
    counts[begin : begin + 40] = [300] * 40
    counts[-1] = 60
    assert known(counts).unusual(NOW) is None
    assert known(counts, surges=[(begin, begin + 40)]).unusual(NOW) is not None


def test_as_much_as_was_dismissed_is_no_surprise_at_the_same_hour_of_later_days() -> None:
    counts = even(3)
    begin = NOW - 3 * DAY
    counts[begin] = 60
    dismissed = {"dismissed": [(begin, begin + 1)]}
    assert known([*counts[:-1], 70], **dismissed).unusual(NOW) is None
    assert known([*counts[:-1], 100], **dismissed).unusual(NOW) is not None
    assert known([*counts, 70], **dismissed).unusual(NOW + 1) is not None, "at another hour it is"


def test_a_surge_that_is_over_is_not_noticed_again_in_the_hours_after() -> None:
    counts = even(1)
    counts[-4] = 200
    assert known(counts).unusual(NOW) is not None
    assert known(counts).unusual(NOW, not_before=NOW - 2) is None


def test_silent_hours_are_not_the_end_of_a_surge_and_the_next_usual_morning_is() -> None:
    counts = [3 if 36 <= place % DAY < 68 else 0 for place in range(9 * WEEK + 3 * DAY + 60)]
    today = 9 * WEEK + 2 * DAY
    counts[today + 36 : today + 68] = [40] * 32
    found = {hour: known(counts).is_usual_again(today + hour * 4) for hour in (17, 23, 24 + 9, 24 + 11)}
    assert found == {17: False, 23: False, 24 + 9: False, 24 + 11: True}


def test_a_surge_that_has_just_begun_is_not_over() -> None:
    counts = even(1)
    counts[-1] = 300
    assert known(counts).unusual(NOW) is not None
    assert not known(counts).is_usual_again(NOW)


def exactly(mean: float, shape: float, seen: int) -> float:
    """The chance of `seen` or more, by the definition."""
    terms = [
        math.exp(
            math.lgamma(shape + n)
            - math.lgamma(shape)
            - math.lgamma(n + 1)
            + shape * math.log(shape / (mean + shape))
            + n * math.log(mean / (mean + shape))
        )
        for n in range(seen)
    ]
    return 1 - (list(accumulate(terms)) or [0.0])[-1]


@given(mean=st.floats(0.05, 200), shape=st.floats(0.3, 20), seen=st.integers(0, 600))
def test_unusual_is_what_comes_with_at_most_the_stated_chance(mean: float, shape: float, seen: int) -> None:
    chance = exactly(mean, shape, seen)
    if abs(chance - CHANCE) > 1e-9:
        assert Usual(mean, shape).is_unusual(seen) == (chance <= CHANCE)

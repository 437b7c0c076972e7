import statistics
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from portal.promises.statistics import (
    COARSE,
    FINE,
    MEDIAN,
    P90,
    Histogram,
    Quantile,
    Scale,
    quantile,
    spread,
)

NONE = Histogram({})
A_YEAR = 366 * 24 * 3600
seconds = st.integers(0, 30 * A_YEAR)
waits = st.lists(seconds, max_size=60)
scales = st.sampled_from([FINE, COARSE])


def exact(values: list[int], part: Fraction) -> float:
    """The independent definition: linear interpolation between the closest ranks."""
    ordered = sorted(values)
    place = (len(ordered) - 1) * part
    low = int(place)
    high = min(low + 1, len(ordered) - 1)
    return ordered[low] + float(place - low) * (ordered[high] - ordered[low])


def test_the_stated_error_is_one_percent_and_five_for_the_coarse_scale() -> None:
    assert FINE.error == pytest.approx(0.01)
    assert COARSE.error == pytest.approx(0.05, abs=0.0001)


@given(scales, st.floats(1, 1e10))
def test_a_bucket_stands_for_its_waits_within_the_stated_error(scale: Scale, wait: float) -> None:
    assert scale.seconds(scale.bucket(wait)) == pytest.approx(wait, rel=scale.error * 1.0001)


@given(st.floats(1, 1e10))
def test_a_coarse_bucket_is_made_of_whole_fine_ones(wait: float) -> None:
    assert COARSE.bucket(wait) == -(-FINE.bucket(wait) // COARSE.fold)


@given(scales, st.floats(0, 1e9), st.floats(0, 1e9))
def test_a_longer_wait_is_never_in_a_lower_bucket(scale: Scale, one: float, other: float) -> None:
    low, high = sorted((one, other))
    assert scale.bucket(low) <= scale.bucket(high)


@pytest.mark.parametrize("wait", [0, 0.4, 0.999, -1, -86_400])
def test_t14_t16_no_wait_and_a_negative_one_are_zero(wait: float) -> None:
    assert FINE.bucket(wait) == 0
    assert FINE.seconds(0) == 0.0


@given(scales, waits.filter(bool), st.fractions(0, 1))
def test_a_quantile_is_within_the_stated_error_of_the_exact_one(scale: Scale, values: list[int], part: Fraction) -> None:
    found = quantile(Histogram.of(values, scale), Histogram({}, scale), part)
    assert found is not None
    assert found.seconds == pytest.approx(exact(values, part), rel=scale.error * 1.0001, abs=1e-6)
    assert not found.is_at_least


@given(waits.filter(lambda values: len(values) > 1))
def test_median_and_p90_mean_what_the_standard_library_means(values: list[int]) -> None:
    hundredths = statistics.quantiles(values, n=100, method="inclusive")
    median = quantile(Histogram.of(values), NONE, MEDIAN)
    p90 = quantile(Histogram.of(values), NONE, P90)
    assert median is not None
    assert p90 is not None
    assert median.seconds == pytest.approx(statistics.median(values), rel=0.0101, abs=1e-6)
    assert p90.seconds == pytest.approx(hundredths[89], rel=0.0101, abs=1e-6)


@given(waits, waits, waits)
def test_merging_does_not_depend_on_order_or_grouping(one: list[int], two: list[int], three: list[int]) -> None:
    a, b, c = map(Histogram.of, (one, two, three))
    together = Histogram.of(one + two + three)
    assert Histogram.merged([Histogram.merged([a, b]), c]) == together
    assert Histogram.merged([c, Histogram.merged([b, a])]) == together
    assert together.total == len(one + two + three)


def test_histograms_of_different_scales_do_not_merge() -> None:
    with pytest.raises(ValueError, match="fold 5 into fold 1"):
        Histogram.merged([Histogram.of([1]), Histogram.of([1], COARSE)])


def test_of_nothing_there_is_no_quantile() -> None:
    assert quantile(NONE, NONE, MEDIAN) is None


@given(waits, waits.filter(bool), st.sampled_from([MEDIAN, P90, Fraction(1, 10)]))
def test_waiting_requests_give_a_lower_bound_whatever_they_become(answered: list[int], ages: list[int], part: Fraction) -> None:
    """However long they take from here. And a figure that is not marked "at least" hardly changes: by a tenth at most."""
    published = quantile(Histogram.of(answered), Histogram.of(ages), part)
    assert published is not None
    later = [age * 3 + 3600 for age in ages]
    truth = quantile(Histogram.of(answered + later), NONE, part)
    assert truth is not None
    assert truth.seconds >= published.seconds - 1e-6
    if not published.is_at_least:
        assert truth.seconds <= published.seconds * 1.1 + 1e-6


@pytest.mark.parametrize(("waiting", "is_at_least"), [(2, False), (40, True)])
def test_a_few_that_wait_among_many_are_no_reason_to_say_that_the_time_may_still_grow(waiting: int, *, is_at_least: bool) -> None:
    answered = Histogram.of([60 * minutes for minutes in range(1, 401)])
    found = quantile(answered, Histogram.of([300] * waiting), P90)
    assert found is not None
    assert found.is_at_least is is_at_least


def test_t5_requests_never_answered_push_the_p90_up_to_at_least_their_age() -> None:
    answered, never = [600] * 80, [10 * 86_400] * 20
    assert quantile(Histogram.of(answered), NONE, P90) == Quantile(pytest.approx(600, rel=0.01))
    assert quantile(Histogram.of(answered), Histogram.of(never), P90) == Quantile(
        pytest.approx(10 * 86_400, rel=0.01), is_at_least=True
    )
    assert quantile(Histogram.of(answered), Histogram.of(never), MEDIAN) == Quantile(
        pytest.approx(600, rel=0.01), is_at_least=False
    )


def test_t22_nine_requests_are_too_few_and_ten_are_enough() -> None:
    few = spread(Histogram.of([60] * 8), Histogram.of([60]))
    assert (few.number, few.waiting, few.median, few.p90) == (9, 1, None, None)
    enough = spread(Histogram.of([60] * 9), Histogram.of([60]))
    assert enough.number == 10
    assert enough.median is not None
    assert enough.p90 is not None


def test_a_year_of_seconds_needs_fewer_than_a_thousand_buckets() -> None:
    assert Scale().bucket(A_YEAR) < 1000

from collections.abc import Sequence
from datetime import date, timedelta
from fractions import Fraction

from portal.promises.figures import (
    Period,
    ResponseFigures,
    Tally,
    Unanswered,
    by_day,
    by_hour,
    last_days,
    without_empty_ends,
)
from portal.promises.statistics import COARSE, Histogram

TODAY = date(2026, 3, 10)
PERIOD = last_days(TODAY)


def figures(waits: Sequence[float], tally: Tally | None = None, waiting: Unanswered | None = None) -> ResponseFigures:
    return ResponseFigures(PERIOD, TODAY, tally or Tally(len(waits)), Histogram.of(waits), waiting or Unanswered())


def test_the_last_28_days_end_today_and_begin_27_days_before() -> None:
    assert last_days(TODAY) == Period(date(2026, 2, 11), TODAY)
    assert PERIOD.days == 28


def test_the_share_in_time_counts_unanswered_promises_that_have_passed_as_broken() -> None:
    waiting = Unanswered(Histogram.of([9_000] * 4), overdue=3, not_yet_due=1)
    found = figures([60] * 12, Tally(received=17, kept=9, late=3, set_aside=1), waiting)
    assert (found.judged, found.broken, found.share_in_time) == (15, 6, Fraction(9, 15))


def test_t22_a_share_of_nine_decided_promises_is_not_published() -> None:
    assert figures([60] * 9, Tally(received=9, kept=9)).share_in_time is None
    assert figures([60] * 10, Tally(received=10, kept=10)).share_in_time == 1


def test_those_told_beforehand_are_counted_among_the_broken_answered_or_not() -> None:
    first = figures([60] * 4, Tally(received=6, kept=1, late=3, told=2, told_waiting=1), Unanswered(overdue=2, overdue_told=1))
    assert (first.broken, first.told) == (5, 3)


def test_days_with_enough_requests_are_shown_day_by_day_oldest_first() -> None:
    days = {TODAY - timedelta(days=back): Histogram.of([60] * 10) for back in range(28)}
    groups = by_day(PERIOD, days, {})
    assert [group.first for group in groups] == sorted(days)
    assert all(group.spread.median for group in groups)


def test_days_with_few_requests_are_shown_week_by_week_and_every_request_once() -> None:
    days = {TODAY - timedelta(days=back): Histogram.of([60] * 3) for back in range(28)}
    groups = by_day(PERIOD, days, {})
    assert [(group.last - group.first).days for group in groups] == [6, 6, 6, 6]
    assert groups[-1].last == TODAY
    assert [group.spread.number for group in groups] == [21] * 4


def test_a_period_that_is_not_whole_weeks_has_its_short_week_first() -> None:
    groups = by_day(Period(date(2026, 3, 1), TODAY), {TODAY: Histogram.of([1] * 3)}, {})
    assert [(group.first, group.last) for group in groups] == [
        (date(2026, 3, 1), date(2026, 3, 3)),
        (date(2026, 3, 4), TODAY),
    ]


def test_hours_widen_until_most_requests_can_be_shown() -> None:
    hours = {hour: Histogram.of([60] * 4, COARSE) for hour in range(9, 18)}
    groups = by_hour(hours, {})
    assert [(group.first, group.last) for group in groups if group.spread.median] == [(9, 11), (12, 14), (15, 17)]


def test_hours_of_the_night_without_requests_are_left_out_at_both_ends_only() -> None:
    groups = by_hour({hour: Histogram.of([60] * 20, COARSE) for hour in (8, 9, 12)}, {})
    assert [group.first for group in without_empty_ends(groups)] == [8, 9, 10, 11, 12]
    assert without_empty_ends(by_hour({}, {})) == ()


def test_requests_that_wait_are_in_their_day_and_hour() -> None:
    groups = by_day(PERIOD, {TODAY: Histogram.of([60] * 10)}, {TODAY: Histogram.of([7200] * 3)})
    assert groups[-1].spread.number == 13
    assert groups[-1].spread.p90.is_at_least


def test_with_too_few_requests_at_all_no_group_has_a_figure() -> None:
    groups = by_day(PERIOD, {TODAY: Histogram.of([60] * 2)}, {})
    assert [group.spread.median for group in groups] == [None]
    assert sum(group.spread.number for group in groups) == 2

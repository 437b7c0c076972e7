"""The replay benchmark itself: its clock is the product's, its desks are as described, and nobody looks ahead."""

import gzip
import subprocess
import sys
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from pathlib import Path
from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from benchmarks.promises.baselines import Adaptive, AllTimeMean, MonthMean, RollingMedian, RollingP90
from benchmarks.promises.clock import DAY, OpeningClock, always_open, office_hours
from benchmarks.promises.desks import KINDS, Kind, Stream, draw, drawn
from benchmarks.promises.r3 import R3
from benchmarks.promises.real import real_streams
from benchmarks.promises.replay import OURS, plan_of, replay
from benchmarks.promises.runs import Run
from benchmarks.promises.scores import scored, surge_places
from benchmarks.promises.verdict import verdict
from benchmarks.promises.working import Habits, Order, Shift, Task, worked_off
from portal.hours.opening_time import promise_by

ROOT = Path(__file__).parent.parent.parent
BASE = datetime(2026, 3, 1, 23, 0, tzinfo=UTC)  # midnight in Amsterdam; both clock changes lie in the days that follow
OFFICE, ALWAYS = OpeningClock(office_hours(), BASE, 400), OpeningClock(always_open(), BASE, 400)
HALF_HOUR = timedelta(minutes=30)
AT_ONCE = Habits(Order.OLDEST, reach=1, away=0.0)
minutes_since_base = st.integers(0, 300 * 24 * 60)


def stream(*pairs: tuple[float, float | None], clock: OpeningClock = ALWAYS, **more: object) -> Stream:
    """Requests of one class: when received, when answered."""
    received, answered = zip(*pairs, strict=True)
    return replace(Stream("made", clock, list(received), [0] * len(pairs), list(answered)), **more)  # type: ignore[arg-type]


def mixed(name: str = "small", seed: int = 1, weeks: int = 4) -> Stream:
    return draw(name, replace(KINDS[name], weeks=weeks), Random(seed))


@settings(max_examples=200)
@given(minutes_since_base, st.integers(1, 3000), st.sampled_from([OFFICE, ALWAYS]))
def test_the_fast_clock_promises_what_the_product_promises(received: int, lead: int, clock: OpeningClock) -> None:
    expected = promise_by(clock.opening, clock.at(received), timedelta(minutes=lead), HALF_HOUR)
    assert clock.at(clock.promise(received, lead)) == expected


@settings(max_examples=200)
@given(minutes_since_base, minutes_since_base, st.sampled_from([OFFICE, ALWAYS]))
def test_the_fast_clock_measures_what_the_product_measures(first: int, second: int, clock: OpeningClock) -> None:
    start, end = sorted((first, second))
    expected = clock.opening.between(clock.at(start), clock.at(end)).total_seconds() / 60
    assert clock.opened(end) - clock.opened(start) == pytest.approx(expected)


def test_the_fast_clock_knows_the_local_date_through_a_clock_change() -> None:
    for days in range(300):
        local = (BASE + timedelta(days=days, hours=3)).astimezone(OFFICE.opening.zone_at(BASE))
        assert OFFICE.day(days * DAY + 180) == local.date().toordinal()


def test_a_seed_always_draws_the_same_desk_and_another_seed_another() -> None:
    first, again, other = drawn("small", 5), drawn("small", 5), drawn("small", 6)
    assert (first.received, first.answered) == (again.received, again.answered)
    assert first.received != other.received


def test_a_desk_never_answers_two_in_a_hundred_and_nobody_before_the_question() -> None:
    desk = mixed("middle")
    never = sum(answer is None for answer in desk.answered) / len(desk.answered)
    assert 0.01 < never < 0.03
    pairs = zip(desk.received, desk.answered, strict=True)
    assert all(answer is None or answer > received for received, answer in pairs)


def test_messages_come_round_the_clock_and_answers_in_opening_hours() -> None:
    desk = mixed("middle")
    opening = desk.clock.opening
    closed = sum(not opening.is_open(desk.clock.at(at)) for at in desk.received) / len(desk.received)
    assert closed > 0.3
    assert all(answer is None or opening.is_open(desk.clock.at(answer - 1e-3)) for answer in desk.answered)


def test_a_calamity_is_two_thousand_messages_on_one_day_in_place_of_twenty() -> None:
    desk = drawn("calamity", 1000)
    surge = desk.surge
    assert surge
    on_the_day = sum(surge.starts <= at < surge.ends for at in desk.received)
    assert 1850 < on_the_day < 2150
    ordinary = (len(desk.received) - on_the_day) / (26 * 7)
    assert 17 < ordinary < 23
    assert surge.people - surge.usual == 7
    assert surge.ends <= surge.help_from <= surge.ends + 12 * 60


def test_the_oldest_goes_first_but_for_some() -> None:
    tasks = [Task(0.0, 0, 1.0, is_never_answered=False) for _ in range(2000)]
    done = [at or 0.0 for at in worked_off(tasks, [Shift(0.0, 5000.0, 1)], Habits(Order.OLDEST, 20, 0.0), Random(1))]
    ahead_of_turn = sum(later < earlier for earlier, later in pairwise(done)) / len(done)
    assert 0.05 < ahead_of_turn < 0.2
    assert all(abs(at - place) < 200 for place, at in enumerate(done))


def test_a_desk_that_answers_newest_first_lets_the_oldest_wait() -> None:
    tasks = [Task(place / 100, 0, 1.0, is_never_answered=False) for place in range(200)]
    done = worked_off(tasks, [Shift(2.0, 5000.0, 1)], replace(AT_ONCE, order=Order.NEWEST), Random(1))
    assert done == sorted((at or 0.0 for at in done), reverse=True)


def test_the_same_people_work_the_higher_class_first() -> None:
    tasks = [Task(0.0, place % 2, 1.0, is_never_answered=False) for place in range(10)]
    done = worked_off(tasks, [Shift(0.0, 100.0, 1)], AT_ONCE, Random(1))
    assert max(done[1::2], default=0) == 10
    assert [at for at in done[::2] if at is not None and at > 5] == []


def test_twice_the_people_are_ready_in_half_the_time() -> None:
    tasks = [Task(0.0, 0, 1.0, is_never_answered=False) for _ in range(100)]
    one, two, half = (
        max(at or 0.0 for at in worked_off(tasks, [Shift(0.0, 500.0, people)], AT_ONCE, Random(1))) for people in (1, 2, 2.5)
    )
    assert (one, two) == (100, 50)
    assert 39 < half < 43


@pytest.mark.parametrize("name", ["small", "calamity"])
def test_nobody_looks_ahead(name: str) -> None:
    """What happens after an arrival changes nothing of what was announced until then, by any method."""
    desk = drawn(name, 3)
    half = len(desk.received) // 2
    now = desk.received[half - 1]
    later = [answer if answer is None or answer <= now else answer + 5000 for answer in desk.answered]
    for plans in ((), (plan_of(desk.surge, 2.0),) if desk.surge else ()):
        full = replay(desk, plans=plans).announced
        cut = replay(replace(desk, received=desk.received[:half], ranks=desk.ranks[:half], answered=later[:half]), plans=plans)
        assert {method: told[:half] for method, told in full.items()} == cut.announced


def test_a_staff_plan_is_unknown_until_it_is_entered() -> None:
    desk = drawn("calamity", 1001)
    assert desk.surge
    without = replay(desk, ()).announced[OURS]
    with_plan = replay(desk, (), [plan_of(desk.surge, 2.0)]).announced[OURS]
    known = sum(at < desk.surge.starts + 120 for at in desk.received)
    assert without[:known] == with_plan[:known]
    day = slice(known + 100, known + 600)
    assert sum(with_plan[day]) < sum(without[day])


def test_the_shares_are_counted_by_hand() -> None:
    made = stream((0, 50), (10, 150), (20, None), (30, 100))
    found = scored(made, [60, 120, 120, 120])
    assert (found.requests, found.coverage, found.broken) == (4, 50.0, 2)
    assert (found.noticed, found.notices) == (100.0, 100.0)  # all four are open half an hour before their time
    assert found.noticed_true == 50.0
    late, early = (0.9 * 30, 0.1 * 10 + 0.1 * 20)  # minutes: one half an hour late, one ten early, one twenty
    assert found.pinball == pytest.approx((late + early) / 3 / 60)
    assert found.real == pytest.approx(70 / 60)


def test_a_promise_that_is_too_short_cannot_be_noticed_half_an_hour_ahead() -> None:
    found = scored(stream((0, 50), (10, 150)), [60, 35])
    assert (found.broken, found.noticed) == (1, 0.0)


def test_weeks_are_those_of_receipt_and_count_from_thirty_requests() -> None:
    good, bad = [(float(n), n + 1.0) for n in range(30)], [(7 * DAY + n, 7 * DAY + n + 100) for n in range(40)]
    few = [(14 * DAY + n, None) for n in range(10)]
    made = stream(*good, *bad, *few)
    found = scored(made, [at + 60 for at in made.received])
    assert (found.worst_week, found.low_weeks) == (0.0, 50.0)


def test_a_message_of_a_surge_that_is_never_answered_shows_the_next_one() -> None:
    surge = drawn("calamity", 1000).surge
    assert surge
    pairs = [(surge.starts + n, None if n == 99 else surge.starts + n + 120) for n in range(150)]
    (place,) = surge_places(stream(*pairs, surge=surge), {OURS: [at + 60 for at, _ in pairs]})
    assert (place.place, place.real, place.announced) == (100, 2.0, {OURS: 1.0})


@pytest.mark.parametrize(
    ("method", "expected"), [(AllTimeMean, 55.0), (MonthMean, 55.0), (RollingMedian, 50.0), (RollingP90, 90.0)]
)
def test_the_others_announce_what_their_names_say(method: type, expected: float) -> None:
    found = method(ALWAYS)
    for request in range(10):
        found.announce(request, 0.0, 0)
    for request in range(10):
        found.answered(request, 10.0 * (request + 1))
    assert found.announce(99, 200.0, 0) == pytest.approx(200.0 + expected)


def test_the_mean_of_a_month_forgets_and_the_mean_of_all_time_does_not() -> None:
    announced = []
    for found in (AllTimeMean(ALWAYS), MonthMean(ALWAYS)):
        found.announce(1, 0.0, 0)
        found.answered(1, 1000.0)
        found.announce(2, 40 * DAY, 0)
        found.answered(2, 40 * DAY + 100.0)
        announced.append(found.announce(3, 40 * DAY + 200.0, 0) - 40 * DAY - 200)
    assert announced == [550.0, 100.0]


def test_adaptive_inference_announces_more_after_a_promise_broke() -> None:
    found = Adaptive(ALWAYS)
    for request in range(400):
        found.announce(request, request * 1000.0, 0)
        found.answered(request, request * 1000.0 + 10 + request % 50)
    usual = found.announce(400, 401_000.0, 0) - 401_000
    for request in range(401, 421):
        found.announce(request, 402_000.0, 0)
    assert found.announce(500, 403_000.0, 0) - 403_000 > usual


def test_an_automatic_closing_is_no_answer(tmp_path: Path) -> None:
    header = "group,channel,priority,opened_local,first_update_local,resolved_local,closed_local,made_sla"
    answered = "A,Phone,2 - High,2016-03-01T10:00,2016-03-01T10:30,2016-03-02T10:00,2016-03-07T12:00,True"
    closed = "A,Phone,3 - Moderate,2016-03-01T11:00,2016-03-06T12:00,,2016-03-06T12:00,False"
    early = "A,Phone,3 - Moderate,2016-03-01T12:00,2016-03-01T11:00,,2016-03-06T12:00,False"
    with gzip.open(tmp_path / "itsm_first_updates.csv.gz", "wt") as file:
        file.write("\n".join([header, *[answered] * 98, closed, early]))
    (found,) = real_streams(tmp_path)
    assert [found.answered[n] for n in (0, 98, 99)] == [10 * 60 + 30, None, 12 * 60]
    assert (found.ranks[0], found.ranks[98]) == (1, 2)
    assert found.left == {98: 5 * DAY + 12 * 60}
    assert replay(found).announced[OURS][0] > found.received[0]


def test_without_real_pairs_nothing_is_read(tmp_path: Path) -> None:
    assert list(real_streams(tmp_path)) == []


def test_each_thing_asked_is_met_or_missed() -> None:
    made = stream(*((float(n * 60), n * 60 + 50.0) for n in range(200)))
    kept, broken = [at + 90 for at in made.received], [at + 40 for at in made.received]
    lines = {}
    for name, told in (("kept", kept), ("broken", broken)):
        score, mean = scored(made, told), scored(made, kept)
        run = Run("middle", 1, has_plan=False, scores={OURS: score, "all-time mean": mean}, places=[], microseconds=1500.0)
        lines[name] = {line.what: line.is_met for line in verdict([run], [], [])}
    assert lines["kept"] == {
        "worst week": True,
        "weeks below 75": True,
        "broken promises noticed 30 minutes ahead": True,
        "the estimator, a message": False,
    }
    assert (lines["broken"]["worst week"], lines["broken"]["weeks below 75"]) == (False, False)


def test_the_first_method_still_does_what_was_said_of_it() -> None:
    """Its surge figure, with today's staff alone, is what later ones are held against."""
    desk = drawn("x6 surge", 1000)
    found = scored(desk, replay(desk, (), desk=R3()).announced[OURS])  # type: ignore[arg-type] # the same verbs
    assert found.surge
    assert found.surge > 95
    assert found.noticed == 100.0


def test_the_command_prints_a_table_and_says_by_its_exit_what_was_missed() -> None:
    command = [sys.executable, "-m", "benchmarks.promises", "--quick", "--seeds", "1000", "--kinds"]
    table = subprocess.run([*command, "tiny"], cwd=ROOT, capture_output=True, text=True, check=True).stdout
    assert "all-time mean" in table
    unknown = subprocess.run([*command, "huge"], cwd=ROOT, capture_output=True, text=True, check=False)
    assert unknown.returncode == 2
    assert "no kind is called huge" in unknown.stderr


def test_a_kind_without_help_in_its_surge_has_no_plan() -> None:
    quiet = draw("quiet", Kind(20, 5, (0.3, 0.4), weeks=2), Random(1))
    assert quiet.surge is None

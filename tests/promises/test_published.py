"""The published figures, against the plain reading of the requests behind them."""

import json
import random
import statistics
from collections import defaultdict
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from portal.organisation.rules import slug_of
from portal.promises import store
from portal.promises.figures import Period, last_days
from portal.promises.statistics import Histogram
from tests.promises.conftest import Ledger, figures, local
from tests.statements import statements

WITHIN = pytest.approx


def test_median_and_p90_are_those_of_the_waits_in_opening_time(ledger: Ledger) -> None:
    waits = [5.0, 7, 9, 12, 15, 20, 31, 44, 60, 75, 90]
    ledger.handled(waits, start=local("2026-03-09 09:00"))
    found = figures(ledger).spread
    assert found.number == 11
    assert found.median is not None
    assert found.p90 is not None
    assert found.median.seconds == WITHIN(statistics.median(waits) * 60, rel=0.01)
    assert found.p90.seconds == WITHIN(statistics.quantiles(waits, n=10, method="inclusive")[8] * 60, rel=0.01)
    assert not found.p90.is_at_least


def test_t22_fewer_than_ten_requests_give_no_figure_but_their_number(ledger: Ledger) -> None:
    ledger.handled([5] * 9)
    found = figures(ledger)
    assert (found.spread.number, found.spread.median, found.share_in_time, found.is_enough) == (9, None, None, False)


def test_t1_t2_t5_requests_without_an_answer_count_as_at_least_their_age_in_opening_time(ledger: Ledger) -> None:
    """Acknowledgements, notes and closing record no answer here: the request waits on."""
    ledger.handled([10] * 10, start=local("2026-03-09 09:00"))
    for minute in range(5):
        ledger.receive(local("2026-03-09 12:00") + timedelta(minutes=minute))
    found = figures(ledger)
    assert found.spread.number == 15
    assert found.spread.p90 is not None
    assert found.spread.p90.is_at_least
    age = 10 * 3600  # five hours yesterday, five today
    assert age * 0.94 < found.spread.p90.seconds <= age * 1.01
    assert (found.waiting.overdue, found.tally.kept, found.broken) == (5, 10, 5)


def test_an_open_request_is_judged_only_after_its_time(ledger: Ledger) -> None:
    promise = ledger.receive("2026-03-10 13:00")
    found = figures(ledger)
    assert (found.waiting.not_yet_due, found.waiting.overdue, found.judged) == (1, 0, 0)
    assert promise.promised_at is not None
    ledger.now = promise.promised_at
    assert figures(ledger).waiting.not_yet_due == 1
    ledger.now += timedelta(seconds=1)
    assert figures(ledger).waiting.overdue == 1


def test_t18_a_request_belongs_to_its_local_day_of_receipt_whenever_it_is_answered(ledger: Ledger) -> None:
    always = ledger.add_channel("altijd", None)
    late_evening = ledger.receive("2026-03-08 23:59", channel_id=always)
    ledger.answer(late_evening, "2026-03-09 00:10")
    after_midnight = ledger.receive("2026-03-09 00:00", channel_id=always)
    ledger.answer(after_midnight, "2026-03-09 00:10")
    assert figures(ledger, always, ("2026-03-08", "2026-03-08")).tally.received == 1
    assert figures(ledger, always, ("2026-03-09", "2026-03-09")).tally.received == 1
    assert figures(ledger, always, ("2026-03-08", "2026-03-09")).spread.number == 2


def test_any_period_holds_exactly_the_requests_of_its_days(ledger: Ledger) -> None:
    always = ledger.add_channel("altijd", None)
    chance = random.Random(5)
    waits: dict[date, list[float]] = defaultdict(list)
    with ledger.session() as session, store.remembering(session):
        for case_id in range(1, 151):
            received_at = local("2026-01-05 12:00") + timedelta(days=chance.randrange(40))
            wait = timedelta(minutes=chance.randrange(1, 5000))
            store.make_promise(session, case_id=case_id, channel_id=always, received_at=received_at, now=received_at)
            store.record_answer(session, case_id, received_at + wait, ledger.now)
            waits[received_at.date()].append(wait.total_seconds())
    for _ in range(25):
        since = date(2026, 1, 5) + timedelta(days=chance.randrange(40))
        until = since + timedelta(days=chance.randrange(30))
        expected = [wait for on, found in waits.items() if since <= on <= until for wait in found]
        assert figures(ledger, always, (str(since), str(until))).answered == Histogram.of(expected)


def test_the_last_28_days_are_the_usual_period(ledger: Ledger) -> None:
    ledger.answer(ledger.receive("2026-02-10 10:00"), "2026-02-10 10:05")
    ledger.answer(ledger.receive("2026-02-11 10:00"), "2026-02-11 10:05")
    found = figures(ledger)
    assert found.period == Period(date(2026, 2, 11), date(2026, 3, 10))
    assert found.tally.received == 1
    assert found.measured_since == date(2026, 2, 10)


def test_history_brought_in_is_judged_and_counted_as_judged_afterwards(ledger: Ledger) -> None:
    for number in range(12):
        promise = ledger.receive(f"2019-05-07 09:{number:02}", made_at=ledger.now)
        ledger.answer(promise, "2019-05-07 10:00")
    found = figures(ledger, period=("2019-05-01", "2019-05-31"))
    assert (found.tally.afterwards, found.tally.kept, found.share_in_time) == (12, 12, 1)
    assert figures(ledger).tally.received == 0


def test_figures_of_all_are_those_of_each(ledger: Ledger) -> None:
    other = ledger.add_channel("ander", None)
    ledger.handled([10] * 20, start=local("2026-03-09 09:00"))
    for number in range(10):
        ledger.receive(local("2026-03-09 09:00") + timedelta(minutes=number), channel_id=other)
    with ledger.database.reading() as session:
        everything = store.figures_of_all(session, ledger.now)
    assert everything == {ledger.channel_id: figures(ledger), other: figures(ledger, other)}


def test_a_channel_without_requests_has_figures_that_say_so(ledger: Ledger) -> None:
    found = figures(ledger)
    assert (found.measured_since, found.spread.number, found.tally.received) == (None, 0, 0)
    with ledger.database.reading() as session:
        assert store.figures_of_all(session, ledger.now) == {}


def test_groups_show_each_request_at_its_local_day_and_hour(ledger: Ledger) -> None:
    ledger.handled([10] * 30, start=local("2026-03-09 09:15"))
    ledger.receive("2026-03-09 11:00")
    with ledger.database.reading() as session:
        days, hours = store.groups_of(session, ledger.channel_id, last_days(date(2026, 3, 10)), ledger.now)
    assert [(group.first, group.spread.number) for group in days if group.spread.number] == [(date(2026, 3, 9), 31)]
    assert [(group.first, group.last, group.spread.number) for group in hours if group.spread.number] == [(9, 9, 30), (11, 11, 1)]


def cost_of_all(ledger: Ledger) -> int:
    """How many statements `figures_of_all` needs with nothing given."""
    with statements(ledger.database) as seen, ledger.database.reading() as session:
        store.figures_of_all(session, ledger.now)
    return len(seen)


def test_figures_of_all_cost_three_statements_however_many_requests_there_are(ledger: Ledger) -> None:
    ledger.handled([10] * 3)
    few = cost_of_all(ledger)
    for number in range(5):
        ledger.add_channel(f"kanaal-{number}", None)
    ledger.handled([10] * 60)
    assert few == cost_of_all(ledger) == 3


def first_waits(dialogues: list[dict[str, Any]]) -> dict[str, list[tuple[datetime, datetime]]]:
    """By brand: when each conversation was received, and when the brand first answered (README of the data)."""
    found: dict[str, list[tuple[datetime, datetime]]] = defaultdict(list)
    for dialogue in dialogues:
        turns = dialogue["dialogContent"]
        linked = timedelta(milliseconds=(int(dialogue["agentURL"]["tweet_ID"]) >> 22) + 1_288_834_974_657)
        answers = [datetime.fromisoformat(turn["datetime"]) for turn in turns if "agent" in turn]
        received_at = datetime.fromisoformat(turns[0]["datetime"])
        found[dialogue["dialogHeader"]["company"]].append(
            (received_at, min(answers, default=datetime(1970, 1, 1, tzinfo=UTC) + linked))
        )
    return found


def test_the_figures_of_real_conversations_are_the_true_ones(ledger: Ledger, shared_data: Path | None) -> None:
    """With the folder of real data: every brand. Without: one brand of our own."""
    if shared_data is None:
        start = local("2019-05-07 09:00")
        brands = {"eigen": [(start + timedelta(hours=n), start + timedelta(hours=n, minutes=3 + n * n)) for n in range(25)]}
    else:
        files = sorted(shared_data.glob("customer_care_dialogues_*.json"))
        brands = first_waits([each for file in files for each in json.loads(file.read_text())])
        assert len(brands) >= 20
    for brand, pairs in brands.items():
        channel_id = ledger.add_channel(slug_of(brand), None)
        with ledger.session() as session, store.remembering(session):
            for received_at, answered_at in pairs:
                ledger.cases += 1
                store.make_promise(session, case_id=ledger.cases, channel_id=channel_id, received_at=received_at, now=ledger.now)
                store.record_answer(session, ledger.cases, answered_at, ledger.now)
        days = sorted(received_at.astimezone(local("2026-01-01").tzinfo).date() for received_at, _ in pairs)
        with ledger.database.reading() as session:
            spread = store.figures_of(session, channel_id, days[0], days[-1], ledger.now).spread
        waits = [int((answered_at - received_at).total_seconds()) for received_at, answered_at in pairs]
        assert spread.number == len(waits)
        if len(waits) < 10:
            assert spread.median is None
            continue
        assert spread.median is not None
        assert spread.p90 is not None
        assert spread.median.seconds == WITHIN(statistics.median(waits), rel=0.01)
        assert spread.p90.seconds == WITHIN(statistics.quantiles(waits, n=10, method="inclusive")[8], rel=0.01)

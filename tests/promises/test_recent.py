"""The figures of the last 28 days come from counts that are moved along with the days. They must never show it."""

import random
import threading
from collections.abc import Callable
from dataclasses import astuple, dataclass, field
from datetime import date, datetime, timedelta
from functools import partial

import pytest
from flask import Flask
from sqlalchemy import text
from sqlalchemy.exc import OperationalError

from portal.db import Database
from portal.jobs import timetable
from portal.promises import store
from portal.promises.count_models import ResponseRecent
from portal.promises.counting import count_recent_from, counted, write_counts
from portal.promises.figures import ResponseFigures, last_days
from portal.promises.models import Promise
from portal.promises.recent import keep_writers_out, recent_since
from portal.promises.rules import SetAside
from portal.promises.statistics import FINE, Histogram
from portal.services import Services
from tests.promises.conftest import Ledger, local
from tests.statements import statements

A_DAY = timedelta(days=1)


def usual(ledger: Ledger, channel_id: int) -> ResponseFigures:
    with ledger.database.reading() as session:
        return store.figures_of(session, channel_id, None, None, ledger.now)


def move(ledger: Ledger, since: date) -> None:
    with ledger.session() as session:
        count_recent_from(session, since)


def assert_the_usual_figures_are_those_of_the_promises(ledger: Ledger) -> None:
    """Read from the recent counts, read by day in two halves, and computed from the promises: the same."""
    period = last_days(ledger.now.astimezone(local("2026-01-01").tzinfo).date())
    for channel_id in {ledger.channel_id, *ledger.others.values()}:
        with ledger.database.reading() as session:
            found = store.figures_of(session, channel_id, None, None, ledger.now)
            halves = [
                store.figures_of(session, channel_id, period.since, period.since + 9 * A_DAY, ledger.now),
                store.figures_of(session, channel_id, period.since + 10 * A_DAY, period.until, ledger.now),
            ]
            counted = session.query(Promise).filter(
                Promise.channel_id == channel_id,
                Promise.sequence == 0,
                Promise.set_aside == SetAside.NONE,
                Promise.received_on.between(period.since, period.until),
            )
            promises = counted.all()
        waits = [each.wait_seconds for each in promises if each.wait_seconds is not None]
        waiting = [each for each in promises if each.answered_at is None]
        overdue = [each for each in waiting if each.promised_at and each.promised_at < ledger.now]
        assert found.answered == Histogram.of(waits) == Histogram.merged(half.answered for half in halves)
        in_both = zip(*(astuple(half.tally) for half in halves), strict=True)
        assert astuple(found.tally) == tuple(map(sum, in_both))
        assert found.waiting.ages.total == len(waiting) == sum(half.waiting.ages.total for half in halves)
        assert found.waiting.overdue == len(overdue) == sum(half.waiting.overdue for half in halves)
        promised = [each for each in waiting if each.promised_at]
        assert found.waiting.not_yet_due == len(promised) - len(overdue) == sum(half.waiting.not_yet_due for half in halves)


def step(ledger: Ledger, chance: random.Random) -> None:
    """One thing that happens in the life of a ledger: mostly requests and answers, also late ones; sometimes days go by."""
    case_id = chance.randrange(1, ledger.cases + 2)
    what = chance.choice(["receive"] * 6 + ["answer"] * 6 + ["aside", "back", "contested", "earlier", "days", "job", "move"])
    if what == "days":
        ledger.now += timedelta(days=chance.choice([0, 1, 1, 3, 30]), hours=chance.randrange(24))
    elif what == "move":
        move(ledger, ledger.now.date() + chance.randrange(-60, 10) * A_DAY)
    elif what == "job":
        with ledger.session() as session:
            store.move_recent(session, ledger.now)
    elif what == "receive" or case_id > ledger.cases:
        channel_id = chance.choice([ledger.channel_id, *ledger.others.values()])
        received_at = ledger.now - timedelta(minutes=chance.choice([0, 100, 1_000, 10_000, 60_000, -2_000]))
        ledger.receive(received_at, channel_id=channel_id)
    else:
        at = ledger.now - timedelta(minutes=chance.randrange(3_000))
        with ledger.session() as session:
            if what == "answer":
                store.record_answer(session, case_id, at, ledger.now)
            elif what == "aside":
                store.set_aside(session, case_id, SetAside.SPAM, now=ledger.now)
            elif what == "back":
                store.take_back_set_aside(session, case_id, now=ledger.now)
            elif what == "contested":
                store.take_back_answer(session, case_id, now=ledger.now)
            else:
                store.correct_receipt(session, case_id, at - 20 * A_DAY)


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_the_usual_figures_are_right_whatever_happens_and_wherever_the_recent_counts_begin(ledger: Ledger, seed: int) -> None:
    ledger.add_channel("altijd", None)
    ledger.add_channel("nooit", {})
    chance = random.Random(seed)
    for number in range(150):
        step(ledger, chance)
        if number % 10 == 0:
            assert_the_usual_figures_are_those_of_the_promises(ledger)
    ledger.assert_counts_are_those_of_the_promises()
    assert_the_usual_figures_are_those_of_the_promises(ledger)


@pytest.mark.parametrize("offset", [-40, -1, 0, 1, 27, 28, 40])
def test_recent_counts_that_begin_too_early_or_too_late_give_the_same_figures(ledger: Ledger, offset: int) -> None:
    always = ledger.add_channel("altijd", None)
    for days in (0, 1, 26, 27, 28, 40, -2):
        received_at = ledger.now - days * A_DAY
        ledger.answer(ledger.receive(received_at, channel_id=always), received_at + timedelta(minutes=days + 5))
    expected = usual(ledger, always)
    move(ledger, last_days(ledger.now.date()).since + offset * A_DAY)
    assert usual(ledger, always) == expected
    assert expected.answered == Histogram.of([60 * (days + 5) for days in (0, 1, 26, 27)])


def test_the_recent_counts_follow_the_days_and_then_hold_no_more_than_is_read(app: Flask, services: Services) -> None:
    ledger = Ledger(services.database, services.clock.now())
    ledger.channel_id = ledger.add_channel("kanaal", None)
    for days in range(40):
        received_at = ledger.now - days * A_DAY
        ledger.answer(ledger.receive(received_at), received_at + timedelta(minutes=days + 1))
    timetable.move_recent(services, ledger.now)
    with ledger.database.reading() as session:
        assert recent_since(session) == date(2026, 2, 11)
        rows = session.query(ResponseRecent.bucket, ResponseRecent.n).all()
    assert {row.bucket for row in rows} == {FINE.bucket(60 * (days + 1)) for days in range(28)}
    timetable.move_recent(services, ledger.now + A_DAY)
    with ledger.database.reading() as session:
        assert recent_since(session) == date(2026, 2, 12)


def test_counts_that_stand_already_where_they_should_are_left_alone(ledger: Ledger) -> None:
    ledger.handled([10] * 3)
    with ledger.session() as session:
        store.move_recent(session, ledger.now)
    with statements(ledger.database) as seen, ledger.session() as session:
        store.move_recent(session, ledger.now + timedelta(hours=1))
    assert [each for each in seen if not each.startswith("SELECT")] == []


def at_once(*tasks: Callable[[], None]) -> None:
    """Runs all of them at the same time, and raises the first fault."""
    faults: list[BaseException] = []

    def safely(task: Callable[[], None]) -> None:
        try:
            task()
        except BaseException as error:  # noqa: BLE001 - raised below
            faults.append(error)

    threads = [threading.Thread(target=safely, args=(task,)) for task in tasks]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    if faults:
        raise faults[0]


@dataclass
class Crowd:
    """Writers of one channel, and who reads and moves its counts until they are done."""

    ledger: Ledger
    channel_id: int
    promises: list[Promise]
    is_over: threading.Event = field(default_factory=threading.Event)

    def write(self, seed: int) -> None:
        chance, now = random.Random(seed), self.ledger.now
        for number in range(25):
            first, second = sorted(chance.sample(self.promises, 2), key=lambda promise: promise.id)
            with self.ledger.session() as session:
                if number % 4 == 3:
                    store.take_back_answer(session, first.case_id, now=now)
                else:
                    store.record_answer(session, first.case_id, now - timedelta(minutes=number), now)
                if number % 2:
                    store.figures_of(session, self.channel_id, None, None, now)
                store.record_answer(session, second.case_id, now - timedelta(minutes=number), now)

    def write_all(self) -> None:
        try:
            at_once(*(partial(self.write, seed) for seed in range(4)))
        finally:
            self.is_over.set()

    def move(self) -> None:
        chance = random.Random(9)
        while not self.is_over.is_set():
            move(self.ledger, self.ledger.now.date() - chance.randrange(20) * A_DAY)

    def recompute(self) -> None:
        while not self.is_over.is_set():
            with self.ledger.session() as session:
                store.recompute(session, self.channel_id)

    def read(self) -> None:
        while not self.is_over.is_set():
            found = usual(self.ledger, self.channel_id)
            assert found.answered.total == found.tally.kept + found.tally.late
            assert found.waiting.ages.total == found.tally.undecided


def test_nothing_is_lost_or_counted_twice_while_the_recent_counts_move_among_writers(ledger: Ledger) -> None:
    always = ledger.add_channel("altijd", None)
    promises = [ledger.receive(ledger.now - timedelta(days=n % 20, minutes=n), channel_id=always) for n in range(40)]
    crowd = Crowd(ledger, always, promises)
    at_once(crowd.write_all, crowd.move, crowd.recompute, crowd.read)
    ledger.assert_counts_are_those_of_the_promises()
    assert_the_usual_figures_are_those_of_the_promises(ledger)


def keep_out_at_once(ledger: Ledger) -> None:
    with ledger.session() as session:
        session.execute(text("SET LOCAL lock_timeout = '50ms'"))
        keep_writers_out(session)


def test_who_writes_counts_holds_the_promises_that_were_changed(postgresql_database: Database, now: datetime) -> None:
    """What keeps the counts exact while they are moved or made again: see `portal.promises.recent`."""
    ledger = Ledger(postgresql_database, now)
    ledger.channel_id = ledger.add_channel("kanaal", None)
    known = ledger.receive(now)
    with ledger.session() as writing:
        promise = writing.get_one(Promise, known.id)
        with counted(writing, promise):
            promise.set_aside = SetAside.SPAM
        write_counts(writing)
        with pytest.raises(OperationalError, match="lock timeout"):
            keep_out_at_once(ledger)

"""What is counted along the way, against what would be counted now."""

import contextlib
import random
import threading
from datetime import timedelta

import pytest
from sqlalchemy.orm import Session

from portal.errors import Conflict
from portal.promises import store
from portal.promises.count_models import PromiseDay, WaitingHalfHour, WaitingMinute, WaitingPromise
from portal.promises.models import Promise
from portal.promises.rules import RevisionReason, SetAside
from tests.promises.conftest import Ledger, ask_again, figures, local


def test_answered_requests_leave_no_row_among_the_waiting(ledger: Ledger) -> None:
    ledger.handled([10] * 5)
    with ledger.database.reading() as session:
        assert [session.query(table).count() for table in (WaitingMinute, WaitingHalfHour, WaitingPromise)] == [0, 0, 0]


def act(ledger: Ledger, chance: random.Random, number: int) -> None:
    """One random change to the ledger."""
    start = local("2026-02-20 00:00") + timedelta(minutes=chance.randrange(20_000))
    case_id = chance.randrange(1, number + 2)
    with ledger.session() as session:
        what = chance.randrange(10)
        if what <= 1 or not session.query(Promise).filter_by(case_id=case_id).count():
            channel_id = chance.choice([ledger.channel_id, *ledger.others.values()])
            store.make_promise(session, case_id=case_id, channel_id=channel_id, received_at=start, now=start)
        elif what <= 3:
            store.record_answer(session, case_id, start, ledger.now, known_at=start if case_id % 2 else None)
        elif what == 4:
            store.set_aside(session, case_id, SetAside.SPAM, now=ledger.now)
        elif what == 5:
            store.take_back_set_aside(session, case_id, now=ledger.now)
        elif what <= 7:
            tell(session, case_id, chance)
        elif what == 8:
            store.withdraw(session, [case_id], now=ledger.now, known_at=start)
        else:
            ask_again(session, case_id, start, ledger.now)


def tell(session: Session, case_id: int, chance: random.Random) -> None:
    """The customer hears of another time, shortly before the promised one or after it; not when the answer is there."""
    promised_at = store.promise_of(session, case_id).promised_at
    if promised_at is None:
        return
    at = promised_at + timedelta(minutes=chance.randrange(-100, 30))
    later = at + timedelta(minutes=chance.randrange(1, 500))
    with contextlib.suppress(Conflict):
        store.revise(session, case_id, later, RevisionReason.ILLNESS, now=at, actor_id=3)


@pytest.mark.parametrize("seed", [1, 2])
def test_incremental_counts_equal_recomputed_ones_after_any_changes(ledger: Ledger, seed: int) -> None:
    ledger.add_channel("altijd", None)
    ledger.add_channel("nooit", {})
    chance = random.Random(seed)
    for number in range(200):
        act(ledger, chance, number // 4)
    with ledger.database.reading() as session:
        assert session.query(PromiseDay).filter(PromiseDay.told + PromiseDay.told_waiting > 0).count() > 3
        assert session.query(PromiseDay).filter(PromiseDay.removed > 0).count() > 0
        assert session.query(PromiseDay).filter(PromiseDay.reported > 0).count() > 0
    ledger.assert_counts_are_those_of_the_promises()


def test_incremental_counts_stay_right_among_writers_at_the_same_time(ledger: Ledger) -> None:
    """Six writers answer, set aside and receive on the same days; several answer the same case at once."""
    promises = [ledger.receive(local("2026-03-09 09:00") + timedelta(minutes=number)) for number in range(12)]
    faults: list[BaseException] = []

    def write(seed: int) -> None:
        chance = random.Random(seed)
        try:
            for number in range(12):
                promise = chance.choice(promises)
                with ledger.database.transaction() as session:
                    if number % 3 == 2:
                        store.set_aside(session, promise.case_id, SetAside.SPAM, now=ledger.now)
                        store.take_back_set_aside(session, promise.case_id, now=ledger.now)
                    at = local("2026-03-09 10:00") + timedelta(minutes=chance.randrange(200))
                    store.record_answer(session, promise.case_id, at, ledger.now)
                with ledger.database.transaction() as session:
                    new = {"case_id": 1000 + seed * 100 + number, "channel_id": ledger.channel_id}
                    store.make_promise(session, **new, received_at=local("2026-03-09 09:00"), now=ledger.now)
        except BaseException as error:  # noqa: BLE001 - told to the test below
            faults.append(error)

    writers = [threading.Thread(target=write, args=(seed,)) for seed in range(6)]
    for writer in writers:
        writer.start()
    for writer in writers:
        writer.join()
    assert faults == []
    ledger.assert_counts_are_those_of_the_promises()


def test_changes_remembering_come_to_the_same(ledger: Ledger) -> None:
    with ledger.session() as session, store.remembering(session):
        for case_id in range(1, 31):
            received_at = local("2026-03-09 09:00") + timedelta(minutes=case_id)
            store.make_promise(session, case_id=case_id, channel_id=ledger.channel_id, received_at=received_at, now=received_at)
            if case_id % 3:
                store.record_answer(session, case_id, received_at + timedelta(minutes=case_id), ledger.now)
    ledger.assert_counts_are_those_of_the_promises()
    found = figures(ledger)
    assert (found.tally.received, found.answered.total, found.waiting.ages.total) == (30, 20, 10)


def test_what_fails_inside_is_not_counted(ledger: Ledger) -> None:
    def fail() -> None:
        with ledger.session() as session, store.remembering(session):
            store.make_promise(session, case_id=1, channel_id=ledger.channel_id, received_at=ledger.now, now=ledger.now)
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        fail()
    ledger.assert_counts_are_those_of_the_promises()
    assert figures(ledger).tally.received == 0


def test_a_savepoint_that_is_rolled_back_takes_its_counts_with_it(ledger: Ledger) -> None:
    with ledger.session() as session:
        store.make_promise(session, case_id=1, channel_id=ledger.channel_id, received_at=ledger.now, now=ledger.now)
        kept = session.begin_nested()
        store.make_promise(session, case_id=2, channel_id=ledger.channel_id, received_at=ledger.now, now=ledger.now)
        kept.commit()
        dropped = session.begin_nested()
        store.make_promise(session, case_id=3, channel_id=ledger.channel_id, received_at=ledger.now, now=ledger.now)
        dropped.rollback()
        store.make_promise(session, case_id=4, channel_id=ledger.channel_id, received_at=ledger.now, now=ledger.now)
    ledger.assert_counts_are_those_of_the_promises()
    assert figures(ledger).tally.received == 3


def test_counting_may_begin_inside_a_savepoint(ledger: Ledger) -> None:
    with ledger.session() as session:
        with session.begin_nested(), session.begin_nested():
            store.make_promise(session, case_id=1, channel_id=ledger.channel_id, received_at=ledger.now, now=ledger.now)
        store.make_promise(session, case_id=2, channel_id=ledger.channel_id, received_at=ledger.now, now=ledger.now)
    ledger.assert_counts_are_those_of_the_promises()
    assert figures(ledger).tally.received == 2


def test_figures_read_in_the_transaction_that_changes_them_are_right(ledger: Ledger) -> None:
    with ledger.session() as session:
        store.make_promise(session, case_id=1, channel_id=ledger.channel_id, received_at=ledger.now, now=ledger.now)
        assert store.figures_of(session, ledger.channel_id, None, None, ledger.now).tally.received == 1
    assert figures(ledger).tally.received == 1

"""Deliveries that arrive at the same time, and those that must wait on disk. On both databases."""

import json
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from threading import Barrier, Thread

import pytest
from sqlalchemy import func, select
from sqlalchemy.exc import IntegrityError, SQLAlchemyError

from portal.cases.models import Case, CaseMessage, Contact
from portal.cases.rules import Outcome
from portal.clock import FixedClock
from portal.connectors.counts import Counts
from portal.connectors.gate import Gate
from portal.connectors.intake import Delivery
from portal.connectors.models import HookCount, Inbound
from portal.connectors.rules import InboundState
from portal.db import Database
from portal.organisation.models import Channel
from portal.promises.models import Promise
from tests.cases.builders import a_channel, at
from tests.connectors.builders import a_body

NOW = at(0)
REFUSE_BAD = "CREATE TRIGGER refuse BEFORE INSERT ON {} WHEN NEW.{} = 'bad' BEGIN SELECT RAISE(ABORT, 'no'); END"

MakeGate = Callable[[Database], Gate]


@pytest.fixture
def channel(database: Database) -> Channel:
    with database.transaction() as session:
        return a_channel(session)


@pytest.fixture
def make_gate(tmp_path: Path) -> Iterator[MakeGate]:
    made: list[Gate] = []

    def make(database: Database) -> Gate:
        made.append(Gate(database, FixedClock(NOW), Counts(database), tmp_path / "spool"))
        return made[-1]

    yield make
    for gate in made:
        gate.close()


def delivery(channel: Channel, webhook_id: str, **facts: str) -> Delivery:
    return Delivery(channel.id, webhook_id, json.dumps(a_body(at="2026-03-10T08:00:00Z", **facts)).encode(), NOW)


def together(gates: Sequence[Gate], deliveries: Sequence[Delivery], *, understand: bool = True) -> Counter[object]:
    """What became of deliveries that threads bring at the same moment, each to one of the gates."""
    start, told = Barrier(len(deliveries)), list[object]()

    def bring(number: int) -> None:
        start.wait()
        try:
            kept = gates[number % len(gates)].bring(deliveries[number], understand=understand)
            told.append(kept.receipt.outcome if kept.receipt else kept.is_new)
        except SQLAlchemyError as error:
            told.append(type(error).__name__)

    threads = [Thread(target=bring, args=(number,)) for number in range(len(deliveries))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return Counter(told)


def numbers(database: Database) -> list[int | None]:
    with database.reading() as session:
        return [session.scalar(select(func.count(model.id))) for model in (Inbound, Case, CaseMessage, Contact, Promise)]


@pytest.mark.parametrize("processes", [1, 3])
def test_the_same_delivery_many_times_at_once_makes_one_case(
    database: Database, channel: Channel, make_gate: MakeGate, processes: int
) -> None:
    told = together([make_gate(database) for _ in range(processes)], [delivery(channel, "a", message_id="m")] * 9)
    assert told == {Outcome.OPENED: 1, Outcome.ALREADY_THERE: 8}
    assert numbers(database) == [1, 1, 1, 1, 1]
    with database.reading() as session:
        assert {row.outcome.value: row.n for row in session.scalars(select(HookCount))} == {"taken": 1, "already_there": 8}


def test_the_same_message_in_different_deliveries_at_once_makes_one_case(
    database: Database, channel: Channel, make_gate: MakeGate
) -> None:
    bodies = [delivery(channel, str(number), message_id="m", thread_ref="t") for number in range(6)]
    assert together([make_gate(database), make_gate(database)], bodies) == {Outcome.OPENED: 1, Outcome.ALREADY_THERE: 5}
    assert numbers(database) == [6, 1, 1, 1, 1]


@pytest.mark.parametrize("processes", [1, 3])
def test_the_same_delivery_many_times_at_once_is_stored_once(
    database: Database, channel: Channel, make_gate: MakeGate, processes: int
) -> None:
    gates = [make_gate(database) for _ in range(processes)]
    assert together(gates, [delivery(channel, "a", message_id="m")] * 9, understand=False) == {True: 1, False: 8}
    assert numbers(database) == [1, 0, 0, 0, 0]


def test_one_that_cannot_be_understood_is_kept_and_keeps_nobody_out(sqlite_database: Database, make_gate: MakeGate) -> None:
    with sqlite_database.transaction() as session:
        channel = a_channel(session)
        session.connection().exec_driver_sql(REFUSE_BAD.format("messages", "message_id"))
    bodies = [delivery(channel, str(number), message_id="bad" if number == 2 else f"m{number}") for number in range(6)]
    assert together([make_gate(sqlite_database)], bodies) == {Outcome.OPENED: 5, True: 1}
    with sqlite_database.reading() as session:
        waiting = session.scalars(select(Inbound).where(Inbound.state == InboundState.STORED)).all()
    assert [row.delivery_id for row in waiting] == ["2"]


def test_one_that_cannot_be_stored_keeps_nobody_out(sqlite_database: Database, make_gate: MakeGate) -> None:
    with sqlite_database.transaction() as session:
        channel = a_channel(session)
        session.connection().exec_driver_sql(REFUSE_BAD.format("inbound", "delivery_id"))
    bodies = [delivery(channel, "bad" if number == 2 else str(number)) for number in range(6)]
    assert together([make_gate(sqlite_database)], bodies, understand=False) == {True: 5, IntegrityError.__name__: 1}


def test_what_waited_on_disk_comes_before_anything_newer(database: Database, channel: Channel, make_gate: MakeGate) -> None:
    away = Database("sqlite:////nowhere/at/all.db")
    without = make_gate(away)
    told = [without.bring(delivery(channel, f"{number:03}")) for number in range(300)]
    assert {kept.is_new for kept in told} == {None}
    without.close()
    del without
    gate = make_gate(database)
    assert numbers(database)[0] == 0
    assert gate.bring(delivery(channel, "newest")).is_new is None, "older ones wait, so it goes behind them"
    gate.close()
    with database.reading() as session:
        stored = session.scalars(select(Inbound.delivery_id).order_by(Inbound.id)).all()
    assert stored == [*(f"{number:03}" for number in range(300)), "newest"]
    away.close()

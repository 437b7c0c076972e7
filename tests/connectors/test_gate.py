"""Deliveries that arrive at the same time. On both databases."""

import json
from collections import Counter
from collections.abc import Sequence
from contextlib import nullcontext
from datetime import datetime
from threading import Barrier, Thread

import pytest
from sqlalchemy import func, select
from sqlalchemy.exc import SQLAlchemyError

from portal.cases.models import Case, CaseMessage, Contact
from portal.cases.rules import Outcome
from portal.connectors import intake
from portal.connectors.gate import Gate
from portal.connectors.intake import Delivery, Swept, receive, store_raw, sweep
from portal.connectors.models import HookCount, Inbound
from portal.connectors.rules import InboundState
from portal.db import Database
from portal.organisation.models import Channel
from portal.promises.models import Promise
from tests.cases.builders import a_channel, at
from tests.connectors.builders import a_body

NOW = at(0)


@pytest.fixture
def channel(database: Database) -> Channel:
    with database.transaction() as session:
        return a_channel(session)


def delivery(channel: Channel, webhook_id: str, **facts: str) -> Delivery:
    return Delivery(channel.id, webhook_id, json.dumps(a_body(at="2026-03-10T08:00:00Z", **facts)).encode())


def together(gates: Sequence[Gate], deliveries: Sequence[Delivery]) -> list[Outcome | str]:
    """What became of deliveries that threads bring at the same moment, each to one of the gates."""
    start, told = Barrier(len(deliveries)), list[Outcome | str]()

    def bring(number: int) -> None:
        start.wait()
        try:
            told.append(gates[number % len(gates)].receive(deliveries[number], NOW).outcome)
        except SQLAlchemyError as error:
            told.append(type(error).__name__)

    threads = [Thread(target=bring, args=(number,)) for number in range(len(deliveries))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return told


def numbers(database: Database) -> list[int | None]:
    with database.reading() as session:
        return [session.scalar(select(func.count(model.id))) for model in (Inbound, Case, CaseMessage, Contact, Promise)]


@pytest.mark.parametrize("processes", [1, 3])
def test_the_same_delivery_many_times_at_once_makes_one_case(database: Database, channel: Channel, processes: int) -> None:
    told = together([Gate(database) for _ in range(processes)], [delivery(channel, "a", message_id="m")] * 9)
    assert Counter(told) == {Outcome.OPENED: 1, Outcome.ALREADY_THERE: 8}
    assert numbers(database) == [1, 1, 1, 1, 1]
    with database.reading() as session:
        assert {row.outcome.value: row.n for row in session.scalars(select(HookCount))} == {"taken": 1, "already_there": 8}


def test_the_same_message_in_different_deliveries_at_once_makes_one_case(database: Database, channel: Channel) -> None:
    bodies = [delivery(channel, str(number), message_id="m", thread_ref="t") for number in range(6)]
    assert Counter(together([Gate(database), Gate(database)], bodies)) == {Outcome.OPENED: 1, Outcome.ALREADY_THERE: 5}
    assert numbers(database) == [6, 1, 1, 1, 1]


def test_one_that_cannot_be_taken_keeps_nobody_out(sqlite_database: Database) -> None:
    with sqlite_database.transaction() as session:
        channel = a_channel(session)
        session.connection().exec_driver_sql(
            "CREATE TRIGGER refuse BEFORE INSERT ON messages WHEN NEW.message_id = 'bad' BEGIN SELECT RAISE(ABORT, 'no'); END"
        )
    bodies = [delivery(channel, str(number), message_id="bad" if number == 2 else f"m{number}") for number in range(6)]
    assert Counter(together([Gate(sqlite_database)], bodies)) == {Outcome.OPENED: 5, "IntegrityError": 1}
    with sqlite_database.reading() as session:
        waiting = session.scalars(select(Inbound).where(Inbound.state == InboundState.STORED)).all()
    assert [row.delivery_id for row in waiting] == ["2"]


def test_what_fails_again_and_again_is_set_apart_and_the_rest_is_understood(sqlite_database: Database, now: datetime) -> None:
    with sqlite_database.transaction() as session:
        channel = a_channel(session)
        session.connection().exec_driver_sql(
            "CREATE TRIGGER refuse BEFORE INSERT ON messages WHEN NEW.message_id = 'bad' BEGIN SELECT RAISE(ABORT, 'no'); END"
        )
    for name in ("bad", "good"):
        with pytest.raises(SQLAlchemyError) if name == "bad" else nullcontext():
            receive(sqlite_database, [delivery(channel, name, message_id=name)], NOW)
    results = [sweep(sqlite_database, now) for _ in range(6)]
    assert [result.failed for result in results] == [1, 1, 1, 1, 1, 0]
    with sqlite_database.reading() as session:
        row = session.scalars(select(Inbound).where(Inbound.delivery_id == "bad")).one()
    assert (row.state, "no" in row.error) == (InboundState.FAILED, True)


@pytest.mark.parametrize("error", [OverflowError("too far"), RecursionError("too deep"), AssertionError()])
def test_whatever_one_delivery_breaks_the_sweep_takes_those_behind_it(
    sqlite_database: Database, now: datetime, monkeypatch: pytest.MonkeyPatch, error: Exception
) -> None:
    with sqlite_database.transaction() as session:
        channel = a_channel(session)
        store_raw(session, [delivery(channel, name, message_id=name) for name in ("bad", "good")], NOW)
    real = intake.read_delivery

    def read_or_break(body: bytes) -> object:
        if b'"bad"' in body:
            raise error
        return real(body)

    monkeypatch.setattr(intake, "read_delivery", read_or_break)
    assert sweep(sqlite_database, now) == Swept(understood=1, failed=1)

"""From stored deliveries to cases: the worker's part. On both databases."""

import json
from collections.abc import Sequence
from datetime import datetime, timedelta
from pathlib import Path
from threading import Thread
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import func, select

from portal.cases.models import Case, CaseMessage, MessageEdit
from portal.clock import FixedClock
from portal.connectors import intake
from portal.connectors.counts import Counts
from portal.connectors.gate import Gate
from portal.connectors.intake import Delivery, store_raw, understand_stored
from portal.connectors.models import HookCount, Inbound
from portal.connectors.rules import InboundState
from portal.connectors.understanding import Swept, sweep, understand_new
from portal.db import Database
from portal.events.models import Event
from portal.hours.reading import parse_calendar
from portal.hours.store import save_schedule
from portal.organisation.models import Channel
from portal.promises.counting import counts_of
from portal.promises.models import Promise
from portal.promises.recorded import record_of
from portal.promises.store import recompute
from tests.cases.builders import START, a_channel, at
from tests.connectors.builders import a_body

REFUSE_BAD = "CREATE TRIGGER refuse BEFORE INSERT ON messages WHEN NEW.message_id = 'bad' BEGIN SELECT RAISE(ABORT, 'no'); END"


@pytest.fixture
def channel(database: Database) -> Channel:
    with database.transaction() as session:
        return a_channel(session)


def stored(database: Database, channel: Channel, *messages: dict[str, object], received_at: datetime = START) -> None:
    """Stores deliveries with these messages, the first one first."""
    deliveries = []
    for number, facts in enumerate(messages):
        body = json.dumps(a_body(**{"at": START.isoformat(), **facts})).encode()
        deliveries.append(Delivery(channel.id, f"{received_at} {number}", body, received_at + timedelta(microseconds=number)))
    with database.writing() as connection:
        assert store_raw(connection, deliveries) == [True] * len(messages)


def states(database: Database) -> Sequence[InboundState]:
    with database.reading() as session:
        return session.scalars(select(Inbound.state).order_by(Inbound.id)).all()


def test_what_is_stored_becomes_cases_with_promises_events_and_counts(database: Database, channel: Channel) -> None:
    stored(database, channel, *({"message_id": f"m{n}", "thread_ref": f"t{n // 2}"} for n in range(1_200)))
    assert [understand_new(database, at(1)).understood for _ in range(4)] == [500, 500, 200, 0]
    with database.reading() as session:
        found = [session.scalar(select(func.count(model.id))) for model in (Case, CaseMessage, Promise)]
        events = dict(
            session.execute(select(Event.kind, func.count()).where(Event.kind.like("case.%")).group_by(Event.kind)).all()
        )
        assert {row.outcome.value: row.n for row in session.scalars(select(HookCount))} == {"taken": 1_200}
    assert found == [600, 1_200, 600]
    assert events == {"case.opened": 600, "case.message_added": 600}
    assert set(states(database)) == {InboundState.UNDERSTOOD}
    with database.transaction() as session:
        kept = counts_of(session, channel.id)
        recompute(session, channel.id)
        assert kept == counts_of(session, channel.id)


def test_a_promise_counts_from_the_time_of_receipt_and_not_from_when_it_was_understood(
    database: Database, channel: Channel
) -> None:
    with database.transaction() as session:
        weekly = {day: [["09:00", "17:00"]] for day in ("mon", "tue", "wed", "thu", "fri")}
        calendar = parse_calendar({"timezone": "Europe/Amsterdam", "weekly": weekly})
        save_schedule(session, channel.id, calendar, valid_from=at(-60), now=at(-60), actor_id=None)
    ahead = at(30).isoformat()
    stored(database, channel, {"message_id": "punctual"}, {"message_id": "ahead", "created_at": ahead}, received_at=at(5))
    understand_new(database, at(10 * 60))
    with database.reading() as session:
        rows = session.execute(select(CaseMessage, Promise).join(Promise, Promise.case_id == CaseMessage.case_id)).all()
        found = {message.message_id: (message, promise) for message, promise in rows}
        kept = counts_of(session, channel.id)
    message, promise = found["punctual"]
    assert (message.created_at, message.received_at) == (START, at(5))
    assert (promise.received_at, promise.made_at) == (START, at(5))
    assert promise.promised_at is not None
    assert promise.promised_at < at(10 * 60), "it was over when the worker came, and it is broken, not judged afterwards"
    assert "afterwards" not in {name for _model, _key, name in kept}
    message, promise = found["ahead"]
    assert promise.received_at == message.created_at == at(5) + timedelta(microseconds=1), "a clock that runs ahead"


def test_a_message_that_says_it_is_years_old_does_not_move_since_when_promises_are_measured(
    database: Database, channel: Channel
) -> None:
    stored(database, channel, {"message_id": "honest", "thread_ref": "a"})
    understand_new(database, at(4))
    stored(database, channel, {"message_id": "old", "thread_ref": "b", "created_at": "2019-01-07T10:00:00Z"}, received_at=at(5))
    stored(database, channel, {"message_id": "older", "thread_ref": "a", "created_at": "2018-01-08T10:00:00Z"}, received_at=at(6))
    understand_new(database, at(10))
    with database.reading() as session:
        found = record_of(session, at(10), zone=ZoneInfo("Europe/Amsterdam"), openings={})
        days = session.scalars(select(Promise.received_on).order_by(Promise.received_on)).all()
    assert [on.year for on in days] == [2019, 2026]
    assert found.measured_since == START.date()


def test_what_waited_on_disk_keeps_its_time_of_receipt(database: Database, channel: Channel, tmp_path: Path) -> None:
    away, clock = Database("sqlite:////nowhere/at/all.db"), FixedClock(at(5))
    gate = Gate(away, clock, Counts(away), tmp_path / "spool")
    gate.bring(Delivery(channel.id, "a", json.dumps(a_body(at=START.isoformat(), message_id="m")).encode(), clock.now()))
    gate.close()
    away.close()
    clock.set(at(10 * 60))
    gate = Gate(database, clock, Counts(database), tmp_path / "spool")
    gate.begin()
    gate.close()
    assert understand_new(database, clock.now()).understood == 1
    with database.reading() as session:
        promise = session.scalars(select(Promise)).one()
        assert session.scalars(select(Inbound.received_at)).one() == at(5)
    assert (promise.received_at, promise.made_at) == (START, at(5))


def test_a_conversation_is_understood_in_the_order_in_which_it_came_in(database: Database, channel: Channel) -> None:
    stored(database, channel, {"message_id": "2", "text": "Nog steeds?", "thread_ref": "t"}, received_at=at(2))
    stored(database, channel, {"message_id": "1", "text": "Waar blijft hij?", "thread_ref": "t"}, received_at=at(1))
    understand_new(database, at(3))
    with database.reading() as session:
        assert session.scalars(select(CaseMessage.message_id).order_by(CaseMessage.id)).all() == ["1", "2"]


def test_edits_and_deletions_in_one_batch_do_what_they_do_one_by_one(database: Database, channel: Channel) -> None:
    with database.writing() as connection:
        for number, (kind, facts) in enumerate(
            [
                ("message.created", {"message_id": "1", "thread_ref": "t"}),
                ("message.edited", {"message_id": "1", "text": "Waar blijft lijn 6?"}),
                ("message.created", {"message_id": "2", "thread_ref": "u"}),
                ("message.deleted", {"message_id": "1", "text": None, "author_id": None}),
            ]
        ):
            body = json.dumps(a_body(kind, at(number).isoformat(), **facts)).encode()
            store_raw(connection, [Delivery(channel.id, str(number), body, at(number))])
    assert understand_new(database, at(9)) == Swept(understood=4)
    with database.reading() as session:
        assert session.scalars(select(CaseMessage.text).where(CaseMessage.message_id == "1")).one() == ""
        assert session.scalars(select(Inbound.body).where(Inbound.message_id == "1")).all() == [b""] * 3
        assert session.scalars(select(MessageEdit.received_at).where(MessageEdit.is_deletion)).one() == at(3)


def test_one_poisoned_delivery_stops_nobody(sqlite_database: Database) -> None:
    with sqlite_database.transaction() as session:
        channel = a_channel(session)
        session.connection().exec_driver_sql(REFUSE_BAD)
    stored(sqlite_database, channel, *({"message_id": "bad" if n == 123 else f"m{n}"} for n in range(500)))
    assert understand_new(sqlite_database, at(1)) == Swept(understood=499, failed=1)
    assert understand_new(sqlite_database, at(1)) == Swept(), "it is left to the sweep, which gives it time"


def test_what_fails_five_times_is_set_apart(sqlite_database: Database) -> None:
    with sqlite_database.transaction() as session:
        channel = a_channel(session)
        session.connection().exec_driver_sql(REFUSE_BAD)
    stored(sqlite_database, channel, {"message_id": "bad"}, {"message_id": "good"})
    assert [sweep(sqlite_database, at(1)).failed for _ in range(6)] == [1, 1, 1, 1, 1, 0]
    with sqlite_database.reading() as session:
        row = session.scalars(select(Inbound).order_by(Inbound.id).limit(1)).one()
    assert (row.state, "no" in row.error) == (InboundState.FAILED, True)
    assert states(sqlite_database) == [InboundState.FAILED, InboundState.UNDERSTOOD]


@pytest.mark.parametrize("error", [OverflowError("too far"), RecursionError("too deep"), AssertionError()])
def test_whatever_one_delivery_breaks_those_behind_it_are_understood(
    sqlite_database: Database, monkeypatch: pytest.MonkeyPatch, error: Exception
) -> None:
    with sqlite_database.transaction() as session:
        channel = a_channel(session)
    stored(sqlite_database, channel, {"message_id": "bad"}, {"message_id": "good"})
    real = intake.read_delivery

    def read_or_break(body: bytes) -> object:
        if b'"bad"' in body:
            raise error
        return real(body)

    monkeypatch.setattr(intake, "read_delivery", read_or_break)
    assert sweep(sqlite_database, at(1)) == Swept(understood=1, failed=1)


def test_while_the_database_is_in_trouble_no_delivery_is_blamed(
    sqlite_database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    with sqlite_database.transaction() as session:
        channel = a_channel(session)
    stored(sqlite_database, channel, {"message_id": "m"})
    with sqlite_database.engine.connect() as connection:
        connection.exec_driver_sql("PRAGMA query_only = ON")
    with pytest.raises(Exception, match="readonly"):
        understand_new(sqlite_database, at(1))
    with sqlite_database.engine.connect() as connection:
        connection.exec_driver_sql("PRAGMA query_only = OFF")
    with sqlite_database.reading() as session:
        assert session.scalars(select(Inbound.tries)).one() == 0
    assert understand_new(sqlite_database, at(1)) == Swept(understood=1)


def test_two_workers_at_once_understand_nothing_twice_and_each_conversation_in_order(
    postgresql_database: Database,
) -> None:
    with postgresql_database.transaction() as session:
        channels = [a_channel(session, slug) for slug in ("x", "y", "z")]
    for channel in channels:
        stored(postgresql_database, channel, *({"message_id": f"m{n}", "thread_ref": f"t{n % 7}"} for n in range(700)))
    others = [Database(postgresql_database.engine.url.render_as_string(hide_password=False)) for _ in range(3)]
    swept: list[Swept] = []

    def work(database: Database) -> None:
        while InboundState.STORED in states(database):
            swept.append(understand_new(database, at(1), most=100))

    threads = [Thread(target=work, args=(database,)) for database in others]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    for database in others:
        database.close()
    assert sum(each.understood for each in swept) == 2_100
    with postgresql_database.reading() as session:
        assert session.scalar(select(func.sum(HookCount.n))) == 2_100
        assert session.scalar(select(func.count(CaseMessage.id))) == 2_100
        query = select(CaseMessage.message_id).order_by(CaseMessage.id)
        for channel in channels:
            names = session.scalars(query.where(CaseMessage.channel_id == channel.id, CaseMessage.thread_ref == "t3")).all()
            assert names == [f"m{n}" for n in range(3, 700, 7)]


def test_a_channel_that_another_worker_is_at_is_left_to_it(postgresql_database: Database) -> None:
    with postgresql_database.transaction() as session:
        channel, other = a_channel(session), a_channel(session, "y")
    stored(postgresql_database, channel, {"message_id": "m1"}, {"message_id": "m2"})
    stored(postgresql_database, other, {"message_id": "m3"})
    with postgresql_database.transaction() as session:
        first = session.scalars(select(Inbound.id).order_by(Inbound.id).limit(1)).one()
        understand_stored(session, [first], at(1))
        assert understand_new(postgresql_database, at(1)) == Swept(understood=1)
    assert understand_new(postgresql_database, at(1)) == Swept(understood=1)
    assert set(states(postgresql_database)) == {InboundState.UNDERSTOOD}

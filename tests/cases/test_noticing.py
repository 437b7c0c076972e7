"""Customers hear half an hour ahead that their answer comes later: once, with an honest reason, whatever happens meanwhile."""

import threading
from datetime import datetime, timedelta

import pytest
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from portal.cases import noticing, store
from portal.db import Database
from portal.events.models import Event
from portal.hours.reading import parse_calendar
from portal.hours.store import save_schedule
from portal.incidents import store as incidents
from portal.organisation.models import Channel
from portal.organisation.store import save_organisation
from portal.promises import store as promises
from portal.promises.models import Promise, PromiseRevision
from portal.promises.priorities import save_matrix
from portal.promises.rules import DEFAULT_CLASSES, DEFAULT_MATRIX, PriorityClass, RevisionReason
from portal.promises.settings import save_settings
from portal.promises.surge_models import Surge
from tests.cases.builders import START, a_channel, answered, asked, at
from tests.cases.dying import die_at, lines_of
from tests.cases.noticing_builders import DUE, T, do, promise_of, take, told
from tests.statements import statements

MODULES = {"portal.cases.noticing", "portal.promises.telling"}


def test_who_still_waits_half_an_hour_before_hears_why_and_until_when(database: Database) -> None:
    case = take(database)
    assert noticing.tell_in_time(database, DUE - timedelta(seconds=1)) == 0
    assert noticing.tell_in_time(database, DUE) == 1
    (notice,) = told(database, case)
    assert (notice.number, notice.reason, notice.made_by) == (1, RevisionReason.NOT_REACHED, None)
    assert notice.promised_at is not None
    assert notice.promised_at > T
    promise = promise_of(database, case)
    assert (promise.promised_at, promise.told_at) == (T, DUE)
    with database.reading() as session:
        event = session.scalars(select(Event).where(Event.kind == "promise.revised")).one()
    assert (event.subject, event.actor_id, event.facts["reason"]) == (f"case:{case.id}", None, "not_reached")
    assert event.facts["promised_at"] == notice.promised_at.isoformat()


def test_one_that_cannot_be_told_keeps_nobody_else_waiting(
    database: Database, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    cases = [take(database, thread=f"t{number}", minutes=number / 60) for number in range(4)]
    poison = promise_of(database, cases[1]).id
    new_time = promises.new_time

    def for_most(session: Session, promise: Promise, now: datetime, known: datetime | None) -> datetime | None:
        if promise.id == poison:
            raise OverflowError("a secret of a customer")
        return new_time(session, promise, now, known)

    monkeypatch.setattr(promises, "new_time", for_most)
    assert noticing.tell_in_time(database, DUE + timedelta(hours=5)) == 3
    assert [len(told(database, case)) for case in cases] == [1, 0, 1, 1]
    assert "OverflowError" in caplog.text
    assert "secret" not in caplog.text
    assert noticing.tell_in_time(database, DUE + timedelta(hours=5, minutes=1)) == 0


@pytest.mark.parametrize("later", [timedelta(0), timedelta(minutes=1), timedelta(days=3), timedelta(minutes=-90)])
def test_a_notice_is_there_once_however_often_and_whenever_the_job_runs(database: Database, later: timedelta) -> None:
    """Later, at once, or with a clock that was set back."""
    case = take(database)
    noticing.tell_in_time(database, DUE)
    noticing.tell_in_time(database, DUE + later)
    assert len(told(database, case)) == 1


def test_a_job_that_comes_too_late_tells_all_the_same_but_that_was_not_in_time(database: Database) -> None:
    case = take(database)
    noticing.tell_in_time(database, T + timedelta(hours=5))
    (notice,) = told(database, case)
    assert notice.promised_at is not None
    assert notice.promised_at > T + timedelta(hours=5)
    with database.reading() as session:
        found = promises.figures_of(session, case.channel_id, None, None, T + timedelta(hours=6))
    assert (found.broken, found.told) == (1, 0)


def test_what_was_merged_is_answered_with_the_other_and_is_told_of_its_own_promise(database: Database) -> None:
    one, other = take(database), take(database, thread="t2", minutes=30)
    do(database, lambda session: store.merge(session, one.id, into_id=other.id, member_id=3, now=at(60), version=None))
    assert noticing.tell_in_time(database, T + timedelta(hours=1)) == 2
    assert (len(told(database, one)), len(told(database, other))) == (1, 1)


def test_what_was_merged_is_told_nothing_when_the_other_was_answered(database: Database) -> None:
    one, other = take(database), take(database, thread="t2", minutes=30)
    do(database, lambda session: store.merge(session, one.id, into_id=other.id, member_id=3, now=at(60), version=None))
    do(database, lambda session: store.answer(session, other.id, text="Ja.", member_id=3, now=at(70), version=None))
    assert noticing.tell_in_time(database, T + timedelta(hours=1)) == 0
    assert told(database, one) == told(database, other) == []


def test_a_case_that_is_opened_again_is_looked_at_again(database: Database) -> None:
    case = take(database)
    do(database, lambda session: store.close(session, case.id, member_id=3, now=at(100), version=None))
    noticing.tell_in_time(database, DUE)
    do(database, lambda session: store.reopen(session, case.id, member_id=3, now=at(220), version=None))
    noticing.tell_in_time(database, at(221))
    assert len(told(database, case)) == 1


def test_who_writes_again_after_an_answer_is_told_about_the_new_promise(database: Database) -> None:
    case = take(database)
    with database.transaction() as session:
        channel = session.get_one(Channel, case.channel_id)
        store.take_message(session, channel, answered(10), at(10))
        store.take_message(session, channel, asked(60), at(60))
    again = promise_of(database, case)
    assert again.sequence == 1
    assert again.promised_at is not None
    assert noticing.tell_in_time(database, again.promised_at - timedelta(minutes=32)) == 0
    assert noticing.tell_in_time(database, again.promised_at - timedelta(minutes=31)) == 1


def test_a_promise_of_half_an_hour_is_told_of_as_soon_as_possible(database: Database) -> None:
    """Where the company announces its norm, that may be as short: the notice is due before the promise is made."""
    half_an_hour = [PriorityClass(each.code, each.name_nl, each.name_en, 30) for each in DEFAULT_CLASSES]
    with database.transaction() as session:
        save_organisation(session, name="Proef", now=at(0), actor_id=None)
        save_settings(session, announces_norm=True, shows_queue=False, now=at(0), actor_id=None)
        save_matrix(session, half_an_hour, DEFAULT_MATRIX, now=at(0), actor_id=None)
        taken = store.take_message(session, a_channel(session), asked(0), at(0))
        assert taken.case
    assert promise_of(database, taken.case).promised_at == at(30)
    assert noticing.tell_in_time(database, at(0)) == 1


@pytest.mark.parametrize(
    ("named", "reason"), [("x", RevisionReason.OUTAGE), ("y", RevisionReason.NOT_REACHED), ("", RevisionReason.OUTAGE)]
)
def test_in_a_calamity_that_touches_the_channel_the_reason_is_the_outage(
    database: Database, named: str, reason: RevisionReason
) -> None:
    case = take(database)
    with database.transaction() as session:
        channels = {"x": case.channel_id, "y": a_channel(session, "y").id}
        incidents.publish_incident(
            session,
            title_nl="Storing",
            body_nl="Er is iets.",
            is_calamity=True,
            channel_ids=[channels[named]] if named else [],
            now=at(10),
            actor_id=None,
        )
    noticing.tell_in_time(database, DUE)
    assert [each.reason for each in told(database, case)] == [reason]


def test_in_a_calamity_declared_because_many_write_the_reason_is_that_and_no_outage(database: Database) -> None:
    case = take(database)
    with database.transaction() as session:
        incident = incidents.publish_incident(
            session, title_nl="Veel vragen", body_nl="Het is druk.", is_calamity=True, now=at(10), actor_id=None
        )
        noticed = {"noticed_at": at(5), "seen": 90, "usual": 4.0, "minutes": 60, "hour_seen": 90, "hour_usual": 4.0}
        session.add(Surge(channel_id=case.channel_id, incident_id=incident.id, **noticed))
    noticing.tell_in_time(database, DUE)
    assert [each.reason for each in told(database, case)] == [RevisionReason.MANY_QUESTIONS]


def test_where_no_time_can_be_promised_the_customer_hears_so_before_the_time_they_were_told(database: Database) -> None:
    """And as soon as the calendar opens again, a time."""
    with database.transaction() as session:
        never = parse_calendar({"timezone": "Europe/Amsterdam", "weekly": {}})
        save_schedule(session, a_channel(session, "nooit").id, never, valid_from=START, now=START, actor_id=None)
    case, other = take(database, channel="nooit"), take(database, thread="t2", channel="nooit", minutes=1_000)
    hear_by = promise_of(database, case).hear_by
    assert hear_by is not None
    assert noticing.tell_in_time(database, hear_by - timedelta(minutes=2)) == 0
    noticing.tell_in_time(database, hear_by - timedelta(minutes=1))
    (notice,) = told(database, case)
    assert (notice.promised_at, notice.hear_by) == (None, hear_by + timedelta(days=1))
    with database.transaction() as session:
        week = {day: [["09:00", "17:00"]] for day in ("mon", "tue", "wed", "thu", "fri", "sat", "sun")}
        open_again = parse_calendar({"timezone": "Europe/Amsterdam", "weekly": week})
        save_schedule(session, case.channel_id, open_again, valid_from=hear_by, now=hear_by, actor_id=None)
    noticing.tell_in_time(database, hear_by + timedelta(days=1))
    assert [each.hear_by for each in told(database, other)] == [None]


def test_a_hundred_due_at_once_take_as_few_statements_as_one(database: Database) -> None:
    def cost(number: int, prefix: str) -> int:
        for each in range(number):
            take(database, thread=f"{prefix}{each}")
        with statements(database) as seen:
            assert noticing.tell_in_time(database, DUE) == number
        return len(seen)

    few = cost(2, "a")
    assert cost(40, "b") <= few + 2


def test_several_workers_at_once_tell_each_customer_once(database: Database) -> None:
    cases = [take(database, thread=f"t{number}") for number in range(30)]
    faults: list[BaseException] = []

    def work() -> None:
        try:
            noticing.tell_in_time(database, DUE)
        except BaseException as error:  # noqa: BLE001 - told to the test below
            faults.append(error)

    workers = [threading.Thread(target=work) for _ in range(4)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    noticing.tell_in_time(database, DUE)
    assert faults == []
    assert [len(told(database, case)) for case in cases] == [1] * 30


def counts(database: Database) -> tuple[int, int]:
    """How many notices there are, and how many events that say so."""
    with database.reading() as session:
        notices = session.scalar(select(func.count()).select_from(PromiseRevision))
        events = session.scalar(select(func.count()).select_from(Event).where(Event.kind == "promise.revised"))
        return notices or 0, events or 0


@pytest.mark.slow
def test_a_worker_killed_between_any_two_steps_leaves_all_of_a_notice_or_nothing_and_the_next_one_goes_on(
    database: Database,
) -> None:
    def tell(on: Database, now: datetime = DUE) -> int:
        return noticing.tell_in_time(on, now)

    take(database, thread="first")
    lines = lines_of(lambda: tell(database), MODULES)
    assert len(lines) > 50
    for number, line in enumerate(lines):
        pair = [take(database, thread=f"t{number}-{each}") for each in range(2)]
        before = counts(database)
        die_at(line, database, tell, MODULES)
        after = counts(database)
        assert (after[0] - before[0], after[1] - before[1]) in {(0, 0), (2, 2)}, line
        tell(database)
        assert [[each.number for each in told(database, case)] for case in pair] == [[1], [1]], line
        assert counts(database) == (before[0] + 2, before[1] + 2), line

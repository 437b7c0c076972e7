"""The database itself keeps what was promised: through plain SQL, on both databases."""

from collections.abc import Iterator
from datetime import timedelta

import pytest
from sqlalchemy import select, text
from sqlalchemy.exc import DatabaseError

from portal.promises.models import Promise, PromiseRevision
from portal.promises.rules import Impact, Urgency
from portal.promises.store import correct_receipt, merge, overrule
from tests.promises.conftest import Ledger, ask_again, local

CHANGES = (
    "UPDATE promises SET promised_at = '2026-03-12 09:00:00.000000' WHERE id = 1",
    "UPDATE promises SET promised_at = NULL WHERE id = 1",
    "UPDATE promises SET promised_at = '2026-03-12 09:00:00.000000' WHERE promised_at IS NULL",
    "UPDATE promises SET made_at = '2026-03-12 09:00:00.000000' WHERE id = 1",
    "UPDATE promises SET received_at = '2026-03-09 08:00:00.000001' WHERE id = 1",
    "UPDATE promises SET received_on = '2026-12-01' WHERE id = 1",
    "UPDATE promises SET sequence = 7 WHERE id = 1",
    "UPDATE promises SET case_id = 99 WHERE id = 1",
    "UPDATE promises SET case_id = 99, sequence = 1 WHERE id = 1",
    "UPDATE promises SET sequence = 2 WHERE id = 4",
    "UPDATE promises SET case_id = 99 WHERE id = 4",
    "UPDATE promises SET channel_id = (SELECT max(id) FROM channels) WHERE id = 1",
    "UPDATE promises SET id = 99 WHERE id = 3",
    "DELETE FROM promises WHERE id = 3",
    "DELETE FROM promises",
    "UPDATE promise_revisions SET promised_at = '2026-03-12 09:00:00.000000'",
    "UPDATE promise_revisions SET sentence_nl = 'Iets anders'",
    "DELETE FROM promise_revisions",
)
ON_SQLITE = (
    "INSERT OR REPLACE INTO promises SELECT * FROM promises WHERE id = 1",
    "UPDATE OR REPLACE promises SET case_id = 2, sequence = 0 WHERE id = 4",
    "REPLACE INTO promise_revisions SELECT * FROM promise_revisions",
    """INSERT OR REPLACE INTO promise_revisions (promise_id, number, made_at, promised_at, reason, sentence_nl, sentence_en)
    SELECT promise_id, number, made_at, promised_at, reason, 'Iets anders', '' FROM promise_revisions""",
)
ON_POSTGRESQL = ("TRUNCATE promises, promise_revisions CASCADE", "TRUNCATE promise_revisions", "TRUNCATE channels CASCADE")


@pytest.fixture
def told(ledger: Ledger) -> Iterator[Ledger]:
    """A promise with a revision, one without a time, one worked out afterwards and a later one: as they were in the end."""
    ledger.tell(ledger.receive("2026-03-09 09:00"), "2026-03-11 10:00", "2026-03-09 12:00", by=3)
    ledger.receive("2026-03-09 09:00", channel_id=ledger.add_channel("nooit", {}))
    history = ledger.answer(ledger.receive("2026-03-02 09:00", made_at=ledger.now), "2026-03-02 10:00")
    with ledger.session() as session:
        ask_again(session, history.case_id, ledger.now)
    before = contents(ledger)
    assert [len(rows) for rows in before] == [4, 1]
    yield ledger
    assert contents(ledger) == before


def contents(ledger: Ledger) -> list[list[tuple[object, ...]]]:
    with ledger.database.reading() as session:
        tables = (Promise.__table__, PromiseRevision.__table__)
        return [[tuple(row) for row in session.execute(select(table).order_by(table.c.id))] for table in tables]


def refused(ledger: Ledger, statement: str) -> None:
    with pytest.raises(DatabaseError, match=r"what was (promised|told later) stays as it was told"), ledger.session() as session:
        session.execute(text(statement))


@pytest.mark.parametrize("statement", CHANGES)
def test_nobody_changes_or_deletes_what_was_promised_or_told(told: Ledger, statement: str) -> None:
    refused(told, statement)


def test_no_other_way_of_the_database_gets_round_that(told: Ledger) -> None:
    for statement in ON_SQLITE if told.database.engine.dialect.name == "sqlite" else ON_POSTGRESQL:
        refused(told, statement)


def test_what_becomes_of_a_promise_can_be_written_as_ever(ledger: Ledger) -> None:
    promise, other = ledger.receive("2026-03-09 09:00"), ledger.receive("2026-03-09 09:00")
    with ledger.session() as session:
        correct_receipt(session, promise.case_id, local("2026-03-08 23:00"))
        overrule(session, promise.case_id, Impact.HIGH, Urgency.HIGH, now=ledger.now, actor_id=None)
        merge(session, other.case_id, promise.case_id, now=ledger.now)
    ledger.tell(promise, "2026-03-11 10:00", "2026-03-09 12:00", by=3)
    ledger.answer(promise, "2026-03-09 12:30")
    with ledger.session() as session:
        ask_again(session, promise.case_id, ledger.now)
    found = ledger.look(promise)
    assert (found.promised_at, str(found.received_on)) == (promise.promised_at, "2026-03-09"), (
        "it is counted on the day on which it was told"
    )
    assert ledger.look(other).answered_at == found.answered_at
    ledger.assert_counts_are_those_of_the_promises()


def test_a_promise_of_a_later_answer_may_become_the_first_one_of_another_case(ledger: Ledger) -> None:
    first = ledger.answer(ledger.receive("2026-03-09 09:00"), "2026-03-09 09:30")
    with ledger.session() as session:
        later = ask_again(session, first.case_id, ledger.now)
        session.execute(text(f"UPDATE promises SET case_id = 99, sequence = 0 WHERE id = {later.id}"))  # noqa: S608 - a number
    assert (ledger.look(later).case_id, ledger.look(later).sequence) == (99, 0)


def test_what_was_told_to_nobody_is_worked_out_again_from_an_earlier_receipt(ledger: Ledger) -> None:
    promise = ledger.receive("2026-03-02 09:00", made_at=ledger.now)
    with ledger.session() as session:
        correct_receipt(session, promise.case_id, promise.received_at - timedelta(days=3))
    assert ledger.look(promise).promised_at == local("2026-02-27 13:00")
    with ledger.database.reading() as session:
        assert session.query(Promise).count() == 1

"""What staff keep ready goes out by itself while its customer waits, and is gone with the wait."""

from collections.abc import Callable
from datetime import timedelta

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.cases import contesting, noticing, store, tracking_store
from portal.cases.models import Case, CaseMessage
from portal.cases.noticing import Choice
from portal.cases.rules import Change
from portal.db import Database
from portal.organisation.models import Channel
from portal.promises import store as promises
from portal.promises.models import ReadyNotice
from portal.promises.rules import RevisionReason
from portal.promises.store import News
from tests.cases.builders import answered, asked, at
from tests.cases.noticing_builders import DUE, T, do, take, told

ENDS: dict[str, Callable[[Session, Case], object]] = {
    "answered": lambda session, case: store.take_message(
        session, session.get_one(Channel, case.channel_id), answered(100), at(100)
    ),
    "closed": lambda session, case: store.close(session, case.id, member_id=3, now=at(100), version=None),
    "solved by the customer": lambda session, case: store.close(session, case.id, member_id=None, now=at(100), version=None),
    "spam": lambda session, case: store.mark_spam(session, case.id, member_id=3, now=at(100), version=None),
    "withdrawn by the customer": lambda session, case: tracking_store.withdraw(session, case.id, at(100)),
    "deleted by the customer": lambda session, case: store.take_message(
        session,
        session.get_one(Channel, case.channel_id),
        asked(100, message_id="t1", author_id="t1", change=Change.DELETED),
        at(100),
    ),
    "withdrawn": lambda session, case: store.withdraw(session, case.id, member_id=3, now=at(100), version=None),
}


@pytest.mark.parametrize("end", ENDS)
def test_who_waits_no_longer_hears_nothing_and_is_not_looked_at_again(database: Database, end: str) -> None:
    case = take(database)
    with database.transaction() as session:
        chosen = News(promises.promise_of(session, case.id), None, RevisionReason.ILLNESS, made_by=3)
        promises.keep_ready(session, [chosen], at(50))
        ENDS[end](session, case)
    assert noticing.tell_in_time(database, DUE) == 0
    assert told(database, case) == []
    with database.reading() as session:
        assert promises.due(session, T + timedelta(days=9), 10) == []


def kept_ready(database: Database) -> list[ReadyNotice]:
    with database.reading() as session:
        return list(session.scalars(select(ReadyNotice)))


def keep_ready(database: Database, case: Case) -> None:
    do(
        database,
        lambda session: noticing.keep_ready(session, [case.id], Choice(RevisionReason.ILLNESS, None, "Ziek.", "Ill.", 3), at(50)),
    )
    assert len(kept_ready(database)) == 1


@pytest.mark.parametrize("end", ENDS)
def test_what_is_kept_ready_ends_with_the_wait(database: Database, end: str) -> None:
    """Else it would go out days later, when the case is open again, with a reason of then and as if staff said it now."""
    case = take(database)
    keep_ready(database, case)
    do(database, lambda session: ENDS[end](session, case))
    assert kept_ready(database) == []


def test_what_is_kept_ready_for_what_was_merged_ends_with_the_answer_to_the_other(database: Database) -> None:
    one, other = take(database), take(database, thread="t2", minutes=30)
    keep_ready(database, one)
    do(database, lambda session: store.merge(session, one.id, into_id=other.id, member_id=3, now=at(60), version=None))
    assert len(kept_ready(database)) == 1
    do(database, lambda session: store.answer(session, other.id, text="Ja.", member_id=3, now=at(70), version=None))
    assert kept_ready(database) == []


def test_a_note_leaves_what_is_kept_ready(database: Database) -> None:
    case = take(database)
    keep_ready(database, case)
    do(database, lambda session: store.add_note(session, case.id, text="Nog even.", member_id=3, now=at(70)))
    do(database, lambda session: store.add_customer_message(session, case.id, text="Weet u al iets?", now=at(75)))
    assert len(kept_ready(database)) == 1


def test_an_answer_that_is_contested_days_later_brings_no_old_reason_back(database: Database) -> None:
    case = take(database)
    keep_ready(database, case)
    with database.transaction() as session:
        channel = session.get_one(Channel, case.channel_id)
        store.take_message(session, channel, answered(100, is_automatic=True, is_full_answer=True), at(100))
    later = at(100) + timedelta(days=10)
    with database.transaction() as session:
        answer = session.scalars(select(CaseMessage).where(CaseMessage.counts_as_answer)).one()
        contesting.contest(session, answer, later)
    assert noticing.tell_in_time(database, later) == 1
    (notice,) = told(database, case)
    assert (notice.reason, notice.sentence_nl, notice.made_by) == (RevisionReason.NOT_REACHED, "", None)


def test_a_reason_that_staff_chose_is_what_the_customer_reads(database: Database) -> None:
    case = take(database)
    until = T + timedelta(hours=7)
    with database.transaction() as session:
        promise = promises.promise_of(session, case.id)
        promises.keep_ready(
            session, [News(promise, until, RevisionReason.ILLNESS, "Twee collega's zijn ziek.", made_by=3)], at(60)
        )
    assert told(database, case) == []
    noticing.tell_in_time(database, DUE)
    (notice,) = told(database, case)
    assert (notice.reason, notice.sentence_nl, notice.made_by) == (RevisionReason.ILLNESS, "Twee collega's zijn ziek.", 3)
    assert notice.promised_at == until
    with database.reading() as session:
        assert session.query(ReadyNotice).count() == 0


def test_a_chosen_time_that_has_come_nearer_than_the_promise_gives_way_to_the_estimate(database: Database) -> None:
    case = take(database)
    with database.transaction() as session:
        chosen = News(promises.promise_of(session, case.id), T + timedelta(minutes=30), RevisionReason.ILLNESS, made_by=3)
        promises.keep_ready(session, [chosen], at(60))
    noticing.tell_in_time(database, T + timedelta(hours=2))
    (notice,) = told(database, case)
    assert notice.promised_at is not None
    assert notice.promised_at > T + timedelta(hours=2)

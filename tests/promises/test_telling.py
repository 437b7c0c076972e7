"""Two notices at most, the second one by a person, whoever writes them: the tables themselves refuse anything else."""

from datetime import datetime, timedelta

import pytest
from sqlalchemy import select
from sqlalchemy.exc import IntegrityError

from portal.errors import Conflict, Invalid
from portal.events.models import Event
from portal.promises import store
from portal.promises.models import Promise, PromiseRevision, ReadyNotice
from portal.promises.rules import RevisionReason
from portal.promises.store import News
from tests.promises.conftest import Ledger, local
from tests.statements import statements


def revisions(ledger: Ledger, promise: Promise) -> list[PromiseRevision]:
    with ledger.database.reading() as session:
        return list(store.revisions_of(session, promise.case_id))


def test_the_second_notice_comes_from_a_person_and_there_is_no_third(ledger: Ledger) -> None:
    promise = ledger.receive("2026-03-10 09:00")
    ledger.tell(promise, "2026-03-10 15:00", "2026-03-10 12:30")
    with pytest.raises(Conflict, match="from a person"):
        ledger.tell(promise, "2026-03-10 16:00", "2026-03-10 14:30")
    assert ledger.tell(promise, "2026-03-10 16:00", "2026-03-10 14:30", by=3).notices == 2
    with pytest.raises(Conflict, match="twice"):
        ledger.tell(promise, "2026-03-11 16:00", "2026-03-10 15:30", by=3)
    assert [each.number for each in revisions(ledger, promise)] == [1, 2]


def test_good_news_may_be_told_as_often_as_there_is_any(ledger: Ledger) -> None:
    promise = ledger.receive("2026-03-10 09:00")
    ledger.tell(promise, "2026-03-10 16:00", "2026-03-10 12:30")
    ledger.tell(promise, "2026-03-10 15:30", "2026-03-10 13:30")
    assert ledger.tell(promise, "2026-03-10 15:00", "2026-03-10 14:00", by=3).notices == 1
    assert [each.number for each in revisions(ledger, promise)] == [1, None, None]


def test_the_time_that_the_customer_expects_already_is_no_new_time(ledger: Ledger) -> None:
    promise = ledger.receive("2026-03-10 09:00")
    with pytest.raises(Invalid, match="another time"):
        ledger.tell(promise, "2026-03-10 13:00", "2026-03-10 10:00", by=3)
    ledger.tell(promise, "2026-03-10 16:00", "2026-03-10 10:00", by=3)
    with pytest.raises(Invalid, match="another time"):
        ledger.tell(promise, "2026-03-10 16:00", "2026-03-10 11:00", by=3)
    assert ledger.tell(promise, "2026-03-10 13:00", "2026-03-10 11:00", by=3).notices == 1
    assert [each.number for each in revisions(ledger, promise)] == [1, None]


@pytest.mark.parametrize(
    "facts",
    [{"number": 1}, {"number": 3, "made_by": 3}, {"number": 2}, {"number": 2, "made_by": 3, "promised_at": None}],
    ids=["the first one twice", "a third one", "the second by nobody", "no time at all"],
)
def test_the_tables_hold_no_notice_that_the_rule_forbids(ledger: Ledger, facts: dict[str, object]) -> None:
    promise = ledger.tell(ledger.receive("2026-03-10 09:00"), "2026-03-10 16:00", "2026-03-10 12:30")
    values = {"promise_id": promise.id, "made_at": ledger.now, "promised_at": ledger.now, "made_by": None}
    rest = {"reason": RevisionReason.ILLNESS, "sentence_nl": "", "sentence_en": ""}
    with ledger.session() as session:
        session.add(PromiseRevision(**values | rest | facts))
        with pytest.raises(IntegrityError):
            session.flush()
        session.rollback()


def test_without_opening_hours_the_customer_hears_by_when_they_hear_more(ledger: Ledger) -> None:
    never = ledger.add_channel("nooit", {})
    promise = ledger.receive("2026-03-10 09:00", channel_id=never)
    assert (promise.promised_at, promise.hear_by) == (None, local("2026-03-10 17:00"))
    with ledger.session() as session:
        store.revise(session, promise.case_id, None, RevisionReason.NOT_REACHED, now=local("2026-03-10 16:59"), actor_id=None)
    (revision,) = revisions(ledger, promise)
    assert (revision.promised_at, revision.hear_by) == (None, local("2026-03-11 17:00"))
    assert ledger.look(promise).told_at is None, "nothing was promised, so nothing is told of being later"
    ledger.assert_counts_are_those_of_the_promises()


def test_history_brought_in_is_followed_by_no_notice(ledger: Ledger) -> None:
    never = ledger.add_channel("nooit", {})
    for promise in (
        ledger.receive("2019-05-07 09:00", made_at=ledger.now),
        ledger.receive("2019-05-07 09:00", made_at=ledger.now, channel_id=never),
    ):
        assert (promise.hear_by, promise.notice_at) == (None, None)


def test_what_is_kept_ready_may_be_chosen_anew_and_is_gone_when_the_customer_was_told(ledger: Ledger) -> None:
    promise = ledger.receive("2026-03-10 09:00")
    for number, reason in enumerate((RevisionReason.ILLNESS, RevisionReason.OUTAGE)):
        with ledger.session() as session:
            chosen = News(promise, None, reason, f" Zin {number}. ", made_by=3)
            store.keep_ready(session, [chosen], ledger.now)
    with ledger.database.reading() as session:
        found = store.ready_of(session, [promise.id])[promise.id]
        assert (found.reason, found.sentence_nl, found.chosen_by) == (RevisionReason.OUTAGE, "Zin 1.", 3)
        trail = session.scalars(select(Event).where(Event.kind == "promise.reason_chosen")).all()
        assert [(each.subject, each.actor_id) for each in trail] == [(f"case:{promise.case_id}", 3)] * 2
    ledger.tell(promise, "2026-03-10 16:00", "2026-03-10 12:30", by=4)
    with ledger.database.reading() as session:
        assert session.query(ReadyNotice).count() == 0


def told_at_once(ledger: Ledger, number: int, at: datetime) -> int:
    """How many statements it takes to tell so many customers."""
    with statements(ledger.database) as seen, ledger.session() as session:
        found = session.scalars(select(Promise).where(Promise.notices == 0).limit(number)).all()
        later = at + timedelta(days=1)
        store.tell(session, [News(each, later, RevisionReason.ILLNESS, made_by=3) for each in found], at)
    return len(seen)


def test_many_are_told_with_as_few_statements_as_some(ledger: Ledger) -> None:
    for minute in range(60):
        ledger.receive(local("2026-03-10 09:00") + timedelta(minutes=minute))
    at = local("2026-03-10 11:00")
    few = told_at_once(ledger, 3, at)
    assert told_at_once(ledger, 50, at) <= few + 2
    ledger.assert_counts_are_those_of_the_promises()

"""A database of the release before this one, with what was promised and told in it, comes to this one and goes back."""

from datetime import timedelta

from sqlalchemy import text

from portal import migrating
from portal.cases.store import mark_spam, merge
from portal.promises import store
from portal.promises.desk_log import standings
from portal.promises.desk_memory import forget
from portal.promises.desk_upkeep import keep
from portal.promises.estimator import Basis
from portal.promises.models import Promise, PromiseRevision
from portal.promises.record import Account
from portal.promises.rules import SetAside
from tests.cases.builders import answered, at
from tests.promises.conftest import NINE_TO_FIVE, Door, Ledger, local

BEFORE = "0012"
T = at(240)  # four opening hours after the first message
A_DAY = timedelta(days=1)


def filled(ledger: Ledger) -> dict[str, Promise]:
    """One promise of each kind: answered, late with and without a word, waiting, set aside, and history."""
    start = ledger.now - timedelta(days=2)
    late, told_late, told_waiting = (ledger.receive(start + timedelta(minutes=number)) for number in range(3))
    for promise in (told_late, told_waiting):
        ledger.tell(promise, "2030-03-12 10:00", "2026-03-08 15:00")
    answered = {
        "late": ledger.answer(late, ledger.now),
        "told late": ledger.answer(told_late, ledger.now),
        "kept": ledger.answer(ledger.receive(start), start + timedelta(minutes=20)),
        "history": ledger.answer(
            ledger.receive(start - timedelta(days=9), made_at=ledger.now), start - timedelta(days=8, hours=-1)
        ),
    }
    spam = ledger.receive(ledger.now)
    ahead = ledger.receive("2030-03-11 09:00", channel_id=ledger.add_channel("ander", NINE_TO_FIVE))  # when nobody migrates now
    with ledger.session() as session:
        store.set_aside(session, spam.case_id, SetAside.SPAM, now=ledger.now)
    return {**answered, "told waiting": told_waiting, "spam": spam, "ahead": ahead}


def go(ledger: Ledger, revision: str) -> None:
    with ledger.database.reading() as session:
        forget(session)
    (migrating.upgrade if revision == "head" else migrating.downgrade)(ledger.database, revision)
    ledger.database.engine.dispose()


def test_what_was_promised_before_counts_as_if_it_were_counted_now(ledger: Ledger) -> None:
    there = filled(ledger)
    go(ledger, BEFORE)
    with ledger.session() as session:
        assert session.scalar(text("SELECT count(*) FROM promise_revisions")) == 2
    go(ledger, "head")
    ledger.assert_counts_are_those_of_the_promises()
    found = {name: ledger.look(promise) for name, promise in there.items()}
    assert {name: promise.promised_at for name, promise in found.items()} == {
        name: promise.promised_at for name, promise in there.items()
    }
    assert {name for name, promise in found.items() if promise.told_at} == {"told late", "told waiting"}
    assert {name for name, promise in found.items() if promise.notices} == {"told late", "told waiting"}
    assert found["ahead"].promised_at
    assert found["ahead"].notice_at == found["ahead"].promised_at - timedelta(minutes=31)
    assert found["told waiting"].notice_at == local("2030-03-12 09:29")
    with ledger.database.reading() as session:
        assert session.query(PromiseRevision).filter_by(number=1).count() == 2


def test_desks_learn_within_a_minute_from_what_was_answered_before(ledger: Ledger) -> None:
    ledger.handled([30.0] * 12, start=local("2026-03-09 09:00"))
    go(ledger, BEFORE)
    go(ledger, "head")
    keep(ledger.database, ledger.now)
    with ledger.database.reading() as session:
        stand = standings(session)[ledger.channel_id]
    assert stand.asked == stand.rebuilt
    assert ledger.receive(ledger.now).basis is Basis.MEASURED


def test_what_was_changed_after_the_promised_time_before_it_was_counted_is_told_where_it_is_known(door: Door) -> None:
    """From the journal when something became spam, from the messages when an answer came in."""
    threads = "in time", "late", "reported", "spam in time", "spam", "merged"
    cases = {thread: door.ask(0, thread) for thread in (*threads, "into")}
    door.take(answered(30, thread_ref="in time"))
    door.take(answered(250, thread_ref="late"), now=T + 2 * A_DAY)
    door.take(answered(30, thread_ref="reported"), now=T + 2 * A_DAY)
    with door.ledger.session() as session:
        mark_spam(session, cases["spam in time"].id, member_id=3, now=at(20), version=None)
        mark_spam(session, cases["spam"].id, member_id=3, now=T + A_DAY, version=None)
        merge(session, cases["merged"].id, into_id=cases["into"].id, member_id=3, now=at(20), version=None)
    door.take(answered(60, thread_ref="into"), now=T + 2 * A_DAY)
    expected = Account(kept=4, broken=1, set_aside=2, removed=1, reported=3)
    assert door.record(T + 3 * A_DAY) == expected
    go(door.ledger, "0017")
    go(door.ledger, "head")
    assert door.record(T + 3 * A_DAY) == expected
    door.ledger.assert_counts_are_those_of_the_promises()

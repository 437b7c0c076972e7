"""The public record, against the plain reading of the promises behind it."""

from dataclasses import fields
from datetime import date, timedelta
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from portal.hours.store import opening_times_of_all
from portal.organisation.store import change_channel, channel_by_id
from portal.promises.figures import Tally
from portal.promises.record import Account, OfChannel, Record, account_in, account_of, months_between, together
from portal.promises.recorded import record_of
from portal.promises.rules import RevisionReason, SetAside
from portal.promises.store import (
    correct_receipt,
    record_answer,
    revise,
    set_aside,
    take_back_answer,
    take_back_set_aside,
    withdraw,
)
from tests.promises.conftest import ZONE, Ledger, ask_again, figures, local
from tests.statements import statements

MARCH, APRIL = date(2026, 3, 1), date(2026, 4, 1)
small = st.integers(0, 30)


def record(ledger: Ledger) -> Record:
    with ledger.database.reading() as session:
        return record_of(session, ledger.now, zone=ZONE, openings=opening_times_of_all(session))


def only(ledger: Ledger) -> OfChannel:
    (found,) = record(ledger).channels
    return found


@given(small, small, small, small, small, small, small, small, small)
def test_every_promise_comes_to_one_thing(  # noqa: PLR0917 - one number for each thing
    kept: int, late: int, over: int, open_: int, aside: int, none: int, then_kept: int, then_late: int, then_none: int
) -> None:
    afterwards = then_kept + then_late + then_none
    tally = Tally(
        received=kept + late + over + open_ + aside + none + afterwards,
        kept=kept + then_kept,
        late=late + then_late,
        set_aside=aside,
        unpromised=none,
        afterwards=afterwards,
        afterwards_kept=then_kept,
        afterwards_late=then_late,
    )
    found = account_of(tally, open_=open_)
    assert (found.kept, found.broken, found.unanswered, found.open) == (kept, late + over, over, open_)
    assert found.promised + found.set_aside + found.unpromised + found.afterwards == tally.received
    assert found.share == (Fraction(kept, found.decided) if found.decided >= 10 else None)


@given(st.lists(st.builds(Account, *(small for _ in fields(Account))), max_size=5))
def test_accounts_add_up_in_any_order(accounts: list[Account]) -> None:
    assert together(accounts) == together(reversed(accounts))
    assert together(accounts).promised == sum(each.promised for each in accounts)


@pytest.mark.parametrize(
    ("first", "last", "expected"),
    [
        (date(2026, 3, 10), date(2026, 3, 31), (date(2026, 3, 1),)),
        (date(2025, 12, 31), date(2026, 1, 1), (date(2025, 12, 1), date(2026, 1, 1))),
    ],
)
def test_months_are_named_by_their_first_day(first: date, last: date, expected: tuple[date, ...]) -> None:
    assert months_between(first, last) == expected


def test_at_most_ten_years_of_months_are_told() -> None:
    found = months_between(date(1990, 1, 1), date(2026, 3, 10))
    assert (len(found), found[0], found[-1]) == (120, date(2016, 4, 1), date(2026, 3, 1))


def test_kept_late_unanswered_and_open_are_counted_by_day_and_month_of_receipt(ledger: Ledger) -> None:
    ledger.answer(ledger.receive("2026-02-27 10:00"), "2026-02-27 10:30")
    ledger.answer(ledger.receive("2026-03-02 10:00"), "2026-03-03 16:00")
    ledger.receive("2026-03-03 10:00")
    ledger.receive("2026-03-10 13:00")
    withdrawn = ledger.receive("2026-03-04 10:00")
    with ledger.session() as session:
        withdraw(session, [withdrawn.case_id], now=local("2026-03-04 11:00"))
    found = only(ledger)
    assert found.account == Account(kept=1, broken=2, unanswered=1, open=1, set_aside=1)
    assert found.days[date(2026, 3, 3)] == Account(broken=1, unanswered=1)
    assert found.months == {
        date(2026, 2, 1): Account(kept=1),
        date(2026, 3, 1): Account(broken=2, unanswered=1, open=1, set_aside=1),
    }
    assert found.measured_since == date(2026, 2, 27)
    assert record(ledger).months == (date(2026, 2, 1), date(2026, 3, 1))


@pytest.mark.parametrize("today", ["2026-03-10 23:30", "2026-03-31 23:30"], ids=["in a month", "at its end"])
def test_a_request_that_is_counted_on_tomorrow_is_open_in_its_month(ledger: Ledger, today: str) -> None:
    """As when the company has moved to a zone further west, or a clock was set back."""
    ledger.receive(local(today) - timedelta(hours=1))
    tomorrow = ledger.receive(local(today) + timedelta(hours=1)).received_on
    ledger.now = local(today)
    months = {MARCH: Account(open=2)} if tomorrow.month == MARCH.month else {MARCH: Account(open=1), APRIL: Account(open=1)}
    assert only(ledger).months == months


def test_told_beforehand_are_broken_promises_whose_customer_knew_it_in_time(ledger: Ledger) -> None:
    answered, waiting, open_, kept = (ledger.receive(f"2026-03-{day:02} 09:00") for day in (1 + 1, 3, 10, 5))
    for promise in (answered, waiting, open_, kept):
        with ledger.session() as session:
            told = {"now": local(f"{promise.received_on} 10:00"), "actor_id": None}
            later = ledger.now + timedelta(days=1)
            revise(session, promise.case_id, later, RevisionReason.ILLNESS, **told)  # type: ignore[arg-type]
    ledger.answer(answered, "2026-03-04 10:00")
    ledger.answer(kept, "2026-03-05 11:00")
    ledger.now = local("2026-03-10 12:00")
    assert only(ledger).account == Account(kept=1, broken=2, unanswered=1, told=2, open=1)
    assert only(ledger).months[date(2026, 3, 1)] == only(ledger).account == account_in(figures(ledger))


def test_the_first_of_a_month_is_a_day_and_not_the_month(ledger: Ledger) -> None:
    always = ledger.add_channel("altijd", None)
    ledger.now = local("2026-03-01 12:00")
    ledger.receive("2026-03-01 11:30", channel_id=always)
    ledger.now = local("2026-03-02 09:01")
    ledger.receive("2026-03-02 09:00", channel_id=always)
    found = only(ledger)
    assert found.days[date(2026, 3, 1)] == Account(broken=1, unanswered=1)
    assert found.months[date(2026, 3, 1)] == Account(broken=1, unanswered=1, open=1)


def test_the_record_of_four_weeks_is_what_the_response_times_say(ledger: Ledger) -> None:
    ledger.handled([10] * 20 + [3000] * 3, start=local("2026-03-03 09:00"))
    ledger.receive("2026-03-10 13:00")
    found = figures(ledger)
    assert only(ledger).account == account_in(found)
    assert (only(ledger).account.broken, only(ledger).account.share) == (found.broken, found.share_in_time)


def test_what_was_judged_afterwards_is_no_promise_that_was_made(ledger: Ledger) -> None:
    for number in range(12):
        promise = ledger.receive(f"2026-02-20 09:{number:02}", made_at=ledger.now)
        if number:
            ledger.answer(promise, "2026-02-20 10:00" if number < 9 else "2026-02-27 10:00")
    assert only(ledger).account == Account(afterwards=12, afterwards_kept=8)
    assert only(ledger).promised == {}


def test_it_is_measured_since_the_first_promise_that_was_told_by_our_own_clock(ledger: Ledger) -> None:
    ledger.answer(ledger.receive("2026-02-27 10:00"), "2026-02-27 10:30")
    ledger.receive("2019-05-06 10:00", made_at=ledger.now)
    moved = ledger.receive("2026-03-05 10:00")
    with ledger.session() as session:
        correct_receipt(session, moved.case_id, local("2018-01-08 10:00"))
    spam = ledger.receive("2019-06-03 10:00", made_at=local("2019-06-03 10:00"))
    with ledger.session() as session:
        set_aside(session, spam.case_id, SetAside.SPAM, now=local("2019-06-03 10:05"))
    found = record(ledger)
    assert found.measured_since == only(ledger).measured_since == date(2026, 2, 27)
    assert found.months == (date(2026, 2, 1), date(2026, 3, 1))
    assert found.month(date(2026, 3, 1)) == Account(broken=1, unanswered=1), "it is counted when it was told"
    assert only(ledger).months.keys() & {date(2019, 5, 1), date(2019, 6, 1)} == set()


def test_a_first_promise_told_after_midnight_was_told_then(ledger: Ledger) -> None:
    ledger.receive("2026-02-28 23:59", made_at=local("2026-03-01 00:01"))
    ledger.receive("2026-03-03 10:00")
    assert only(ledger).measured_since == date(2026, 3, 1)
    assert record(ledger).months == (date(2026, 2, 1), date(2026, 3, 1))


def test_measuring_began_with_a_customer_who_was_told_a_time_and_withdrew(ledger: Ledger) -> None:
    first = ledger.receive("2026-02-27 10:00")
    ledger.receive("2026-03-03 10:00")
    with ledger.session() as session:
        withdraw(session, [first.case_id], now=local("2026-02-27 11:00"))
    assert only(ledger).measured_since == date(2026, 2, 27)


@pytest.mark.parametrize(("at", "since"), [("14:00", date(2026, 3, 3)), ("14:01", date(2026, 2, 27))])
def test_what_became_spam_after_the_promised_time_does_not_move_the_day_on_which_measuring_began(
    ledger: Ledger, at: str, since: date
) -> None:
    first = ledger.receive("2026-02-27 10:00")
    ledger.receive("2026-03-03 10:00")
    with ledger.session() as session:
        set_aside(session, first.case_id, SetAside.SPAM, now=local(f"2026-02-27 {at}"))
    assert only(ledger).measured_since == since


def test_a_later_promise_of_a_question_begins_no_measuring(ledger: Ledger) -> None:
    asked = ledger.answer(ledger.receive("2026-02-20 09:00", made_at=local("2026-02-25 09:00")), "2026-02-20 10:00")
    with ledger.session() as session:
        ask_again(session, asked.case_id, local("2026-02-26 09:00"))
    ledger.receive("2026-02-27 10:00")
    assert only(ledger).measured_since == date(2026, 2, 27)


def test_history_alone_begins_no_measuring(ledger: Ledger) -> None:
    ledger.receive("2026-02-20 09:00", made_at=ledger.now)
    found = record(ledger)
    assert (found.measured_since, found.months) == (None, ())
    assert found.account == Account(afterwards=1)


@pytest.mark.parametrize(("at", "removed"), [("13:00", 0), ("13:01", 1)])
def test_spam_is_left_out_and_what_became_spam_after_the_promised_time_is_counted_apart(
    ledger: Ledger, at: str, removed: int
) -> None:
    promise = ledger.receive("2026-03-09 09:00")
    with ledger.session() as session:
        set_aside(session, promise.case_id, SetAside.SPAM, now=local(f"2026-03-09 {at}"))
    assert only(ledger).account == Account(set_aside=1, removed=removed)
    assert only(ledger).months == ({MARCH: only(ledger).account} if removed else {}), "a month with nothing promised is no month"
    ledger.assert_counts_are_those_of_the_promises()
    with ledger.session() as session:
        set_aside(session, promise.case_id, SetAside.SPAM, now=ledger.now)
    assert only(ledger).account.removed == removed, "it counts when it was first set aside"
    with ledger.session() as session:
        take_back_set_aside(session, promise.case_id, now=ledger.now)
    assert only(ledger).account == Account(broken=1, unanswered=1)
    with ledger.session() as session:
        set_aside(session, promise.case_id, SetAside.SPAM, now=ledger.now)
    assert only(ledger).account == Account(set_aside=1, removed=1)
    ledger.assert_counts_are_those_of_the_promises()


def test_spam_in_a_history_was_promised_nothing_that_could_be_removed(ledger: Ledger) -> None:
    promise = ledger.receive("2026-03-04 09:00", made_at=ledger.now)
    with ledger.session() as session:
        set_aside(session, promise.case_id, SetAside.SPAM, now=ledger.now)
    assert only(ledger).account == Account(set_aside=1)


@pytest.mark.parametrize(("known", "reported"), [("14:00", 0), ("14:01", 1)])
def test_an_answer_in_time_that_was_heard_of_long_after_it_is_kept_and_counted_apart(
    ledger: Ledger, known: str, reported: int
) -> None:
    """The promised time is one o'clock: mail may be late for an hour before it could be said to be made up."""
    promise = ledger.receive("2026-03-09 09:00")
    ledger.answer(promise, "2026-03-09 13:30")
    with ledger.session() as session:
        known_at = local(f"2026-03-09 {known}")
        record_answer(session, promise.case_id, local("2026-03-09 13:00"), ledger.now, known_at=known_at)
    assert only(ledger).account == only(ledger).months[MARCH] == Account(kept=1, reported=reported)
    ledger.assert_counts_are_those_of_the_promises()
    with ledger.session() as session:
        correct_receipt(session, promise.case_id, local("2026-03-09 08:50"))
    assert only(ledger).account == Account(kept=1, reported=reported)
    with ledger.session() as session:
        take_back_answer(session, promise.case_id, now=ledger.now)
    assert only(ledger).account == Account(broken=1, unanswered=1)
    ledger.assert_counts_are_those_of_the_promises()


def test_an_answer_that_is_late_anyway_may_be_heard_of_at_any_time(ledger: Ledger) -> None:
    promise = ledger.receive("2026-03-09 09:00")
    with ledger.session() as session:
        record_answer(session, promise.case_id, local("2026-03-09 13:01"), ledger.now)
    assert only(ledger).account == Account(broken=1)


def test_the_promised_time_is_kept_in_opening_time(ledger: Ledger) -> None:
    late_in_the_day = ledger.receive("2026-03-09 16:00")
    assert (late_in_the_day.promised_at, late_in_the_day.promised_seconds) == (local("2026-03-10 12:00"), 4 * 3600)
    found = only(ledger).promised[date(2026, 3, 9)]
    assert found.total == 1
    ledger.assert_counts_are_those_of_the_promises()


def test_an_earlier_receipt_makes_the_promised_time_longer_as_it_does_the_wait(ledger: Ledger) -> None:
    promise = ledger.receive("2026-03-09 16:00")
    with ledger.session() as session:
        correct_receipt(session, promise.case_id, local("2026-03-09 15:00"))
    assert ledger.look(promise).promised_seconds == 5 * 3600
    ledger.assert_counts_are_those_of_the_promises()


def test_a_channel_that_is_hidden_takes_its_record_not_with_it(ledger: Ledger) -> None:
    ledger.answer(ledger.receive("2026-03-02 10:00"), "2026-03-03 16:00")
    with ledger.session() as session:
        channel = channel_by_id(session, ledger.channel_id)
        facts = {name: getattr(channel, name) for name in ("name", "account", "address", "note_nl", "note_en")}
        change_channel(session, channel, **facts, is_public=False, now=ledger.now, actor_id=None)
    assert (only(ledger).slug, only(ledger).name, only(ledger).account) == ("", "", Account(broken=1))


def test_days_are_drawn_for_all_channels_together(ledger: Ledger) -> None:
    other = ledger.add_channel("ander", None)
    ledger.handled([30] * 6, start=local("2026-03-09 09:00"))
    for number in range(6):
        received_at = local("2026-03-09 09:00") + timedelta(minutes=number)
        ledger.answer(ledger.receive(received_at, channel_id=other), received_at + timedelta(minutes=60))
    (step,) = [each for each in record(ledger).steps() if each.group.spread.number]
    assert (step.group.first, step.group.spread.number, step.group.promised.number) == (date(2026, 3, 9), 12, 12)
    assert step.group.spread.p90
    assert step.group.spread.p90.seconds == pytest.approx(3600, rel=0.01)
    assert step.group.promised.median
    assert step.group.promised.median.seconds == pytest.approx(4 * 3600, rel=0.01 + 1 / 8)
    assert step.account == Account(kept=12)


def test_it_takes_six_queries_whatever_the_number_of_channels(ledger: Ledger) -> None:
    for name in ("a", "b", "c"):
        ledger.receive("2026-03-09 09:00", channel_id=ledger.add_channel(name, None))
    with statements(ledger.database) as seen:
        assert len(record(ledger).channels) == 3
    assert len([each for each in seen if each.startswith("SELECT")]) == 6, seen


def test_days_of_receipt_before_measuring_began_add_no_query(ledger: Ledger) -> None:
    for number in range(5):
        moved = ledger.receive(f"2026-03-09 09:0{number}")
        with ledger.session() as session:
            correct_receipt(session, moved.case_id, local(f"2018-01-0{number + 1} 10:00"))
    with statements(ledger.database) as seen:
        assert record(ledger).measured_since == date(2026, 3, 9)
    assert len([each for each in seen if each.startswith("SELECT")]) == 6, seen

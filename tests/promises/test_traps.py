"""The traps of counting response times, one test each, through the door that messages really come in by.

Each is a way in which a figure elsewhere came out better than the truth. They are numbered as in the list of traps that this
portal's promises are measured by.
"""

from collections.abc import Callable
from datetime import date, datetime, timedelta
from fractions import Fraction

import pytest

from portal.cases import noticing, store, tracking_store
from portal.cases.journey import State
from portal.cases.models import Case, CaseMessage
from portal.cases.rules import UNANSWERED, CaseState, Change
from portal.cases.tracking_models import Opinion
from portal.cases.tracking_store import give_opinion, own_view
from portal.hours.reading import parse_calendar
from portal.hours.store import save_schedule
from portal.organisation.models import Channel
from portal.promises import store as promises
from portal.promises.desk_log import standings
from portal.promises.desk_memory import memory_of
from portal.promises.desk_rebuilding import rebuilt
from portal.promises.desk_upkeep import keep
from portal.promises.priorities import add_rule
from portal.promises.record import Account
from portal.promises.rules import Impact, Outcome, SetAside, Urgency, outcome
from tests.cases.builders import START, answered, asked, at
from tests.promises.conftest import NINE_TO_FIVE, Door, figures, local

T = at(240)  # four opening hours after START, which is Tuesday at nine
A_DAY = timedelta(days=1)


@pytest.mark.parametrize("said", ["We hebben uw bericht.", "Wij zijn er niet.", "Een collega neemt het over."])
def test_t01_an_acknowledgement_an_away_text_and_a_bots_hand_off_are_no_response(door: Door, said: str) -> None:
    case = door.ask()
    door.take(answered(1, text=said, is_automatic=True))
    (promise,) = door.promises(case)
    assert (promise.answered_at, door.case(case).state) == (None, CaseState.NEW)
    assert door.figures(T + timedelta(minutes=1)).broken == 1


def test_t02_an_internal_note_is_no_response(door: Door) -> None:
    case = door.ask()
    with door.ledger.session() as session:
        store.add_note(session, case.id, text="Bel de chauffeur.", member_id=3, now=at(5))
    assert door.promises(case)[0].answered_at is None


def test_t03_an_automatic_message_marked_as_full_answer_stops_the_clock_and_the_customer_can_contest_it(door: Door) -> None:
    case = door.ask()
    door.reply(2, is_automatic=True, is_full_answer=True)
    assert [each.wait_seconds for each in door.promises(case)] == [120]
    assert door.case(case).state is CaseState.ANSWERED
    with door.ledger.session() as session:
        message = session.query(CaseMessage).filter_by(case_id=case.id, counts_as_answer=True).one()
        give_opinion(session, case.id, message.id, helped=False, text="Dat vroeg ik niet.", now=at(20))
    (promise,) = door.promises(case)
    assert (promise.answered_at, promise.promised_at) == (None, T), "the clock runs on from the question"
    assert door.case(case).oldest_unanswered_at == START
    assert noticing.tell_in_time(door.ledger.database, T - timedelta(minutes=31)) == 1
    door.reply(300)
    assert [each.wait_seconds for each in door.promises(case)] == [300 * 60]
    assert door.figures(at(301)).tally.late == 1


@pytest.mark.parametrize(("later", "is_open_again"), [(timedelta(days=14), True), (timedelta(days=14, seconds=1), False)])
def test_t03_an_automatic_answer_can_be_contested_for_two_weeks(door: Door, later: timedelta, is_open_again: bool) -> None:  # noqa: FBT001
    """After that a month that was published is not counted anew; the customer's opinion is kept."""
    case = door.ask()
    door.reply(2, is_automatic=True, is_full_answer=True)
    with door.ledger.session() as session:
        message = session.query(CaseMessage).filter_by(case_id=case.id, counts_as_answer=True).one()
        give_opinion(session, case.id, message.id, helped=False, text="Nee.", now=message.created_at + later)
    assert [each.answered_at is None for each in door.promises(case)] == [is_open_again]
    assert (door.case(case).state is not CaseState.ANSWERED) is is_open_again
    with door.ledger.session() as session:
        assert [each.helped for each in session.query(Opinion)] == [False]


def _contests(door: Door, case: Case, now: datetime) -> None:
    """The customer says of the first message that was taken for an answer that it was none."""
    with door.ledger.session() as session:
        message = session.query(CaseMessage).filter_by(case_id=case.id, counts_as_answer=True).order_by(CaseMessage.id).first()
        assert message
        give_opinion(session, case.id, message.id, helped=False, text="", now=now)


@pytest.mark.parametrize(("by", "is_reply"), [(0.5, False), (60, True)], ids=["a little", "an hour"])
def test_t03_an_automatic_answer_whose_clock_is_behind_can_be_contested_too(door: Door, by: float, *, is_reply: bool) -> None:
    case = door.take(asked(0, message_id="q"))
    door.take(answered(-by, parent_ref="q" if is_reply else "", is_automatic=True, is_full_answer=True), now=at(1))
    assert [each.wait_seconds for each in door.promises(case)] == [0]
    _contests(door, case, at(70))
    assert [each.answered_at for each in door.promises(case)] == [None]
    assert noticing.tell_in_time(door.ledger.database, T - timedelta(minutes=31)) == 1


def test_t03_an_answer_whose_clock_is_behind_counts_in_the_place_of_a_contested_one(door: Door) -> None:
    case = door.take(asked(0, message_id="q"))
    for message_id in ("first", "second"):
        facts = {"is_automatic": True, "is_full_answer": True} if message_id == "first" else {}
        door.take(answered(-1, message_id=message_id, parent_ref="q", **facts), now=at(1))
    _contests(door, case, at(70))
    assert [(each.answered_at, each.wait_seconds) for each in door.promises(case)] == [(at(0), 0)]


def test_t03_what_a_person_wrote_after_the_contested_message_counts_in_its_place(door: Door) -> None:
    case = door.ask()
    door.reply(2, is_automatic=True, is_full_answer=True)
    door.reply(30)
    _contests(door, case, at(40))
    assert [each.wait_seconds for each in door.promises(case)] == [1800]
    assert door.case(case).state is CaseState.ANSWERED


def test_t03_what_a_person_wrote_stays_an_answer_whether_or_not_it_helped(door: Door) -> None:
    case = door.ask()
    door.reply(30)
    with door.ledger.session() as session:
        message = session.query(CaseMessage).filter_by(case_id=case.id, counts_as_answer=True).one()
        give_opinion(session, case.id, message.id, helped=False, text="Onzin.", now=at(40))
    assert [each.wait_seconds for each in door.promises(case)] == [1800]


def test_t04_an_answer_on_another_channel_of_the_same_request_counts(door: Door) -> None:
    by_mail = door.ledger.add_channel("mail", NINE_TO_FIVE)
    case, same = door.ask(), door.ask(5, "mail-1", channel_id=by_mail)
    with door.ledger.session() as session:
        store.merge(session, same.id, into_id=case.id, member_id=3, now=at(10), version=None)
    door.reply(30, "mail-1", channel_id=by_mail)
    assert [each.wait_seconds for each in door.promises(case)] == [1800]
    assert [each.wait_seconds for each in door.promises(same)] == [1500]


def test_t05_never_answered_is_broken_at_its_time_and_counts_as_at_least(door: Door) -> None:
    door.handled(10)
    for each in range(5):
        door.ask(20 + each, f"never-{each}")
    now = at(8 * 60)
    found = door.figures(now)
    assert (found.tally.kept, found.broken, found.waiting.overdue) == (10, 5, 5)
    assert found.spread.number == 15
    assert found.spread.p90 is not None
    assert found.spread.p90.is_at_least
    assert found.spread.p90.seconds == pytest.approx(7.6 * 3600, rel=0.05)
    assert door.record(now) == Account(kept=10, broken=5, unanswered=5)
    assert door.record(now + 60 * A_DAY) == Account(), "only by month after four weeks"
    assert [door.whole_record(now + 60 * A_DAY).month(date(2026, 3, 1))] == [Account(kept=10, broken=5, unanswered=5)]


def test_t06_closed_without_an_answer_is_broken_at_its_time(door: Door) -> None:
    case = door.ask()
    with door.ledger.session() as session:
        store.close(session, case.id, member_id=3, now=at(30), version=None)
    assert door.figures(T).broken == 0
    assert door.figures(T + timedelta(seconds=1)).broken == 1
    assert door.record(T) == Account(open=1)
    assert door.record(T + timedelta(seconds=1)) == Account(broken=1, unanswered=1)


def test_t06_deleted_by_the_customer_after_its_time_stays_broken(door: Door) -> None:
    early, late = (door.ask(0, thread, message_id=thread) for thread in ("in time", "too late"))
    for case, minutes in ((early, 200), (late, 300)):
        door.take(asked(minutes, thread_ref=case.thread_ref, message_id=case.thread_ref, change=Change.DELETED, text=""))
    assert door.record(at(301)) == Account(broken=1, unanswered=1, set_aside=1)


def test_t07_of_two_merged_requests_the_earliest_receipt_and_promise_stay_and_one_answer_answers_both(door: Door) -> None:
    early, late = door.ask(0, "t1"), door.ask(60, "t2")
    with door.ledger.session() as session:
        store.merge(session, early.id, into_id=late.id, member_id=3, now=at(70), version=None)
    assert door.case(late).received_at == START
    assert [each.promised_at for each in door.promises(early)] == [T]
    door.reply(250, "t2")
    (first,), (second,) = door.promises(early), door.promises(late)
    assert first.answered_with_id == late.id
    assert (first.answered_at, second.answered_at) == (at(250), at(250))
    assert first.wait_seconds == 250 * 60
    assert door.figures(at(260)).tally.received == 2


def test_t08_what_is_split_off_is_a_new_request_with_a_new_clock(door: Door) -> None:
    """A question of its own comes in a conversation of its own, or two weeks after the answer."""
    case, other = door.ask(0, "t1"), door.ask(60, "t2")
    door.reply(90, "t1")
    assert [each.answered_at for each in door.promises(other)] == [None]
    assert door.promises(other)[0].received_at == at(60)
    much_later = 15 * 24 * 60
    again = door.ask(much_later, "t1")
    assert again.id != case.id
    assert [(each.sequence, each.received_at) for each in door.promises(again)] == [(0, at(much_later))]


def test_t08_a_split_by_hand_is_a_new_request_with_a_new_clock_and_no_shorter_wait(door: Door) -> None:
    case = door.ask(0, text="Bus?")
    door.ask(60, text="Geld terug?")
    new = door.split(case, "Geld terug?", at(120))
    (old,), (promise,) = door.promises(case), door.promises(new)
    assert (old.promised_at, old.received_at) == (T, START), "the first keeps its promise and its clock"
    assert promise.promised_at == at(120 + 240), "nobody promised anything about it before"
    door.reply(150)  # on the channel, where it answers the newest question that waits
    door.reply(160)
    assert [each.wait_seconds for each in door.promises(new)] == [90 * 60], "its customer waits since the message"
    assert [each.wait_seconds for each in door.promises(case)] == [160 * 60]
    found = door.figures(T + A_DAY)
    assert (found.tally.received, found.tally.kept, found.tally.late) == (2, 2, 0)


def test_t08_a_split_loses_no_promise_that_is_about_to_break(door: Door) -> None:
    case = door.ask(0, text="Bus?")
    door.reply(10)
    door.ask(20, text="Geld terug?")
    new = door.split(case, "Geld terug?", at(255))
    assert [(each.promised_at, each.sequence) for each in door.promises(new)] == [(at(270), 0)]
    found = door.figures(at(271))
    assert (found.tally.kept, found.broken) == (1, 1)


@pytest.mark.parametrize("days", [0, 3], ids=["the same day", "days later"])
def test_t08_the_desk_knows_the_same_of_a_split_however_it_came_to_know_it(door: Door, days: int) -> None:
    case = door.ask(0, text="Bus?")
    door.ask(5, text="Geld terug?")
    now = at(30) + days * A_DAY
    new = door.split(case, "Geld terug?", now)
    database, channel_id = door.ledger.database, door.ledger.channel_id
    with door.ledger.session() as session:
        store.answer(session, case.id, text="Ja.", member_id=3, now=now + timedelta(minutes=5), version=None)
    keep(database, now + timedelta(minutes=6))  # which makes a desk anew that heard of history
    with door.ledger.session() as session:
        store.answer(session, new.id, text="Ja.", member_id=3, now=now + timedelta(minutes=9), version=None)
    with database.reading() as session:
        memory = memory_of(session)
        memory.catch_up(session, standings(session, [channel_id]))
        kept = memory.desks[channel_id].desk.as_json()
        assert rebuilt(session, channel_id, now + timedelta(minutes=10)).desk.as_json() == kept
    door.figures(now + timedelta(minutes=10))


def test_t09_after_reopening_the_next_response_runs_from_the_new_message_and_resolution_never_stopped(door: Door) -> None:
    case = door.ask()
    door.reply(10)
    with door.ledger.session() as session:
        store.close(session, case.id, member_id=3, now=at(20), version=None)
    a_week = 7 * 24 * 60
    again = door.ask(a_week + 120)
    assert again.id == case.id
    assert (door.case(case).received_at, door.case(case).is_over) == (START, False), "resolution runs to the last closing"
    with door.ledger.database.reading() as session:
        assert own_view(session, case.id, at(a_week + 121)).standing.state is State.PROMISED_AGAIN
    first, second = door.promises(case)
    assert second.received_at == at(a_week + 120)
    door.reply(a_week + 130)
    assert [each.wait_seconds for each in door.promises(case)] == [600, 600]
    assert first.wait_seconds == 600
    assert door.figures(at(a_week + 140)).tally.received == 1, "the figures are about first answers"


@pytest.mark.parametrize("closes", [False, True])
def test_t10_a_thank_you_after_the_answer_becomes_no_broken_promise(door: Door, closes: bool) -> None:  # noqa: FBT001 - named by the table
    case = door.ask()
    door.reply(10)
    if closes:
        with door.ledger.session() as session:
            store.close(session, case.id, member_id=3, now=at(12), version=None)
    door.ask(15, text="Bedankt!")
    noticing.tell_in_time(door.ledger.database, at(3 * 24 * 60))
    assert [each.notices for each in door.promises(case)] == [0]
    found = door.figures(at(3 * 24 * 60))
    assert (found.tally.kept, found.broken) == (1, 0)


@pytest.mark.parametrize("stays", ["the answered one", "the thanks"])
def test_t10_thanks_that_came_as_a_question_of_their_own_are_no_broken_promise_after_a_merger(door: Door, stays: str) -> None:
    one = door.ask(0, "t1")
    door.reply(10, "t1")
    thanks = door.ask(20, "t2", text="Bedankt!")
    gone, kept = (thanks, one) if stays == "the answered one" else (one, thanks)
    with door.ledger.session() as session:
        store.merge(session, gone.id, into_id=kept.id, member_id=3, now=at(25), version=None)
    assert door.case(kept).state is CaseState.ANSWERED
    assert [each.set_aside for each in door.promises(thanks)] == [SetAside.NO_ANSWER_NEEDED]
    assert noticing.tell_in_time(door.ledger.database, T) == 0
    assert door.figures(T + A_DAY).broken == 0


def test_t10_thanks_merged_when_their_promise_was_broken_leave_it_broken(door: Door) -> None:
    one = door.ask(0, "t1")
    door.reply(10, "t1")
    thanks = door.ask(20, "t2", text="Bedankt!")
    with door.ledger.session() as session:
        store.merge(session, thanks.id, into_id=one.id, member_id=3, now=T + A_DAY, version=None)
    assert door.figures(T + A_DAY).broken == 1


def test_t10_a_question_after_an_answer_that_is_edited_to_mere_thanks_waits_no_longer(door: Door) -> None:
    case = door.ask()
    door.reply(10)
    door.take(asked(20, message_id="again", text="Welke bus?"))
    door.take(asked(21, message_id="again", change=Change.EDITED, text="Bedankt!"))
    assert door.case(case).state is CaseState.ANSWERED
    assert [each.set_aside for each in door.promises(case)] == [SetAside.NONE, SetAside.NO_ANSWER_NEEDED]
    door.take(asked(22, message_id="again", change=Change.EDITED, text="Bedankt, maar welke bus?"))
    assert door.case(case).state is CaseState.OPEN
    assert [each.set_aside for each in door.promises(case)][2:] == [SetAside.NONE]


def test_t11_a_second_message_before_the_answer_leaves_the_clock_at_the_first(door: Door) -> None:
    case = door.ask()
    door.ask(60, text="Hallo?")
    door.reply(90)
    assert [(each.received_at, each.promised_at, each.wait_seconds) for each in door.promises(case)] == [(START, T, 90 * 60)]


def test_t12_spam_and_withdrawn_are_out_of_the_rate_and_their_number_is_shown(door: Door) -> None:
    spam, withdrawn, kept = door.ask(0, "t1"), door.ask(1, "t2"), door.ask(2, "t3")
    with door.ledger.session() as session:
        store.mark_spam(session, spam.id, member_id=3, now=at(5), version=None)
        store.withdraw(session, withdrawn.id, member_id=3, now=at(5), version=None)
    door.reply(10, "t3")
    found = door.figures(T + A_DAY)
    assert (found.tally.set_aside, found.judged, found.tally.kept, found.spread.number) == (2, 1, 1, 1)
    assert door.promises(kept)[0].wait_seconds == 480
    assert door.record(T + A_DAY) == Account(kept=1, set_aside=2)


def test_t12_what_becomes_spam_after_its_promise_broke_is_shown_to_have_been_removed_then(door: Door) -> None:
    spam, _waits = door.ask(0, "t1"), door.ask(1, "t2")
    assert door.record(T + A_DAY) == Account(broken=2, unanswered=2)
    with door.ledger.session() as session:
        store.mark_spam(session, spam.id, member_id=3, now=T + A_DAY, version=None)
    assert door.record(T + A_DAY) == Account(broken=1, unanswered=1, set_aside=1, removed=1)


def _customer_withdraws(door: Door, case: Case, now: datetime) -> None:
    with door.ledger.session() as session:
        assert tracking_store.withdraw(session, case.id, now)


def _staff_withdraw(door: Door, case: Case, now: datetime) -> None:
    with door.ledger.session() as session:
        store.withdraw(session, case.id, member_id=3, now=now, version=None)


def _customer_deletes(door: Door, case: Case, now: datetime) -> None:
    with door.ledger.session() as session:
        known = store.messages_of(session, case.id)[0].message_id
    minutes = (now - START) / timedelta(minutes=1)
    door.take(asked(minutes, message_id=known, thread_ref="t1", change=Change.DELETED))


WITHDRAWALS = [_customer_withdraws, _staff_withdraw, _customer_deletes]


@pytest.mark.parametrize("withdraw", WITHDRAWALS)
@pytest.mark.parametrize(
    ("at_", "set_aside", "broken"),
    [(at(5), 1, 0), (T, 1, 0), (T + timedelta(seconds=1), 0, 1), (T + A_DAY, 0, 1)],
    ids=["early", "at the promised instant", "a second late", "a day late"],
)
def test_t12_withdrawn_in_time_is_out_of_the_rate_and_afterwards_the_promise_stays_broken(
    door: Door, withdraw: Callable[[Door, Case, datetime], None], at_: datetime, set_aside: int, broken: int
) -> None:
    case = door.ask()
    withdraw(door, case, at_)
    assert door.case(case).state is CaseState.WITHDRAWN
    (promise,) = door.promises(case)
    assert (promise.answered_at, promise.wait_seconds, promise.left_at) == (None, None, at_), "never an answer"
    found = door.figures(T + 2 * A_DAY)
    assert (found.tally.set_aside, found.broken, found.judged) == (set_aside, broken, broken)


def test_t12_a_withdrawal_after_an_answer_leaves_what_was_kept_and_what_was_late(door: Door) -> None:
    kept, late = door.ask(0, "t1"), door.ask(0, "t2")
    door.reply(10, "t1")
    door.reply(300, "t2")
    for case in (kept, late):
        door.ask(310, case.thread_ref, text="En de terugreis?")
        _customer_withdraws(door, case, at(320))
    assert [[each.set_aside for each in door.promises(case)] for case in (kept, late)] == [
        [SetAside.NONE, SetAside.WITHDRAWN],
    ] * 2
    found = door.figures(T + A_DAY)
    assert (found.tally.kept, found.tally.late, found.tally.set_aside) == (1, 1, 0)


def test_t12_what_is_wanted_after_all_counts_by_its_first_promise(door: Door) -> None:
    """Else a promise that is about to break could be withdrawn and asked for again."""
    back, written = door.ask(0, "t1"), door.ask(0, "t2")
    for case in (back, written):
        _customer_withdraws(door, case, at(200))
    with door.ledger.session() as session:
        assert tracking_store.want_after_all(session, back.id, at(300))
    door.ask(300, "t2", text="Toch wel.")
    for case in (back, written):
        (promise,) = door.promises(case)
        assert (promise.promised_at, promise.set_aside, promise.left_at) == (T, SetAside.NONE, None)
        assert door.case(case).state is CaseState.OPEN
    assert door.figures(at(310)).broken == 2
    door.reply(320, "t1")
    assert [each.wait_seconds for each in door.promises(back)] == [320 * 60]


def _customer_says_solved(door: Door, case: Case, now: datetime) -> None:
    with door.ledger.session() as session:
        tracking_store.say_solved(session, case.id, now)


def _customer_writes(door: Door, case: Case, now: datetime) -> None:
    with door.ledger.session() as session:
        tracking_store.write(session, case.id, "Toch niet.", now)


def _message_comes_in(door: Door, case: Case, now: datetime) -> None:
    door.ask((now - START) / timedelta(minutes=1), case.thread_ref, text="Toch niet.")


def _staff_reopen(door: Door, case: Case, now: datetime) -> None:
    with door.ledger.session() as session:
        store.reopen(session, case.id, member_id=3, now=now, version=None)


OPENINGS = [_customer_writes, _message_comes_in, _staff_reopen]
Step = Callable[[Door, Case, datetime], None]


@pytest.mark.parametrize("opens", OPENINGS)
@pytest.mark.parametrize("ends", [_customer_says_solved, _customer_withdraws])
@pytest.mark.parametrize(
    ("ended_at", "opened_at"), [(5, 10), (5, 300), (300, 310)], ids=["in time", "in time, then late", "late"]
)
def test_t12_what_is_open_again_after_its_customer_needed_no_answer_counts_by_its_first_promise(
    door: Door, ends: Step, opens: Step, ended_at: float, opened_at: float
) -> None:
    case = door.ask()
    ends(door, case, at(ended_at))
    assert door.promises(case)[0].left_at == at(ended_at)
    opens(door, case, at(opened_at))
    assert door.case(case).state is CaseState.OPEN
    (promise,) = door.promises(case)
    assert (promise.promised_at, promise.set_aside, promise.set_aside_at, promise.left_at) == (T, SetAside.NONE, None, None)
    told = noticing.tell_in_time(door.ledger.database, T - timedelta(minutes=20)) if opened_at < 240 else 0
    assert told == (opened_at < 240)
    assert door.record(at(opened_at + 240)) == Account(broken=1, unanswered=1, told=told)
    (behind,) = door.promises(door.ask(opened_at + 1, "t2"))
    assert behind.ahead == 1, "the desk heard that it waits again"
    door.reply(opened_at + 2)
    assert [each.wait_seconds for each in door.promises(case)] == [(opened_at + 2) * 60]


def _merged(door: Door, *threads: tuple[str, str]) -> list[Case]:
    """Questions of these threads and authors, the others merged into the first after five minutes."""
    with door.ledger.session() as session:
        channel = session.get_one(Channel, door.ledger.channel_id)
        taken = (
            store.take_message(session, channel, asked(0, thread_ref=name, author_id=author, message_id=name), START).case
            for name, author in threads
        )
        made = [case for case in taken if case]
        for gone in made[1:]:
            store.merge(session, gone.id, into_id=made[0].id, member_id=3, now=at(5), version=None)
        return made


def _asides(door: Door, cases: list[Case]) -> list[SetAside]:
    return [door.promises(case)[0].set_aside for case in cases]


@pytest.mark.parametrize("ends", [_customer_withdraws, _customer_says_solved])
def test_t12_what_was_merged_into_a_question_goes_with_it_where_the_customer_is_the_same(door: Door, ends: Step) -> None:
    cases = _merged(door, ("t1", "jan"), ("t2", "jan"))
    ends(door, cases[0], at(10))
    assert _asides(door, cases) == [SetAside.WITHDRAWN] * 2
    _staff_reopen(door, cases[0], at(20))
    assert _asides(door, cases) == [SetAside.NONE] * 2
    door.reply(30, "t1")
    assert [door.promises(case)[0].wait_seconds for case in cases] == [1800] * 2


@pytest.mark.parametrize("ends", [_customer_withdraws, _customer_says_solved])
def test_t12_another_customers_question_that_was_merged_waits_on(door: Door, ends: Step) -> None:
    cases = _merged(door, ("t1", "jan"), ("t2", "piet"))
    ends(door, cases[0], at(10))
    assert _asides(door, cases) == [SetAside.WITHDRAWN, SetAside.NONE]
    assert door.case(cases[0]).state in UNANSWERED
    door.reply(30, "t1")
    assert door.promises(cases[1])[0].wait_seconds == 1800
    assert door.record(T + A_DAY) == Account(kept=1, set_aside=1)


def test_t12_a_customer_who_deletes_all_that_was_merged_withdraws_all_of_it(door: Door) -> None:
    cases = _merged(door, ("t1", "jan"), ("t2", "jan"))
    for minutes, thread in ((10, "t1"), (11, "t2")):
        door.take(asked(minutes, thread_ref=thread, message_id=thread, change=Change.DELETED))
    assert _asides(door, cases) == [SetAside.WITHDRAWN] * 2
    assert door.record(T + A_DAY) == Account(set_aside=2)


def test_t12_a_second_question_merged_after_the_answer_is_solved_too_when_its_customer_says_so(door: Door) -> None:
    with door.ledger.session() as session:
        channel = session.get_one(Channel, door.ledger.channel_id)
        kept = store.take_message(session, channel, asked(0, thread_ref="t1"), START).case
    door.reply(10, "t1")
    with door.ledger.session() as session:
        gone = store.take_message(session, channel, asked(20, thread_ref="t2"), at(20)).case
        assert kept
        assert gone
        store.merge(session, gone.id, into_id=kept.id, member_id=3, now=at(25), version=None)
    _customer_says_solved(door, kept, at(30))
    assert _asides(door, [gone]) == [SetAside.WITHDRAWN]


def test_t12_of_two_unknown_customers_one_withdraws_nothing_of_the_other(door: Door) -> None:
    cases = _merged(door, ("t1", ""), ("t2", ""))
    assert [door.case(case).contact_id for case in cases] == [None, None]
    _customer_withdraws(door, cases[0], at(10))
    assert _asides(door, cases) == [SetAside.WITHDRAWN, SetAside.NONE]


def test_t12_a_contested_answer_to_what_was_solved_late_waits_again_once(door: Door) -> None:
    case = door.ask()
    _customer_says_solved(door, case, at(300))
    door.reply(305, is_automatic=True, is_full_answer=True)
    with door.ledger.session() as session:
        message = session.query(CaseMessage).filter_by(case_id=case.id, counts_as_answer=True).one()
        give_opinion(session, case.id, message.id, helped=False, text="", now=at(310))
    assert [(each.answered_at, each.left_at) for each in door.promises(case)] == [(None, None)]
    _customer_writes(door, case, at(320))
    (behind,) = door.promises(door.ask(321, "t2"))
    assert behind.ahead == 1
    assert door.record(at(330)) == Account(broken=1, unanswered=1, open=1)


def test_t12_what_needed_no_answer_still_needs_none_when_its_customer_asks_something_else(door: Door) -> None:
    case = door.ask()
    door.reply(10)
    door.ask(20, text="En de terugreis?")
    _customer_says_solved(door, case, at(30))
    door.ask(40, text="En het perron?")
    assert [each.set_aside for each in door.promises(case)] == [SetAside.NONE, SetAside.NO_ANSWER_NEEDED, SetAside.NONE]


def test_t13_a_message_outside_hours_counts_from_the_next_opening(door: Door) -> None:
    case = door.ask(-120)
    assert [each.promised_at for each in door.promises(case)] == [T]
    door.reply(30)
    assert [each.wait_seconds for each in door.promises(case)] == [1800]


def test_t14_an_answer_outside_hours_is_a_wait_of_nought_and_not_of_nothing(door: Door) -> None:
    case = door.ask(-120)
    door.reply(-60)
    assert [each.wait_seconds for each in door.promises(case)] == [0]
    found = door.figures(at(10))
    assert (found.tally.unmeasured, found.answered.total, found.tally.kept) == (0, 1, 1)


def test_t15_a_calendar_changed_afterwards_leaves_the_promise_and_counts_for_the_wait(door: Door) -> None:
    case = door.ask(300)  # at two o'clock
    (before,) = door.promises(case)
    assert before.promised_at == local("2026-03-11 10:00")
    closed_early = parse_calendar({"timezone": "Europe/Amsterdam", "weekly": {**NINE_TO_FIVE, "tue": [["09:00", "15:00"]]}})
    with door.ledger.session() as session:
        opens = {"valid_from": local("2026-03-10 14:30"), "now": local("2026-03-10 14:30")}
        save_schedule(session, door.ledger.channel_id, closed_early, **opens, actor_id=None)
    door.reply(24 * 60 + 60)
    (after,) = door.promises(case)
    assert (after.promised_at, after.schedule_id) == (before.promised_at, before.schedule_id)
    assert after.wait_seconds == 2 * 3600


def test_t16_a_reply_from_before_the_request_by_a_skewed_clock_is_a_wait_of_nought(door: Door) -> None:
    case = door.ask()
    door.take(answered(-1), now=at(5))
    assert [each.wait_seconds for each in door.promises(case)] == [0]


def test_t17_channels_together_are_computed_from_requests_and_not_from_averages(door: Door) -> None:
    slow = door.ledger.add_channel("traag", NINE_TO_FIVE)
    door.handled(30)
    for each in range(10):
        door.ask(each, f"slow-{each}", channel_id=slow)
        door.reply(300, f"slow-{each}", channel_id=slow)
    one, other = door.figures(at(400)), door.figures(at(400), slow)
    assert (one.share_in_time, other.share_in_time) == (1, 0)
    together = door.whole_record(at(400))
    assert (together.account.share, together.account.promised) == (Fraction(30, 40), 40)
    (step,) = [each for each in together.steps() if each.group.spread.number]
    assert step.group.spread.median is not None
    assert step.group.spread.median.seconds == pytest.approx(600, rel=0.02)


def test_t18_a_request_belongs_to_the_day_on_which_it_came_in_by_one_rule(door: Door) -> None:
    case = door.ask(-24 * 60)
    door.reply(30)
    (promise,) = door.promises(case)
    assert str(promise.received_on) == "2026-03-09"
    door.ledger.now = at(60)
    assert figures(door.ledger, period=("2026-03-09", "2026-03-09")).answered.total == 1
    assert figures(door.ledger, period=("2026-03-10", "2026-03-10")).tally.received == 0
    (channel,) = door.whole_record(at(60)).channels
    assert channel.days == {date(2026, 3, 9): Account(broken=1)}


def test_t19_what_a_bot_did_before_a_person_came_is_part_of_the_wait(door: Door) -> None:
    case = door.ask()
    for minute in (1, 5, 20):
        door.reply(minute, is_automatic=True)
    door.reply(60)
    assert [each.wait_seconds for each in door.promises(case)] == [3600]


def test_t20_late_is_broken_though_no_job_had_looked(door: Door) -> None:
    case = door.ask()
    door.take(answered(240 + 1 / 60))
    (promise,) = door.promises(case)
    assert outcome(promise.promised_at, promise.answered_at, at(241)) is Outcome.BROKEN
    noticing.tell_in_time(door.ledger.database, at(241))
    found = door.figures(at(241))
    assert (found.tally.kept, found.broken, found.told) == (0, 1, 0)


@pytest.mark.parametrize(("known_after_minutes", "reported"), [(60, 0), (61, 1), (2 * 24 * 60, 1)])
def test_t20_an_answer_dated_in_time_that_comes_in_long_after_it_is_shown_to_have_been_reported_then(
    door: Door, known_after_minutes: float, reported: int
) -> None:
    door.ask()
    door.take(answered(239), now=T + timedelta(minutes=known_after_minutes))
    assert door.record(T + 3 * A_DAY) == Account(kept=1, reported=reported)


def test_t20_an_answer_that_lay_at_the_door_while_nobody_read_it_was_known_in_time(door: Door) -> None:
    """Also among others that came in later, and in a conversation where it came before its question."""
    with door.ledger.session() as session:
        channel = session.get_one(Channel, door.ledger.channel_id)
        batch = [answered(2, thread_ref="t1"), asked(1, thread_ref="t1"), asked(), answered(239), answered(3000)]
        came_in = [at(3), at(4), at(0), at(239), at(3000)]
        store.take_messages(session, [(channel, each) for each in batch], at(3001), received_at=came_in)
    assert door.record(at(3001)) == Account(kept=1)


def test_t07_an_answer_from_before_a_question_answers_it_through_no_merger(door: Door) -> None:
    gone = door.ask(0, "t1")
    door.reply(10, "t1")
    kept = door.ask(60, "t2")
    with door.ledger.session() as session:
        store.merge(session, gone.id, into_id=kept.id, member_id=3, now=at(70), version=None)
    assert [(each.received_at, each.answered_at) for each in door.promises(kept)] == [(at(60), None)]
    assert door.record(T + A_DAY) == Account(kept=1, broken=1, unanswered=1)
    door.reply(80, "t2")
    assert [each.wait_seconds for each in door.promises(kept)] == [20 * 60]


@pytest.mark.parametrize("stays", ["the earlier", "the later"])
def test_t07_nor_where_it_comes_in_after_the_merger(door: Door, stays: str) -> None:
    early, late = door.ask(0, "t1"), door.ask(60, "t2")
    gone, kept = (late, early) if stays == "the earlier" else (early, late)
    with door.ledger.session() as session:
        store.merge(session, gone.id, into_id=kept.id, member_id=3, now=at(70), version=None)
    door.take(answered(10, thread_ref="t1"), now=at(75))
    first = door.promises(early)[0]
    assert (first.answered_at, first.wait_seconds) == (at(10), 600)
    assert door.promises(late)[0].answered_at is None


def test_t07_nor_through_a_second_merger(door: Door) -> None:
    gone = door.ask(0, "t1")
    door.reply(10, "t1")
    kept, third = door.ask(60, "t2"), door.ask(65, "t3")
    with door.ledger.session() as session:
        store.merge(session, gone.id, into_id=kept.id, member_id=3, now=at(70), version=None)
        store.merge(session, third.id, into_id=kept.id, member_id=3, now=at(71), version=None)
    assert [each.answered_at for case in (kept, third) for each in door.promises(case)] == [None, None]


def test_t07_nobody_hears_of_a_later_answer_who_was_answered_in_the_other_request(door: Door) -> None:
    kept, gone = door.ask(0, "t1"), door.ask(5, "t2")
    door.reply(10, "t1")
    door.take(asked(20, thread_ref="t1"))
    door.reply(40, "t2")
    with door.ledger.session() as session:
        store.merge(session, gone.id, into_id=kept.id, member_id=3, now=at(50), version=None)
    assert noticing.tell_in_time(door.ledger.database, T) == 0
    assert [each.wait_seconds for each in door.promises(kept)] == [600, 1200]


def test_t20_a_merger_that_makes_a_broken_promise_kept_is_shown_to_have_come_later(door: Door) -> None:
    one, other = door.ask(0, "t1"), door.ask(1, "t2")
    door.reply(60, "t2")
    with door.ledger.session() as session:
        store.merge(session, one.id, into_id=other.id, member_id=3, now=T + A_DAY, version=None)
    assert door.record(T + A_DAY) == Account(kept=2, reported=1)


def test_t20_what_a_person_wrote_after_a_contested_answer_was_known_when_it_came(door: Door) -> None:
    case = door.ask()
    door.reply(2, is_automatic=True, is_full_answer=True)
    door.reply(30)
    _contests(door, case, T + A_DAY)
    assert door.record(T + A_DAY) == Account(kept=1)


def test_t20_an_answer_that_we_delete_afterwards_was_given(door: Door) -> None:
    """Most channels never tell of it, and what was sent has been read: one rule for all of them, also where they do."""
    door.ask()
    door.take(answered(30, message_id="gone"))
    door.take(answered(40, message_id="gone", change=Change.DELETED, text=""))
    assert door.record(T + A_DAY) == Account(kept=1)


def test_t20_a_notice_by_a_job_that_came_too_late_is_recorded_and_mends_nothing(door: Door) -> None:
    case = door.ask()
    noticing.tell_in_time(door.ledger.database, T + timedelta(minutes=1))
    door.reply(300)
    (promise,) = door.promises(case)
    assert (promise.notices, promise.told_at) == (1, T + timedelta(minutes=1))
    found = door.figures(at(301))
    assert (found.tally.kept, found.broken, found.told) == (0, 1, 0)


def test_t21_without_a_calendar_clock_time_counts_and_an_empty_calendar_gives_nothing(door: Door) -> None:
    always, never = door.ledger.add_channel("altijd", None), door.ledger.add_channel("nooit", {})
    night = 13 * 60
    by_clock, unknown = door.ask(night, "t1", channel_id=always), door.ask(night, "t1", channel_id=never)
    door.reply(night + 45, channel_id=always)
    door.reply(night + 45, channel_id=never)
    assert [each.wait_seconds for each in door.promises(by_clock)] == [45 * 60]
    assert [(each.promised_at, each.wait_seconds) for each in door.promises(unknown)] == [(None, None)]


def test_t22_one_request_leads_no_list(door: Door) -> None:
    door.handled(9)
    few = door.figures(at(60))
    assert (few.share_in_time, few.spread.median, few.is_enough) == (None, None, False)
    assert (door.record(at(60)).kept, door.record(at(60)).share) == (9, None)
    door.handled(1, minutes=30)
    enough = door.figures(at(60))
    assert (enough.share_in_time, enough.is_enough) == (1, True)
    assert door.record(at(60)).share == 1


def test_t23_closing_after_some_days_is_never_an_answer(door: Door) -> None:
    """By staff, by a rule or by nobody in particular: no closing answers, and one by the customer only sets aside in time."""
    case = door.ask()
    with door.ledger.session() as session:
        store.close(session, case.id, member_id=None, now=T + 3 * A_DAY, version=None)
    (promise,) = door.promises(case)
    assert promise.answered_at is None
    assert door.figures(T + 3 * A_DAY).broken == 1


def test_t24_each_priority_class_has_a_promise_of_its_own(door: Door) -> None:
    with door.ledger.session() as session:
        add_rule(session, words=["gestrand"], impact=Impact.HIGH, urgency=Urgency.HIGH, now=START, actor_id=None)
    calm, urgent = door.ask(0, "t1"), door.ask(0, "t2", text="Ik ben gestrand!")
    assert [(each.class_code, each.promised_at) for each in door.promises(calm)] == [("P3", T)]
    assert [(each.class_code, each.promised_at) for each in door.promises(urgent)] == [("P1", at(60))]
    with door.ledger.session() as session:
        promises.overrule(session, calm.id, Impact.HIGH, Urgency.HIGH, now=at(5), actor_id=3)
    (overruled,) = door.promises(calm)
    assert (overruled.class_code, overruled.current_class_code, overruled.promised_at) == ("P3", "P1", T)

"""Times are Amsterdam's; the tests run on Tuesday 10 March 2026, 14:00."""

from datetime import timedelta

import pytest

from portal.errors import Conflict, Invalid, NotFound
from portal.events.store import trail
from portal.hours.reading import parse_calendar
from portal.hours.store import save_schedule
from portal.promises import priorities, store
from portal.promises.rules import (
    DEFAULT_CLASSES,
    DEFAULT_MATRIX,
    Impact,
    Outcome,
    PriorityClass,
    RevisionReason,
    SetAside,
    Urgency,
    outcome,
)
from tests.promises.conftest import Ledger, ask_again, figures, local


def test_a_promise_is_the_lead_time_in_opening_time_rounded_up_to_the_half_hour(ledger: Ledger) -> None:
    promise = ledger.receive("2026-03-10 09:10")
    assert promise.promised_at == local("2026-03-10 13:30")
    assert (promise.class_code, promise.lead_minutes) == ("P3", 240)


def test_a_promise_that_ends_at_closing_time_is_closing_time_and_an_answer_then_keeps_it(ledger: Ledger) -> None:
    promise = ledger.receive("2026-03-09 13:00")
    assert promise.promised_at == local("2026-03-09 17:00")
    answered = ledger.answer(promise, "2026-03-09 17:00")
    assert outcome(answered.promised_at, answered.answered_at, ledger.now) is Outcome.KEPT


def test_a_promise_keeps_its_basis(ledger: Ledger) -> None:
    promise = ledger.receive("2026-03-10 09:10")
    assert promise.schedule_id is not None
    assert (promise.impact, promise.urgency) == (Impact.NORMAL, Urgency.NORMAL)
    assert promise.made_at == promise.received_at


def test_asking_for_the_promise_of_a_case_again_gives_the_one_that_is_there(ledger: Ledger) -> None:
    promise = ledger.receive("2026-03-10 09:10")
    with ledger.session() as session:
        again = store.make_promise(
            session, case_id=promise.case_id, channel_id=ledger.channel_id, received_at=ledger.now, now=ledger.now
        )
    assert (again.id, again.received_at) == (promise.id, promise.received_at)
    ledger.assert_counts_are_those_of_the_promises()


def test_t9_a_customer_who_writes_again_after_an_answer_gets_a_promise_from_the_new_message(ledger: Ledger) -> None:
    first = ledger.answer(ledger.receive("2026-03-02 09:00"), "2026-03-02 09:10")
    with ledger.session() as session:
        second = ask_again(session, first.case_id, local("2026-03-10 09:00"))
    assert (second.sequence, second.promised_at) == (1, local("2026-03-10 13:00"))
    answered = ledger.answer(second, "2026-03-10 09:20")
    assert answered.wait_seconds == 20 * 60
    assert ledger.look(first).wait_seconds == 10 * 60
    ledger.assert_counts_are_those_of_the_promises()


def test_t10_thanks_after_the_answer_becomes_no_broken_promise(ledger: Ledger) -> None:
    first = ledger.answer(ledger.receive("2026-03-02 09:00"), "2026-03-02 09:10")
    with ledger.session() as session:
        thanks = ask_again(session, first.case_id, local("2026-03-02 09:12"), ledger.now)
        store.set_aside(session, first.case_id, SetAside.NO_ANSWER_NEEDED, now=ledger.now)
    assert ledger.look(thanks).set_aside is SetAside.NO_ANSWER_NEEDED
    assert ledger.look(first).set_aside is SetAside.NONE
    with ledger.session() as session:
        found = store.figures_of(session, ledger.channel_id, None, None, ledger.now)
    assert (found.tally.received, found.tally.kept, found.broken, found.tally.set_aside) == (1, 1, 0, 0)


def test_a_first_message_cannot_be_called_thanks_to_lose_a_broken_promise(ledger: Ledger) -> None:
    promise = ledger.receive("2026-03-02 09:00")
    with ledger.session() as session, pytest.raises(Conflict, match="spam or as withdrawn"):
        store.set_aside(session, promise.case_id, SetAside.NO_ANSWER_NEEDED, now=ledger.now)


def test_t11_a_second_message_before_the_answer_does_not_restart_the_clock(ledger: Ledger) -> None:
    first = ledger.receive("2026-03-10 09:00")
    with ledger.session() as session:
        same = ask_again(session, first.case_id, local("2026-03-10 12:00"), ledger.now)
    assert (same.id, same.promised_at) == (first.id, local("2026-03-10 13:00"))


def test_t13_a_message_outside_hours_counts_from_the_next_opening(ledger: Ledger) -> None:
    promise = ledger.receive("2026-03-07 23:00")
    assert promise.promised_at == local("2026-03-09 13:00")
    assert ledger.answer(promise, "2026-03-09 09:25").wait_seconds == 25 * 60


def test_t14_an_answer_outside_hours_is_no_wait_and_not_nothing(ledger: Ledger) -> None:
    assert ledger.answer(ledger.receive("2026-03-07 23:00"), "2026-03-08 01:00").wait_seconds == 0


def test_t15_hours_changed_afterwards_leave_the_promise_and_count_for_the_wait(ledger: Ledger) -> None:
    promise = ledger.receive("2026-03-10 14:00")
    assert promise.promised_at == local("2026-03-11 10:00")
    shorter = parse_calendar({"timezone": "Europe/Amsterdam", "weekly": {"wed": [["09:00", "17:00"]]}})
    with ledger.session() as session:
        save_schedule(session, ledger.channel_id, shorter, valid_from=local("2026-03-10 15:00"), now=ledger.now, actor_id=None)
    assert ledger.look(promise).promised_at == local("2026-03-11 10:00")
    assert ledger.answer(promise, "2026-03-11 09:30").wait_seconds == 90 * 60


def test_t16_an_answer_from_before_the_request_is_no_wait(ledger: Ledger) -> None:
    answered = ledger.answer(ledger.receive("2026-03-10 09:00"), "2026-03-10 08:58")
    assert answered.wait_seconds == 0
    ledger.assert_counts_are_those_of_the_promises()


def test_an_answer_by_a_clock_that_runs_ahead_was_given_now(ledger: Ledger) -> None:
    promise = ledger.receive("2026-03-10 13:50")
    with ledger.session() as session:
        store.record_answer(session, promise.case_id, local("2026-03-10 20:00"), ledger.now)
    assert ledger.look(promise).wait_seconds == 10 * 60


def test_t21_without_a_calendar_clock_time_counts(ledger: Ledger) -> None:
    always = ledger.add_channel("altijd", None)
    promise = ledger.receive("2026-03-07 23:10", channel_id=always)
    assert (promise.promised_at, promise.schedule_id) == (local("2026-03-08 03:30"), None)
    assert ledger.answer(promise, "2026-03-08 00:10").wait_seconds == 3600


def test_t21_on_an_empty_calendar_nothing_is_promised_and_no_wait_is_measured(ledger: Ledger) -> None:
    never = ledger.add_channel("nooit", {})
    promise = ledger.receive("2026-03-09 10:00", channel_id=never)
    assert promise.promised_at is None
    assert ledger.answer(promise, "2026-03-09 11:00").wait_seconds is None
    with ledger.session() as session:
        tally = store.figures_of(session, never, None, None, ledger.now).tally
    assert (tally.received, tally.unpromised, tally.unmeasured, tally.kept, tally.late) == (1, 1, 1, 0, 0)
    ledger.assert_counts_are_those_of_the_promises()


def test_t24_each_priority_class_has_a_promise_of_its_own(ledger: Ledger) -> None:
    with ledger.session() as session:
        urgent, calm = (
            store.make_promise(
                session,
                case_id=case_id,
                channel_id=ledger.channel_id,
                received_at=local("2026-03-10 09:00"),
                impact=level,
                urgency=Urgency(level.value),
                now=local("2026-03-10 09:00"),
            )
            for case_id, level in ((901, Impact.HIGH), (902, Impact.LOW))
        )
    assert (urgent.class_code, urgent.promised_at) == ("P1", local("2026-03-10 10:00"))
    assert (calm.class_code, calm.promised_at) == ("P4", local("2026-03-10 17:00"))


def test_recording_an_answer_again_changes_nothing(ledger: Ledger) -> None:
    promise = ledger.answer(ledger.receive("2026-03-10 09:00"), "2026-03-10 09:30")
    assert ledger.answer(promise, "2026-03-10 09:30").wait_seconds == 1800
    assert ledger.answer(promise, "2026-03-10 11:00").wait_seconds == 1800
    ledger.assert_counts_are_those_of_the_promises()


def test_t4_the_earliest_answer_counts_in_whatever_order_channels_bring_them(ledger: Ledger) -> None:
    promise = ledger.answer(ledger.receive("2026-03-10 09:00"), "2026-03-10 13:40")
    assert ledger.answer(promise, "2026-03-10 09:15").wait_seconds == 900
    ledger.assert_counts_are_those_of_the_promises()
    with ledger.session() as session:
        found = store.figures_of(session, ledger.channel_id, None, None, ledger.now)
    assert (found.tally.kept, found.tally.late) == (1, 0)


def test_t3_a_contested_automatic_answer_opens_the_promise_again(ledger: Ledger) -> None:
    promise = ledger.answer(ledger.receive("2026-03-10 09:00"), "2026-03-10 09:00")
    with ledger.session() as session:
        store.take_back_answer(session, promise.case_id, now=ledger.now)
    assert ledger.look(promise).answered_at is None
    with ledger.session() as session:
        found = store.figures_of(session, ledger.channel_id, None, None, ledger.now)
    assert (found.waiting.overdue, found.tally.kept) == (1, 0)
    ledger.assert_counts_are_those_of_the_promises()


def test_t8_a_case_split_off_has_a_clock_of_its_own(ledger: Ledger) -> None:
    first = ledger.receive("2026-03-10 09:00")
    split = ledger.receive("2026-03-10 10:00")
    ledger.answer(first, "2026-03-10 10:30")
    assert ledger.look(split).answered_at is None
    assert split.promised_at == local("2026-03-10 14:00")


def test_t7_a_merged_case_keeps_its_promise_and_is_answered_with_the_other(ledger: Ledger) -> None:
    early, late = ledger.receive("2026-03-10 09:00"), ledger.receive("2026-03-10 10:00")
    with ledger.session() as session:
        store.merge(session, early.case_id, late.case_id, now=ledger.now)
    ledger.answer(late, "2026-03-10 11:00")
    assert (ledger.look(early).wait_seconds, ledger.look(late).wait_seconds) == (7200, 3600)
    assert ledger.look(early).promised_at == local("2026-03-10 13:00")
    ledger.assert_counts_are_those_of_the_promises()


def test_t12_spam_leaves_all_counts_but_its_own_number_and_can_come_back(ledger: Ledger) -> None:
    waiting, done = ledger.receive("2026-03-09 09:00"), ledger.receive("2026-03-09 09:00")
    ledger.answer(done, "2026-03-09 09:30")
    for promise in (waiting, done):
        with ledger.session() as session:
            store.set_aside(session, promise.case_id, SetAside.SPAM, now=local("2026-03-09 10:00"))
    with ledger.session() as session:
        found = store.figures_of(session, ledger.channel_id, None, None, ledger.now)
    assert (found.tally.set_aside, found.judged, found.spread.number) == (2, 0, 0)
    ledger.assert_counts_are_those_of_the_promises()
    for promise in (waiting, done):
        with ledger.session() as session:
            store.take_back_set_aside(session, promise.case_id, now=ledger.now)
    with ledger.session() as session:
        found = store.figures_of(session, ledger.channel_id, None, None, ledger.now)
    assert (found.tally.set_aside, found.tally.kept, found.waiting.overdue, found.spread.number) == (0, 1, 1, 2)
    ledger.assert_counts_are_those_of_the_promises()


def test_t12_withdrawn_in_time_leaves_the_counts_and_what_was_answered_or_broken_stays(ledger: Ledger) -> None:
    late, over, kept = (ledger.receive("2026-03-09 09:00") for _ in range(3))
    waiting = ledger.receive(ledger.now)
    ledger.answer(late, "2026-03-09 15:00")
    ledger.answer(kept, "2026-03-09 09:30")
    with ledger.session() as session:
        store.withdraw(session, [each.case_id for each in (late, over, kept, waiting)], now=ledger.now)
    found = figures(ledger)
    assert (found.tally.late, found.waiting.overdue, found.tally.kept, found.tally.set_aside) == (1, 1, 1, 1)
    with ledger.session() as session:
        assert [each.subject for each in trail(session) if each.kind == "promise.set_aside"] == [f"case:{waiting.case_id}"]
    ledger.assert_counts_are_those_of_the_promises()


def test_a_revision_tells_a_new_time_and_leaves_the_promise_as_it_was(ledger: Ledger) -> None:
    promise = ledger.receive("2026-03-10 11:00")
    with ledger.session() as session:
        store.revise(
            session,
            promise.case_id,
            local("2026-03-11 11:00"),
            RevisionReason.ILLNESS,
            sentence_nl=" Er zijn twee collega's ziek. ",
            now=ledger.now,
            actor_id=None,
        )
    answered = ledger.answer(promise, "2026-03-11 10:00")
    assert answered.promised_at == local("2026-03-10 15:00")
    assert outcome(answered.promised_at, answered.answered_at, ledger.now) is Outcome.BROKEN
    with ledger.session() as session:
        (revision,) = store.revisions_of(session, promise.case_id)
    assert (revision.promised_at, revision.reason) == (local("2026-03-11 11:00"), RevisionReason.ILLNESS)
    assert revision.sentence.in_("en").text == "Er zijn twee collega's ziek."
    assert revision.sentence.in_("en").is_fallback


def test_told_in_time_is_the_first_later_time_at_or_before_the_promised_one(ledger: Ledger) -> None:
    promise = ledger.receive("2026-03-10 09:00")
    assert promise.promised_at == local("2026-03-10 13:00")
    assert ledger.tell(promise, "2026-03-10 12:00", "2026-03-10 10:00", by=3).told_at is None  # sooner is no bad news
    assert ledger.tell(promise, "2026-03-10 16:00", "2026-03-10 13:00").told_at == local("2026-03-10 13:00")
    assert ledger.tell(promise, "2026-03-10 17:00", "2026-03-10 13:20", by=3).told_at == local("2026-03-10 13:00")
    assert ledger.look(promise).promised_at == local("2026-03-10 13:00")
    ledger.assert_counts_are_those_of_the_promises()


@pytest.mark.parametrize(
    ("told_at", "answered_at", "counts"),
    [
        ("2026-03-10 12:30", "2026-03-10 13:30", (0, 1, 1)),
        ("2026-03-10 12:30", "2026-03-10 12:50", (1, 0, 0)),  # kept after all
        ("2026-03-10 13:01", "2026-03-10 13:30", (0, 1, 0)),  # told when it was too late
        ("2026-03-10 12:30", None, (0, 1, 1)),
        ("2026-03-10 13:01", None, (0, 1, 0)),
        (None, "2026-03-10 13:30", (0, 1, 0)),
    ],
)
def test_told_beforehand_is_counted_apart_and_mends_no_promise(
    ledger: Ledger, told_at: str | None, answered_at: str | None, counts: tuple[int, int, int]
) -> None:
    promise = ledger.receive("2026-03-10 09:00")
    if told_at:
        ledger.tell(promise, "2026-03-10 16:00", told_at)
    if answered_at:
        ledger.answer(promise, answered_at)
    found = figures(ledger)
    assert (found.tally.kept, found.broken, found.told) == counts
    ledger.assert_counts_are_those_of_the_promises()


def test_told_and_not_yet_due_is_not_counted_as_told_among_the_broken(ledger: Ledger) -> None:
    promise = ledger.receive("2026-03-10 12:00")
    ledger.tell(promise, "2026-03-10 17:00", "2026-03-10 13:30")
    assert (figures(ledger).told, figures(ledger).tally.told_waiting, figures(ledger).waiting.overdue_told) == (0, 1, 0)
    ledger.now = local("2026-03-10 16:01")
    assert (figures(ledger).broken, figures(ledger).told) == (1, 1)


def test_a_revision_into_the_past_is_refused_with_the_field_named(ledger: Ledger) -> None:
    promise = ledger.receive("2026-03-10 11:00")
    with ledger.session() as session, pytest.raises(Invalid) as caught:
        store.revise(session, promise.case_id, ledger.now, RevisionReason.OUTAGE, now=ledger.now, actor_id=None)
    assert caught.value.faults[0].field == "promised_at"


def test_what_has_been_answered_is_not_revised(ledger: Ledger) -> None:
    promise = ledger.answer(ledger.receive("2026-03-10 11:00"), "2026-03-10 11:30")
    later = ledger.now + timedelta(days=1)
    with ledger.session() as session, pytest.raises(Conflict):
        store.revise(session, promise.case_id, later, RevisionReason.OUTAGE, now=ledger.now, actor_id=None)


def test_staff_who_overrule_change_the_class_and_not_the_promised_time(ledger: Ledger) -> None:
    promise = ledger.receive("2026-03-10 11:00")
    with ledger.session() as session:
        store.overrule(session, promise.case_id, Impact.HIGH, Urgency.HIGH, now=ledger.now, actor_id=3)
    seen = ledger.look(promise)
    assert (seen.class_code, seen.current_class_code) == ("P3", "P1")
    assert (seen.impact, seen.current_impact) == (Impact.NORMAL, Impact.HIGH)
    assert seen.promised_at == promise.promised_at


def test_a_changed_matrix_counts_for_new_promises_only(ledger: Ledger) -> None:
    ledger.announce_norm()
    before = ledger.receive("2026-03-10 09:00")
    faster = [PriorityClass(each.code, each.name_nl, each.name_en, 30) for each in DEFAULT_CLASSES]
    with ledger.session() as session:
        priorities.save_matrix(session, faster, DEFAULT_MATRIX, now=ledger.now, actor_id=None)
    assert ledger.look(before).promised_at == local("2026-03-10 13:00")
    assert ledger.receive("2026-03-10 09:00").promised_at == local("2026-03-10 09:30")


def test_of_a_case_without_promise_there_is_nothing_to_find(ledger: Ledger) -> None:
    with ledger.session() as session:
        with pytest.raises(NotFound):
            store.promise_of(session, 404)
        with pytest.raises(NotFound):
            store.overrule(session, 404, Impact.HIGH, Urgency.HIGH, now=ledger.now, actor_id=None)
        store.record_answer(session, 404, ledger.now, ledger.now)
        assert store.promises_of(session, [404]) == {}


def test_an_answer_that_was_none_is_none_for_the_questions_merged_into_it_either(ledger: Ledger) -> None:
    one, other = ledger.receive("2026-03-10 09:00"), ledger.receive("2026-03-10 09:10")
    at = local("2026-03-10 09:30")
    with ledger.session() as session:
        store.merge(session, other.case_id, one.case_id, now=at)
        store.record_answer(session, one.case_id, at, at)
        store.take_back_answer(session, one.case_id, answered_at=at, now=ledger.now)
    assert [ledger.look(each).answered_at for each in (one, other)] == [None, None]
    ledger.assert_counts_are_those_of_the_promises()
    later = local("2026-03-10 11:00")
    with ledger.session() as session:
        store.record_answer(session, one.case_id, later, later)
    assert [ledger.look(each).answered_at for each in (one, other)] == [later, later]

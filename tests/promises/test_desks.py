"""What customers are told: by the desk of a channel, at any minute, on the calendar and by the company's wish."""

from datetime import datetime, timedelta

import pytest

from portal.hours.reading import parse_calendar
from portal.hours.store import opening_times_of, save_schedule
from portal.promises import desks, priorities, store
from portal.promises.announced import AnnouncedNow
from portal.promises.batch import Course
from portal.promises.estimator import Basis
from portal.promises.models import Promise
from portal.promises.rules import DEFAULT_CLASSES, SetAside, Urgency, hear_by
from portal.promises.settings import save_settings
from portal.promises.staffing import plan_staff
from tests.promises.conftest import NINE_TO_FIVE, ZONE, Ledger, local
from tests.statements import statements


def announced(ledger: Ledger, at: datetime, channel_id: int | None = None) -> AnnouncedNow:
    with ledger.database.reading() as session:
        return desks.announced_now(session, at)[channel_id or ledger.channel_id]


def receive_many(ledger: Ledger, number: int, at: datetime) -> list[Promise]:
    """So many messages at once, with the promises that they get."""
    courses = []
    for _ in range(number):
        ledger.cases += 1
        courses.append(Course(ledger.cases, ledger.channel_id, at, at, at, first="vraag"))
    with ledger.session() as session:
        store.follow(session, courses, at)
        return [store.promise_of(session, course.case_id) for course in courses]


def worked_for_weeks(ledger: Ledger, weeks: int = 4) -> None:
    """A desk that answered each of ten messages a day within half an hour, up to the day before."""
    start = ledger.now - timedelta(weeks=weeks)
    with ledger.session() as session:
        for day in range(weeks * 7):
            opens = (start + timedelta(days=day)).astimezone(ZONE).replace(hour=9, minute=0)
            for number in range(10 if opens.weekday() < 5 else 0):
                ledger.cases += 1
                at, answered = opens + timedelta(minutes=40 * number), opens + timedelta(minutes=40 * number + 30)
                course = Course(ledger.cases, ledger.channel_id, at, at, at, first="vraag")
                store.follow(session, [course], at)
                store.record_answer(session, ledger.cases, answered, answered)


def test_a_new_desk_announces_the_target_of_the_class(ledger: Ledger) -> None:
    promise = ledger.receive("2026-03-10 09:00")
    assert promise.promised_at == local("2026-03-10 13:00")
    assert (promise.basis, promise.ahead, promise.queue_minutes, promise.is_norm) == (Basis.STATED, 0, 0, False)


@pytest.mark.parametrize(
    ("delivered", "promised"),
    [("09:15", "13:00"), ("09:16", "13:30"), ("12:05", "16:30"), ("16:00", "2026-03-11 12:00")],
)
def test_what_was_delivered_late_is_promised_a_time_from_when_we_had_it(ledger: Ledger, delivered: str, promised: str) -> None:
    made = ledger.receive("2026-03-10 09:00", made_at=local(f"2026-03-10 {delivered}"))
    assert made.promised_at == local(promised if " " in promised else f"2026-03-10 {promised}")
    assert made.made_at < made.promised_at, "nobody is promised what has passed"
    assert ledger.answer(made, made.promised_at).wait_seconds >= 4 * 3600, "the wait is measured from the receipt all the same"


def test_history_is_judged_by_its_own_day(ledger: Ledger) -> None:
    made = ledger.receive("2026-03-09 09:00", made_at=local("2026-03-10 12:05"))
    assert made.promised_at == local("2026-03-09 13:00")


def test_a_promise_keeps_what_it_rests_on(ledger: Ledger) -> None:
    worked_for_weeks(ledger)
    promise = ledger.receive("2026-03-10 14:00")
    assert promise.basis is Basis.MEASURED
    assert promise.lead_minutes == 240
    assert promise.rest_minutes is not None
    assert 25 < promise.rest_minutes < 60
    assert promise.promised_at == local("2026-03-10 15:00")


def test_who_writes_later_waits_for_those_before(ledger: Ledger) -> None:
    worked_for_weeks(ledger)
    promises = receive_many(ledger, 12, ledger.now)
    assert [promise.ahead for promise in promises] == list(range(12))
    times = [promise.promised_at for promise in promises]
    assert None not in times
    assert times == sorted(times, key=lambda at: at or ledger.now)
    assert times[-1] != times[0]


def test_what_is_set_aside_is_before_nobody(ledger: Ledger) -> None:
    first = ledger.receive("2026-03-10 09:00")
    assert announced(ledger, local("2026-03-10 09:05")).ahead == 1
    with ledger.session() as session:
        store.set_aside(session, first.case_id, SetAside.SPAM, now=local("2026-03-10 09:10"))
    assert announced(ledger, local("2026-03-10 09:15")).ahead == 0
    with ledger.session() as session:
        store.take_back_set_aside(session, first.case_id, now=local("2026-03-10 09:20"))
    assert announced(ledger, local("2026-03-10 09:25")).ahead == 1


@pytest.mark.parametrize("withdrawn_at", ["2026-03-10 09:10", "2026-03-10 16:30"], ids=["in time", "after it broke"])
def test_what_is_withdrawn_is_before_nobody_until_it_is_taken_back(ledger: Ledger, withdrawn_at: str) -> None:
    first = ledger.receive("2026-03-10 09:00")
    with ledger.session() as session:
        store.withdraw(session, [first.case_id], now=local(withdrawn_at))
    assert announced(ledger, local("2026-03-10 16:40")).ahead == 0
    with ledger.session() as session:
        store.take_back_set_aside(session, first.case_id, now=local("2026-03-10 16:50"))
    assert announced(ledger, local("2026-03-10 16:55")).ahead == 1
    assert ledger.look(first).left_at is None


def test_a_contested_answer_leaves_the_request_in_the_queue(ledger: Ledger) -> None:
    promise = ledger.receive("2026-03-10 09:00")
    with ledger.session() as session:
        store.record_answer(session, promise.case_id, local("2026-03-10 09:30"), local("2026-03-10 09:30"))
    assert announced(ledger, local("2026-03-10 09:31")).ahead == 0
    with ledger.session() as session:
        store.take_back_answer(session, promise.case_id, now=local("2026-03-10 10:00"))
    assert announced(ledger, local("2026-03-10 10:05")).ahead == 1


def test_of_merged_requests_one_is_in_the_queue(ledger: Ledger) -> None:
    one, other = ledger.receive("2026-03-10 09:00"), ledger.receive("2026-03-10 09:10")
    with ledger.session() as session:
        store.merge(session, other.case_id, one.case_id, now=local("2026-03-10 09:20"))
    assert announced(ledger, local("2026-03-10 09:30")).ahead == 1
    with ledger.session() as session:
        store.record_answer(session, one.case_id, local("2026-03-10 10:00"), local("2026-03-10 10:00"))
    assert announced(ledger, local("2026-03-10 10:30")).ahead == 0


def test_a_class_that_staff_overrule_counts_for_those_behind(ledger: Ledger) -> None:
    promise = ledger.receive("2026-03-10 09:00")
    with ledger.session() as session:
        lowest = priorities.matrix_of(session).classes[-1]
        store.overrule(session, promise.case_id, promise.impact.LOW, Urgency.LOW, now=local("2026-03-10 09:10"), actor_id=None)
    assert lowest.code == "P4"
    assert announced(ledger, local("2026-03-10 09:20")).ahead == 0  # an ordinary question goes before it


def test_t13_a_message_outside_hours_counts_from_the_next_opening(ledger: Ledger) -> None:
    promise = ledger.receive("2026-03-10 22:00")
    assert promise.promised_at == local("2026-03-11 13:00")


@pytest.mark.parametrize(
    ("at", "before"),
    [
        ("2026-03-10 16:00", "2026-03-11 12:00"),
        ("2026-03-10 20:00", "2026-03-11 13:00"),
        ("2026-03-13 23:59", "2026-03-16 13:00"),
    ],
    ids=["at the end of a day", "in the evening", "at the end of a week"],
)
def test_also_when_closed_a_time_is_announced_for_this_minute(ledger: Ledger, at: str, before: str) -> None:
    assert announced(ledger, local(at)).promised_at == local(before)


def test_t15_a_calendar_that_changes_moves_no_promise_and_no_clock_back(ledger: Ledger) -> None:
    promise = ledger.receive("2026-03-10 09:00")
    now = local("2026-03-10 10:00")
    with ledger.session() as session:
        shorter = parse_calendar({"timezone": "Europe/Amsterdam", "weekly": {"mon": [["10:00", "11:00"]]}})
        save_schedule(session, ledger.channel_id, shorter, valid_from=now, now=now, actor_id=None)
    later = ledger.receive("2026-03-10 11:00")
    assert ledger.look(promise).promised_at == promise.promised_at
    assert later.schedule_id != promise.schedule_id
    assert later.promised_at is not None
    assert later.promised_at > local("2026-03-16 10:00")
    assert announced(ledger, local("2026-03-10 11:00")).ahead == 2


def test_t21_without_a_calendar_the_clock_counts_and_with_an_empty_one_there_is_no_promise(ledger: Ledger) -> None:
    always, never = ledger.add_channel("altijd", None), ledger.add_channel("nooit", {})
    assert ledger.receive("2026-03-10 22:00", channel_id=always).promised_at == local("2026-03-11 02:00")
    promise = ledger.receive("2026-03-10 22:00", channel_id=never)
    assert promise.promised_at is None
    assert promise.basis is Basis.STATED


@pytest.mark.parametrize(
    ("at", "before"),
    [
        ("2026-03-10 14:00", "2026-03-10 17:00"),
        ("2026-03-10 15:00", "2026-03-10 17:00"),
        ("2026-03-10 15:00:01", "2026-03-11 17:00"),
        ("2026-03-13 18:00", "2026-03-16 17:00"),
        ("2026-03-14 09:00", "2026-03-16 17:00"),
        ("2026-03-28 12:00", "2026-03-30 17:00"),
    ],
    ids=["in time", "just in time", "too late", "on Friday evening", "on Saturday", "across a clock change"],
)
def test_where_no_promise_is_possible_the_customer_hears_more_before_five(ledger: Ledger, at: str, before: str) -> None:
    never = ledger.add_channel("nooit", {})
    told = announced(ledger, local(at), never)
    assert (told.promised_at, told.hear_by) == (None, local(before))
    assert hear_by(local(at), ZONE) == local(before)


def test_t24_two_classes_have_two_promises_and_equals_have_the_same(ledger: Ledger) -> None:
    with ledger.session() as session:
        made = [
            store.make_promise(
                session, case_id=case_id, channel_id=channel_id, received_at=ledger.now, urgency=urgency, now=ledger.now
            )
            for case_id, channel_id, urgency in [
                (901, ledger.channel_id, Urgency.HIGH),
                (902, ledger.channel_id, Urgency.LOW),
            ]
        ]
    assert [promise.class_code for promise in made] == ["P2", "P4"]
    assert made[0].promised_at != made[1].promised_at
    twin = ledger.add_channel("tweeling", NINE_TO_FIVE)
    alike = [
        ledger.receive("2026-03-10 14:00", channel_id=channel_id)
        for channel_id in (twin, ledger.add_channel("drieling", NINE_TO_FIVE))
    ]
    assert alike[0].promised_at == alike[1].promised_at


def test_a_company_may_announce_its_norm_and_both_are_kept(ledger: Ledger) -> None:
    worked_for_weeks(ledger)
    ledger.announce_norm()
    promise = ledger.receive("2026-03-10 14:00")
    assert promise.promised_at == local("2026-03-11 10:00")
    assert promise.is_norm
    assert promise.rest_minutes is not None
    assert promise.rest_minutes < 60
    told = announced(ledger, local("2026-03-10 14:00"))
    assert (told.promised_at, told.is_norm) == (local("2026-03-11 10:00"), True)


def test_before_the_set_up_there_is_nothing_to_choose(ledger: Ledger) -> None:
    with ledger.session() as session:
        save_settings(session, announces_norm=False, shows_queue=True, now=ledger.now, actor_id=None)
    assert announced(ledger, ledger.now).is_queue_shown


def test_a_plan_of_staff_brings_the_announced_times_forward(ledger: Ledger) -> None:
    worked_for_weeks(ledger)
    receive_many(ledger, 60, ledger.now)
    before = announced(ledger, ledger.now).promised_at
    with ledger.session() as session:
        plan_staff(
            session,
            channel_id=ledger.channel_id,
            usual=1,
            people=6,
            starts_at=ledger.now,
            ends_at=ledger.now + timedelta(days=14),
            now=ledger.now,
            actor_id=None,
        )
    after = announced(ledger, ledger.now + timedelta(seconds=1)).promised_at
    assert before is not None
    assert after is not None
    assert after < before


def test_who_waits_already_is_estimated_from_now(ledger: Ledger) -> None:
    worked_for_weeks(ledger)
    promise = ledger.receive("2026-03-10 14:00")
    with ledger.database.reading() as session:
        later = desks.estimate_again(session, promise, local("2026-03-10 15:10"))
    assert later is not None
    assert later > local("2026-03-10 16:00")


def test_what_every_channel_announces_takes_one_query_when_nothing_is_new(ledger: Ledger) -> None:
    for channel_id in [ledger.channel_id, *(ledger.add_channel(f"kanaal-{number}", NINE_TO_FIVE) for number in range(5))]:
        ledger.receive(ledger.now, channel_id=channel_id)
    with ledger.database.reading() as session:
        openings = {channel_id: opening_times_of(session, channel_id) for channel_id in ledger.others.values()}
        desks.announced_now(session, ledger.now, openings=openings)
        with statements(ledger.database) as seen:
            desks.announced_now(session, ledger.now, openings=openings)
        assert len(seen) == 1
    ledger.receive(ledger.now)
    with ledger.database.reading() as session, statements(ledger.database) as seen:
        desks.announced_now(session, ledger.now, openings=openings)
    assert len(seen) <= 2


def test_another_matrix_ranks_the_ordinary_question_anew(ledger: Ledger) -> None:
    ledger.receive("2026-03-10 09:00")
    assert announced(ledger, local("2026-03-10 09:30")).promised_at == local("2026-03-10 13:30")
    with ledger.session() as session:
        only = DEFAULT_CLASSES[:1]
        cells = dict.fromkeys(priorities.matrix_of(session).cells, "P1")
        priorities.save_matrix(session, only, cells, now=ledger.now, actor_id=None)
    told = announced(ledger, local("2026-03-10 09:30"))
    assert (told.promised_at, told.ahead) == (local("2026-03-10 10:30"), 0)

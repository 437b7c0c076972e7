"""A question with several promises that wait, its own and those of what became part of it: one line, one notice at a time."""

from datetime import datetime, timedelta

import pytest
from sqlalchemy import select

from portal.cases import contesting, noticing, store
from portal.cases.at_risk import Ahead, ahead, at_risk
from portal.cases.models import CaseMessage
from portal.cases.noticing import Choice
from portal.promises import store as promises
from portal.promises.models import PromiseRevision, ReadyNotice
from portal.promises.rules import RevisionReason
from tests.cases.builders import answered, asked, at
from tests.cases.desk import Desk
from tests.cases.splits import split

DAY = 24 * 60
T = at(240)  # what a question of the usual class, asked at START, is promised
DUE = T - timedelta(minutes=31)


def listed(desk: Desk, now: datetime, hours: int = 4) -> list[tuple[int, datetime | None]]:
    """The questions that staff see as at risk, with what their customers were told last."""
    with desk.database.reading() as session:
        found = at_risk(session, now, hours)
        assert found.number == sum(len(risks) for _channel, risks in found.by_channel)
        return [(each.case.id, each.expected_at) for _channel, risks in found.by_channel for each in risks]


def counted(desk: Desk, now: datetime) -> Ahead:
    with desk.database.reading() as session:
        return ahead(session, now)


def chosen(until: datetime | None = None) -> Choice:
    return Choice(RevisionReason.ILLNESS, until, "Ziek.", "Ill.", 3)


def tell(desk: Desk, case_id: int, now: datetime, until: datetime | None = None) -> int:
    with desk.database.transaction() as session:
        return noticing.tell_chosen(session, [case_id], chosen(until), now)


def keep_ready(desk: Desk, case_id: int, now: datetime) -> int:
    with desk.database.transaction() as session:
        return noticing.keep_ready(session, [case_id], chosen(), now)


def told(desk: Desk, case_id: int) -> list[PromiseRevision]:
    """What was told of the promises that were made for this case, or for the one that it was then."""
    with desk.database.reading() as session:
        return list(promises.revisions_of(session, case_id))


@pytest.fixture
def merged(desk: Desk) -> tuple[int, int]:
    """A question that is due at T and became part of one that is due a day later."""
    gone = desk.take(asked(0, thread_ref="gone"))
    kept = desk.take(asked(DAY, thread_ref="kept"))
    desk.act(store.merge, gone, 60, into_id=kept)
    return gone, kept


@pytest.fixture
def contested(desk: Desk) -> int:
    """One that was answered by itself and asked again, and whose customer then said that it did not help."""
    case_id = desk.take(asked(0), answered(10, is_automatic=True, is_full_answer=True), asked(30))
    with desk.database.transaction() as session:
        answer = session.scalars(select(CaseMessage).where(CaseMessage.counts_as_answer)).one()
        contesting.contest(session, answer, at(40))
    waiting = [each for each in desk.promises(case_id) if each.answered_at is None]
    assert [each.sequence for each in waiting] == [0, 1]
    return case_id


def test_what_became_part_of_another_question_is_at_risk_as_that_one(desk: Desk, merged: tuple[int, int]) -> None:
    assert listed(desk, at(120)) == [(merged[1], T)]
    assert counted(desk, at(120)) == Ahead(1, 0)


def test_what_became_part_of_a_question_that_was_answered_is_at_risk_no_more(desk: Desk, merged: tuple[int, int]) -> None:
    desk.act(store.answer, merged[1], 100, text="Ja.")
    assert listed(desk, at(120)) == []
    assert counted(desk, at(120)) == Ahead(0, 0)


def test_a_reason_is_kept_ready_for_what_became_part_of_another_question(desk: Desk, merged: tuple[int, int]) -> None:
    gone, kept = merged
    assert keep_ready(desk, kept, at(120)) == 1
    with desk.database.reading() as session:
        assert noticing.kept_ready(session, kept) is not None
    noticing.tell_in_time(desk.database, DUE)
    assert [(each.reason, each.made_by) for each in told(desk, gone)] == [(RevisionReason.ILLNESS, 3)]
    assert told(desk, kept) == []


def test_a_person_sends_the_second_notice_of_what_became_part_of_another_question(desk: Desk, merged: tuple[int, int]) -> None:
    gone, kept = merged
    noticing.tell_in_time(desk.database, DUE)
    (first,) = told(desk, gone)
    assert listed(desk, T) == [(kept, first.promised_at)]
    with desk.database.reading() as session:
        assert noticing.told_before(session, [kept]) == 1
    before = desk.case(kept).version
    assert tell(desk, kept, T) == 1
    assert [each.number for each in told(desk, gone)] == [1, 2]
    assert desk.case(kept).version == before + 1


def test_a_question_with_two_promises_is_one_line_by_what_breaks_first(desk: Desk, contested: int) -> None:
    assert listed(desk, at(120)) == [(contested, T)]
    assert counted(desk, at(120)) == Ahead(1, 0)


def test_who_has_two_promises_is_told_of_the_one_that_breaks_first_and_then_of_the_other(desk: Desk, contested: int) -> None:
    first, again = desk.promises(contested)
    for promise in (first, again):
        assert tell(desk, contested, at(120), at(3 * DAY)) == 1
        assert told(desk, contested)[-1].promise_id == promise.id
    assert tell(desk, contested, at(120), at(3 * DAY)) == 0
    assert [each.number for each in told(desk, contested)] == [1, 1]


def test_what_is_kept_ready_for_who_has_two_promises_is_kept_once(desk: Desk, contested: int) -> None:
    assert keep_ready(desk, contested, at(120)) == 1
    with desk.database.reading() as session:
        assert [each.promise_id for each in session.scalars(select(ReadyNotice))] == [desk.promises(contested)[0].id]
        assert noticing.told_before(session, [contested]) == 0


def test_of_who_was_told_before_of_what_breaks_first_nothing_is_kept_ready(desk: Desk, contested: int) -> None:
    noticing.tell_in_time(desk.database, DUE)
    assert tell(desk, contested, DUE, at(3 * DAY)) == 1
    assert [each.number for each in told(desk, contested)] == [1, 1]
    assert keep_ready(desk, contested, DUE) == 0
    with desk.database.reading() as session:
        assert noticing.told_before(session, [contested]) == 1


@pytest.fixture
def along(desk: Desk) -> tuple[int, int]:
    """A question that became part of one that was answered before it was asked."""
    gone = desk.take(asked(60, thread_ref="gone"))
    kept = desk.take(asked(0, thread_ref="kept"), answered(10, thread_ref="kept"))
    desk.act(store.merge, gone, 90, into_id=kept)
    return gone, kept


def told_by_itself(desk: Desk, until_minutes: int = 400) -> int:
    return sum(noticing.tell_in_time(desk.database, at(minutes)) for minutes in range(100, until_minutes, 5))


def test_who_asked_once_hears_once_of_a_delay_where_that_became_part_of_an_answered_question(
    desk: Desk, along: tuple[int, int]
) -> None:
    gone, kept = along
    assert told_by_itself(desk) == 1
    assert ([each.number for each in told(desk, gone)], told(desk, kept)) == ([1], [])


@pytest.mark.parametrize("is_later", [True, False])
def test_what_became_part_of_an_answered_question_goes_on_with_the_time_that_was_told(desk: Desk, *, is_later: bool) -> None:
    kept = desk.take(asked(0, thread_ref="kept"), answered(10, thread_ref="kept"))
    gone = desk.take(asked(60, thread_ref="gone"))
    told_last = at(900) if is_later else desk.promises(gone)[0].promised_at
    if is_later:
        assert tell(desk, gone, at(61), told_last) == 1
    desk.act(store.merge, gone, 120, into_id=kept)
    assert [each.promised_at for each in desk.promises(kept)][1:] == [told_last]


def test_who_asked_once_hears_once_though_the_question_was_closed_and_opened_again(desk: Desk, along: tuple[int, int]) -> None:
    gone, kept = along
    desk.act(store.withdraw, kept, 92)
    desk.act(store.reopen, kept, 94)
    assert told_by_itself(desk) == 1
    assert [each.number for each in told(desk, gone)] == [1]


def test_who_asked_again_hears_once_of_a_delay_where_that_was_split_off_and_merged_back(desk: Desk) -> None:
    whole = desk.take(asked(0), answered(5), asked(10, text="Geld terug?"))
    part = split(desk, whole, "Geld terug?", minutes=20).id
    desk.act(store.merge, part, 25, into_id=whole)
    assert told_by_itself(desk) == 1


def test_who_asked_once_hears_once_where_that_becomes_part_of_one_question_after_another(
    desk: Desk, along: tuple[int, int]
) -> None:
    third = desk.take(asked(0, thread_ref="third"), answered(5, thread_ref="third"))
    desk.act(store.merge, along[1], 95, into_id=third)
    assert told_by_itself(desk) == 1


def test_what_was_told_to_who_wrote_again_is_watched_though_an_earlier_answer_is_contested(desk: Desk) -> None:
    gone, kept = desk.take(asked(0, thread_ref="gone")), desk.take(asked(1, thread_ref="kept"))
    desk.act(store.merge, gone, 2, into_id=kept)
    desk.take(answered(10, thread_ref="kept", is_automatic=True, is_full_answer=True), asked(90, thread_ref="kept"))
    with desk.database.transaction() as session:
        contesting.contest(session, session.scalars(select(CaseMessage).where(CaseMessage.counts_as_answer)).one(), at(95))
    assert [each.notice_at is not None for each in desk.promises(kept)] == [True, True]


def test_who_asks_after_that_was_answered_hears_of_a_delay_again(desk: Desk, along: tuple[int, int]) -> None:
    _gone, kept = along
    desk.act(store.answer, kept, 95, text="Ja.")
    desk.take(asked(97, thread_ref="kept"))
    assert told_by_itself(desk) == 1
    assert [each.number for each in told(desk, kept)] == [1]


def test_what_needs_no_answer_any_more_is_not_at_risk_though_its_question_is_open_again(desk: Desk) -> None:
    case_id = desk.take(asked(0), answered(5), asked(10))
    desk.act(store.close, case_id, 20)
    desk.take(asked(DAY))
    first, thanks, again = desk.promises(case_id)
    assert (first.answered_at, thanks.promised_at) == (at(5), at(270))
    assert listed(desk, at(120)) == []
    assert listed(desk, again.made_at) == [(case_id, again.promised_at)]

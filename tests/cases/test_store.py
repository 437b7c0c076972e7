"""What staff and customers do with cases. On both databases."""

import pytest

from portal.cases import deciding, store
from portal.cases.contacts import contact_of, identities_of_contact, merge_contacts
from portal.cases.rules import CaseState
from portal.errors import Conflict, Invalid, NotFound
from portal.events.store import trail
from portal.promises.rules import Impact, SetAside, Urgency
from tests.cases.builders import answered, asked, at
from tests.cases.desk import Act, Desk


def test_an_answer_stops_the_clock_and_is_in_the_trail(desk: Desk) -> None:
    case_id = desk.take(asked(0))
    case = desk.act(store.answer, case_id, 30, text="Over tien minuten.")
    assert (case.state, case.first_answered_at, case.oldest_unanswered_at) == (CaseState.ANSWERED, at(30), None)
    assert desk.promises(case_id)[0].wait_seconds == 1800
    assert desk.kinds(case_id) == ["case.opened", "case.answered"]


def test_an_answer_without_text_is_refused(desk: Desk) -> None:
    case_id = desk.take(asked(0))
    with pytest.raises(Invalid, match="text"):
        desk.act(store.answer, case_id, 30, text="  ")


def test_an_answer_that_asks_back_waits_for_the_customer(desk: Desk) -> None:
    case_id = desk.take(asked(0))
    assert desk.act(store.answer, case_id, 30, text="Welke lijn?", asks_back=True).state is CaseState.WAITING
    desk.take(asked(40, text="Lijn 5"))
    assert desk.case(case_id).state is CaseState.OPEN


def test_a_question_from_a_clock_that_runs_ahead_can_be_answered(desk: Desk) -> None:
    case_id = desk.take(asked(1))
    case = desk.act(store.answer, case_id, 0, text="Hier zijn we.")
    assert (case.state, case.oldest_unanswered_at) == (CaseState.ANSWERED, None)
    assert desk.promises(case_id)[0].wait_seconds == 0


def test_a_note_is_no_answer_and_no_conflict(desk: Desk) -> None:
    case_id = desk.take(asked(0))
    seen = desk.case(case_id).version
    with desk.database.transaction() as session:
        store.add_note(session, case_id, text="Even navragen", member_id=desk.member, now=at(5))
    assert desk.promises(case_id)[0].answered_at is None
    assert desk.act(store.answer, case_id, 9, text="Ja", version=seen).state is CaseState.ANSWERED


def test_who_acts_on_an_old_view_is_told_who_was_first(desk: Desk) -> None:
    case_id = desk.take(asked(0))
    seen = desk.case(case_id).version
    desk.act(store.answer, case_id, 5, text="Ja", version=seen)
    with pytest.raises(Conflict, match="Sanne changed this"):
        desk.act(store.close, case_id, 6, version=seen)
    with pytest.raises(Conflict, match="Sanne changed this"):
        desk.act(deciding.prioritise, case_id, 6, impact=Impact.HIGH, urgency=Urgency.HIGH, why="Spoed", version=seen)
    answered_once = desk.case(case_id).version
    desk.take(asked(10, text="En nu?"))
    with pytest.raises(Conflict, match="The customer changed this"):
        desk.act(store.close, case_id, 11, version=answered_once)


def test_an_assigned_case_is_being_worked_on(desk: Desk) -> None:
    case_id = desk.take(asked(0))
    assert desk.act(store.assign, case_id, 1, to=desk.member).state is CaseState.OPEN


def test_closing_without_an_answer_answers_nothing(desk: Desk) -> None:
    case_id = desk.take(asked(0))
    assert desk.act(store.close, case_id, 30).state is CaseState.CLOSED
    (promise,) = desk.promises(case_id)
    assert (promise.answered_at, promise.set_aside) == (None, SetAside.NONE)


def test_what_came_after_an_answer_can_be_closed_without_breaking_a_promise(desk: Desk) -> None:
    case_id = desk.take(asked(0), answered(10), asked(20, text="Fijn dat het nu rijdt"))
    desk.act(store.close, case_id, 30)
    assert [each.set_aside for each in desk.promises(case_id)] == [SetAside.NONE, SetAside.NO_ANSWER_NEEDED]


def test_a_customer_who_solves_it_before_the_promised_time_withdraws_it(desk: Desk) -> None:
    case_id = desk.take(asked(0))
    assert desk.act(store.close, case_id, 5, member_id=None).state is CaseState.CLOSED
    assert desk.promises(case_id)[0].set_aside is SetAside.WITHDRAWN


def test_a_broken_promise_stays_broken_when_the_customer_solves_it(desk: Desk) -> None:
    case_id = desk.take(asked(0))
    desk.act(store.close, case_id, 24 * 60, member_id=None)
    assert desk.promises(case_id)[0].set_aside is SetAside.NONE


@pytest.mark.parametrize(("days", "reopened"), [(13.9, True), (14.1, False)])
def test_a_customer_who_writes_again_reopens_a_case_for_two_weeks(desk: Desk, days: float, *, reopened: bool) -> None:
    case_id = desk.take(asked(0), answered(10))
    desk.act(store.close, case_id, 20)
    again = desk.take(asked(20 + days * 24 * 60, text="Weer vertraging"))
    assert (again == case_id) is reopened
    assert (desk.case(case_id).state is CaseState.OPEN) is reopened
    if reopened:
        assert desk.promises(case_id)[1].received_at == at(20 + days * 24 * 60)
        assert "case.reopened" in desk.kinds(case_id)


def test_a_late_old_message_leaves_a_closed_case_closed(desk: Desk) -> None:
    case_id = desk.take(asked(0))
    desk.act(store.answer, case_id, 10, text="Ja")
    desk.act(store.close, case_id, 20)
    assert desk.take(asked(5, text="Hallo?")) == case_id
    assert desk.case(case_id).state is CaseState.CLOSED


def test_reopening_takes_the_closing_back(desk: Desk) -> None:
    case_id = desk.take(asked(0), answered(10), asked(20, text="En de tram?"))
    desk.act(store.close, case_id, 30)
    case = desk.act(store.reopen, case_id, 40)
    assert (case.state, case.oldest_unanswered_at, case.closed_at) == (CaseState.OPEN, at(20), None)
    assert desk.promises(case_id)[1].set_aside is SetAside.NONE


@pytest.mark.parametrize(("act", "why"), [(store.mark_spam, SetAside.SPAM), (store.withdraw, SetAside.WITHDRAWN)])
def test_a_case_can_be_set_aside_and_brought_back(desk: Desk, act: Act, why: SetAside) -> None:
    case_id = desk.take(asked(0))
    desk.act(act, case_id, 5)
    assert desk.promises(case_id)[0].set_aside is why
    with pytest.raises(Conflict):
        desk.act(store.answer, case_id, 6, text="Ja")
    case = desk.act(store.reopen, case_id, 7)
    assert (case.state, case.oldest_unanswered_at) == (CaseState.OPEN, at(0))
    assert desk.promises(case_id)[0].set_aside is SetAside.NONE


def test_spam_stays_spam_but_a_withdrawn_question_opens_when_its_customer_writes(desk: Desk) -> None:
    spam = desk.take(asked(0, thread_ref="spam"))
    desk.act(store.mark_spam, spam, 5)
    withdrawn = desk.take(asked(0, thread_ref="withdrawn"))
    desk.act(store.withdraw, withdrawn, 5)
    desk.take(asked(10, thread_ref="spam"))
    desk.take(asked(10, thread_ref="withdrawn"))
    assert desk.case(spam).state is CaseState.SPAM
    assert desk.case(withdrawn).state is CaseState.OPEN
    assert desk.promises(withdrawn)[0].set_aside is SetAside.NONE


def test_a_merge_keeps_the_earliest_receipt_and_leads_later_messages_to_the_case_that_stays(desk: Desk) -> None:
    first = desk.take(asked(0, thread_ref="a"))
    second = desk.take(asked(10, thread_ref="b"))
    kept = desk.act(store.merge, first, 15, into_id=second)
    assert (kept.id, kept.received_at, kept.state) == (second, at(0), CaseState.NEW)
    assert desk.take(asked(20, thread_ref="a")) == second
    desk.act(store.answer, second, 30, text="Ja")
    assert [desk.promises(case_id)[0].wait_seconds for case_id in (first, second)] == [1800, 1200]
    with desk.database.reading() as session:
        gone = store.the_case(session, first)
        assert store.case_by_reference(session, gone.reference.lower()).id == second
        assert len(store.messages_of(session, second)) == 4


def test_a_question_merged_into_an_answered_case_still_waits(desk: Desk) -> None:
    done = desk.take(asked(0, thread_ref="a"), answered(5, thread_ref="a"))
    waits = desk.take(asked(10, thread_ref="b"))
    kept = desk.act(store.merge, waits, 15, into_id=done)
    assert (kept.state, kept.oldest_unanswered_at) == (CaseState.OPEN, at(10))
    assert desk.promises(waits)[0].answered_at is None
    desk.act(store.answer, done, 20, text="Ja")
    assert desk.promises(waits)[0].answered_at == at(20)


def test_a_question_merged_into_a_closed_case_still_waits_and_opens_it_again(desk: Desk) -> None:
    closed = desk.take(asked(0, thread_ref="a"), answered(5, thread_ref="a"))
    desk.act(store.close, closed, 8)
    waits = desk.take(asked(10, thread_ref="b"))
    kept = desk.act(store.merge, waits, 15, into_id=closed)
    assert (kept.state, kept.oldest_unanswered_at) == (CaseState.OPEN, at(10))
    desk.act(store.answer, closed, 20, text="Ja")
    assert desk.promises(waits)[0].answered_at == at(20)


@pytest.mark.parametrize("asked_at", [9, 20], ids=["before it was closed", "after"])
def test_what_needed_no_answer_in_a_closed_case_needs_none_when_a_question_opens_it_again(desk: Desk, asked_at: float) -> None:
    closed = desk.take(asked(0, thread_ref="a"), answered(5, thread_ref="a"), asked(8, thread_ref="a", text="Ik snap het nu."))
    waits = desk.take(asked(asked_at, thread_ref="b"))
    desk.act(store.close, closed, 12)
    kept = desk.act(store.merge, waits, 25, into_id=closed)
    assert (kept.state, kept.oldest_unanswered_at) == (CaseState.OPEN, at(asked_at))
    assert [each.received_at for each in desk.promises(closed) if each.set_aside is SetAside.NONE] == [at(0), at(asked_at)]
    desk.take(asked(3, thread_ref="a", text="Wat ik nog vergat"))
    assert desk.case(closed).oldest_unanswered_at == at(asked_at), "also when it is judged anew"


def test_what_was_answered_before_leaves_a_closed_case_closed_though_it_waited_by_itself(desk: Desk) -> None:
    closed = desk.take(asked(0, thread_ref="a"), answered(30, thread_ref="a"), asked(35, thread_ref="a", text="Ik snap het nu."))
    waits = desk.take(asked(9, thread_ref="b"))
    desk.act(store.close, closed, 40)
    kept = desk.act(store.merge, waits, 45, into_id=closed)
    assert (kept.state, kept.closed_at, kept.oldest_unanswered_at) == (CaseState.CLOSED, at(40), None)
    assert desk.promises(waits)[0].answered_at == at(30)


def test_what_is_answered_leaves_a_closed_case_closed_when_it_becomes_part_of_it(desk: Desk) -> None:
    closed = desk.take(asked(0, thread_ref="a"), answered(5, thread_ref="a"))
    desk.act(store.close, closed, 8)
    kept = desk.act(store.merge, desk.take(asked(1, thread_ref="b"), answered(2, thread_ref="b")), 15, into_id=closed)
    assert (kept.state, kept.closed_at) == (CaseState.CLOSED, at(8))


def test_a_question_merged_into_one_that_was_answered_after_it_is_answered_with_it(desk: Desk) -> None:
    early = desk.take(asked(0, thread_ref="a"))
    answered_case = desk.take(asked(5, thread_ref="b"), answered(9, thread_ref="b"))
    kept = desk.act(store.merge, early, 15, into_id=answered_case)
    assert kept.state is CaseState.ANSWERED
    assert desk.promises(early)[0].answered_at == at(9)


def test_a_question_merged_with_one_that_was_answered_after_it_waits_no_longer(desk: Desk) -> None:
    done = desk.take(asked(0, thread_ref="a"), answered(60, thread_ref="a"))
    waits = desk.take(asked(30, thread_ref="b"))
    kept = desk.act(store.merge, done, 70, into_id=waits)
    assert (kept.state, kept.oldest_unanswered_at) == (CaseState.ANSWERED, None)
    assert desk.promises(waits)[0].answered_at == at(60)


@pytest.mark.parametrize("is_kept", [True, False])
def test_what_was_asked_after_an_answer_is_answered_by_a_later_one_of_the_other_case(desk: Desk, *, is_kept: bool) -> None:
    again = desk.take(asked(0, thread_ref="a"), answered(10, thread_ref="a"), asked(20, thread_ref="a"))
    other = desk.take(asked(5, thread_ref="b"), answered(40, thread_ref="b"))
    gone, into = (other, again) if is_kept else (again, other)
    kept = desk.act(store.merge, gone, 50, into_id=into)
    assert (kept.state, kept.oldest_unanswered_at) == (CaseState.ANSWERED, None)
    assert [each.answered_at for each in desk.promises(again)] == [at(10), at(40)]
    assert [each.answered_at for each in desk.promises(other)] == [at(10)], "which was told after it was asked too"


def test_what_is_asked_after_all_answers_of_both_cases_waits_with_a_time_of_its_own(desk: Desk) -> None:
    again = desk.take(asked(0, thread_ref="a"), answered(10, thread_ref="a"), asked(20, thread_ref="a"))
    other = desk.take(asked(5, thread_ref="b"), answered(40, thread_ref="b"), asked(45, thread_ref="b"))
    kept = desk.act(store.merge, other, 50, into_id=again)
    assert (kept.state, kept.oldest_unanswered_at) == (CaseState.OPEN, at(45))
    assert [(each.received_at, each.answered_at) for each in desk.promises(again)][1:] == [(at(20), at(40)), (at(45), None)]


def test_a_case_is_not_merged_with_itself_nor_changed_after_a_merge(desk: Desk) -> None:
    first, second = desk.take(asked(0, thread_ref="a")), desk.take(asked(1, thread_ref="b"))
    with pytest.raises(Conflict):
        desk.act(store.merge, first, 5, into_id=first)
    desk.act(store.merge, first, 5, into_id=second)
    with pytest.raises(Conflict):
        desk.act(store.answer, first, 6, text="Ja")
    with pytest.raises(Conflict):
        desk.act(deciding.prioritise, first, 6, impact=Impact.HIGH, urgency=Urgency.HIGH, why="Spoed")


def test_a_customer_adds_a_message_on_the_page_of_the_case(desk: Desk) -> None:
    case_id = desk.take(asked(0), answered(10))
    with desk.database.transaction() as session:
        case = store.add_customer_message(session, case_id, text="En de terugreis?", now=at(20))
    assert (case.state, case.oldest_unanswered_at) == (CaseState.OPEN, at(20))


def test_a_reference_is_found_however_it_is_typed_and_nothing_else_is(desk: Desk) -> None:
    case = desk.case(desk.take(asked(0)))
    with desk.database.reading() as session:
        for typed in (case.reference, case.reference.lower(), case.reference[3:], f" {case.reference.replace('-', ' ')} "):
            assert store.case_by_reference(session, typed).id == case.id
        for typed in ("", "BR", "BR-0000-0000", "BR-7KQ4-M2X", "' OR 1=1"):
            with pytest.raises(NotFound):
                store.case_by_reference(session, typed)


def test_contacts_that_are_one_person_become_one(desk: Desk) -> None:
    first, second = desk.take(asked(0, author_id="a")), desk.take(asked(1, author_id="b", thread_ref="b", author_name="Jan"))
    with desk.database.transaction() as session:
        kept, gone = contact_of(session, desk.channel.id, "a"), contact_of(session, desk.channel.id, "b")
        merge_contacts(session, gone.id, into_id=kept.id, now=at(5), actor_id=desk.member)
    assert desk.case(first).contact_id == desk.case(second).contact_id == kept.id
    with desk.database.transaction() as session:
        assert contact_of(session, desk.channel.id, "b").name == "Jan"
        assert len(identities_of_contact(session, kept.id)) == 2
        assert [event.kind for event in trail(session, subject=f"contact:{kept.id}")] == ["contact.merged"]
        with pytest.raises(Conflict):
            merge_contacts(session, gone.id, into_id=kept.id, now=at(6), actor_id=None)
        with pytest.raises(NotFound):
            contact_of(session, desk.channel.id, "nobody")

"""Two cases of one, when a customer wrote of two subjects. On both databases."""

from dataclasses import replace

import pytest
from sqlalchemy import select

from portal.cases import exporting, splitting, store, tracking_store
from portal.cases.journey import State, StepKind
from portal.cases.models import Case
from portal.cases.rules import CaseState, Change
from portal.cases.tracking_models import ErasureRequest
from portal.errors import Conflict
from portal.events.models import Event
from portal.events.sentences import SENTENCES
from portal.promises.rules import Impact, Urgency
from tests.cases.builders import answered, asked, at
from tests.cases.desk import Desk
from tests.cases.splits import count, rows, split, texts, two_subjects


def test_a_split_makes_a_new_case_and_leaves_the_first_as_if_it_had_never_been_in_it(desk: Desk) -> None:
    case_id = two_subjects(desk)
    (before,) = desk.promises(case_id)
    new = split(desk, case_id, "Geld terug?", impact=Impact.HIGH)
    case = desk.case(case_id)
    assert (texts(desk, case_id), texts(desk, new.id)) == (["Bus?"], ["Geld terug?"])
    assert (new.channel_id, new.contact_id, new.thread_ref) == (case.channel_id, case.contact_id, case.thread_ref)
    assert (new.state, new.summary, new.received_at, new.oldest_unanswered_at) == (CaseState.NEW, "Geld terug?", at(10), at(10))
    assert (new.split_from_id, new.split_at, new.assigned_to) == (case_id, at(30), None)
    assert new.reference != case.reference
    assert (case.state, case.summary, case.last_inbound_at) == (CaseState.NEW, "Bus?", at(0))
    (kept,) = desk.promises(case_id)
    assert (kept.id, kept.promised_at, kept.received_at) == (before.id, before.promised_at, before.received_at)
    (promise,) = desk.promises(new.id)
    assert (promise.sequence, promise.made_at, promise.received_at) == (0, at(30), at(10))
    assert promise.promised_at is not None
    assert promise.promised_at > at(30)
    assert promise.current_impact is Impact.HIGH


def test_each_is_answered_by_itself_and_the_wait_runs_from_the_message(desk: Desk) -> None:
    case_id = two_subjects(desk)
    new = split(desk, case_id, "Geld terug?")
    desk.act(store.answer, new.id, 40, text="Ja.")
    assert [desk.promises(each)[0].wait_seconds for each in (case_id, new.id)] == [None, 30 * 60]
    desk.act(store.answer, case_id, 50, text="Zo.")
    assert desk.promises(case_id)[0].wait_seconds == 50 * 60


def test_answers_stay_and_an_answered_message_that_is_split_off_waits_again(desk: Desk) -> None:
    case_id = two_subjects(desk)
    desk.act(store.answer, case_id, 20, text="Zo.")
    new = split(desk, case_id, "Geld terug?")
    assert texts(desk, case_id) == ["Bus?", "Zo."]
    assert desk.case(case_id).state is CaseState.ANSWERED
    assert desk.promises(case_id)[0].answered_at == at(20)
    assert (new.state, desk.promises(new.id)[0].answered_at) == (CaseState.NEW, None)


@pytest.mark.parametrize("minutes", [40, 1000], ids=["in time", "broken already"])
def test_a_promise_for_what_is_split_off_alone_goes_along_as_it_was_told(desk: Desk, minutes: float) -> None:
    """A new one in its place would be a way to lose it."""
    case_id = desk.take(asked(0, text="Bus?"), answered(5), asked(10, text="Geld terug?"))
    first, second = desk.promises(case_id)
    new = split(desk, case_id, "Geld terug?", minutes=minutes)
    assert [each.id for each in desk.promises(case_id)] == [first.id]
    (promise,) = desk.promises(new.id)
    told = ("id", "promised_at", "received_at", "made_at", "set_aside")
    assert [getattr(promise, name) for name in told] == [getattr(second, name) for name in told]
    assert (promise.sequence, desk.case(case_id).state) == (0, CaseState.ANSWERED)
    assert "promise.taken_along" in desk.kinds(new.id)
    again = desk.take(asked(minutes + 5, text="En de trein?"))
    assert again == new.id, "that one waits for us"


def test_while_something_else_waits_its_promise_stays(desk: Desk) -> None:
    case_id = desk.take(asked(0), answered(5), asked(10, text="Geld terug?"), asked(12, text="En de trein?"))
    new = split(desk, case_id, "En de trein?")
    assert [(each.sequence, each.received_at) for each in desk.promises(case_id)] == [(0, at(0)), (1, at(10))]
    assert (desk.case(case_id).oldest_unanswered_at, desk.promises(new.id)[0].made_at) == (at(10), at(30))


def test_what_a_closed_question_left_over_may_be_split_off(desk: Desk) -> None:
    case_id = two_subjects(desk)
    desk.act(store.answer, case_id, 20, text="Zo.")
    desk.act(store.close, case_id, 25)
    new = split(desk, case_id, "Geld terug?")
    assert (desk.case(case_id).state, desk.case(case_id).closed_at) == (CaseState.CLOSED, at(25))
    assert (new.state, new.closed_at, desk.promises(new.id)[0].made_at) == (CaseState.NEW, None, at(30))


def test_a_part_that_is_merged_back_is_answered_with_the_whole(desk: Desk) -> None:
    case_id = two_subjects(desk)
    new = split(desk, case_id, "Geld terug?")
    desk.act(store.merge, new.id, 35, into_id=case_id)
    desk.act(store.answer, case_id, 40, text="Zo.")
    assert [desk.promises(each)[0].wait_seconds for each in (case_id, new.id)] == [40 * 60, 30 * 60]
    assert desk.take(asked(50, text="Dank, en nu?")) == case_id
    with desk.database.reading() as session:
        steps = tracking_store.own_view(session, case_id, at(51)).steps
        assert [step.reference for step in steps if step.kind is StepKind.SPLIT] == [""], "it leads nowhere any more"


def test_what_cannot_be_split_off_is_refused_and_changes_nothing(desk: Desk) -> None:
    case_id = desk.take(
        asked(0, text="Bus?"), answered(5, text="Zo."), asked(6, text="Weg", message_id="weg"), asked(7, text="Trein?")
    )
    desk.take(replace(asked(8, message_id="weg"), change=Change.DELETED))
    other = desk.take(asked(0, thread_ref="ander", text="Ander"))
    foreign = rows(desk, other)[0].id
    known = {row.text: row.id for row in rows(desk, case_id)}
    before = desk.case(case_id).version
    for chosen in (
        [],
        [foreign],
        [known["Trein?"], foreign],
        [known["Zo."]],
        [known[""]],
        [known["Bus?"], known["Trein?"]],
        [2**31 - 1],
    ):
        with pytest.raises(Conflict), desk.database.transaction() as session:
            splitting.split(
                session,
                case_id,
                chosen,
                impact=Impact.NORMAL,
                urgency=Urgency.NORMAL,
                member_id=desk.member,
                now=at(30),
                version=None,
            )
    assert desk.case(case_id).version == before
    assert count(desk.database, Case) == 2


@pytest.mark.parametrize("end", [store.mark_spam, store.withdraw])
def test_nothing_is_split_off_what_is_set_aside(desk: Desk, end: object) -> None:
    case_id = two_subjects(desk)
    desk.act(end, case_id, 20)  # type: ignore[arg-type]
    with pytest.raises(Conflict):
        split(desk, case_id, "Geld terug?")


def test_the_second_of_two_people_is_told_that_it_changed(desk: Desk) -> None:
    case_id = two_subjects(desk)
    seen = desk.case(case_id).version
    split(desk, case_id, "Geld terug?", version=seen)
    with pytest.raises(Conflict, match="Sanne changed this"):
        split(desk, case_id, "Bus?", version=seen)


def test_both_timelines_tell_of_it_and_link_to_each_other(desk: Desk) -> None:
    case_id = two_subjects(desk)
    new = split(desk, case_id, "Geld terug?")
    with desk.database.reading() as session:
        found = {
            event.kind: (event.subject, event.actor_id, event.facts)
            for event in session.scalars(select(Event).where(Event.kind.in_(["case.split", "case.split_off"])))
        }
        mine, parts = tracking_store.own_view(session, case_id, at(31)), tracking_store.own_view(session, new.id, at(31))
        public = tracking_store.public_view(session, new.reference, at(31))
        exported = exporting.export(session, new.id, at(31))
    case = desk.case(case_id)
    assert found == {
        "case.split": (f"case:{case_id}", desk.member, {"into": new.id, "reference": new.reference}),
        "case.split_off": (f"case:{new.id}", desk.member, {"from": case_id, "reference": case.reference}),
    }
    assert set(found) <= set(SENTENCES)
    assert [(step.kind, step.reference, step.at) for step in mine.steps if step.kind is StepKind.SPLIT] == [
        (StepKind.SPLIT, new.reference, at(30))
    ]
    assert [step.kind for step in parts.steps] == [
        StepKind.RECEIVED,
        StepKind.MESSAGE,
        StepKind.SPLIT_OFF,
        StepKind.PROMISED,
        StepKind.EXPECTED,
    ]
    assert parts.standing.state is State.PROMISED
    assert public
    assert [step.reference for step in public.steps if step.kind is StepKind.SPLIT_OFF] == [""], "numbers are for the customer"
    assert [each["text"] for each in exported["messages"]] == ["Geld terug?"]
    assert exported["splits"] == [{"at": at(30).isoformat(), "what": "split_off", "other": case.reference}]


def test_a_wish_to_be_erased_is_about_both(desk: Desk) -> None:
    case_id = two_subjects(desk)
    with desk.database.transaction() as session:
        tracking_store.ask_erasure(session, case_id, at(20))
    new = split(desk, case_id, "Geld terug?")
    with desk.database.reading() as session:
        wishes = session.scalars(select(ErasureRequest).order_by(ErasureRequest.case_id)).all()
    assert [(each.case_id, each.asked_at, each.settled_at) for each in wishes] == [
        (case_id, at(20), None),
        (new.id, at(20), None),
    ]


def test_later_messages_go_where_they_reply_to_else_to_what_waits_else_to_the_newest(desk: Desk) -> None:
    case_id = two_subjects(desk)
    new = split(desk, case_id, "Geld terug?")
    assert desk.take(asked(40, text="Hallo?")) == new.id
    assert desk.take(asked(41, text="Bus nog weg", parent_ref="bus")) == case_id
    assert desk.take(answered(42, parent_ref="bus")) == case_id
    assert desk.promises(new.id)[0].answered_at is None
    assert desk.take(answered(43)) == new.id, "the one that waits"
    assert desk.take(asked(44, parent_ref="bus", text="En nu?")) == case_id
    assert desk.take(asked(45, text="Zeg?")) == case_id, "the one that waits"
    assert desk.take(answered(46)) == case_id
    assert desk.take(asked(47, text="Nog iets")) == new.id, "the newest"
    much_later = desk.take(asked(46 + 15 * 24 * 60, text="Nieuw", parent_ref="bus"))
    assert much_later == new.id, "it waits for us still"
    desk.take(answered(47 + 15 * 24 * 60))
    assert desk.take(asked(48 + 30 * 24 * 60, text="Nieuw")) not in {case_id, new.id}

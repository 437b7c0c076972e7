"""Another customer's question became part of a case, and goes on waiting in it when the case's own needs nothing more."""

import pytest

from portal.cases import noticing, store
from portal.cases.noticing import Choice, kept_ready
from portal.cases.queue import Filter, Shelf, queue
from portal.cases.rules import CaseState
from portal.promises.rules import RevisionReason, SetAside
from tests.cases.builders import asked, at
from tests.cases.desk import Act, Desk

END = [store.withdraw, store.close]


def noors_in_jans(desk: Desk, author: str = "noor") -> tuple[int, int]:
    """Jan's case, and Noor's question that became part of it."""
    jan = desk.take(asked(0, thread_ref="a", author_id="jan"))
    noor = desk.take(asked(0, thread_ref="b", author_id=author))
    desk.act(store.merge, noor, 5, into_id=jan)
    return jan, noor


def is_in_queue(desk: Desk, case_id: int) -> bool:
    with desk.database.reading() as session:
        return case_id in {line.case.id for line in queue(session, Filter(shelf=Shelf.UNANSWERED)).lines}


@pytest.mark.parametrize("end", END)
def test_what_another_customer_asked_stays_in_the_queue_and_gets_its_notice(desk: Desk, end: Act) -> None:
    jan, noor = noors_in_jans(desk)
    desk.act(end, jan, 10, member_id=None)
    assert desk.case(jan).state is CaseState.NEW
    assert is_in_queue(desk, jan)
    assert [each.set_aside for each in desk.promises(jan)] == [SetAside.WITHDRAWN]
    assert noticing.tell_in_time(desk.database, at(225)) == 1
    assert [each.notices for each in desk.promises(noor)] == [1]
    desk.act(store.answer, jan, 230, text="Ja.")
    assert desk.promises(noor)[0].answered_at == at(230)
    assert not is_in_queue(desk, jan)


@pytest.mark.parametrize("end", END)
def test_a_question_of_the_same_customer_waits_no_longer(desk: Desk, end: Act) -> None:
    jan, also_jans = noors_in_jans(desk, author="jan")
    desk.act(end, jan, 10, member_id=None)
    assert desk.case(jan).is_over
    assert [each.set_aside for each in desk.promises(also_jans)] == [SetAside.WITHDRAWN]


@pytest.mark.parametrize("end", END)
def test_a_case_rests_once_the_other_customer_has_been_answered(desk: Desk, end: Act) -> None:
    jan, _noor = noors_in_jans(desk)
    desk.act(store.answer, jan, 10, text="Ja.")
    if end is store.withdraw:
        desk.take(asked(20, thread_ref="a", author_id="jan", text="Nog iets?"))
    desk.act(end, jan, 30, member_id=None)
    assert desk.case(jan).is_over


@pytest.mark.parametrize("end", END)
def test_only_what_was_kept_ready_for_who_waits_is_still_told(desk: Desk, end: Act) -> None:
    jan = desk.take(asked(0, thread_ref="a", author_id="jan"))
    noor = desk.take(asked(0, thread_ref="b", author_id="noor"))
    for case_id in (jan, noor):
        with desk.database.transaction() as session:
            noticing.keep_ready(session, [case_id], Choice(RevisionReason.ILLNESS, None, f"Aan {case_id}.", "", 1), at(1))
    desk.act(store.merge, noor, 5, into_id=jan)
    desk.act(end, jan, 10, member_id=None)
    with desk.database.reading() as session:
        ready = kept_ready(session, jan)
    assert ready
    assert ready.sentence_nl == f"Aan {noor}."


def test_staff_close_it_for_all(desk: Desk) -> None:
    jan, _noor = noors_in_jans(desk)
    desk.act(store.close, jan, 10)
    assert desk.case(jan).state is CaseState.CLOSED

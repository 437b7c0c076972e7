"""Splitting and merging show nobody the words of another, and lose nothing that was asked. On both databases."""

from dataclasses import replace

import pytest
from sqlalchemy import select

from portal.cases import claims_store, contacts, deciding, kinship, noticing, store, tracking_store
from portal.cases.models import Case
from portal.cases.rules import CaseState, Change
from portal.cases.splitting import KeepsItsPromise, NotOfOneCustomer
from portal.cases.tracking_models import ErasureRequest
from portal.vault import Vault
from tests.cases.builders import answered, asked, at
from tests.cases.desk import Act, Desk
from tests.cases.splits import split, texts, two_subjects

VAULT = Vault("a secret key of the tests that is long enough")


def merge(desk: Desk, case_id: int, into_id: int, minutes: float = 40) -> None:
    with desk.database.transaction() as session:
        into = session.get_one(Case, into_id)
        deciding.merge(session, case_id, into, member_id=desk.member, now=at(minutes), version=None)


def claim(desk: Desk, case_id: int, minutes: float = 35) -> str:
    with desk.database.transaction() as session:
        return claims_store.issue(session, VAULT, case_id, now=at(minutes), actor_id=None).token


def opens(desk: Desk, token: str) -> set[int]:
    """The cases that this link opens."""
    with desk.database.reading() as session:
        found = claims_store.by_link(session, VAULT, token, at(50))
        return {case.id for case in kinship.cases_of(session, [found.case_id])} if found else set()


def of_piet(desk: Desk, minutes: float = 20) -> int:
    return desk.take(asked(minutes, text="Mijn tas?", thread_ref="t2", author_id="piet"))


@pytest.mark.parametrize("goes_into_part", [True, False], ids=["into the part", "the part into it"])
def test_what_opened_a_part_opens_it_no_more_once_it_holds_the_words_of_another(desk: Desk, *, goes_into_part: bool) -> None:
    whole, other = two_subjects(desk), of_piet(desk)
    part = split(desk, whole, "Geld terug?").id
    early = claim(desk, whole)
    assert opens(desk, early) == {whole, part}
    merge(desk, *((other, part) if goes_into_part else (part, other)))
    kept = part if goes_into_part else other
    assert "Mijn tas?" in texts(desk, kept)
    assert opens(desk, early) == set()
    assert opens(desk, claim(desk, whole)) == {whole}
    assert opens(desk, claim(desk, kept)) == {kept}


@pytest.mark.parametrize("goes_into_whole", [True, False], ids=["into the whole", "the whole into it"])
def test_what_opens_a_whole_with_the_words_of_another_opens_no_part(desk: Desk, *, goes_into_whole: bool) -> None:
    whole, other = two_subjects(desk), of_piet(desk)
    part = split(desk, whole, "Geld terug?").id
    merge(desk, *((other, whole) if goes_into_whole else (whole, other)))
    kept = whole if goes_into_whole else other
    with desk.database.transaction() as session:  # later it is proved that they are one
        jan, piet = (session.get_one(Case, each).contact_id for each in (part, other))
        assert jan
        if piet and piet != jan:
            contacts.merge_contacts(session, piet, into_id=jan, now=at(41), actor_id=None)
    assert opens(desk, claim(desk, kept)) == {kept}
    assert opens(desk, claim(desk, part)) == {part}


def test_the_words_of_another_come_into_a_part_by_no_detour(desk: Desk) -> None:
    """A case of the same customer may hold them already."""
    whole, other = two_subjects(desk), of_piet(desk)
    part, mixed = split(desk, whole, "Geld terug?").id, desk.take(asked(5, text="Trein?", thread_ref="t3"))
    merge(desk, other, mixed, 36)
    early, late = claim(desk, whole, 37), claim(desk, part, 37)
    merge(desk, mixed, part)
    assert "Mijn tas?" in texts(desk, part)
    assert (opens(desk, early), opens(desk, late)) == (set(), set())
    assert opens(desk, claim(desk, whole)) == {whole}


def test_later_messages_of_a_part_that_is_cut_off_go_where_they_went(desk: Desk) -> None:
    whole, other = two_subjects(desk), of_piet(desk)
    part = split(desk, whole, "Geld terug?").id
    merge(desk, other, part)
    assert desk.take(asked(45, text="Bus nog weg", parent_ref="bus")) == whole
    assert desk.take(asked(46, text="Hallo?", parent_ref="geld")) == part


def test_within_one_customer_claims_move_along_and_kinship_stays(desk: Desk) -> None:
    whole, other = two_subjects(desk), desk.take(asked(20, text="Trein?", thread_ref="t3"))
    part = split(desk, whole, "Geld terug?").id
    of_whole, of_other = claim(desk, whole), claim(desk, other)
    merge(desk, other, part)
    assert (opens(desk, of_whole), opens(desk, of_other)) == ({whole, part}, {part})


def wishes(desk: Desk) -> list[tuple[int, float, bool]]:
    """Each wish to be erased: its case, the minute in which it was asked, and whether it is settled."""
    with desk.database.reading() as session:
        found = session.scalars(select(ErasureRequest).order_by(ErasureRequest.id)).all()
        return [(each.case_id, (each.asked_at - at(0)).total_seconds() / 60, each.settled_at is not None) for each in found]


def wish(desk: Desk, case_id: int, minutes: float) -> None:
    with desk.database.transaction() as session:
        tracking_store.ask_erasure(session, case_id, at(minutes))


def settle(desk: Desk, case_id: int, minutes: float) -> None:
    with desk.database.transaction() as session:
        tracking_store.settle_erasure(session, case_id, now=at(minutes), actor_id=desk.member)


def test_a_wish_to_be_erased_goes_along_with_a_merge_and_can_be_settled(desk: Desk) -> None:
    case_id, other = two_subjects(desk), of_piet(desk)
    wish(desk, case_id, 25)
    merge(desk, case_id, other)
    assert wishes(desk) == [(other, 25, False)]
    assert "erasure.asked" in desk.kinds(other)
    settle(desk, other, 45)
    assert wishes(desk) == [(other, 25, True)]


@pytest.mark.parametrize(("one", "two"), [(25, 30), (30, 25)])
def test_of_two_wishes_that_are_merged_the_first_stays(desk: Desk, one: float, two: float) -> None:
    case_id, other = two_subjects(desk), of_piet(desk)
    wish(desk, case_id, one)
    wish(desk, other, two)
    merge(desk, case_id, other)
    assert wishes(desk) == [(other, 25, False)]


def test_a_wish_that_comes_along_reopens_one_that_was_settled_and_a_settled_one_asks_nothing(desk: Desk) -> None:
    case_id, other = two_subjects(desk), of_piet(desk)
    wish(desk, case_id, 30)
    wish(desk, other, 25)
    settle(desk, other, 27)
    merge(desk, case_id, other)
    assert wishes(desk) == [(other, 30, False)]
    settle(desk, other, 45)
    third = desk.take(asked(46, text="Trein?", thread_ref="t3"))
    merge(desk, other, third, 47)
    assert wishes(desk) == [(other, 30, True)]


@pytest.mark.parametrize("author", ["jan", "piet"])
def test_a_case_into_which_another_was_merged_is_not_split(desk: Desk, author: str) -> None:
    """Whose its rest would be, and which promise is for what, nobody could say."""
    case_id = two_subjects(desk)
    desk.act(store.answer, case_id, 20, text="Zo.")
    merge(desk, desk.take(asked(25, text="Mijn tas?", thread_ref="t2", author_id=author)), case_id)
    for said in ("Mijn tas?", "Geld terug?"):
        with pytest.raises(NotOfOneCustomer):
            split(desk, case_id, said, minutes=45)


@pytest.mark.parametrize("author", ["piet", ""], ids=["another", "nobody knows who"])
def test_a_conversation_of_two_people_is_not_split(desk: Desk, author: str) -> None:
    case_id = desk.take(asked(0, text="Bus?"), asked(5, text="Trein?"), asked(10, text="Ik ook!", author_id=author))
    for said in ("Trein?", "Ik ook!"):
        with pytest.raises(NotOfOneCustomer):
            split(desk, case_id, said)


def test_a_conversation_in_which_the_program_of_another_wrote_is_not_split(desk: Desk) -> None:
    case_id = desk.take(asked(0, text="Bus?"), asked(5, text="Trein?"))
    desk.take(asked(10, text="Piet is er niet.", author_id="piet", is_automatic=True))
    with pytest.raises(NotOfOneCustomer):
        split(desk, case_id, "Trein?")


def test_what_its_customer_wrote_on_the_page_may_be_split_off(desk: Desk) -> None:
    case_id = desk.take(asked(0, text="Bus?"))
    with desk.database.transaction() as session:
        tracking_store.write(session, case_id, "Geld terug?", at(5))
    assert split(desk, case_id, "Geld terug?").contact_id == desk.case(case_id).contact_id


def test_the_oldest_message_stays_with_its_promise(desk: Desk) -> None:
    """Else a split would give it a later time, and an answer to the rest would keep what was promised for it."""
    case_id = two_subjects(desk)
    before = desk.promises(case_id)
    for said in (["Bus?"], ["Bus?", "Geld terug?"]):
        with pytest.raises(KeepsItsPromise):
            split(desk, case_id, *said, minutes=235)
    assert [each.id for each in desk.promises(case_id)] == [each.id for each in before]


def test_the_oldest_message_after_an_answer_stays_with_its_promise_while_another_waits(desk: Desk) -> None:
    case_id = desk.take(asked(0), answered(5), asked(10, text="Geld terug?"), asked(12, text="En de trein?"))
    with pytest.raises(KeepsItsPromise):
        split(desk, case_id, "Geld terug?", minutes=245)
    new = split(desk, case_id, "Geld terug?", "En de trein?", minutes=245)
    assert [each.received_at for each in desk.promises(new.id)] == [at(10)]


def test_where_the_oldest_message_was_deleted_the_next_one_stays(desk: Desk) -> None:
    case_id = desk.take(asked(0, text="Weg", message_id="weg"), asked(5, text="Bus?"), asked(10, text="Geld terug?"))
    desk.take(replace(asked(12, message_id="weg"), change=Change.DELETED))
    with pytest.raises(KeepsItsPromise):
        split(desk, case_id, "Bus?")
    assert texts(desk, split(desk, case_id, "Geld terug?").id) == ["Geld terug?"]


@pytest.mark.parametrize("act", [store.withdraw, store.close], ids=["withdrawn", "closed"])
def test_the_only_message_that_waits_after_a_closing_stays_with_the_first_promise(desk: Desk, act: Act) -> None:
    case_id = desk.take(asked(0, text="Bus?"))
    desk.act(act, case_id, 5)
    desk.take(asked(10, text="Geld terug?"), asked(12, text="En de trein?"))
    for said in (["Geld terug?"], ["Geld terug?", "En de trein?"]):
        with pytest.raises(KeepsItsPromise):
            split(desk, case_id, *said)
    assert texts(desk, split(desk, case_id, "En de trein?").id) == ["En de trein?"]
    assert desk.case(case_id).state is CaseState.OPEN
    assert noticing.tell_in_time(desk.database, at(235)) == 1

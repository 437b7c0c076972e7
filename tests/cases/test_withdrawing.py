"""The customer needs no answer any more, and then perhaps wants one after all. On both databases."""

from dataclasses import replace

import pytest

from portal.cases import store, tracking_store
from portal.cases.rules import CaseState, Change
from portal.errors import Conflict
from tests.cases.builders import asked, at
from tests.cases.desk import Act, Desk


@pytest.mark.parametrize("end", [store.close, store.mark_spam, store.withdraw, store.answer])
def test_nothing_is_withdrawn_for_which_nobody_waits(desk: Desk, end: Act) -> None:
    case_id = desk.take(asked(0))
    desk.act(end, case_id, 5, **({"text": "Ja"} if end is store.answer else {}))
    before = desk.case(case_id)
    with pytest.raises(Conflict):
        desk.act(store.withdraw, case_id, 6)
    assert (desk.case(case_id).state, desk.case(case_id).version) == (before.state, before.version)


def test_who_withdraws_what_was_changed_meanwhile_is_told_so(desk: Desk) -> None:
    case_id = desk.take(asked(0))
    seen = desk.case(case_id).version
    desk.act(store.assign, case_id, 5, to=desk.member)
    with pytest.raises(Conflict, match="Sanne changed this"):
        desk.act(store.withdraw, case_id, 6, version=seen)


@pytest.mark.parametrize("days", [14, 14.001])
def test_a_customer_takes_a_withdrawal_back_for_two_weeks(desk: Desk, days: float) -> None:
    case_id = desk.take(asked(0))
    desk.act(store.withdraw, case_id, 5, member_id=None)
    assert "case.withdrawn" in desk.kinds(case_id)
    with desk.database.transaction() as session:
        is_back = tracking_store.want_after_all(session, case_id, at(5 + days * 24 * 60))
    assert is_back is (days == 14)
    assert desk.case(case_id).state is (CaseState.OPEN if is_back else CaseState.WITHDRAWN)


def test_a_customer_who_deleted_all_has_nothing_to_take_back(desk: Desk) -> None:
    question = asked(0)
    case_id = desk.take(question)
    desk.take(replace(question, change=Change.DELETED, created_at=at(5)))
    with desk.database.transaction() as session:
        assert not tracking_store.want_after_all(session, case_id, at(6))
    assert desk.case(case_id).state is CaseState.WITHDRAWN

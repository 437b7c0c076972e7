"""What did not arrive: staff let it go out once more, or leave it. On both databases."""

from contextlib import nullcontext

import pytest

from portal.cases.models import CaseMessage
from portal.cases.store import answer, merge
from portal.errors import Conflict
from portal.notifications import store
from portal.notifications.rules import DeliveryState
from tests.cases.builders import at
from tests.notifications.conftest import Desk, MailBox


def test_staff_may_send_again_or_leave_it_and_both_only_once(mailing: Desk, mailbox: MailBox) -> None:
    mailing.mail()
    mailing.follow()
    mailbox.answers["RCPT"] = "550 no"
    mailing.send()
    with mailing.database.transaction() as session:
        ((delivery, _case),) = store.troubled(session)
        store.send_again(session, delivery.id, now=at(2), actor_id=1)
    with pytest.raises(Conflict), mailing.database.transaction() as session:
        store.send_again(session, delivery.id, now=at(2), actor_id=1)
    mailbox.answers.clear()
    assert mailing.send(2) == 1
    with pytest.raises(Conflict), mailing.database.transaction() as session:
        store.leave(session, delivery.id, now=at(3), actor_id=1)


@pytest.mark.parametrize("end", ["answered", "deleted"])
def test_what_would_be_dropped_when_its_turn_comes_is_not_promised_to_be_sent_again(
    mailing: Desk, mailbox: MailBox, end: str
) -> None:
    case = mailing.mail()
    mailing.follow()
    mailbox.answers["RCPT"] = "550 no"
    mailing.send()
    delivery = mailing.the_delivery()
    with mailing.database.transaction() as session:
        if end == "answered":
            answer(session, case.id, text="Ja.", member_id=1, now=at(2), version=None)
        else:
            session.get_one(CaseMessage, delivery.message_id).deleted_at = at(2)
    with pytest.raises(store.NoLongerAwaited), mailing.database.transaction() as session:
        store.send_again(session, delivery.id, now=at(3), actor_id=1)
    assert mailing.the_delivery().state is DeliveryState.FAILED
    with mailing.database.transaction() as session:
        store.leave(session, delivery.id, now=at(4), actor_id=1)


@pytest.mark.parametrize("is_answered", [False, True], ids=["waits", "answered"])
def test_a_message_of_a_question_that_became_part_of_another_is_sent_again_while_that_one_waits(
    mailing: Desk, mailbox: MailBox, *, is_answered: bool
) -> None:
    kept, gone = mailing.mail(thread_ref="t2"), mailing.mail()
    mailing.follow()
    mailbox.answers["RCPT"] = "550 no"
    mailing.send()
    (delivery,) = (each for each in mailing.deliveries() if each.case_id == gone.id)
    with mailing.database.transaction() as session:
        merge(session, gone.id, into_id=kept.id, member_id=1, now=at(2), version=None)
        if is_answered:
            answer(session, kept.id, text="Ja.", member_id=1, now=at(3), version=None)
    with nullcontext() if not is_answered else pytest.raises(store.NoLongerAwaited), mailing.database.transaction() as session:
        store.send_again(session, delivery.id, now=at(4), actor_id=1)

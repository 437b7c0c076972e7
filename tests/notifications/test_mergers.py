"""What was owed and told before cases became one still reaches its customer, and is shown with it. On both databases."""

import pytest

from portal.cases import noticing
from portal.cases.deciding import merge
from portal.cases.models import Case
from portal.cases.store import answer
from portal.notifications import store
from portal.notifications.models import Delivery
from portal.notifications.rules import DeliveryState
from portal.promises.rules import RevisionReason
from portal.promises.store import revise
from tests.cases.builders import at
from tests.notifications.conftest import Desk, MailBox


def two(desk: Desk, *senders: str) -> tuple[Case, Case]:
    """The case that stays, and the one that will become part of it; both were acknowledged."""
    one, other = senders or ("jan@example.nl", "jan@example.nl")
    kept, gone = desk.mail(sender=one), desk.mail(sender=other, thread_ref="t2")
    desk.follow()
    desk.send()
    return kept, gone


def become_one(desk: Desk, kept: Case, gone: Case, minutes: float) -> None:
    with desk.database.transaction() as session:
        merge(session, gone.id, session.get_one(Case, kept.id), member_id=1, now=at(minutes), version=None)


def put_off(desk: Desk, case: Case, minutes: float) -> None:
    """Tells of a later time, which nobody has sent yet."""
    with desk.database.transaction() as session:
        revise(session, case.id, at(minutes + 300), RevisionReason.ILLNESS, now=at(minutes), actor_id=1)
    desk.follow(minutes)


def owed_of(desk: Desk, case: Case) -> Delivery:
    """The last message about a case."""
    return [each for each in desk.deliveries() if each.case_id == case.id][-1]


@pytest.mark.parametrize("other", ["jan@example.nl", "noor@example.nl"])
def test_a_delay_that_was_owed_is_mailed_though_the_case_became_part_of_another(
    mailing: Desk, mailbox: MailBox, other: str
) -> None:
    kept, gone = two(mailing, "jan@example.nl", other)
    put_off(mailing, gone, 100)
    mailbox.answers["DATA"] = "451 later"
    mailing.send(100)
    become_one(mailing, kept, gone, 101)
    mailbox.answers.clear()
    assert mailing.send(105) == 1
    mail = mailbox.mails[-1]
    assert (mail["To"], mail["Subject"]) == (other, f"Ons antwoord komt later ({gone.reference})")
    assert ("/track/claim/" in mail.get_content()) is (other == "jan@example.nl"), "a link would open the other's words too"
    assert owed_of(mailing, gone).state is DeliveryState.SENT


def test_what_was_owed_is_not_sent_once_the_case_that_it_became_part_of_is_answered(mailing: Desk, mailbox: MailBox) -> None:
    kept, gone = two(mailing)
    put_off(mailing, gone, 100)
    become_one(mailing, kept, gone, 101)
    with mailing.database.transaction() as session:
        answer(session, kept.id, text="Over tien minuten.", member_id=1, now=at(102), version=None)
    assert mailing.send(103) == 0
    assert owed_of(mailing, gone).state is DeliveryState.NOT_NEEDED
    assert len(mailbox.mails) == 2


def test_the_time_told_at_first_is_not_mailed_once_a_later_one_was_told_after_a_merger(mailing: Desk, mailbox: MailBox) -> None:
    mailbox.answers["DATA"] = "451 later"
    kept, gone = two(mailing)
    become_one(mailing, kept, gone, 5)
    assert noticing.tell_in_time(mailing.database, at(210)) == 2
    mailing.follow(210)
    mailbox.answers.clear()
    assert mailing.send(210) == 2
    assert {mail["Subject"] for mail in mailbox.mails} == {f"Ons antwoord komt later ({each.reference})" for each in (kept, gone)}
    of_gone = [each.state for each in mailing.deliveries() if each.case_id == gone.id]
    assert of_gone == [DeliveryState.NOT_NEEDED, DeliveryState.SENT]


def test_a_later_time_of_one_question_does_not_keep_back_that_of_another_in_the_same_case(
    mailing: Desk, mailbox: MailBox
) -> None:
    kept, gone = two(mailing)
    put_off(mailing, kept, 100)
    mailbox.answers["DATA"] = "451 later"
    mailing.send(100)
    become_one(mailing, kept, gone, 101)
    assert noticing.tell_in_time(mailing.database, at(210)) == 1
    mailing.follow(210)
    mailbox.answers.clear()
    assert mailing.send(210) == 2


def test_what_became_of_each_message_is_shown_where_the_message_stands(mailing: Desk) -> None:
    kept, gone = two(mailing)
    put_off(mailing, gone, 100)
    become_one(mailing, kept, gone, 101)
    with mailing.database.reading() as session:
        found = store.of_case(session, kept.id)
        assert store.of_case(session, gone.id) == {}
    assert set(found) == {said.id for said in mailing.told()}
    assert {each.case_id for each in found.values()} == {kept.id, gone.id}

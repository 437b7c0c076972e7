"""The notice that an answer comes later: who gets it by mail, and who reads it on the page alone. On both databases."""

from typing import Any

import pytest

from portal.cases import noticing
from portal.cases.journey import StepKind
from portal.cases.models import Case
from portal.cases.store import add_customer_message, merge
from portal.cases.tracking_store import own_view
from portal.notifications.rules import DeliveryState, MessageKind, Way, WhyNot
from portal.organisation.models import Channel
from portal.promises.rules import RevisionReason
from portal.promises.store import revise
from tests.cases.builders import at
from tests.notifications.conftest import Desk, MailBox


def put_off(desk: Desk, case: Case, minutes: float = 100) -> None:
    """Tells the customer of a later time, and lets the worker do its work."""
    with desk.database.transaction() as session:
        revise(session, case.id, at(minutes + 300), RevisionReason.ILLNESS, now=at(minutes), actor_id=1)
    desk.follow(minutes + 1)
    desk.send(minutes + 1)


@pytest.mark.parametrize(
    ("sender", "facts"),
    [
        ("no-reply@shop.example", {}),
        ("MAILER-DAEMON@mx.example", {}),
        ("bounces-17@lists.example", {}),
        ("jan@example.nl", {"takes_no_reply": True}),
    ],
)
def test_a_list_or_a_program_gets_no_mail_about_a_delay_and_the_ledger_says_why(
    mailing: Desk, mailbox: MailBox, sender: str, facts: dict[str, Any]
) -> None:
    case = mailing.mail(sender=sender, **facts)
    put_off(mailing, case)
    assert mailbox.mails == []
    delivery = mailing.the_delivery()
    assert (delivery.kind, delivery.way, delivery.state) == (MessageKind.DELAY, Way.PAGE, DeliveryState.SHOWN_ON_PAGE)
    assert delivery.why_not is WhyNot.NOBODY_READS
    (said,) = mailing.told()
    assert said.id == delivery.message_id
    assert "Er zijn collega's ziek." in said.text


def test_our_own_mailbox_gets_no_mail_about_a_delay(mailing: Desk, mailbox: MailBox) -> None:
    case = mailing.mail(sender="hulp@bedrijf.example")
    with mailing.database.transaction() as session:
        session.get_one(Channel, case.channel_id).account = "Hulp@Bedrijf.example"
    put_off(mailing, case)
    assert mailbox.mails == []
    assert mailing.the_delivery().why_not is WhyNot.NOBODY_READS


def test_a_person_who_writes_in_the_conversation_of_a_list_gets_the_mail(mailing: Desk, mailbox: MailBox) -> None:
    case = mailing.mail(takes_no_reply=True)
    mailing.mail(minutes=5)
    put_off(mailing, case)
    assert [mail["To"] for mail in mailbox.mails] == ["jan@example.nl"]


def test_who_proved_on_the_page_to_be_a_person_gets_the_mail(mailing: Desk, mailbox: MailBox) -> None:
    case = mailing.mail(takes_no_reply=True)
    with mailing.database.transaction() as session:
        add_customer_message(session, case.id, text="Bent u er?", now=at(5))
    put_off(mailing, case)
    assert len(mailbox.mails) == 1


def test_an_away_text_of_a_customer_does_not_keep_the_mail_from_them(mailing: Desk, mailbox: MailBox) -> None:
    case = mailing.mail()
    mailing.follow()
    mailing.send()
    mailing.mail(minutes=5, is_automatic=True, takes_no_reply=True)
    put_off(mailing, case)
    assert [mail["Subject"] for mail in mailbox.mails][1:] == [f"Ons antwoord komt later ({case.reference})"]


def test_what_a_colleague_adds_is_told_as_theirs_and_without_it_no_colleague_is_named(mailing: Desk, mailbox: MailBox) -> None:
    for number, (language, sentence) in enumerate([("nl", "Twee zijn ziek."), ("en", "Two are ill."), ("nl", "")]):
        case = mailing.mail(sender=f"a{number}@example.nl", thread_ref=f"t{number}", language=language)
        with mailing.database.transaction() as session:
            chosen = {"sentence_nl": sentence, "sentence_en": sentence, "now": at(10), "actor_id": 1}
            revise(session, case.id, at(400), RevisionReason.ILLNESS, **chosen)
    mailing.follow(11)
    mailing.send(11)
    texts = [mail.get_content().replace("\r\n", "\n") for mail in mailbox.mails if mail["Auto-Submitted"] == "auto-generated"]
    dutch, english, bare = texts
    assert "Er zijn collega's ziek.\nEen collega schrijft daarbij: Twee zijn ziek.\nU kunt" in dutch
    assert "Colleagues are ill.\nA colleague adds: Two are ill.\nYou can" in english
    assert "Er zijn collega's ziek.\nU kunt" in bare


def steps(desk: Desk, case: Case, minutes: float) -> list[StepKind]:
    with desk.database.reading() as session:
        return [step.kind for step in own_view(session, case.id, at(minutes)).steps]


def test_the_customer_reads_each_delay_once_on_their_page(desk: Desk) -> None:
    case = desk.mail()
    put_off(desk, case)
    assert desk.told()[-1].message_id.startswith("portal:notice:")
    found = steps(desk, case, 101)
    assert found.count(StepKind.REVISED) == 1
    assert found.count(StepKind.MESSAGE) == 2, "their own question, and that it came in"


def test_what_was_told_of_a_question_that_became_part_of_this_one_still_stands_there(desk: Desk) -> None:
    kept, gone = desk.mail(), desk.mail(thread_ref="t2")
    with desk.database.transaction() as session:
        merge(session, gone.id, into_id=kept.id, member_id=1, now=at(5), version=None)
    assert noticing.tell_in_time(desk.database, at(210)) == 2
    desk.follow(211)
    notices = [said for said in desk.told() if said.message_id.startswith("portal:notice:")]
    assert {said.case_id for said in notices} == {kept.id}
    found = steps(desk, kept, 211)
    assert found.count(StepKind.REVISED) == 1
    assert found.count(StepKind.MESSAGE) == 2 + len(desk.told()) - 1, "all but what the step of its own says"


def test_a_message_from_outside_with_the_id_of_a_notice_is_shown(desk: Desk) -> None:
    case = desk.mail(message_id="portal:notice:1")
    desk.mail(minutes=1, message_id="portal:notice:x", is_automatic=True)
    assert steps(desk, case, 2).count(StepKind.MESSAGE) == 2

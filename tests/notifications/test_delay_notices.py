"""The notice that an answer comes later: who gets it by mail, and who reads it on the page alone. On both databases."""

from typing import Any

import pytest

from portal.cases.models import Case
from portal.cases.store import add_customer_message
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

"""Questions of two customers that became one case: each hears of their own, and of nothing else. On both databases."""

import pytest

from portal.cases import exporting, noticing
from portal.cases.deciding import merge
from portal.cases.models import Case
from portal.cases.noticing import Choice
from portal.cases.tracking_store import own_view
from portal.notifications.rules import DeliveryState, Way
from portal.promises.rules import RevisionReason
from tests.cases.builders import at
from tests.notifications.conftest import Desk, MailBox

ABOUT_BOB = "Bob, uw rekening ligt bij Kees."


def become_one(desk: Desk, kept: Case, gone: Case, minutes: float = 60) -> None:
    with desk.database.transaction() as session:
        merge(session, gone.id, session.get_one(Case, kept.id), member_id=1, now=at(minutes), version=None)


def keep_ready(desk: Desk, case: Case, sentence: str) -> None:
    chosen = Choice(RevisionReason.ILLNESS, None, sentence, sentence, member_id=1)
    with desk.database.transaction() as session:
        assert noticing.keep_ready(session, [case.id], chosen, at(40)) == 1


def page_of(desk: Desk, case: Case) -> str:
    """All that the page of a case and what its customer takes along say in words."""
    with desk.database.reading() as session:
        view, taken_along = own_view(session, case.id, at(230)), exporting.export(session, case.id, at(230))
    shown = [str(getattr(step.message, "text", "")) for step in view.steps]
    return "\n".join(shown + [step.revision.sentence.nl for step in view.steps if step.revision] + [str(taken_along)])


@pytest.mark.parametrize("bob_stays", [False, True])
def test_each_is_mailed_of_their_own_question_with_what_was_written_for_them(
    mailing: Desk, mailbox: MailBox, *, bob_stays: bool
) -> None:
    anna = mailing.mail(sender="anna@example.nl", author_name="Anna", message_id="m-anna", language="en")
    bob = mailing.mail(sender="bob@example.nl", author_name="Bob", message_id="m-bob", thread_ref="t2", language="nl")
    mailing.follow()
    mailing.send()
    keep_ready(mailing, bob, ABOUT_BOB)
    become_one(mailing, *((bob, anna) if bob_stays else (anna, bob)))
    assert noticing.tell_in_time(mailing.database, at(225)) == 2
    mailing.follow(225)
    assert mailing.send(225) == 2
    mails = {mail["To"]: mail for mail in mailbox.mails[2:]}
    texts = {to: mail.get_content() for to, mail in mails.items()}
    assert ABOUT_BOB in texts["bob@example.nl"]
    assert ABOUT_BOB not in texts["anna@example.nl"]
    assert mails["bob@example.nl"]["Subject"] == f"Ons antwoord komt later ({bob.reference})"
    assert anna.reference in mails["anna@example.nl"]["Subject"]
    assert bob.reference in texts["bob@example.nl"]
    assert "Our answer will be late." in texts["anna@example.nl"]
    assert not any("/track" in text for text in texts.values()), "one page would show the words of both"


@pytest.mark.parametrize("bob_stays", [False, True])
def test_the_page_shows_nobody_what_another_was_told(desk: Desk, *, bob_stays: bool) -> None:
    anna = desk.mail(sender="anna@example.nl", author_name="Anna")
    bob = desk.mail(sender="bob@example.nl", author_name="Bob", thread_ref="t2")
    desk.follow()
    keep_ready(desk, bob, ABOUT_BOB)
    kept, gone = (bob, anna) if bob_stays else (anna, bob)
    become_one(desk, kept, gone)
    assert noticing.tell_in_time(desk.database, at(225)) == 2
    assert desk.follow(225) == 2
    said = page_of(desk, kept)
    assert (ABOUT_BOB in said) is bob_stays
    assert kept.reference in said
    assert gone.reference not in said
    (theirs,) = [each for each in desk.deliveries()[2:] if each.case_id == gone.id]
    assert gone.reference in theirs.text
    assert "/track" not in theirs.text, "there is no page for them any more"


def test_a_list_gets_no_mail_because_another_customer_wrote_by_hand(mailing: Desk) -> None:
    anna = mailing.mail(sender="anna@example.nl")
    news = mailing.mail(sender="nieuws@example.nl", thread_ref="t2", takes_no_reply=True)
    mailing.follow()
    become_one(mailing, anna, news)
    assert noticing.tell_in_time(mailing.database, at(225)) == 2
    mailing.follow(225)
    of_list = [each for each in mailing.deliveries() if each.case_id == news.id]
    assert [(each.way, each.state) for each in of_list] == [(Way.PAGE, DeliveryState.SHOWN_ON_PAGE)]


def test_a_mail_answers_the_message_of_its_own_customer(mailing: Desk, mailbox: MailBox) -> None:
    bob = mailing.mail(sender="bob@example.nl", message_id="<m-bob@example.nl>", thread_ref="t2")
    anna = mailing.mail(sender="anna@example.nl", message_id="<m-anna@example.nl>")
    mailing.follow()
    mailing.send()
    become_one(mailing, anna, bob)
    noticing.tell_in_time(mailing.database, at(225))
    mailing.follow(225)
    mailing.send(225)
    answers = {mail["To"]: mail["In-Reply-To"] for mail in mailbox.mails[2:]}
    assert answers == {"bob@example.nl": "<m-bob@example.nl>", "anna@example.nl": "<m-anna@example.nl>"}

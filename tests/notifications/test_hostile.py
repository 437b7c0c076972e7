"""Mail that somebody wants to go astray: addresses that are two, servers that refuse, and what that does to everybody else's."""

from datetime import datetime
from email.message import EmailMessage
from typing import Any

import pytest
from sqlalchemy import func, select
from sqlalchemy.exc import OperationalError
from sqlalchemy.orm import Session

from portal.cases.contacts import merge_contacts
from portal.cases.deciding import merge
from portal.cases.models import Case
from portal.cases.tracking_models import Claim
from portal.notifications import composing, mail, store
from portal.notifications.follower import follow
from portal.notifications.lengths import Limit, Unit
from portal.notifications.mail import Letter, MailServer, Undelivered
from portal.notifications.rules import DeliveryState, MessageKind, Way
from portal.notifications.sending import post_of
from portal.notifications.wording import compose, harmless_name
from portal.promises.rules import RevisionReason
from portal.promises.store import revise
from tests.cases.builders import at
from tests.notifications.conftest import VAULT, Desk, MailBox

NO_MAILBOXES = (
    "root,x@example.nl",
    "victim@example.nl,x.nl",
    "victim@example.nl(1.nl)",
    "(1)victim@example.nl",
    '"victim"@example.nl',
    "a;b@example.nl",
    "a:b;@example.nl",
    "root@[127.0.0.1]",
    "victim%example.org@example.nl",
    "=?utf-8?q?victim?=@example.nl",
    "a\x01b@example.nl",
    "a@example..nl",
    "a@-example.nl",
    ".a@example.nl",
)


@pytest.mark.parametrize("address", NO_MAILBOXES)
def test_what_is_not_exactly_one_mailbox_gets_no_mail(mailing: Desk, mailbox: MailBox, address: str) -> None:
    mailing.mail(sender=address)
    mailing.follow()
    assert mailing.the_delivery().way is Way.PAGE
    assert mailing.send() == 0
    assert mailbox.mails == []


@pytest.mark.parametrize("address", ["jan@münchen.example", "o'neil+x=y@mail.example.nl", "jürgen@example.nl", "A.B-c_d@x1.nl"])
def test_an_unusual_mailbox_is_one(mailing: Desk, address: str) -> None:
    mailing.mail(sender=address)
    mailing.follow()
    assert mailing.the_delivery().way is Way.EMAIL


def test_the_server_is_offered_an_address_as_it_stands_or_not_at_all(mailbox: MailBox) -> None:
    with MailServer(mailbox.url) as server:
        for address in ("root,x@example.nl", "victim@example.nl,x.nl", "a\r\nRCPT TO:<b@example.nl>@example.nl"):
            with pytest.raises(Undelivered) as refused:
                server.offer("klant@bedrijf.example", address)
            assert refused.value.permanent


@pytest.mark.parametrize("answer", ["451 not now", "554 not this"])
def test_a_message_that_is_refused_after_the_offer_takes_no_other_one_along(
    mailing: Desk, mailbox: MailBox, answer: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    mailing.mail(sender="eerste@example.nl")
    mailing.mail(sender="tweede@example.nl", thread_ref="t2")
    mailing.follow()
    _fails_once(monkeypatch, Undelivered(answer, permanent=answer.startswith("5")))
    assert mailing.send() == 1
    assert [each["To"] for each in mailbox.mails] == ["tweede@example.nl"]


def _fails_once(monkeypatch: pytest.MonkeyPatch, error: Exception) -> None:
    """The first message cannot be written, after the server was asked about its address."""
    errors, written = [error], mail._written

    def write(letter: Letter, now: datetime) -> EmailMessage:
        if errors:
            raise errors.pop()
        return written(letter, now)

    monkeypatch.setattr(mail, "_written", write)


def test_a_message_that_cannot_be_written_at_all_takes_no_other_one_along(
    mailing: Desk, mailbox: MailBox, monkeypatch: pytest.MonkeyPatch
) -> None:
    mailing.mail(sender="eerste@example.nl")
    mailing.mail(sender="tweede@example.nl", thread_ref="t2")
    mailing.follow()
    _fails_once(monkeypatch, AttributeError("no local part"))
    assert mailing.send() == 1
    assert [each["To"] for each in mailbox.mails] == ["tweede@example.nl"]
    assert [each.state for each in mailing.deliveries()] == [DeliveryState.FAILED, DeliveryState.SENT]


def test_a_sender_that_the_server_does_not_take_is_no_fault_of_the_customers(mailing: Desk, mailbox: MailBox) -> None:
    mailing.mail()
    mailing.follow()
    mailbox.answers["MAIL"] = "550 sender not allowed"
    assert mailing.send() == 0
    assert mailing.the_delivery().state is DeliveryState.OWED
    del mailbox.answers["MAIL"]
    assert mailing.send(5) == 1


def test_an_address_at_which_the_server_hangs_up_does_not_use_up_the_tries_of_others(mailing: Desk, mailbox: MailBox) -> None:
    mailing.mail(sender="gif@example.nl")
    mailing.mail(sender="jan@example.nl", thread_ref="t2")
    mailing.follow()
    mailbox.hangs_up_at = "gif@example.nl"
    sent = sum(mailing.send(minute) for minute in range(1, 6))
    assert sent == 1
    assert [each["To"] for each in mailbox.mails] == ["jan@example.nl"]


def test_an_event_that_cannot_be_told_of_keeps_nobody_else_waiting(
    mailing: Desk, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    cases = [mailing.mail(sender=f"{name}@example.nl", thread_ref=name) for name in ("jan", "piet", "noor")]
    tell = composing.tell

    def tell_most(session: Session, case_id: int, **facts: Any) -> int | None:
        if case_id == cases[1].id:
            raise OverflowError("a secret of a customer")
        return tell(session, case_id, **facts)

    monkeypatch.setattr(composing, "tell", tell_most)
    assert mailing.follow() == 2
    assert mailing.follow() == 0
    assert [each.case_id for each in mailing.deliveries()] == [cases[0].id, cases[2].id]
    assert "OverflowError" in caplog.text
    assert "secret" not in caplog.text


def test_a_flood_is_told_of_in_small_portions_so_that_the_door_gets_its_turn(mailing: Desk) -> None:
    for number in range(45):
        mailing.mail(sender=f"a{number}@example.nl", thread_ref=f"t{number}")
    post, told = post_of(mailing.config), []
    while (done := follow(mailing.database, post, at(1))).events:
        told.append(done.messages)
    assert told[:2] == [20, 20]
    assert sum(told) == 45


def test_a_database_that_goes_away_lets_no_event_be_passed_over(mailing: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    mailing.mail()
    with monkeypatch.context() as away:
        away.setattr(composing, "tell", _is_away)
        with pytest.raises(OperationalError):
            mailing.follow()
    assert mailing.follow() == 1


def _is_away(*_args: object, **_facts: object) -> None:
    raise OperationalError("INSERT", {}, Exception("database is locked"))


def test_what_could_not_be_sent_does_not_come_after_what_tells_more(mailing: Desk, mailbox: MailBox) -> None:
    case = mailing.mail(language="en")
    mailing.follow()
    mailbox.answers["RCPT"] = "451 later, please"
    mailing.send()
    with mailing.database.transaction() as session:
        revise(session, case.id, at(24 * 60), RevisionReason.ILLNESS, now=at(2), actor_id=1)
    del mailbox.answers["RCPT"]
    mailing.follow(2)
    assert mailing.send(3) == 1
    assert [each["Subject"] for each in mailbox.mails] == [f"Our answer will be late ({case.reference})"]
    assert [each.state for each in mailing.deliveries()] == [DeliveryState.NOT_NEEDED, DeliveryState.SENT]


@pytest.mark.parametrize(
    "name", ["Win nu op http://fout.example", "fout.example", "www fout", "Bel 0900 12345 " * 5, "\\\\server", "x@fout.example"]
)
def test_nobody_can_have_us_mail_others_what_they_call_themselves(name: str) -> None:
    assert harmless_name(name) == ""


@pytest.mark.parametrize("name", ["J.P. de Vries", "Noor O'Neil-van den Berg jr.", "周杰倫", "Sinéad"])
def test_a_name_is_one(name: str) -> None:
    assert harmless_name(name) == name


def test_no_address_is_kept_of_what_the_server_says(mailing: Desk, mailbox: MailBox) -> None:
    mailing.mail(sender="jan@example.nl")
    mailing.follow()
    mailbox.answers["RCPT"] = "550 5.1.1 <jan@example.nl>: jan@example.nl is nobody here"
    mailing.send()
    assert mailing.the_delivery().error == "550 5.1.1 ...: ... is nobody here"


def test_a_text_of_a_thousand_lines_is_measured_a_few_times_only() -> None:
    limit = Counting(280, Unit.WEIGHTED)
    text = "{before}\n" + "a\n" * 990 + "{reference}"
    made = compose(MessageKind.ACKNOWLEDGEMENT, text, {"before": "straks", "reference": "BR-1"}, limit)
    assert made.text == "straks\n" + "a\n" * 134 + "BR-1"
    assert len(made.left_out) == 990 - 134
    assert len(asked_about) < 15


asked_about: list[str] = []


class Counting(Limit):
    def takes(self, text: str) -> bool:
        asked_about.append(text)
        return super().takes(text)


def links_in(mailbox: MailBox) -> list[bool]:
    return ["/track/claim/" in each.get_content() for each in mailbox.mails]


def claims(desk: Desk) -> int:
    with desk.database.reading() as session:
        return session.scalar(select(func.count()).select_from(Claim).where(Claim.revoked_at.is_(None))) or 0


def two_people_in_one(mailing: Desk, minutes: float = 1) -> tuple[Case, Case]:
    kept, gone = mailing.mail(sender="jan@example.nl"), mailing.mail(sender="noor@example.nl", thread_ref="t2")
    mailing.follow(minutes)
    with mailing.database.transaction() as session:
        merge(session, gone.id, session.get_one(Case, kept.id), member_id=1, now=at(minutes), version=None)
    return kept, gone


def later_than_promised(mailing: Desk, case: Case, minutes: float) -> None:
    with mailing.database.transaction() as session:
        revise(session, case.id, at(24 * 60 + minutes), RevisionReason.ILLNESS, now=at(minutes), actor_id=1)
    mailing.follow(minutes)


def test_no_mail_opens_a_case_that_holds_what_somebody_else_wrote(mailing: Desk, mailbox: MailBox) -> None:
    kept, gone = two_people_in_one(mailing)
    assert mailing.send(2) == 2, "the acknowledgements that waited"
    later_than_promised(mailing, kept, 3)
    assert mailing.send(4) == 1
    assert links_in(mailbox) == [False, False, False]
    assert all("{link}" not in each.get_content() for each in mailbox.mails)
    named = [case.reference in each["Subject"] for case, each in zip((kept, gone, kept), mailbox.mails, strict=True)]
    assert named == [True, True, True]
    assert claims(mailing) == 0


def test_no_mail_opens_a_case_in_which_somebody_wrote_of_whom_nothing_is_known(mailing: Desk, mailbox: MailBox) -> None:
    case = mailing.mail()
    mailing.follow()
    mailing.mail(minutes=1, sender="")
    assert mailing.send(2) == 1
    later_than_promised(mailing, case, 3)
    assert mailing.send(4) == 1
    assert links_in(mailbox) == [False, False]


def test_a_mail_opens_the_case_again_once_both_were_proved_to_be_one_person(mailing: Desk, mailbox: MailBox) -> None:
    kept, gone = two_people_in_one(mailing)
    with mailing.database.transaction() as session:
        one, other = (session.get_one(Case, case.id).contact_id for case in (kept, gone))
        assert one
        assert other
        merge_contacts(session, other, into_id=one, now=at(2), actor_id=1)
    assert mailing.send(2) == 2
    assert links_in(mailbox) == [True, True]
    assert claims(mailing) == 2


def test_a_case_merged_while_its_mail_is_being_sent_is_opened_by_no_link(mailing: Desk) -> None:
    mailing.mail(sender="jan@example.nl")
    gone = mailing.mail(sender="noor@example.nl", thread_ref="t2")
    mailing.follow()
    delivery = next(each for each in mailing.deliveries() if each.case_id == gone.id)
    with mailing.database.transaction() as session:
        claimed = store.claim(session, delivery.id, at(1))
    assert claimed
    with mailing.database.transaction() as session:
        kept = session.scalars(select(Case).where(Case.id != gone.id)).one()
        merge(session, gone.id, kept, member_id=1, now=at(1), version=None)
    with mailing.database.transaction() as session:
        text, claim_id = store.begin_handing_over(session, VAULT, claimed, "http://portal.test", at(1))
    assert claim_id is None
    assert "link" not in text
    assert "http" not in text

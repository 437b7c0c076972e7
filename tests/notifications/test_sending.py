"""Mail, to a real server on loopback: what it looks like, what becomes of refusals, and that nothing goes out twice."""

import re
from dataclasses import replace
from itertools import pairwise

import pytest
from sqlalchemy import select

from portal.cases import tracking_store
from portal.cases.claims_store import by_link
from portal.cases.contacts import contact_of, merge_contacts
from portal.cases.rules import CaseState
from portal.cases.store import answer, the_case
from portal.cases.tracking_models import Claim
from portal.errors import Conflict
from portal.notifications import store
from portal.notifications.models import Delivery
from portal.notifications.rules import MOST_A_DAY, MOST_TRIES, DeliveryState, Way, WhyNot
from portal.organisation.rules import ChannelKind
from portal.promises.rules import RevisionReason
from portal.promises.store import revise
from tests.cases.builders import START, at
from tests.notifications.conftest import VAULT, Desk, MailBox
from tests.running import free_port


def test_mail_is_acknowledged_by_mail_that_says_that_a_program_wrote_it(mailing: Desk, mailbox: MailBox) -> None:
    case = mailing.mail(message_id="<vraag-17@example.nl>", language="nl")
    mailing.follow()
    assert mailing.send() == 1
    (mail,) = mailbox.mails
    assert mail["From"] == "Ringlijn <klant@bedrijf.example>"
    assert mail["To"] == "jan@example.nl"
    assert mail["Subject"] == f"Wij hebben uw bericht ontvangen ({case.reference})"
    assert mail["In-Reply-To"] == mail["References"] == "<vraag-17@example.nl>"
    assert (mail["Auto-Submitted"], mail["X-Auto-Response-Suppress"]) == ("auto-replied", "All")
    assert mail["Message-ID"].endswith("@bedrijf.example>")
    assert mail.get_content_type() == "text/plain"
    assert mail.get_content_charset() == "utf-8"
    assert "vóór dinsdag 10 maart, 13.00 uur." in mail.get_content()
    delivery = mailing.the_delivery()
    assert (delivery.way, delivery.state, delivery.sent_at, delivery.tries) == (Way.EMAIL, DeliveryState.SENT, at(1), 1)
    assert delivery.why_not is None
    assert mailing.send(60) == 0


def test_the_link_in_a_mail_opens_the_case_and_stands_nowhere_else(mailing: Desk, mailbox: MailBox) -> None:
    case = mailing.mail(language="en")
    mailing.follow()
    mailing.send()
    found = re.search(r"http://portal\.test/en/track/claim/(\S+)", mailbox.mails[0].get_content())
    assert found
    with mailing.database.reading() as session:
        claim = by_link(session, VAULT, found[1], at(2))
        assert claim
        assert claim.case_id == case.id
    assert found[1] not in mailing.the_delivery().text
    assert found[1] not in mailing.told()[0].text


def test_who_wrote_elsewhere_gets_mail_at_the_address_that_is_known_of_them(mailing: Desk, mailbox: MailBox) -> None:
    first = mailing.mail(sender="noor@example.nl")
    other = mailing.write(ChannelKind.MASTODON, author_id="noor@social.example", thread_ref="m")
    with mailing.database.transaction() as session:
        kept = contact_of(session, first.channel_id, "noor@example.nl")
        gone = contact_of(session, other.channel_id, "noor@social.example")
        merge_contacts(session, gone.id, into_id=kept.id, now=START, actor_id=None)
    mailing.follow()
    assert mailing.send() == 2
    assert {mail["To"] for mail in mailbox.mails} == {"noor@example.nl"}
    assert [each.why_not for each in mailing.deliveries()] == [None, WhyNot.NO_SENDER]


def test_without_a_mail_server_the_page_shows_it_and_the_ledger_says_why(desk: Desk) -> None:
    desk.mail()
    desk.follow()
    delivery = desk.the_delivery()
    assert (delivery.state, delivery.why_not) == (DeliveryState.SHOWN_ON_PAGE, WhyNot.NO_MAIL_SERVER)
    assert desk.send() == 0


def test_what_was_owed_when_the_mail_server_was_taken_out_is_shown_on_the_page(mailing: Desk) -> None:
    mailing.mail()
    mailing.follow()
    replace(mailing, config=replace(mailing.config, smtp_url="")).send()
    delivery = mailing.the_delivery()
    assert (delivery.state, delivery.why_not) == (DeliveryState.SHOWN_ON_PAGE, WhyNot.NO_MAIL_SERVER)


@pytest.mark.parametrize("step", ["RCPT", "DATA"])
def test_a_refusal_for_now_is_tried_again_with_growing_pauses_and_given_up_after_a_day(
    mailing: Desk, mailbox: MailBox, step: str
) -> None:
    mailing.mail()
    mailing.follow()
    mailbox.answers[step] = "451 later, please"
    tried, minutes = [], 1.0
    while mailing.the_delivery().state is DeliveryState.OWED:
        mailing.send(minutes)
        delivery = mailing.the_delivery()
        assert delivery.error == "451 later, please"
        tried.append(minutes)
        if delivery.next_try_at is not None:
            assert mailing.send(minutes + 0.5) == 0
            minutes = (delivery.next_try_at - START).total_seconds() / 60
    assert len(tried) == MOST_TRIES
    assert [int(later - earlier) for earlier, later in pairwise(tried)][:8] == [1, 2, 4, 8, 16, 32, 64, 120]
    assert 22 * 60 < tried[-1] < 26 * 60
    assert mailing.the_delivery().state is DeliveryState.GIVEN_UP
    assert mailbox.mails == []


@pytest.mark.parametrize("step", ["RCPT", "DATA"])
def test_a_refusal_for_ever_is_not_tried_again_and_its_link_opens_nothing(mailing: Desk, mailbox: MailBox, step: str) -> None:
    mailing.mail()
    mailing.mail(sender="piet@example.nl", thread_ref="t2")
    mailing.follow()
    mailbox.answers[step] = "550 no such person"
    assert mailing.send() == 0
    assert {(each.state, each.error) for each in mailing.deliveries()} == {(DeliveryState.FAILED, "550 no such person")}
    with mailing.database.reading() as session:
        assert all(claim.revoked_at for claim in session.scalars(select(Claim)))
    mailbox.answers.clear()
    assert mailing.send(600) == 0


def test_a_server_that_takes_the_text_and_says_nothing_leaves_it_uncertain_and_sends_nothing_twice(
    mailing: Desk, mailbox: MailBox
) -> None:
    mailing.mail()
    mailing.mail(sender="piet@example.nl", thread_ref="t2")
    mailing.follow()
    mailbox.answers["DATA"] = "silence"
    assert mailing.send() == 0
    first, second = mailing.deliveries()
    assert first.state is DeliveryState.UNCERTAIN
    assert second.state is DeliveryState.OWED, "the others wait until the server is well"
    mailbox.answers.clear()
    assert mailing.send(10) == 1
    assert sorted(mail["To"] for mail in mailbox.mails) == ["jan@example.nl", "piet@example.nl"]


def test_a_server_that_is_away_puts_all_off_and_loses_none(mailing: Desk, mailbox: MailBox) -> None:
    for number in range(3):
        mailing.mail(sender=f"jan{number}@example.nl", thread_ref=f"t{number}")
    mailing.follow()
    away = replace(mailing, config=replace(mailing.config, smtp_url=f"smtp://127.0.0.1:{free_port()}"))
    assert away.send() == 0
    assert {(each.state, each.tries) for each in mailing.deliveries()} == {(DeliveryState.OWED, 1)}
    assert "cannot be used" in mailing.deliveries()[0].error
    assert mailing.send(1.5) == 0
    assert mailing.send(2) == 3


def test_a_server_elsewhere_must_encrypt_before_it_hears_a_word(mailing: Desk, mailbox: MailBox) -> None:
    config = replace(mailing.config, smtp_url=f"smtp://jan:geheim@127.0.0.1:{mailbox.port}")
    mailing.mail()
    mailing.follow()
    assert replace(mailing, config=config).send() == 0
    assert mailing.the_delivery().state is DeliveryState.OWED
    assert "geheim" not in mailing.the_delivery().error


def test_what_has_been_answered_meanwhile_is_not_sent(mailing: Desk, mailbox: MailBox) -> None:
    case = mailing.mail()
    mailing.follow()
    with mailing.database.transaction() as session:
        answer(session, case.id, text="Ja.", member_id=1, now=at(2), version=None)
    mailing.send(3)
    assert mailing.the_delivery().state is DeliveryState.NOT_NEEDED
    assert mailbox.mails == []


@pytest.mark.parametrize("is_owed", [True, False], ids=["already owed", "not made yet"])
def test_what_is_withdrawn_gets_no_acknowledgement(mailing: Desk, mailbox: MailBox, *, is_owed: bool) -> None:
    case = mailing.mail()
    if is_owed:
        mailing.follow()
    with mailing.database.transaction() as session:
        assert tracking_store.withdraw(session, case.id, at(2))
    mailing.follow(2)
    mailing.send(3)
    assert [each.state for each in mailing.deliveries()] == ([DeliveryState.NOT_NEEDED] if is_owed else [])
    assert mailbox.mails == []


def test_a_new_time_for_what_is_withdrawn_meanwhile_is_not_told(mailing: Desk, mailbox: MailBox) -> None:
    case = mailing.mail()
    with mailing.database.transaction() as session:
        revise(session, case.id, at(600), RevisionReason.ILLNESS, now=at(1), actor_id=None)
        assert tracking_store.withdraw(session, case.id, at(2))
    mailing.follow(3)
    mailing.send(4)
    assert (mailing.deliveries(), mailbox.mails) == ([], [])


def test_a_mailbox_that_answers_by_itself_does_not_keep_us_writing(mailing: Desk, mailbox: MailBox) -> None:
    for number in range(MOST_A_DAY + 3):
        mailing.mail(thread_ref=f"t{number}", minutes=number / 10)
    mailing.follow(10)
    while mailing.send(10):
        pass
    assert len(mailbox.mails) == MOST_A_DAY
    assert {each.why_not for each in mailing.deliveries() if each.way is Way.PAGE} == {WhyNot.TOO_MANY}


@pytest.mark.parametrize("names", [["jan", "Jan", "jAN"], ["jan", "jan+1", "Jan+2+3"]])
def test_a_mailbox_is_one_however_its_address_is_written(mailing: Desk, names: list[str]) -> None:
    for number in range(MOST_A_DAY + 3):
        mailing.mail(sender=f"{names[number % 3]}@Example.nl", thread_ref=f"t{number}", minutes=number / 10)
    mailing.mail(sender="an@example.nl", thread_ref="an", minutes=4)
    mailing.follow(10)
    assert [each.way for each in mailing.deliveries()].count(Way.EMAIL) == MOST_A_DAY + 1
    assert {each.why_not for each in mailing.deliveries() if each.way is Way.PAGE} == {WhyNot.TOO_MANY}
    assert all("example" not in (each.mailbox or "").casefold() for each in mailing.deliveries())


def test_a_delay_is_told_before_all_acknowledgements_that_wait_longer(mailing: Desk, mailbox: MailBox) -> None:
    case = mailing.mail(language="en")
    mailing.follow()
    mailing.send()
    for number in range(45):
        mailing.mail(sender=f"a{number}@example.nl", thread_ref=f"flood-{number}", minutes=1)
    mailing.follow(2)
    with mailing.database.transaction() as session:
        revise(session, case.id, at(400), RevisionReason.ILLNESS, now=at(3), actor_id=1)
    mailing.follow(3)
    assert mailing.send(4) == 20
    assert mailbox.mails[1]["Subject"] == f"Our answer will be late ({case.reference})"
    assert [mailing.send(4) for _ in range(3)] == [20, 6, 0]


def test_a_slow_sender_that_was_given_up_on_is_believed_when_it_says_that_it_sent(mailing: Desk) -> None:
    mailing.mail()
    mailing.follow()
    with mailing.database.transaction() as session:
        delivery = session.scalars(select(Delivery)).one()
        claimed = store.claim(session, delivery.id, at(1))
        assert claimed
        store.begin_handing_over(session, VAULT, claimed, "http://portal.test", at(1))
    mailing.send(12)
    assert mailing.the_delivery().state is DeliveryState.UNCERTAIN
    with mailing.database.transaction() as session:
        store.was_sent(session, claimed.id, at(13))
    assert mailing.the_delivery().state is DeliveryState.SENT


def test_two_who_claim_the_same_message_send_it_once(mailing: Desk) -> None:
    mailing.mail()
    mailing.follow()
    with mailing.database.transaction() as session:
        delivery = session.scalars(select(Delivery)).one()
        first = store.claim(session, delivery.id, at(1))
        assert first
        assert store.claim(session, delivery.id, at(2)) is None
        second = store.claim(session, delivery.id, at(12))
        assert second
        with pytest.raises(Conflict):
            store.begin_handing_over(session, VAULT, first, "http://portal.test", at(12))


def test_a_new_time_is_told_with_its_reason(mailing: Desk, mailbox: MailBox) -> None:
    case = mailing.mail(language="nl")
    mailing.follow()
    mailing.send()
    with mailing.database.transaction() as session:
        revise(
            session,
            case.id,
            at(400),
            RevisionReason.OUTAGE,
            sentence_nl="De telefoons doen het niet.",
            now=at(100),
            actor_id=1,
        )
    assert mailing.follow(101) == 1
    assert mailing.follow(102) == 0
    mailing.send(101)
    mail = mailbox.mails[1]
    assert mail["Auto-Submitted"] == "auto-generated"
    assert mail["Subject"].startswith("Ons antwoord komt later")
    text = mail.get_content().replace("\r\n", "\n")
    assert "Wij beloofden u een antwoord vóór dinsdag 10 maart, 13.00 uur. Dat lukt niet." in text
    assert "Er is een storing.\nEen collega schrijft daarbij: De telefoons doen het niet.\n" in text
    assert "U kunt ons antwoord nu verwachten vóór dinsdag 10 maart, 15.40 uur." in text
    with mailing.database.reading() as session:
        assert the_case(session, case.id).state is CaseState.NEW


def test_a_second_new_time_speaks_of_the_one_before_and_a_sooner_one_is_good_news(desk: Desk) -> None:
    case = desk.write(ChannelKind.MASTODON, language="en")
    for minutes, new in ((10, 400), (20, 350)):
        with desk.database.transaction() as session:
            revise(session, case.id, at(new), RevisionReason.ILLNESS, now=at(minutes), actor_id=1)
    assert desk.follow(21) == 3
    later, sooner = (said.text for said in desk.told()[1:])
    assert "We promised an answer before Tuesday 10 March, 13:00." in later
    assert "You can expect our answer sooner." in sooner
    assert "We promised it before Tuesday 10 March, 15:40." in sooner
    assert "before Tuesday 10 March, 14:50." in sooner


def test_a_delay_for_which_no_time_can_be_said_tells_when_the_customer_hears_more_and_then_the_time(desk: Desk) -> None:
    case = desk.write(ChannelKind.MASTODON, language="en")
    for minutes, new in ((10, None), (20, at(700))):
        with desk.database.transaction() as session:
            revise(session, case.id, new, RevisionReason.OUTAGE, now=at(minutes), actor_id=1)
    assert desk.follow(21) == 3
    later, known = (said.text for said in desk.told()[1:])
    assert "We cannot keep that.\nThere is an outage.\nWe do not know yet when we can answer." in later
    assert "Before Tuesday 10 March, 17:00 we will tell you when." in later
    assert "We now know when we can answer.\nYou can expect our answer before Tuesday 10 March, 20:40." in known


def test_where_the_window_of_the_platform_is_over_the_ledger_says_so(desk: Desk) -> None:
    case = desk.write(ChannelKind.WHATSAPP, visibility="direct", minutes=0)
    desk.follow()
    with desk.database.transaction() as session:
        revise(session, case.id, at(3_000), RevisionReason.ILLNESS, now=at(1_500), actor_id=1)
    desk.follow(1_501)
    assert [each.why_not for each in desk.deliveries()] == [WhyNot.NO_SENDER, WhyNot.WINDOW_OVER]

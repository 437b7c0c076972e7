"""What a customer hears when all that waits is split off, and its promise goes along as it was told. On both databases."""

from datetime import datetime

import pytest

from portal.cases.journey import StepKind
from portal.cases.models import Case
from portal.cases.rules import CaseState
from portal.cases.splitting import split
from portal.cases.store import answer, messages_of
from portal.cases.tracking_store import own_view
from portal.notifications.rules import DeliveryState, MessageKind
from portal.organisation.rules import ChannelKind
from portal.promises.rules import Impact, RevisionReason, Urgency
from portal.promises.settings import save_settings
from portal.promises.store import promises_of, revise
from tests.cases.builders import START, at
from tests.notifications.conftest import Desk, MailBox


def asked_again(desk: Desk, kind: ChannelKind = ChannelKind.MASTODON, **facts: str) -> Case:
    """A question of 9:00 that was answered, and a second one of 9:30 in the same conversation, promised before 13:30."""
    case = desk.write(kind, text="Bus?", language="en", **facts)
    with desk.database.transaction() as session:
        save_settings(session, announces_norm=True, shows_queue=False, now=START, actor_id=None)
        answer(session, case.id, text="Ja.", member_id=1, now=at(10), version=None)
    case = desk.write(kind, minutes=30, text="Geld terug?", language="en", **facts)
    desk.follow(31)
    with desk.database.reading() as session:
        assert promises_of(session, [case.id])[case.id][1].promised_at == at(270)
    return case


def put_off(desk: Desk, case: Case, until: datetime | None, minutes: float) -> None:
    with desk.database.transaction() as session:
        revise(session, case.id, until, RevisionReason.ILLNESS, now=at(minutes), actor_id=1)


def split_off(desk: Desk, case: Case, minutes: float) -> Case:
    with desk.database.transaction() as session:
        chosen = [each.id for each in messages_of(session, case.id) if each.text == "Geld terug?"]
        usual = {"impact": Impact.NORMAL, "urgency": Urgency.NORMAL}
        return split(session, case.id, chosen, **usual, member_id=1, now=at(minutes), version=None)


def test_the_acknowledgement_names_the_time_that_the_customer_was_told_last(desk: Desk) -> None:
    case = asked_again(desk)
    put_off(desk, case, at(400), 60)
    desk.follow(61)
    new = split_off(desk, case, 90)
    assert desk.follow(91) == 1
    said = desk.told()[-1]
    assert (said.case_id, desk.deliveries()[-1].kind) == (new.id, MessageKind.ACKNOWLEDGEMENT)
    assert "before Tuesday 10 March, 15:40." in said.text
    assert "13:30" not in said.text
    assert "This is our norm." not in said.text


def test_the_acknowledgement_comes_as_long_as_the_time_that_was_told_last_is_ahead(desk: Desk) -> None:
    case = asked_again(desk)
    put_off(desk, case, at(400), 60)
    desk.follow(61)
    split_off(desk, case, 300)
    assert desk.follow(301) == 1, "the first time has passed, and was told to be overtaken"


def test_where_no_time_could_be_told_any_more_the_acknowledgement_says_when_more_is_heard(desk: Desk) -> None:
    case = asked_again(desk)
    put_off(desk, case, None, 60)
    desk.follow(61)
    split_off(desk, case, 90)
    assert desk.follow(91) == 1
    assert desk.deliveries()[-1].kind is MessageKind.NO_PROMISE
    assert "Before Tuesday 10 March, 17:00 we will tell you when." in desk.told()[-1].text


def test_what_is_told_after_the_split_has_a_notice_of_its_own(desk: Desk) -> None:
    case = asked_again(desk)
    new = split_off(desk, case, 60)
    put_off(desk, new, at(400), 90)
    assert desk.follow(91) == 2
    received, later = (said.text for said in desk.told()[-2:])
    assert "before Tuesday 10 March, 13:30." in received
    assert "We promised an answer before Tuesday 10 March, 13:30." in later


def test_a_notice_that_the_split_overtakes_is_told_of_the_new_question(desk: Desk) -> None:
    case = asked_again(desk)
    put_off(desk, case, at(400), 60)
    new = split_off(desk, case, 61)
    assert desk.case(case.id).state is CaseState.ANSWERED
    assert desk.follow(62) == 2
    later, received = desk.told()[-2:]
    assert {later.case_id, received.case_id} == {new.id}
    assert [each.kind for each in desk.deliveries()[-2:]] == [MessageKind.DELAY, MessageKind.ACKNOWLEDGEMENT]
    assert "We promised an answer before Tuesday 10 March, 13:30." in later.text
    assert new.reference in later.text
    assert "before Tuesday 10 March, 15:40." in received.text
    assert desk.follow(63) == 0


def mailed(desk: Desk) -> Case:
    case = asked_again(desk, ChannelKind.EMAIL, author_id="jan@example.nl", visibility="direct")
    desk.send(31)
    return case


@pytest.mark.parametrize("tries", [0, 1])
def test_a_delay_that_was_owed_when_its_promise_went_along_is_still_mailed(mailing: Desk, mailbox: MailBox, tries: int) -> None:
    case = mailed(mailing)
    before = len(mailbox.mails)
    put_off(mailing, case, at(400), 60)
    mailing.follow(60)
    if tries:
        mailbox.answers["DATA"] = "451 later"
        mailing.send(60)
        mailbox.answers.clear()
    split_off(mailing, case, 61)
    mailing.follow(62)
    assert mailing.send(70) == 2
    assert any("Colleagues are ill." in mail.get_content() for mail in mailbox.mails[before:])


def test_a_delay_is_not_mailed_once_the_question_that_it_went_along_with_is_answered(mailing: Desk) -> None:
    case = mailed(mailing)
    put_off(mailing, case, at(400), 60)
    mailing.follow(60)
    new = split_off(mailing, case, 61)
    with mailing.database.transaction() as session:
        answer(session, new.id, text="Ja.", member_id=1, now=at(62), version=None)
    assert mailing.send(63) == 0
    assert mailing.deliveries()[-1].state is DeliveryState.NOT_NEEDED


def test_a_delay_that_went_along_is_not_mailed_after_a_later_one(mailing: Desk, mailbox: MailBox) -> None:
    case = mailed(mailing)
    put_off(mailing, case, at(400), 60)
    mailing.follow(60)
    mailbox.answers["DATA"] = "451 later"
    mailing.send(60)
    mailbox.answers.clear()
    new = split_off(mailing, case, 61)
    put_off(mailing, new, at(500), 62)
    mailing.follow(62)
    mailing.send(70)
    delays = [each.state for each in mailing.deliveries() if each.kind is MessageKind.DELAY]
    assert delays == [DeliveryState.NOT_NEEDED, DeliveryState.SENT]


@pytest.mark.parametrize("is_followed_first", [True, False])
def test_the_new_page_shows_the_delay_once(desk: Desk, *, is_followed_first: bool) -> None:
    case = asked_again(desk)
    put_off(desk, case, at(400), 60)
    if is_followed_first:
        desk.follow(60)
    new = split_off(desk, case, 61)
    desk.follow(62)
    with desk.database.reading() as session:
        steps = own_view(session, new.id, at(64)).steps
    said = [step for step in steps if step.kind is StepKind.REVISED or "Colleagues are ill." in getattr(step.message, "text", "")]
    assert [step.kind for step in said] == [StepKind.REVISED]

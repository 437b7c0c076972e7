"""The message on receipt: to whom it goes, what it says, and that it is no answer. On both databases."""

from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import func, select

from portal.cases.rules import AuthorKind, CaseState, Direction, Visibility
from portal.cases.splitting import split
from portal.cases.store import answer, close, messages_of
from portal.events.models import Event
from portal.events.store import record
from portal.notifications import follower
from portal.notifications.models import Follower
from portal.notifications.rules import DeliveryState, MessageKind, Way, WhyNot
from portal.notifications.sending import post_of
from portal.notifications.texts import Choice, choose, save_text, texts_in_use
from portal.organisation.rules import ChannelKind
from portal.promises.rules import Impact, RevisionReason, Urgency
from portal.promises.settings import save_settings
from portal.promises.store import promises_of, revise
from portal.web.localized import Localized
from tests.cases.builders import START, at
from tests.notifications.conftest import Desk

# On SQLite writers follow one another, so that no number is lost or comes late.
ON_POSTGRESQL = pytest.mark.parametrize("database", ["postgresql"], indirect=True)


def test_who_writes_is_told_at_once_before_when_the_answer_comes_and_under_which_number(desk: Desk) -> None:
    case = desk.write(ChannelKind.MASTODON, language="nl")
    assert desk.follow() == 1
    (said,) = desk.told()
    assert said.text == (
        "Dit is een automatisch bericht. Wij hebben uw bericht ontvangen.\n"
        "U kunt ons antwoord verwachten vóór dinsdag 10 maart, 13.00 uur.\n"
        f"Uw nummer is {case.reference}.\n"
        "Lukt het niet op tijd? Dan hoort u dat vóór die tijd, met de reden.\n"
        f"Hier ziet u hoe het met uw vraag staat: http://portal.test/track/{case.reference}"
    )
    assert (said.case_id, said.direction, said.author_kind) == (case.id, Direction.OUTBOUND, AuthorKind.AUTOMATIC)
    assert said.visibility is Visibility.PUBLIC
    delivery = desk.the_delivery()
    assert (delivery.way, delivery.state, delivery.why_not) == (Way.PAGE, DeliveryState.SHOWN_ON_PAGE, WhyNot.NO_SENDER)
    assert (delivery.message_id, delivery.kind) == (said.id, MessageKind.ACKNOWLEDGEMENT)


def test_the_customers_language_is_spoken_and_else_the_companys_first(desk: Desk) -> None:
    desk.write(ChannelKind.MASTODON, thread_ref="a", language="en")
    desk.write(ChannelKind.MASTODON, thread_ref="b", author_id="piet", language="fr")
    desk.follow()
    english, other = desk.told()
    assert "before Tuesday 10 March, 13:00" in english.text
    assert "/en/track/" in english.text
    assert "vóór dinsdag" in other.text


def test_an_acknowledgement_is_no_answer(desk: Desk) -> None:
    """T1: the first response is still open, and the question still waits."""
    case = desk.write()
    desk.follow()
    assert len(desk.told()) == 1
    now = desk.case(case.id)
    assert (now.state, now.first_answered_at, now.oldest_unanswered_at) == (CaseState.NEW, None, START)
    assert now.version == case.version, "nobody who is typing is told that the case has changed"
    with desk.database.reading() as session:
        assert promises_of(session, [case.id])[case.id][0].answered_at is None
    desk.write(minutes=30, text="Nog iets")
    assert desk.case(case.id).oldest_unanswered_at == START
    with desk.database.transaction() as session:
        answer(session, case.id, text="Ja.", member_id=1, now=at(60), version=None)
    assert desk.case(case.id).first_answered_at == at(60)


def test_a_conversation_is_acknowledged_once_however_often_its_customer_writes(desk: Desk) -> None:
    case = desk.write()
    desk.follow()
    desk.write(minutes=2)
    with desk.database.transaction() as session:
        close(session, case.id, member_id=1, now=at(10), version=None)
    later = 15 * 24 * 60.0
    again = desk.write(minutes=later)
    assert again.id != case.id
    assert desk.follow(later) == 0
    assert len(desk.told()) == 1


def test_in_a_chat_that_never_ends_each_question_is_acknowledged(desk: Desk) -> None:
    case = desk.write(ChannelKind.WHATSAPP, visibility=Visibility.DIRECT)
    desk.follow()
    with desk.database.transaction() as session:
        close(session, case.id, member_id=1, now=at(10), version=None)
    later = 15 * 24 * 60.0
    desk.write(ChannelKind.WHATSAPP, minutes=later, visibility=Visibility.DIRECT)
    assert desk.follow(later) == 1


@pytest.mark.parametrize(
    ("sender", "facts"),
    [
        ("no-reply@shop.example", {}),
        ("noreply+17@shop.example", {}),
        ("MAILER-DAEMON@mx.example", {}),
        ("bounces-17@lists.example", {}),
        ("ons@bedrijf.example", {}),
        ("lijst@lists.example", {"takes_no_reply": True}),
    ],
)
def test_programs_lists_and_ourselves_are_not_answered(desk: Desk, sender: str, facts: dict[str, Any]) -> None:
    desk.channel(ChannelKind.EMAIL, account="Ons@Bedrijf.example")
    with desk.database.reading() as session:
        before = session.scalar(select(func.count(Event.id)))
    try:
        desk.mail(sender=sender, **facts)
    except AssertionError:  # what comes from our own address is ours, and opens nothing
        assert sender == "ons@bedrijf.example"
    desk.follow()
    assert desk.told() == []
    with desk.database.reading() as session:
        assert session.scalar(select(func.count(Event.id))) != before or sender == "ons@bedrijf.example"


@pytest.mark.parametrize("days", [0, 5], ids=["at once", "days later"])
def test_what_is_split_off_is_acknowledged_once_with_its_own_number_and_time(desk: Desk, days: int) -> None:
    case = desk.write(ChannelKind.MASTODON, text="Bus?")
    desk.write(ChannelKind.MASTODON, minutes=1, text="Geld terug?")
    desk.follow(2)
    minutes = 30 + days * 24 * 60
    with desk.database.transaction() as session:
        chosen = [each.id for each in messages_of(session, case.id) if each.text == "Geld terug?"]
        usual = {"impact": Impact.NORMAL, "urgency": Urgency.NORMAL}
        new = split(session, case.id, chosen, **usual, member_id=1, now=at(minutes), version=None)
    assert (desk.follow(minutes + 1), desk.follow(minutes + 2)) == (1, 0)
    first, second = desk.told()
    assert (first.case_id, second.case_id) == (case.id, new.id)
    assert f"Uw nummer is {new.reference}." in second.text
    assert "U kunt ons antwoord verwachten vóór" in second.text
    assert desk.follow(minutes + 3) == 0
    desk.write(ChannelKind.MASTODON, minutes=minutes + 4, text="Hallo?")
    assert desk.follow(minutes + 5) == 0, "a conversation is acknowledged once"


def test_what_is_split_off_and_answered_at_once_needs_no_acknowledgement(desk: Desk) -> None:
    case = desk.write(ChannelKind.MASTODON, text="Bus?")
    desk.write(ChannelKind.MASTODON, minutes=1, text="Geld terug?")
    desk.follow(2)
    with desk.database.transaction() as session:
        chosen = [each.id for each in messages_of(session, case.id) if each.text == "Geld terug?"]
        usual = {"impact": Impact.NORMAL, "urgency": Urgency.NORMAL}
        new = split(session, case.id, chosen, **usual, member_id=1, now=at(30), version=None)
        answer(session, new.id, text="Ja.", member_id=1, now=at(31), version=None)
    assert desk.follow(32) == 0


def test_history_that_was_brought_in_is_not_acknowledged(desk: Desk) -> None:
    desk.write(minutes=-24 * 60, now=START)
    assert desk.follow() == 0
    assert desk.deliveries() == []


def test_what_happened_while_no_worker_ran_is_told_only_while_it_is_of_use(desk: Desk) -> None:
    desk.write(thread_ref="answered", author_id="a")
    desk.write(minutes=200, thread_ref="open", author_id="b")
    assert desk.follow(302) == 1, "of the first one the promised time has passed"


def test_a_channel_can_be_silent(desk: Desk) -> None:
    channel = desk.channel(ChannelKind.X)
    with desk.database.transaction() as session:
        choose(session, channel.id, Choice(acknowledges=False, with_link=True), now=START, actor_id=None)
    desk.write()
    assert desk.follow() == 0


def test_a_link_is_left_out_where_it_costs_money_unless_the_company_wants_it(desk: Desk) -> None:
    channel = desk.channel(ChannelKind.X)
    desk.write(thread_ref="a")
    desk.follow()
    assert "http" not in desk.told()[0].text
    with desk.database.transaction() as session:
        choose(session, channel.id, Choice(acknowledges=True, with_link=True), now=START, actor_id=None)
    desk.write(thread_ref="b", language="en", author_id="piet")
    desk.follow()
    assert "http://portal.test/en/track/BR-" in desk.told()[1].text


def test_where_no_promise_is_possible_it_says_so_and_when_more_is_heard(desk: Desk) -> None:
    desk.channel(ChannelKind.MASTODON, weekly={})
    desk.write(ChannelKind.MASTODON)
    desk.follow()
    assert desk.the_delivery().kind is MessageKind.NO_PROMISE
    (said,) = desk.told()
    assert "Wij weten nog niet wanneer wij u kunnen antwoorden." in said.text
    assert "Vóór dinsdag 10 maart, 17.00 uur laten wij u weten wanneer wel." in said.text
    assert "U kunt ons antwoord verwachten" not in said.text


@pytest.mark.parametrize(("language", "said"), [("nl", "Dit is onze norm."), ("en", "This is our norm.")])
def test_where_the_company_announces_its_norm_the_acknowledgement_says_so_after_the_time(
    desk: Desk, language: str, said: str
) -> None:
    desk.write(ChannelKind.X, language=language)
    with desk.database.transaction() as session:
        save_settings(session, announces_norm=True, shows_queue=False, now=START, actor_id=None)
    desk.write(ChannelKind.X, thread_ref="t2", author_id="piet", language=language, minutes=1)
    desk.follow(2)
    estimate, norm = (each.text.splitlines() for each in desk.told())
    assert said not in estimate
    assert norm[2] == said
    assert "13" in norm[1]


def test_a_time_that_is_told_later_is_no_norm(desk: Desk) -> None:
    with desk.database.transaction() as session:
        save_settings(session, announces_norm=True, shows_queue=False, now=START, actor_id=None)
    case = desk.write()
    with desk.database.transaction() as session:
        revise(session, case.id, at(400), RevisionReason.ILLNESS, now=at(10), actor_id=1)
    desk.follow(11)
    assert ["Dit is onze norm." in each.text for each in desk.told()] == [True, False]


def test_in_public_nothing_personal_is_said(desk: Desk) -> None:
    with desk.database.transaction() as session:
        ours = texts_in_use(session)[MessageKind.ACKNOWLEDGEMENT].text
        text = Localized(f"Dag {{name}},\n{ours.nl}", f"Hello {{name}},\n{ours.en}")
        save_text(session, MessageKind.ACKNOWLEDGEMENT, text, now=START, actor_id=None)
    desk.write(ChannelKind.MASTODON, author_name="Noor {link} Jansen")
    desk.write(ChannelKind.WHATSAPP, author_name="Noor {link} Jansen", visibility=Visibility.DIRECT)
    desk.follow()
    public, private = (said.text.splitlines()[0] for said in desk.told())
    assert public == "Dit is een automatisch bericht. Wij hebben uw bericht ontvangen."
    assert private == "Dag Noor link Jansen,"


def test_looking_at_the_journal_again_changes_nothing(desk: Desk) -> None:
    for number in range(5):
        desk.write(thread_ref=f"t{number}", author_id=f"a{number}")
    assert desk.follow() == 5
    with desk.database.transaction() as session:
        session.get_one(Follower, follower.NAME).looked = 0
    assert desk.follow(2) == 0
    assert len(desk.told()) == len(desk.deliveries()) == 5


def test_the_journal_is_read_in_portions(desk: Desk) -> None:
    for number in range(12):
        desk.write(thread_ref=f"t{number}", author_id=f"a{number}")
    post = post_of(desk.config)
    numbers = [follower.follow(desk.database, post, at(1), most=5).events for _ in range(12)]
    assert max(numbers) == 5
    assert numbers[-1] == 0
    assert len(desk.told()) == 12


@ON_POSTGRESQL
def test_an_event_that_is_committed_after_a_later_one_is_not_passed_over(desk: Desk) -> None:
    case = desk.write()
    with desk.database.transaction() as slow:
        record(slow, at=at(1), kind="case.noted", subject=f"case:{case.id}")
        with desk.database.transaction() as quick:
            record(quick, at=at(1), kind="case.noted", subject=f"case:{case.id}")
        assert desk.follow() == 1
        with desk.database.reading() as session:
            place = session.get_one(Follower, follower.NAME)
            assert len(place.missing) == 1
            numbers = place.missing[0][:2]
    assert numbers[0] == numbers[1]
    post = post_of(desk.config)
    assert follower.follow(desk.database, post, at(2)).events == 1
    with desk.database.reading() as session:
        assert session.get_one(Follower, follower.NAME).missing == []


@ON_POSTGRESQL
def test_a_number_that_was_rolled_back_is_looked_for_for_an_hour(desk: Desk) -> None:
    post = post_of(desk.config)
    with desk.database.transaction() as session:
        record(session, at=START, kind="case.noted", subject="case:1")
        session.rollback()
    desk.write()
    desk.follow(0)
    for minutes, left in ((59, 1), (61, 0)):
        desk.write(minutes=minutes, thread_ref=f"t{minutes}", author_id=str(minutes))
        follower.follow(desk.database, post, at(minutes))
        with desk.database.reading() as session:
            assert len(session.get_one(Follower, follower.NAME).missing) == left


@ON_POSTGRESQL
def test_one_reads_while_another_worker_goes_on(desk: Desk) -> None:
    desk.write()
    desk.follow()
    desk.write(thread_ref="t2", author_id="piet")
    with desk.database.transaction() as session:
        session.scalar(select(Follower).with_for_update())
        assert desk.follow() == 0
    assert desk.follow() == 1


def test_a_message_that_is_too_old_by_the_clock_of_the_journal_is_not_made(desk: Desk) -> None:
    desk.write()
    assert desk.follow((timedelta(days=1) / timedelta(minutes=1)) + 1) == 0

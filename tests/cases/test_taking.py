"""What channels bring: cases, promises, contacts. On both databases."""

from collections.abc import Sequence
from datetime import datetime
from threading import Barrier, Thread

import pytest
from sqlalchemy import func, select

from portal.cases.models import Case, CaseMessage, Contact, Identity
from portal.cases.rules import CaseState, Change, Message, Outcome, Visibility
from portal.cases.store import take_message, take_messages
from portal.db import Database
from portal.events.store import trail
from portal.organisation.models import Channel
from portal.organisation.rules import ChannelKind
from portal.promises.models import Promise
from portal.promises.store import promises_of
from tests.cases.builders import a_channel, answered, asked, at

NOW = at(60)
MUCH_LATER = at(500 * 24 * 60)


@pytest.fixture
def channel(database: Database) -> Channel:
    with database.transaction() as session:
        return a_channel(session, account="@ringlijn")


def take(database: Database, channel: Channel, *messages: Message, now: datetime = NOW) -> list[Outcome]:
    """What became of each message, taken one by one, each in a transaction of its own."""
    outcomes = []
    for message in messages:
        with database.transaction() as session:
            outcomes.append(take_message(session, channel, message, now).outcome)
    return outcomes


def the_only_case(database: Database) -> Case:
    with database.reading() as session:
        return session.scalars(select(Case)).one()


def promises_made(database: Database) -> list[Promise]:
    with database.reading() as session:
        return list(session.scalars(select(Promise).order_by(Promise.id)))


def test_a_first_message_opens_a_case_with_a_promise_and_an_event(database: Database, channel: Channel) -> None:
    assert take(database, channel, asked(0, language="nl", author_name="Jan")) == [Outcome.OPENED]
    case = the_only_case(database)
    assert (case.state, case.received_at, case.summary, case.language) == (CaseState.NEW, at(0), "Waar blijft mijn bus?", "nl")
    assert case.is_public
    (promise,) = promises_made(database)
    assert (promise.case_id, promise.received_at, promise.answered_at) == (case.id, at(0), None)
    with database.reading() as session:
        assert [event.kind for event in trail(session, subject=f"case:{case.id}")] == ["case.opened"]
        assert session.get_one(Contact, case.contact_id).name == "Jan"


def test_the_same_message_again_changes_nothing(database: Database, channel: Channel) -> None:
    message = asked(0)
    assert take(database, channel, message, message) == [Outcome.OPENED, Outcome.ALREADY_THERE]
    with database.transaction() as session:
        again = take_message(session, channel, message, NOW)
        assert again.case is not None
    assert the_only_case(database).version == 1


def test_a_second_message_joins_and_keeps_the_clock(database: Database, channel: Channel) -> None:
    assert take(database, channel, asked(0), asked(5)) == [Outcome.OPENED, Outcome.JOINED]
    assert the_only_case(database).oldest_unanswered_at == at(0)
    assert len(promises_made(database)) == 1


def test_a_conversation_of_another_channel_is_another_case(database: Database, channel: Channel) -> None:
    with database.transaction() as session:
        other = a_channel(session, "facebook", ChannelKind.FACEBOOK)
    take(database, channel, asked(0, message_id="same"))
    assert take(database, other, asked(0, message_id="same")) == [Outcome.OPENED]


def test_an_answer_by_a_person_stops_the_clock(database: Database, channel: Channel) -> None:
    assert take(database, channel, asked(0), answered(30)) == [Outcome.OPENED, Outcome.ANSWERED]
    assert the_only_case(database).state is CaseState.ANSWERED
    (promise,) = promises_made(database)
    assert promise.wait_seconds == 30 * 60


@pytest.mark.parametrize("marked", [False, True])
def test_an_automatic_message_is_an_answer_only_when_an_editor_said_so(
    database: Database, channel: Channel, *, marked: bool
) -> None:
    take(database, channel, asked(0), answered(1, is_automatic=True, is_full_answer=marked))
    assert (promises_made(database)[0].answered_at is not None) is marked
    assert (the_only_case(database).state is CaseState.ANSWERED) is marked


def test_automatic_messages_and_our_own_open_no_case(database: Database, channel: Channel) -> None:
    outcomes = take(
        database,
        channel,
        asked(0, thread_ref="a", is_automatic=True),
        asked(0, thread_ref="b", author_id="1", author_handle="@RingLijn"),
        answered(0, thread_ref="c"),
    )
    assert outcomes == [Outcome.AUTOMATIC, Outcome.KEPT, Outcome.KEPT]
    with database.reading() as session:
        assert session.scalar(select(func.count(Case.id))) == 0


def test_an_answer_before_its_question_is_found_again(database: Database, channel: Channel) -> None:
    assert take(database, channel, answered(30), asked(0)) == [Outcome.KEPT, Outcome.OPENED]
    case = the_only_case(database)
    assert (case.state, case.first_answered_at) == (CaseState.ANSWERED, at(30))
    with database.reading() as session:
        assert set(session.scalars(select(CaseMessage.case_id))) == {case.id}
    assert promises_made(database)[0].wait_seconds == 30 * 60


def test_an_earlier_answer_that_turns_up_later_is_the_first(database: Database, channel: Channel) -> None:
    take(database, channel, asked(0), answered(40), answered(10))
    assert the_only_case(database).first_answered_at == at(10)
    assert promises_made(database)[0].wait_seconds == 10 * 60


def test_an_earlier_question_that_turns_up_later_moves_the_receipt(database: Database, channel: Channel) -> None:
    take(database, channel, asked(10, text="Hallo?"), answered(40), asked(0, text="Mijn koffer ligt in de trein"))
    case = the_only_case(database)
    assert (case.received_at, case.summary) == (at(0), "Mijn koffer ligt in de trein")
    assert promises_made(database)[0].wait_seconds == 40 * 60


def test_a_message_after_an_answer_starts_a_clock_that_is_not_published(database: Database, channel: Channel) -> None:
    take(database, channel, asked(0), answered(10), asked(20, text="En de trein van 12 uur?"))
    assert the_only_case(database).state is CaseState.OPEN
    first, again = promises_made(database)
    assert (first.sequence, first.wait_seconds) == (0, 600)
    assert (again.sequence, again.received_at, again.answered_at) == (1, at(20), None)
    take(database, channel, answered(50))
    assert promises_made(database)[1].wait_seconds == 30 * 60


def test_thanks_break_no_promise(database: Database, channel: Channel) -> None:
    take(database, channel, asked(0), answered(10), asked(20, text="Super, dank je wel! 👍"))
    assert the_only_case(database).state is CaseState.ANSWERED
    assert len(promises_made(database)) == 1


def test_two_weeks_after_the_answer_a_message_opens_a_new_case(database: Database, channel: Channel) -> None:
    fortnight = 14 * 24 * 60
    outcomes = take(
        database,
        channel,
        *(asked(0), answered(10), asked(10 + fortnight), answered(20 + fortnight), asked(21 + 2 * fortnight)),
        now=MUCH_LATER,
    )
    assert outcomes == [Outcome.OPENED, Outcome.ANSWERED, Outcome.JOINED, Outcome.ANSWERED, Outcome.OPENED]
    with database.reading() as session:
        assert list(session.scalars(select(Case.episode).order_by(Case.id))) == [1, 2]


def test_without_a_conversation_the_parent_tells_where_it_belongs(database: Database, channel: Channel) -> None:
    outcomes = take(
        database,
        channel,
        asked(0, thread_ref="", message_id="1"),
        answered(1, thread_ref="", message_id="2", parent_ref="1"),
        asked(2, thread_ref="", message_id="3", parent_ref="2"),
        asked(3, thread_ref="", message_id="4"),
    )
    assert outcomes == [Outcome.OPENED, Outcome.ANSWERED, Outcome.JOINED, Outcome.OPENED]


def test_a_clock_that_runs_behind_gives_a_wait_of_nothing(database: Database, channel: Channel) -> None:
    take(database, channel, asked(10, message_id="q"), answered(9, parent_ref="q"))
    assert the_only_case(database).state is CaseState.ANSWERED
    assert promises_made(database)[0].wait_seconds == 0


@pytest.mark.parametrize("visibility", list(Visibility))
def test_only_what_was_asked_in_public_has_a_public_page(database: Database, channel: Channel, visibility: Visibility) -> None:
    take(database, channel, asked(0, visibility=visibility))
    assert the_only_case(database).is_public is (visibility in {Visibility.PUBLIC, Visibility.UNLISTED})


def test_a_batch_does_what_its_messages_do_one_by_one(database: Database, channel: Channel) -> None:
    story = [
        answered(30, thread_ref="a"),
        asked(0, thread_ref="a", author_id="jan"),
        asked(1, thread_ref="b", author_id="piet", message_id="b1"),
        asked(2, thread_ref="b", author_id="piet", message_id="b2"),
        asked(2, thread_ref="b", author_id="piet", message_id="b2"),
        answered(20, thread_ref="b"),
        asked(3, thread_ref="b", author_id="piet", message_id="b1", change=Change.EDITED, text="Waar blijft mijn trein?"),
        asked(4, thread_ref="c", author_id="jan"),
        asked(40, thread_ref="b", author_id="piet"),
    ]
    with database.transaction() as session:
        outcomes = [taken.outcome for taken in take_messages(session, [(channel, message) for message in story], NOW)]
    with database.transaction() as session:
        other = a_channel(session, "other")
    assert outcomes == take(database, other, *story)
    assert _described(database, channel) == _described(database, other)


def test_cases_get_their_ids_in_the_order_in_which_their_messages_came(database: Database, channel: Channel) -> None:
    threads = [f"t{number * 7 % 50}" for number in range(50)]
    with database.transaction() as session:
        take_messages(session, [(channel, asked(number, thread_ref=each)) for number, each in enumerate(threads)], NOW)
    with database.reading() as session:
        assert list(session.scalars(select(Case.thread_ref).order_by(Case.id))) == threads
        assert list(session.scalars(select(Promise.case_id).order_by(Promise.id))) == sorted(
            session.scalars(select(Case.id)).all()
        )


def _described(database: Database, channel: Channel) -> Sequence[object]:
    with database.reading() as session:
        cases = session.scalars(select(Case).where(Case.channel_id == channel.id).order_by(Case.thread_ref)).all()
        made = promises_of(session, [case.id for case in cases])
        return [
            (
                *(case.thread_ref, case.state, case.summary, case.received_at, case.first_answered_at, case.oldest_unanswered_at),
                session.scalar(select(func.count(CaseMessage.id)).where(CaseMessage.case_id == case.id)),
                [(each.sequence, each.received_at, each.answered_at, each.wait_seconds) for each in made[case.id]],
            )
            for case in cases
        ]


def test_many_writers_at_once_make_one_case_and_one_contact(database: Database, channel: Channel) -> None:
    messages = [asked(number, message_id=f"at-once-{number % 4}") for number in range(8)]
    gate, faults = Barrier(len(messages)), list[BaseException]()

    def deliver(message: Message) -> None:
        try:
            gate.wait()
            with database.transaction() as session:
                take_message(session, channel, message, NOW)
        except BaseException as error:  # noqa: BLE001 - told to the main thread
            faults.append(error)

    threads = [Thread(target=deliver, args=(message,)) for message in messages]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert faults == []
    with database.reading() as session:
        counts = [session.scalar(select(func.count(model.id))) for model in (Case, CaseMessage, Contact, Identity)]
    assert counts == [1, 4, 1, 1]
    assert len(promises_made(database)) == 1


def test_one_person_under_several_handles_and_on_two_accounts_of_a_kind_is_one_contact(
    database: Database, channel: Channel
) -> None:
    with database.transaction() as session:
        second = a_channel(session, "x-reizen", ChannelKind.X)
        page = a_channel(session, "facebook", ChannelKind.FACEBOOK)
    take(database, channel, asked(0, author_id="77", author_handle="@jan"))
    take(database, channel, asked(1, author_id="77", author_handle="@jan_op_reis"))
    take(database, second, asked(2, author_id="77"))
    take(database, page, asked(3, author_id="77"))
    with database.reading() as session:
        identities = session.scalars(select(Identity).order_by(Identity.id)).all()
    assert [identity.handle for identity in identities] == ["@jan_op_reis", "", ""]
    assert identities[0].contact_id == identities[1].contact_id != identities[2].contact_id


def test_a_reply_of_a_year_later_still_joins_what_nobody_answered(database: Database, channel: Channel) -> None:
    year = 365 * 24 * 60
    assert take(database, channel, asked(0), asked(year), now=MUCH_LATER) == [Outcome.OPENED, Outcome.JOINED]


def test_nobody_writes_in_the_future(database: Database, channel: Channel) -> None:
    take(database, channel, asked(90))
    assert the_only_case(database).received_at == NOW

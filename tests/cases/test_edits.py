"""Edits and deletions: the history is kept, a deletion is honoured, and neither opens a case. On both databases."""

import threading
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from itertools import permutations

import pytest
from sqlalchemy import select

from portal.cases import store
from portal.cases.edits import versions_of
from portal.cases.models import Case, CaseMessage, MessageEdit
from portal.cases.rules import CaseState, Change, Message, Outcome
from portal.cases.store import take_message, take_messages
from portal.db import Database
from portal.organisation.models import Channel
from portal.promises.models import Promise
from portal.promises.rules import SetAside, outcome
from tests.cases.builders import a_channel, answered, asked, at
from tests.cases.desk import Desk
from tests.cases.splits import texts


@pytest.fixture
def channel(database: Database) -> Channel:
    with database.transaction() as session:
        return a_channel(session)


def take(database: Database, channel: Channel, *messages: Message) -> list[Outcome]:
    with database.transaction() as session:
        return [take_message(session, channel, message, at(60)).outcome for message in messages]


def edited(minutes: float, text: str) -> Message:
    return asked(minutes, message_id="q", change=Change.EDITED, text=text)


def deleted(minutes: float) -> Message:
    return asked(minutes, message_id="q", change=Change.DELETED, text="")


def question(**facts: str) -> Message:
    return asked(0, message_id="q", **facts)


def stored(database: Database) -> tuple[CaseMessage, Sequence[str]]:
    """The message as it now reads, and all its versions."""
    with database.reading() as session:
        row = session.scalars(select(CaseMessage).where(CaseMessage.message_id == "q")).one()
        return row, [version.text for version in versions_of(session, row)]


def the_case(database: Database) -> Case:
    with database.reading() as session:
        return session.scalars(select(Case)).one()


def test_each_version_is_kept_and_the_newest_is_shown_in_whatever_order_they_come(database: Database, channel: Channel) -> None:
    story = [question(text="bus"), edited(1, "trein"), edited(2, "tram")]
    for number, order in enumerate(permutations(story)):
        thread = f"t{number}"
        with database.transaction() as session:
            other = a_channel(session, f"kanaal-{number}")
            for message in order:
                take_message(session, other, message, at(60))
            row = session.scalars(select(CaseMessage).where(CaseMessage.channel_id == other.id)).one()
            assert (row.text, row.edited_at) == ("tram", at(2)), thread
            assert [version.text for version in versions_of(session, row)] == ["bus", "trein", "tram"]


def test_an_edit_or_deletion_of_an_unknown_message_opens_no_case(database: Database, channel: Channel) -> None:
    assert take(database, channel, edited(1, "trein"), deleted(2)) == [Outcome.KEPT, Outcome.KEPT]
    with database.reading() as session:
        assert session.scalars(select(Case)).all() == []


def test_the_same_edit_again_changes_nothing(database: Database, channel: Channel) -> None:
    outcomes = take(database, channel, question(), edited(1, "trein"), edited(1, "trein"))
    assert outcomes == [Outcome.OPENED, Outcome.EDITED, Outcome.ALREADY_THERE]
    assert the_case(database).summary == "trein"


def test_a_deleted_text_is_gone_everywhere(database: Database, channel: Channel) -> None:
    take(database, channel, question(text="Mijn adres is ..."), edited(1, "Mijn adres"), deleted(2), edited(3, "Mijn adres!"))
    row, versions = stored(database)
    assert (row.text, row.deleted_at, set(versions)) == ("", at(2), {""})
    with database.reading() as session:
        assert set(session.scalars(select(MessageEdit.text))) == {""}
    assert the_case(database).summary == ""


def test_who_deletes_the_only_question_withdraws_it(database: Database, channel: Channel) -> None:
    assert take(database, channel, question(), deleted(2)) == [Outcome.OPENED, Outcome.DELETED]
    assert the_case(database).state is CaseState.WITHDRAWN
    with database.reading() as session:
        assert session.scalars(select(Promise.set_aside)).all() == [SetAside.WITHDRAWN]


@pytest.mark.parametrize(("after_its_time", "expected"), [(0, SetAside.WITHDRAWN), (1 / 60, SetAside.NONE)])
def test_what_is_deleted_after_its_promise_broke_stays_broken(
    database: Database, channel: Channel, after_its_time: float, expected: SetAside
) -> None:
    """By our clock: a deletion that comes in late, dated before the promised time, mends nothing either."""
    take(database, channel, question())
    with database.transaction() as session:
        promise = session.scalars(select(Promise)).one()
        assert promise.promised_at
        came_in = promise.promised_at + timedelta(minutes=after_its_time)
        take_messages(session, [(channel, deleted(2))], came_in + timedelta(hours=1), received_at=[came_in])
    assert the_case(database).state is CaseState.WITHDRAWN
    assert stored(database)[0].text == ""
    with database.reading() as session:
        found = session.scalars(select(Promise)).one()
        assert (found.set_aside, found.answered_at) == (expected, None)
        if expected is SetAside.NONE:
            assert outcome(found.promised_at, None, came_in) == "broken"


def test_a_question_in_a_history_that_was_deleted_long_ago_is_withdrawn(database: Database, channel: Channel) -> None:
    """Nobody was told a time, so no promise is lost; else it would count as waiting for ever."""
    with database.transaction() as session:
        take_messages(session, [(channel, question()), (channel, deleted(2))], at(60 * 24 * 60))
    with database.reading() as session:
        assert session.scalars(select(Promise.set_aside)).all() == [SetAside.WITHDRAWN]


def test_a_case_with_another_question_or_an_answer_stays(database: Database, channel: Channel) -> None:
    take(database, channel, question(), asked(1, text="Hallo?"), deleted(2))
    assert (the_case(database).state, the_case(database).summary) == (CaseState.NEW, "Hallo?")
    take(database, channel, answered(3))
    assert the_case(database).state is CaseState.ANSWERED


def test_a_message_deleted_before_it_came_in_opens_no_case_and_shows_nothing(database: Database, channel: Channel) -> None:
    assert take(database, channel, deleted(2), question()) == [Outcome.KEPT, Outcome.DELETED]
    row, _versions = stored(database)
    assert (row.case_id, row.text) == (None, "")


def test_a_thank_you_that_becomes_a_question_waits_for_an_answer(database: Database, channel: Channel) -> None:
    take(database, channel, asked(0), answered(10), asked(20, message_id="q", text="Bedankt!"))
    assert the_case(database).state is CaseState.ANSWERED
    take(database, channel, edited(25, "Bedankt! En de terugreis?"))
    assert (the_case(database).state, the_case(database).oldest_unanswered_at) == (CaseState.OPEN, at(20))


def test_an_edit_and_a_merger_at_the_same_moment_wait_for_each_other_once(desk: Desk) -> None:
    """Whoever comes first: the message reads as edited, in the case that it is in then."""
    both = threading.Barrier(2)
    for number in range(12):
        gone = desk.take(asked(0, thread_ref=f"gone{number}", message_id=f"q{number}"))
        kept = desk.take(asked(0, thread_ref=f"kept{number}"))

        def edit(number: int = number) -> None:
            both.wait()
            desk.take(asked(1, thread_ref=f"gone{number}", message_id=f"q{number}", change=Change.EDITED, text="Anders"))

        def merge(gone: int = gone, kept: int = kept) -> None:
            both.wait()
            desk.act(store.merge, gone, 2, into_id=kept)

        with ThreadPoolExecutor(2) as pool:
            for done in [pool.submit(edit), pool.submit(merge)]:
                done.result()
        assert texts(desk, kept) == ["Anders", "Waar blijft mijn bus?"]

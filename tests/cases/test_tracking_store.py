"""Queue, presence, opinions, wishes and merging, on both databases."""

from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta
from threading import Barrier

import pytest
from sqlalchemy import select, update

from portal.cases import claims_store, deciding, exporting, presence, store, tracking_store
from portal.cases.models import Case
from portal.cases.noticing import Choice
from portal.cases.queue import Bookmark, Filter, Shelf, queue, wishes_for_erasure
from portal.cases.tracking_models import Opinion, Presence
from portal.db import Database
from portal.errors import Conflict, Invalid, NotFound
from portal.promises.rules import Impact, RevisionReason, Urgency
from portal.promises.store import promise_of, revise
from portal.staff.models import Member
from portal.staff.rules import Role
from portal.staff.store import add_member
from portal.vault import Vault
from tests.cases.tracking_builders import a_case_without_a_time, a_message, a_promised_case, an_answer

VAULT = Vault("a secret key of the tests that is long enough")
HOUR, MINUTE = timedelta(hours=1), timedelta(minutes=1)


def a_member(database: Database, name: str, now: datetime) -> Member:
    with database.transaction() as session:
        email = f"{name.lower()}@example.nl"
        return add_member(session, email=email, name=name, role=Role.AGENT, language="nl", phrase_hash="", now=now, actor_id=None)


def test_the_queue_stands_by_the_last_time_told_and_what_has_none_stands_last(database: Database, now: datetime) -> None:
    with database.transaction() as session:
        old, new, revised = (a_promised_case(session, now + number * HOUR) for number in range(3))
        unpromised = a_case_without_a_time(session, now + 3 * HOUR)
        told = promise_of(session, old.id).promised_at
        assert told
        revise(session, revised.id, told - MINUTE, RevisionReason.OUTAGE, now=now, actor_id=None)
    with database.reading() as session:
        page = queue(session, Filter())
    assert [line.case.id for line in page.lines] == [revised.id, old.id, new.id, unpromised.id]
    assert [line.due_at is None for line in page.lines] == [False, False, False, True]
    assert page.lines[0].urgency(told - MINUTE) == "soon"
    assert page.lines[0].urgency(told) == "overdue"
    assert page.next is None


@pytest.mark.parametrize("shelf", [Shelf.UNANSWERED, Shelf.ANSWERED])
def test_pages_of_the_queue_hold_each_case_once_also_where_times_are_equal(
    database: Database, now: datetime, shelf: Shelf
) -> None:
    with database.transaction() as session:
        cases = [a_promised_case(session, now + number // 3 * MINUTE) for number in range(10)]
        cases.append(a_case_without_a_time(session, now + 3 * MINUTE))
        if shelf is Shelf.ANSWERED:
            session.execute(update(Case).values(state="answered"))
    seen, after = [], None
    with database.reading() as session:
        for _page in range(6):
            page = queue(session, Filter(shelf=shelf), after=after, size=2)
            seen += [line.case.id for line in page.lines]
            after = Bookmark.read(str(page.next))
            if page.next is None:
                break
    assert sorted(seen) == sorted(case.id for case in cases)
    assert len(seen) == len(set(seen))


@pytest.mark.parametrize(
    "written",
    [
        "",
        "~",
        "x~1",
        "2026-03-10T13:00:00~1",
        "2026-03-10T13:00:00+00:00~x",
        "2026-03-10T13:00:00+00:00~" + "9" * 5_000,
        "0001-01-01T00:00:00+14:00~1",
        "9999-12-31T23:59:59-14:00~1",
        "None",
    ],
)
def test_a_broken_place_is_no_place(written: str) -> None:
    assert Bookmark.read(written) is None


def test_presence_is_kept_once_for_each_and_forgotten(database: Database, now: datetime) -> None:
    noor, bram = a_member(database, "Noor", now), a_member(database, "Bram", now)
    with database.transaction() as session:
        case = a_promised_case(session, now)
        for second in (0, 20, 40):
            presence.be_present(session, case.id, noor.id, now + timedelta(seconds=second))
        presence.be_present(session, case.id, bram.id, now + timedelta(seconds=50))
        at = now + timedelta(seconds=50)
        assert presence.others_present(session, [case.id], bram.id, at) == {case.id: ["Noor"]}
        assert presence.others_present(session, [case.id], noor.id, at) == {case.id: ["Bram"]}
        assert presence.others_present(session, [case.id], bram.id, now + timedelta(seconds=100)) == {}
        presence.be_present(session, case.id, bram.id, now + timedelta(seconds=100))
        assert session.scalars(select(Presence.member_id)).all() == [bram.id]


def test_an_opinion_belongs_to_an_answer_of_its_case(database: Database, now: datetime) -> None:
    with database.transaction() as session:
        case, other = a_promised_case(session, now), a_promised_case(session, now)
        said = an_answer(session, case, now + HOUR, "Antwoord")
        question = a_message(session, case, now + 2 * HOUR, "Nog iets")
        tracking_store.give_opinion(session, case.id, said.id, helped=False, text="Nee", now=now)
        tracking_store.give_opinion(session, case.id, said.id, helped=True, text="", now=now)
        for case_id, message_id in ((other.id, said.id), (case.id, question.id), (case.id, 99_999)):
            with pytest.raises(NotFound):
                tracking_store.give_opinion(session, case_id, message_id, helped=True, text="", now=now)
        with pytest.raises(Invalid):
            tracking_store.give_opinion(session, case.id, said.id, helped=True, text="x" * 10_001, now=now)
    with database.reading() as session:
        assert [(each.helped, each.text) for each in session.scalars(select(Opinion))] == [(True, "")]


def test_a_wish_to_be_erased_waits_until_it_is_settled_and_can_be_made_again(database: Database, now: datetime) -> None:
    with database.transaction() as session:
        case = a_promised_case(session, now)
        tracking_store.ask_erasure(session, case.id, now)
        tracking_store.ask_erasure(session, case.id, now + HOUR)
        assert [each.id for each in wishes_for_erasure(session)] == [case.id]
        tracking_store.settle_erasure(session, case.id, now=now + HOUR, actor_id=1)
        assert wishes_for_erasure(session) == []
        with pytest.raises(NotFound):
            tracking_store.settle_erasure(session, case.id, now=now + HOUR, actor_id=1)
        tracking_store.ask_erasure(session, case.id, now + 2 * HOUR)
        assert len(wishes_for_erasure(session)) == 1


def test_what_is_taken_along_is_plain_and_whole(database: Database, now: datetime) -> None:
    with database.transaction() as session:
        case = a_promised_case(session, now)
        revise(session, case.id, now + 9 * HOUR, RevisionReason.ILLNESS, sentence_nl="Ziek.", now=now, actor_id=None)
        said = an_answer(session, case, now + HOUR, "Antwoord")
        tracking_store.give_opinion(session, case.id, said.id, helped=True, text="Fijn", now=now)
        values = exporting.export(session, case.id, now)
    assert [each["text"] for each in values["messages"]] == ["Waar blijft lijn 5?", "Antwoord"]
    assert values["promises"][0]["revisions"][0]["sentence_nl"] == "Ziek."
    assert values["opinions"] == [{"at": now.isoformat(), "helped": True, "text": "Fijn"}]


def test_who_decides_on_an_old_version_is_stopped(database: Database, now: datetime) -> None:
    noor = a_member(database, "Noor", now)
    with database.transaction() as session:
        case = a_promised_case(session, now)
        version = case.version
        deciding.prioritise(
            session, case.id, Impact.HIGH, Urgency.HIGH, why="Gestrand", member_id=noor.id, now=now, version=version
        )
        assert store.the_case(session, case.id).version == version + 1
        choice = Choice(RevisionReason.OUTAGE, now + 9 * HOUR, "", "", noor.id)
        with pytest.raises(Conflict):
            deciding.revise(session, case.id, choice, now=now, version=version)


def test_who_waits_no_longer_is_told_no_new_time_by_a_page_that_is_out_of_date(database: Database, now: datetime) -> None:
    noor = a_member(database, "Noor", now)
    with database.transaction() as session:
        case = a_promised_case(session, now)
        store.close(session, case.id, member_id=noor.id, now=now, version=None)
        choice = Choice(RevisionReason.OUTAGE, now + 9 * HOUR, "", "", noor.id)
        with pytest.raises(Conflict, match="closed already"):
            deciding.revise(session, case.id, choice, now=now, version=case.version)
    with database.reading() as session:
        assert promise_of(session, case.id).told_at is None


def test_merging_two_people_ends_both_ones_claims(database: Database, now: datetime) -> None:
    noor = a_member(database, "Noor", now)
    with database.transaction() as session:
        one, other = a_promised_case(session, now), a_promised_case(session, now)
        secrets = [claims_store.issue(session, VAULT, each.id, now=now, actor_id=None) for each in (one, other)]
        deciding.merge(session, one.id, other, member_id=noor.id, now=now, version=None)
        assert [claims_store.by_link(session, VAULT, each.token, now) for each in secrets] == [None, None]


def test_of_two_agents_who_answer_at_the_same_instant_one_is_stopped(database: Database, now: datetime) -> None:
    noor, bram = a_member(database, "Noor", now), a_member(database, "Bram", now)
    with database.transaction() as session:
        case = a_promised_case(session, now)
    ready = Barrier(2)

    def answer(member: Member) -> bool:
        ready.wait()
        try:
            with database.transaction() as session:
                store.answer(session, case.id, text=member.name, member_id=member.id, now=now, version=case.version)
        except Conflict:
            return False
        return True

    with ThreadPoolExecutor(2) as threads:
        assert sorted(threads.map(answer, (noor, bram))) == [False, True]
    with database.reading() as session:
        assert len([each for each in store.messages_of(session, case.id) if each.counts_as_answer]) == 1

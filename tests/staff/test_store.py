"""Accounts and sign-ins on both databases."""

import threading
from datetime import datetime, timedelta

import pytest
from sqlalchemy import func, insert, select
from sqlalchemy.exc import IntegrityError

from portal.db import Database
from portal.errors import Conflict, Invalid, NotFound
from portal.staff import sign_ins, store
from portal.staff.models import Member, SignIn
from portal.staff.rules import ABSOLUTE_TIMEOUT, IDLE_TIMEOUT, Role


def add(database: Database, now: datetime, name: str, role: Role = Role.AGENT, **facts: str | None) -> Member:
    with database.transaction() as session:
        return store.add_member(
            session,
            email=f"{name}@example.nl",
            name=name,
            role=role,
            phrase_hash=facts.pop("phrase_hash", "hash") or "",
            invitation_hash=facts.pop("invitation_hash", None),
            now=now,
            actor_id=None,
        )


def test_an_address_has_one_account_however_it_is_written(database: Database, now: datetime) -> None:
    add(database, now, "noor")
    with pytest.raises(Conflict):
        add(database, now, " NOOR")
    with database.reading() as session:
        assert store.member_by_email(session, "Noor@EXAMPLE.nl ")


def test_the_database_itself_refuses_what_no_account_may_be(database: Database, now: datetime) -> None:
    fine = {
        "email": "a@example.nl",
        "name": "A",
        "role": Role.AGENT,
        "phrase_hash": "",
        "language": "nl",
        "is_active": True,
        "is_demo": False,
        "created_at": now,
    }
    for wrong in ({"email": "A@example.nl"}, {"email": ""}, {"name": ""}, {"language": "de"}):
        with pytest.raises(IntegrityError), database.transaction() as session:
            session.execute(insert(Member).values({**fine, **wrong}))


def test_all_that_is_wrong_with_an_account_is_said_at_once(database: Database, now: datetime) -> None:
    with pytest.raises(Invalid) as caught, database.transaction() as session:
        store.add_member(session, email="x", name=" ", role=Role.AGENT, now=now, actor_id=None)
    assert [fault.field for fault in caught.value.faults] == ["email", "name"]


def test_of_two_administrators_who_close_each_other_at_once_one_stays(database: Database, now: datetime) -> None:
    both = [add(database, now, name, Role.ADMINISTRATOR) for name in ("noor", "kim")]
    together = threading.Barrier(2)
    outcomes: list[str] = []

    def close(member: Member, actor: Member) -> None:
        together.wait()
        try:
            with database.transaction() as session:
                store.disable_member(session, member.id, now=now, actor_id=actor.id)
            outcomes.append("closed")
        except Conflict:
            outcomes.append("refused")

    threads = [threading.Thread(target=close, args=pair) for pair in (both, reversed(both))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(outcomes) == ["closed", "refused"]
    with database.reading() as session:
        assert session.scalar(select(func.count()).where(Member.is_active)) == 1


def test_of_two_who_use_one_invitation_at_once_one_wins(database: Database, now: datetime) -> None:
    add(database, now, "sam", phrase_hash="", invitation_hash="i" * 64)
    together = threading.Barrier(2)
    outcomes: list[str] = []

    def accept(phrase_hash: str) -> None:
        together.wait()
        try:
            with database.transaction() as session:
                store.accept_invitation(session, invitation_hash="i" * 64, phrase_hash=phrase_hash, now=now)
            outcomes.append(phrase_hash)
        except NotFound:
            outcomes.append("refused")

    threads = [threading.Thread(target=accept, args=(phrase,)) for phrase in ("one", "two")]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert "refused" in outcomes
    assert len(set(outcomes)) == 2
    with database.reading() as session:
        sam = store.member_by_email(session, "sam@example.nl")
    assert sam
    assert sam.phrase_hash in outcomes


def test_accepting_an_invitation_ends_what_was_signed_in_before(database: Database, now: datetime) -> None:
    sam = add(database, now, "sam")
    with database.transaction() as session:
        sign_ins.start(session, sam.id, token_hash="t" * 64, agent="", now=now)
        store.invite_again(session, sam.id, invitation_hash="i" * 64, now=now, actor_id=sam.id)
        store.accept_invitation(session, invitation_hash="i" * 64, phrase_hash="new", now=now)
    with database.reading() as session:
        assert sign_ins.find(session, "t" * 64, now) is None


def test_a_sign_in_of_a_disabled_member_stands_for_nobody_even_if_its_row_was_left(database: Database, now: datetime) -> None:
    sam = add(database, now, "sam")
    with database.transaction() as session:
        sign_ins.start(session, sam.id, token_hash="t", agent="", now=now)
        assert sign_ins.find(session, "t", now)
        store.member(session, sam.id).is_active = False
    with database.reading() as session:
        assert sign_ins.find(session, "t", now) is None


def test_signing_in_clears_away_what_has_ended_by_itself_and_nothing_else(database: Database, now: datetime) -> None:
    sam, kim = add(database, now, "sam"), add(database, now, "kim")
    with database.transaction() as session:
        sign_ins.start(session, sam.id, token_hash="idle", agent="", now=now)
        sign_ins.start(session, kim.id, token_hash="old", agent="", now=now)
        busy = sign_ins.start(session, kim.id, token_hash="busy", agent="", now=now + timedelta(minutes=1))
    later = now + ABSOLUTE_TIMEOUT
    with database.transaction() as session:
        sign_ins.touch(session, busy.id, later - IDLE_TIMEOUT + timedelta(minutes=1))
        sign_ins.start(session, sam.id, token_hash="new", agent="", now=later)
        assert set(session.scalars(select(SignIn.token_hash))) == {"busy", "new"}


def test_a_browser_that_calls_itself_by_a_very_long_name_is_cut_short(database: Database, now: datetime) -> None:
    sam = add(database, now, "sam")
    with database.transaction() as session:
        sign_ins.start(session, sam.id, token_hash="t", agent="x" * 5000, now=now)
    with database.reading() as session:
        [found] = sign_ins.of_member(session, sam.id, now)
    assert len(found.agent) == 200


def test_what_was_never_there_is_not_found(database: Database, now: datetime) -> None:
    with database.transaction() as session:
        with pytest.raises(NotFound):
            store.member(session, 99)
        with pytest.raises(NotFound):
            sign_ins.end(session, 99, member_id=1, now=now)
        with pytest.raises(NotFound):
            store.accept_invitation(session, invitation_hash="", phrase_hash="x", now=now)

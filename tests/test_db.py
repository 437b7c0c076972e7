import threading
from datetime import UTC, datetime, timedelta, timezone

import pytest
from sqlalchemy import func, select, text, update
from sqlalchemy.exc import DBAPIError, StatementError

from portal.db import Database, insert_or_ignore
from portal.events.models import Event
from portal.events.store import record
from portal.organisation.models import Channel
from portal.organisation.rules import ChannelKind

NOON = datetime(2026, 3, 10, 12, tzinfo=UTC)


def channel(slug: str) -> dict[str, object]:
    return {
        "slug": slug,
        "kind": ChannelKind.X,
        "name": "X",
        "account": "",
        "address": "",
        "note_nl": "",
        "note_en": "",
        "position": 1,
        "is_public": True,
        "created_at": NOON,
    }


def test_an_instant_comes_back_in_utc_whatever_zone_it_went_in_with(database: Database) -> None:
    summer = datetime(2026, 7, 1, 14, tzinfo=timezone(timedelta(hours=2)))
    with database.transaction() as session:
        record(session, at=summer, kind="test.happened", subject="test:1")
    with database.reading() as session:
        stored = session.scalars(select(Event)).one().at
    assert stored == summer
    assert stored.tzinfo is UTC


def test_a_time_without_a_zone_is_refused(database: Database) -> None:
    naive = NOON.replace(tzinfo=None)
    with pytest.raises(StatementError, match="has no time zone"), database.transaction() as session:
        record(session, at=naive, kind="test.happened", subject="test:1")


def test_an_error_leaves_no_trace(database: Database) -> None:
    def fail_after_writing() -> None:
        with database.transaction() as session:
            record(session, at=NOON, kind="test.happened", subject="test:1")
            raise RuntimeError

    with pytest.raises(RuntimeError):
        fail_after_writing()
    with database.reading() as session:
        assert session.scalar(select(func.count()).select_from(Event)) == 0


def test_one_reading_sees_one_state_whatever_is_committed_meanwhile(database: Database) -> None:
    how_many = select(func.count()).select_from(Event)
    with database.reading() as session:
        before = session.scalar(how_many)
        with database.transaction() as writer:
            record(writer, at=NOON, kind="test.happened", subject="test:1")
        assert session.scalar(how_many) == before
    with database.reading() as session:
        assert session.scalar(how_many) == 1


def test_an_event_cannot_be_rewritten(database: Database) -> None:
    with database.transaction() as session:
        record(session, at=NOON, kind="test.happened", subject="test:1")
    with pytest.raises(DBAPIError, match="append-only"), database.transaction() as session:
        session.execute(update(Event).values(kind="test.denied"))


def test_of_many_who_insert_the_same_exactly_one_does(database: Database) -> None:
    made: list[int | None] = []

    def insert() -> None:
        with database.transaction() as session:
            made.append(insert_or_ignore(session, Channel, channel("x"), unique=["slug"]))

    threads = [threading.Thread(target=insert) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(made) == 6
    assert len([one for one in made if one is not None]) == 1


def test_an_error_says_nothing_of_what_was_to_be_kept(database: Database) -> None:
    """It is logged, and logs are kept by others and for longer."""
    with pytest.raises(DBAPIError) as failed, database.transaction() as session:
        session.execute(text("SELECT * FROM nowhere WHERE said = :words"), {"words": "the words of a customer"})
    assert "nowhere" in str(failed.value)
    assert "customer" not in str(failed.value)

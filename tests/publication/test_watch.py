"""A change that the public may know is noticed, whoever makes it; what is not the public's is not."""

import re
from collections.abc import Iterator
from datetime import datetime
from threading import Thread, Timer

import pytest
from sqlalchemy import text
from sqlalchemy.exc import SQLAlchemyError

from portal.db import Database
from portal.events.sentences import SENTENCES
from portal.events.store import record
from portal.publication.watch import SUBJECTS, Watch, is_public
from tests.conftest import ROOT

PRIVATE = {
    "answer",
    "case",
    "claim",
    "contact",
    "delivery",
    "erasure",
    "member",
    "message",
    "promise",
    "proposal_rule",
    "surge",
    "text",
    "webhook_secret",
}


@pytest.fixture
def watch(database: Database) -> Iterator[Watch]:
    watch = Watch(database)
    yield watch
    watch.close()


def say(database: Database, subject: str, now: datetime) -> None:
    with database.transaction() as session:
        record(session, at=now, kind="incident.updated", subject=subject)


def settled(watch: Watch) -> Watch:
    """The watch after it has seen all that there was."""
    while watch.wait(0):
        pass
    return watch


def test_the_first_look_says_that_something_may_have_changed(watch: Watch) -> None:
    assert watch.wait(0)
    assert not settled(watch).wait(0.3)


def test_a_public_change_is_noticed_once(watch: Watch, database: Database, now: datetime) -> None:
    say(database, "case:1", now)
    settled(watch)
    say(database, "incident:1", now)
    assert watch.wait(5)
    assert not watch.wait(0.3)


def test_the_very_first_event_of_an_installation_is_noticed(watch: Watch, database: Database, now: datetime) -> None:
    settled(watch)
    say(database, "organisation:1", now)
    assert watch.wait(5)


def test_it_wakes_while_it_waits(watch: Watch, database: Database, now: datetime) -> None:
    say(database, "case:1", now)
    settled(watch)
    later = Timer(0.3, say, (database, "service:1", now))
    later.start()
    assert watch.wait(10)
    later.join()


def test_what_happens_to_cases_is_no_change_for_the_public(watch: Watch, database: Database, now: datetime) -> None:
    say(database, "incident:1", now)
    settled(watch)
    for number in range(5):
        say(database, f"case:{number}", now)
        assert not watch.wait(0.2)


def test_an_event_that_got_its_number_earlier_and_commits_later_is_noticed(postgresql_database: Database, now: datetime) -> None:
    say(postgresql_database, "incident:1", now)
    watch = settled(Watch(postgresql_database))
    with postgresql_database.transaction() as slow:
        record(slow, at=now, kind="incident.updated", subject="incident:2")
        other = Thread(target=say, args=(postgresql_database, "case:3", now))
        other.start()
        other.join()
        settled(watch)
    assert watch.wait(5)
    watch.close()


def test_a_connection_that_breaks_is_made_again_and_nothing_is_missed(postgresql_database: Database, now: datetime) -> None:
    watch = settled(Watch(postgresql_database))
    with postgresql_database.transaction() as session:
        session.execute(
            text(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
                " WHERE pid <> pg_backend_pid() AND datname = current_database()"
            )
        )
    with pytest.raises(Exception, match=r"terminat|closed|connection"):
        watch.wait(5)
    assert watch.wait(0), "after that it says that something may have changed"
    watch.close()


def test_a_database_that_is_not_there_raises(tmp_path: object) -> None:
    watch = Watch(Database(f"sqlite:///{tmp_path}/none/portal.db"))
    with pytest.raises((OSError, SQLAlchemyError, Exception), match="unable to open"):
        watch.wait(0)


def test_every_kind_of_event_is_either_public_or_known_not_to_be() -> None:
    """A new kind of event must be put on one side: else a change might not be published."""
    kinds = {kind.partition(".")[0] for kind in SENTENCES}
    public = kinds - PRIVATE
    subject_of = {"hours": "channel", "maintenance": "incident", "promise_settings": "organisation", "staff": "channel"}
    assert {subject_of.get(kind, kind) for kind in public} == SUBJECTS
    assert is_public(["case:1", "service:4"])
    assert not is_public(["case:1", "member:4"])


def test_the_database_tells_of_the_same_subjects() -> None:
    migration = (ROOT / "migrations" / "versions" / "0012_publication_notices.py").read_text()
    assert set(re.findall(r"'(\w+)'(?=[,)])", migration.partition("IN (")[2].partition("EXECUTE")[0])) == SUBJECTS

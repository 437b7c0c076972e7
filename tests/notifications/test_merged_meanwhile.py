"""A case becomes part of another one while its customer is being told something. On both databases."""

from threading import Thread

import pytest
from sqlalchemy import text

from portal.cases.deciding import merge
from portal.cases.models import Case
from portal.db import Database
from portal.promises.rules import RevisionReason
from portal.promises.store import revise
from tests.cases.builders import at
from tests.notifications.conftest import Desk


def is_waited_for(database: Database) -> bool:
    """Whether somebody waits for what another transaction holds; on SQLite, where one cannot tell, all who begin do."""
    if database.engine.dialect.name == "sqlite":
        return True
    with database.reading() as session:
        return bool(session.scalar(text("SELECT count(*) FROM pg_locks WHERE NOT granted")))


def told_while_merged(desk: Desk, gone: Case, kept: Case, *, minutes: float) -> int:
    """How many messages the follower makes that comes while a merger holds the two cases."""
    told: list[int] = []
    follower = Thread(target=lambda: told.append(desk.follow(minutes)))
    with desk.database.transaction() as session:
        merge(session, gone.id, session.get_one(Case, kept.id), member_id=1, now=at(minutes), version=None)
        session.flush()
        follower.start()
        while follower.is_alive() and not is_waited_for(desk.database):
            pass
    follower.join()
    return told[0]


@pytest.mark.parametrize("is_first", [True, False])
def test_what_is_told_meanwhile_stands_in_the_case_that_stays(desk: Desk, *, is_first: bool) -> None:
    one, other = desk.mail(), desk.mail(thread_ref="t2")
    gone, kept = (one, other) if is_first else (other, one)
    desk.follow()
    with desk.database.transaction() as session:
        revise(session, gone.id, at(400), RevisionReason.ILLNESS, now=at(100), actor_id=1)
    assert told_while_merged(desk, gone, kept, minutes=101) == 1
    assert {said.case_id for said in desk.told()} == {kept.id}
    assert desk.deliveries()[-1].case_id == gone.id


def test_a_question_that_became_part_of_another_meanwhile_gets_no_message_that_nobody_would_see(desk: Desk) -> None:
    kept = desk.mail()
    desk.follow()
    gone = desk.mail(minutes=1, thread_ref="t2")
    told_while_merged(desk, gone, kept, minutes=2)
    assert {said.case_id for said in desk.told()} == {kept.id}

"""Questions that wait, and what their customers were told."""

from collections.abc import Callable
from datetime import timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.cases import store
from portal.cases.models import Case
from portal.db import Database
from portal.organisation.models import Channel
from portal.promises import store as promises
from portal.promises.models import Promise, PromiseRevision
from tests.cases.builders import a_channel, asked, at

T = at(240)  # what a question of the usual class, asked at START, is promised
DUE = T - timedelta(minutes=31)


def take(database: Database, *, thread: str = "t1", minutes: float = 0, channel: str = "x") -> Case:
    """A question that came in, on a channel that answers day and night."""
    with database.transaction() as session:
        found = session.scalar(select(Channel).where(Channel.slug == channel)) or a_channel(session, channel)
        message = asked(minutes, thread_ref=thread, author_id=thread, message_id=thread)
        taken = store.take_message(session, found, message, at(minutes))
        assert taken.case
        return taken.case


def promise_of(database: Database, case: Case) -> Promise:
    with database.reading() as session:
        return promises.promise_of(session, case.id)


def told(database: Database, case: Case) -> list[PromiseRevision]:
    with database.reading() as session:
        return list(promises.revisions_of(session, case.id))


def do(database: Database, act: Callable[[Session], object]) -> None:
    with database.transaction() as session:
        act(session)

"""A channel with a member, who acts on its cases."""

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from portal.cases import store
from portal.cases.models import Case
from portal.cases.rules import Message
from portal.db import Database
from portal.events.store import trail
from portal.promises.models import Promise
from portal.promises.store import promises_of
from portal.staff.rules import Role
from portal.staff.store import add_member
from tests.cases.builders import a_channel, at

if TYPE_CHECKING:
    from portal.organisation.models import Channel

Act = Callable[..., Case]


class Desk:
    """A channel with a member, at which each act is a transaction of its own."""

    def __init__(self, database: Database) -> None:
        self.database = database
        with database.transaction() as session:
            self.channel: Channel = a_channel(session)
            self.member = add_member(
                session,
                email="sanne@example.nl",
                name="Sanne",
                role=Role.AGENT,
                phrase_hash="",
                now=at(0),
                actor_id=None,
            ).id

    def take(self, *messages: Message) -> int:
        """The id of the case that the last of these messages belongs to."""
        for message in messages:
            with self.database.transaction() as session:
                taken = store.take_message(session, self.channel, message, max(message.created_at, at(0)))
        assert taken.case
        return taken.case.id

    def act(self, act: Act, case_id: int, minutes: float, **facts: Any) -> Case:
        facts = {"version": None, "member_id": self.member, **facts}
        with self.database.transaction() as session:
            return act(session, case_id, now=at(minutes), **facts)

    def case(self, case_id: int) -> Case:
        with self.database.reading() as session:
            return store.the_case(session, case_id)

    def promises(self, case_id: int) -> list[Promise]:
        with self.database.reading() as session:
            return promises_of(session, [case_id])[case_id]

    def kinds(self, case_id: int) -> list[str]:
        with self.database.reading() as session:
            return [event.kind for event in reversed(trail(session, subject=f"case:{case_id}"))]

"""What staff and customers do with cases. Each change is made with its event in the caller's transaction.

`version` is the version of the case that the one who acts has seen; None acts on whatever is there (customers, jobs).
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.orm import Session

from portal.cases.models import Case, CaseMessage
from portal.cases.rules import Message
from portal.organisation.models import Channel


@dataclass(frozen=True)
class Taken:
    """What became of a message: `outcome` says it, `case` is the case that it belongs to, if any."""

    outcome: str
    case: Case | None = None

    @property
    def is_new_case(self) -> bool:
        return self.outcome == "opened"


def take_message(session: Session, channel: Channel, message: Message, now: datetime) -> Taken:
    """Puts a channel's message where it belongs: opens or joins a case, answers one, changes a known message, or nothing.

    The same message again changes nothing.
    """
    raise NotImplementedError


def case_by_reference(session: Session, reference: str) -> Case:
    """The case, or the one that it was merged into. Raises NotFound."""
    raise NotImplementedError


def the_case(session: Session, case_id: int) -> Case:
    """Raises NotFound."""
    raise NotImplementedError


def messages_of(session: Session, case_id: int) -> Sequence[CaseMessage]:
    """The messages and notes of a case, oldest first. One query."""
    raise NotImplementedError


def answer(
    session: Session,
    case_id: int,
    *,
    text: str,
    member_id: int,
    now: datetime,
    version: int | None,
    asks_back: bool = False,
) -> Case:
    """An answer by a member; stops the clock. With `asks_back` the case then waits for the customer.

    Raises Invalid without text, Conflict when the case was changed since `version`.
    """
    raise NotImplementedError


def add_note(session: Session, case_id: int, *, text: str, member_id: int, now: datetime) -> Case:
    """A note that only staff see; stops no clock and conflicts with nothing."""
    raise NotImplementedError


def add_customer_message(session: Session, case_id: int, *, text: str, now: datetime) -> Case:
    """A message that the customer adds on the tracking page."""
    raise NotImplementedError


def assign(session: Session, case_id: int, *, to: int | None, member_id: int, now: datetime, version: int | None) -> Case:
    raise NotImplementedError


def close(session: Session, case_id: int, *, member_id: int | None, now: datetime, version: int | None) -> Case:
    """Closes a case; without a member the customer says that it is solved. Never an answer."""
    raise NotImplementedError


def reopen(session: Session, case_id: int, *, member_id: int | None, now: datetime, version: int | None) -> Case:
    """Opens a case that was closed, set aside as spam or withdrawn."""
    raise NotImplementedError


def mark_spam(session: Session, case_id: int, *, member_id: int, now: datetime, version: int | None) -> Case:
    raise NotImplementedError


def withdraw(session: Session, case_id: int, *, member_id: int | None, now: datetime, version: int | None) -> Case:
    raise NotImplementedError


def merge(session: Session, case_id: int, *, into_id: int, member_id: int, now: datetime, version: int | None) -> Case:
    """Makes one case of two; the earliest receipt and promise stay. Returns the case that remains (`into_id`)."""
    raise NotImplementedError

"""The agents' queue: what breaks first stands on top. The number of queries does not grow with the queue."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from typing import Any

from sqlalchemy import ColumnElement, Select, and_, func, literal, or_, select
from sqlalchemy.orm import Session, aliased

from portal.cases.models import Case, Contact, Identity
from portal.cases.reference import read_reference
from portal.cases.rules import UNANSWERED, CaseState
from portal.cases.tracking_models import ErasureRequest
from portal.db import UTCDateTime, begins_with
from portal.organisation.models import Channel
from portal.promises.models import Promise, PromiseRevision
from portal.promises.without_time import hears_by, last_told
from portal.staff.models import Member

PAGE_SIZE = 50
SOON = timedelta(minutes=30)
_NEVER = datetime(9999, 1, 1, tzinfo=UTC)


class Shelf(StrEnum):
    """Which cases to show: those that wait for us, those that wait for the customer, and those that are done."""

    UNANSWERED = "unanswered"
    WAITING = "waiting"
    ANSWERED = "answered"
    CLOSED = "closed"
    WITHDRAWN = "withdrawn"
    SPAM = "spam"


_STATES: dict[Shelf, tuple[CaseState, ...]] = {
    Shelf.UNANSWERED: tuple(UNANSWERED),
    Shelf.WAITING: (CaseState.WAITING,),
    Shelf.ANSWERED: (CaseState.ANSWERED,),
    Shelf.CLOSED: (CaseState.CLOSED,),
    Shelf.WITHDRAWN: (CaseState.WITHDRAWN,),
    Shelf.SPAM: (CaseState.SPAM,),
}


class Whose(StrEnum):
    EVERYBODYS = ""
    MINE = "mine"
    NOBODYS = "nobodys"


@dataclass(frozen=True)
class Filter:
    """What to show. `search` is a reference, or the beginning of a handle or name; it looks on every shelf."""

    shelf: Shelf = Shelf.UNANSWERED
    whose: Whose = Whose.EVERYBODYS
    member_id: int | None = None
    channel_id: int | None = None
    class_code: str = ""
    search: str = ""

    @property
    def is_narrowed(self) -> bool:
        """Whether more than the shelf was chosen."""
        return bool(self.whose or self.channel_id or self.class_code or self.search)


@dataclass(frozen=True)
class Bookmark:
    """Where a page of the queue ends: the next one begins after it."""

    at: datetime
    case_id: int

    def __str__(self) -> str:
        return f"{self.at.astimezone(UTC).isoformat()}~{self.case_id}"

    @classmethod
    def read(cls, written: str) -> "Bookmark | None":
        """The bookmark as an address holds it; None when it is none, so that a broken address shows the first page."""
        at, _mark, case_id = written.partition("~")
        try:
            found = cls(datetime.fromisoformat(at), int(case_id))
            is_sound = found.at.tzinfo and found.at.astimezone(UTC) and abs(found.case_id) < 2**31
        except (ValueError, OverflowError):  # OverflowError: in UTC it is a year that the calendar has not
            return None
        return found if is_sound else None


@dataclass(frozen=True)
class Waiting:
    """One line of the queue. `due_at` is the last time that the customer was told, None where nothing is promised.

    There `hears_by` is when they hear more, where they were told so.
    """

    case: Case
    channel: str
    person: str
    class_code: str
    due_at: datetime | None
    assigned_name: str | None
    hears_by: datetime | None

    def urgency(self, now: datetime) -> str:
        """Overdue, soon or later: overdue from the instant after the promised one; soon within half an hour of it."""
        due = self.due_at or self.hears_by
        if due is None:
            return "later"
        if now > due:
            return "overdue"
        return "soon" if due - now <= SOON else "later"


@dataclass(frozen=True)
class Page:
    lines: list[Waiting]
    next: Bookmark | None


def queue(session: Session, wanted: Filter, *, after: Bookmark | None = None, size: int = PAGE_SIZE) -> Page:
    """One page of the queue, by promised time; what is answered or closed by receipt, newest first. One query."""
    by_promise = wanted.shelf is Shelf.UNANSWERED and not wanted.search
    due = _due()
    never = literal(_NEVER, UTCDateTime())
    order: ColumnElement[Any] = func.coalesce(due, hears_by(), never) if by_promise else Case.received_at.expression
    query = _lines(due).where(*_conditions(session, wanted))
    if after is not None:
        query = query.where(_beyond(order, after, upwards=by_promise))
    direction = (order, Case.id) if by_promise else (order.desc(), Case.id.desc())
    rows = session.execute(query.order_by(*direction).limit(size + 1)).all()
    lines = [
        Waiting(case, channel, person or "", code or "", due_at, name, hears)
        for case, channel, person, code, due_at, name, hears in rows[:size]
    ]
    if len(rows) <= size:
        return Page(lines, None)
    last = lines[-1]
    return Page(lines, Bookmark((last.due_at or last.hears_by or _NEVER) if by_promise else last.case.received_at, last.case.id))


def _due() -> ColumnElement[datetime | None]:
    """The last time told: that of the latest revision, else the promised one if anybody was told it."""
    return func.coalesce(last_told(PromiseRevision.promised_at), Promise.told_first, type_=UTCDateTime())


def _lines(due: ColumnElement[datetime | None]) -> Select[Case, str, str, str, datetime | None, str, datetime | None]:
    any_promise = aliased(Promise)
    last = select(func.max(any_promise.sequence)).where(any_promise.case_id == Case.id).correlate(Case).scalar_subquery()
    return (
        select(
            Case,
            Channel.name,
            Contact.name,
            func.coalesce(Promise.overruled_class_code, Promise.class_code),
            due,
            Member.name,
            hears_by(),
        )
        .join(Channel, Channel.id == Case.channel_id)
        .outerjoin(Contact, Contact.id == Case.contact_id)
        .outerjoin(Promise, and_(Promise.case_id == Case.id, Promise.sequence == last))
        .outerjoin(Member, Member.id == Case.assigned_to)
    )


def _conditions(session: Session, wanted: Filter) -> list[ColumnElement[bool]]:
    conditions: list[ColumnElement[bool]] = []
    if wanted.search:
        conditions += [Case.state != CaseState.MERGED, _found(session, wanted.search)]
    else:
        conditions.append(Case.state.in_(_STATES[wanted.shelf]))
    if wanted.whose is Whose.MINE:
        conditions.append(Case.assigned_to == wanted.member_id)
    elif wanted.whose is Whose.NOBODYS:
        conditions.append(Case.assigned_to.is_(None))
    if wanted.channel_id is not None:
        conditions.append(Case.channel_id == wanted.channel_id)
    if wanted.class_code:
        conditions.append(func.coalesce(Promise.overruled_class_code, Promise.class_code) == wanted.class_code)
    return conditions


def _found(session: Session, search: str) -> ColumnElement[bool]:
    """A reference finds its case alone; anything else the cases of people whose handle or name begins with it."""
    reference = read_reference(search)
    if reference is not None:
        return Case.reference == reference
    begins = search.strip().lstrip("@").lower()
    handle, name = func.lower(Identity.handle), func.lower(Identity.name)
    people = select(Identity.contact_id).where(
        or_(*(begins_with(session, whole, start) for whole, start in ((handle, begins), (handle, f"@{begins}"), (name, begins))))
    )
    return Case.contact_id.in_(people)


def _beyond(order: ColumnElement[Any], after: Bookmark, *, upwards: bool) -> ColumnElement[bool]:
    """What stands after a place. The first condition says nothing that the second does not; it lets an index be used."""
    at = literal(after.at, UTCDateTime())
    if upwards:
        return and_(order >= at, or_(order > at, Case.id > after.case_id))
    return and_(order <= at, or_(order < at, Case.id < after.case_id))


def wishes_for_erasure(session: Session) -> Sequence[Case]:
    """The cases whose customers asked to have them erased, the oldest wish first. One query."""
    query = select(Case).join(ErasureRequest, ErasureRequest.case_id == Case.id).where(ErasureRequest.settled_at.is_(None))
    return session.scalars(query.order_by(ErasureRequest.asked_at)).all()

"""Which colleagues have a case open now. A row is worth a minute; nobody has to sign off."""

from collections.abc import Iterable
from datetime import datetime, timedelta

from sqlalchemy import delete, select, update
from sqlalchemy.orm import Session

from portal.cases.tracking_models import Presence
from portal.db import insert_or_ignore
from portal.staff.models import Member

PRESENT_FOR = timedelta(seconds=60)
ASKED_EVERY_SECONDS = 20


def be_present(session: Session, case_id: int, member_id: int, now: datetime) -> None:
    """Notes that a member has the case open, and forgets who had it open long ago. Two or three small statements."""
    session.execute(delete(Presence).where(Presence.case_id == case_id, Presence.seen_at <= now - PRESENT_FOR))
    mine = (Presence.case_id == case_id, Presence.member_id == member_id)
    if session.scalars(update(Presence).where(*mine).values(seen_at=now).returning(Presence.case_id)).first() is None:
        insert_or_ignore(
            session,
            Presence,
            {"case_id": case_id, "member_id": member_id, "seen_at": now},
            unique=["case_id", "member_id"],
        )


def others_present(session: Session, case_ids: Iterable[int], member_id: int, now: datetime) -> dict[int, list[str]]:
    """The names of the other members who have these cases open now, by case. One query."""
    query = (
        select(Presence.case_id, Member.name)
        .join(Member, Member.id == Presence.member_id)
        .where(Presence.case_id.in_(list(case_ids)), Presence.member_id != member_id, Presence.seen_at > now - PRESENT_FOR)
        .order_by(Member.name)
    )
    found: dict[int, list[str]] = {}
    for case_id, name in session.execute(query):
        found.setdefault(case_id, []).append(name)
    return found

"""The store of sign-ins: they live at the server, so that they can be ended there."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import delete, or_, select, update
from sqlalchemy.orm import Session

from portal.errors import NotFound
from portal.events.store import record
from portal.staff.models import Member, SignIn
from portal.staff.rules import ABSOLUTE_TIMEOUT, IDLE_TIMEOUT, has_ended

_LONGEST_AGENT = 200


def start(session: Session, member_id: int, *, token_hash: str, agent: str, now: datetime) -> SignIn:
    """A new sign-in of this member; clears away those that have ended by themselves."""
    forget_ended(session, now)
    started = SignIn(
        token_hash=token_hash,
        member_id=member_id,
        created_at=now,
        last_seen_at=now,
        expires_at=now + ABSOLUTE_TIMEOUT,
        agent=agent[:_LONGEST_AGENT],
    )
    session.add(started)
    session.flush()
    record(session, at=now, kind="member.signed_in", subject=f"member:{member_id}", actor_id=member_id)
    return started


def forget_ended(session: Session, now: datetime) -> None:
    """Removes the sign-ins that have ended by themselves."""
    session.execute(delete(SignIn).where(or_(SignIn.expires_at <= now, SignIn.last_seen_at <= now - IDLE_TIMEOUT)))


def record_refusal(session: Session, member_id: int | None, *, now: datetime) -> None:
    """That someone was not let in; for which account, when there is one. What was typed is kept nowhere."""
    record(session, at=now, kind="member.sign_in_refused", subject=f"member:{member_id or 0}")


def find(session: Session, token_hash: str, now: datetime) -> tuple[Member, SignIn] | None:
    """Who is signed in with this token, unless the sign-in has ended or the member is disabled. One query."""
    row = session.execute(
        select(Member, SignIn).join(SignIn, SignIn.member_id == Member.id).where(SignIn.token_hash == token_hash)
    ).one_or_none()
    if row is None:
        return None
    member, sign_in = row
    if not member.is_active or has_ended(last_seen_at=sign_in.last_seen_at, expires_at=sign_in.expires_at, now=now):
        return None
    return member, sign_in


def of_member(session: Session, member_id: int, now: datetime) -> Sequence[SignIn]:
    """Where the member is signed in now, the last used first."""
    found = session.scalars(
        select(SignIn).where(SignIn.member_id == member_id).order_by(SignIn.last_seen_at.desc(), SignIn.id.desc())
    )
    return [one for one in found if not has_ended(last_seen_at=one.last_seen_at, expires_at=one.expires_at, now=now)]


def touch(session: Session, sign_in_id: int, now: datetime) -> None:
    """Remembers that the sign-in is in use, for the idle timeout."""
    session.execute(update(SignIn).where(SignIn.id == sign_in_id).values(last_seen_at=now))


def end(session: Session, sign_in_id: int, *, member_id: int, now: datetime) -> None:
    """Ends one sign-in of this member. Raises NotFound when it is another's or has ended already."""
    ended = session.scalar(delete(SignIn).where(SignIn.id == sign_in_id, SignIn.member_id == member_id).returning(SignIn.id))
    if ended is None:
        raise NotFound("This sign-in has ended already.")
    record(session, at=now, kind="member.signed_out", subject=f"member:{member_id}", actor_id=member_id)


def end_all(session: Session, member_id: int, *, now: datetime) -> None:
    """Ends every sign-in of this member, on every device."""
    session.execute(delete(SignIn).where(SignIn.member_id == member_id))
    record(session, at=now, kind="member.signed_out_everywhere", subject=f"member:{member_id}", actor_id=member_id)

from collections.abc import Collection, Sequence
from datetime import datetime

from sqlalchemy import delete, exists, func, select
from sqlalchemy.orm import Session

from portal.db import insert_or_ignore, take_turn
from portal.errors import Conflict, Fault, Invalid, NotFound
from portal.events.store import record
from portal.staff.models import Member, SignIn
from portal.staff.rules import INVITATION_TIMEOUT, Role, is_email, plain_email

_TURN = "members"


def members(session: Session) -> Sequence[Member]:
    """Everybody who has or had an account, those who may sign in first, by name. One query."""
    return session.scalars(select(Member).order_by(Member.is_active.desc(), func.lower(Member.name), Member.id)).all()


def member(session: Session, member_id: int) -> Member:
    """Raises NotFound."""
    found = session.get(Member, member_id)
    if found is None:
        raise NotFound(f"There is no colleague {member_id}.")
    return found


def member_by_email(session: Session, email: str) -> Member | None:
    """The account with this address, however it is typed; None when there is none. One query."""
    return session.scalar(select(Member).where(Member.email == plain_email(email)))


def names(session: Session, member_ids: Collection[int]) -> dict[int, str]:
    """The names of these members, by id. One query."""
    return dict(session.execute(select(Member.id, Member.name).where(Member.id.in_(member_ids))).all())


def has_members(session: Session) -> bool:
    """Whether the installation has ever had an account: before that it has to be set up. One query."""
    return bool(session.scalar(select(exists().where(Member.id > 0))))


def add_member(
    session: Session,
    *,
    email: str,
    name: str,
    role: Role,
    language: str = "nl",
    phrase_hash: str = "",
    invitation_hash: str | None = None,
    is_demo: bool = False,
    now: datetime,
    actor_id: int | None,
) -> Member:
    """A new account, with a pass phrase or with an invitation to choose one.

    Raises Invalid that names each field which cannot be taken, and Conflict when the address has an account already.
    """
    email, name = plain_email(email), name.strip()
    faults = [] if is_email(email) else [Fault("email", email, "an e-mail address such as naam@example.nl")]
    if not name:
        faults.append(Fault("name", name, "the name that colleagues read"))
    if faults:
        raise Invalid.many(faults)
    made = insert_or_ignore(
        session,
        Member,
        {
            "email": email,
            "name": name,
            "role": role,
            "language": language,
            "phrase_hash": phrase_hash,
            "is_active": True,
            "is_demo": is_demo,
            "created_at": now,
            "invitation_hash": invitation_hash,
            "invitation_expires_at": now + INVITATION_TIMEOUT if invitation_hash else None,
        },
        unique=["email"],
    )
    if made is None:
        raise Conflict("Somebody with this e-mail address has an account already.")
    record(session, at=now, kind="member.added", subject=f"member:{made}", actor_id=actor_id, facts={"role": role.value})
    return member(session, made)


def add_first_administrator(session: Session, *, email: str, name: str, language: str, phrase_hash: str, now: datetime) -> Member:
    """The account with which an installation begins. Raises Conflict when there is an account: of two set-ups, one wins."""
    take_turn(session, _TURN)
    if has_members(session):
        raise Conflict("This portal has been set up already.")
    return add_member(
        session,
        email=email,
        name=name,
        role=Role.ADMINISTRATOR,
        language=language,
        phrase_hash=phrase_hash,
        now=now,
        actor_id=None,
    )


def invite_again(session: Session, member_id: int, *, invitation_hash: str, now: datetime, actor_id: int) -> Member:
    """A new one-time link with which the member chooses a pass phrase; it voids the one before.

    Raises Conflict for a disabled account.
    """
    invited = member(session, member_id)
    if not invited.is_active:
        raise Conflict("A disabled account cannot be invited; enable it first.")
    invited.invitation_hash, invited.invitation_expires_at = invitation_hash, now + INVITATION_TIMEOUT
    record(session, at=now, kind="member.invited", subject=f"member:{member_id}", actor_id=actor_id)
    return invited


def invited_member(session: Session, invitation_hash: str, now: datetime) -> Member | None:
    """Whom this invitation is for; None when it is unknown, used, replaced or expired, or the account is disabled."""
    return session.scalar(
        select(Member).where(Member.invitation_hash == invitation_hash, Member.invitation_expires_at > now, Member.is_active)
    )


def accept_invitation(session: Session, *, invitation_hash: str, phrase_hash: str, now: datetime) -> Member:
    """The member with the new pass phrase. Voids the invitation and ends all sign-ins. Raises NotFound when it is void."""
    take_turn(session, _TURN)
    invited = invited_member(session, invitation_hash, now)
    if invited is None:
        raise NotFound("This invitation is not valid any more.")
    _set_phrase(session, invited, phrase_hash)
    record(session, at=now, kind="member.phrase_set", subject=f"member:{invited.id}", actor_id=invited.id)
    return invited


def change_phrase(session: Session, member_id: int, *, phrase_hash: str, keep: int | None, now: datetime) -> None:
    """Gives the member another pass phrase and ends all sign-ins but `keep`."""
    changed = member(session, member_id)
    _set_phrase(session, changed, phrase_hash, keep=keep)
    record(session, at=now, kind="member.phrase_changed", subject=f"member:{member_id}", actor_id=member_id)


def change_language(session: Session, member_id: int, *, language: str, now: datetime) -> None:
    """The console speaks this language ("nl" or "en") to the member from the next page on. Raises NotFound."""
    member(session, member_id).language = language
    record(
        session, at=now, kind="member.changed", subject=f"member:{member_id}", actor_id=member_id, facts={"language": language}
    )


def change_member(session: Session, member_id: int, *, name: str, role: Role, now: datetime, actor_id: int | None) -> Member:
    """The member under this name and in this role, at once in every open sign-in.

    Raises Conflict when the last administrator would lose that role, and Invalid without a name.
    """
    take_turn(session, _TURN)
    changed = member(session, member_id)
    if not name.strip():
        raise Invalid("name", name, "the name that colleagues read")
    if role is not Role.ADMINISTRATOR:
        _keep_an_administrator(session, changed)
    changed.name, changed.role = name.strip(), role
    record(session, at=now, kind="member.changed", subject=f"member:{member_id}", actor_id=actor_id, facts={"role": role.value})
    return changed


def disable_member(session: Session, member_id: int, *, now: datetime, actor_id: int | None) -> Member:
    """Ends all sign-ins of the member and lets nobody sign in as them. Raises Conflict for the last administrator."""
    take_turn(session, _TURN)
    disabled = member(session, member_id)
    _keep_an_administrator(session, disabled)
    disabled.is_active = False
    disabled.invitation_hash = disabled.invitation_expires_at = None
    session.execute(delete(SignIn).where(SignIn.member_id == member_id))
    record(session, at=now, kind="member.disabled", subject=f"member:{member_id}", actor_id=actor_id)
    return disabled


def enable_member(session: Session, member_id: int, *, now: datetime, actor_id: int | None) -> Member:
    """Lets a disabled member sign in again, with the pass phrase of before. Raises NotFound."""
    enabled = member(session, member_id)
    enabled.is_active = True
    record(session, at=now, kind="member.enabled", subject=f"member:{member_id}", actor_id=actor_id)
    return enabled


def _keep_an_administrator(session: Session, leaving: Member) -> None:
    """Someone who can really sign in must be left to manage the rest: an invited administrator does not count yet."""
    others = session.scalar(
        select(func.count())
        .select_from(Member)
        .where(Member.role == Role.ADMINISTRATOR, Member.is_active, Member.phrase_hash != "", Member.id != leaving.id)
    )
    if leaving.role is Role.ADMINISTRATOR and leaving.is_active and not others:
        raise Conflict("This is the last administrator. Make somebody else administrator first.")


def _set_phrase(session: Session, owner: Member, phrase_hash: str, *, keep: int | None = None) -> None:
    owner.phrase_hash, owner.is_demo = phrase_hash, False
    owner.invitation_hash = owner.invitation_expires_at = None
    session.execute(delete(SignIn).where(SignIn.member_id == owner.id, SignIn.id != (keep or 0)))

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import uuid4
from zoneinfo import ZoneInfo

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from portal.db import insert_or_ignore, take_turn
from portal.errors import Conflict, Invalid, NotFound
from portal.events.store import record
from portal.organisation.models import Channel, Organisation
from portal.organisation.rules import ChannelKind, channel_faults, organisation_faults
from portal.staff.models import Member
from portal.staff.store import add_first_administrator
from portal.web.formats import DEFAULT_ZONE
from portal.web.order import Step, stepped

DEFAULT_ACCENT = "#0b5c7a"


@dataclass(frozen=True)
class FirstMember:
    """Who sets the portal up. The pass phrase is hashed before the transaction, because that is slow on purpose."""

    name: str
    email: str
    language: str
    phrase_hash: str


def the_organisation(session: Session) -> Organisation | None:
    """The company, or None before it has been set up. One query."""
    return session.get(Organisation, 1)


def zone_of(session: Session) -> ZoneInfo:
    """The zone in which the company tells time and counts days. One query."""
    organisation = the_organisation(session)
    return organisation.zone if organisation else DEFAULT_ZONE


def save_organisation(
    session: Session,
    *,
    name: str,
    timezone: str = DEFAULT_ZONE.key,
    accent: str = DEFAULT_ACCENT,
    email: str = "",
    site_url: str = "",
    about_nl: str = "",
    about_en: str = "",
    is_demo: bool | None = None,
    now: datetime,
    actor_id: int | None,
) -> Organisation:
    """The company with these facts, made on the first call and changed on later ones; `is_demo` stays when it is not given.

    Raises Invalid that names each field which cannot be taken.
    """
    faults = organisation_faults(name=name, timezone=timezone, accent=accent, email=email, site_url=site_url)
    if faults:
        raise Invalid.many(faults)
    organisation = session.get(Organisation, 1) or Organisation(id=1, guid=str(uuid4()), is_demo=False)
    organisation.name, organisation.timezone, organisation.accent = name.strip(), timezone, accent.lower()
    organisation.email, organisation.site_url = email.strip(), site_url.strip()
    organisation.about_nl, organisation.about_en = about_nl.strip(), about_en.strip()
    organisation.is_demo = organisation.is_demo if is_demo is None else is_demo
    organisation.changed_at = now
    session.add(organisation)
    record(session, at=now, kind="organisation.changed", subject="organisation:1", actor_id=actor_id)
    return organisation


def set_up(
    session: Session,
    *,
    name: str,
    timezone: str,
    accent: str,
    email: str,
    administrator: FirstMember,
    now: datetime,
) -> Member:
    """The company and its first administrator. Raises Conflict when there is an account already: of two set-ups, one wins."""
    member = add_first_administrator(
        session,
        email=administrator.email,
        name=administrator.name,
        language=administrator.language,
        phrase_hash=administrator.phrase_hash,
        now=now,
    )
    save_organisation(session, name=name, timezone=timezone, accent=accent, email=email, now=now, actor_id=member.id)
    return member


def channels(session: Session, *, only_public: bool = False) -> Sequence[Channel]:
    """All channels in the order in which customers see them. One query."""
    query = select(Channel).order_by(Channel.position, Channel.id)
    if only_public:
        query = query.where(Channel.is_public)
    return session.scalars(query).all()


def channel_by_slug(session: Session, slug: str, *, only_public: bool = False) -> Channel:
    """Raises NotFound when there is none, or none that customers may see."""
    channel = session.scalar(select(Channel).where(Channel.slug == slug))
    if channel is None or (only_public and not channel.is_public):
        raise NotFound(f"There is no channel {slug!r}.")
    return channel


def channel_by_id(session: Session, channel_id: int) -> Channel:
    """Raises NotFound when there is none."""
    channel = session.get(Channel, channel_id)
    if channel is None:
        raise NotFound(f"There is no channel {channel_id}.")
    return channel


def add_channel(
    session: Session,
    *,
    slug: str,
    kind: ChannelKind,
    name: str,
    account: str = "",
    address: str = "",
    note_nl: str = "",
    note_en: str = "",
    is_public: bool = True,
    now: datetime,
    actor_id: int | None,
) -> Channel:
    """A new channel, last in the list. Raises Invalid, and Conflict when the slug is taken."""
    faults = channel_faults(slug=slug, name=name, address=address)
    if faults:
        raise Invalid.many(faults)
    last = session.scalar(select(func.max(Channel.position))) or 0
    made = insert_or_ignore(
        session,
        Channel,
        {
            "slug": slug,
            "kind": kind,
            "name": name.strip(),
            "account": account.strip(),
            "address": address.strip(),
            "note_nl": note_nl.strip(),
            "note_en": note_en.strip(),
            "position": last + 1,
            "is_public": is_public,
            "created_at": now,
        },
        unique=["slug"],
    )
    if made is None:
        raise Conflict(f"A channel with the name {slug!r} in its address exists already.")
    record(
        session,
        at=now,
        kind="channel.added",
        subject=f"channel:{made}",
        actor_id=actor_id,
        facts={"slug": slug},
    )
    return session.get_one(Channel, made)


def change_channel(
    session: Session,
    channel: Channel,
    *,
    name: str,
    account: str,
    address: str,
    note_nl: str,
    note_en: str,
    is_public: bool,
    now: datetime,
    actor_id: int | None,
) -> Channel:
    """The channel with these facts; its slug and kind stay, because addresses and messages refer to them."""
    faults = channel_faults(slug=channel.slug, name=name, address=address)
    if faults:
        raise Invalid.many(faults)
    channel.name, channel.account, channel.address = name.strip(), account.strip(), address.strip()
    channel.note_nl, channel.note_en = note_nl.strip(), note_en.strip()
    channel.is_public = is_public
    record(session, at=now, kind="channel.changed", subject=f"channel:{channel.id}", actor_id=actor_id)
    return channel


def change_note(
    session: Session, channel: Channel, *, note_nl: str, note_en: str, now: datetime, actor_id: int | None
) -> Channel:
    """What customers read beside the channel's hours, and nothing else of it."""
    channel.note_nl, channel.note_en = note_nl.strip(), note_en.strip()
    record(session, at=now, kind="channel.note_changed", subject=f"channel:{channel.id}", actor_id=actor_id)
    return channel


def move_channel(session: Session, channel_id: int, step: Step, *, now: datetime, actor_id: int | None) -> None:
    """Moves the channel one place in the order that customers see; at an end nothing changes. Raises NotFound."""
    take_turn(session, "channels")
    moved, before = channel_by_id(session, channel_id), list(channels(session))
    after = stepped(before, moved, step)
    if after == before:
        return
    for position, channel in enumerate(after, start=1):
        channel.position = position
    record(session, at=now, kind="channel.moved", subject=f"channel:{channel_id}", actor_id=actor_id)

"""Persons and the identities under which channels know them. One person with several identities is one contact."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import delete, select, update
from sqlalchemy.orm import Session

from portal.cases.models import Case, Contact, Identity
from portal.cases.rules import by_channel
from portal.db import insert_all_or_ignore
from portal.errors import Conflict, NotFound
from portal.events.store import record
from portal.inserting import insert_returning_ids
from portal.organisation.models import Channel
from portal.organisation.rules import ChannelKind

# Where an author's id means the same person on every account of that kind. On the others it is scoped to our own page.
_SAME_EVERYWHERE = frozenset({ChannelKind.EMAIL, ChannelKind.PHONE, ChannelKind.X, ChannelKind.BLUESKY, ChannelKind.TELEGRAM})

AuthorKey = tuple[int, str]


@dataclass(frozen=True)
class Author:
    """Who wrote, as the channel says it. The handle and the name are shown and may change; the id is the person."""

    channel: Channel
    author_id: str
    handle: str = ""
    name: str = ""
    language: str = ""

    @property
    def key(self) -> AuthorKey:
        return self.channel.id, self.author_id


def identities_of(session: Session, authors: Mapping[AuthorKey, Author], now: datetime) -> dict[AuthorKey, Identity]:
    """The identity of each author; made, with a contact, for those who are new. A new handle or name replaces the old one.

    An author whom another channel knows by the same id, where that id says the same everywhere, is the same contact.
    """
    found = _known(session, authors)
    for key, identity in found.items():
        handle, name = authors[key].handle[:200], authors[key].name[:200]
        if (handle and handle != identity.handle) or (name and name != identity.name):
            identity.handle, identity.name = handle or identity.handle, name or identity.name
    new = [authors[key] for key in sorted(set(authors) - set(found))]
    return found | _made(session, new, now) if new else found


def _known(session: Session, keys: Iterable[AuthorKey]) -> dict[AuthorKey, Identity]:
    return {
        (identity.channel_id, identity.author_id): identity
        for channel_id, ids in by_channel(keys)
        for identity in session.scalars(select(Identity).where(Identity.channel_id == channel_id, Identity.author_id.in_(ids)))
    }


def _made(session: Session, authors: Sequence[Author], now: datetime) -> dict[AuthorKey, Identity]:
    """New identities. Another writer may make the same ones at the same time: then theirs are used and ours undone."""
    contacts = _contacts_known_elsewhere(session, authors)
    strangers = {_person(author): author for author in authors if _person(author) not in contacts}
    rows = [
        {"name": (author.name or author.handle)[:200], "language": author.language, "created_at": now, "merged_into_id": None}
        for author in strangers.values()
    ]
    ours = dict(zip(strangers, insert_returning_ids(session, Contact, rows), strict=True))
    contacts |= ours
    made_of = [
        {
            "contact_id": contacts[_person(author)],
            "channel_id": author.channel.id,
            "author_id": author.author_id,
            "handle": author.handle[:200],
            "name": author.name[:200],
        }
        for author in authors
    ]
    insert_all_or_ignore(session, Identity, made_of, unique=["channel_id", "author_id"])
    made = _known(session, [author.key for author in authors])
    unused = set(ours.values()) - {identity.contact_id for identity in made.values()}
    if unused:
        session.execute(delete(Contact).where(Contact.id.in_(unused)))
    return made


def _person(author: Author) -> tuple[str, str]:
    """What makes two authors one person: the kind of channel and the id where ids are shared, else the channel and the id."""
    shared = author.channel.kind in _SAME_EVERYWHERE
    return (author.channel.kind.value if shared else str(author.channel.id)), author.author_id


def _contacts_known_elsewhere(session: Session, authors: Sequence[Author]) -> dict[tuple[str, str], int]:
    kinds: dict[ChannelKind, list[str]] = {}
    for author in authors:
        if author.channel.kind in _SAME_EVERYWHERE:
            kinds.setdefault(author.channel.kind, []).append(author.author_id)
    return {
        (kind.value, author_id): contact_id
        for kind, ids in kinds.items()
        for author_id, contact_id in session.execute(
            select(Identity.author_id, Identity.contact_id)
            .join(Channel, Channel.id == Identity.channel_id)
            .where(Identity.author_id.in_(ids), Channel.kind == kind)
        )
    }


def contact_of(session: Session, channel_id: int, author_id: str) -> Contact:
    """The contact behind an identity, for example the one from which a claim code was sent. Raises NotFound."""
    contact = session.scalar(
        select(Contact)
        .join(Identity, Identity.contact_id == Contact.id)
        .where(Identity.channel_id == channel_id, Identity.author_id == author_id)
    )
    if contact is None:
        raise NotFound("Nobody is known under this name on this channel.")
    return contact


def identities_of_contact(session: Session, contact_id: int) -> Sequence[Identity]:
    """All identities of one contact, the oldest first. One query."""
    return session.scalars(select(Identity).where(Identity.contact_id == contact_id).order_by(Identity.id)).all()


def merge_contacts(session: Session, contact_id: int, *, into_id: int, now: datetime, actor_id: int | None) -> Contact:
    """Makes one contact of two that were proved to be one person; their identities and cases go to `into_id`.

    Raises NotFound when there is no such contact, Conflict when both are the same one already.
    """
    both = select(Contact).where(Contact.id.in_([contact_id, into_id])).order_by(Contact.id).with_for_update()
    contacts = {contact.id: contact for contact in session.scalars(both)}
    if contact_id not in contacts or into_id not in contacts:
        raise NotFound("There is no such contact.")
    kept, gone = contacts[into_id], contacts[contact_id]
    if kept is gone or gone.merged_into_id is not None or kept.merged_into_id is not None:
        raise Conflict("These are one contact already.")
    session.execute(update(Identity).where(Identity.contact_id == gone.id).values(contact_id=kept.id))
    session.execute(update(Case).where(Case.contact_id == gone.id).values(contact_id=kept.id))
    session.execute(update(Contact).where(Contact.merged_into_id == gone.id).values(merged_into_id=kept.id))
    kept.name, kept.language = kept.name or gone.name, kept.language or gone.language
    gone.name, gone.merged_into_id = "", kept.id
    record(session, at=now, kind="contact.merged", subject=f"contact:{kept.id}", actor_id=actor_id, facts={"merged": gone.id})
    return kept

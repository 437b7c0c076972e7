"""By which way a message reaches its customer: by mail where an address is known, else by the page of the case alone."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import func, or_, select
from sqlalchemy.orm import Session

from portal.cases.models import Case, CaseMessage, Identity
from portal.cases.rules import AuthorKind, Direction
from portal.notifications import rules
from portal.notifications.models import Delivery
from portal.notifications.rules import WhyNot
from portal.organisation.models import Channel
from portal.organisation.rules import ChannelKind
from portal.vault import Vault

_MOST_MAILBOXES = 20


@dataclass(frozen=True)
class Post:
    """What the ways out are: where pages are, whether there is a mail server, and which addresses are our own.

    By the vault's fingerprints mailboxes are told apart.
    """

    public_url: str
    has_mail_server: bool
    vault: Vault
    own_addresses: frozenset[str] = frozenset()


def way_to(
    session: Session, case: Case, channels: Mapping[int, Channel], post: Post, now: datetime
) -> tuple[Identity | None, WhyNot | None]:
    """The mailbox that a message goes to, None when only the page shows it; and why not by the case's own channel.

    It is that of this case's own customer, also where the case became part of another customer's.
    """
    channel = channels[case.channel_id]
    by_channel = WhyNot.NO_SENDER if rules.is_within_window(channel.kind, case.last_inbound_at, now) else WhyNot.WINDOW_OVER
    mailbox = _mailbox_of(session, case, channel, channels)
    if mailbox is None:
        return None, by_channel
    if not is_a_customers(mailbox, post) or not _is_written_by_a_person(session, case):
        return None, WhyNot.NOBODY_READS
    if not post.has_mail_server:
        return None, WhyNot.NO_MAIL_SERVER
    if _told_today(session, fingerprint_of(post, mailbox), now) >= rules.MOST_A_DAY:
        return None, WhyNot.TOO_MANY
    return mailbox, None if channel.kind is ChannelKind.EMAIL else by_channel


def is_a_customers(mailbox: Identity, post: Post) -> bool:
    """Whether a customer may read mail at this address: no program, no list, and none of our own."""
    return not rules.is_read_by_nobody(mailbox.author_id) and mailbox.author_id.casefold() not in post.own_addresses


def _is_written_by_a_person(session: Session, case: Case) -> bool:
    """Whether its customer wrote anything in this case by hand, and not only a list or a program, which get no mail of ours.

    Nobody else wrote in a case that became part of no other; there all that is by hand counts.
    """
    mine = (CaseMessage.case_id == (case.merged_into_id or case.id), CaseMessage.direction == Direction.INBOUND)
    by_hand = (CaseMessage.author_kind == AuthorKind.CUSTOMER, CaseMessage.takes_no_reply.is_(False))
    written = select(CaseMessage.id).where(*mine, *by_hand)
    if case.merged_into_id is not None:
        theirs = select(Identity.id).where(Identity.contact_id == case.contact_id)
        written = written.where(or_(CaseMessage.identity_id.in_(theirs), CaseMessage.thread_ref == case.thread_ref))
    return session.scalar(written.limit(1)) is not None


def _mailbox_of(session: Session, case: Case, channel: Channel, channels: Mapping[int, Channel]) -> Identity | None:
    """Where the customer of a case gets mail: the address that the question came from, else the newest that is known."""
    mailboxes = [each.id for each in channels.values() if each.kind is ChannelKind.EMAIL]
    if case.contact_id is None or not mailboxes:
        return None
    known = session.scalars(
        select(Identity)
        .where(Identity.contact_id == case.contact_id, Identity.channel_id.in_(mailboxes))
        .order_by(Identity.id.desc())
        .limit(_MOST_MAILBOXES)
    ).all()
    usable = [each for each in known if rules.is_mailbox(each.author_id.strip())]
    return next((each for each in usable if each.channel_id == channel.id), usable[0] if usable else None)


def fingerprint_of(post: Post, mailbox: Identity) -> str:
    """By which a mailbox is known in the ledger, whose address is not to stand there."""
    return post.vault.fingerprint(f"mailbox:{rules.mailbox_name(mailbox.author_id)}")


def _told_today(session: Session, mailbox: str, now: datetime) -> int:
    """How many messages this mailbox got in a day: one that answers by itself must not keep us writing to it.

    Nor one that somebody writes for under ever other spellings.
    """
    mine = (Delivery.mailbox == mailbox, Delivery.made_at > now - timedelta(days=1))
    counted = select(Delivery.id).where(*mine).limit(rules.MOST_A_DAY).subquery()
    return session.scalar(select(func.count()).select_from(counted)) or 0

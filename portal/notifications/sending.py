"""Gives owed messages to the mail server, one after the other. Whoever dies on the way sends nothing twice.

A message is claimed, offered, noted as being handed over, handed over, noted as sent; each note is saved before the next step.
Dying before the hand-over means that nothing was sent: it is tried again. Dying after it means that nobody can tell: it is
marked so, shown to staff, and not sent again by itself.
"""

import logging
from dataclasses import dataclass
from datetime import datetime
from threading import Lock
from time import monotonic

from portal.config import Config
from portal.db import Database
from portal.errors import Conflict
from portal.notifications import store
from portal.notifications.mail import Letter, MailServer, Undelivered, as_bytes
from portal.notifications.rules import MessageKind
from portal.notifications.store import Claimed
from portal.notifications.texts import texts_in_use
from portal.notifications.ways import Post
from portal.notifications.wording import subject_for
from portal.organisation.store import the_organisation
from portal.vault import Vault

MOST_TOGETHER = 20
_LONGEST_PASS_SECONDS = 60
_REPLIES = frozenset({MessageKind.ACKNOWLEDGEMENT, MessageKind.NO_PROMISE})
_sending = Lock()  # one sender in a process; others in other processes share the work by claims

logger = logging.getLogger(__name__)


def post_of(config: Config) -> Post:
    """The ways out of this installation."""
    own = frozenset({config.mail_from.casefold()} - {""})
    return Post(config.public_url, has_mail_server=bool(config.smtp_url), vault=Vault(config.secret_key), own_addresses=own)


@dataclass(frozen=True)
class Sender:
    """What sending needs of an installation."""

    database: Database
    vault: Vault
    config: Config

    def send_due(self, now: datetime, *, most: int = MOST_TOGETHER) -> int:
        """Sends what is due, at most so many messages; returns how many the server took. Two queries when there is nothing.

        When the server is in trouble, all of them are put off. Does nothing while another thread of this process sends.
        """
        if not _sending.acquire(blocking=False):
            return 0
        try:
            return self._send_due(now, most)
        finally:
            _sending.release()

    def _send_due(self, now: datetime, most: int) -> int:
        with self.database.reading() as session:
            owed, unfinished = store.due(session, now, most)
        if unfinished:
            with self.database.transaction() as session:
                store.became_uncertain(session, unfinished)
        if owed and not self.config.smtp_url:  # there was one when they were made
            with self.database.transaction() as session:
                store.show_on_page(session, owed)
        if not owed or not self.config.smtp_url:
            return 0
        sent, until, is_connected = 0, monotonic() + _LONGEST_PASS_SECONDS, False
        try:
            with MailServer(self.config.smtp_url) as server:
                is_connected = True
                for delivery_id in owed:
                    if monotonic() > until:
                        break
                    sent += self._send(server, delivery_id, now)
        except Undelivered as trouble:
            logger.warning("%s", trouble)
            with self.database.transaction() as session:
                store.postpone(session, owed, str(trouble), now, counts=not is_connected)
        return sent

    def _send(self, server: MailServer, delivery_id: int, now: datetime) -> bool:
        """Whether the server took it. Raises Undelivered when the server is in trouble."""
        with self.database.transaction() as session:
            claimed = store.claim(session, delivery_id, now)
        if claimed is None:
            return False
        claim_id: int | None = None
        try:
            server.offer(self.config.mail_from, claimed.address)
            with self.database.transaction() as session:
                text, claim_id = store.begin_handing_over(session, self.vault, claimed, self.config.public_url, now)
                subject = texts_in_use(session)[claimed.kind].subject.in_(claimed.language).text
                organisation = the_organisation(session)
            name = organisation.name if organisation else ""
            server.hand_over(as_bytes(self._letter(claimed, subject_for(subject, claimed.reference), text, name), now))
        except Conflict:
            return False
        except Undelivered as trouble:
            self._note(claimed, trouble, claim_id, now)
            if trouble.is_server or trouble.is_unclear:
                raise
            return False
        with self.database.transaction() as session:
            store.was_sent(session, claimed.id, now)
        return True

    def _note(self, claimed: Claimed, trouble: Undelivered, claim_id: int | None, now: datetime) -> None:
        with self.database.transaction() as session:
            if trouble.is_unclear:
                store.became_uncertain(session, [claimed.id], str(trouble))
            else:
                store.was_refused(session, claimed, str(trouble), permanent=trouble.permanent, claim_id=claim_id, now=now)

    def _letter(self, claimed: Claimed, subject: str, text: str, organisation: str) -> Letter:
        return Letter(
            to=claimed.address,
            sender=self.config.mail_from,
            sender_name=organisation,
            subject=subject,
            text=f"{text}\n\n{organisation}\n",
            message_id=f"delivery-{claimed.id}.{claimed.reference}",
            answers=claimed.answers,
            is_reply=claimed.kind in _REPLIES,
            language=claimed.language,
        )

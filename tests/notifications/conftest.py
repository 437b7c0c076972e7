"""A company that answers from nine to five, customers who write to it, and a mail server on loopback that keeps what it gets."""

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default
from typing import Any

import pytest
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, Envelope
from aiosmtpd.smtp import Session as Dialogue
from sqlalchemy import select

from portal.cases.models import Case, CaseMessage
from portal.cases.rules import AuthorKind
from portal.cases.store import take_message
from portal.config import Config
from portal.db import Database
from portal.hours.reading import parse_calendar
from portal.hours.store import save_schedule
from portal.notifications.models import Delivery
from portal.notifications.sending import Sender, post_of
from portal.organisation.models import Channel
from portal.organisation.rules import ChannelKind
from portal.organisation.store import add_channel, save_organisation
from portal.vault import Vault
from tests.cases.builders import START, asked, at
from tests.notifications.following import follow_all
from tests.running import free_port

NINE_TO_FIVE = {day: [["09:00", "17:00"]] for day in ("mon", "tue", "wed", "thu", "fri")}
VAULT = Vault("only-for-tests-only-for-tests-only-for-tests")


@dataclass
class MailBox:
    """A mail server that keeps what it takes. `answers` is what it says next, to the step named: {"DATA": "451 later"}."""

    mails: list[EmailMessage] = field(default_factory=list)
    senders: list[str | None] = field(default_factory=list)
    answers: dict[str, str] = field(default_factory=dict)
    hangs_up_at: str = ""
    port: int = 0

    async def handle_MAIL(  # noqa: N802 - aiosmtpd's name
        self, _server: SMTP, _dialogue: Dialogue, envelope: Envelope, address: str, _options: list[str]
    ) -> str:
        if "MAIL" in self.answers:
            return self.answers["MAIL"]
        envelope.mail_from = address
        return "250 OK"

    async def handle_RCPT(  # noqa: N802 - same
        self, server: SMTP, _dialogue: Dialogue, envelope: Envelope, address: str, _options: list[str]
    ) -> str:
        if address == self.hangs_up_at:
            assert server.transport
            server.transport.abort()
        if "RCPT" in self.answers:
            return self.answers["RCPT"]
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server: SMTP, _dialogue: Dialogue, envelope: Envelope) -> str:  # noqa: N802 - same
        answer = self.answers.get("DATA", "250 OK")
        if answer.startswith("250") or answer == "silence":
            assert isinstance(envelope.content, bytes)
            mail = message_from_bytes(envelope.content, policy=default)
            assert isinstance(mail, EmailMessage)
            self.mails.append(mail)
            self.senders.append(envelope.mail_from)
        if answer == "silence":
            assert server.transport
            server.transport.abort()
        return answer

    @property
    def url(self) -> str:
        return f"smtp://127.0.0.1:{self.port}"


@pytest.fixture
def mailbox() -> Iterator[MailBox]:
    box = MailBox(port=free_port())
    controller = Controller(box, hostname="127.0.0.1", port=box.port, ready_timeout=30)
    controller.start()
    yield box
    controller.stop()


@dataclass
class Desk:
    """What the tests do: a customer writes, the worker works, and one looks at what came of it."""

    database: Database
    config: Config

    def channel(self, kind: ChannelKind, *, weekly: dict[str, list[list[str]]] | None = None, **facts: Any) -> Channel:
        with self.database.transaction() as session:
            found = session.scalar(select(Channel).where(Channel.slug == kind.value))
            if found is not None:
                return found
            made = add_channel(
                session, slug=kind.value, kind=kind, name=kind.value.capitalize(), now=START, actor_id=None, **facts
            )
            calendar = parse_calendar({"timezone": "Europe/Amsterdam", "weekly": NINE_TO_FIVE if weekly is None else weekly})
            save_schedule(session, made.id, calendar, valid_from=at(-60), now=at(-60), actor_id=None)
            return made

    def write(self, kind: ChannelKind = ChannelKind.X, minutes: float = 0, *, now: datetime | None = None, **facts: Any) -> Case:
        channel = self.channel(kind)
        with self.database.transaction() as session:
            taken = take_message(session, session.get_one(Channel, channel.id), asked(minutes, **facts), now or at(minutes))
            assert taken.case
            return taken.case

    def mail(self, minutes: float = 0, sender: str = "jan@example.nl", **facts: Any) -> Case:
        return self.write(ChannelKind.EMAIL, minutes, **{"author_id": sender, "visibility": "direct", **facts})

    def follow(self, minutes: float = 1) -> int:
        return follow_all(self.database, post_of(self.config), at(minutes)).messages

    def send(self, minutes: float = 1) -> int:
        return Sender(self.database, VAULT, self.config).send_due(at(minutes))

    def deliveries(self) -> list[Delivery]:
        with self.database.reading() as session:
            return list(session.scalars(select(Delivery).order_by(Delivery.id)))

    def the_delivery(self) -> Delivery:
        (found,) = self.deliveries()
        return found

    def told(self) -> list[CaseMessage]:
        """What the portal itself said in conversations."""
        mine = select(CaseMessage).where(CaseMessage.author_kind == AuthorKind.AUTOMATIC).order_by(CaseMessage.id)
        with self.database.reading() as session:
            return list(session.scalars(mine))

    def case(self, case_id: int) -> Case:
        with self.database.reading() as session:
            return session.get_one(Case, case_id)

    def with_mail(self, mailbox: MailBox) -> "Desk":
        return replace(self, config=replace(self.config, smtp_url=mailbox.url, mail_from="klant@bedrijf.example"))


@pytest.fixture
def desk(database: Database, config: Config) -> Desk:
    with database.transaction() as session:
        save_organisation(session, name="Ringlijn", now=START - timedelta(days=1), actor_id=None)
    return Desk(database, config)


@pytest.fixture
def mailing(desk: Desk, mailbox: MailBox) -> Desk:
    """The same, with a mail server."""
    return desk.with_mail(mailbox)

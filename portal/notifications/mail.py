"""A message as mail: headers that keep programs from answering it, and the dialogue with the mail server, step by step."""

import re
import smtplib
import ssl
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from email.header import Header
from email.headerregistry import Address, HeaderRegistry, MessageIDHeader, UniqueSingleAddressHeader
from email.message import EmailMessage
from email.parser import BytesHeaderParser
from email.policy import SMTP, Policy, compat32
from email.utils import format_datetime
from ipaddress import ip_address
from types import TracebackType
from typing import Self
from urllib.parse import unquote, urlsplit

from portal.config import SMTP_PORTS
from portal.errors import Unavailable
from portal.hidden import without_hidden

_PATIENCE_SECONDS = 60
_LAST_PATIENCE_SECONDS = 120  # some servers look through a message before they say that they have it
_ATOMS = r"[A-Za-z0-9.!#$%&'*+/=?^_`{|}~-]{1,200}"
_MESSAGE_ID = re.compile(rf"(?!.*=\?)<{_ATOMS}@(?:{_ATOMS}|\[[A-Za-z0-9.:-]{{1,100}}\])>")
_ADDRESS = re.compile(r"<?[^\s<>@]+@[^\s<>@]+>?")
_OK, _GO_ON, _CLOSING, _PERMANENT = 250, 354, 421, 500
_ACCEPTED = (250, 251)
_PLAIN_NAME = re.compile(r"[A-Za-z0-9 ]{0,60}")


class _Sender(UniqueSingleAddressHeader):
    """From, with a name that is encoded as a whole: where the library breaks a long one it loses the quotes around it."""

    def fold(self, *, policy: Policy) -> str:
        name, address = self.address.display_name, self.address.addr_spec
        if not _PLAIN_NAME.fullmatch(name):
            name = Header(name, "utf-8", header_name="From").encode(linesep=policy.linesep)
        return f"From: {name} <{address}>{policy.linesep}"


_HEADERS = HeaderRegistry()
_HEADERS.map_to_type("from", _Sender)  # type: ignore[arg-type] # the registry adds the base itself
for _name in ("in-reply-to", "references"):  # ids are neither decoded nor encoded
    _HEADERS.map_to_type(_name, MessageIDHeader)  # type: ignore[arg-type] # same


class Undelivered(Unavailable):
    """The mail server did not take a message. `permanent`: it never will. `is_unclear`: nobody can tell whether it did.

    `is_server` says that the server is in trouble, and not this one message.
    """

    def __init__(self, said: str, *, permanent: bool = False, is_unclear: bool = False, is_server: bool = False) -> None:
        super().__init__(said)
        self.permanent, self.is_unclear, self.is_server = permanent, is_unclear, is_server


@dataclass(frozen=True)
class Letter:
    """What is to be mailed. `answers` is the id of the customer's message that it follows, as the channel gave it."""

    to: str
    sender: str
    sender_name: str
    subject: str
    text: str
    message_id: str
    answers: str
    is_reply: bool
    language: str


def as_bytes(letter: Letter, now: datetime) -> bytes:
    """The mail as it goes over the wire: plain text in UTF-8. RFC 3834: it says that a program wrote it.

    Raises Undelivered, for ever, for what cannot be written as one.
    """
    try:
        message = _written(letter, now)
        content = message.as_bytes()
    except Undelivered:
        raise
    except Exception as error:  # of strange addresses the library makes mistakes of every kind
        raise Undelivered(f"This cannot be written as mail: {error}", permanent=True) from error
    if BytesHeaderParser(policy=compat32).parsebytes(content).keys() != message.keys():
        raise Undelivered("This would be a mail with other headers than were set.", permanent=True)
    return content


def _written(letter: Letter, now: datetime) -> EmailMessage:
    message = EmailMessage(policy=SMTP.clone(utf8=not letter.to.isascii(), header_factory=_HEADERS))
    user, _at, domain = letter.sender.rpartition("@")
    message["From"] = Address(_as_it_reads(letter.sender_name), user, domain)
    message["To"] = letter.to
    message["Subject"] = _as_it_reads(letter.subject)
    message["Date"] = format_datetime(now)
    message["Message-ID"] = f"<{letter.message_id}@{domain}>"
    answered = letter.answers if letter.answers.startswith("<") else f"<{letter.answers}>"
    if _MESSAGE_ID.fullmatch(answered):
        message["In-Reply-To"] = message["References"] = answered
    message["Auto-Submitted"] = "auto-replied" if letter.is_reply else "auto-generated"
    message["X-Auto-Response-Suppress"] = "All"
    message["Precedence"] = "auto_reply"
    message.set_content(letter.text)
    message["Content-Language"] = letter.language  # after the content, which takes such headers away
    return message


def _as_it_reads(text: str) -> str:
    """On one line, without hidden characters. What begins an encoded word is parted: else what such a word hides is a header."""
    return without_hidden(" ".join(text.split())).replace("=?", "= ?")


class MailServer:
    """One connection to the mail server, for many messages. Each step is its own call, so that the ledger can note it between."""

    def __init__(self, url: str) -> None:
        parts = urlsplit(url)
        self._scheme, self._host = parts.scheme, parts.hostname or ""
        self._port = parts.port or SMTP_PORTS[parts.scheme]
        self._user, self._password = unquote(parts.username or ""), unquote(parts.password or "")
        self._smtp: smtplib.SMTP | None = None
        self._has_offer = False  # the server waits for a message, and would take no other one

    def __enter__(self) -> Self:
        """Raises Undelivered when the server does not answer, or does not let us in."""
        try:
            self._smtp = self._connected()
        except (OSError, smtplib.SMTPException) as error:
            raise Undelivered(f"The mail server {self._host} cannot be used: {_said(error)}", is_server=True) from error
        return self

    def __exit__(self, _kind: type[BaseException] | None, _error: BaseException | None, _trace: TracebackType | None) -> None:
        if self._smtp is not None:
            with suppress(OSError, smtplib.SMTPException):
                self._smtp.quit()
            self._smtp.close()

    def offer(self, sender: str, to: str) -> None:
        """Asks whether the server takes a message for this address. Nothing is sent by that. Raises Undelivered.

        An offer of which nothing came is taken back. That the server does not take the sender is no fault of the address.
        """
        smtp = self._connection
        if smtplib.quoteaddr(to) != f"<{to}>":
            raise Undelivered("This is not exactly one address.", permanent=True)
        try:
            options = [] if to.isascii() else ["SMTPUTF8", "BODY=8BITMIME"]
            if options and not smtp.has_extn("smtputf8"):
                raise Undelivered("The mail server takes no address with such letters.", permanent=True)
            if self._has_offer:
                smtp.rset()
            self._has_offer = True
            code, said = smtp.mail(sender, options)
            if code not in _ACCEPTED:
                raise Undelivered(_answer(code, said), is_server=True)
            self._check(*smtp.rcpt(to), _ACCEPTED)
        except (OSError, ValueError, smtplib.SMTPException) as error:
            raise Undelivered(f"The mail server went away: {_said(error)}", is_server=True) from error

    def hand_over(self, content: bytes) -> None:
        """Sends the message that was offered. Raises Undelivered; `is_unclear` when the server's last word was not heard."""
        smtp = self._connection
        try:
            smtp.putcmd("data")
            code, said = smtp.getreply()
        except (OSError, smtplib.SMTPException) as error:
            raise Undelivered(f"The mail server went away: {_said(error)}", is_server=True) from error
        self._check(code, said, (_GO_ON,))
        try:
            dotted = re.sub(rb"(?m)^\.", b"..", content)
            smtp.send(dotted if dotted.endswith(b"\r\n") else dotted + b"\r\n")
            smtp.send(b".\r\n")
            if smtp.sock is not None:
                smtp.sock.settimeout(_LAST_PATIENCE_SECONDS)
            code, said = smtp.getreply()
        except (OSError, smtplib.SMTPException) as error:
            raise Undelivered(
                f"The connection broke before the mail server said what became of it: {_said(error)}", is_unclear=True
            ) from error
        if smtp.sock is not None:
            smtp.sock.settimeout(_PATIENCE_SECONDS)
        self._has_offer = False
        self._check(code, said, (_OK,))

    @staticmethod
    def _check(code: int, said: bytes, well: tuple[int, ...]) -> None:
        if code not in well:
            raise Undelivered(_answer(code, said), permanent=code >= _PERMANENT, is_server=code == _CLOSING)

    @property
    def _connection(self) -> smtplib.SMTP:
        assert self._smtp, "used outside of `with`"
        return self._smtp

    def _connected(self) -> smtplib.SMTP:
        trust = ssl.create_default_context()
        if self._scheme == "smtps":
            smtp: smtplib.SMTP = smtplib.SMTP_SSL(self._host, self._port, timeout=_PATIENCE_SECONDS, context=trust)
        else:
            smtp = smtplib.SMTP(self._host, self._port, timeout=_PATIENCE_SECONDS)
        try:
            smtp.ehlo()
            if self._scheme == "smtp" and (smtp.has_extn("starttls") or not _is_this_machine(self._host)):
                smtp.starttls(context=trust)
                smtp.ehlo()
            if self._user:
                smtp.login(self._user, self._password)
        except BaseException:
            smtp.close()
            raise
        return smtp


def _is_this_machine(host: str) -> bool:
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def _answer(code: int, said: bytes) -> str:
    """What the server says, on one line and without addresses: the ledger and the log keep it longer than those may be kept."""
    words = _ADDRESS.sub("...", said.decode("utf-8", "replace"))
    return " ".join(f"{code} {words}".split())


def _said(error: Exception) -> str:
    """What the error tells, without what we said ourselves: no password stands in it."""
    if isinstance(error, smtplib.SMTPResponseException):
        said = error.smtp_error if isinstance(error.smtp_error, bytes) else str(error.smtp_error).encode()
        return _answer(error.smtp_code, said)
    return str(error) or type(error).__name__

"""Who may do what, and what a pass phrase must be. Pure."""

import re
import string
from collections.abc import Iterable
from datetime import datetime, timedelta
from enum import StrEnum

IDLE_TIMEOUT = timedelta(hours=2)
ABSOLUTE_TIMEOUT = timedelta(hours=12)
INVITATION_TIMEOUT = timedelta(days=3)
DEMO_PHRASE = "welkom bij de demo"  # public: refused for every account that is not a demo account

_SHORTEST, _LONGEST = 15, 200  # 15: what NIST SP 800-63B-4 asks where the phrase is the only factor
_FEWEST_DIFFERENT = 6
_FEWEST_UNEXPECTED = 8
_FILLING = rf"[\s{re.escape(string.punctuation)}]+"
_EXPECTED = (
    "bereikbaar",
    "wachtwoord",
    "wachtzin",
    "welkom",
    "geheim",
    "password",
    "passphrase",
    "welcome",
    "secret",
    "letmein",
    "qwertyuiop",
    "qwerty",
    "azerty",
    "abcdefghij",
    "abcdef",
    "1234567890",
    "0987654321",
    "123456",
    "654321",
)


class Role(StrEnum):
    AGENT = "agent"
    COMMUNICATION = "communication"
    MANAGER = "manager"
    ADMINISTRATOR = "administrator"


class Permission(StrEnum):
    SEE_CASES = "see_cases"
    ANSWER_CASES = "answer_cases"
    EDIT_INCIDENTS = "edit_incidents"
    EDIT_HOURS = "edit_hours"
    EDIT_NOTES = "edit_notes"  # what a channel's page says beside its hours, not the channel itself
    EDIT_MESSAGES = "edit_messages"  # the texts that customers are sent by the portal itself
    EDIT_PROMISES = "edit_promises"
    SEE_AUDIT = "see_audit"
    EDIT_CHANNELS = "edit_channels"  # with the secrets of their webhooks
    MANAGE_MEMBERS = "manage_members"
    MANAGE_ORGANISATION = "manage_organisation"


_AGENT = frozenset({Permission.SEE_CASES, Permission.ANSWER_CASES})
_COMMUNICATION = frozenset(
    {Permission.SEE_CASES, Permission.EDIT_INCIDENTS, Permission.EDIT_HOURS, Permission.EDIT_NOTES, Permission.EDIT_MESSAGES}
)
_MANAGER = _AGENT | _COMMUNICATION | {Permission.EDIT_PROMISES, Permission.SEE_AUDIT}

PERMISSIONS: dict[Role, frozenset[Permission]] = {
    Role.AGENT: _AGENT,
    Role.COMMUNICATION: _COMMUNICATION,
    Role.MANAGER: _MANAGER,
    Role.ADMINISTRATOR: frozenset(Permission),
}


class PhraseFault(StrEnum):
    TOO_SHORT = "too_short"
    TOO_LONG = "too_long"
    TOO_SIMPLE = "too_simple"
    TOO_EXPECTED = "too_expected"


def phrase_fault(phrase: str, context: Iterable[str] = ()) -> PhraseFault | None:
    """Why this pass phrase cannot be taken, or None when it can.

    `context` holds what an attacker would try first: name, e-mail address, company. Those words and common ones do not
    count; what is left of the phrase must still be long enough to be a secret. Any character and any mixture is fine.
    """
    if len(phrase) < _SHORTEST:
        return PhraseFault.TOO_SHORT
    if len(phrase) > _LONGEST:
        return PhraseFault.TOO_LONG
    plain = phrase.casefold()
    if len(set(plain)) < _FEWEST_DIFFERENT:
        return PhraseFault.TOO_SIMPLE
    known = {word for text in context for word in re.split(r"[\W_]+", text.casefold()) if len(word) > 2}  # noqa: PLR2004 - "de", "nl"
    for word in sorted({*known, *_EXPECTED}, key=len, reverse=True):
        plain = plain.replace(word, "")
    if phrase.casefold() == DEMO_PHRASE or len(re.sub(_FILLING, "", plain)) < _FEWEST_UNEXPECTED:
        return PhraseFault.TOO_EXPECTED
    return None


def plain_email(email: str) -> str:
    """The address as accounts are found by: without spaces around it, in small letters."""
    return email.strip().lower()


def is_email(email: str) -> bool:
    """Whether mail could be sent to this address; it has to be plain. Whether it arrives, only mail can tell."""
    return bool(re.fullmatch(r"[^@\s<>]{1,64}@[^@\s<>]+\.[^@\s<>.]+", email)) and len(email) <= 254  # noqa: PLR2004 - RFC 5321


def has_ended(*, last_seen_at: datetime, expires_at: datetime, now: datetime) -> bool:
    """Whether a sign-in is over: unused for too long, or open for too long. At the very instant it is."""
    return now >= expires_at or now >= last_seen_at + IDLE_TIMEOUT


def safe_next(path: str | None) -> str | None:
    """`path` when it is a place in the console that one may be led to after sign-in, else None.

    Only a plain path: no other host, no scheme, no backslash that a browser reads as a slash, no way up, no control character.
    """
    if not path or not re.fullmatch(r"/console(/[A-Za-z0-9_~.,:@%/-]*)?(\?[!-~]*)?", path):
        return None
    if "//" in path or "\\" in path or ".." in path or path.startswith(("/console/sign-", "/console/setup", "/console/welcome")):
        return None
    return path

"""What a message is, what it does to a case, and what customers are told about that. Pure."""

import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any

REOPEN_WITHIN = timedelta(days=14)
SKEW = timedelta(minutes=2)
LONGEST_ID = 500
_LONGEST_SUMMARY = 120
WRITTEN_HERE = "portal:"  # begins the id of a message that was written on our own pages, or that the portal itself says
NOTICE = "portal:notice:"  # begins the id of a message that tells of another time; the number of its event follows


class Direction(StrEnum):
    INBOUND = "inbound"
    OUTBOUND = "outbound"
    NOTE = "note"


class AuthorKind(StrEnum):
    CUSTOMER = "customer"
    PERSON = "person"
    AUTOMATIC = "automatic"


class Visibility(StrEnum):
    PUBLIC = "public"
    UNLISTED = "unlisted"
    FOLLOWERS = "followers"
    DIRECT = "direct"
    INTERNAL = "internal"


class Change(StrEnum):
    """Whether a message is new, or is about one that was sent before."""

    CREATED = "created"
    EDITED = "edited"
    DELETED = "deleted"


class Outcome(StrEnum):
    """What became of a message that came in."""

    OPENED = "opened"  # it opened a case
    JOINED = "joined"  # it belongs to a case
    ANSWERED = "answered"  # it answered one
    EDITED = "edited"
    DELETED = "deleted"
    KEPT = "kept"  # what it belongs to has not come in, or never will; it waits
    ALREADY_THERE = "already_there"
    AUTOMATIC = "automatic"  # it opens no case, and belongs to none
    UNKNOWN_KIND = "unknown_kind"  # something else than a message


IGNORED = frozenset({Outcome.AUTOMATIC, Outcome.UNKNOWN_KIND})


class CaseState(StrEnum):
    """Where a case stands for those who work on it."""

    NEW = "new"
    OPEN = "open"
    WAITING = "waiting"
    ANSWERED = "answered"
    CLOSED = "closed"
    SPAM = "spam"
    WITHDRAWN = "withdrawn"
    MERGED = "merged"


class CustomerState(StrEnum):
    """Where a request stands, in the words that customers see."""

    RECEIVED = "received"
    WORKED_ON = "worked_on"
    ANSWERED = "answered"
    SOLVED = "solved"
    WITHDRAWN = "withdrawn"


_SEEN_BY_CUSTOMERS = {
    CaseState.NEW: CustomerState.RECEIVED,
    CaseState.OPEN: CustomerState.WORKED_ON,
    CaseState.WAITING: CustomerState.ANSWERED,
    CaseState.ANSWERED: CustomerState.ANSWERED,
    CaseState.CLOSED: CustomerState.SOLVED,
    CaseState.SPAM: CustomerState.RECEIVED,  # true, and tells a spammer nothing
    CaseState.WITHDRAWN: CustomerState.WITHDRAWN,
    CaseState.MERGED: CustomerState.WORKED_ON,  # its page leads to the case that it became part of
}

UNANSWERED = frozenset({CaseState.NEW, CaseState.OPEN})
SET_ASIDE = frozenset({CaseState.SPAM, CaseState.WITHDRAWN})
OVER = SET_ASIDE | {CaseState.CLOSED, CaseState.MERGED}


def customer_state(state: CaseState) -> CustomerState:
    """What a customer is told about a case in this state; every state has its word, so that no request disappears."""
    return _SEEN_BY_CUSTOMERS[state]


@dataclass(frozen=True)
class Message:
    """One message in the common model, as a channel gave it. Ids are opaque; `thread_ref` and `parent_ref` may be empty.

    `takes_no_reply` says that no automatic message may answer it, as for what a mailing list sends on.
    """

    message_id: str
    direction: Direction
    created_at: datetime
    text: str = ""
    html: str = ""
    thread_ref: str = ""
    parent_ref: str = ""
    author_id: str = ""
    author_handle: str = ""
    author_name: str = ""
    visibility: Visibility = Visibility.DIRECT
    is_automatic: bool = False
    is_full_answer: bool = False
    language: str = ""
    attachments: tuple[dict[str, Any], ...] = field(default=(), hash=False)
    change: Change = Change.CREATED
    takes_no_reply: bool = False


def can_take_back(withdrawn_at: datetime, now: datetime) -> bool:
    """Whether a customer can still say that an answer is wanted after all: as long as a message would open the case again."""
    return now <= withdrawn_at + REOPEN_WITHIN


def is_made_in_public(visibility: Visibility) -> bool:
    """Whether anyone could read it, so that a page about its state reveals nothing new."""
    return visibility in {Visibility.PUBLIC, Visibility.UNLISTED}


def by_channel(keys: Iterable[tuple[int, str]]) -> list[tuple[int, list[str]]]:
    """The second parts of these (channel, name) pairs by channel, both in order: so that a query asks about one channel."""
    found: dict[int, list[str]] = {}
    for channel_id, name in sorted(keys):
        found.setdefault(channel_id, []).append(name)
    return list(found.items())


def summary_of(text: str) -> str:
    """The first words of a text on one line, for lists."""
    line = re.sub(r"\s+", " ", text).strip()
    return line if len(line) <= _LONGEST_SUMMARY else line[: _LONGEST_SUMMARY - 1].rstrip() + "…"

"""Which messages there are, by which way they go, and when one is tried again. Pure."""

import hashlib
import re
from datetime import datetime, timedelta
from enum import StrEnum

from portal.cases.rules import NOTICE, CaseState
from portal.organisation.rules import ChannelKind

TOO_OLD = timedelta(days=1)
MOST_A_DAY = 20
MOST_TRIES = 18
CLAIMED_FOR = timedelta(minutes=10)  # longer than a pass with the slowest server takes
WINDOW = timedelta(hours=24)
_FIRST_PAUSE, _LONGEST_PAUSE = timedelta(minutes=1), timedelta(hours=2)

_WITH_WINDOW = frozenset({ChannelKind.WHATSAPP, ChannelKind.FACEBOOK, ChannelKind.INSTAGRAM})
# Where the platform knows one conversation with each customer, for ever.
_ENDLESS = _WITH_WINDOW | {ChannelKind.TELEGRAM, ChannelKind.CHAT}
_LINK_COSTS = frozenset({ChannelKind.X})
_NOBODY_READS = re.compile(
    r"(no-?reply|do-?not-?reply|geen-?antwoord|niet-?beantwoorden|mailer-daemon|postmaster|bounces?|listserv|majordomo)"
    r"([-+._=].*)?|.+-(bounces?|request|owner)|owner-.+",
    re.IGNORECASE,
)
# One mailbox and nothing that a mail server could read as another one: no lists, comments, quotes, routes or encoded words.
_MAILBOX = re.compile(r"[\w#$&'*+/=^`{|}~-]+(\.[\w#$&'*+/=^`{|}~-]+)*@([^\W_]([\w-]*[^\W_])?\.)+[^\W_]([\w-]*[^\W_])?")
_LONGEST_USER, _LONGEST_MAILBOX = 64, 254  # RFC 5321


class MessageKind(StrEnum):
    """What a message tells its customer."""

    ACKNOWLEDGEMENT = "acknowledgement"
    NO_PROMISE = "no_promise"
    DELAY = "delay"
    NO_TIME_NOW = "no_time_now"
    SOONER = "sooner"
    HEAR_MORE = "hear_more"


RANKS = (0, 1)
_CONFIRMS = frozenset({MessageKind.ACKNOWLEDGEMENT, MessageKind.NO_PROMISE})


def rank_of(kind: MessageKind) -> int:
    """Which messages go first: another time (0) is news that ages; that a question came in (1) its customer expects anyway."""
    return 1 if kind in _CONFIRMS else 0


class Way(StrEnum):
    """How a message goes to its customer."""

    EMAIL = "email"
    PAGE = "page"


class DeliveryState(StrEnum):
    """Where a message stands on its way. `sending`: the mail server is being given the text at this moment."""

    OWED = "owed"
    SENDING = "sending"
    SENT = "sent"
    SHOWN_ON_PAGE = "shown_on_page"
    FAILED = "failed"
    GIVEN_UP = "given_up"
    UNCERTAIN = "uncertain"
    NOT_NEEDED = "not_needed"


WAITING = frozenset({DeliveryState.OWED, DeliveryState.SENDING})
TROUBLED = frozenset({DeliveryState.FAILED, DeliveryState.GIVEN_UP, DeliveryState.UNCERTAIN})


class WhyNot(StrEnum):
    """Why a message did not go by the channel on which its customer wrote, or by none at all."""

    NO_SENDER = "no_sender"
    WINDOW_OVER = "window_over"
    NO_MAIL_SERVER = "no_mail_server"
    NOBODY_READS = "nobody_reads"
    TOO_MANY = "too_many"


def acknowledges_by_itself(kind: ChannelKind) -> bool:
    """Whether a channel of this kind acknowledges until somebody says otherwise: where people write, not where they speak."""
    return kind not in {ChannelKind.PHONE, ChannelKind.DESK}


def links_by_itself(kind: ChannelKind) -> bool:
    """Whether messages on it hold a link until somebody says otherwise: not where a link makes a message dearer."""
    return kind not in _LINK_COSTS


def has_window(kind: ChannelKind) -> bool:
    """Whether the platform takes a message only for a day after the customer's last one, but for registered templates."""
    return kind in _WITH_WINDOW


def is_within_window(kind: ChannelKind, last_inbound_at: datetime, now: datetime) -> bool:
    """Whether the platform would still take a free text."""
    return not has_window(kind) or now < last_inbound_at + WINDOW


def acknowledgement_id(kind: ChannelKind, thread_ref: str, contact_id: int | None, episode: int, *, is_public: bool) -> str:
    """The id of the one acknowledgement that a customer gets in a conversation; the table of messages refuses a second.

    Chats are one conversation for ever; there each question, after two quiet weeks, counts as one of its own.
    """
    is_endless = kind in _ENDLESS and not is_public
    conversation = f"{thread_ref}\n{contact_id}\n{episode if is_endless else 0}"
    return f"portal:acknowledgement:{hashlib.sha256(conversation.encode()).hexdigest()[:40]}"


def split_acknowledgement_id(case_id: int) -> str:
    """The id of the one acknowledgement of a question that was split off, beside that of its conversation."""
    return f"portal:acknowledgement:split:{case_id}"


def notice_id(event_id: int) -> str:
    """The id of the message that tells of this event."""
    return f"{NOTICE}{event_id}"


def is_read_by_nobody(address: str) -> bool:
    """Whether an e-mail address says by itself that it is a program's: no-reply, mailer-daemon, a list's own."""
    return bool(_NOBODY_READS.fullmatch(address.partition("@")[0]))


def is_mailbox(address: str) -> bool:
    """Whether mail may be sent to this address, which a customer or a program gave us: it names exactly one mailbox."""
    user, _at, _domain = address.partition("@")
    return len(user) <= _LONGEST_USER and len(address) <= _LONGEST_MAILBOX and bool(_MAILBOX.fullmatch(address))


def mailbox_name(address: str) -> str:
    """One name for all addresses that reach this mailbox: in lower case, and without what stands after a plus."""
    user, _at, domain = address.strip().casefold().rpartition("@")
    return f"{user.partition('+')[0]}@{domain}"


def is_acknowledged(
    *, state: CaseState, received_at: datetime, promised_at: datetime | None, oldest_unanswered_at: datetime | None, now: datetime
) -> bool:
    """Whether it still makes sense to tell a customer that a question came in.

    Not for history that was brought in, nor once it has been answered or set aside, nor when the promised time has passed.
    """
    if state not in {CaseState.NEW, CaseState.OPEN} or oldest_unanswered_at is None:
        return False
    return now < received_at + TOO_OLD and (promised_at is None or now < promised_at)


def kind_of_notice(before: datetime | None, after: datetime | None) -> MessageKind:
    """What a new time means to a customer who was told `before`; None when no time could be told, or none can be now."""
    if after is None:
        return MessageKind.NO_TIME_NOW
    if before is None:
        return MessageKind.HEAR_MORE
    return MessageKind.SOONER if after < before else MessageKind.DELAY


def next_try(tries: int, now: datetime) -> datetime | None:
    """When a message that could not be sent for now is tried again: after 1, 2, 4 ... minutes, at most two hours.

    None when it is given up: after so many tries, which is after a day.
    """
    return None if tries >= MOST_TRIES else now + min(_FIRST_PAUSE * 2 ** max(tries - 1, 0), _LONGEST_PAUSE)

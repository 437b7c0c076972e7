"""What can become of a message at the door, and what a sender may ask for. Pure."""

import re
from enum import StrEnum


class HookOutcome(StrEnum):
    """The answer that a sender was given; counted per channel and day."""

    TAKEN = "taken"
    ALREADY_THERE = "already_there"
    IGNORED = "ignored"
    BAD_SIGNATURE = "bad_signature"
    STALE = "stale"
    MALFORMED = "malformed"
    TOO_LARGE = "too_large"
    WRONG_TYPE = "wrong_type"
    UNKNOWN_CHANNEL = "unknown_channel"


class InboundState(StrEnum):
    """How far a stored message has come."""

    STORED = "stored"
    UNDERSTOOD = "understood"
    REJECTED = "rejected"
    FAILED = "failed"


def asks_to_wait(prefer: str) -> bool:
    """Whether a header `Prefer` (RFC 7240) names the preference `wait`: to be answered when the message is understood."""
    return any(re.match(r"wait\s*(?:=|;|$)", each.strip(), re.IGNORECASE) for each in prefer.split(","))

"""What can become of a message at the door. Pure."""

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

"""Claim codes and links: how they look, how they are read back, and how long they open a case. Pure."""

from datetime import datetime, timedelta
from enum import StrEnum

ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"  # Crockford's: no I, L, O or U, so that no two letters look alike
ENTROPY_BYTES = 10  # 80 bits
CODE_LENGTH = 16
KEPT_AFTER_CLOSING = timedelta(days=90)
LONGEST_DEVICE = timedelta(hours=24)  # after this a browser shows its link or code again

_BITS_A_LETTER = 5
_GROUP = 4
_LOOK_ALIKES = str.maketrans("OILU", "011V")
_BETWEEN = str.maketrans("", "", " \t\r\n-\u2010\u2011\u2012\u2013\u2014\u00a0.")


class Validity(StrEnum):
    VALID = "valid"
    EXPIRED = "expired"
    REVOKED = "revoked"


def code_of(entropy: bytes) -> str:
    """The 16 characters of 10 random bytes."""
    if len(entropy) != ENTROPY_BYTES:
        raise ValueError(f"{len(entropy)} bytes are not {ENTROPY_BYTES}")
    number = int.from_bytes(entropy)
    letters = [ALPHABET[number >> _BITS_A_LETTER * place & len(ALPHABET) - 1] for place in range(CODE_LENGTH)]
    return "".join(reversed(letters))


def in_groups(code: str) -> str:
    """The code as people copy it: ABCD-EFGH-JKMN-PQRS."""
    return "-".join(code[start : start + _GROUP] for start in range(0, len(code), _GROUP))


def read_code(typed: str) -> str | None:
    """The code that somebody typed or pasted, or None when it cannot be one.

    Capitals, spaces and hyphens do not matter; O is read as 0, I and L as 1, U as V.
    """
    if len(typed) > 4 * CODE_LENGTH:
        return None
    code = typed.translate(_BETWEEN).upper().translate(_LOOK_ALIKES)
    return code if len(code) == CODE_LENGTH and set(code) <= set(ALPHABET) else None


def validity(*, revoked_at: datetime | None, closed_at: datetime | None, now: datetime) -> Validity:
    """Whether a claim still opens its case: until it is revoked, or until 90 days after the case was closed."""
    if revoked_at is not None:
        return Validity.REVOKED
    if closed_at is not None and now >= closed_at + KEPT_AFTER_CLOSING:
        return Validity.EXPIRED
    return Validity.VALID

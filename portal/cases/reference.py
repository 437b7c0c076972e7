"""References that customers read out and type: random, derived from nothing, opening nothing. Pure but for the dice."""

import re
import secrets

PREFIX = "BR"
ALPHABET = "23456789CDFGHJKMNPQRTVWXY"  # no look-alikes (0 O, 1 I L, 8 B, 5 S, 2 Z, U V), no vowels that make words
_HALF = 4
_WRITTEN = re.compile(rf"(?:{PREFIX})?([{ALPHABET}]{{{2 * _HALF}}})")


def new_reference() -> str:
    """A reference such as BR-7KQ4-M2XD: one of 150 thousand million. The caller's table keeps it unique."""
    number, drawn = secrets.randbelow(len(ALPHABET) ** (2 * _HALF)), ""
    for _place in range(2 * _HALF):
        number, letter = divmod(number, len(ALPHABET))
        drawn += ALPHABET[letter]
    return f"{PREFIX}-{drawn[:_HALF]}-{drawn[_HALF:]}"


def read_reference(typed: str) -> str | None:
    """The reference that was meant, however it was typed (small letters, spaces, no hyphens, no prefix); None if it is none."""
    found = _WRITTEN.fullmatch(re.sub(r"[^0-9A-Za-z]+", "", typed).upper())
    return f"{PREFIX}-{found[1][:_HALF]}-{found[1][_HALF:]}" if found else None

"""Characters that nobody sees in a name or a subject, and that change how the rest of it is read. Pure."""

import re
import unicodedata

_HIDDEN = frozenset({"Cc", "Cf", "Cs", "Zl", "Zp"})
_JOINED = re.compile(r"(?<=[^\s\u200c\u200d])[\u200c\u200d](?=[^\s\u200c\u200d])")  # as Persian, Hindi and emoji need them


def has_hidden(text: str) -> bool:
    """Whether a control character, a line's end or a mark without width stands in it; joiners inside a word are none."""
    return without_hidden(text) != text


def without_hidden(text: str) -> str:
    """The text without them. A joiner stays where it stands between two other characters."""
    kept = "".join(letter for letter in text if letter in "\u200c\u200d" or unicodedata.category(letter) not in _HIDDEN)
    joints = {found.start() for found in _JOINED.finditer(kept)}
    return "".join(letter for place, letter in enumerate(kept) if letter not in "\u200c\u200d" or place in joints)

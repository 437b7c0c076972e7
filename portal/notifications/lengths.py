"""How long a message may be on a channel, counted as the channel counts. Pure."""

import re
import unicodedata
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import StrEnum

from portal.organisation.rules import ChannelKind

_URL = re.compile(r"https?://\S+")
_SHORT_URL = "x" * 23  # X and Mastodon count each address as 23, however long it is
_LIGHT = ((0x0000, 0x10FF), (0x2000, 0x200D), (0x2010, 0x201F), (0x2032, 0x2037))  # X: these weigh one, all others two


class Unit(StrEnum):
    WEIGHTED = "weighted"
    CHARACTERS = "characters"
    GRAPHEMES = "graphemes"
    BYTES = "bytes"


def weighted(text: str) -> int:
    """The length as X counts: twice for what is not Latin, Greek, Cyrillic and the like, 23 for an address."""
    shown = unicodedata.normalize("NFC", _URL.sub(_SHORT_URL, text))
    return sum(1 if any(first <= ord(letter) <= last for first, last in _LIGHT) else 2 for letter in shown)


def characters(text: str) -> int:
    """The length as Mastodon counts: an address is 23."""
    return graphemes(_URL.sub(_SHORT_URL, text))


def graphemes(text: str) -> int:
    """At least as many as a reader sees: marks that stand on another letter are not counted, composed emoji more than once."""
    return sum(not unicodedata.combining(letter) for letter in unicodedata.normalize("NFC", text))


def in_bytes(text: str) -> int:
    return len(text.encode())


_COUNT: Mapping[Unit, Callable[[str], int]] = {
    Unit.WEIGHTED: weighted,
    Unit.CHARACTERS: characters,
    Unit.GRAPHEMES: graphemes,
    Unit.BYTES: in_bytes,
}


@dataclass(frozen=True)
class Limit:
    """The most that a channel takes."""

    most: int
    unit: Unit

    def length(self, text: str) -> int:
        return _COUNT[self.unit](text)

    def takes(self, text: str) -> bool:
        return self.length(text) <= self.most


_MENTION = 35  # what a reply on Mastodon needs for @name, without which it reaches nobody
_PUBLIC: Mapping[ChannelKind, Limit] = {
    ChannelKind.X: Limit(280, Unit.WEIGHTED),
    ChannelKind.MASTODON: Limit(500 - _MENTION, Unit.CHARACTERS),
    ChannelKind.BLUESKY: Limit(300, Unit.GRAPHEMES),
    ChannelKind.INSTAGRAM: Limit(1_000, Unit.BYTES),
    ChannelKind.FACEBOOK: Limit(2_000, Unit.CHARACTERS),
    ChannelKind.WHATSAPP: Limit(4_096, Unit.CHARACTERS),
    ChannelKind.TELEGRAM: Limit(4_096, Unit.CHARACTERS),
}
_DIRECT: Mapping[ChannelKind, Limit] = {
    **_PUBLIC,
    ChannelKind.X: Limit(10_000, Unit.WEIGHTED),
    ChannelKind.BLUESKY: Limit(10_000, Unit.BYTES),
}
_ELSEWHERE = Limit(10_000, Unit.CHARACTERS)


def limit_of(kind: ChannelKind, *, is_public: bool) -> Limit:
    """What a message on such a channel may be at most: in public often less than in private."""
    return (_PUBLIC if is_public else _DIRECT).get(kind, _ELSEWHERE)

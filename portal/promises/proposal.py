"""Which impact and urgency a new request is proposed to have: the same request always gets the same proposal."""

import re
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass

from portal.promises.rules import Impact, Urgency

PREFIX_MARK = "*"


@dataclass(frozen=True)
class ProposalRule:
    """Conditions that must all hold, and what is then proposed.

    A condition that is None or empty always holds; of `words` one is enough. What a rule does not say stays normal.
    """

    rule_id: int
    channel_id: int | None = None
    words: tuple[str, ...] = ()
    contact_id: int | None = None
    impact: Impact | None = None
    urgency: Urgency | None = None


@dataclass(frozen=True)
class Proposal:
    """The proposed cell of the matrix, with the rule and the word that led to it."""

    impact: Impact = Impact.NORMAL
    urgency: Urgency = Urgency.NORMAL
    rule_id: int | None = None
    word: str | None = None


def propose(rules: Iterable[ProposalRule], *, channel_id: int, contact_id: int | None = None, text: str = "") -> Proposal:
    """The proposal of the first rule that applies, in the order given; without one, everything is normal."""
    spoken = plain(text)
    for rule in rules:
        if rule.channel_id not in (None, channel_id) or rule.contact_id not in (None, contact_id):
            continue
        word = first_word_in(rule.words, spoken)
        if rule.words and word is None:
            continue
        return Proposal(
            rule.impact or Impact.NORMAL,
            rule.urgency or Urgency.NORMAL,
            rule.rule_id,
            word,
        )
    return Proposal()


def plain(text: str) -> str:
    """Text as it is compared: no accents, no capitals, one space between words and none around."""
    folded = unicodedata.normalize("NFKD", text.casefold())
    letters = "".join(char for char in folded if not unicodedata.combining(char))
    return " ".join(letters.split())


def first_word_in(words: Iterable[str], spoken: str) -> str | None:
    """The first of `words` that occurs in already plain text, or None.

    A word matches whole words only, `storing*` also whatever begins with it; several words match as a phrase.
    """
    return next((word for word in words if occurs(word, spoken)), None)


def occurs(word: str, spoken: str) -> bool:
    """Whether a word or phrase occurs in already plain text, at the edges of words."""
    wanted = plain(word.removesuffix(PREFIX_MARK))
    if not wanted:
        return False
    end = "" if word.endswith(PREFIX_MARK) else r"(?!\w)"
    return re.search(rf"(?<!\w){re.escape(wanted)}{end}", spoken) is not None


def tidy_words(text: str) -> tuple[str, ...]:
    """The words of a field in which people separate them by commas or lines; each once, in order."""
    parts = (" ".join(part.split()) for part in re.split(r"[,;\n]", text))
    return tuple(dict.fromkeys(part for part in parts if plain(part.removesuffix(PREFIX_MARK))))

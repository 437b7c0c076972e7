"""Whether a message after an answer is a mere thank-you, which asks for no answer. Pure."""

import re
import unicodedata


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


_THANKS = _words("""
    dank dankje dankjewel dankuwel bedankt merci thanks thank thx tnx ty top super prima fijn helder duidelijk geweldig
    perfect great oke ok okay gelukt opgelost 👍 🙏 ❤ 😊 😀 🙂 👌
""")
_BESIDE_THANKS = _words("""
    je jij jou u uw jouw jullie wel hoor heel erg zeer veel vriendelijk hartelijk hartstikke ontzettend alvast weer nog voor
    de het een snelle snel goede fijne mooi reactie antwoord hulp uitleg informatie info groet groeten groetjes dag avond
    weekend hi hallo
    you your so much very many for the a quick fast kind help reply response answer have nice day good it is
""")
_MOST_WORDS = 12


def is_only_thanks(text: str) -> bool:
    """Whether a text says nothing but thanks, in Dutch or English.

    Every word must be known, so that "bedankt, maar ..." never counts, nor anything with a question mark or a digit.
    """
    if len(text) > _MOST_WORDS * 20 or "?" in text or re.search(r"\d", text):
        return False
    said = unicodedata.normalize("NFKC", text.casefold()).replace("oké", "oke")
    said = re.sub(r"@\w+|\ufe0f|[\U0001f3fb-\U0001f3ff]", " ", said)
    words = re.findall(r"[^\W_]+|[\U0001f300-\U0001faff\u2764]", said)
    return (
        0 < len(words) <= _MOST_WORDS
        and any(word in _THANKS for word in words)
        and all(word in _THANKS or word in _BESIDE_THANKS for word in words)
    )

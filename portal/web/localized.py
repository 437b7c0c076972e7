"""Content that staff write in Dutch and English. A missing English text shows the Dutch one, visibly, and the other way round."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Text:
    """A text as shown: `language` is what it is really in, for the lang attribute."""

    text: str
    language: str
    is_fallback: bool

    def __str__(self) -> str:
        return self.text

    def __bool__(self) -> bool:
        return bool(self.text)


@dataclass(frozen=True)
class Localized:
    nl: str
    en: str = ""

    def in_(self, language: str) -> Text:
        wanted, other = (self.nl, self.en) if language == "nl" else (self.en, self.nl)
        if wanted or not other:
            return Text(wanted, language, is_fallback=False)
        return Text(other, "en" if language == "nl" else "nl", is_fallback=True)

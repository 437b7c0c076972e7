"""What a customer is told who is about to write to a channel, in two short lines for other places than our own pages. Pure.

Each line says its day, so that it is not wrong when it is read later; and it says of when it is.
"""

from datetime import datetime
from zoneinfo import ZoneInfo

from portal.hours import wording
from portal.status.card import Card
from portal.status.unchecked import Lines, as_of_line
from portal.web.formats import day_and_time, whole_number

_WORDS = {
    "nl": {
        "before": "Stuurt u het nu? Antwoord vóór {when}",
        "open": "Wij zijn open",
        "closed": "Wij zijn nu gesloten",
        "unknown": "Wij weten nog niet wanneer wij antwoorden",
        "hear": "Vóór {when} laten wij u weten wanneer wel",
        "norm": "Dit is onze norm",
        "until": "Open tot {when}",
        "always": "Dag en nacht open",
        "again": "Weer open: {when}",
        "ahead": ("Voor u ligt {number} bericht", "Voor u liggen {number} berichten"),
    },
    "en": {
        "before": "Send it now: answer before {when}",
        "open": "We are open",
        "closed": "We are closed now",
        "unknown": "We do not know yet when we can answer",
        "hear": "Before {when} we will tell you when",
        "norm": "This is our norm",
        "until": "Open until {when}",
        "always": "Open day and night",
        "again": "Open again: {when}",
        "ahead": ("{number} message is before yours", "{number} messages are before yours"),
    },
}


def lines_of(card: Card, as_of: datetime, zone: ZoneInfo, language: str) -> Lines:
    """What the card says at this minute, in this language ("nl" or "en")."""
    words = _WORDS[language]
    said = as_of_line(as_of, zone, language)
    details: list[str] = []
    if card.answer_at is not None:
        text = str(words["before"]).format(when=day_and_time(card.answer_at, zone, language, now=as_of))
        details += _hours(card, as_of, zone, language)
        if card.announced and card.announced.is_norm:
            details.append(str(words["norm"]))
        if card.ahead:
            one, many = words["ahead"]
            details.append((one if card.ahead == 1 else many).format(number=whole_number(card.ahead, language)))
    elif card.channel.is_answered_at_once and card.has_hours:
        text = str(words["open" if card.is_open else "closed"])
        details += [each for each in _hours(card, as_of, zone, language) if each != text]
    elif card.channel.is_answered_at_once:
        text = str(words["open"])
    else:
        text = str(words["unknown"])
        if card.announced and card.announced.hear_by:
            details.append(str(words["hear"]).format(when=day_and_time(card.announced.hear_by, zone, language, now=as_of)))
    return Lines(text, tuple(details), said)


def _hours(card: Card, as_of: datetime, zone: ZoneInfo, language: str) -> list[str]:
    words = _WORDS[language]
    if not card.has_hours:
        return []
    if card.is_open:
        if card.changes_at is None:
            return [str(words["always"])]
        return [str(words["until"]).format(when=wording.closing(card.changes_at, zone, language, as_of))]
    found = [str(words["closed"])]
    if card.changes_at is not None:
        found.append(str(words["again"]).format(when=day_and_time(card.changes_at, zone, language, now=as_of)))
    return found

"""Lines that look like a busy company's history: conversations over several channels, in the order in which they were written."""

import json
import random
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from heapq import heappop, heappush

CHANNELS = ("x", "facebook", "whatsapp", "mastodon")
_QUESTIONS = ("Waar blijft lijn {n}?", "Mijn koffer ligt nog in trein {n}.", "Wat kost een abonnement voor {n} zones?")
_ANSWERS = ("Lijn {n} is er over tien minuten.", "Wij zoeken uw koffer in trein {n}.", "Dat kost {n} euro per maand.")
_START = datetime(2024, 1, 1, tzinfo=UTC)


def lines(number: int, seed: int = 1) -> Iterator[str]:
    """So many lines of the common message model, made as they are asked for."""
    dice = random.Random(seed)
    coming: list[tuple[datetime, int, dict[str, object]]] = []
    at, made, conversation = _START, 0, 0
    while made < number:
        at += timedelta(seconds=dice.expovariate(1 / 40))
        conversation += 1
        for place, each in enumerate(_conversation(dice, conversation, at)):
            heappush(coming, (each[0], conversation * 10 + place, each[1]))
        while coming and coming[0][0] <= at and made < number:
            _moment, _order, message = heappop(coming)
            made += 1
            yield json.dumps(message)


def _conversation(dice: random.Random, number: int, at: datetime) -> Iterator[tuple[datetime, dict[str, object]]]:
    channel = CHANNELS[number % len(CHANNELS)]
    author = dice.randrange(200_000)
    basis = {"channel": channel, "thread_ref": f"t{number}", "visibility": "public", "language": "nl"}
    for turn in range(dice.choice((2, 2, 3, 4))):
        inbound = turn != 1
        text = dice.choice(_QUESTIONS if inbound else _ANSWERS).format(n=dice.randrange(400))
        who = {"author_id": f"a{author}", "author_handle": f"@klant{author}", "author_name": f"Klant {author}"}
        direction = {"direction": "inbound", **who} if inbound else {"direction": "outbound"}
        yield at, {**basis, **direction, "message_id": f"m{number}-{turn}", "created_at": at.isoformat(), "text": text}
        at += timedelta(minutes=dice.lognormvariate(3.5, 1.2))

"""Real pairs of a request and its first answer, read where the shared data is present; never copied from there."""

import csv
import gzip
import json
from collections import defaultdict
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

from benchmarks.dialogues import tweets_of
from benchmarks.promises.clock import TIMEZONE, OpeningClock, always_open, office_hours
from benchmarks.promises.desks import Stream

TICKETS = "itsm_first_updates.csv.gz"
DIALOGUES = ("customer_care_dialogues_dev.json", "customer_care_dialogues_test.json")
LEAST_TICKETS, LEAST_DIALOGUES = 100, 40  # shorter streams say nothing about 9 in 10
_OPENS, _CLOSES = 8, 18
_OFFICE_SHARE = 0.9

Pair = tuple[datetime, int, datetime | None, datetime | None]  # received, class, answered, closed without an answer


def real_streams(folder: Path) -> Iterator[Stream]:
    """The streams of the files that are there: tickets by group, conversations by brand."""
    if (tickets := folder / TICKETS).is_file():
        yield from ticket_streams(tickets)
    if all((folder / name).is_file() for name in DIALOGUES):
        yield from dialogue_streams(folder / name for name in DIALOGUES)


def ticket_streams(file: Path) -> Iterator[Stream]:
    """One IT desk's groups. An update at the very minute of closing is the automatic closing, and no answer.

    Updates before the opening (four) count as at the opening. The source gives no opening hours: a group has office hours
    where nine in ten of its answers fall into them, and is always open else.
    """
    groups: dict[str, list[Pair]] = defaultdict(list)
    with gzip.open(file, "rt", encoding="utf-8", newline="") as lines:
        for row in csv.DictReader(lines):
            opened, updated, closed = (_local(row[f"{what}_local"]) for what in ("opened", "first_update", "closed"))
            if row["group"] and opened:
                is_answer = updated is not None and updated != closed
                answered = max(opened, updated) if updated and is_answer else None
                rank = int(row["priority"][0]) - 1
                groups[row["group"]].append((opened, rank, answered, None if is_answer else closed))
    for name, pairs in sorted(groups.items()):
        if len(pairs) >= LEAST_TICKETS:
            yield _stream(f"tickets, {name}", pairs)


def dialogue_streams(files: Iterable[Path]) -> Iterator[Stream]:
    """Brands of the "Twitter Conversations Dataset": the first tweet, and the first by the agent. Every one was answered."""
    brands: dict[str, list[Pair]] = defaultdict(list)
    for dialogue in (dialogue for file in files for dialogue in json.loads(file.read_text(encoding="utf-8"))):
        tweets = list(tweets_of(dialogue))
        first = datetime.fromisoformat(tweets[0]["at"])
        answer = next(datetime.fromisoformat(tweet["at"]) for tweet in tweets if tweet["who"] == "agent")
        received, answered = (at.replace(tzinfo=at.tzinfo or UTC) for at in (first, answer))
        brands[dialogue["dialogHeader"]["company"]].append((received, 0, max(received, answered), None))
    for name, pairs in sorted(brands.items()):
        if len(pairs) >= LEAST_DIALOGUES:
            yield _stream(f"tweets, {name}", pairs)


def _local(text: str) -> datetime | None:
    return datetime.fromisoformat(text).replace(tzinfo=ZoneInfo(TIMEZONE)) if text else None


def _stream(name: str, pairs: list[Pair]) -> Stream:
    pairs.sort(key=lambda pair: pair[0])
    answers = [answered.astimezone(ZoneInfo(TIMEZONE)) for _, _, answered, _ in pairs if answered]
    in_office = sum(at.weekday() < 5 and _OPENS <= at.hour < _CLOSES for at in answers)
    is_office = in_office >= _OFFICE_SHARE * len(answers)
    opening = office_hours(f"{_OPENS:02}:00", f"{_CLOSES}:00", ()) if is_office else always_open()
    base = pairs[0][0].astimezone(ZoneInfo(TIMEZONE)).replace(hour=0, minute=0, second=0, microsecond=0).astimezone(UTC)
    days = (pairs[-1][0] - base).days + 400
    clock = OpeningClock(opening, base, days)
    return Stream(
        name,
        clock,
        [clock.minutes_at(received) for received, *_ in pairs],
        [rank for _, rank, *_ in pairs],
        [None if answered is None else clock.minutes_at(answered) for _, _, answered, _ in pairs],
        left={place: clock.minutes_at(closed) for place, (*_, closed) in enumerate(pairs) if closed is not None},
    )

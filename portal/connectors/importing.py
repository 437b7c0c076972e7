"""Brings history in: JSON Lines in the common message model, streamed in batches, each in a transaction of its own.

What is in the database when a run is cut off is the work of whole batches; the next run finds it there and goes on. So a run
after a crash, or a second run of the same file, gives what one run would have given.
"""

import json
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import IO

from sqlalchemy.exc import DataError, IntegrityError

from portal.cases.rules import Message, Outcome
from portal.cases.store import take_messages
from portal.connectors.reading import Line, read_line
from portal.db import Database
from portal.errors import Fault, Invalid
from portal.organisation.models import Channel
from portal.organisation.rules import KIND_NAMES, ChannelKind, channel_faults
from portal.organisation.store import add_channel, channels

BATCH = 1_000
LONGEST_LINE = 1_000_000
_SHOWN = 2_000


@dataclass
class Summary:
    """What became of the lines of a file. Every line that is not blank is in exactly one of the last four counts."""

    read: int = 0
    taken: int = 0
    already_there: int = 0
    ignored: int = 0
    rejected: int = 0
    outcomes: Counter[Outcome] = field(default_factory=Counter)
    channels_made: int = 0

    def add(self, outcome: Outcome) -> None:
        self.outcomes[outcome] += 1
        if outcome is Outcome.ALREADY_THERE:
            self.already_there += 1
        elif outcome is Outcome.UNKNOWN_KIND:
            self.ignored += 1
        else:
            self.taken += 1


@dataclass(frozen=True)
class Numbered:
    """A line with its number, counted from 1; `content` is None for one that is too long to be a message."""

    number: int
    content: bytes | None
    shown: bytes


def lines_of(file: IO[bytes]) -> Iterator[Numbered]:
    """The lines that are not blank. One that is too long is skipped to its end without being held in memory."""
    number = 0
    while content := file.readline(LONGEST_LINE + 1):
        number += 1
        if len(content) > LONGEST_LINE and not content.endswith(b"\n"):
            shown = content[:_SHOWN]
            while content and not content.endswith(b"\n"):
                content = file.readline(LONGEST_LINE)
            yield Numbered(number, None, shown)
        elif content.strip():
            yield Numbered(number, content, content[:_SHOWN].rstrip(b"\r\n"))


class Rejects:
    """The lines that could not be taken, with number and reason: FILE.rejected, written beside it and put in its place whole.

    Each run writes it anew; a run without such lines leaves none.
    """

    def __init__(self, path: Path) -> None:
        self._path, self._part = path, path.with_name(path.name + ".part")
        self._file: IO[str] | None = None

    def add(self, line: Numbered, reason: str) -> None:
        if self._file is None:
            self._file = self._part.open("w", encoding="utf-8")
        row = {"line": line.number, "reason": reason, "content": line.shown.decode("utf-8", "replace")}
        self._file.write(json.dumps(row, ensure_ascii=False) + "\n")

    def finish(self) -> None:
        if self._file is None:
            self._path.unlink(missing_ok=True)
            self._part.unlink(missing_ok=True)
        else:
            self._file.close()
            self._part.replace(self._path)


class Import:
    """One run over one file."""

    def __init__(
        self, database: Database, path: Path, *, now: datetime, create_channels: bool = False, batch: int = BATCH
    ) -> None:
        self._database, self._path, self._now = database, path, now
        self._create_channels, self._batch = create_channels, batch
        self._channels: dict[str, Channel] = {}
        self._rejects = Rejects(path.with_name(path.name + ".rejected"))
        self.summary = Summary()

    def run(self, progress: Callable[[int], None] = lambda _place: None) -> Summary:
        """Takes the whole file; `progress` is told after each batch up to which byte it has come."""
        with self._database.reading() as session:
            self._channels = {channel.slug: channel for channel in channels(session)}
        try:
            with self._path.open("rb") as file:
                waiting: list[tuple[Numbered, Channel, Message]] = []
                for line in lines_of(file):
                    self.summary.read += 1
                    understood = self._understand(line)
                    if understood is not None:
                        waiting.append((line, *understood))
                    if len(waiting) >= self._batch:
                        self._take(waiting)
                        waiting = []
                        progress(file.tell())
                self._take(waiting)
                progress(file.tell())
        finally:
            self._rejects.finish()
        return self.summary

    def _understand(self, line: Numbered) -> tuple[Channel, Message] | None:
        if line.content is None:
            self._reject(line, f"line: longer than {LONGEST_LINE} bytes")
            return None
        try:
            read = read_line(line.content)
            if read is None:
                self.summary.add(Outcome.UNKNOWN_KIND)
                return None
            return self._channel(read), read.message
        except Invalid as fault:
            self._reject(line, fault.message)
            return None

    def _channel(self, line: Line) -> Channel:
        found = self._channels.get(line.channel)
        if found is not None:
            return found
        if not self._create_channels:
            raise Invalid("channel", line.channel, "the name in the address of a channel; --create-channels makes them")
        faults = channel_faults(slug=line.channel, name=line.channel, address="")
        if faults:
            raise Invalid.many(Fault("channel", fault.value, fault.expected) for fault in faults)
        self._channels[line.channel] = made = self._made(line)
        self.summary.channels_made += 1
        return made

    def _made(self, line: Line) -> Channel:
        kind = ChannelKind(line.channel) if line.channel in KIND_NAMES else ChannelKind.OTHER
        name = line.channel_name or line.channel
        with self._database.transaction() as session:
            return add_channel(
                session, slug=line.channel, kind=kind, name=name, account=line.account, now=self._now, actor_id=None
            )

    def _take(self, lines: list[tuple[Numbered, Channel, Message]]) -> None:
        """Takes a batch; when the database refuses something in it, the halves, until the line that it refuses is found."""
        if not lines:
            return
        try:
            with self._database.transaction() as session:
                taken = take_messages(session, [(channel, message) for _line, channel, message in lines], self._now)
        except (IntegrityError, DataError) as error:
            if len(lines) == 1:
                self._reject(lines[0][0], f"the database refuses it: {error.orig}")
                return
            middle = len(lines) // 2
            self._take(lines[:middle])
            self._take(lines[middle:])
            return
        for each in taken:
            self.summary.add(each.outcome)

    def _reject(self, line: Numbered, reason: str) -> None:
        self.summary.rejected += 1
        self._rejects.add(line, reason)

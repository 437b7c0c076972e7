"""`--dry-run`: judges every line of a file as the import would, and takes none."""

import sqlite3
from collections.abc import Callable
from datetime import datetime
from pathlib import Path

from sqlalchemy import select

from portal.cases.models import CaseMessage, MessageEdit
from portal.cases.rules import Change, Message, Outcome, by_channel
from portal.connectors.importing import Import, Numbered, Summary
from portal.connectors.reading import Line
from portal.db import Database
from portal.organisation.models import Channel
from portal.organisation.rules import ChannelKind

_TABLE = "CREATE TABLE seen (channel TEXT, message_id TEXT, change TEXT, PRIMARY KEY (channel, message_id, change)) WITHOUT ROWID"


class Rehearsal(Import):
    """A run that writes nothing in the database. What the file holds twice is noticed in a temporary file on disk."""

    def __init__(
        self, database: Database, path: Path, *, now: datetime, create_channels: bool = False, batch: int = 1_000
    ) -> None:
        super().__init__(database, path, now=now, create_channels=create_channels, batch=batch)
        self._seen = sqlite3.connect("", isolation_level=None)  # a nameless file that SQLite removes itself

    def run(self, progress: Callable[[int], None] = lambda _place: None) -> Summary:
        self._seen.execute(_TABLE)
        try:
            return super().run(progress)
        finally:
            self._seen.close()

    def _made(self, line: Line) -> Channel:
        return Channel(slug=line.channel, kind=ChannelKind.OTHER, name=line.channel, account=line.account)

    def _take(self, lines: list[tuple[Numbered, Channel, Message]]) -> None:
        there = self._there([(channel, message) for _line, channel, message in lines if channel.id is not None])
        self._seen.execute("BEGIN")
        for _line, channel, message in lines:
            key = (channel.slug, message.message_id, _change(message))
            inserted = self._seen.execute("INSERT OR IGNORE INTO seen VALUES (?, ?, ?)", key).rowcount
            new = inserted and (channel.id, *key[1:]) not in there
            self.summary.add(Outcome.KEPT if new else Outcome.ALREADY_THERE)
        self._seen.execute("COMMIT")

    def _there(self, lines: list[tuple[Channel, Message]]) -> set[tuple[int, str, str]]:
        """The messages and changes of this batch that the database holds."""
        found: set[tuple[int, str, str]] = set()
        with self._database.reading() as session:
            for channel_id, ids in by_channel((channel.id, message.message_id) for channel, message in lines):
                mine = select(CaseMessage.message_id).where(CaseMessage.channel_id == channel_id, CaseMessage.message_id.in_(ids))
                found |= {(channel_id, message_id, Change.CREATED.value) for message_id in session.scalars(mine)}
                changes = select(MessageEdit).where(MessageEdit.channel_id == channel_id, MessageEdit.message_id.in_(ids))
                for each in session.scalars(changes):
                    change = Change.DELETED if each.is_deletion else Change.EDITED
                    found.add((channel_id, each.message_id, f"{change.value} {each.at.isoformat()}"))
        return found


def _change(message: Message) -> str:
    is_new = message.change is Change.CREATED
    return message.change.value if is_new else f"{message.change.value} {message.created_at.isoformat()}"

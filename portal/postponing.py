"""What a transaction notes on its way and writes at its end, all at once.

A savepoint that is rolled back takes its own notes with it.
"""

from collections.abc import Callable
from typing import Any, Generic, TypeVar

from sqlalchemy import event
from sqlalchemy.orm import Session, SessionTransaction

Noted = TypeVar("Noted")


class Postponed(Generic[Noted]):
    """One kind of note; made once for the program, at import.

    `make` gives an empty note, `join` adds the second note to the first, `write` is called with each note that is not empty
    before the outermost commit.
    """

    def __init__(
        self,
        name: str,
        make: Callable[[], Noted],
        join: Callable[[Noted, Noted], None],
        write: Callable[[Session, Noted], None],
    ) -> None:
        self._name, self._make, self._join, self._write = name, make, join, write
        event.listen(Session, "after_transaction_create", self._enter)
        event.listen(Session, "before_commit", self._before_commit)
        event.listen(Session, "after_transaction_end", self._leave)

    def of(self, session: Session) -> Noted:
        """The note of the innermost savepoint, to add to."""
        if self._name not in session.info:
            session.info[self._name] = [self._make() for _ in range(_savepoints(session) + 1)]
        note: Noted = session.info[self._name][-1]
        return note

    def every(self, session: Session) -> list[Noted]:
        """All notes of the transaction so far, the outermost first."""
        notes: list[Noted] = session.info.get(self._name, [])
        return notes

    def write(self, session: Session) -> None:
        """Writes what has been noted so far."""
        notes = self.every(session)
        for place, note in enumerate(notes):
            if note:
                notes[place] = self._make()
                self._write(session, note)

    def _enter(self, session: Session, transaction: SessionTransaction) -> None:
        if transaction.nested and self._name in session.info:
            session.info[self._name].append(self._make())

    def _before_commit(self, session: Session) -> None:
        notes = self.every(session)
        if not session.in_nested_transaction():
            self.write(session)
        elif len(notes) > 1:
            self._join(notes[-2], notes[-1])
            notes[-1] = self._make()

    def _leave(self, session: Session, transaction: SessionTransaction) -> None:
        if transaction.nested and len(self.every(session)) > 1:
            session.info[self._name].pop()
        elif transaction.parent is None:
            session.info.pop(self._name, None)


def _savepoints(session: Session) -> int:
    depth: int = 0
    transaction: Any = session.get_nested_transaction()
    while transaction is not None and transaction.nested:
        depth, transaction = depth + 1, transaction.parent
    return depth

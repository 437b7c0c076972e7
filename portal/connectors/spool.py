"""Where deliveries wait on disk while the database refuses: files to which only is appended, each record whole or not there.

A record is its length, its checksum and its content. What was cut off by a crash fails its checksum and was never
acknowledged, so it does not count. Files are named by when they begin, and locked by the process that made them for as long
as it lives; what a process left behind is taken in by the next one that looks.
"""

import fcntl
import json
import logging
import os
import secrets
import struct
import zlib
from collections.abc import Callable, Container, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from threading import Lock

from portal.connectors.intake import Delivery
from portal.errors import Unavailable

_HEAD = struct.Struct(">II")  # length and CRC-32 of the content
_ENDING = ".spool"
_LARGEST_FILE = 64 << 20
_SMALL = 64 << 10  # what is left may be taken in while those who append wait
_PORTION = 200
_PORTION_BYTES = 4 << 20

logger = logging.getLogger(__name__)


def framed(delivery: Delivery) -> bytes:
    """The delivery as a record."""
    about = [delivery.channel_id, delivery.delivery_id, delivery.received_at.isoformat()]
    content = json.dumps(about).encode() + b"\n" + delivery.body
    return _HEAD.pack(len(content), zlib.crc32(content)) + content


def records(path: Path) -> Iterator[Delivery]:
    """The deliveries in a file, up to its end or to a record that was cut off; one that was damaged is left out."""
    with path.open("rb") as file:
        size = os.fstat(file.fileno()).st_size
        while len(head := file.read(_HEAD.size)) == _HEAD.size:
            length, checksum = _HEAD.unpack(head)
            if not 0 < length <= size - file.tell():
                return
            content = file.read(length)
            found = _read(content) if zlib.crc32(content) == checksum else None
            if found is None:  # those after it were acknowledged too, and must not be lost or held up with it
                logger.error("A record of %s bytes in %s is damaged and cannot be taken in", length, path.name)
            else:
                yield found


def _read(content: bytes) -> Delivery | None:
    """The delivery in a record; None for what none of ours wrote."""
    about, _line, body = content.partition(b"\n")
    try:
        channel_id, delivery_id, received_at = json.loads(about)
        return Delivery(int(channel_id), str(delivery_id), body, datetime.fromisoformat(received_at))
    except (ValueError, TypeError, OverflowError):
        return None


@dataclass(eq=False)
class _Record:
    delivery: Delivery
    is_kept: bool = False
    error: Exception | None = None


class Spool:
    """The spool of one process, in a folder that several may share."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._waiting: list[_Record] = []
        self._listing, self._writing = Lock(), Lock()
        self._mine: dict[Path, int] = {}  # files that this process made, with their descriptors, which hold the locks
        self._file: Path | None = None  # the one of them that is being written
        self._size = 0
        self.is_in_use = False
        self.look()

    def look(self) -> None:
        """Notices what a process that ended has left behind."""
        if next(_left_behind(self._folder, self._mine), None) is not None:
            self.is_in_use = True

    def close(self) -> None:
        """Leaves the files to whoever looks next."""
        with self._writing:
            self._file = None
            while self._mine:
                os.close(self._mine.popitem()[1])

    def append(self, delivery: Delivery, *, patience_seconds: float) -> None:
        """Keeps a delivery; it is on disk when this returns. Raises Unavailable when it cannot be, and then nothing is kept.

        From now on everything newer has to be appended too, until all of it has been taken in.
        """
        mine = _Record(delivery)
        with self._listing:
            self.is_in_use = True
            self._waiting.append(mine)
        if not self._writing.acquire(timeout=patience_seconds):
            with self._listing:
                if mine in self._waiting:
                    self._waiting.remove(mine)
            raise Unavailable("What waits on disk is being taken in. Please try again in a moment.")
        try:
            if not mine.is_kept and mine.error is None:
                self._write_waiting()
        finally:
            self._writing.release()
        if mine.error is not None:
            raise Unavailable("Neither the database nor the disk takes anything now. Please try again later.") from mine.error

    def take_in(self, store: Callable[[Sequence[Delivery]], None]) -> None:
        """Hands what waits to `store`, oldest first, and forgets what has been stored.

        When `store` raises, what it was given stays; it must take the same delivery twice for one. Only the last little is
        taken in while those who append wait, so that none of them comes before an older one.
        """
        while self.is_in_use:
            if not self._left():  # else nothing shows yet that the database is well, and each try would begin a file
                with self._writing:
                    self._file = None
            self._take_in(self._left(), store)  # here it is seen whether the database is well: nobody is kept waiting
            with self._writing:
                self._file = None
                left = self._left()
                if sum(path.stat().st_size for path in left) <= _SMALL:
                    self._take_in(left, store)
                    self._take_in_waiting(store)
                    return

    def _take_in_waiting(self, store: Callable[[Sequence[Delivery]], None]) -> None:
        """Those who wait to append need the disk no more, nor do those who come after them."""
        with self._listing:
            together, self._waiting = self._waiting, []
            self.is_in_use = False
        try:
            if together:
                store([each.delivery for each in together])
        except BaseException:
            with self._listing:
                self.is_in_use, self._waiting = True, together + self._waiting
            raise
        for each in together:
            each.is_kept = True

    def _left(self) -> list[Path]:
        """The files to which nothing is added any more, the oldest first."""
        mine = [path for path in list(self._mine) if path != self._file]
        return sorted([*mine, *_left_behind(self._folder, self._mine)])

    def _take_in(self, left: Iterable[Path], store: Callable[[Sequence[Delivery]], None]) -> None:
        for path in left:
            opened = self._mine[path] if path in self._mine else _locked(path)
            if opened is None:
                continue
            try:
                for portion in _portions(records(path)):
                    store(portion)
                path.unlink()
            except BaseException:
                if path not in self._mine:
                    os.close(opened)
                raise
            self._mine.pop(path, None)
            os.close(opened)

    def _write_waiting(self) -> None:
        """Writes all that wait, for one wait for the disk. What is half written because the disk is full is taken back."""
        with self._listing:
            together, self._waiting = self._waiting, []
        try:
            content = b"".join(framed(each.delivery) for each in together)
            if self._file is None or self._size > _LARGEST_FILE:
                self._begin_file(together[0].delivery.received_at)
            assert self._file
            _write_whole(self._mine[self._file], content)
            os.fdatasync(self._mine[self._file])
        except Exception as error:  # noqa: BLE001 - whatever it is: nobody of them may believe that it is on disk
            self._take_back()
            for each in together:
                each.error = error
            return
        self._size += len(content)
        for each in together:
            each.is_kept = True

    def _begin_file(self, at: datetime) -> None:
        """A file that is ours from the moment that it has its name: it is locked before that."""
        self._file = None
        self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        newest = max((int(path.name.partition("-")[0]) for path in self._folder.glob(f"*{_ENDING}")), default=0)
        number = max(int(at.timestamp() * 1e6), newest + 1)  # a clock that is put back changes no order
        path = self._folder / f"{number:020}-{os.getpid()}-{secrets.token_hex(4)}{_ENDING}"
        draft = path.with_suffix(".draft")
        opened = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_APPEND, 0o600)
        fcntl.flock(opened, fcntl.LOCK_EX)
        draft.rename(path)
        self._file, self._size = path, 0  # before it is listed: what is listed and not being written may be taken in
        self._mine[path] = opened
        _sync_folder(self._folder)

    def _take_back(self) -> None:
        """The file as it was before; where even that fails nothing is added to it any more: its end fails the checksum."""
        if self._file is None:
            return
        try:
            os.ftruncate(self._mine[self._file], self._size)
            os.fdatasync(self._mine[self._file])
        except OSError:
            self._file = None


def _left_behind(folder: Path, but_for: Container[Path]) -> Iterator[Path]:
    """The files of processes that have ended."""
    if not folder.is_dir():
        return
    for path in sorted(folder.glob(f"*{_ENDING}")):
        if path in but_for:
            continue
        opened = _locked(path)
        if opened is not None:
            os.close(opened)
            yield path


def _locked(path: Path) -> int | None:
    """The opened file, which is ours until it is closed; None when it is another's or has been taken in already."""
    try:
        opened = os.open(path, os.O_RDONLY)
    except FileNotFoundError:
        return None
    try:
        fcntl.flock(opened, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        os.close(opened)
        return None
    if not path.exists():
        os.close(opened)
        return None
    return opened


def _write_whole(file: int, content: bytes) -> None:
    while content:
        content = content[os.write(file, content) :]


def _sync_folder(folder: Path) -> None:
    opened = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(opened)
    finally:
        os.close(opened)


def _portions(deliveries: Iterator[Delivery]) -> Iterator[list[Delivery]]:
    portion: list[Delivery] = []
    size = 0
    for each in deliveries:
        portion.append(each)
        size += len(each.body)
        if len(portion) >= _PORTION or size >= _PORTION_BYTES:
            yield portion
            portion, size = [], 0
    if portion:
        yield portion

"""Deliveries that wait on disk: whole or not there, in order, and for whoever comes next."""

import errno
import os
import struct
import time
import zlib
from collections.abc import Sequence
from pathlib import Path
from threading import Barrier, Thread

import pytest

from portal.connectors import spool as spool_file
from portal.connectors.intake import Delivery
from portal.connectors.spool import Spool, framed, records
from portal.errors import Unavailable
from tests.cases.builders import at


def delivery(number: int, body: bytes = b'{"a": "\xff\n"}') -> Delivery:
    return Delivery(7, f"msg_{number}", body, at(number))


def appended(folder: Path, numbers: Sequence[int]) -> Spool:
    made = Spool(folder)
    for number in numbers:
        made.append(delivery(number), patience_seconds=1)
    return made


def taken_in(spool: Spool) -> list[str]:
    found: list[Delivery] = []
    spool.take_in(found.extend)
    return [each.delivery_id for each in found]


def test_what_was_appended_is_taken_in_once_in_its_order_and_byte_for_byte(tmp_path: Path) -> None:
    spool, found = appended(tmp_path, range(500)), list[Delivery]()
    assert spool.is_in_use
    spool.take_in(found.extend)
    assert found == [delivery(number) for number in range(500)]
    assert not spool.is_in_use
    assert list(tmp_path.iterdir()) == []


def test_a_record_that_was_cut_off_anywhere_does_not_count(tmp_path: Path) -> None:
    path, whole = tmp_path / "1.spool", framed(delivery(1))
    for length in range(len(whole)):
        path.write_bytes(framed(delivery(0)) + whole[:length])
        assert list(records(path)) == [delivery(0)]


@pytest.mark.parametrize("place", [0, 5, 9, 30, -1])
def test_a_record_that_was_changed_does_not_count(tmp_path: Path, place: int) -> None:
    path, damaged = tmp_path / "1.spool", bytearray(framed(delivery(1)))
    damaged[place] ^= 1
    path.write_bytes(framed(delivery(0)) + bytes(damaged))
    assert list(records(path)) == [delivery(0)]


@pytest.mark.parametrize("place", [9, 30, -1])
def test_a_damaged_record_takes_none_with_it_that_comes_after(tmp_path: Path, place: int) -> None:
    """All of them were acknowledged, and the file is removed once it was taken in."""
    path, damaged = tmp_path / "1.spool", bytearray(framed(delivery(1)))
    damaged[place] ^= 1
    path.write_bytes(framed(delivery(0)) + bytes(damaged) + framed(delivery(2)))
    assert list(records(path)) == [delivery(0), delivery(2)]


@pytest.mark.parametrize("content", [b"no JSON\n{}", b"[]\n{}", b'[1, "msg_1", "soon"]\n{}', b'{"a": 1}\n{}', b"\xff"])
def test_a_record_that_none_of_ours_wrote_holds_up_nobody(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "1.spool"
    path.write_bytes(struct.pack(">II", len(content), zlib.crc32(content)) + content + framed(delivery(2)))
    assert list(records(path)) == [delivery(2)]


def test_what_an_ended_process_left_is_taken_in_by_the_next_and_before_its_own(tmp_path: Path) -> None:
    appended(tmp_path, [1, 2]).close()
    later = Spool(tmp_path)
    assert later.is_in_use, "so what is newer goes behind it"
    later.append(delivery(0), patience_seconds=1)
    assert taken_in(later) == ["msg_1", "msg_2", "msg_0"], "in the order in which it came in, whatever the clock said"


def test_what_a_living_process_writes_is_left_to_it(tmp_path: Path) -> None:
    writer = appended(tmp_path, [1])
    other = Spool(tmp_path)
    assert not other.is_in_use
    other.append(delivery(2), patience_seconds=1)
    assert taken_in(other) == ["msg_2"]
    assert taken_in(writer) == ["msg_1"]


def test_while_nothing_can_be_stored_it_all_stays_in_two_files(tmp_path: Path) -> None:
    spool = appended(tmp_path, [1])

    def refuse(_deliveries: Sequence[Delivery]) -> None:
        raise OSError("the database is away")

    for number in range(2, 9):
        with pytest.raises(OSError, match="away"):
            spool.take_in(refuse)
        spool.append(delivery(number), patience_seconds=1)
    assert len(list(tmp_path.glob("*.spool"))) == 2
    assert taken_in(spool) == [f"msg_{number}" for number in range(1, 9)]


def test_a_full_disk_is_said_and_leaves_nothing_half_written(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    spool, real = appended(tmp_path, [1]), os.write

    def write_half(file: int, content: bytes) -> int:
        real(file, content[: len(content) // 2])
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(spool_file.os, "write", write_half)
    with pytest.raises(Unavailable):
        spool.append(delivery(2), patience_seconds=1)
    monkeypatch.undo()
    spool.append(delivery(3), patience_seconds=1)
    assert taken_in(spool) == ["msg_1", "msg_3"]


def test_appends_at_the_same_time_share_a_wait_for_the_disk_and_none_is_lost(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    spool, start, waits, real = Spool(tmp_path), Barrier(16), list[int](), os.fdatasync

    def count(file: int) -> None:
        waits.append(file)
        real(file)

    monkeypatch.setattr(spool_file.os, "fdatasync", count)

    def append(number: int) -> None:
        start.wait()
        for place in range(20):
            spool.append(delivery(number * 100 + place), patience_seconds=30)

    threads = [Thread(target=append, args=(number,)) for number in range(16)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(waits) <= 320
    found = taken_in(spool)
    assert len(found) == len(set(found)) == 320
    for number in range(16):
        mine = [each for each in found if int(each[4:]) // 100 == number]
        assert mine == [f"msg_{number * 100 + place}" for place in range(20)]


def test_nobody_is_told_that_it_is_on_disk_when_the_one_who_writes_for_all_could_not(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    spool, real, troubles = appended(tmp_path, [0]), spool_file.framed, [MemoryError(), MemoryError()]
    told: dict[int, str] = {}

    def framed_after_trouble(each: Delivery) -> bytes:
        if troubles:
            raise troubles.pop()
        return real(each)

    def append(number: int) -> None:
        try:
            spool.append(delivery(number), patience_seconds=30)
            told[number] = "kept"
        except (Unavailable, MemoryError):
            told[number] = "refused"

    monkeypatch.setattr(spool_file, "framed", framed_after_trouble)
    threads = [Thread(target=append, args=(number,)) for number in (1, 2)]
    with spool._writing:  # so that both wait, and the first of them writes for both
        for thread in threads:
            thread.start()
        deadline = time.monotonic() + 30
        while len(spool._waiting) < len(threads):
            assert time.monotonic() < deadline
    for thread in threads:
        thread.join()
    assert sorted(told) == [1, 2]
    kept = [f"msg_{number}" for number, said in sorted(told.items()) if said == "kept"]
    assert sorted(taken_in(spool)) == ["msg_0", *kept]

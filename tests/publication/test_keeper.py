"""A web process follows the shelf: whole sets, soon, and whatever happens to the files."""

import json
import logging
import re
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta
from pathlib import Path
from threading import Event

import pytest

from portal.clock import FixedClock
from portal.publication.keeper import Keeper
from portal.publication.table import Table
from tests.publication.visitor import A_PAGE, Press
from tests.running import wait_until

PATHS = [f"/incidents/{number}" for number in range(3)] + ["/", "/services/bus"]


@pytest.fixture
def press(tmp_path: Path, now: datetime) -> Press:
    return Press(tmp_path, now)


@pytest.fixture
def keeper(tmp_path: Path, clock: FixedClock) -> Keeper:
    return Keeper(tmp_path, clock)


def edition(press: Press, number: int) -> None:
    """Puts a set on the shelf of which every document says its number."""
    for path in PATHS:
        press.add(path, A_PAGE + f"<p>edition {number}, {path}</p>".encode(), stale="page")
    press.put()


def editions(table: Table) -> set[int]:
    """The numbers of the sets from which the documents in this table are."""
    found = set()
    for path in PATHS:
        number = re.search(rb"edition (\d+), " + path.encode() + b"<", table[path].form("").body[0])
        assert number, f"another document at {path}"
        found.add(int(number[1]))
    return found


def test_there_is_nothing_before_the_first_set(keeper: Keeper) -> None:
    keeper.judge()
    assert not keeper.look()
    assert (keeper.table, keeper.checked_at) == ({}, None)


def test_a_new_set_is_taken_over_once(keeper: Keeper, press: Press) -> None:
    edition(press, 1)
    assert keeper.look()
    assert not keeper.look()
    assert editions(keeper.table) == {1}
    edition(press, 2)
    assert keeper.look()
    assert editions(keeper.table) == {2}


def test_a_set_that_is_replaced_meanwhile_is_never_seen_in_part(keeper: Keeper, press: Press) -> None:
    edition(press, 0)
    keeper.look()
    is_over = Event()

    def read() -> set[int]:
        seen = set()
        while not is_over.wait(0.001):  # so that the writer has its turn too
            found = editions(keeper.table)
            assert len(found) == 1, f"documents of several sets together: {found}"
            seen |= found
        return seen

    with ThreadPoolExecutor(8) as pool:
        readers = [pool.submit(read) for _ in range(8)]
        try:
            for number in range(1, 12):
                edition(press, number)
                assert keeper.look()
        finally:
            is_over.set()
        seen = set[int]().union(*(reader.result() for reader in readers))
    assert len(seen) > 3, "they read while sets came and went"


def test_what_no_set_has_any_more_is_forgotten(keeper: Keeper, press: Press) -> None:
    sizes = set()
    for number in range(6):
        edition(press, number)
        press.shelf.tidy()
        keeper.look()
        sizes.add((len(keeper._known), len(keeper.table)))
    assert len(sizes) == 1


def test_documents_that_did_not_change_are_not_read_again(keeper: Keeper, press: Press) -> None:
    edition(press, 1)
    keeper.look()
    before = keeper.table["/services/bus"]
    press.add("/", A_PAGE + b"another")
    press.put()
    keeper.look()
    assert keeper.table["/services/bus"] is before


def test_a_set_that_could_not_be_read_whole_is_read_anew(keeper: Keeper, press: Press, tmp_path: Path) -> None:
    edition(press, 1)
    keeper.look()
    edition(press, 2)
    folder = (tmp_path / "current" / "incidents").resolve()
    away = folder.rename(tmp_path / "away")
    assert not keeper.look()
    assert editions(keeper.table) == {1}, "the last whole one goes on being served"
    away.rename(folder)
    assert keeper.look()
    assert editions(keeper.table) == {2}


def test_what_is_in_memory_outlives_the_files(keeper: Keeper, press: Press, tmp_path: Path) -> None:
    edition(press, 1)
    keeper.look()
    assert editions(keeper.table) == {1}
    (tmp_path / "current").unlink()
    for file in tmp_path.glob("objects/*/*.html"):
        file.unlink()
    assert not keeper.look()
    assert editions(keeper.table) == {1}


def test_a_set_of_another_release_keeps_no_process_from_starting(
    keeper: Keeper, press: Press, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    edition(press, 1)
    facts = (tmp_path / "current" / ".documents.json").resolve()
    ours = facts.read_bytes()
    facts.write_text(json.dumps({"documents": ['{"of": "another release"}'], "folders": {}}))
    with caplog.at_level(logging.ERROR):
        keeper.start()
    try:
        assert keeper.table == {}
        facts.write_bytes(ours)
        wait_until(lambda: "/" in keeper.table)
        assert editions(keeper.table) == {1}
        assert len(caplog.records) == 1, "it is said once, not at every look"
    finally:
        keeper.stop()


@pytest.mark.parametrize(
    "said", ["", "[]", "{}", '{"checked_at": 5}', '{"checked_at": "soon"}', '{"checked_at": null, "zone": "Mars"}']
)
def test_nobody_made_sure_when_it_cannot_be_read(keeper: Keeper, press: Press, tmp_path: Path, said: str) -> None:
    edition(press, 1)
    (tmp_path / "checked.json").write_text(said)
    keeper.look()
    keeper.judge()
    assert keeper.checked_at is None
    assert b'data-state="unknown"' in keeper.table["/"].form("").body[0]


def test_a_clock_that_is_set_back_makes_nothing_old(keeper: Keeper, press: Press, clock: FixedClock) -> None:
    edition(press, 1)
    clock.advance(timedelta(hours=-1))
    keeper.look()
    keeper.judge()
    assert b'data-state="ok"' in keeper.table["/"].form("").body[0]


def test_what_says_that_it_is_old_is_made_once(keeper: Keeper, press: Press, clock: FixedClock) -> None:
    edition(press, 1)
    keeper.look()
    clock.advance(timedelta(hours=1))
    keeper.judge()
    before = keeper.table["/"]
    keeper.judge()
    assert keeper.table["/"] is before

"""The set on disk is always complete, whatever happens to the one who writes, and its files are what they were."""

import os
import random
import stat
from collections.abc import Callable
from pathlib import Path
from threading import Event, Thread
from typing import Any

import pytest

from portal.errors import Invalid
from portal.publication import shelf as shelves
from portal.publication.shelf import Shelf, place_of
from tests.publication.builders import put
from tests.publication.reading import whole_set

LONG = "Dit is een lange bladzijde over een storing. " * 40
OLD = {"/": f"oud {LONG}", "/a": "a oud", "/a/b": f"b {LONG}", "/feed.atom": "f oud", "/en/": "old"}
NEW = {"/": f"nieuw {LONG}", "/a": "a nieuw", "/a/b": f"b {LONG}", "/c/d": "d", "/en/": "old"}
KILLED = 9


def texts(folder: Path) -> dict[str, str]:
    root = folder / shelves.CURRENT
    place = {
        path: "/".join((*place_of(path, is_page="." not in path)[0], place_of(path, is_page="." not in path)[1]))
        for path in whole_set(folder)
    }
    return {path: (root / name).read_text() for path, name in place.items()}


def test_a_set_lies_as_a_web_server_asks_for_it(tmp_path: Path) -> None:
    put(Shelf(tmp_path), OLD)
    root = tmp_path / "current"
    assert (root / "index.html").read_text() == OLD["/"]
    assert (root / "a" / "index.html").read_text() == "a oud"
    assert (root / "a" / "b" / "index.html.gz").exists()
    assert (root / "a" / "b" / "index.html.br").exists()
    assert (root / "feed.atom").read_text() == "f oud"
    assert not (root / "feed.atom.gz").exists(), "too short to gain anything"


def test_others_on_the_machine_can_read_it(tmp_path: Path) -> None:
    os.umask(0o077)
    put(Shelf(tmp_path / "public"), OLD)
    for place in [tmp_path / "public", *(tmp_path / "public").rglob("*")]:
        mode = stat.S_IMODE(place.stat().st_mode)
        assert mode & 0o044 == 0o044, place
        assert not place.is_dir() or mode & 0o011 == 0o011, place


def test_a_new_set_writes_only_what_is_new(tmp_path: Path) -> None:
    shelf = Shelf(tmp_path)
    put(shelf, OLD)
    inode = (tmp_path / "current" / "a" / "b" / "index.html").stat().st_ino
    written = put(shelf, {**OLD, "/a": "a nieuw"})
    assert written == len(["a/index.html", "facts of a", "facts of the root"])
    assert (tmp_path / "current" / "a" / "b" / "index.html").stat().st_ino == inode
    assert put(shelf, {**OLD, "/a": "a nieuw"}) == 0


def test_a_shelf_that_is_opened_again_knows_what_is_on_it(tmp_path: Path) -> None:
    put(Shelf(tmp_path), OLD)
    assert put(Shelf(tmp_path), OLD) == 0
    assert set(Shelf(tmp_path).documents()) == set(OLD)


def test_old_sets_are_tidied_away_but_for_the_last_few(tmp_path: Path) -> None:
    shelf = Shelf(tmp_path)
    for number in range(20):
        put(shelf, {**OLD, "/": f"{number} {LONG}"})
        shelf.tidy()
        assert texts(tmp_path)["/"].startswith(f"{number} ")
    assert len(list((tmp_path / "objects").iterdir())) < 12
    (tmp_path / "objects" / ".draft-left").mkdir()
    shelf.tidy()
    assert not (tmp_path / "objects" / ".draft-left").exists()


@pytest.mark.parametrize("path", ["/../x", "/a/.b", "a", "/a//b.atom", "/a\x00b", "/..", "/.documents.json"])
def test_no_path_leads_out_of_the_set(path: str) -> None:
    with pytest.raises(Invalid):
        place_of(path, is_page=False)


def test_a_writer_that_is_killed_between_any_two_writes_leaves_a_complete_set(tmp_path: Path) -> None:
    """Each step is tried: what is served is the whole old set or the whole new one, and the next writer makes the new one."""
    steps = 0
    while True:
        folder = tmp_path / str(steps)
        put(Shelf(folder), OLD)
        status = in_a_child(lambda folder=folder, steps=steps: put(trapped(Shelf(folder), steps), NEW))
        assert texts(folder) in (OLD, NEW), f"killed at step {steps}"
        put(Shelf(folder), NEW)
        assert texts(folder) == NEW, f"after being killed at step {steps}"
        Shelf(folder).documents()
        if status == 0:
            break
        assert status == KILLED
        steps += 1
    assert steps > 40, "there are so many writes between which it can be killed"


def in_a_child(work: Callable[[], Any]) -> int:
    """Does the work in a process of its own; returns the status with which that ends."""
    child = os.fork()
    if child == 0:
        status = 1
        try:
            work()
            status = 0
        finally:
            os._exit(status)
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])


def trapped(shelf: Shelf, steps: int) -> Shelf:
    """The shelf in a process that ends at once when it is about to do something to the disk for the time after `steps`."""
    left = iter(range(steps))

    def before(do: Callable[..., Any]) -> Callable[..., Any]:
        def trap(*arguments: Any, **options: Any) -> Any:
            if next(left, None) is None:
                os._exit(KILLED)
            return do(*arguments, **options)

        return trap

    for owner, names in (
        (Path, ("mkdir", "open", "rename", "replace", "symlink_to", "hardlink_to", "unlink", "chmod")),
        (os, ("fsync", "fchmod", "link", "utime")),
        (shelves.shutil, ("rmtree",)),
    ):
        for name in names:
            setattr(owner, name, before(getattr(owner, name)))
    return shelf


def test_readers_see_one_set_or_the_next_and_nothing_between(tmp_path: Path) -> None:
    """Two files that always say the same number do so for every reader, who goes by the name that a file server uses."""
    shelf, stop, torn = Shelf(tmp_path), Event(), []
    put(shelf, {"/a.txt": "0", "/b/c.txt": "0"})

    def read() -> None:
        while not stop.is_set():
            root = tmp_path / (tmp_path / "current").readlink()
            pair = (root / "a.txt").read_text(), (root / "b" / "c.txt").read_text()
            if pair[0] != pair[1]:
                torn.append(pair)

    readers = [Thread(target=read) for _ in range(4)]
    for reader in readers:
        reader.start()
    for number in range(1, 60):
        put(shelf, {"/a.txt": str(number), "/b/c.txt": str(number)})
    stop.set()
    for reader in readers:
        reader.join()
    assert torn == []


def test_random_changes_leave_what_was_asked_for(tmp_path: Path) -> None:
    dice, shelf, wanted = random.Random(7), Shelf(tmp_path), {}
    names = ["/", "/a", "/a/b", "/a/b/c", "/a/feed.atom", "/d.svg", "/e/f.json", "/e"]
    for _ in range(30):
        for name in dice.sample(names, 3):
            if name in wanted and dice.random() < 0.4:
                del wanted[name]
            else:
                wanted[name] = f"{dice.random()}"
        put(shelf, wanted)
        shelf.tidy()
        if wanted:
            assert texts(tmp_path) == wanted

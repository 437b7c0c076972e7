"""The sets of documents on disk: a complete one is always there, and a new one takes its place in a single step.

    current -> objects/4f1c...      the set that is served; changing this link is the step
    objects/4f1c.../index.html      a folder of the set, with every form of its documents: index.html.gz, .br, .zst
    objects/4f1c.../incidents -> ../9b02...
    objects/4f1c.../.documents.json what is known of the documents here, and the folders in it
    checked.json                    when somebody last made sure that all this is true

A folder bears the digest of all that is in it, so it is never changed, and sets share what is the same in them. Nothing that
`current` leads to is ever touched: a writer that is killed leaves at most folders that nobody points to.
"""

import hashlib
import json
import os
import shutil
from collections.abc import Iterable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import datetime
from functools import lru_cache
from pathlib import Path
from zoneinfo import ZoneInfo

from portal.errors import Invalid
from portal.publication.published import FORMS, Published, read

CURRENT, OBJECTS, CHECKED, FACTS = "current", "objects", "checked.json", ".documents.json"
_FILE_MODE, _FOLDER_MODE = 0o644, 0o755  # a web server of another user reads them
_KEPT_SETS = 4
_WRITERS = 8  # the disk is asked to make many files last at once, which costs it hardly more than one


@dataclass
class _Folder:
    documents: dict[str, Published] = field(default_factory=dict)
    folders: dict[str, "_Folder"] = field(default_factory=dict)
    digest: str = ""


class Shelf:
    """One folder of sets, written by one program at a time and read by many."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._objects = folder / OBJECTS
        self._recent: list[dict[str, frozenset[str]]] = []  # of the last sets: object -> objects in it
        self._places: dict[str, str] = {}  # path of a document -> the object that has its files

    def documents(self) -> dict[str, Published]:
        """The documents of the current set by their path; none when there is no set, or none that this release can read."""
        found: dict[str, Published] = {}
        self._recent, self._places = [{}], {}
        try:
            root = current_object(self.folder)
            if root is None:
                return {}
            for digest, documents, folders in walk(self.folder, root):
                self._recent[0][digest] = frozenset(folders.values())
                for document in documents:
                    found[document.path] = document
                    self._places[document.path] = digest
        except (OSError, ValueError, KeyError):
            self._recent, self._places = [], {}
            return {}
        return found

    def put(self, documents: Mapping[str, Published], bodies: Mapping[str, Mapping[str, bytes]]) -> int:
        """Makes these the current set; `bodies` has the forms of those that the set before did not have. Returns files written.

        All of it is on disk when the set changes hands. Two folders with the same content are one, so an unchanged set costs
        no file at all.
        """
        prepare(self.folder)
        root = _tree(documents.values())
        made: dict[str, frozenset[str]] = {}
        places: dict[str, str] = {}
        files: list[Path] = []
        drafts = [
            (folder, draft) for folder in _deepest_first(root) if (draft := self._draft(folder, bodies, made, places, files))
        ]
        if drafts:
            _make_last([*files, *(draft for _, draft in drafts)])
            for folder, draft in drafts:
                draft.rename(self._objects / folder.digest)
            _make_last([self._objects])
        if current_object(self.folder) != root.digest:
            self._change_hands(root.digest)
        self._places = places
        self._recent = [*self._recent, made][-_KEPT_SETS:]
        return len(files)

    def check(self, at: datetime, zone: ZoneInfo) -> None:
        """Writes down that what is on the shelf was true at `at`, and the zone in which its readers tell time."""
        prepare(self.folder)
        draft = self.folder / f".{CHECKED}"
        draft.write_text(json.dumps({"checked_at": at.isoformat(), "zone": zone.key}))
        draft.chmod(_FILE_MODE)
        draft.replace(self.folder / CHECKED)

    def tidy(self) -> int:
        """Removes the folders that none of the last few sets has, and what a killed writer left. Returns how many."""
        wanted = {digest for made in self._recent for digest in made}
        root = current_object(self.folder)
        if root is None or root not in wanted:
            return 0
        gone = [each for each in self._objects.iterdir() if each.name not in wanted]
        for each in gone:
            shutil.rmtree(each, ignore_errors=True)
        return len(gone)

    def _draft(
        self,
        folder: _Folder,
        bodies: Mapping[str, Mapping[str, bytes]],
        made: dict[str, frozenset[str]],
        places: dict[str, str],
        files: list[Path],
    ) -> Path | None:
        """A draft of the folder, unless it is on the shelf already. Adds to what is `made`, to `places` and to `files`."""
        made[folder.digest] = frozenset(each.digest for each in folder.folders.values())
        places.update((document.path, folder.digest) for document in folder.documents.values())
        if (self._objects / folder.digest).is_dir():
            return None
        draft = self._objects / f".draft-{folder.digest}"
        shutil.rmtree(draft, ignore_errors=True)
        draft.mkdir(mode=_FOLDER_MODE)
        draft.chmod(_FOLDER_MODE)
        for name, document in folder.documents.items():
            for form in document.forms:
                place = draft / f"{name}{FORMS[form]}"
                if document.path in bodies:
                    _write(place, bodies[document.path][form], self._dated(document, place.name))
                    files.append(place)
                else:
                    place.hardlink_to(self._objects / self._places[document.path] / place.name)
        for name, inner in folder.folders.items():
            (draft / name).symlink_to(f"../{inner.digest}", target_is_directory=True)
        facts = draft / FACTS
        _write(facts, _facts_of(folder).encode(), None)
        files.append(facts)
        return draft

    def _dated(self, document: Published, name: str) -> float:
        """When this file is said to have changed: later, by whole seconds, than the one that was there before.

        File servers make Last-Modified and ETag of it. The last change of what a document tells of would not do: its bytes
        are others with each release.
        """
        at = float(int(document.built_at.timestamp()))
        try:
            return max(at, int((self._objects / self._places[document.path] / name).stat().st_mtime) + 1.0)
        except (KeyError, OSError):
            return at

    def _change_hands(self, digest: str) -> None:
        draft = self.folder / f".{CURRENT}"
        draft.unlink(missing_ok=True)
        draft.symlink_to(f"{OBJECTS}/{digest}", target_is_directory=True)
        draft.replace(self.folder / CURRENT)
        _make_last([self.folder])


def prepare(folder: Path) -> None:
    """Makes the folder of sets, so that a web server of another user can read what will be in it."""
    for each in (folder, folder / OBJECTS):
        if not each.is_dir():
            each.mkdir(parents=True, exist_ok=True)
            each.chmod(_FOLDER_MODE)


def current_object(folder: Path) -> str | None:
    """The digest of the current set; None before the first one. One system call."""
    try:
        return (folder / CURRENT).readlink().name
    except FileNotFoundError:
        return None


def walk(
    folder: Path, root: str, known: frozenset[str] | set[str] = frozenset()
) -> Iterator[tuple[str, list[Published], dict[str, str]]]:
    """The folders of the set `root` but for those that are `known`: digest, documents and the folders in it by name.

    Raises OSError when the set was removed meanwhile, ValueError and KeyError when it is not one of ours.
    """
    waiting = [root]
    while waiting:
        digest = waiting.pop()
        documents, folders = facts_in(folder, digest)
        yield digest, documents, folders
        waiting += [each for each in folders.values() if each not in known]


def facts_in(folder: Path, digest: str) -> tuple[list[Published], dict[str, str]]:
    """The documents of one folder of a set, and the folders in it by name."""
    facts = json.loads((folder / OBJECTS / digest / FACTS).read_bytes())
    return [read(line) for line in facts["documents"]], facts["folders"]


@lru_cache(maxsize=50_000)
def place_of(path: str, *, is_page: bool) -> tuple[tuple[str, ...], str]:
    """The folders and the name of the file for a document at this path: a page is the index of its folder.

    Raises Invalid for a path that is no safe name of a file.
    """
    parts = path.split("/")[1:]
    if is_page:
        parts = [*(part for part in parts if part), "index.html"]
    if not path.startswith("/") or any(not part or part.startswith(".") or "\\" in part or "\x00" in part for part in parts):
        raise Invalid("path", path, "parts between slashes that are names of files")
    return tuple(parts[:-1]), parts[-1]


def is_page(document: Published) -> bool:
    """Whether browsers show it as a page, so that its address has no name of a file."""
    return document.headers["Content-Type"].startswith("text/html")


def _tree(documents: Iterable[Published]) -> _Folder:
    root = _Folder()
    for document in documents:
        folder, (names, name) = root, place_of(document.path, is_page=is_page(document))
        for each in names:
            folder = folder.folders.setdefault(each, _Folder())
        folder.documents[name] = document
    for folder in _deepest_first(root):
        folder.digest = hashlib.sha256(_facts_of(folder).encode()).hexdigest()[:32]
    return root


def _deepest_first(folder: _Folder) -> Iterator[_Folder]:
    for inner in folder.folders.values():
        yield from _deepest_first(inner)
    yield folder


def _facts_of(folder: _Folder) -> str:
    """What is known of a folder, as it is kept: the same for the same content."""
    lines = [folder.documents[name].line for name in sorted(folder.documents)]
    folders = {name: folder.folders[name].digest for name in sorted(folder.folders)}
    return json.dumps({"documents": lines, "folders": folders}, separators=(",", ":"))


def _write(place: Path, body: bytes, changed_at: float | None) -> None:
    with place.open("xb") as file:
        file.write(body)
        os.fchmod(file.fileno(), _FILE_MODE)
    if changed_at is not None:
        os.utime(place, (changed_at, changed_at))


def _make_last(places: Iterable[Path]) -> None:
    """Returns when all of these files and folders are on the disk itself."""
    with ThreadPoolExecutor(_WRITERS) as writers:
        for _ in writers.map(_flush, places):
            pass


def _flush(place: Path) -> None:
    descriptor = os.open(place, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)

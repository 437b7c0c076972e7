"""The sets of documents on disk: a complete one is always there, and a new one takes its place in a single step.

    current -> objects/4f1c...      the set that is served; changing this link is the step
    objects/4f1c.../index.html      a folder of the set, with the forms of its documents: index.html.gz, .br
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
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import NamedTuple
from zoneinfo import ZoneInfo

from portal.errors import Invalid
from portal.publication.lasting import make_last
from portal.publication.published import FORMS, Published, read

CURRENT, OBJECTS, CHECKED, FACTS = "current", "objects", "checked.json", ".documents.json"
_FILE_MODE, _FOLDER_MODE = 0o644, 0o755  # a web server of another user reads them
_KEPT_SETS = 4


@dataclass
class _Folder:
    documents: dict[str, Published] = field(default_factory=dict)
    folders: dict[str, "_Folder"] = field(default_factory=dict)
    digest: str = ""
    facts: str = ""  # what is known of it, as it is kept; the digest is of this
    shelved: str = ""  # the digest under which it was put on the shelf the last time


class Checked(NamedTuple):
    """When somebody last made sure that what is on the shelf is true, and the zone in which its readers tell time."""

    at: datetime
    zone: ZoneInfo


class Shelf:
    """One folder of sets, written by one program at a time and read by many."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._objects = folder / OBJECTS
        self._recent: list[frozenset[str]] = []  # the objects of the last sets
        self._places: dict[str, str] = {}  # path of a document -> the object that has its files
        self._documents: Mapping[str, Published] = {}
        self._root = _Folder()

    def documents(self) -> dict[str, Published]:
        """The documents of the current set by their path; none when there is no set, or none that this release can read."""
        self._forget()
        found: dict[str, Published] = {}
        places: dict[str, str] = {}
        objects: set[str] = set()
        try:
            root = current_object(self.folder)
            for digest, documents, _folders in walk(self.folder, root) if root else ():
                objects.add(digest)
                found.update((document.path, document) for document in documents)
                places.update((document.path, digest) for document in documents)
        except (OSError, ValueError, KeyError):
            return {}
        self._recent, self._places = [frozenset(objects)], places
        return found

    def put(self, documents: Mapping[str, Published], bodies: Mapping[str, Mapping[str, bytes]]) -> int:
        """Makes these the current set; `bodies` has the forms of those that the set before did not have. Returns files written.

        All of it is on disk when the set changes hands. Only folders in which something is different are made, and in them
        only files that are new. Raises OSError when the disk does not take it; the set before then stays.
        """
        prepare(self.folder)
        try:
            changed = self._change(documents)
            drafts, files = self._drafts(changed, bodies)
            if drafts:
                make_last(self.folder, [*files, *drafts.values()])
                for digest, draft in drafts.items():
                    draft.rename(self._objects / digest)
                make_last(self.folder, [self._objects])
            if current_object(self.folder) != self._root.digest:
                self._change_hands(self._root.digest)
        except BaseException:
            self._root, self._documents = _Folder(), {}  # what was meant to be is not what is there
            raise
        for folder in changed:
            folder.shelved = folder.digest
            self._places.update((each.path, folder.digest) for each in folder.documents.values())
        self._recent = [*self._recent, frozenset(each.digest for each in _deepest_first(self._root))][-_KEPT_SETS:]
        return len(files)

    def _forget(self) -> None:
        self._recent, self._places, self._documents, self._root = [], {}, {}, _Folder()

    def _change(self, documents: Mapping[str, Published]) -> list[_Folder]:
        """Brings the tree to these documents; returns the folders in which something is different, the deepest first."""
        changed = [each for path, each in documents.items() if self._documents.get(path) is not each]
        gone = [each for path, each in self._documents.items() if path not in documents]
        for document in (*gone, *changed):
            names, name = place_of(document.path, is_page=is_page(document))
            folder = self._root
            folder.digest = ""
            for each in names:
                folder = folder.folders.setdefault(each, _Folder())
                folder.digest = ""
            if document.path in documents:
                folder.documents[name] = document
            else:
                folder.documents.pop(name, None)
        _drop_empty(self._root)
        found = [folder for folder in _deepest_first(self._root) if not folder.digest]
        for folder in found:
            folder.facts = _facts_of(folder)
            folder.digest = hashlib.sha256(folder.facts.encode()).hexdigest()[:32]
        self._documents = dict(documents)
        return found

    def _drafts(
        self, folders: Iterable[_Folder], bodies: Mapping[str, Mapping[str, bytes]]
    ) -> tuple[dict[str, Path], list[Path]]:
        """A draft for each of the folders that is not on the shelf yet, by its digest; and the files written in them."""
        drafts: dict[str, Path] = {}
        files: list[Path] = []
        for folder in folders:
            if not self._is_there(folder):
                drafts[folder.digest] = self._draft(folder, bodies, files)
        return drafts, files

    def check(self, at: datetime, zone: ZoneInfo) -> None:
        """Writes down that what is on the shelf was true at `at`, and the zone in which its readers tell time."""
        prepare(self.folder)
        draft = self.folder / f".{CHECKED}"
        draft.write_text(json.dumps({"checked_at": at.isoformat(), "zone": zone.key}))
        draft.chmod(_FILE_MODE)
        draft.replace(self.folder / CHECKED)

    def tidy(self) -> int:
        """Removes the folders that none of the last few sets has, and what a killed writer left. Returns how many."""
        wanted = frozenset[str]().union(*self._recent)
        root = current_object(self.folder)
        if root is None or root not in wanted:
            return 0
        gone = [each for each in self._objects.iterdir() if each.name not in wanted]
        for each in gone:
            shutil.rmtree(each, ignore_errors=True)
        return len(gone)

    def _draft(self, folder: _Folder, bodies: Mapping[str, Mapping[str, bytes]], files: list[Path]) -> Path:
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
            self._lead(draft / name, self._objects / folder.shelved / name, inner)
        facts = draft / FACTS
        _write(facts, folder.facts.encode(), None)
        files.append(facts)
        return draft

    def _lead(self, place: Path, before: Path, inner: _Folder) -> None:
        """Makes the way to a folder that lies in another one; one that leads there already needs no file of its own."""
        if inner.shelved == inner.digest:
            try:
                os.link(before, place, follow_symlinks=False)
            except OSError:  # a disk that cannot, or a link too many
                pass
            else:
                return
        place.symlink_to(f"../{inner.digest}", target_is_directory=True)

    def _is_there(self, folder: _Folder) -> bool:
        """Whether the folder is on the shelf. One that is there under its name with something else in it is put away."""
        place = self._objects / folder.digest
        if any(folder.digest in objects for objects in self._recent):
            return True
        try:
            if (place / FACTS).read_text() == folder.facts:
                return True
        except (OSError, UnicodeDecodeError):
            pass
        if place.exists():
            place.rename(self._objects / f".damaged-{folder.digest}")
        return False

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
        make_last(self.folder, [self.folder])


def prepare(folder: Path) -> None:
    """Makes the folder of sets, so that a web server of another user can read what will be in it."""
    for each in (folder, folder / OBJECTS):
        if not each.is_dir():
            each.mkdir(parents=True, exist_ok=True)
            each.chmod(_FOLDER_MODE)


def checked(folder: Path) -> Checked | None:
    """What was last written down by `Shelf.check`; None when nobody did, or not in our way."""
    try:
        said = json.loads((folder / CHECKED).read_bytes())
        return Checked(datetime.fromisoformat(said["checked_at"]), ZoneInfo(said["zone"]))
    except (OSError, ValueError, KeyError, TypeError):
        return None


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


def _drop_empty(folder: _Folder) -> None:
    for name, inner in list(folder.folders.items()):
        if not inner.digest:
            _drop_empty(inner)
            if not inner.documents and not inner.folders:
                del folder.folders[name]


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

"""Published documents in memory, ready to be sent: each by its address, in each form, with its headers as they go out."""

from collections.abc import Iterable
from datetime import UTC, datetime
from email.utils import format_datetime
from pathlib import Path
from urllib.parse import parse_qsl
from zoneinfo import ZoneInfo

from portal.publication.published import CODINGS, FORMS, Published
from portal.publication.shelf import OBJECTS, is_page, place_of
from portal.publication.stale import TURNS
from portal.web.codings import coded

Headers = list[tuple[str, str]]
_ONLY_OF_A_BODY = frozenset({"Content-Type", "Last-Modified"})


class Form:
    """One form of a document: its bytes, and the headers of 200 and of 304 as they go out."""

    __slots__ = ("body", "etag", "headers", "headers_unchanged")

    def __init__(self, body: bytes, etag: str, common: Headers, coding: str) -> None:
        self.body = [body]
        self.etag = etag
        self.headers_unchanged = [*((name, value) for name, value in common if name not in _ONLY_OF_A_BODY), ("ETag", etag)]
        self.headers = [*common, ("ETag", etag), ("Content-Length", str(len(body)))]
        if coding:
            self.headers.append(("Content-Encoding", coding))


class Entry:
    """A document at its address. Its bytes are read when they are first asked for, and stay."""

    __slots__ = ("_common", "_etag", "_folder", "_forms", "_name", "codings", "document", "last_modified")

    def __init__(self, document: Published, folder: Path) -> None:
        """`folder` is the one on the shelf that holds the document's files."""
        self.document = document
        self.codings = frozenset(CODINGS if "gzip" in document.forms else document.forms)
        self.last_modified: datetime | None = document.last_modified.replace(microsecond=0)
        self._name = place_of(document.path, is_page=is_page(document))[1]
        self._folder = folder
        self._etag = document.etag
        self._common: Headers = list(document.headers.items())
        self._common.append(("Last-Modified", format_datetime(document.last_modified.astimezone(UTC), usegmt=True)))
        self._forms: dict[str, Form] = {}

    def form(self, coding: str) -> Form:
        """The document in one of its `codings`. Raises OSError when its file is gone."""
        found = self._forms.get(coding)
        if found is None:
            found = self._forms[coding] = self._form(coding)
        return found

    def _form(self, coding: str) -> Form:
        return Form(self._body(coding), f'"{self._etag}-{coding}"' if coding else f'"{self._etag}"', self._common, coding)

    def _body(self, coding: str) -> bytes:
        if coding in self.document.forms:
            return (self._folder / f"{self._name}{FORMS[coding]}").read_bytes()
        return coded((self._folder / self._name).read_bytes(), coding)  # so few ask for it that it is made for the first who does

    def is_meant(self, query: str) -> bool:
        """Whether this document answers an address with these parameters: any that it does not know change nothing."""
        reads = self.document.reads
        return not reads or not any(name in reads for name, _ in parse_qsl(query, keep_blank_values=True))


class StaleEntry(Entry):
    """The same document, saying that this is the last known state. It is made when it is first asked for."""

    __slots__ = ("_as_of", "_language", "_turn", "_zone")

    def __init__(self, entry: Entry, as_of: datetime, zone: ZoneInfo, language: str) -> None:
        super().__init__(entry.document, entry._folder)  # noqa: SLF001 - of its own class
        self.codings = frozenset({"", "gzip"} if "gzip" in entry.codings else {""})
        self.last_modified = None
        self._turn, self._as_of, self._zone, self._language = TURNS[entry.document.stale], as_of, zone, language
        self._etag = f"{self._etag}-{as_of.timestamp():.0f}"
        changed = {"Cache-Control": "no-cache"}
        self._common = [(name, changed.get(name, value)) for name, value in entry.document.headers.items()]

    def is_of(self, entry: Entry, as_of: datetime) -> bool:
        """Whether it says the same document old as of the same instant."""
        return self.document is entry.document and self._as_of == as_of

    def _body(self, coding: str) -> bytes:
        return coded(self._turn((self._folder / self._name).read_bytes(), self._as_of, self._zone, self._language), coding)


Table = dict[str, Entry]


def entries_of(folder: Path, digest: str, documents: Iterable[Published]) -> list[Entry]:
    """The entries of one folder of a set."""
    return [Entry(document, folder / OBJECTS / digest) for document in documents]


def addresses_of(entry: Entry) -> tuple[str, ...]:
    """The paths at which a document is found: of a page also the one with or without a slash at its end."""
    path = entry.document.path
    if not is_page(entry.document) or path == "/":
        return (path,)
    return (path, path[:-1] if path.endswith("/") else f"{path}/")

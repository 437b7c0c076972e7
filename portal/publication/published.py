"""A document as it is kept: all that is known of it but its bytes, and how that is written down. Pure.

Who serves documents needs nothing but this, and so neither Flask nor a database.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

# The forms in which a document lies on the shelf, by content coding, and the end of the names of their files.
FORMS: Mapping[str, str] = {"br": ".br", "gzip": ".gz", "": ""}
CODINGS = ("br", "zstd", "gzip", "")  # in which documents are served, in the order in which we like to


@dataclass(frozen=True)
class Published:
    """All that is known of a document but its bytes: those lie in files, one for each of `forms`.

    `headers` are those of every form; `etag` is that of the plain form, without quotation marks. `line` is the same as JSON.
    """

    path: str
    basis: str
    built_at: datetime
    true_until: datetime | None
    reads: tuple[str, ...]
    stale: str
    etag: str
    last_modified: datetime
    headers: Mapping[str, str]
    forms: tuple[str, ...]
    line: str

    def holds(self, basis: str, now: datetime) -> bool:
        """Whether it is still what a plan with this basis would make at `now`, also when the clock was set back."""
        return self.basis == basis and self.built_at <= now and (self.true_until is None or now < self.true_until)

    def ending(self, at: datetime) -> "Published":
        """The same document, of which it is known that it is not true beyond `at`."""
        if self.true_until is not None and self.true_until <= at:
            return self
        return read(json.dumps({**json.loads(self.line), "true_until": at.isoformat()}, separators=(",", ":")))


def read(line: str) -> Published:
    """The document that this line of JSON tells of. Raises ValueError and KeyError for a line that none of ours wrote."""
    facts = json.loads(line)
    return Published(
        path=facts["path"],
        basis=facts["basis"],
        built_at=datetime.fromisoformat(facts["built_at"]),
        true_until=datetime.fromisoformat(facts["true_until"]) if facts["true_until"] else None,
        reads=tuple(facts["reads"]),
        stale=facts["stale"],
        etag=facts["etag"],
        last_modified=datetime.fromisoformat(facts["last_modified"]),
        headers=facts["headers"],
        forms=tuple(facts["forms"]),
        line=line,
    )


def language_of(path: str) -> str:
    """The language of the document at this path."""
    return "en" if path == "/en" or path.startswith("/en/") else "nl"

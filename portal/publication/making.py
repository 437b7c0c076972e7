"""How a document becomes one that is kept: what is planned, and every form in which it is served."""

import gzip
import hashlib
import json
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import brotli

from portal.publication.published import Published, read
from portal.web.documents import Document

# Beyond these levels a page costs more time than it saves bytes.
_GZIP_LEVEL, _BROTLI_QUALITY = 6, 4


@dataclass(frozen=True)
class Planned:
    """A document that the public is to have: its address, what its bytes depend on, and how it is made.

    Two plans with the same `basis` make the same bytes until the clock makes them untrue. `reads` names parameters of the
    address with which another document is meant. `stale` names how it is told apart when it is too old (see
    portal.publication.stale); "" when it never is. Lower ranks are made first.
    """

    path: str
    basis: str
    make: Callable[[], Document]
    reads: tuple[str, ...] = ()
    stale: str = ""
    rank: int = 1


def publish(
    planned: Planned, document: Document, now: datetime, *, before: Published | None = None, is_secure: bool
) -> tuple[Published, dict[str, bytes]]:
    """The document as it is kept, and the bytes of each of its forms; `before` is the one that is published now.

    One that does not say itself when it last changed is dated by when its bytes did.
    """
    bodies = forms_of(document)
    same_since = before.last_modified if before is not None and before.etag == document.etag else None
    last_modified = document.last_modified or same_since or now
    facts: dict[str, Any] = {
        "path": planned.path,
        "basis": planned.basis,
        "built_at": now.isoformat(),
        "true_until": document.true_until.isoformat() if document.true_until else None,
        "reads": list(planned.reads),
        "stale": planned.stale,
        "etag": document.etag,
        "last_modified": last_modified.isoformat(),
        "headers": document.headers(is_secure=is_secure),
        "forms": list(bodies),
    }
    return read(json.dumps(facts, separators=(",", ":"))), bodies


def forms_of(document: Document) -> dict[str, bytes]:
    """The bytes by content coding; "" is the document itself. The same document gives the same bytes each time.

    Pages, style sheets and scripts have brotli as well, which browsers take; feed readers and programs take gzip.
    """
    body = document.body
    if not document.is_compressible:
        return {"": body}
    forms = {"": body, "gzip": gzip.compress(body, _GZIP_LEVEL, mtime=0)}
    if document.content_type.startswith("text/"):
        forms["br"] = brotli.compress(body, quality=_BROTLI_QUALITY)
    return forms


def basis(*parts: object) -> str:
    """A short name for values: the same for equal ones. Values must say all of themselves in their repr."""
    return hashlib.sha256(repr(parts).encode()).hexdigest()[:24]

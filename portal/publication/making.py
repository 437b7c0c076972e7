"""How a document becomes one that is kept: what is planned, and every form in which it is served."""

import hashlib
import json
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from portal.publication.published import Published, read
from portal.web.codings import coded
from portal.web.documents import Document


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

    Text, which pages, style sheets and scripts are, has brotli as well, which browsers take; feed readers and programs take gzip.
    """
    if not document.is_compressible:
        codings = [""]
    elif document.content_type.startswith("text/"):
        codings = ["", "gzip", "br"]
    else:
        codings = ["", "gzip"]
    return {coding: coded(document.body, coding) for coding in codings}


def basis(*parts: object) -> str:
    """A short name for values: the same for equal ones. Values must say all of themselves in their repr."""
    return hashlib.sha256(repr(parts).encode()).hexdigest()[:24]

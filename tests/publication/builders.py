"""Documents for the shelf that no page had to be made for."""

from collections.abc import Mapping
from datetime import UTC, datetime

from portal.publication.making import Planned, publish
from portal.publication.shelf import Shelf
from portal.web.documents import Document

BUILT = datetime(2026, 3, 10, 13, 0, tzinfo=UTC)


def a_document(path: str, text: str, *, true_until: datetime | None = None, at: datetime = BUILT) -> Document:
    """A page, or a feed where the path has an end."""
    kind = "application/atom+xml" if "." in path else "text/html"
    return Document(text.encode(), f"{kind}; charset=utf-8", at, true_until=true_until)


def put(
    shelf: Shelf, texts: Mapping[str, str], *, stale: str = "", true_until: datetime | None = None, at: datetime = BUILT
) -> int:
    """Makes a set of documents with these texts by path the current one; returns how many files that took."""
    before = shelf.documents()
    documents, bodies = {}, {}
    for path, text in texts.items():
        document = a_document(path, text, true_until=true_until, at=at)
        planned = Planned(path, text, lambda document=document: document, stale=stale)  # type: ignore[misc]
        documents[path], forms = publish(planned, document, at, is_secure=False)
        if path not in before or before[path].etag != documents[path].etag:
            bodies[path] = forms
    return shelf.put(documents, bodies)

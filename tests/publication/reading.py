"""Reads what is on the shelf as a file server does, and makes sure that a set is complete."""

import hashlib
from pathlib import Path

from portal.publication import shelf
from portal.publication.published import FORMS, Published


def page(folder: Path, path: str) -> str:
    """The page at this path, as a file."""
    return (folder / shelf.CURRENT / path.strip("/") / "index.html").read_text()


def whole_set(folder: Path) -> dict[str, Published]:
    """The documents of the current set; fails unless each is there in every form and is what it says it is."""
    root = shelf.current_object(folder)
    assert root, "there is no set"
    found: dict[str, Published] = {}
    for digest, documents, folders in shelf.walk(folder, root):
        place = folder / shelf.OBJECTS / digest
        for name, inner in folders.items():
            assert (place / name).readlink() == Path(f"../{inner}")
        for document in documents:
            name = shelf.place_of(document.path, is_page=shelf.is_page(document))[1]
            body = (place / name).read_bytes()
            assert hashlib.sha256(body).hexdigest()[:32] == document.etag, document.path
            assert all((place / f"{name}{FORMS[form]}").stat().st_size for form in document.forms), document.path
            found[document.path] = document
    return found

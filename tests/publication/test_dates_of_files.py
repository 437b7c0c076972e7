"""File servers tell files apart by date and size alone, so two that follow each other never have the same date."""

from datetime import datetime, timedelta
from pathlib import Path

from portal.publication.making import Planned, publish
from portal.publication.shelf import CURRENT, Shelf
from portal.web.documents import Document


def put(shelf: Shelf, text: str, now: datetime, changed_at: datetime) -> float:
    """Publishes a page; the date of its file."""
    document = Document(text.encode(), "text/html; charset=utf-8", changed_at)
    published, forms = publish(Planned("/page", text, lambda: document), document, now, is_secure=True)
    shelf.put({"/page": published}, {"/page": forms})
    return (shelf.folder / CURRENT / "page" / "index.html").stat().st_mtime


def test_the_next_file_has_another_date_although_nothing_but_its_words_has_changed(tmp_path: Path, now: datetime) -> None:
    long_ago = now - timedelta(days=30)
    shelf = Shelf(tmp_path / "public")
    dates = [put(shelf, text, now, long_ago) for text in ("one", "two", "six")]
    assert dates == [now.timestamp(), now.timestamp() + 1, now.timestamp() + 2]
    later = Shelf(tmp_path / "public")
    assert later.documents()
    assert put(later, "ten", now, long_ago) == now.timestamp() + 3, "also for a publisher that was started anew"


def test_a_file_that_stays_as_it_was_keeps_its_date(tmp_path: Path, now: datetime) -> None:
    shelf = Shelf(tmp_path / "public")
    first = put(shelf, "one", now, now)
    assert put(shelf, "one", now, now) == first

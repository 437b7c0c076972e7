"""A document in memory: at which addresses, in which language, and for which parameters."""

from datetime import datetime
from pathlib import Path

import pytest

from portal.publication.choice import Choice
from portal.publication.keeper import Keeper
from portal.publication.published import FORMS, language_of
from portal.publication.shelf import current_object, facts_in
from portal.publication.table import Entry, addresses_of, entries_of
from tests.publication.visitor import A_PAGE, Press


@pytest.fixture
def press(tmp_path: Path, now: datetime) -> Press:
    return Press(tmp_path, now)


def entry_of(press: Press, folder: Path) -> Entry:
    """The one document at the top of the current set."""
    press.put()
    root = current_object(folder)
    assert root
    (entry,) = entries_of(folder, root, facts_in(folder, root)[0])
    return entry


@pytest.mark.parametrize(
    ("path", "kind", "addresses"),
    [
        ("/", "text/html; charset=utf-8", ("/",)),
        ("/theme.css", "text/css", ("/theme.css",)),
        ("/feed.atom", "application/atom+xml", ("/feed.atom",)),
    ],
)
def test_a_file_has_one_address(press: Press, tmp_path: Path, path: str, kind: str, addresses: tuple[str, ...]) -> None:
    press.add(path, A_PAGE, kind)
    assert addresses_of(entry_of(press, tmp_path)) == addresses


def test_a_page_is_found_with_and_without_a_slash(press: Press, tmp_path: Path, clock: object) -> None:
    press.add("/privacy", A_PAGE)
    press.add("/en/", A_PAGE)
    press.put()
    keeper = Keeper(tmp_path, clock)  # type: ignore[arg-type]
    keeper.look()
    assert set(keeper.table) == {"/privacy", "/privacy/", "/en/", "/en"}
    assert keeper.table["/en"] is keeper.table["/en/"]


@pytest.mark.parametrize(
    ("path", "language"), [("/", "nl"), ("/en", "en"), ("/en/", "en"), ("/en/privacy", "en"), ("/energie", "nl"), ("/x/en", "nl")]
)
def test_the_language_is_in_the_path(path: str, language: str) -> None:
    assert language_of(path) == language


def test_a_file_is_read_when_it_is_asked_for_and_not_again(press: Press, tmp_path: Path) -> None:
    press.add("/", A_PAGE)
    entry = entry_of(press, tmp_path)
    first = entry.form("")
    (tmp_path / "current" / "index.html").unlink()
    assert entry.form("") is first
    (tmp_path / "current" / "index.html.gz").unlink()
    with pytest.raises(FileNotFoundError):
        entry.form("gzip")


def test_what_visitors_accept_is_remembered_within_bounds() -> None:
    choice = Choice(most=10)
    for number in range(100):
        assert choice.best(f"gzip, x{number}", frozenset(FORMS)) == "gzip"
    assert choice.best("gzip" + ", padding" * 10_000, frozenset({""})) == ""
    assert len(choice._known) == 10
    assert Choice().best("br" + ", padding" * 10_000, frozenset(FORMS)) == "br"


def test_what_is_remembered_is_of_the_forms_that_there_are() -> None:
    choice = Choice()
    assert choice.best("br, gzip", frozenset(FORMS)) == "br"
    assert choice.best("br, gzip", frozenset({"", "gzip"})) == "gzip"
    assert choice.best("br, gzip", frozenset({""})) == ""

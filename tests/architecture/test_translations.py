"""Every text of the interface has its Dutch."""

import ast
from pathlib import Path

import pytest
from babel.messages.extract import extract_from_dir
from babel.messages.pofile import read_po

ROOT = Path(__file__).parent.parent.parent
METHODS = [("**.py", "python"), ("**.html", "jinja2")]
OPTIONS = {"**.html": {"trimmed": "true"}}
KEYWORDS = {"_": None, "_l": None, "gettext": None, "ngettext": (1, 2), "lazy_gettext": None, "to_translate": None}


def texts_in(folder: str) -> set[str]:
    found = extract_from_dir(ROOT / folder, METHODS, OPTIONS, KEYWORDS)
    return {(message[0] if isinstance(message, tuple) else message) for _file, _line, message, _notes, _context in found}


def dutch_in(catalogue: Path) -> set[str]:
    with catalogue.open(encoding="utf-8") as file:
        messages = list(read_po(file, locale="nl"))
    return {
        (m.id[0] if isinstance(m.id, tuple) else m.id)
        for m in messages
        if m.id and (all(m.string) if isinstance(m.string, tuple) else m.string) and not m.fuzzy
    }


@pytest.mark.parametrize("folder", ["portal", "templates"])
def test_every_text_has_its_dutch(folder: str) -> None:
    dutch = set[str]().union(*(dutch_in(path) for path in (ROOT / "translations").rglob("messages.po")))
    assert texts_in(folder) - dutch == set()


def test_no_text_hides_in_an_f_string_where_extraction_does_not_look() -> None:
    hidden = [
        f"{path.relative_to(ROOT)}:{node.lineno}"
        for path in (ROOT / "portal").rglob("*.py")
        for joined in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(joined, ast.JoinedStr)
        for node in ast.walk(joined)
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in KEYWORDS
    ]
    assert hidden == []


def test_the_same_text_has_the_same_dutch_in_every_catalogue() -> None:
    """Catalogues are merged when the portal runs: of two translations of one text, one would win unseen."""
    found: dict[str, set[str]] = {}
    for catalogue in (ROOT / "translations").rglob("messages.po"):
        with catalogue.open(encoding="utf-8") as file:
            for message in read_po(file, locale="nl"):
                if message.id:
                    found.setdefault(str(message.id), set()).add(str(message.string))
    assert {text: dutch for text, dutch in found.items() if len(dutch) > 1} == {}

"""The contracts that import-linter checks leave out nothing that they are about."""

import ast
import re
import tomllib
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).parent.parent.parent
MODULES = sorted((ROOT / "portal").rglob("*.py"))


def contract(beginning: str) -> dict[str, Any]:
    settings = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["importlinter"]
    found: dict[str, Any] = next(each for each in settings["contracts"] if each["name"].startswith(beginning))
    return found


def name_of(path: Path) -> str:
    return ".".join(path.relative_to(ROOT).with_suffix("").parts)


def is_said_to_be_pure(path: Path) -> bool:
    said = ast.get_docstring(ast.parse(path.read_text())) or ""
    return path.name == "rules.py" or "Pure" in said


def test_every_module_that_says_it_is_pure_is_held_to_it() -> None:
    claims = {name_of(path) for path in MODULES if is_said_to_be_pure(path)}
    assert len(claims) > 20
    assert claims - set(contract("Rules are pure")["source_modules"]) == set()


def test_every_feature_with_tables_is_layered() -> None:
    features = {name_of(path.parent) for path in MODULES if path.name in {"models.py", "store.py"}}
    assert features - set(contract("Inside a feature")["containers"]) == set()


@pytest.mark.parametrize("path", sorted((ROOT / "migrations").rglob("*.py")), ids=lambda path: path.name)
def test_a_migration_says_by_itself_what_it_does(path: Path) -> None:
    assert not re.search(r"^\s*(from|import) portal\b", path.read_text(), re.MULTILINE), "what it imports will change"

"""No page of the console is open by mistake, and nothing changes by following a link."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from flask import Flask
from werkzeug.routing import Rule

from portal.events.sentences import SENTENCES
from portal.incidents.rules import IncidentKind, State
from portal.staff.rules import Permission

ROOT = Path(__file__).parent.parent.parent
DOORS = {
    "staff_console.start": "only leads on",
    "staff_console.sign_in": "the door itself",
    "staff_console.try_sign_in": "the door itself",
    "staff_console.invitation": "for who has no pass phrase yet",
    "staff_console.welcome": "for who has no pass phrase yet",
    "staff_console.accept": "for who has no pass phrase yet",
    "setup_console.page": "before there is anybody; asks for the code",
    "setup_console.set_up": "before there is anybody; asks for the code",
}
STEPS = {
    IncidentKind.INCIDENT: [State.RESOLVED],
    IncidentKind.MAINTENANCE: [State.COMPLETED, State.CANCELLED],
}
OTHERS_WORDS = {"message.created"}  # what a webhook calls its message
WITHOUT_PROOF = {
    "look_up": "needs no cookie, and refuses other sites by itself",
}


def console(app: Flask) -> Iterator[Rule]:
    return (rule for rule in app.url_map.iter_rules() if rule.rule.startswith("/console"))


def test_every_page_of_the_console_requires_a_permission(app: Flask) -> None:
    required = {
        rule.endpoint: getattr(app.view_functions[rule.endpoint], "required_permission", None)
        for rule in console(app)
        if rule.endpoint not in DOORS
    }
    assert len(required) > 10
    assert {endpoint for endpoint, permission in required.items() if permission is None} == set()
    assert {str(permission) for permission in required.values()} <= {*Permission, "any member"}


def test_every_door_is_still_there(app: Flask) -> None:
    assert set(DOORS) <= {rule.endpoint for rule in console(app)}, "an exception that excepts nothing"


def test_a_visitor_gets_into_no_page_of_the_console(app: Flask) -> None:
    client = app.test_client()
    for rule in console(app):
        if rule.endpoint in DOORS or "GET" not in (rule.methods or ()):
            continue
        path = re.sub(r"<(?:[a-z]+(?:\([^)]*\))?:)?[^>]+>", "1", rule.rule)
        response = client.get(path)
        assert (response.status_code, response.headers["Location"].partition("?")[0]) == (303, "/console/sign-in"), rule


def test_every_post_asks_for_the_proof_that_the_form_is_ours(app: Flask) -> None:
    client = app.test_client()
    for rule in app.url_map.iter_rules():
        if "POST" not in (rule.methods or ()) or rule.rule.startswith(("/hooks/", "/api/")):
            continue
        if rule.endpoint.rpartition(".")[2] in WITHOUT_PROOF and not rule.rule.startswith("/console"):
            continue
        path = re.sub(r"<(?:[a-z]+(?:\([^)]*\))?:)?[^>]+>", "1", rule.rule)
        assert client.post(path).status_code == 400, f"{rule} takes a form from another site"


def views() -> list[Path]:
    found = [path for path in (ROOT / "portal").rglob("*.py") if "blueprint" in path.read_text().lower()]
    return [path for path in found if path.name not in {"app.py", "pages.py"}]


@pytest.mark.parametrize("path", views(), ids=lambda path: str(path.relative_to(ROOT)))
def test_no_view_that_answers_a_get_opens_a_transaction(path: Path) -> None:
    for function in ast.walk(ast.parse(path.read_text())):
        if not isinstance(function, ast.FunctionDef):
            continue
        routes = [ast.unparse(decorator) for decorator in function.decorator_list]
        if any(".get(" in route for route in routes):
            calls = {ast.unparse(node.func) for node in ast.walk(function) if isinstance(node, ast.Call)}
            assert "transaction" not in calls, f"{function.name} changes something on GET"


def kinds() -> set[str]:
    """The kinds of events that the code writes out: what reads like one, wherever it stands."""
    nouns = "|".join({kind.partition(".")[0] for kind in SENTENCES})
    found = set()
    for path in (ROOT / "portal").rglob("*.py"):
        constants = (node.value for node in ast.walk(ast.parse(path.read_text())) if isinstance(node, ast.Constant))
        found |= {str(value) for value in constants if re.fullmatch(rf"({nouns})\.[a-z_]+", str(value))}
    return found - OTHERS_WORDS | {f"{kind}.{step}" for kind, steps in STEPS.items() for step in ("updated", "reopened", *steps)}


def test_every_kind_of_event_is_told_in_words() -> None:
    assert len(kinds()) > 40
    assert kinds() - set(SENTENCES) == set()

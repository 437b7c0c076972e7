import psycopg
import pytest
from flask import Flask
from sqlalchemy.exc import IntegrityError, InternalError, OperationalError

from portal.errors import Conflict, Fault, Invalid, NotFound, PortalError, Refused, Unavailable


@pytest.fixture
def failing(app: Flask) -> list[Exception]:
    """An application with two routes, /fails and /hooks/fails, that raise what is put in this list."""
    errors: list[Exception] = [RuntimeError("secret detail")]

    def fail() -> str:
        raise errors[0]

    app.add_url_rule("/fails", "fails", fail)
    app.add_url_rule("/hooks/fails", "hooks_fail", fail)
    return errors


@pytest.mark.parametrize(
    ("error", "status"),
    [
        (NotFound("There is no such case."), 404),
        (Refused("Only for managers."), 403),
        (Conflict("Changed meanwhile."), 409),
        (Invalid("due_on", "30-2", "a day that exists"), 422),
        (Unavailable("The database does not answer."), 503),
        (RuntimeError("secret detail"), 500),
    ],
)
def test_each_kind_of_error_has_its_status_for_people_and_for_programs(
    app: Flask, failing: list[Exception], error: PortalError, status: int
) -> None:
    failing[0] = error
    page, problem = app.test_client().get("/fails"), app.test_client().get("/hooks/fails")
    assert (page.status_code, page.mimetype) == (status, "text/html")
    assert (problem.status_code, problem.mimetype) == (status, "application/problem+json")
    assert problem.get_json()["status"] == status
    assert "secret detail" not in page.text + problem.text


def test_a_problem_names_each_field_its_value_and_what_would_be_right(app: Flask, failing: list[Exception]) -> None:
    failing[0] = Invalid.many([Fault("text", "", "some words"), Fault("created_at", "soon", "an ISO 8601 time")])
    errors = app.test_client().get("/hooks/fails").get_json()["errors"]
    assert errors == [
        {"field": "text", "value": "''", "expected": "some words"},
        {"field": "created_at", "value": "'soon'", "expected": "an ISO 8601 time"},
    ]


def test_a_database_that_does_not_answer_is_a_503_that_says_when_to_try_again(app: Flask, failing: list[Exception]) -> None:
    failing[0] = OperationalError("SELECT secret", {}, Exception("no such host"))
    answer = app.test_client().get("/fails")
    assert answer.status_code == 503
    assert int(answer.headers["Retry-After"]) > 0
    assert "SELECT" not in answer.text


def test_a_read_only_database_is_a_503_and_a_statement_that_is_wrong_is_ours(app: Flask, failing: list[Exception]) -> None:
    failing[0] = InternalError("UPDATE secret", {}, psycopg.errors.ReadOnlySqlTransaction())
    assert app.test_client().get("/fails").status_code == 503
    failing[0] = IntegrityError("UPDATE secret", {}, psycopg.errors.UniqueViolation())
    assert app.test_client().get("/fails").status_code == 500


def test_a_wrong_method_says_which_ones_are_right(app: Flask, failing: list[Exception]) -> None:
    answer = app.test_client().put("/hooks/fails")
    assert answer.status_code == 405
    assert "GET" in answer.headers["Allow"]
    assert answer.mimetype == "application/problem+json"


@pytest.mark.parametrize("path", ["/nowhere", "/en/nowhere", "/fails"])
def test_every_answer_carries_the_headers_that_protect_it(app: Flask, failing: list[Exception], path: str) -> None:
    headers = app.test_client().get(path).headers
    assert "default-src 'none'" in headers["Content-Security-Policy"]
    assert "unsafe" not in headers["Content-Security-Policy"]
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert headers["Cache-Control"] == "no-store", "an error is not to be kept"
    assert "Set-Cookie" not in headers

"""Errors as answers: a page in the portal's own look for people, problem details (RFC 9457) for programs."""

from http import HTTPStatus
from typing import Any

from flask import Flask, Response, current_app, request
from flask_wtf.csrf import CSRFError
from sqlalchemy.exc import DBAPIError
from sqlalchemy.exc import TimeoutError as NoConnection
from werkzeug.exceptions import HTTPException

from portal.db import is_passing
from portal.errors import Conflict, Invalid, NotFound, PortalError, Refused, Unavailable
from portal.web.documents import Document, page_document
from portal.web.pages import render
from portal.web.problems import MIMETYPE, named, problem_document

_STATUS = {
    NotFound: HTTPStatus.NOT_FOUND,
    Refused: HTTPStatus.FORBIDDEN,
    Conflict: HTTPStatus.CONFLICT,
    Invalid: HTTPStatus.UNPROCESSABLE_ENTITY,
    Unavailable: HTTPStatus.SERVICE_UNAVAILABLE,
}
_RETRY_AFTER_SECONDS = "30"


def init_app(app: Flask) -> None:
    app.log_exception = _log  # type: ignore[method-assign] # Flask's own writes the path, which may hold a claim link
    app.register_error_handler(PortalError, _portal_error)
    app.register_error_handler(CSRFError, _forged)
    app.register_error_handler(HTTPException, _http_error)
    app.register_error_handler(DBAPIError, _database_error)
    app.register_error_handler(NoConnection, _database_away)


def _log(exc_info: Any, _context: object = None) -> None:
    current_app.logger.error("A request failed: %s %s", request.method, request.endpoint, exc_info=exc_info)


def problem(status: HTTPStatus, detail: str, **members: object) -> Response:
    """A problem document as an answer."""
    return Response(problem_document(status, detail, **members), status, content_type=MIMETYPE)


def unavailable_page() -> Document:
    """What a server in front says when there is no application to ask: the same page that the application has for it."""
    return page_document("web/error.html", status=HTTPStatus.SERVICE_UNAVAILABLE, message="", faults=())


def _portal_error(error: PortalError) -> Response:
    status = next((code for kind, code in _STATUS.items() if isinstance(error, kind)), HTTPStatus.INTERNAL_SERVER_ERROR)
    faults = error.faults if isinstance(error, Invalid) else ()
    if _wants_problem():
        response = problem(status, error.message, **({"errors": named(faults)} if faults else {}))
    else:
        response = _page(status, error.message if faults else "", faults)
    if status is HTTPStatus.SERVICE_UNAVAILABLE:
        response.headers["Retry-After"] = _RETRY_AFTER_SECONDS
    return response


def _forged(_error: CSRFError) -> Response:
    """A form that was open for too long: the way out is to open it again."""
    return _page(HTTPStatus.BAD_REQUEST, "")


def _http_error(error: HTTPException) -> Response:
    if error.response is not None or (error.code or 500) < HTTPStatus.BAD_REQUEST:
        return current_app.make_response(error.get_response())
    status = HTTPStatus(error.code or 500)
    response = problem(status, error.description or status.phrase) if _wants_problem() else _page(status, "")
    for name, value in error.get_headers():
        if name in {"Allow", "Retry-After"}:
            response.headers[name] = value
    return response


def _database_error(error: DBAPIError) -> Response:
    """A database that is away, locked, full or read-only is no fault of ours; a statement that it does not take is."""
    if not is_passing(error):
        raise error
    return _database_away(error)


def _database_away(error: Exception) -> Response:
    current_app.logger.error("The database does not answer", exc_info=error)
    return _portal_error(Unavailable("The database does not answer. Please try again in a moment."))


def _wants_problem() -> bool:
    if request.path.startswith(("/hooks/", "/api/")) or request.path.endswith(".json"):
        return True
    best = request.accept_mimetypes.best_match(["text/html", "application/json", "application/problem+json"])
    return bool(request.accept_mimetypes) and best is not None and best != "text/html"


def _page(status: HTTPStatus, message: str, faults: object = ()) -> Response:
    try:
        body = render("web/error.html", status=status, message=message, faults=faults)
    except Exception:
        current_app.logger.exception("The error page itself failed")
        body = f"<!doctype html><title>{status.value}</title><h1>{status.value} {status.phrase}</h1>"
    return Response(body, status, content_type="text/html; charset=utf-8")

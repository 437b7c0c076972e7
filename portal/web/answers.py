"""The answers of a view that is not public: a page that is shown, the way to a page, and the part that htmx swaps."""

from http import HTTPStatus
from typing import Any

import flask
from flask import Response
from flask_htmx import HTMX

from portal.web.pages import render

htmx = HTMX()

_HTML = "text/html; charset=utf-8"


def shown(template: str, status: HTTPStatus = HTTPStatus.OK, **values: Any) -> Response:
    """A page for one person: kept by no cache."""
    return Response(render(template, **values), status, content_type=_HTML)


def see_other(address: str) -> Response:
    """303: the form was taken, here is where to look."""
    answer = flask.redirect(address, HTTPStatus.SEE_OTHER)
    assert isinstance(answer, Response)
    return answer


def wants_part() -> bool:
    """Whether htmx asks for a part of the page, and not for a whole one to restore from its history."""
    return bool(htmx) and not htmx.history_restore_request


def changed(part: str, address: str, **values: Any) -> Response:
    """What a POST answers: the changed part to htmx, and 303 to everyone else."""
    return shown(part, **values) if wants_part() else see_other(address)

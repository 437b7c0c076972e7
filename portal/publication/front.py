"""A thin WSGI application in front of another one: what is published it answers from memory, all else it hands on.

It knows nothing of Flask. For what everybody asks, one look in a dictionary and one comparison are all there is to do.
"""

import json
from collections.abc import Iterable
from contextlib import suppress
from typing import TYPE_CHECKING

from portal.publication.keeper import Keeper
from portal.publication.shelf import CHECKED
from portal.publication.table import Choice, Entry, Form, is_unchanged, range_of

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment

_CHECKED = f"/{CHECKED}"
_NOT_ACCEPTABLE = b"This document cannot be had in a form that you accept.\n"


class Front:
    """The application. GET and HEAD with conditions, ranges and content codings; the same bytes for everybody."""

    def __init__(self, app: "WSGIApplication", keeper: Keeper) -> None:
        self._app = app
        self._keeper = keeper
        self._choice = Choice()

    def __call__(self, environ: "WSGIEnvironment", start_response: "StartResponse") -> Iterable[bytes]:
        method = environ["REQUEST_METHOD"]
        if method in {"GET", "HEAD"}:
            path, query = environ["PATH_INFO"], environ.get("QUERY_STRING", "")
            entry = self._keeper.table.get(path)
            if entry is not None and (not query or entry.is_meant(query)):
                with suppress(OSError):  # a file that somebody removed by hand: the application can still make the page
                    return self._answer(entry, environ, start_response, with_body=method == "GET")
            elif path == _CHECKED:
                return self._checked(start_response, with_body=method == "GET")
        return self._app(environ, start_response)

    def _answer(
        self, entry: Entry, environ: "WSGIEnvironment", start_response: "StartResponse", *, with_body: bool
    ) -> Iterable[bytes]:
        coding = self._choice.best(environ.get("HTTP_ACCEPT_ENCODING", ""), entry.codings)
        if coding is None:
            return _refuse(start_response)
        form = entry.form(coding)
        if ("HTTP_IF_NONE_MATCH" in environ or "HTTP_IF_MODIFIED_SINCE" in environ) and is_unchanged(
            form, entry.last_modified, environ
        ):
            start_response("304 Not Modified", form.headers_unchanged)
            return []
        if with_body and "HTTP_RANGE" in environ:
            return _part(entry, form, environ, start_response)
        start_response("200 OK", form.headers)
        return form.body if with_body else []

    def _checked(self, start_response: "StartResponse", *, with_body: bool) -> Iterable[bytes]:
        """When somebody last made sure, for the pages' own script."""
        at = self._keeper.checked_at
        body = json.dumps({"checked_at": at.isoformat() if at else None}).encode()
        headers = [("Content-Type", "application/json"), ("Content-Length", str(len(body))), ("Cache-Control", "no-store")]
        start_response("200 OK", [*headers, ("X-Content-Type-Options", "nosniff")])
        return [body] if with_body else []


def _part(entry: Entry, form: Form, environ: "WSGIEnvironment", start_response: "StartResponse") -> Iterable[bytes]:
    wanted = range_of(form, entry.last_modified, environ)
    body = form.body[0]
    if wanted is None:
        start_response("200 OK", form.headers)
        return form.body
    if isinstance(wanted, str):
        start_response("416 Range Not Satisfiable", [("Content-Range", f"bytes */{len(body)}"), ("Content-Length", "0")])
        return []
    first, end = wanted
    headers = [(name, value) for name, value in form.headers if name != "Content-Length"]
    headers += [("Content-Range", f"bytes {first}-{end - 1}/{len(body)}"), ("Content-Length", str(end - first))]
    start_response("206 Partial Content", headers)
    return [body[first:end]]


def _refuse(start_response: "StartResponse") -> Iterable[bytes]:
    headers = [("Content-Type", "text/plain; charset=utf-8"), ("Content-Length", str(len(_NOT_ACCEPTABLE)))]
    start_response("406 Not Acceptable", [*headers, ("Vary", "Accept-Encoding"), ("Cache-Control", "no-store")])
    return [_NOT_ACCEPTABLE]

"""A thin WSGI application in front of another one: what is published it answers from memory, all else it hands on.

It knows nothing of Flask. For what everybody asks, a few looks in dictionaries are all there is to do.
"""

import json
from collections.abc import Iterable
from contextlib import nullcontext, suppress
from typing import TYPE_CHECKING

from portal.errors import Unavailable
from portal.publication.choice import Choice, is_unchanged, range_of
from portal.publication.keeper import Keeper
from portal.publication.places import Places
from portal.publication.shelf import CHECKED
from portal.publication.table import Entry, Form, Headers

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment

_READING = frozenset({"GET", "HEAD"})
_CHECKED = f"/{CHECKED}"
_ALIVE = "/healthz"  # whether the process lives: who watches it must not end it for the sake of its database
_UNAVAILABLE = b"This page cannot be shown now. Please try again in a moment.\n"
_NOT_ACCEPTABLE = b"This document cannot be had in a form that you accept.\n"


class Front:
    """The application. GET and HEAD with conditions, ranges and content codings; the same bytes for everybody.

    `policy` are the headers of its own answers that are no document; a document brings them along. When there is no place
    with the application, or it raises Unavailable, the visitor is told so with the page that was published for it.
    """

    def __init__(self, app: "WSGIApplication", keeper: Keeper, policy: Headers, places: Places) -> None:
        self._app = app
        self._keeper = keeper
        self._places = places
        self._choice = Choice()
        self._own = [*policy, ("Cache-Control", "no-store")]

    def __call__(self, environ: "WSGIEnvironment", start_response: "StartResponse") -> Iterable[bytes]:
        if environ["REQUEST_METHOD"] in _READING:
            path, query = environ["PATH_INFO"], environ.get("QUERY_STRING")
            entry = self._keeper.table.get(path)
            if entry is None:
                if path == _CHECKED:
                    return self._checked(environ, start_response)
            elif not query or entry.is_meant(query):
                try:
                    return self._answer(entry, environ, start_response)
                except OSError:  # a file that somebody removed by hand: the application can still make the page
                    pass
        return self._ask(environ, start_response)

    def _ask(self, environ: "WSGIEnvironment", start_response: "StartResponse") -> Iterable[bytes]:
        is_about_us = environ["PATH_INFO"] == _ALIVE
        try:
            with nullcontext(True) if is_about_us else self._places.one() as has_place:
                if has_place:
                    return self._app(environ, start_response)
        except Unavailable:  # it could not be loaded, for its database or for its settings
            if is_about_us:
                return self._say(
                    "200 OK", [("Content-Type", "application/json")], b'{"status": "alive"}', environ, start_response
                )
        return self._unavailable(environ, start_response)

    def _unavailable(self, environ: "WSGIEnvironment", start_response: "StartResponse") -> Iterable[bytes]:
        entry = self._keeper.table.get("/en/unavailable" if environ["PATH_INFO"].startswith("/en/") else "/unavailable")
        kind, body = "text/plain; charset=utf-8", _UNAVAILABLE
        with suppress(OSError):
            if entry is not None:
                kind, body = entry.document.headers["Content-Type"], entry.form("").body[0]
        headers = [("Content-Type", kind), ("Retry-After", "10")]
        return self._say("503 Service Unavailable", headers, body, environ, start_response)

    def _answer(self, entry: Entry, environ: "WSGIEnvironment", start_response: "StartResponse") -> Iterable[bytes]:
        coding = self._choice.best(environ.get("HTTP_ACCEPT_ENCODING", ""), entry.codings)
        if coding is None:
            kind = [("Content-Type", "text/plain; charset=utf-8"), ("Vary", "Accept-Encoding")]
            return self._say("406 Not Acceptable", kind, _NOT_ACCEPTABLE, environ, start_response)
        form = entry.form(coding)
        if ("HTTP_IF_NONE_MATCH" in environ or "HTTP_IF_MODIFIED_SINCE" in environ) and is_unchanged(
            form.etag, entry.last_modified, environ
        ):
            start_response("304 Not Modified", form.headers_unchanged)
            return []
        if "HTTP_RANGE" in environ:
            return self._part(entry, form, environ, start_response)
        start_response("200 OK", form.headers)
        return form.body if environ["REQUEST_METHOD"] == "GET" else []

    def _part(self, entry: Entry, form: Form, environ: "WSGIEnvironment", start_response: "StartResponse") -> Iterable[bytes]:
        body, length = form.body[0], len(form.body[0])
        is_reading = environ["REQUEST_METHOD"] == "GET"  # of a HEAD no part can be sent (RFC 9110, 14.2)
        wanted = range_of(form.etag, entry.last_modified, length, environ) if is_reading else None
        if wanted is None:
            start_response("200 OK", form.headers)
            return form.body if is_reading else []
        if isinstance(wanted, str):
            kind = [("Content-Range", f"bytes */{length}"), ("Vary", "Accept-Encoding")]
            return self._say("416 Range Not Satisfiable", kind, b"", environ, start_response)
        first, end = wanted
        headers = [(name, value) for name, value in form.headers if name != "Content-Length"]
        headers += [("Content-Range", f"bytes {first}-{end - 1}/{length}"), ("Content-Length", str(end - first))]
        start_response("206 Partial Content", headers)
        return [body[first:end]]

    def _checked(self, environ: "WSGIEnvironment", start_response: "StartResponse") -> Iterable[bytes]:
        """When somebody last made sure, for the pages' own script."""
        at = self._keeper.checked_at
        body = json.dumps({"checked_at": at.isoformat() if at else None}).encode()
        return self._say("200 OK", [("Content-Type", "application/json")], body, environ, start_response)

    def _say(
        self, status: str, headers: Headers, body: bytes, environ: "WSGIEnvironment", start_response: "StartResponse"
    ) -> Iterable[bytes]:
        start_response(status, [*headers, ("Content-Length", str(len(body))), *self._own])
        return [] if environ["REQUEST_METHOD"] == "HEAD" else [body]

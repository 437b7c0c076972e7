"""Bodies of requests, read whole before the application begins, and only so many at a time.

The server hands a request to one of a few threads as soon as its headers are there. Who then sends the body a byte a minute
keeps that thread, and eight such visitors would keep everybody from the status page. So some threads never wait for bodies.
"""

from collections.abc import Iterable
from io import BytesIO
from threading import BoundedSemaphore
from typing import IO, TYPE_CHECKING

from flask import Flask, request

from portal.errors import Unavailable

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment

_PATIENCE_SECONDS = 0.25  # reading takes an honest sender a millisecond
_MOST_DIGITS = 12
REFUSED = "portal.body_refused"


class Bodies:
    """A WSGI application around another one. Larger bodies than `most_bytes` are left for it to refuse."""

    def __init__(self, app: "WSGIApplication", *, at_once: int, most_bytes: int) -> None:
        self._app = app
        self._most_bytes = most_bytes
        self._places = BoundedSemaphore(at_once)

    def __call__(self, environ: "WSGIEnvironment", start_response: "StartResponse") -> Iterable[bytes]:
        wanted = self._wanted(environ)
        if wanted:
            if self._places.acquire(timeout=_PATIENCE_SECONDS):
                try:
                    _put(environ, _read(environ["wsgi.input"], wanted))
                finally:
                    self._places.release()
            else:
                _put(environ, b"")
                environ[REFUSED] = True
        return self._app(environ, start_response)

    def _wanted(self, environ: "WSGIEnvironment") -> int:
        """How many bytes to read: of a body that is announced to be too large none, because it is refused unread."""
        if environ["REQUEST_METHOD"] != "POST":
            return 0
        if _is_in_pieces(environ):
            return self._most_bytes + 1  # one more than is taken, so that too much can be told from just enough
        announced = environ.get("CONTENT_LENGTH") or "0"
        is_number = announced.isascii() and announced.isdecimal() and len(announced) <= _MOST_DIGITS
        return int(announced) if is_number and int(announced) <= self._most_bytes else 0


def init_app(app: Flask, *, threads: int, most_bytes: int) -> None:
    """To be called before anything that reads a form. A quarter of the threads, but at least one, never waits for a body."""
    app.before_request(_refuse)
    app.wsgi_app = Bodies(app.wsgi_app, at_once=max(1, threads - max(1, threads // 4)), most_bytes=most_bytes)  # type: ignore[method-assign]


def _is_in_pieces(environ: "WSGIEnvironment") -> bool:
    return "chunked" in environ.get("HTTP_TRANSFER_ENCODING", "").lower()


def _put(environ: "WSGIEnvironment", body: bytes) -> None:
    """Leaves the body for the application. One that came in pieces has a length from now on, so that limits see it.

    One that is shorter than was announced is still found out: Werkzeug looks for the rest, unless the server vouches for it.
    """
    if _is_in_pieces(environ):
        del environ["HTTP_TRANSFER_ENCODING"]
        environ["CONTENT_LENGTH"] = str(len(body))
    environ["wsgi.input"] = BytesIO(body)
    environ.pop("wsgi.input_terminated", None)


def _read(stream: IO[bytes], wanted: int) -> bytes:
    parts = []
    while wanted > 0 and (part := stream.read(min(wanted, 1 << 16))):
        parts.append(part)
        wanted -= len(part)
    return b"".join(parts)


def _refuse() -> None:
    if request.environ.get(REFUSED):
        raise Unavailable("Too much is being sent at this moment. Please try again in a moment.")

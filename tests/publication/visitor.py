"""A shelf with a few documents on it, and a visitor who asks a WSGI application for them, header by header."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from http import HTTPStatus
from pathlib import Path
from typing import TYPE_CHECKING, Any

from portal.publication.making import Planned, publish
from portal.publication.shelf import Shelf
from portal.web.documents import Document
from portal.web.formats import DEFAULT_ZONE

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment

    from portal.publication.published import Published

HTML = "text/html; charset=utf-8"
A_PAGE = (
    b"""<!doctype html><div data-truth=""><p data-when="fresh">Net bekeken</p>
<p data-when="stale" role="status" hidden>Het laatste nieuws van <time data-checked></time></p></div>
<section class="banner" data-state="ok">Alles werkt.</section>"""
    + b"<p>Bereikbaar</p>\n" * 200
)


@dataclass(frozen=True)
class Answer:
    status: HTTPStatus
    headers: Mapping[str, str]
    body: bytes


class Visitor:
    """Asks as a server would for somebody: `Accept_Encoding="gzip"` is the header Accept-Encoding."""

    def __init__(self, app: "WSGIApplication") -> None:
        self._app = app

    def ask(self, path: str, query: str = "", *, method: str = "GET", **headers: str) -> Answer:
        said: dict[str, Any] = {}

        def start_response(status: str, pairs: list[tuple[str, str]], _error: object = None) -> object:
            names = [name.lower() for name, _ in pairs]
            assert len(names) == len(set(names)), f"said twice: {names}"
            said.update(status=HTTPStatus(int(status[:3])), headers=dict(pairs))
            return None

        environ = {
            "REQUEST_METHOD": method,
            "SCRIPT_NAME": "",
            "PATH_INFO": path,
            "QUERY_STRING": query,
            "SERVER_NAME": "portal.test",
            "SERVER_PORT": "80",
            "HTTP_HOST": "portal.test",
            "SERVER_PROTOCOL": "HTTP/1.1",
            "wsgi.url_scheme": "http",
            "wsgi.version": (1, 0),
            **{f"HTTP_{name.upper()}": value for name, value in headers.items()},
        }
        body = b"".join(self._app(environ, start_response))  # type: ignore[arg-type]
        return Answer(said["status"], said["headers"], body)


def behind(environ: "WSGIEnvironment", start_response: "StartResponse") -> Iterable[bytes]:
    """The application behind: it says what it was asked."""
    start_response("200 OK", [("Content-Type", "text/plain")])
    return [f"{environ['REQUEST_METHOD']} {environ['PATH_INFO']}?{environ['QUERY_STRING']} handed on".encode("latin-1")]


class Press:
    """Puts documents on the shelf in a folder, at an instant."""

    def __init__(self, folder: Path, now: datetime) -> None:
        self.shelf = Shelf(folder)
        self._now = now
        self._documents: dict[str, Published] = {}
        self._bodies: dict[str, dict[str, bytes]] = {}

    def add(
        self, path: str, body: bytes, kind: str = HTML, *, reads: tuple[str, ...] = (), stale: str = "", **facts: Any
    ) -> None:
        document = Document(body, kind, self._now - timedelta(hours=1), **facts)
        planned = Planned(path, "", lambda: document, reads, stale)
        self._documents[path], self._bodies[path] = publish(planned, document, self._now, is_secure=False)

    def put(self, *, checked_at: datetime | None = None) -> None:
        self.shelf.put(self._documents, self._bodies)
        self.shelf.check(checked_at or self._now, DEFAULT_ZONE)

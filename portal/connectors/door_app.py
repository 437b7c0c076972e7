"""The door as a WSGI application of its own: POST /hooks/<channel>, GET /healthz, and nothing else."""

import logging
from collections.abc import Iterable
from http import HTTPStatus
from typing import TYPE_CHECKING

from portal.connectors.door import Answer, Door, Knock, refused, unavailable
from portal.connectors.rules import asks_to_wait
from portal.services import Services
from portal.web.bodies import REFUSED, Bodies

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment

_PREFIX = "/hooks/"
_MOST_DIGITS = 12
THREADS = 32  # so many senders wait for one commit together

logger = logging.getLogger(__name__)


class DoorApplication:
    """Reads a request as it came over the wire; what is decided about it is the door's."""

    def __init__(self, door: Door, *, most_bytes: int) -> None:
        self._door, self._most_bytes = door, most_bytes

    def __call__(self, environ: "WSGIEnvironment", start_response: "StartResponse") -> Iterable[bytes]:
        answer = self._answer(environ)
        status = f"{answer.status.value} {answer.status.phrase}"
        always = [("Content-Type", answer.content_type), ("Content-Length", str(len(answer.body))), ("Cache-Control", "no-store")]
        start_response(status, [*always, *answer.headers])
        return [answer.body]

    def _answer(self, environ: "WSGIEnvironment") -> Answer:
        path, method = environ.get("PATH_INFO", ""), environ["REQUEST_METHOD"]
        if path == "/healthz" and method == "GET":
            return Answer(HTTPStatus.OK, b'{"status": "alive"}')
        slug = path.removeprefix(_PREFIX).rstrip("/")
        if not path.startswith(_PREFIX) or not slug or "/" in slug:
            return refused(HTTPStatus.NOT_FOUND, "Messages are delivered to /hooks/CHANNEL.")
        if method != "POST":
            return refused(HTTPStatus.METHOD_NOT_ALLOWED, "Messages are delivered with POST.", ("Allow", "POST"))
        if environ.get(REFUSED):
            return unavailable("Too much is being sent at this moment. Please try again in a moment.")
        try:
            return self._door.take(self._knock(environ, slug))
        except Exception:
            logger.exception("A delivery could not be taken")
            return refused(HTTPStatus.INTERNAL_SERVER_ERROR, "The delivery could not be taken.")

    def _knock(self, environ: "WSGIEnvironment", slug: str) -> Knock:
        return Knock(
            slug=slug,
            content_type=environ.get("CONTENT_TYPE") or "",
            webhook_id=environ.get("HTTP_WEBHOOK_ID", ""),
            timestamp=environ.get("HTTP_WEBHOOK_TIMESTAMP", ""),
            signatures=environ.get("HTTP_WEBHOOK_SIGNATURE", ""),
            body=self._body(environ),
            waits=asks_to_wait(environ.get("HTTP_PREFER", "")),
        )

    def _body(self, environ: "WSGIEnvironment") -> bytes | None:
        """What `Bodies` has read; None when it is too large, and one shorter than was announced fails its signature."""
        announced = environ.get("CONTENT_LENGTH") or "0"
        if (
            not announced.isascii()
            or not announced.isdecimal()
            or len(announced) > _MOST_DIGITS
            or int(announced) > self._most_bytes
        ):
            return None
        body: bytes = environ["wsgi.input"].read()
        return body if len(body) <= self._most_bytes else None


def door_application(services: Services) -> "WSGIApplication":
    """The WSGI application of the door's own process."""
    most_bytes, threads = services.config.hook_max_bytes, THREADS
    inner = DoorApplication(Door(services, watches=True), most_bytes=most_bytes)
    return Bodies(inner, at_once=threads - threads // 4, most_bytes=most_bytes)

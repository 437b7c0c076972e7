"""A document is bytes with what HTTP needs to know of them. Every public page, feed and asset leaves through `send`."""

import gzip
import hashlib
from dataclasses import dataclass
from datetime import datetime
from http import HTTPStatus
from typing import Any

from flask import Response, request

from portal.web.pages import render

_WORTH_COMPRESSING = 500  # bytes; below it the gzip header eats the gain
_COMPRESSIBLE = ("text/", "application/json", "application/xml", "image/svg", "application/javascript")


@dataclass(frozen=True)
class Document:
    """`last_modified` is the last change of the content, aware; without it the ETag alone decides about 304.

    `is_open`: other sites may show it and let their scripts read it.
    """

    body: bytes
    content_type: str
    last_modified: datetime | None = None
    max_age_seconds: int = 30
    is_immutable: bool = False
    is_open: bool = False

    @property
    def etag(self) -> str:
        """Names the content: the same bytes have the same tag on every machine."""
        return hashlib.sha256(self.body).hexdigest()[:32]


def send(document: Document, status: int = HTTPStatus.OK) -> Response:
    """The answer to this request: 304 where the visitor has it, gzip where the visitor takes it.

    The compressed form is another representation and has an ETag of its own (RFC 9110, 8.8.3.3); it is the same to the byte
    each time, because no time of compression is written into it.
    """
    compress = (
        len(document.body) >= _WORTH_COMPRESSING
        and (
            document.content_type.startswith(_COMPRESSIBLE) or "+xml" in document.content_type or "+json" in document.content_type
        )
        and request.accept_encodings["gzip"] > 0
    )
    body = gzip.compress(document.body, 6, mtime=0) if compress else document.body
    response = Response(body, status, content_type=document.content_type)
    response.set_etag(document.etag + ("-gzip" if compress else ""))
    response.last_modified = document.last_modified
    response.vary.add("Accept-Encoding")
    if compress:
        response.content_encoding = "gzip"
    response.cache_control.public = True
    response.cache_control.max_age = document.max_age_seconds
    if document.is_immutable:
        response.cache_control.immutable = True
    if document.is_open:
        response.headers["Access-Control-Allow-Origin"] = "*"
        response.headers["Cross-Origin-Resource-Policy"] = "cross-origin"
    if status == HTTPStatus.OK:  # only what is well may be answered with 304
        response.make_conditional(request)
    return response


def public_page(template: str, *, last_modified: datetime | None = None, status: int = HTTPStatus.OK, **values: Any) -> Response:
    """A public HTML page: the same bytes for everybody, so that it may be kept and shared."""
    body = render(template, **values).encode()
    response = send(Document(body, "text/html; charset=utf-8", last_modified), status)
    response.vary.add("HX-Request")
    return response

"""A document is bytes with what HTTP needs to know of them. Every public page, feed and asset leaves as one.

`send` answers one request with it; the publication keeps it, in several forms, for all who will ask.
"""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from http import HTTPStatus
from typing import Any

from flask import Response, request

from portal.web import edge, policy
from portal.web.codings import coded
from portal.web.pages import render

A_YEAR_SECONDS = 31_536_000
_WORTH_COMPRESSING = 500  # bytes; below it the gzip header eats the gain
_COMPRESSIBLE = ("text/", "application/json", "application/xml", "image/svg", "application/javascript")
_SHARED_SECONDS = 1  # a shared cache asks again after a second, so that a change is seen everywhere at once
_STALE_WHILE_SECONDS, _STALE_IF_ERROR_SECONDS = 30, 3600


@dataclass(frozen=True)
class Document:
    """`last_modified` is the last change of the content, aware; without it the ETag alone decides about 304.

    `true_until` is when its words stop being true even if nothing happens; None for what no clock makes untrue. `is_open`
    says that pages of other sites may read it, `is_kept_in_trouble` that caches may go on with it when nobody answers them;
    `directives` are those of the content policy that are other than usual.
    """

    body: bytes
    content_type: str
    last_modified: datetime | None = None
    max_age_seconds: int = 1
    is_immutable: bool = False
    is_open: bool = False
    true_until: datetime | None = None
    is_kept_in_trouble: bool = True
    directives: Mapping[str, str] = field(default_factory=dict)

    @property
    def etag(self) -> str:
        """Names the content: the same bytes have the same tag on every machine."""
        return hashlib.sha256(self.body).hexdigest()[:32]

    @property
    def is_compressible(self) -> bool:
        """Whether a compressed form is worth its while."""
        kind = self.content_type
        is_textual = kind.startswith(_COMPRESSIBLE) or "+xml" in kind or "+json" in kind
        return is_textual and len(self.body) >= _WORTH_COMPRESSING

    @property
    def cache_control(self) -> str:
        """For how long browsers and shared caches may keep it, and go on with it when nobody answers them."""
        if self.is_immutable:
            return f"public, max-age={A_YEAR_SECONDS}, immutable"
        fresh = f"public, max-age={self.max_age_seconds}, s-maxage={_SHARED_SECONDS}"
        if not self.is_kept_in_trouble:
            return fresh
        return f"{fresh}, stale-while-revalidate={_STALE_WHILE_SECONDS}, stale-if-error={_STALE_IF_ERROR_SECONDS}"

    def holding_until(self, at: datetime | None) -> "Document":
        """The same document, of which it is known until when it is true."""
        return replace(self, true_until=at)

    def headers(self, *, is_secure: bool) -> dict[str, str]:
        """What stands above the bytes in every form of the document: all but what a form adds of its own."""
        headers = {"Content-Type": self.content_type, "Cache-Control": self.cache_control, "Vary": "Accept-Encoding"}
        if self.is_open:
            headers |= {"Access-Control-Allow-Origin": "*", "Cross-Origin-Resource-Policy": "cross-origin"}
        return policy.headers(is_secure=is_secure, content=policy.content_policy(**self.directives)) | headers


def page_document(template: str, *, last_modified: datetime | None = None, **values: Any) -> Document:
    """A public HTML page: the same bytes for everybody, so that it may be kept and shared."""
    with edge.noting_truth() as truth:
        body = render(template, **values).encode()
    return Document(body, "text/html; charset=utf-8", last_modified, true_until=truth.until)


def send(document: Document, status: int = HTTPStatus.OK) -> Response:
    """The answer to this request: 304 where the visitor has it, gzip where the visitor takes it.

    The compressed form is another representation and has an ETag of its own (RFC 9110, 8.8.3.3); it is the same to the byte
    each time, because no time of compression is written into it.
    """
    coding = "gzip" if document.is_compressible and request.accept_encodings["gzip"] > 0 else ""
    response = Response(coded(document.body, coding), status)
    for name, value in document.headers(is_secure=False).items():
        response.headers[name] = value
    response.set_etag(f"{document.etag}-{coding}" if coding else document.etag)
    if document.last_modified:  # given nothing, Werkzeug would say that it changed this very second
        response.last_modified = document.last_modified
    if coding:
        response.content_encoding = coding
    if status == HTTPStatus.OK:  # only what is well may be answered with 304
        response.make_conditional(request)
    return response

import gzip
from datetime import UTC, datetime
from typing import Protocol

import pytest
from flask import Flask
from werkzeug.test import TestResponse

from portal.web.documents import Document, send

LONG = Document(b"<p>Er is een storing.</p>" * 100, "text/html; charset=utf-8", datetime(2026, 3, 10, tzinfo=UTC))


class Sent(Protocol):
    def __call__(self, document: Document = LONG, **headers: str) -> TestResponse: ...


@pytest.fixture
def sent(app: Flask) -> Sent:
    """Fetches a document over a route of the application, with these request headers."""
    shown = [LONG]
    app.add_url_rule("/document", "document", lambda: send(shown[0]))

    def fetch(document: Document = LONG, **headers: str) -> TestResponse:
        shown[0] = document
        return app.test_client().get("/document", headers={name.replace("_", "-"): value for name, value in headers.items()})

    return fetch


def test_a_document_is_compressed_for_those_who_take_it(sent: Sent) -> None:
    answer = sent(Accept_Encoding="gzip, br")
    assert answer.headers["Content-Encoding"] == "gzip"
    assert gzip.decompress(answer.get_data()) == LONG.body
    assert answer.headers["Vary"] == "Accept-Encoding"


def test_compressed_and_plain_are_two_representations_with_two_tags(sent: Sent) -> None:
    plain, compressed = sent(), sent(Accept_Encoding="gzip")
    assert plain.headers["ETag"] != compressed.headers["ETag"]
    assert not plain.headers["ETag"].startswith("W/")


@pytest.mark.parametrize("encoding", ["", "gzip", "gzip;q=0"])
def test_who_has_it_already_gets_304_without_a_body(sent: Sent, encoding: str) -> None:
    first = sent(Accept_Encoding=encoding)
    again = sent(Accept_Encoding=encoding, If_None_Match=first.headers["ETag"])
    assert again.status_code == 304
    assert again.get_data() == b""
    assert again.headers["ETag"] == first.headers["ETag"]


def test_a_change_within_the_same_second_is_seen_by_its_tag(sent: Sent) -> None:
    changed = Document(LONG.body + b"!", LONG.content_type, LONG.last_modified)
    old = sent().headers
    assert sent(changed, If_None_Match=old["ETag"], If_Modified_Since=old["Last-Modified"]).status_code == 200


def test_the_same_document_gives_the_same_bytes_each_time(sent: Sent) -> None:
    assert sent(Accept_Encoding="gzip").get_data() == sent(Accept_Encoding="gzip").get_data()


def test_who_refuses_gzip_gets_plain_bytes(sent: Sent) -> None:
    assert sent(Accept_Encoding="gzip;q=0, identity").get_data() == LONG.body


def test_nobody_says_when_a_document_changed_that_does_not_know_it(sent: Sent) -> None:
    assert "Last-Modified" not in sent(Document(LONG.body, LONG.content_type)).headers

"""A visitor cannot tell whether the front or the application has answered."""

import pytest
from flask import Flask

from portal.publication.front import Front
from portal.publication.keeper import Keeper
from portal.publication.places import Places
from portal.publication.publisher import Publisher
from portal.web import policy
from tests.publication.visitor import Visitor

ASKED: list[dict[str, str]] = [
    {},
    {"Accept_Encoding": "gzip"},
    {"Accept_Encoding": "deflate"},
    {"If_None_Match": '"nothing of ours"'},
    {"If_Modified_Since": "Tue, 10 Mar 2026 11:59:00 GMT"},
    {"If_Modified_Since": "Tue, 10 Mar 2026 13:00:00 GMT"},
    {"If_None_Match": "*", "Accept_Encoding": "gzip"},
]


@pytest.fixture
def keeper(publisher: Publisher, keeper: Keeper, outage: int) -> Keeper:
    """With all that a small company publishes."""
    publisher.publish_all()
    keeper.look()
    keeper.judge()
    return keeper


def test_the_front_answers_as_the_application_does(app: Flask, keeper: Keeper) -> None:
    front = Visitor(Front(_never, keeper, list(policy.headers(is_secure=False).items()), Places(1)))
    application = Visitor(app.wsgi_app)
    assert len(keeper.table) > 30
    compressed = set()
    paths = {entry.document.path for entry in keeper.table.values()}
    for path in paths - {"/unavailable", "/en/unavailable"}:  # these are for whoever stands in front of both
        for asked in ASKED:
            for method in ("GET", "HEAD"):
                ours, its = (who.ask(path, method=method, **asked) for who in (front, application))
                assert (ours.status, ours.body) == (its.status, its.body), (path, asked)
                its_headers = {name: value for name, value in its.headers.items() if name != "Date"}  # ours is the server's
                if "Last-Modified" not in its_headers:  # a page for one visitor does not know when its bytes last changed
                    ours.headers.pop("Last-Modified", None)
                assert ours.headers == its_headers, (path, asked)
                compressed.add(ours.headers.get("Content-Encoding"))
    assert compressed == {None, "gzip"}


def test_what_the_front_hands_on_the_application_answers(app: Flask, keeper: Keeper) -> None:
    front = Visitor(Front(app.wsgi_app, keeper, [], Places(1)))
    assert b"Veer Zuid" in front.ask("/channels/x", "from=2026-03-01&to=2026-03-05").body
    assert front.ask("/nowhere").status == 404
    assert front.ask("/console/").status == 303
    assert front.ask("/", method="POST").status == 405
    for path in ("/\xff\xfe", "/\x00", "/../etc/passwd", "/%2e%2e/"):
        assert front.ask(path).status in {404, 308}, path


def _never(*_asked: object) -> list[bytes]:
    raise AssertionError("a published document was handed on")

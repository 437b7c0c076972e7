"""What is sent slowly, in pieces or in the wrong shape."""

import threading
from io import BytesIO
from typing import Any

import pytest
from flask import Flask
from werkzeug.exceptions import ClientDisconnected
from werkzeug.wrappers import Request

from portal.services import Services
from portal.web.bodies import Bodies
from tests.connectors.builders import Sender, a_body
from tests.pages import PageClient


class Dribble:
    """A body of which nothing comes until somebody lets it."""

    def __init__(self) -> None:
        self.asked, self.go_on = threading.Event(), threading.Event()

    def read(self, _size: int) -> bytes:
        self.asked.set()
        assert self.go_on.wait(10)
        return b""


def environ(method: str = "POST", **changes: Any) -> dict[str, Any]:
    return {"REQUEST_METHOD": method, "wsgi.input": BytesIO(b"abcdef"), "CONTENT_LENGTH": "6", **changes}


def what_the_application_reads(sent: dict[str, Any], most_bytes: int = 10) -> bytes:
    seen: list[bytes] = []

    def application(environ: dict[str, Any], _start: object) -> list[bytes]:
        seen.append(environ["wsgi.input"].read())
        return []

    Bodies(application, at_once=1, most_bytes=most_bytes)(sent, None)  # type: ignore[arg-type]
    return seen[0]


def test_a_body_is_read_before_the_application_begins() -> None:
    assert what_the_application_reads(environ()) == b"abcdef"


def test_no_more_is_read_than_was_announced() -> None:
    assert what_the_application_reads(environ(CONTENT_LENGTH="3")) == b"abc"


def test_of_a_body_in_pieces_one_byte_too_many_is_read_at_most() -> None:
    assert what_the_application_reads(environ(CONTENT_LENGTH="", HTTP_TRANSFER_ENCODING="chunked"), most_bytes=3) == b"abcd"


@pytest.mark.parametrize("announced", ["11", "9" * 5000, "-1", "\u00b2"])
def test_a_body_that_is_announced_to_be_too_large_is_not_read(announced: str) -> None:
    sent = environ(CONTENT_LENGTH=announced)
    before = sent["wsgi.input"]
    Bodies(lambda _environ, _start: [], at_once=1, most_bytes=10)(sent, None)  # type: ignore[arg-type]
    assert sent["wsgi.input"] is before
    assert before.tell() == 0


def test_who_sends_slowly_holds_up_other_senders_for_a_moment_and_readers_not_at_all(app: Flask, client: PageClient) -> None:
    slow = Dribble()
    wsgi = Bodies(app.wsgi_app, at_once=1, most_bytes=1_000)
    sent = environ(**{"wsgi.input": slow}) | base(app, "/track")
    sender = threading.Thread(target=wsgi, args=(sent, lambda *_: lambda _: None))
    app.wsgi_app = wsgi  # type: ignore[method-assign]
    sender.start()
    try:
        assert slow.asked.wait(10)
        client.get("/")
        refused = app.test_client().post("/track", data={"reference": "BR-2222-2222"})
        assert refused.status_code == 503
        assert int(refused.headers["Retry-After"]) > 0
        assert "Content-Security-Policy" in refused.headers
    finally:
        slow.go_on.set()
        sender.join()
    client.post("/track", {"reference": "BR-2222-2222"})


def base(app: Flask, path: str) -> dict[str, Any]:
    with app.test_request_context(path, method="POST") as context:
        return {
            name: value
            for name, value in context.request.environ.items()
            if name not in {"wsgi.input", "CONTENT_LENGTH"} and not name.startswith("werkzeug")
        }


def test_a_webhook_that_comes_in_pieces_is_taken_like_any_other(app: Flask, services: Services) -> None:
    sender = Sender(app, services)
    raw, headers = sender.signed(a_body())
    answer = app.test_client().post(
        f"/hooks/{sender.slug}", input_stream=BytesIO(raw), headers={**headers, "Transfer-Encoding": "chunked"}
    )
    assert answer.status_code == 200
    assert answer.get_json()["result"] == "opened"


def test_too_much_in_pieces_is_too_much(app: Flask, services: Services) -> None:
    sender = Sender(app, services)
    for path, kind in ((f"/hooks/{sender.slug}", "application/json"), ("/track", "application/x-www-form-urlencoded")):
        headers = {"Transfer-Encoding": "chunked", "Content-Type": kind}
        answer = app.test_client().post(path, input_stream=BytesIO(b"a" * 3_000_000), headers=headers)
        assert answer.status_code == 413


def test_a_body_that_broke_off_half_way_is_not_taken_for_a_whole_one() -> None:
    """Although the server says that it vouches for the end of the body: it cannot know what the sender meant to send."""
    sent = environ(CONTENT_LENGTH="9") | {"wsgi.input_terminated": True}
    Bodies(lambda _environ, _start: [], at_once=1, most_bytes=10)(sent, None)  # type: ignore[arg-type]
    with pytest.raises(ClientDisconnected):
        Request(sent).get_data()

"""What only a real server shows: bytes on a connection, of which no other answer may find a piece."""

import os
import socket
import subprocess
from collections.abc import Iterator
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from http import HTTPStatus
from typing import IO

import pytest

from portal.config import Config
from portal.serving.start import web_command
from tests.publication.visitor import A_PAGE, Answer, Press
from tests.running import ROOT, free_port, wait_until

pytestmark = [pytest.mark.slow, pytest.mark.xdist_group("over the wire")]
NOW = datetime(2026, 3, 10, 13, 0, tzinfo=UTC)


@pytest.fixture(scope="module")
def port(tmp_path_factory: pytest.TempPathFactory) -> Iterator[int]:
    """The web process as it is started for a portal, in front of an application whose database is away."""
    folder, port = tmp_path_factory.mktemp("wire"), free_port()
    press = Press(folder / "public", NOW)
    press.add("/", A_PAGE)
    press.add("/privacy", A_PAGE + b"<p>privacy</p>")
    press.put()
    settings = {
        "PORTAL_INSTANCE": str(folder),
        "PORTAL_PUBLIC_FOLDER": str(folder / "public"),
        "PORTAL_PORT": str(port),
        "PORTAL_DATABASE_URL": "postgresql://nobody@127.0.0.1:1/nothing",
        "PORTAL_DEMO": "0",
    }
    output = folder / "output.txt"
    with output.open("wb") as file:
        server = subprocess.Popen(
            web_command(Config.from_env(settings)),
            cwd=ROOT,
            env={"PATH": os.environ["PATH"], **settings},
            stdout=file,
            stderr=subprocess.STDOUT,
        )
    try:
        wait_until(lambda: _answers(port), why=output.read_text)
        yield port
    finally:
        server.terminate()
        server.wait(30)


def test_a_document_is_served_while_the_database_is_away(port: int) -> None:
    (answer,) = _exchange(port, _request())
    assert (answer.status, answer.body) == (200, A_PAGE)
    assert answer.headers["content-length"] == str(len(A_PAGE))
    assert parsedate_to_datetime(answer.headers["date"]).year >= 2026


def test_one_connection_takes_several_questions_at_once_and_answers_in_order(port: int) -> None:
    etag = _exchange(port, _request())[0].headers["etag"]
    questions = [
        _request(method="HEAD"),
        _request("/privacy"),
        _request(If_None_Match=etag),
        _request(Range="bytes=0-9"),
        _request(Accept_Encoding="identity;q=0"),
        _request(Range="bytes=99999-"),
        _request(method="HEAD", Accept_Encoding="gzip"),
        _request("/checked.json"),
        _request(),
    ]
    answers = _exchange(port, *questions)
    assert [answer.status for answer in answers] == [200, 200, 304, 206, 406, 416, 200, 200, 200]
    assert [len(answer.body) for answer in answers[:4]] == [0, len(A_PAGE) + 14, 0, 10]
    assert answers[0].headers["content-length"] == str(len(A_PAGE))
    assert answers[2].headers["etag"] == etag
    assert answers[6].headers["content-encoding"] == "gzip"
    assert answers[-1].body == A_PAGE


def test_each_answer_says_each_thing_once(port: int) -> None:
    for answer in _exchange(
        port, _request(), _request(If_None_Match="*"), _request(Range="bytes=0-9"), _request("/checked.json")
    ):
        assert "date" in answer.headers
        assert "content-security-policy" in answer.headers
        assert "transfer-encoding" not in answer.headers


def test_paths_with_odd_bytes_harm_nobody(port: int) -> None:
    for path in ("/%00", "/%ff%fe", "/..%2f..%2fetc%2fpasswd", "//", "/%2e%2e/%2e%2e/etc/passwd", "/?" + "x" * 10_000):
        answers = _exchange(port, _request(path), _request())
        assert answers[0].status in {200, 400, 404, 503}, path
        assert b"root:" not in answers[0].body
        assert answers[-1].body == A_PAGE


def _request(path: str = "/", *, method: str = "GET", **headers: str) -> tuple[str, bytes]:
    lines = [f"{method} {path} HTTP/1.1", "Host: portal.test"]
    lines += [f"{name.replace('_', '-')}: {value}" for name, value in headers.items()]
    return method, ("\r\n".join(lines) + "\r\n\r\n").encode("latin-1")


def _exchange(port: int, *requests: tuple[str, bytes]) -> list[Answer]:
    """Sends all requests at once over one connection, and reads as many answers; fails when a byte is left over."""
    with socket.create_connection(("127.0.0.1", port), timeout=30) as connection:
        connection.sendall(b"".join(request for _, request in requests))
        with connection.makefile("rb") as stream:
            answers = [_read(stream, method) for method, _ in requests]
            connection.shutdown(socket.SHUT_WR)
            assert stream.read() == b"", "bytes that belong to no answer"
    return answers


def _read(stream: IO[bytes], method: str) -> Answer:
    status = HTTPStatus(int(stream.readline().split()[1]))
    headers: dict[str, str] = {}
    while (line := stream.readline().decode("latin-1").strip()) != "":
        name, _, value = line.partition(":")
        assert name.lower() not in headers, f"{name} is said twice"
        headers[name.lower()] = value.strip()
    has_body = method != "HEAD" and status != HTTPStatus.NOT_MODIFIED
    return Answer(status, headers, stream.read(int(headers["content-length"])) if has_body else b"")


def _answers(port: int) -> bool:
    try:
        socket.create_connection(("127.0.0.1", port), timeout=1).close()
    except OSError:
        return False
    return True

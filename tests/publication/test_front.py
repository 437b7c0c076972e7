"""What is published, as HTTP: by the letter of RFC 9110, whoever asks."""

import gzip
from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from http import HTTPStatus
from pathlib import Path
from threading import Event, Semaphore
from typing import TYPE_CHECKING

import brotli
import pytest
import zstandard

from portal.clock import FixedClock
from portal.publication.front import Front
from portal.publication.keeper import Keeper
from portal.publication.places import Places
from tests.publication.visitor import A_PAGE, Press, Visitor, behind

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIEnvironment

GONE_ON = b"handed on"
A_STYLE = b"p{color:red}"


@pytest.fixture
def now() -> datetime:
    return datetime(2026, 3, 10, 13, 0, tzinfo=UTC)


@pytest.fixture
def press(tmp_path: Path, now: datetime) -> Press:
    press = Press(tmp_path, now)
    press.add("/", A_PAGE, stale="page")
    press.add("/incidents/storing", A_PAGE + b"storing", stale="page")
    press.add("/channels/x", A_PAGE + b"x", reads=("from", "to"))
    press.add("/theme.css", A_STYLE, "text/css")
    press.put()
    return press


@pytest.fixture
def keeper(press: Press, tmp_path: Path, clock: FixedClock) -> Keeper:
    keeper = Keeper(tmp_path, clock)
    keeper.look()
    keeper.judge()
    return keeper


@pytest.fixture
def visitor(keeper: Keeper) -> Visitor:
    return Visitor(Front(behind, keeper, [("Content-Security-Policy", "default-src 'none'")], Places(1)))


def test_a_document_is_sent_with_what_http_needs_to_know(visitor: Visitor) -> None:
    answer = visitor.ask("/")
    assert answer.status == HTTPStatus.OK
    assert answer.body == A_PAGE
    assert answer.headers["Content-Length"] == str(len(A_PAGE))
    assert answer.headers["Content-Type"] == "text/html; charset=utf-8"
    assert answer.headers["Last-Modified"] == "Tue, 10 Mar 2026 12:00:00 GMT"
    assert answer.headers["Vary"] == "Accept-Encoding"
    assert "Content-Security-Policy" in answer.headers
    assert "Content-Encoding" not in answer.headers
    assert answer.headers["ETag"].startswith('"')


@pytest.mark.parametrize("accepted", ["", "gzip", "br"])
def test_head_says_what_get_says_and_sends_nothing(visitor: Visitor, accepted: str) -> None:
    got, headed = (visitor.ask("/", method=method, Accept_Encoding=accepted) for method in ("GET", "HEAD"))
    assert (headed.status, headed.headers, headed.body) == (got.status, got.headers, b"")
    assert got.body


@pytest.mark.parametrize(
    ("accepted", "coding"),
    [
        (None, ""),
        ("", ""),
        ("identity", ""),
        ("gzip", "gzip"),
        ("x-gzip", "gzip"),
        ("GZIP", "gzip"),
        ("gzip, deflate", "gzip"),
        ("gzip, deflate, br, zstd", "br"),
        ("zstd, gzip", "zstd"),
        ("br;q=0.5, gzip;q=0.8", "gzip"),
        ("br;q=0, gzip", "gzip"),
        ("br;q=0.000, *", "zstd"),
        ("*", "br"),
        ("*;q=0.1, gzip;q=0.2", "gzip"),
        ("identity;q=0, gzip;q=0.1", "gzip"),
        ("identity, gzip;q=0.5", ""),
        ("gzip ; q=0.5 , br ; q=0.2", "gzip"),
        ("gzip;q=much", ""),
        ("gzip;q=nan", ""),
        ("deflate, compress", ""),
        (",,;;q=,", ""),
        ("*;q=0", None),
        ("identity;q=0", None),
        ("identity;q=0, deflate", None),
    ],
)
def test_the_form_is_the_one_that_the_visitor_likes_best(visitor: Visitor, accepted: str | None, coding: str | None) -> None:
    answer = visitor.ask("/", **({} if accepted is None else {"Accept_Encoding": accepted}))
    if coding is None:
        assert answer.status == HTTPStatus.NOT_ACCEPTABLE
        assert answer.headers["Cache-Control"] == "no-store"
        assert "Content-Security-Policy" in answer.headers
    else:
        assert answer.status == HTTPStatus.OK
        assert answer.headers.get("Content-Encoding", "") == coding
        assert _opened(answer.body, coding) == A_PAGE
    assert answer.headers["Content-Length"] == str(len(answer.body))
    assert answer.headers["Vary"] == "Accept-Encoding"


def test_each_form_has_an_etag_of_its_own(visitor: Visitor) -> None:
    tags = {visitor.ask("/", Accept_Encoding=coding).headers["ETag"] for coding in ("", "gzip", "br", "zstd")}
    assert len(tags) == 4
    assert not any(tag.startswith("W/") for tag in tags)


def test_what_is_too_small_to_compress_is_sent_as_it_is(visitor: Visitor) -> None:
    answer = visitor.ask("/theme.css", Accept_Encoding="gzip, br")
    assert answer.body == A_STYLE
    assert "Content-Encoding" not in answer.headers


@pytest.mark.parametrize("tags", ["{}", "W/{}", '"other", {}', '"other",W/{} , "more"', "*", " * "])
def test_who_has_it_already_hears_so_and_gets_nothing(visitor: Visitor, tags: str) -> None:
    etag = visitor.ask("/", Accept_Encoding="gzip").headers["ETag"]
    for method in ("GET", "HEAD"):
        answer = visitor.ask("/", method=method, Accept_Encoding="gzip", If_None_Match=tags.format(etag))
        assert (answer.status, answer.body) == (HTTPStatus.NOT_MODIFIED, b"")
        assert answer.headers["ETag"] == etag
        assert answer.headers["Vary"] == "Accept-Encoding"
        assert answer.headers["Cache-Control"].startswith("public")
        assert not {"Content-Type", "Content-Length", "Content-Encoding", "Last-Modified"} & set(answer.headers)


@pytest.mark.parametrize("tags", ['"other"', "", "W/", "{bare}", '"{bare}-br"'])
def test_who_has_something_else_gets_it_whatever_its_time(visitor: Visitor, now: datetime, tags: str) -> None:
    bare = visitor.ask("/").headers["ETag"].strip('"')
    answer = visitor.ask("/", If_None_Match=tags.format(bare=bare), If_Modified_Since=_date(now))
    assert (answer.status, answer.body) == (HTTPStatus.OK, A_PAGE)


@pytest.mark.parametrize(
    ("since", "status"),
    [
        ("Tue, 10 Mar 2026 12:00:00 GMT", HTTPStatus.NOT_MODIFIED),
        ("Tue, 10 Mar 2026 11:59:59 GMT", HTTPStatus.OK),
        ("Tuesday, 10-Mar-26 12:00:00 GMT", HTTPStatus.NOT_MODIFIED),
        ("Tue Mar 10 12:00:00 2026", HTTPStatus.NOT_MODIFIED),
        ("Tue, 10 Mar 2026 12:00:00 -0000", HTTPStatus.NOT_MODIFIED),
        ("Tue, 10 Mar 2026 12:00:00 +9999", HTTPStatus.OK),
        ("Tue, 99 Mar 2026 12:00:00 GMT", HTTPStatus.OK),
        ("Tue, 10 Mar 99999999999999999999 12:00:00 GMT", HTTPStatus.OK),
        ("yesterday", HTTPStatus.OK),
        ("", HTTPStatus.OK),
    ],
)
def test_a_time_decides_when_no_etag_is_named(visitor: Visitor, since: str, status: HTTPStatus) -> None:
    assert visitor.ask("/", If_Modified_Since=since).status == status


@pytest.mark.parametrize(
    ("wanted", "first", "end"),
    [
        ("bytes=0-0", 0, 1),
        ("bytes=0-99", 0, 100),
        ("bytes=100-", 100, len(A_PAGE)),
        ("bytes=-7", len(A_PAGE) - 7, len(A_PAGE)),
        ("bytes=-999999", 0, len(A_PAGE)),
        ("bytes=10-999999", 10, len(A_PAGE)),
        (f"bytes={len(A_PAGE) - 1}-", len(A_PAGE) - 1, len(A_PAGE)),
        ("BYTES = 3-4", 3, 5),
    ],
)
def test_a_part_is_sent_when_one_is_asked_for(visitor: Visitor, wanted: str, first: int, end: int) -> None:
    answer = visitor.ask("/", Range=wanted)
    assert answer.status == HTTPStatus.PARTIAL_CONTENT
    assert answer.body == A_PAGE[first:end]
    assert answer.headers["Content-Range"] == f"bytes {first}-{end - 1}/{len(A_PAGE)}"
    assert answer.headers["Content-Length"] == str(end - first)
    assert answer.headers["ETag"] == visitor.ask("/").headers["ETag"]


@pytest.mark.parametrize("wanted", [f"bytes={len(A_PAGE)}-", "bytes=99999999-99999999", "bytes=-0"])
def test_who_asks_for_bytes_that_are_not_there_hears_how_many_there_are(visitor: Visitor, wanted: str) -> None:
    answer = visitor.ask("/", Range=wanted)
    assert answer.status == HTTPStatus.REQUESTED_RANGE_NOT_SATISFIABLE
    assert answer.headers["Content-Range"] == f"bytes */{len(A_PAGE)}"
    assert (answer.headers["Content-Length"], answer.body) == ("0", b"")
    assert answer.headers["Cache-Control"] == "no-store"


@pytest.mark.parametrize(
    "wanted",
    [
        "bytes=0-1,5-6",
        "bytes=5-2",
        "bytes=-",
        "bytes=a-b",
        "bytes=²-3",
        "lines=0-1",
        "bytes",
        "",
        "bytes=--1",
        f"bytes=0-{'9' * 99}",
    ],
)
def test_several_parts_and_what_cannot_be_read_mean_the_whole(visitor: Visitor, wanted: str) -> None:
    answer = visitor.ask("/", Range=wanted)
    assert (answer.status, answer.body) == (HTTPStatus.OK, A_PAGE)


def test_a_part_is_of_the_form_that_is_sent(visitor: Visitor) -> None:
    whole = visitor.ask("/", Accept_Encoding="gzip")
    parts = [visitor.ask("/", Accept_Encoding="gzip", Range=wanted) for wanted in ("bytes=0-49", "bytes=50-")]
    assert b"".join(part.body for part in parts) == whole.body
    assert {part.headers["Content-Encoding"] for part in parts} == {"gzip"}


def test_a_part_of_what_has_changed_since_is_the_whole(visitor: Visitor, now: datetime) -> None:
    etag = visitor.ask("/").headers["ETag"]
    as_before = [etag, "Tue, 10 Mar 2026 12:00:00 GMT"]
    changed = ['"other"', f"W/{etag}", _date(now), "Tue, 10 Mar 2026 11:00:00 GMT", "nonsense"]
    for condition in as_before:
        assert visitor.ask("/", Range="bytes=0-4", If_Range=condition).status == HTTPStatus.PARTIAL_CONTENT, condition
    for condition in changed:
        assert visitor.ask("/", Range="bytes=0-4", If_Range=condition).status == HTTPStatus.OK, condition


def test_a_condition_comes_before_a_part(visitor: Visitor) -> None:
    etag = visitor.ask("/").headers["ETag"]
    assert visitor.ask("/", Range="bytes=0-4", If_None_Match=etag).status == HTTPStatus.NOT_MODIFIED


def test_no_part_is_sent_of_nothing(visitor: Visitor) -> None:
    answer = visitor.ask("/", method="HEAD", Range="bytes=0-4")
    assert (answer.status, answer.body) == (HTTPStatus.OK, b"")


@pytest.mark.parametrize("query", ["utm_source=mail", "fbclid=IwAR0", "x", "=", "%ff", "a=1&b=2&" * 500, "from=2026-01-01"])
def test_parameters_that_a_page_does_not_know_change_nothing(visitor: Visitor, query: str) -> None:
    assert visitor.ask("/", query) == visitor.ask("/")


@pytest.mark.parametrize(
    ("query", "is_another"),
    [
        ("utm_source=mail", False),
        ("from=2026-01-01", True),
        ("a=b&to=", True),
        ("to", True),
        ("fr%6fm=2026", True),
        ("From=x", False),
    ],
)
def test_parameters_that_mean_another_document_are_handed_on(visitor: Visitor, query: str, *, is_another: bool) -> None:
    answer = visitor.ask("/channels/x", query)
    assert (answer.body == f"GET /channels/x?{query} handed on".encode()) is is_another


@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE", "OPTIONS", "TRACE", "PATCH", "PROPFIND", "get"])
def test_all_but_reading_is_handed_on(visitor: Visitor, method: str) -> None:
    assert visitor.ask("/", method=method).body == f"{method} /? handed on".encode()


def test_a_cookie_changes_nothing(visitor: Visitor) -> None:
    assert visitor.ask("/", Cookie="session=abc; language=en") == visitor.ask("/")


def test_pages_are_found_with_and_without_a_slash_and_files_only_without(visitor: Visitor) -> None:
    assert visitor.ask("/incidents/storing/") == visitor.ask("/incidents/storing")
    assert visitor.ask("/theme.css/").body.endswith(GONE_ON)


@pytest.mark.parametrize(
    "path",
    [
        "",
        "//",
        "/%2e%2e/",
        "/../theme.css",
        "/./",
        "/index.html",
        "/.documents.json",
        "/objects",
        "/\x00",
        "/\xff\xfe",
        "/caf\xc3\xa9",
    ],
)
def test_what_is_no_address_of_a_document_is_handed_on_as_it_is(visitor: Visitor, path: str) -> None:
    assert visitor.ask(path).body == f"GET {path}? handed on".encode("latin-1")


def test_a_file_that_was_removed_by_hand_is_left_to_the_application(visitor: Visitor, tmp_path: Path) -> None:
    before = visitor.ask("/incidents/storing", Accept_Encoding="gzip")
    for file in tmp_path.glob("objects/*/index.html*"):
        file.unlink()
    assert visitor.ask("/incidents/storing", Accept_Encoding="gzip") == before, "it is in memory"
    assert visitor.ask("/incidents/storing", Accept_Encoding="br").body.endswith(GONE_ON)


def test_the_pages_script_can_ask_when_somebody_last_made_sure(visitor: Visitor, now: datetime) -> None:
    answer = visitor.ask("/checked.json")
    assert answer.body == f'{{"checked_at": "{now.isoformat()}"}}'.encode()
    assert answer.headers["Cache-Control"] == "no-store"
    assert "Content-Security-Policy" in answer.headers
    assert visitor.ask("/checked.json", method="HEAD").body == b""
    assert visitor.ask("/checked.json", method="POST").body.endswith(GONE_ON)


def test_what_is_too_old_says_so_under_another_etag(visitor: Visitor, keeper: Keeper, clock: FixedClock) -> None:
    fresh = visitor.ask("/", Accept_Encoding="gzip")
    clock.advance(timedelta(seconds=91))
    keeper.judge()
    for accepted, coding in (("", ""), ("gzip, br, zstd", "gzip")):
        old = visitor.ask("/", Accept_Encoding=accepted)
        page = _opened(old.body, coding).decode()
        assert '<time datetime="2026-03-10T14:00:00+01:00">dinsdag 10 maart 2026, 14.00 uur</time>' in page
        assert '<p data-when="stale" role="status">' in page
        assert '<p data-when="fresh" hidden>' in page
        assert 'data-state="unknown"' in page
        assert old.headers["Cache-Control"] == "no-cache"
        assert "Last-Modified" not in old.headers
        assert old.headers["ETag"] not in {fresh.headers["ETag"], visitor.ask("/theme.css").headers["ETag"]}
        assert visitor.ask("/", Accept_Encoding=accepted, If_None_Match=old.headers["ETag"]).status == HTTPStatus.NOT_MODIFIED
    renewed = visitor.ask("/", Accept_Encoding="gzip", If_None_Match=fresh.headers["ETag"], If_Modified_Since=_date(clock.now()))
    assert renewed.status == HTTPStatus.OK
    assert visitor.ask("/theme.css").body == A_STYLE, "it tells of no state, so it cannot be too old"


def test_what_was_too_old_is_as_before_when_somebody_made_sure(
    visitor: Visitor, keeper: Keeper, press: Press, clock: FixedClock
) -> None:
    fresh = visitor.ask("/")
    clock.advance(timedelta(minutes=10))
    keeper.judge()
    assert visitor.ask("/") != fresh
    press.put(checked_at=clock.now())
    keeper.judge()
    assert visitor.ask("/") == fresh


def _opened(body: bytes, coding: str) -> bytes:
    opener = {"": bytes, "gzip": gzip.decompress, "br": brotli.decompress, "zstd": zstandard.ZstdDecompressor().decompress}
    opened: bytes = opener[coding](body)
    return opened


def _date(at: datetime) -> str:
    return format_datetime(at, usegmt=True)


class Stuck:
    """An application whose database does not answer: who asks it waits until it is let go."""

    def __init__(self) -> None:
        self.waiting, self.let_go = Semaphore(0), Event()

    def __call__(self, environ: "WSGIEnvironment", start_response: "StartResponse") -> Iterable[bytes]:
        if environ["PATH_INFO"] != "/healthz":
            self.waiting.release()
            self.let_go.wait(30)
        return behind(environ, start_response)


def test_an_application_that_is_stuck_is_said_to_be_while_documents_go_on(press: Press, keeper: Keeper) -> None:
    press.add("/unavailable", b"<p>Probeer het later nog eens</p>")
    press.add("/en/unavailable", b"<p>Try again later</p>")
    press.put()
    keeper.look()
    stuck = Stuck()
    visitor = Visitor(Front(stuck, keeper, [], Places(2, patience_seconds=0.01)))
    with ThreadPoolExecutor(2) as others:
        inside = [others.submit(visitor.ask, "/console") for _ in range(2)]
        assert all(stuck.waiting.acquire(timeout=30) for _ in inside)
        for path, words in (("/track/AB12", "Probeer het later"), ("/en/track/AB12", "Try again later")):
            for method in ("GET", "POST"):
                answer = visitor.ask(path, method=method)
                assert answer.status == HTTPStatus.SERVICE_UNAVAILABLE
                assert words in answer.body.decode()
                assert (answer.headers["Retry-After"], answer.headers["Cache-Control"]) == ("10", "no-store")
        assert visitor.ask("/").status == HTTPStatus.OK
        assert visitor.ask("/healthz").status == HTTPStatus.OK, "the process lives"
        stuck.let_go.set()
        assert [each.result().status for each in inside] == [HTTPStatus.OK] * 2
    assert visitor.ask("/console").status == HTTPStatus.OK

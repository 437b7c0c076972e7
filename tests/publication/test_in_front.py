"""The repository's own configurations in the real nginx and the real Caddy: files first, the application behind them."""

import threading

import httpx
import pytest

from portal.clock import SystemClock
from portal.publication.making import Planned, publish
from portal.publication.published import Published
from portal.publication.shelf import Shelf, is_page
from portal.web.documents import Document
from tests.publication.conftest import Standing
from tests.publication.standing import trusting
from tests.running import wait_until

pytestmark = [pytest.mark.slow, pytest.mark.xdist_group("in-front")]

# What each server says in its own way: a file server knows no digest of the content, and dates it by the file.
OWN = {"date", "server", "etag", "last-modified", "accept-ranges", "connection", "keep-alive", "alt-svc"}
OWN |= {"content-length", "transfer-encoding"}  # of compressed files Caddy does not tell the length
TOKEN = "nobody-may-write-this-down"
SECURITY = ("Content-Security-Policy", "Strict-Transport-Security", "X-Content-Type-Options")


def addresses(document: Published) -> tuple[str, ...]:
    """A page is found with and without a slash at its end."""
    path = document.path
    return (path,) if path == "/" or not is_page(document) else (path.rstrip("/"), path.rstrip("/") + "/")


def seen(client: httpx.Client, address: str, coding: str, method: str = "GET") -> tuple[int, dict[str, str], bytes]:
    """Status, headers and the very bytes of an answer."""
    with client.stream(method, address, headers={"Accept-Encoding": coding or "identity"}) as answer:
        body = b"".join(answer.iter_raw())
    return answer.status_code, {name: value for name, value in answer.headers.items() if name not in OWN}, body


def test_a_file_is_sent_as_the_portal_itself_sends_it(in_front: Standing) -> None:
    in_front.publisher.publish_all()
    documents = Shelf(in_front.shelf.folder).documents()
    assert len(documents) > 80
    wait_until(lambda: in_front.client.get(f"{in_front.portal_address}/checked.json").json()["checked_at"] is not None)
    for document in documents.values():
        for address in addresses(document):
            for coding in in_front.proxy.codings:
                if coding and "gzip" in document.forms and coding not in document.forms:
                    continue  # the portal makes this form when somebody asks; a file server sends what there is
                told = seen(in_front.client, in_front.proxy.address + address, coding)
                itself = seen(in_front.client, in_front.portal_address + address, coding)
                assert told == itself, (address, coding)


def test_head_is_get_without_its_body(in_front: Standing) -> None:
    for path in ("/", "/en/history", "/theme.css"):
        status, headers, body = seen(in_front.client, in_front.proxy.address + path, "gzip", "HEAD")
        assert (status, body) == (200, b"")
        assert headers == seen(in_front.client, in_front.proxy.address + path, "gzip")[1]


def test_who_has_a_file_already_is_told_so_until_it_is_another(in_front: Standing) -> None:
    first = in_front.get("/track")
    again = in_front.get("/track", If_None_Match=first.headers["ETag"], If_Modified_Since=first.headers["Last-Modified"])
    assert again.status_code == 304
    assert again.headers["Cache-Control"] == first.headers["Cache-Control"]


@pytest.mark.parametrize(
    "path",
    [
        "/.documents.json",
        "/history/.documents.json",
        "/index.html",
        "/history/index.html",
        "/index.html.gz",
        "/theme.css.br",
        "/theme.css/x",
        "/current/index.html",
        "/objects/",
        "/incidents",
        "/incidents/",
        "/nothing",
        "/%2e%2e/objects/",
        "/%5cindex.html",
        "/%5c.documents.json",
        "/histor%5cy",
    ],
)
def test_what_is_no_document_is_the_portals_to_answer(in_front: Standing, path: str) -> None:
    """It knows of no such page: neither folders, nor names of files, nor what the sets know of themselves."""
    answer = in_front.get(path)
    assert answer.status_code in {400, 404}
    assert b"basis" not in answer.content
    assert answer.status_code == 400 or answer.headers["Cache-Control"] == "no-store", "nobody may keep that it is not there"


def test_an_address_with_another_period_is_the_portals_to_answer(in_front: Standing) -> None:
    path = "/channels/whatsapp"
    assert in_front.get(f"{path}?utm_source=mail").content == in_front.get(path).content
    for root in ("", "/en"):
        period = in_front.get(f"{root}{path}?x=1&from=2026-01-01&to=2026-02-01")
        assert (period.status_code, 'value="2026-01-01"' in period.text) == (200, True)
        assert 'value="2026-01-01"' not in in_front.get(root + path).text
    times = in_front.get(f"{path}/response-times.json?from=2026-01-01&to=2026-02-01").json()
    assert "2026-01-01" in str(times)


def test_a_form_reaches_the_portal_although_its_page_is_a_file(in_front: Standing) -> None:
    address = in_front.proxy.address
    answer = in_front.client.post(
        f"{address}/track", data={"reference": "2AAA-AAAA"}, headers={"Origin": "https://status.example.nl"}
    )
    assert answer.status_code in {303, 422}
    assert in_front.client.post(f"{address}/history").status_code == 405
    assert in_front.client.post(f"{address}/track", content=b"x" * 2_100_000).status_code == 413


def test_a_file_may_be_had_in_part(in_front: Standing) -> None:
    whole = in_front.get("/theme.css", Accept_Encoding="identity").content
    part = in_front.get("/theme.css", Accept_Encoding="identity", Range="bytes=0-9")
    assert (part.status_code, part.content) == (206, whole[:10])


def test_without_the_portal_every_document_is_served_and_the_rest_says_so_honestly(in_front: Standing) -> None:
    in_front.portal.kill()
    try:
        for document in in_front.shelf.documents().values():
            assert in_front.get(document.path).status_code == 200, document.path
        for path in ("/track/AAAA-AAAA", "/console", "/track/mine", "/channels/x?from=2026-01-01", "/nothing"):
            excuse = in_front.get(path)
            assert (excuse.status_code, excuse.headers["Retry-After"], excuse.headers["Cache-Control"]) == (503, "30", "no-store")
            assert excuse.headers["Content-Type"] == "text/html; charset=utf-8"
            assert all(name in excuse.headers for name in SECURITY)
            assert "We kunnen dit nu niet laten zien" in excuse.text
        english = in_front.get("/en/track/AAAA-AAAA")
        assert (english.status_code, "We cannot show this now" in english.text) == (503, True)
        sent = in_front.client.post(f"{in_front.proxy.address}/track", data={"reference": "x"})
        assert (sent.status_code, "We kunnen dit nu niet laten zien" in sent.text) == (503, True)
        hook = in_front.client.post(f"{in_front.proxy.address}/hooks/x", json={})
        assert (hook.status_code, hook.headers["Retry-After"], hook.json()["status"]) == (503, "30", 503)
        assert in_front.get("/checked.json").json()["checked_at"]
    finally:
        in_front.portal.start()
    assert in_front.get("/track/AAAA-AAAA").status_code == 404
    assert in_front.get("/healthz").status_code == 200


def test_a_claim_link_is_never_written_down(in_front: Standing) -> None:
    in_front.get(f"/track/claim/{TOKEN}")
    in_front.portal.kill()
    try:
        assert in_front.get(f"/en/track/claim/{TOKEN}").status_code == 503
    finally:
        in_front.portal.start()
    assert TOKEN not in in_front.proxy.written_down


def test_while_sets_change_hands_no_answer_is_torn_or_missing(in_front: Standing) -> None:
    shelf, stop, seen_numbers, wrong = Shelf(in_front.shelf.folder), threading.Event(), set[str](), list[object]()
    before = shelf.documents()

    def put(number: int) -> None:
        body = b"<p>%d</p>" % number * 5_000
        planned = Planned("/numbered", str(number), lambda: Document(body, "text/html; charset=utf-8"))
        published, forms = publish(planned, planned.make(), SystemClock().now(), is_secure=True)
        shelf.put({**before, "/numbered": published}, {"/numbered": forms})
        shelf.tidy()

    def read() -> None:
        with httpx.Client(verify=trusting(), timeout=20) as client:
            while not stop.wait(0.01):
                for path in ("/numbered", "/en/history"):
                    answer = client.get(in_front.proxy.address + path)
                    parts = set(answer.text.removeprefix("<p>").removesuffix("</p>").split("</p><p>"))
                    if answer.status_code != 200 or (path == "/numbered" and len(parts) != 1):
                        wrong.append((path, answer.status_code, list(parts)[:3]))
                    elif path == "/numbered":
                        seen_numbers.update(parts)

    put(0)
    readers = [threading.Thread(target=read) for _ in range(2)]
    for reader in readers:
        reader.start()
    for number in range(1, 201):
        put(number)
    stop.set()
    for reader in readers:
        reader.join()
    shelf.put(before, {})
    assert wrong == []
    assert len(seen_numbers) > 5, "they were read while they changed"

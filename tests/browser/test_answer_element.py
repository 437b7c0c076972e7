"""The line for the company's own contact page, on a page of another site with a strict policy for contents."""

from collections.abc import Callable, Iterator
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread

import pytest
from playwright.sync_api import Page, expect

from tests.browser.axe import faults_of
from tests.running import Run

SLUG = "whatsapp"


class Site:
    """The company's own site: one page, whose policy allows the portal for a script and its questions, a frame and a picture."""

    def __init__(self, portal: str) -> None:
        site = self
        self.body = ""

        class Answer(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                page = f"<!DOCTYPE html><html lang='nl'><title>Contact</title><body>{site.body}</body></html>".encode()
                self.send_response(HTTPStatus.OK)
                self.send_header("Content-Type", "text/html; charset=utf-8")
                allowed = f"script-src {portal}; connect-src {portal}; frame-src {portal}; img-src {portal} data:"
                self.send_header("Content-Security-Policy", f"default-src 'none'; {allowed}; require-trusted-types-for 'script'")
                self.end_headers()
                self.wfile.write(page)

            def log_message(self, *_args: object) -> None:
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Answer)
        self.address = f"http://127.0.0.1:{self.server.server_port}"
        Thread(target=self.server.serve_forever, daemon=True).start()


@pytest.fixture
def site(live_portal: Run) -> Iterator[Site]:
    made = Site(live_portal.address)
    yield made
    made.server.shutdown()
    made.server.server_close()


def element(portal: str, inside: str = '<a href="https://status.example.nl">Wanneer krijg ik antwoord?</a>') -> str:
    source = f"{portal}/channels/{SLUG}/answer.json"
    script = f'<script src="{portal}/bereikbaar-answer.js" async></script>'
    return f'{script}<bereikbaar-answer src="{source}">{inside}</bereikbaar-answer>'


def test_the_element_says_on_another_site_before_when_an_answer_comes(page: Page, site: Site, live_portal: Run) -> None:
    site.body = element(live_portal.address)
    page.goto(site.address)
    found = page.locator("bereikbaar-answer")
    expect(found).to_contain_text("Antwoord vóór")
    expect(found).to_contain_text("Stand van")
    expect(found.locator("strong")).to_have_count(1)
    expect(found).to_have_attribute("lang", "nl")
    assert str(found.locator("a").get_attribute("href")).endswith(f"/channels/{SLUG}")


def test_it_renews_itself_each_minute_and_gives_up_what_has_grown_too_old(page: Page, site: Site, live_portal: Run) -> None:
    site.body = element(live_portal.address)
    page.clock.install()
    page.goto(site.address)
    found = page.locator("bereikbaar-answer")
    expect(found).to_contain_text("Antwoord vóór")
    told = {"is_current": True, "language": "nl", "note": "Stand van nu", "link": "https://status.example.nl/channels/x"}
    later = told | {"as_of": "2099-01-01T00:00:00+00:00", "text": "Antwoord vóór <b>morgen</b>", "channel": {"is_open": True}}
    page.route("**/answer.json", lambda route: route.fulfill(json=later, headers={"Access-Control-Allow-Origin": "*"}))
    page.clock.run_for(61_000)
    expect(found.locator("strong")).to_have_text("Antwoord vóór <b>morgen</b>")
    page.clock.run_for(150_000)  # the same again and again: it is a file that nobody writes any more
    page.clock.run_for(60_000)
    expect(found).to_have_text("Wanneer krijg ik antwoord?")
    page.route("**/answer.json", lambda route: route.fulfill(json=later | {"as_of": "2099-01-01T00:05:00+00:00"}))
    page.clock.run_for(61_000)
    expect(found).to_contain_text("Antwoord vóór")


def test_what_stands_inside_is_shown_as_long_as_nothing_is_known(open_window: Callable[..., Page], site: Site) -> None:
    site.body = '<bereikbaar-answer src="/x.json"><a href="/contact">Wanneer?</a></bereikbaar-answer>'
    page = open_window()
    page.goto(site.address)
    expect(page.locator("bereikbaar-answer a")).to_have_text("Wanneer?")


def test_the_part_may_be_framed_by_another_site_and_the_portal_itself_may_not(page: Page, site: Site, live_portal: Run) -> None:
    site.body = f'<iframe src="{live_portal.address}/channels/{SLUG}/answer.html" title="Antwoord" width="400"></iframe>'
    page.goto(site.address)
    expect(page.frame_locator("iframe").locator("bereikbaar-answer")).to_contain_text("Antwoord vóór")


@pytest.mark.parametrize("path", [f"/channels/{SLUG}/answer.html", f"/en/channels/{SLUG}/answer.html"])
def test_the_part_reads_well_at_every_width_in_light_and_dark(page: Page, path: str) -> None:
    page.goto(path)
    assert faults_of(page) == []


def test_the_picture_is_shown_on_another_site_in_light_and_dark(
    open_window: Callable[..., Page], site: Site, live_portal: Run
) -> None:
    site.body = f'<img src="{live_portal.address}/channels/{SLUG}/answer.svg" alt="Antwoord">'
    grounds = []
    for scheme in ("light", "dark"):
        page = open_window(color_scheme=scheme)
        page.goto(site.address)
        assert page.locator("img").evaluate("image => image.complete && image.naturalWidth > 200")
        box = page.locator("img").bounding_box()
        assert box
        grounds.append(page.screenshot(clip={"x": box["x"] + 8, "y": box["y"] + 4, "width": 4, "height": 4}))
    assert grounds[0] != grounds[1]


def test_a_page_of_the_portal_is_not_shown_in_a_frame_of_another_site(
    open_window: Callable[..., Page], site: Site, live_portal: Run
) -> None:
    answer = open_window().request.get(f"{live_portal.address}/channels/{SLUG}")
    assert "frame-ancestors 'none'" in answer.headers["content-security-policy"]

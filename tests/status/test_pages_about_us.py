"""The pages about the portal itself: in both languages, and honest about what they do."""

import pytest

from tests.pages import PageClient


@pytest.mark.parametrize(
    ("path", "title"),
    [
        ("/accessibility", "Toegankelijkheid"),
        ("/en/accessibility", "Accessibility"),
        ("/privacy", "Privacy"),
        ("/en/privacy", "Privacy"),
    ],
)
def test_a_page_about_us_is_there_in_its_language(client: PageClient, path: str, title: str) -> None:
    page = client.get(path)
    assert page.words(page.one("h1")) == title


@pytest.mark.parametrize("path", ["/accessibility", "/en/accessibility", "/privacy", "/en/privacy"])
def test_a_page_about_us_sets_no_cookie(client: PageClient, path: str) -> None:
    assert "Set-Cookie" not in client.get(path).response.headers


def test_the_language_switch_leads_to_the_same_page(client: PageClient) -> None:
    english = client.get("/privacy").one("a", class_="language-switch")
    assert (english.get("href"), english.get("lang")) == ("/en/privacy", "en")
    dutch = client.get("/en/privacy").one("a", class_="language-switch")
    assert (dutch.get("href"), dutch.get("lang")) == ("/privacy", "nl")


def test_every_page_names_the_feeds_of_its_language(client: PageClient) -> None:
    page = client.get("/en/privacy")
    feeds = {link.get("type"): link.get("href") for link in page.all("link", rel="alternate") if link.get("type")}
    assert feeds == {
        "application/atom+xml": "/en/feed.atom",
        "application/rss+xml": "/en/feed.rss",
        "application/feed+json": "/en/feed.json",
        "text/calendar": "/en/maintenance.ics",
    }

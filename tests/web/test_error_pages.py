"""Error pages look like the portal and say what to do next, in the language of the address."""

import pytest

from tests.pages import PageClient


@pytest.mark.parametrize(
    ("path", "title", "language"),
    [("/nergens", "Deze pagina bestaat niet", "nl"), ("/en/nowhere", "This page does not exist", "en")],
)
def test_an_unknown_address_gets_a_page_in_its_language(client: PageClient, path: str, title: str, language: str) -> None:
    page = client.get(path, status=404)
    assert page.words(page.one("h1")) == title
    assert page.one("html").get("lang") == language

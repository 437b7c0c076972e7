"""Error pages look like the portal and say what to do next, in the language of the address."""

import pytest
from flask import Flask, abort

from tests.pages import PageClient, check


@pytest.mark.parametrize(
    ("path", "title", "language"),
    [("/nergens", "Deze pagina bestaat niet", "nl"), ("/en/nowhere", "This page does not exist", "en")],
)
def test_an_unknown_address_gets_a_page_in_its_language(client: PageClient, path: str, title: str, language: str) -> None:
    page = client.get(path, status=404)
    assert page.words(page.one("h1")) == title
    assert page.one("html").get("lang") == language


@pytest.mark.parametrize("language", ["nl", "en"])
@pytest.mark.parametrize("code", [400, 403, 404, 405, 409, 413, 422, 429, 500, 503])
def test_each_refusal_says_what_to_do_next(app: Flask, client: PageClient, code: int, language: str) -> None:
    @app.get(f"/{language}/refused", endpoint="refused")
    def refused() -> None:
        abort(code)

    root = "/en" if language == "en" else "/nl"
    page = client.get(f"{root}/refused", status=code)
    assert page.words(page.one("h1"))
    assert page.words(page.one("p", class_="page__lead"))
    assert page.one("meta", name="robots").get("content") == "noindex, nofollow"
    check(page)

"""A client that checks every page it fetches: it parses strictly, has one h1, and forbids what the CSP forbids."""

import re
import warnings
from typing import Any

import html5lib
from flask import Flask
from werkzeug.test import TestResponse

_XHTML = "{http://www.w3.org/1999/xhtml}"


class Page:
    """An HTML answer, parsed."""

    def __init__(self, response: TestResponse) -> None:
        self.response = response
        self.status = response.status_code
        self.html = response.get_data(as_text=True)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            parser = html5lib.HTMLParser(strict=False)
            self.tree = parser.parse(self.html)
            self.faults = [f"line {position[0]}: {code} {facts}" for position, code, facts in parser.errors]

    def all(self, tag: str, **attributes: str) -> list[Any]:
        """The elements of this tag whose attributes have these values (class_ for class, data_state for data-state)."""
        wanted = {name.rstrip("_").replace("_", "-"): value for name, value in attributes.items()}
        return [e for e in self.tree.iter(_XHTML + tag) if all(e.get(n) == v for n, v in wanted.items())]

    def one(self, tag: str, **attributes: str) -> Any:
        found = self.all(tag, **attributes)
        assert len(found) == 1, f"{len(found)} <{tag} {attributes}> in the page"
        return found[0]

    @property
    def text(self) -> str:
        """The words of the page, white space folded."""
        return " ".join(" ".join(self.tree.itertext()).split())

    def words(self, element: Any) -> str:
        return " ".join(" ".join(element.itertext()).split())


class PageClient:
    """Fetches pages as a visitor and fails on a page that no visitor should be given."""

    def __init__(self, app: Flask) -> None:
        self.http = app.test_client()
        self.csrf_token: str | None = None

    def get(self, path: str, *, status: int = 200, **options: Any) -> Page:
        return self._checked(self.http.get(path, **options), status)

    def post(self, path: str, data: dict[str, Any] | None = None, *, status: int = 303, **options: Any) -> Page:
        """Sends a form with the CSRF token of `token_from` or of the last page with a form; a form that was taken answers 303."""
        values = dict(data or {})
        if form := options.pop("token_from", None):
            self._remember_token(self.http.get(form))
        if self.csrf_token:
            values.setdefault("csrf_token", self.csrf_token)
        return self._checked(self.http.post(path, data=values, **options), status)

    def follow(self, page: Page, status: int = 200) -> Page:
        """The page that a 303 leads to."""
        return self.get(page.response.headers["Location"], status=status)

    def _remember_token(self, response: TestResponse) -> None:
        found = re.search(r'name="csrf_token"[^>]*value="([^"]+)"', response.get_data(as_text=True))
        self.csrf_token = found[1] if found else self.csrf_token

    def _checked(self, response: TestResponse, status: int) -> Page:
        self._remember_token(response)
        page = Page(response)
        assert page.status == status, f"{page.status} instead of {status}: {page.text[:2000]}"
        if status == 200 and response.mimetype == "text/html" and not response.request.headers.get("HX-Request"):
            check(page)
        return page


def check(page: Page) -> None:
    """What holds for every whole page of the portal."""
    assert not page.faults, page.faults
    html = page.one("html")
    assert html.get("lang") in {"nl", "en"}
    assert len(page.all("h1")) == 1, "a page has one h1"
    assert page.words(page.one("title"))
    assert page.one("main") is not None
    for script in page.all("script"):
        assert script.get("src") or script.get("type") == "application/ld+json", "an inline script, which the CSP forbids"
    for element in page.tree.iter():
        if not isinstance(element.tag, str):
            continue
        assert element.get("style") is None, f"an inline style on {element.tag}, which the CSP forbids"
        assert not [name for name in element.keys() if name.startswith("on")], f"an inline handler on {element.tag}"  # noqa: SIM118 - of an element, not of a dict
    ids = [e.get("id") for e in page.tree.iter() if isinstance(e.tag, str) and e.get("id")]
    assert len(ids) == len(set(ids)), f"ids that stand twice: {sorted({i for i in ids if ids.count(i) > 1})}"
    for name in ("input", "select", "textarea"):
        for control in page.all(name):
            if control.get("type") in {"hidden", "submit"}:
                continue
            labelled = control.get("aria-label") or control.get("aria-labelledby") or _label_of(page, control)
            assert labelled, f"<{name} name={control.get('name')}> has no label"


def _label_of(page: Page, control: Any) -> bool:
    own = control.get("id")
    wrapped = any(control in list(label.iter()) for label in page.all("label"))
    return wrapped or any(label.get("for") == own for label in page.all("label") if own)

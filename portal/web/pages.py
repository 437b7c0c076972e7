"""Pages in two languages: every public page exists at /x in Dutch and at /en/x in English, from one view."""

from functools import lru_cache
from typing import Any

from flask import Blueprint, Flask, current_app, g, has_request_context, render_template, request, url_for
from flask_babel import force_locale

from portal import services

LANGUAGES = ("nl", "en")


def register_public(app: Flask, blueprints: list[Blueprint]) -> None:
    """Registers each blueprint under both languages: endpoints nl.<blueprint>.<view> and en.<blueprint>.<view>."""
    for name in LANGUAGES:
        parent = Blueprint(name, __name__, url_prefix="/en" if name == "en" else None)
        for blueprint in blueprints:
            parent.register_blueprint(blueprint)
        app.register_blueprint(parent)


def language() -> str:
    """The language of this request: of the address on public pages, of the member in the console, else of the browser.

    Who makes many documents says it in `g.spoken`.
    """
    if not has_request_context():
        return str(g.get("language", "nl"))
    if "spoken" in g:
        return str(g.spoken)
    if request.blueprints and request.blueprints[-1] in LANGUAGES:
        return request.blueprints[-1]
    if request.path == "/en" or request.path.startswith("/en/"):
        return "en"
    if "language" in g:
        return str(g.language)
    return request.accept_languages.best_match(LANGUAGES, default="nl") if _in_console() else "nl"


def _in_console() -> bool:
    return request.path.startswith("/console")


def page_url(endpoint: str, *, language: str | None = None, external: bool = False, **values: Any) -> str:
    """The address of a public page, in the language of the request unless another is named.

    `external` gives an absolute address on the configured public URL; the Host header is never believed.
    """
    path = _path(f"{language or _current()}.{endpoint}", tuple(values.items()))
    return public_address(path) if external else path


@lru_cache(maxsize=10_000)  # the same few addresses stand on every page, and finding one costs more than a look
def _path(endpoint: str, values: tuple[tuple[str, Any], ...]) -> str:
    return url_for(endpoint, **dict(values))


def public_address(path: str) -> str:
    """The absolute address of a path on the configured public URL."""
    return services.current().config.public_url + path


def is_served(path: str) -> bool:
    """Whether this portal has a page at this path: for links to features of a layer above, which may be absent."""
    return current_app.url_map.bind("").test(path, "GET")


def render(template: str, **values: Any) -> str:
    """The template as HTML, in the language of the request."""
    with force_locale(language()):
        return render_template(template, **values)


def _current() -> str:
    return language()

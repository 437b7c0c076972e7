"""Parts of pages, rendered once for all pages that they stand on.

`{{ part("incidents/_card.html", incident=incident) }}` is the template with this value and nothing else of the page. Where many
pages are made one after the other, `g.parts` remembers it for the next one; for a single visitor it is simply rendered.
"""

from collections import OrderedDict
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from flask import Flask, g, render_template
from markupsafe import Markup

from portal.web import edge
from portal.web.pages import language

_MOST = 20_000


@dataclass(frozen=True)
class _Part:
    """`values` are kept so that they stay what they are: a part is found again by the very same objects."""

    values: tuple[object, ...]
    html: Markup
    made_at: datetime
    until: datetime | None


class Parts:
    """What was rendered before. One for as long as company, templates and words are the same."""

    def __init__(self) -> None:
        self._known: OrderedDict[tuple[object, ...], _Part] = OrderedDict()

    def find(self, key: tuple[object, ...], now: datetime) -> _Part | None:
        """The part under this key, if it is still true at `now`."""
        found = self._known.get(key)
        if found is None or found.made_at > now or (found.until is not None and now >= found.until):
            return None
        self._known.move_to_end(key)
        return found

    def keep(self, key: tuple[object, ...], part: _Part) -> None:
        self._known[key] = part
        if len(self._known) > _MOST:
            self._known.popitem(last=False)


def init_app(app: Flask) -> None:
    app.jinja_env.globals["part"] = part


def part(template: str, **values: Any) -> Markup:
    """The template with these values, and what every template has."""
    parts: Parts | None = g.get("parts")
    if parts is None:
        return _render(template, values)
    key = (template, language(), *(id(value) for value in values.values()))
    found = parts.find(key, edge.now())
    if found is None:
        with edge.noting_truth() as truth:
            html = _render(template, values)
        found = _Part(tuple(values.values()), html, edge.now(), truth.until)
        parts.keep(key, found)
    edge.holds_until(found.until)
    return found.html


def _render(template: str, values: dict[str, Any]) -> Markup:
    return Markup(render_template(template, **values))

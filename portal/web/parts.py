"""Parts of documents, made once for all documents that they stand in.

`{{ part("incidents/_card.html", incident=incident) }}` is the template with this value and nothing else of the page. Where many
documents are made one after the other, `g.parts` remembers it for the next one; for a single visitor it is simply rendered.
"""

from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any, TypeVar, cast

from flask import Flask, g, render_template
from markupsafe import Markup

from portal.web import edge
from portal.web.pages import language

_MOST = 20_000

Made = TypeVar("Made")


@dataclass(frozen=True)
class _Part:
    """`values` are kept so that they stay what they are: a part is found again by the very same objects."""

    values: tuple[object, ...]
    made: Any
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
    return remembered(template, tuple(values.values()), lambda: Markup(render_template(template, **values)))


def remembered(name: str, values: tuple[object, ...], make: Callable[[], Made]) -> Made:
    """What `make` makes of these values in the language of the request; made before, when it is remembered.

    It must depend on nothing else but the company, and on the time only as far as `holds_until` is told.
    """
    parts: Parts | None = g.get("parts")
    if parts is None:
        return make()
    key = (name, language(), *(id(value) for value in values))
    found = parts.find(key, edge.now())
    if found is None:
        with edge.noting_truth() as truth:
            made = make()
        found = _Part(values, made, edge.now(), truth.until)
        parts.keep(key, found)
    edge.holds_until(found.until)
    return cast("Made", found.made)

"""Incidents as JSON Feed, version 1.1: one item for each incident, as in Atom, with the same names and the same story."""

import json
from collections.abc import Sequence
from datetime import UTC, datetime
from functools import partial
from typing import Any

from portal.incidents.feed_documents import Head, Item, plain, story, tag, title
from portal.incidents.selection import NEWEST
from portal.web.parts import remembered

JSON_FEED = "application/feed+json"
_VERSION = "https://jsonfeed.org/version/1.1"


def json_feed(head: Head, items: Sequence[Item]) -> bytes:
    """The last changed first."""
    facts = {
        "version": _VERSION,
        "title": plain(head.title),
        "home_page_url": head.page,
        "feed_url": head.address,
        "description": plain(head.description),
        "language": head.language,
        "authors": [{"name": plain(head.company)}],
        "items": [remembered("json", (item.situation,), partial(_item, item, head)) for item in items[:NEWEST]],
    }
    return json.dumps(facts, ensure_ascii=False, separators=(",", ":")).encode()


def _item(item: Item, head: Head) -> dict[str, Any]:
    situation = item.situation
    facts: dict[str, Any] = {
        "id": tag(situation, f"incidents/{situation.guid}", head.language),
        "url": item.page,
        "title": title(situation, situation.entries[0], head.language),
        "content_html": str(story(item, head)),
        "date_published": _instant(situation.published_at),
        "date_modified": _instant(situation.updated_at),
    }
    if situation.services:
        facts["tags"] = [plain(service.name.in_(head.language).text) for service in situation.services]
    return facts


def _instant(at: datetime) -> str:
    return at.astimezone(UTC).isoformat(timespec="seconds").replace("+00:00", "Z")

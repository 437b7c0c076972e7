"""What JSON Feed 1.1 asks (jsonfeed.org/version/1.1), as a function that returns every fault. Knows nothing of the portal."""

import json
import re
from collections.abc import Iterator
from datetime import datetime
from typing import Any

from tests.incidents.feed_rules import BCP_47, RFC_3339, absolute_faults, html_faults

FEED = {
    "version",
    "title",
    "home_page_url",
    "feed_url",
    "description",
    "language",
    "authors",
    "items",
    "hubs",
    "next_url",
    "icon",
}
ITEM = {"id", "url", "title", "content_html", "content_text", "date_published", "date_modified", "tags", "language", "authors"}


def json_feed_faults(body: bytes, *, address: str, now: datetime) -> list[str]:
    """Every fault of a JSON Feed that was fetched from `address` at `now`."""
    return list(_feed(json.loads(body), address, now))


def _feed(feed: dict[str, Any], address: str, now: datetime) -> Iterator[str]:
    if feed.get("version") != "https://jsonfeed.org/version/1.1":
        yield f"version is {feed.get('version')}"
    yield from _known(feed, FEED)
    yield from (f"{name} is missing" for name in ("title", "home_page_url", "items", "authors") if name not in feed)
    if feed.get("feed_url") != address:
        yield f"feed_url is {feed.get('feed_url')}"
    if feed.get("next_url") in {address, ""}:
        yield "next_url is this feed"
    yield from absolute_faults(feed.get("home_page_url"), "home_page_url")
    if not BCP_47.fullmatch(feed.get("language", "")):
        yield "language is no language tag"
    yield from (f"{name} holds HTML" for name in ("title", "description") if re.search(r"<\w", feed.get(name, "")))
    if not all(isinstance(author, dict) and author.get("name") for author in feed.get("authors", [])):
        yield "an author has no name"
    items = feed.get("items", [])
    for item in items:
        yield from _item(item, now)
    ids = [item.get("id") for item in items]
    if len(ids) != len(set(ids)):
        yield "two items with one id"
    changed = [item.get("date_modified", "") for item in items]
    if changed != sorted(changed, reverse=True):
        yield "items are not newest first"


def _item(item: dict[str, Any], now: datetime) -> Iterator[str]:
    yield from _known(item, ITEM)
    if not (isinstance(item.get("id"), str) and item["id"]):
        yield f"id is {item.get('id')!r}"
    if not (item.get("content_html") or item.get("content_text")):
        yield "an item has no content"
    if re.search(r"</?\w", item.get("title", "")):
        yield "title holds HTML"
    yield from absolute_faults(item.get("url"), "url")
    yield from html_faults(item.get("content_html", ""))
    for name in ("date_published", "date_modified"):
        if not RFC_3339.fullmatch(item.get(name, "")):
            yield f"{name} is {item.get(name)}"
        elif datetime.fromisoformat(item[name]) > now:
            yield f"{name} lies in the future"
    if not all(isinstance(tag, str) and tag for tag in item.get("tags", [])):
        yield "a tag is no text"


def _known(found: dict[str, Any], names: set[str]) -> Iterator[str]:
    yield from (f"{name} is no key of JSON Feed" for name in found if name not in names and not name.startswith("_"))

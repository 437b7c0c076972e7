"""What feed validators hold against RSS 2.0 and Atom, as functions that return every fault. Knows nothing of the portal.

RSS 2.0 (rssboard.org/rss-specification), the RSS Advisory Board's profile, RFC 4287, RFC 3339, RFC 822 as RSS narrows it,
RFC 4151 for tag: names.
"""

import re
from collections import Counter
from collections.abc import Iterator
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from urllib.parse import urlsplit

import html5lib
from lxml import etree

ATOM = "{http://www.w3.org/2005/Atom}"
LANGUAGE = "{http://www.w3.org/XML/1998/namespace}lang"
XHTML = "{http://www.w3.org/1999/xhtml}"
REGISTERED = {"http", "https", "mailto", "tel"}
DANGEROUS = {"script", "style", "iframe", "object", "embed", "form", "input", "meta", "link", "base", "applet", "img"}
URL_ATTRIBUTES = {"href", "src", "cite", "action", "longdesc", "background"}
RFC_822 = re.compile(
    r"(Mon|Tue|Wed|Thu|Fri|Sat|Sun), \d{2} (Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec) \d{4} "
    r"\d{2}:\d{2}:\d{2} (GMT|[+-]\d{4})"
)
RFC_3339 = re.compile(r"\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}(\.\d+)?(Z|[+-]\d{2}:\d{2})")
TAG = re.compile(r"tag:([a-z0-9._-]+@)?[a-z0-9.-]+,\d{4}(-\d{2}(-\d{2})?)?:[0-9a-zA-Z;/?:@&=+$._!~*'()%,-]+")
BCP_47 = re.compile(r"[a-z]{2,3}(-[A-Z]{2})?")
CHANNEL = {
    *("title", "link", "description", "language", "copyright", "managingEditor", "webMaster", "pubDate", "lastBuildDate"),
    *("category", "generator", "docs", "cloud", "ttl", "image", "textInput", "skipHours", "skipDays", "item"),
}
ITEM = {"title", "link", "description", "author", "category", "comments", "enclosure", "guid", "pubDate", "source"}


def rss_faults(body: bytes, *, address: str, now: datetime) -> list[str]:
    """Every fault of an RSS document that was fetched from `address` at `now`."""
    return list(_rss(body, address, now))


def atom_faults(body: bytes, *, address: str, now: datetime) -> list[str]:
    """Every fault of an Atom document that was fetched from `address` at `now`."""
    return list(_atom(body, address, now))


def _rss(body: bytes, address: str, now: datetime) -> Iterator[str]:
    yield from _bytes(body)
    root = etree.fromstring(body)
    if root.tag != "rss" or root.get("version") != "2.0" or len(root) != 1 or root[0].tag != "channel":
        yield "the root is <rss version=2.0> with one <channel>"
        return
    channel = root[0]
    yield from _counts(channel, {"title": (1, 1), "link": (1, 1), "description": (1, 1), "language": (1, 1), "ttl": (1, 1)})
    yield from _known(channel, CHANNEL)
    yield from _rss_channel(channel, address)
    dates = []
    for item in channel.iter("item"):
        yield from _item(item)
        dates.append(item.findtext("pubDate") or "")
    built = channel.findtext("lastBuildDate") or ""
    for text in [*dates, built]:
        yield from _rfc_822(text, now)
    instants = [parsedate_to_datetime(text) for text in dates if RFC_822.fullmatch(text)]
    if instants != sorted(instants, reverse=True):
        yield "items are not newest first"
    if instants and RFC_822.fullmatch(built) and parsedate_to_datetime(built) < max(instants):
        yield "lastBuildDate is older than the newest item"
    guids = Counter(guid.text for guid in channel.iter("guid"))
    yield from (f"guid {guid} stands {n} times" for guid, n in guids.items() if n > 1)
    for _name, words in re.findall(rb"<(title|category)>(.*?)</\1>", body, re.DOTALL):
        if b"&amp;" in words or b"&lt;" in words or b"<" in words:
            yield f"{words!r} does not write & and < as the profile asks"
    for title in [*channel.iter("title"), *channel.iter("category")]:
        yield from _no_markup(title.text)


def _rss_channel(channel: etree._Element, address: str) -> Iterator[str]:
    selves = [link for link in channel.findall(f"{ATOM}link") if link.get("rel") == "self"]
    if [(link.get("href"), link.get("type")) for link in selves] != [(address, "application/rss+xml")]:
        yield f"there is not exactly one atom:link rel=self to {address}"
    if channel.findtext("link") == address:
        yield "the channel's link is the feed itself"
    yield from absolute_faults(channel.findtext("link"), "the channel's link")
    if not BCP_47.fullmatch(channel.findtext("language") or ""):
        yield "language is no language tag"
    if not (channel.findtext("ttl") or "").isdigit():
        yield "ttl is no number of minutes"


def _item(item: etree._Element) -> Iterator[str]:
    yield from _counts(item, {"guid": (1, 1), "pubDate": (1, 1), "link": (1, 1), "title": (1, 1), "description": (1, 1)})
    yield from _counts(item, {"enclosure": (0, 1), "author": (0, 1), "source": (0, 1)})
    yield from _known(item, ITEM)
    guid = item.find("guid")
    if guid is not None and guid.get("isPermaLink", "true") == "true":
        yield from absolute_faults(guid.text, "a guid that is a permalink")
    yield from absolute_faults(item.findtext("link"), "an item's link")
    yield from html_faults(item.findtext("description") or "")


def _atom(body: bytes, address: str, now: datetime) -> Iterator[str]:
    yield from _bytes(body)
    feed = etree.fromstring(body)
    if feed.tag != f"{ATOM}feed":
        yield "the root is no atom:feed"
        return
    if not BCP_47.fullmatch(feed.get(LANGUAGE, "")):
        yield "the feed has no xml:lang"
    selves = [link.get("href") for link in feed.findall(f"{ATOM}link") if link.get("rel") == "self"]
    if selves != [address]:
        yield f"there is not exactly one link rel=self to {address}: {selves}"
    yield from _atom_common(feed, now)
    entries = feed.findall(f"{ATOM}entry")
    for entry in entries:
        yield from _atom_common(entry, now)
        yield from _entry(entry)
        if feed.find(f"{ATOM}author") is None and entry.find(f"{ATOM}author") is None:
            yield "an entry has no author, nor has the feed"
    ids = Counter(entry.findtext(f"{ATOM}id") for entry in [feed, *entries])
    yield from (f"id {id_} stands {n} times" for id_, n in ids.items() if n > 1)
    updated = [_instant(entry.findtext(f"{ATOM}updated")) for entry in entries]
    if updated != sorted(updated, reverse=True):
        yield "entries are not newest first"
    if updated and _instant(feed.findtext(f"{ATOM}updated")) < max(updated):
        yield "the feed is older than its newest entry"


def _atom_common(element: etree._Element, now: datetime) -> Iterator[str]:
    yield from _no_markup(element.findtext(f"{ATOM}title"))
    yield from _counts(element, {f"{ATOM}{name}": (1, 1) for name in ("id", "title", "updated")})
    id_ = element.findtext(f"{ATOM}id") or ""
    if not TAG.fullmatch(id_):
        yield f"id {id_!r} is no tag: name"
    for name in ("updated", "published"):
        for date in element.findall(f"{ATOM}{name}"):
            if not RFC_3339.fullmatch(date.text or ""):
                yield f"{date.text!r} is no RFC 3339 date"
            elif _instant(date.text) > now:
                yield f"{date.text} lies in the future"
    alternates = Counter(
        (link.get("type"), link.get("hreflang")) for link in element.findall(f"{ATOM}link") if link.get("rel") == "alternate"
    )
    yield from (f"{n} alternate links of kind {kind}" for kind, n in alternates.items() if n > 1)
    for link in element.findall(f"{ATOM}link"):
        yield from absolute_faults(link.get("href"), "a link")
    for author in element.findall(f"{ATOM}author"):
        if not author.findtext(f"{ATOM}name"):
            yield "an author has no name"


def _entry(entry: etree._Element) -> Iterator[str]:
    content = entry.find(f"{ATOM}content")
    if content is None or content.get("type") != "html" or content.get("src"):
        yield "an entry has no HTML content of its own"
        return
    if len(content):
        yield "HTML content is not escaped"
    yield from html_faults(content.text or "")
    if _instant(entry.findtext(f"{ATOM}updated")) < _instant(entry.findtext(f"{ATOM}published")):
        yield "an entry was updated before it was published"


def _bytes(body: bytes) -> Iterator[str]:
    if not re.match(rb"<\?xml version=['\"]1\.0['\"] encoding=['\"]UTF-8['\"]\?>", body):
        yield "there is no XML declaration that says UTF-8"
    if b"<!DOCTYPE" in body or b"<!ENTITY" in body:
        yield "there is a DTD"
    body.decode("utf-8", "strict")


def _no_markup(words: str | None) -> Iterator[str]:
    if re.search(r"</\w", words or ""):
        yield f"{words!r} looks like HTML where plain text belongs"


def _counts(element: etree._Element, bounds: dict[str, tuple[int, int]]) -> Iterator[str]:
    for name, (least, most) in bounds.items():
        found = element.findall(name)
        if not least <= len(found) <= most:
            yield f"{len(found)} <{name}> in <{element.tag}>"
        yield from (f"an empty <{name}> in <{element.tag}>" for each in found if not (each.text or "").strip())


def _known(element: etree._Element, names: set[str]) -> Iterator[str]:
    for child in element:
        if not str(child.tag).startswith("{") and child.tag not in names:
            yield f"<{child.tag}> is no element of RSS and has no namespace"


def _rfc_822(text: str, now: datetime) -> Iterator[str]:
    if not RFC_822.fullmatch(text):
        yield f"{text!r} is no RFC 822 date with a four digit year"
    elif parsedate_to_datetime(text).strftime("%a") != text[:3]:
        yield f"{text} is not a {text[:3]}"
    elif parsedate_to_datetime(text) > now:
        yield f"{text} lies in the future"


def _instant(text: str | None) -> datetime:
    return datetime.fromisoformat(text or "").astimezone(UTC)


def absolute_faults(address: str | None, what: str) -> Iterator[str]:
    parts = urlsplit(address or "")
    if parts.scheme not in REGISTERED or (parts.scheme.startswith("http") and not parts.netloc):
        yield f"{what} is not absolute: {address!r}"


def html_faults(text: str) -> Iterator[str]:
    parser = html5lib.HTMLParser()
    for element in parser.parseFragment(text).iter():
        if not isinstance(element.tag, str):
            yield "a comment in HTML"
            continue
        name = element.tag.removeprefix(XHTML)
        if name in DANGEROUS:
            yield f"<{name}> in HTML"
        for attribute, value in element.attrib.items():
            if attribute in URL_ATTRIBUTES:
                yield from absolute_faults(value, f"{attribute} of <{name}>")
            if attribute.startswith("on") or attribute == "style":
                yield f"{attribute} on <{name}>"
    yield from (f"HTML: {code} at {place}" for place, code, _ in parser.errors)

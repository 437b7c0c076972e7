"""Incidents as Atom and RSS: the same situations give the same bytes. Rules: RFC 4287, RSS 2.0, the RSS Advisory Board.

Atom has one entry for each incident, whose id stays while its content grows; RSS has one item for each update. So readers
that go by identity and readers that go by novelty are both served.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from operator import itemgetter
from zoneinfo import ZoneInfo

from feedgen.entry import FeedEntry
from feedgen.feed import FeedGenerator
from flask_babel import gettext as _
from lxml import etree
from markupsafe import Markup

from portal.incidents import rules
from portal.incidents.display import derived_text, state_name
from portal.incidents.selection import NEWEST
from portal.incidents.timeline import Entry, Situation
from portal.web import formats
from portal.web.localized import Localized
from portal.web.markdown import to_html
from portal.web.parts import remembered

ATOM, RSS = "application/atom+xml", "application/rss+xml"
AUTHORITY = "bereikbaar.example"  # of tag: addresses (RFC 4151); never an installation's host, which may change
_TTL_MINUTES = 5
_PROFILE = {b"&amp;": b"&#x26;", b"&lt;": b"&#x3C;"}  # how the profile wants them in plain text


@dataclass(frozen=True)
class Head:
    """What a feed says of itself. `page` and `address` are absolute; `changed_at` dates a feed without entries."""

    id: str
    company: str
    title: str
    description: str
    page: str
    address: str
    language: str
    zone: ZoneInfo
    changed_at: datetime


@dataclass(frozen=True)
class Item:
    """A situation with the absolute address of its page."""

    situation: Situation
    page: str


def feed_id(installation: str, path: str, language: str) -> str:
    """The tag: address (RFC 4151) of a feed, the same for ever."""
    return f"tag:{AUTHORITY},2026:{installation}/{path}/{language}"


def changed_at(head: Head, items: Sequence[Item]) -> datetime:
    """When the feed last said something else."""
    return max((item.situation.updated_at for item in items), default=head.changed_at)


def atom(head: Head, items: Sequence[Item]) -> bytes:
    """One entry for each incident, the last changed first, with all its updates in its content."""
    feed = _feed(head, ATOM, changed_at(head, items))
    entries = [remembered("atom", (item.situation,), partial(_entry, item, head)) for item in items[:NEWEST]]
    return _before(b"</feed>", bytes(feed.atom_str()), entries)


def _entry(item: Item, head: Head) -> bytes:
    situation, entry = item.situation, FeedEntry()
    entry.id(tag(situation, f"incidents/{situation.guid}", head.language))
    entry.title(title(situation, situation.entries[0], head.language))
    entry.link(href=item.page, rel="alternate", type="text/html")
    entry.published(situation.published_at)
    entry.updated(situation.updated_at)
    _categorise(entry, situation, head.language)
    entry.content(str(story(item, head)), type="html")
    return bytes(etree.tostring(entry.atom_entry(), encoding="UTF-8"))


def rss(head: Head, items: Sequence[Item]) -> bytes:
    """One item for each update, the newest first, dated by its publication: announced work has the date of the announcement."""
    lines = [line for item in items for line in remembered("rss", (item.situation,), partial(_lines, item, head))]
    newest = sorted(lines, key=itemgetter(0), reverse=True)[:NEWEST]
    feed = _feed(head, RSS, changed_at(head, items))
    feed.ttl(_TTL_MINUTES)
    return _before(b"</channel>", _profiled(bytes(feed.rss_str())), [written for _order, written in newest])


def _lines(item: Item, head: Head) -> list[tuple[tuple[datetime, bool, int], bytes]]:
    """Each update of an incident as an item of RSS, with what orders it among others."""
    lines = []
    for line in item.situation.entries:
        entry = FeedEntry()
        entry.guid(tag(item.situation, f"updates/{line.guid}", head.language), permalink=False)
        entry.title(title(item.situation, line, head.language))
        entry.link(href=f"{item.page}#update-{line.guid}", rel="alternate")
        entry.pubDate(line.at)
        _categorise(entry, item.situation, head.language)
        entry.description(str(_told(item, line, head) + _facts(item, head)))
        written = _profiled(bytes(etree.tostring(entry.rss_entry(), encoding="UTF-8")))
        lines.append(((line.at, line.is_derived, line.id or 0), written))
    return lines


def _before(end: bytes, feed: bytes, entries: Sequence[bytes]) -> bytes:
    """The feed with these entries, which were written once for every feed that they stand in."""
    start, found, rest = feed.rpartition(end)
    assert found, "a feed ends like that"
    return b"".join((start, *entries, found, rest))


def _feed(head: Head, kind: str, updated: datetime) -> FeedGenerator:
    feed = FeedGenerator()
    feed.id(head.id)
    feed.title(plain(head.title))
    feed.description(plain(head.description))
    feed.author(name=plain(head.company))
    feed.language(head.language)
    feed.link(href=head.address, rel="self", type=kind)
    feed.link(href=head.page, rel="alternate", type="text/html", hreflang=head.language)  # the last is the link of RSS
    feed.generator("Bereikbaar")
    feed.updated(updated)
    return feed


def story(item: Item, head: Head) -> Markup:
    """All that is told of an incident, the last update first, as clean HTML with absolute addresses."""
    return Markup("").join([_facts(item, head)] + [_told(item, line, head) for line in item.situation.entries])


def tag(situation: Situation, path: str, language: str) -> str:
    """A name for ever: of the day of publication and the random name that the database keeps."""
    return f"tag:{AUTHORITY},{situation.published_at:%Y-%m-%d}:{path}/{language}"


def title(situation: Situation, line: Entry, language: str) -> str:
    """What is wrong, with its state as of this line."""
    return plain(f"{state_name(line.state)}: {situation.title.in_(language).text}")


def _categorise(entry: FeedEntry, situation: Situation, language: str) -> None:
    for service in situation.services:
        entry.category(term=service.slug, label=plain(service.name.in_(language).text))


def _told(item: Item, line: Entry, head: Head) -> Markup:
    """One update: its state and time, its text, and when more would follow."""
    parts = [Markup("<p><strong>{}</strong>, {}</p>").format(state_name(line.state), _full(line.at, head))]
    if line.is_derived:
        parts.append(Markup("<p>{}</p>").format(derived_text(line.state)))
    else:
        parts.append(_html(line.body, item.page, head.language))
    if line.edited_at:
        parts.append(Markup("<p><em>{}</em></p>").format(_("This text was edited: %(time)s.", time=_full(line.edited_at, head))))
    if line.next_update_at:
        parts.append(Markup("<p>{}</p>").format(_("More follows before %(time)s.", time=_full(line.next_update_at, head))))
    return Markup("\n").join(parts) + Markup("\n")


def _facts(item: Item, head: Head) -> Markup:
    """The window of planned work, and what is touched."""
    situation, parts = item.situation, []
    if situation.window:
        start, end = _full(situation.window.start, head), _full(situation.window.end, head)
        parts.append(_("Planned: from %(start)s until %(end)s.", start=start, end=end))
    for said, mentions in ((_("Services"), situation.services), (_("Channels"), situation.channels)):
        if mentions:
            names = ", ".join(plain(mention.name.in_(head.language).text) for mention in mentions)
            parts.append(f"{said}: {names}")
    return Markup("").join(Markup("<p>{}</p>\n").format(part) for part in parts)


def _html(body: Localized, page: str, language: str) -> Markup:
    """Clean HTML with absolute addresses; says so when it is in the other language."""
    text = body.in_(language)
    html = to_html(text.text, base=page)
    return Markup('<div lang="{}">{}</div>').format(text.language, html) if text.is_fallback else html


def _full(at: datetime, head: Head) -> str:
    """The whole date with its year: a feed is read long after."""
    return formats.day_and_time(at, head.zone, head.language)


def plain(words: str) -> str:
    """Words on one line; what looks like a tag stands between other brackets, as some readers would take it for one."""
    return re.sub(r"<([/!]?\w[^<>]*)>", "\u2039\\1\u203a", rules.clean_title(words))


def _profiled(written: bytes) -> bytes:
    return re.sub(rb"<(title|category)>[^<]*</\1>", _as_the_profile_asks, written)


def _as_the_profile_asks(element: re.Match[bytes]) -> bytes:
    return re.sub(rb"&amp;|&lt;", lambda found: _PROFILE[found[0]], element[0])

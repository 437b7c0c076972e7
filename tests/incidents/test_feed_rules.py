"""Each rule for feeds is able to fail: a valid feed is broken in one place, and exactly that is found."""

import json
from datetime import UTC, datetime

import pytest

from tests.incidents.feed_rules import atom_faults, rss_faults
from tests.incidents.json_feed_rules import json_feed_faults

NOW = datetime(2026, 3, 10, 13, 0, tzinfo=UTC)
ADDRESS = "https://portal.example/feed"
RSS = """<?xml version='1.0' encoding='UTF-8'?>
<rss xmlns:atom="http://www.w3.org/2005/Atom" version="2.0"><channel>
<title>A &#x26; B</title><link>https://portal.example/</link><description>What is wrong</description>
<atom:link href="https://portal.example/feed" rel="self" type="application/rss+xml"/>
<language>nl</language><ttl>5</ttl><lastBuildDate>Tue, 10 Mar 2026 12:00:00 +0000</lastBuildDate>
<item><title>Two</title><link>https://portal.example/2</link><description>&lt;p&gt;Two&lt;/p&gt;</description>
<guid isPermaLink="false">two</guid><pubDate>Tue, 10 Mar 2026 12:00:00 +0000</pubDate></item>
<item><title>One</title><link>https://portal.example/1</link><description>&lt;a href="https://x.example/"&gt;1&lt;/a&gt;</description>
<guid isPermaLink="false">one</guid><pubDate>Mon, 09 Mar 2026 12:00:00 +0000</pubDate></item>
</channel></rss>"""
ATOM = """<?xml version='1.0' encoding='UTF-8'?>
<feed xmlns="http://www.w3.org/2005/Atom" xml:lang="nl">
<id>tag:portal.example,2026:feed</id><title>A</title><updated>2026-03-10T12:00:00Z</updated><author><name>A</name></author>
<link href="https://portal.example/feed" rel="self"/><link href="https://portal.example/" rel="alternate"/>
<entry><id>tag:portal.example,2026:2</id><title>Two</title><updated>2026-03-10T12:00:00Z</updated>
<published>2026-03-10T11:00:00Z</published><content type="html">&lt;p&gt;Two&lt;/p&gt;</content></entry>
<entry><id>tag:portal.example,2026:1</id><title>One</title><updated>2026-03-09T12:00:00+01:00</updated>
<published>2026-03-09T11:00:00Z</published><content type="html">&lt;p&gt;One&lt;/p&gt;</content></entry>
</feed>"""


def test_the_unbroken_feeds_have_no_fault() -> None:
    assert rss_faults(RSS.encode(), address=ADDRESS, now=NOW) == []
    assert atom_faults(ATOM.encode(), address=ADDRESS, now=NOW) == []


@pytest.mark.parametrize(
    ("was", "broken", "fault"),
    [
        ('version="2.0"', 'version="0.9"', "the root is"),
        ("encoding='UTF-8'?>", "?>", "no XML declaration"),
        ("<rss ", "<!DOCTYPE rss><rss ", "there is a DTD"),
        ("<description>What is wrong</description>", "", "0 <description> in <channel>"),
        ("<description>What is wrong</description>", "<description/>", "an empty <description>"),
        ("A &#x26; B", "A &amp; B", "as the profile asks"),
        ("A &#x26; B", "A &#x3C;/b> B", "looks like HTML"),
        ("<title>One</title>", "<title>One</title><category>A &amp; B</category>", "as the profile asks"),
        ("<ttl>5</ttl>", "<ttl>soon</ttl>", "ttl is no number"),
        ("<language>nl</language>", "<language>nl_NL</language>", "language is no language tag"),
        ("<ttl>", "<window>x</window><ttl>", "<window> is no element of RSS"),
        ('/feed" rel="self"', '/other" rel="self"', "exactly one atom:link"),
        ("<link>https://portal.example/</link>", "<link>https://portal.example/feed</link>", "is the feed itself"),
        ("<link>https://portal.example/1</link>", "<link>/1</link>", "an item's link is not absolute"),
        ('isPermaLink="false">one', ">one", "a guid that is a permalink is not absolute"),
        (">one</guid>", ">two</guid>", "guid two stands 2 times"),
        ("Mon, 09 Mar 2026 12", "Mon, 09 Mar 26 12", "is no RFC 822 date"),
        ("Mon, 09 Mar 2026 12", "Sun, 09 Mar 2026 12", "is not a Sun"),
        ("Mon, 09 Mar 2026 12", "Wed, 11 Mar 2026 12", "lies in the future"),
        ("Mon, 09 Mar 2026 12", "Tue, 10 Mar 2026 12:30", "is no RFC 822"),
        ("<pubDate>Mon, 09 Mar 2026 12:00", "<pubDate>Tue, 10 Mar 2026 12:30", "items are not newest first"),
        ("Date>Tue, 10 Mar 2026 12:00:00 +0000</last", "Date>Mon, 02 Mar 2026 12:00:00 +0000</last", "lastBuildDate is older"),
        ("https://x.example/", "/x", "href of <a> is not absolute"),
        ("https://x.example/", "javascript:x", "href of <a> is not absolute"),
        ("&lt;p&gt;Two", "&lt;p onclick=x&gt;Two", "onclick on <p>"),
        ("&lt;p&gt;Two", "&lt;script&gt;Two", "<script> in HTML"),
        ("&lt;p&gt;Two", "&lt;!-- x --&gt;&lt;p&gt;Two", "a comment in HTML"),
        ("&lt;p&gt;Two", "&lt;b&gt;&lt;p&gt;Two", "HTML:"),
    ],
)
def test_a_fault_of_rss_is_found(was: str, broken: str, fault: str) -> None:
    assert was in RSS
    faults = rss_faults(RSS.replace(was, broken, 1).encode(), address=ADDRESS, now=NOW)
    assert any(fault in each for each in faults), faults


@pytest.mark.parametrize(
    ("was", "broken", "fault"),
    [
        (' xml:lang="nl"', "", "no xml:lang"),
        ("<author><name>A</name></author>", "", "an entry has no author"),
        ("<name>A</name>", "", "an author has no name"),
        ("feed</id>", "2</id>", "stands 2 times"),
        ("tag:portal.example,2026:1", "1", "is no tag: name"),
        ("<title>One</title>", "<title>&lt;/b&gt;</title>", "looks like HTML"),
        ("<title>One</title>", "", "0 <{http://www.w3.org/2005/Atom}title>"),
        ("2026-03-09T12:00:00+01:00", "2026-03-09 12:00:00Z", "is no RFC 3339 date"),
        ("2026-03-09T12:00:00+01:00", "2026-03-11T12:00:00Z", "lies in the future"),
        ("2026-03-09T12:00:00+01:00", "2026-03-10T12:30:00Z", "entries are not newest first"),
        ("2026-03-09T12:00:00+01:00", "2026-03-09T10:00:00Z", "updated before it was published"),
        ("<title>A</title><updated>2026-03-10", "<title>A</title><updated>2026-03-08", "older than its newest"),
        ('rel="self"', 'rel="via"', "exactly one link rel=self"),
        ('<link href="https://portal.example/" rel="alternate"/>', '<link href="/" rel="alternate"/>', "a link is not absolute"),
        ('type="html">&lt;p&gt;One', 'type="text">&lt;p&gt;One', "no HTML content"),
        ("&lt;p&gt;One&lt;/p&gt;", "<p>One</p>", "HTML content is not escaped"),
    ],
)
def test_a_fault_of_atom_is_found(was: str, broken: str, fault: str) -> None:
    assert was in ATOM
    faults = atom_faults(ATOM.replace(was, broken, 1).encode(), address=ADDRESS, now=NOW)
    assert any(fault in each for each in faults), faults


JSON = {
    "version": "https://jsonfeed.org/version/1.1",
    "title": "A & B",
    "home_page_url": "https://portal.example/",
    "feed_url": ADDRESS,
    "language": "nl",
    "authors": [{"name": "A"}],
    "items": [
        {
            "id": name,
            "url": f"https://portal.example/{name}",
            "title": "A",
            "content_html": "<p>A</p>",
            "date_published": "2026-03-09T12:00:00Z",
            "date_modified": at,
        }
        for name, at in (("two", "2026-03-10T12:00:00Z"), ("one", "2026-03-09T12:00:00Z"))
    ],
}


def test_the_unbroken_json_feed_has_no_fault() -> None:
    assert json_feed_faults(json.dumps(JSON).encode(), address=ADDRESS, now=NOW) == []


@pytest.mark.parametrize(
    ("was", "broken", "fault"),
    [
        ("version/1.1", "version/1", "version is"),
        ('"title": "A & B"', '"title": "<b>A"', "title holds HTML"),
        ('"title": "A & B"', '"name": "A"', "title is missing"),
        ('"name": "A"', '"name": ""', "an author has no name"),
        ('"language": "nl"', '"language": "nl_NL"', "language is"),
        ('"feed_url": "https://portal.example/feed"', '"feed_url": "/feed"', "feed_url is"),
        ('"language"', '"next_url": "https://portal.example/feed", "language"', "next_url is this feed"),
        ('"language"', '"author": {}, "language"', "author is no key"),
        ('"id": "two"', '"id": 2', "id is 2"),
        ('"id": "two"', '"id": "one"', "two items with one id"),
        ("https://portal.example/two", "/two", "url is not absolute"),
        ("<p>A</p>", "", "no content"),
        ("<p>A</p>", "<script>A", "<script> in HTML"),
        ("2026-03-09T12:00:00Z", "9 maart", "date_published is"),
        ("2026-03-10T12:00:00Z", "2026-03-11T12:00:00Z", "lies in the future"),
        ("2026-03-10T12:00:00Z", "2026-03-08T12:00:00Z", "not newest first"),
    ],
)
def test_a_fault_of_json_feed_is_found(was: str, broken: str, fault: str) -> None:
    right = json.dumps(JSON)
    assert was in right
    faults = json_feed_faults(right.replace(was, broken, 1).encode(), address=ADDRESS, now=NOW)
    assert any(fault in each for each in faults), faults

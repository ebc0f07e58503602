"""The fast way through a feed comes to what feedparser comes to, or declines."""

from __future__ import annotations

from pathlib import Path
from random import Random

import feedparser
import pytest
from feed_making import HANDLED, Maker
from hypothesis import given, settings
from hypothesis import strategies as st
from lxml import etree
from webserver import Reply, WebServer

from monitor.core.errors import NotUnderstood
from monitor.core.feeds import names as feed_names
from monitor.core.feeds import reading as feed_reading
from monitor.core.feeds.elements import read_elements
from monitor.core.feeds.entries import Entry

BASE = "https://agency.example/news/feed.xml"
SPACES = (
    'xmlns:dc="http://purl.org/dc/elements/1.1/" xmlns:content="http://purl.org/rss/1.0/modules/content/"'
    ' xmlns:media="http://search.yahoo.com/mrss/" xmlns:atom="http://www.w3.org/2005/Atom"'
    ' xmlns:slash="http://purl.org/rss/1.0/modules/slash/" xmlns:itunes="http://www.itunes.com/dtds/podcast-1.0.dtd"'
)


def rss(entry: str, head: str = "", root: str = "") -> bytes:
    return (
        f'<?xml version="1.0" encoding="utf-8"?><rss version="2.0" {SPACES} {root}><channel><title>T</title>{head}'
        f"<item>{entry}</item></channel></rss>"
    ).encode()


def atom(entry: str, root: str = "") -> bytes:
    return f'<feed xmlns="http://www.w3.org/2005/Atom" {root}><id>urn:f</id><entry>{entry}</entry></feed>'.encode()


def fast(body: bytes, zone: str = "UTC") -> list[Entry] | None:
    return read_elements(body, zone=zone, base=BASE)


def slow(body: bytes, zone: str = "UTC") -> list[Entry]:
    return [feed_reading._from_xml(entry, zone, BASE) for entry in feed_reading._parsed("src", body)]


READ = {
    "usual": rss(
        '<title>A &amp; B</title><link>/x?a=1&amp;b=2</link><guid isPermaLink="false">7</guid><dc:creator>Office</dc:creator>'
        "<pubDate>Tue, 03 Feb 2026 15:30:00 +0000</pubDate><category domain='d'>c</category><category>c</category>"
        "<description>&lt;p&gt;short&lt;/p&gt;</description><content:encoded><![CDATA[<p>long</p>]]></content:encoded>"
        "<slash:comments>0</slash:comments><comments>https://a.example/c</comments>"
    ),
    "guid that is the address": rss("<guid>https://a.example/1</guid>"),
    "second description is the content": rss("<description>a</description><itunes:summary>b</itunes:summary>"),
    "first title counts": rss("<title>a</title><title>b</title><media:title>c</media:title>"),
    "title after that of a picture": rss(
        "<media:group><media:title>c</media:title><media:description>d</media:description></media:group><title>a</title>"
    ),
    "only an enclosure": rss("<title>a</title><enclosure url='https://a.example/a.mp3' type='audio/mpeg'/>"),
    "letters mended": rss("<title>caf\u00c3\u00a9 \x96 x</title><description>\u00e9</description>"),
    "base of the whole feed": rss("<link>x</link><guid>y</guid>", root='xml:base="https://b.example/d/"'),
    "base of a text": atom(
        '<id>urn:1</id><content type="html" xml:base="https://b.example/">c</content><link href="https://a.example/"/>'
    ),
    "atom": atom(
        '<id>urn:1</id><title type="html">&lt;b&gt;A&lt;/b&gt;</title><link rel="self" href="/s"/><link href="/a"/>'
        "<author><name>N</name><email>n@a.example</email></author><author><name>M</name><email>m@a.example</email></author>"
        "<updated>2026-02-03T15:30:00Z</updated><category term='t' label='l'/><summary>s</summary><content>c</content>"
        "<source><id>urn:s</id><title>S</title><link href='/s'/><author><name>X</name></author></source>"
    ),
    "rdf": (
        b'<rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#" xmlns="http://purl.org/rss/1.0/"'
        b' xmlns:dc="http://purl.org/dc/elements/1.1/"><channel rdf:about="c"><items><rdf:Seq><rdf:li rdf:resource="u"/>'
        b'</rdf:Seq></items></channel><item rdf:about="https://a.example/1"><title>A</title><dc:date>2026-02-03</dc:date>'
        b"<dc:subject>s</dc:subject></item></rdf:RDF>"
    ),
    "entries beside the channel": b"<rss><channel><title>T</title></channel><item><title>a</title></item></rss>",
    "no entries": b"<rss><channel><title>T</title></channel></rss>",
    "prefix of its own": rss('<x:y xmlns:x="urn:x"><title>deep</title></x:y><link>https://a.example/</link>'),
}  # fmt: skip


@pytest.mark.parametrize("case", READ)
def test_a_plain_feed_takes_the_fast_way_and_comes_to_the_same(case: str) -> None:
    found = fast(READ[case])
    assert found is not None
    assert found == slow(READ[case])


DECLINED = {
    "ill-formed": b"<rss><channel><item><title>a</item></channel></rss>",
    "entity": rss("<title>a &nbsp; b</title>"),
    "document type": b"<!DOCTYPE rss [<!ENTITY a 'b'>]><rss><channel><item><title>&a;</title></item></channel></rss>",
    "undeclared prefix": b"<rss><channel><item><dc:title>a</dc:title></item></channel></rss>",
    "markup that is not escaped": rss("<description>a <b>b</b></description>"),
    "xhtml": atom('<content type="xhtml"><div xmlns="http://www.w3.org/1999/xhtml">a</div></content>'),
    "base64": atom('<content type="application/octet-stream">YQ==</content>'),
    "odd date": rss("<title>a</title><pubDate>Tue, 03 Feb 2026</pubDate>"),
    "relative base": rss("<title>a</title>", root='xml:base="/d/"'),
    "base of an entry": atom('<link href="x" xml:base="https://b.example/"/>'),
    "relative address after a base": atom('<content xml:base="https://b.example/">c</content><link href="x"/>'),
    "entry in an entry": rss("<title>a</title><item><title>b</title></item>"),
    "entry in something else": rss("<title>a</title>", head="<x><item><title>b</title></item></x>"),
    "picture in an entry": rss("<image><title>a</title></image>"),
    "prefix for another namespace": rss('<title xmlns:dc="urn:x">a</title>'),
    "unknown namespace of all": b'<feed xmlns="urn:x"><entry><title>a</title></entry></feed>',
    "chapters": rss('<psc:chapters xmlns:psc="http://podlove.org/simple-chapters"/>'),
    "name that feedparser notes": rss("<links>a</links>"),
    "slashes too many": rss("<link>https:///a.example/</link>"),
    "two authors in one": atom(
        "<author><email>a@a.example</email></author><author><name>B</name></author>"
    ),
    "too deep": rss("<a>" * 300 + "</a>" * 300),
}  # fmt: skip


@pytest.mark.parametrize("case", DECLINED)
def test_what_is_not_certain_is_left_to_feedparser(case: str) -> None:
    assert fast(DECLINED[case]) is None
    slow(DECLINED[case])


@given(st.randoms(use_true_random=False), st.sampled_from([0.0, 0.02, 0.1]))
@settings(max_examples=400, deadline=None)
def test_no_feed_is_read_otherwise_than_feedparser_reads_it(chance: Random, odd: float) -> None:
    body = Maker(chance, odd).feed()
    found = fast(body)
    if found is not None:
        assert found == slow(body)


def test_most_feeds_without_oddities_take_the_fast_way() -> None:
    bodies = [Maker(Random(seed), 0.0).feed() for seed in range(300)]
    assert sum(fast(body) is not None for body in bodies) > 100


def test_each_name_of_feedparser_s_is_read_or_handed_over() -> None:
    handed_over = feed_names._HANDED_OVER
    unknown = {
        name
        for name in HANDLED
        if name.lower() not in feed_names.KNOWN
        and name.lower() not in handed_over
        and not name.startswith(feed_names._HANDED_OVER_PREFIXES)
    }
    # They do nothing with what they hold, which is read as if it stood in the entry.
    assert unknown == {"media_content", "media_group"}


def test_namespaces_are_those_of_feedparser() -> None:
    prefixes = {
        uri.lower(): prefix.lower() for uri, prefix in feedparser.mixin._FeedParserMixin.namespaces.items()
    }
    for uri, prefix in feed_names._NAMESPACES.items():
        assert prefixes[uri] == prefix
    assert {uri for uri, prefix in prefixes.items() if not prefix} <= set(feed_names._NAMESPACES)
    handled = {name.partition("_")[0].lower() for name in HANDLED if "_" in name}
    assert handled <= set(feed_names._NAMESPACES.values())


def test_an_odd_date_is_declined_only_where_it_counts() -> None:
    found = fast(rss("<dc:date>soon</dc:date><pubDate>2026-02-03</pubDate>"), "Asia/Tokyo")
    assert found is not None
    assert found[0].dated is not None
    assert str(found[0].dated) == "2026-02-03"


def test_no_file_and_no_address_is_opened_for_an_entity(tmp_path: Path, web: WebServer) -> None:
    (tmp_path / "secret").write_text("secret words", encoding="utf-8")
    web.answer("/feed.dtd", Reply(body=b'<!ENTITY told "from afar">'))
    for declared in (f'SYSTEM "{web.url("/feed.dtd")}"', f'[<!ENTITY told SYSTEM "{tmp_path / "secret"}">]'):
        body = f"<!DOCTYPE rss {declared}><rss><channel><item><title>a &told; b</title></item></channel></rss>".encode()
        assert fast(body) is None
        try:
            assert "secret" not in repr(slow(body))
        except NotUnderstood:
            continue
    assert web.requests == []


def test_an_instruction_in_a_text_is_declined() -> None:
    body = rss("<title>a<?php 1 > 0 ?>b</title>")
    assert etree.fromstring(body) is not None
    assert fast(body) is None

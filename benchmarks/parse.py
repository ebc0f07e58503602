"""Milliseconds a feed of 25 entries takes to read, beside bare lxml and bare feedparser, in interleaved rounds.

The feeds are made here: six RSS 2.0 to three Atom to one RDF, HTML summaries of some 600 characters, in one of five the
full text too, in one of ten East Asian letters. Bare means: five texts an entry, as they stand. Each round runs every
reader over all feeds, in an order that turns; the figures are medians over the rounds.
"""

from __future__ import annotations

import argparse
import random
import statistics
import time
from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from html import escape
from io import BytesIO

import feedparser
from lxml import etree

from monitor.core import addresses, feed_reading
from monitor.core.encodings import in_utf8
from monitor.core.exchange import Request, Response, Source
from monitor.core.feed_elements import read_elements
from monitor.core.feed_reading import Entry, read_feed
from monitor.core.items import Item, content_hash, field_hashes
from monitor.core.text import plain
from monitor.sources import feed

WORDS = [
    "agency",
    "committee",
    "docket",
    "federal",
    "funding",
    "hearing",
    "network",
    "notice",
    "quantum",
    "rule",
]
CJK = "工业和信息化部发布关于频段规划的通知総務省意見募集次世代移動通信과학기술정보통신부계획"
SPACES = (
    'xmlns:content="http://purl.org/rss/1.0/modules/content/" xmlns:dc="http://purl.org/dc/elements/1.1/"'
    ' xmlns:atom="http://www.w3.org/2005/Atom"'
)
FORMS = ["rss"] * 6 + ["atom"] * 3 + ["rdf"]
SOURCE = Source(id="src", kind="feed", url="https://agency.example/feed", options=feed.Options())
Reader = Callable[[Response], object]


def feeds(count: int) -> list[Response]:
    """As many feeds, the same at every run."""
    return [_response(_feed(random.Random(number), number)) for number in range(count)]


def _response(body: str) -> Response:
    headers = {"content-type": "application/xml; charset=utf-8"}
    at = datetime(2026, 4, 1, tzinfo=UTC)
    return Response(
        request=Request(url=SOURCE.url), url=SOURCE.url, body=body.encode(), headers=headers, fetched_at=at
    )


def _feed(chance: random.Random, number: int) -> str:
    form = FORMS[number % len(FORMS)]
    entries = "".join(_entry(chance, form, number, index) for index in range(25, 0, -1))
    title, head = f"<title>Feed {number}</title>", '<?xml version="1.0" encoding="utf-8"?>\n'
    if form == "atom":
        return f'{head}<feed xmlns="http://www.w3.org/2005/Atom">{title}<id>urn:feed:{number}</id>{entries}</feed>'
    if form == "rss":
        return f'{head}<rss version="2.0" {SPACES}><channel>{title}{entries}</channel></rss>'
    return (
        f'{head}<rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#" xmlns="http://purl.org/rss/1.0/"'
        f' xmlns:dc="http://purl.org/dc/elements/1.1/"><channel>{title}</channel>{entries}</rdf:RDF>'
    )


def _entry(chance: random.Random, form: str, number: int, index: int) -> str:
    def words(count: int) -> str:
        if number % 10 == 9:
            return "".join(chance.choices(CJK, k=count * 2))
        return " ".join(chance.choices(WORDS, k=count)).capitalize()

    link = f"https://feeds{number}.example.org/news/{index}?utm_source=rss"
    at = datetime(2026, 1, 1, tzinfo=UTC) + timedelta(hours=index)
    title, name = escape(words(11)), f"Press office {number}"
    summary = f'<p>{words(55)}</p><p>{words(15)} <a href="/doc/{index}">Read more</a> <img src="/i/{index}.png"></p>'
    full = "".join(f"<p>{words(80)}</p>" for _ in range(4)) if number % 5 == 2 else ""
    if form == "rss":
        text = f"<content:encoded><![CDATA[{full}]]></content:encoded>" if full else ""
        return (
            f"<item><title>{title}</title><link>{link}</link><guid isPermaLink='false'>{link}</guid><pubDate>"
            f"{format_datetime(at, usegmt=True)}</pubDate><dc:creator>{name}</dc:creator><category>policy</category>"
            f"<description><![CDATA[{summary}]]></description>{text}</item>\n"
        )
    if form == "atom":
        text = f'<content type="html">{escape(full)}</content>' if full else ""
        return (
            f"<entry><title>{title}</title><link href='{link}'/><id>{link}</id><updated>{at.isoformat()}</updated><author>"
            f'<name>{name}</name></author><summary type="html">{escape(summary)}</summary>{text}</entry>\n'
        )
    return (
        f"<item rdf:about='{link}'><title>{title}</title><link>{link}</link><dc:date>{at.isoformat()}</dc:date>"
        f"<description>{escape(summary)}</description></item>\n"
    )


def bare_lxml(response: Response) -> list[tuple[str | None, ...]]:
    """What no reader can do without: the tree, and the texts of the elements that entries have."""
    root = etree.fromstring(response.body, etree.XMLParser(resolve_entities=False, no_network=True))
    names = [f"{{*}}{name}" for name in ("title", "link", "guid", "pubDate", "description")]
    return [tuple(entry.findtext(name) for name in names) for entry in root.iterfind(".//{*}item")] or [
        tuple(entry.findtext(f"{{*}}{name}") for name in ("title", "id", "updated", "summary"))
        for entry in root.iterfind("{*}entry")
    ]


def bare_feedparser(response: Response) -> list[tuple[str | None, ...]]:
    """What feedparser makes of it, with its sanitising and link resolving."""
    entries = feedparser.parse(BytesIO(response.body)).entries
    return [
        tuple(entry.get(name) for name in ("id", "title", "link", "summary", "published"))
        for entry in entries
    ]


def feedparser_spared(response: Response) -> list[tuple[str | None, ...]]:
    """The same without those two."""
    found = feedparser.parse(BytesIO(response.body), resolve_relative_uris=False, sanitize_html=False)
    return [
        tuple(entry.get(name) for name in ("id", "title", "link", "summary", "published"))
        for entry in found.entries
    ]


def checked(response: Response) -> bytes:
    """Encoding and everything that is refused."""
    return feed_reading._checked("src", in_utf8(response.body, response.headers["content-type"])[0])  # noqa: SLF001 - a part is measured


def entries_by_feedparser(response: Response) -> list[Entry]:
    """Our entries where the fast way declines."""
    parsed = feed_reading._parsed("src", checked(response))  # noqa: SLF001 - a part is measured
    return [feed_reading._from_xml(each, "UTC", response.url) for each in parsed]  # noqa: SLF001 - a part is measured


def entries(response: Response) -> list[Entry]:
    """Our entries, whichever way."""
    return [each for each in read_feed(response, "src", zone="UTC") if isinstance(each, Entry)]


def items(response: Response) -> list[Item]:
    """All that `sources.feed.parse` does."""
    return [each for each in feed.parse(SOURCE, response) if isinstance(each, Item)]


def rounds(readers: dict[str, Reader], responses: Sequence[Response], count: int) -> dict[str, list[float]]:
    """Milliseconds a feed, by reader and round. The first round, which warms up, is left out."""
    found: dict[str, list[float]] = {name: [] for name in readers}
    for turn in range(count + 1):
        order = [*readers][turn % len(readers) :] + [*readers][: turn % len(readers)]
        for name in order:
            began = time.perf_counter()
            for response in responses:
                readers[name](response)
            found[name].append((time.perf_counter() - began) / len(responses) * 1000)
    return {name: took[1:] for name, took in found.items()}


def parts(responses: Sequence[Response]) -> dict[str, Reader]:
    """What the whole is made of; each part is given what it needs beforehand."""
    of = {id(response): entries(response) for response in responses}
    made = {id(response): items(response) for response in responses}
    return {
        "  checks and encoding": checked,
        "  plain, of summary and content": lambda r: [
            (plain(e.summary), plain(e.content)) for e in of[id(r)]
        ],
        "  item_keys": lambda r: addresses.item_keys("src", of[id(r)]),
        "  (recording) field_hashes": lambda r: [content_hash(field_hashes(item)) for item in made[id(r)]],
    }


def main() -> None:
    """Print the figures."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--feeds", type=int, default=100)
    parser.add_argument("--rounds", type=int, default=9)
    options = parser.parse_args()
    responses = feeds(options.feeds)
    assert all(read_elements(checked(each), zone="UTC", base=each.url) is not None for each in responses)
    assert all(entries(each) == entries_by_feedparser(each) for each in responses)
    readers: dict[str, Reader] = {
        "bare lxml": bare_lxml,
        "bare feedparser": bare_feedparser,
        "feedparser, spared its clean-up": feedparser_spared,
        "our entries through feedparser": entries_by_feedparser,
        "our entries": entries,
        "sources.feed.parse, whole": items,
        **parts(responses),
    }
    found = rounds(readers, responses, options.rounds)
    size = sum(len(each.body) for each in responses) / len(responses) / 1000
    print(f"{options.feeds} feeds of 25 entries, {size:.0f} kB each; medians of {options.rounds} rounds")
    for name, took in found.items():
        ratio = statistics.median(mine / bare for mine, bare in zip(took, found["bare lxml"], strict=True))
        faster = statistics.median(
            bare / mine for mine, bare in zip(took, found["bare feedparser"], strict=True)
        )
        print(
            f"{name:34} {statistics.median(took):7.2f} ms   × {ratio:5.1f} bare lxml   {faster:5.1f} times as fast as feedparser"
        )


if __name__ == "__main__":
    main()

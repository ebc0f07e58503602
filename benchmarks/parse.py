"""Milliseconds a feed of 25 entries takes to read, beside bare lxml and bare feedparser, in interleaved rounds.

The feeds: `making_feeds`. Bare means: five texts an entry, as they stand. Each round runs every
reader over all feeds, in an order that turns; the figures are medians over the rounds.
"""

from __future__ import annotations

import argparse
import statistics
import time
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from io import BytesIO

import feedparser
import making_feeds
from lxml import etree

from monitor.core import addresses
from monitor.core.encodings import in_utf8
from monitor.core.exchange import Request, Response, Source
from monitor.core.feeds import reading as feed_reading
from monitor.core.feeds.elements import read_elements
from monitor.core.feeds.reading import Entry, read_feed
from monitor.core.items import Item, content_hash, field_hashes
from monitor.core.text import plain
from monitor.sources import feed

SOURCE = Source(id="src", kind="feed", url="https://agency.example/feed", options=feed.Options())
Reader = Callable[[Response], object]


def feeds(count: int) -> list[Response]:
    """As many feeds, the same at every run."""
    return [_response(making_feeds.feed(number)) for number in range(count)]


def _response(body: str) -> Response:
    headers = {"content-type": "application/xml; charset=utf-8"}
    at = datetime(2026, 4, 1, tzinfo=UTC)
    return Response(
        request=Request(url=SOURCE.url), url=SOURCE.url, body=body.encode(), headers=headers, fetched_at=at
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

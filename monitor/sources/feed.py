"""Any feed: RSS 0.9x to 2.0, RDF, Atom, JSON Feed.

Identity: the citation that the entry's address is (a bill, a Federal Register document), else the feed's own guid, else
the address, else title and date.
Docs: https://www.rssboard.org/rss-specification, RFC 4287, https://www.jsonfeed.org/version/1.1/
Rate: a feed shows its last 10 to 50 entries; poll it at least twice in the time in which it turns over.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from monitor.core import addresses
from monitor.core.dates import check_zone
from monitor.core.exchange import Finding, Pace, Problem, Request, Response, Source, State, Window
from monitor.core.feeds.facts import asked_pace_s, next_page
from monitor.core.feeds.reading import ACCEPT, Entry, read_feed
from monitor.core.items import Item
from monitor.core.text import line, plain

DEFAULT_URL = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Options:
    """`timezone` is where the publisher's dates are meant when they name no zone."""

    timezone: str = "UTC"

    def __post_init__(self) -> None:
        check_zone(self.timezone)


def requests(source: Source, state: State) -> Iterator[Request]:  # noqa: ARG001 - a feed has one address, whenever
    """The feed itself."""
    yield Request(url=source.url, walk=source.id, accept=ACCEPT)


def parse(source: Source, response: Response) -> Iterator[Finding]:
    """Every entry of the feed. Raises NotUnderstood for what is no feed, or only a part of one."""
    told = read_feed(response, source.id, zone=source.options.timezone)
    found = [each for each in told if isinstance(each, Entry)]
    yield Window(walk=source.id)
    if pace_s := asked_pace_s(response):
        yield Pace(every_s=pace_s)
    yield from (each for each in told if isinstance(each, Problem))
    yield from map(_item, found, addresses.item_keys(source.id, found))


def earlier(source: Source, response: Response) -> Iterator[Request]:
    """The page of the feed below this one, where it names one or pages as WordPress does."""
    if address := next_page(response):
        yield Request(url=address, walk=source.id, accept=ACCEPT)


def _item(entry: Entry, key: str) -> Item:
    summary, body = plain(entry.summary), plain(entry.content)
    return Item(
        key=key,
        kind=addresses.item_kind(key),
        title=entry.title,
        summary=summary if summary != body or not body else "",
        url=entry.link,
        published=entry.dated,
        subjects=tuple(dict.fromkeys(tag for raw in entry.tags if (tag := line(raw)))),
        details={"author": author} if (author := line(entry.author)) else {},
        body=body,
    )

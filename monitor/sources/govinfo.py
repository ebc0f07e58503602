"""GovInfo's collections: what the Government Publishing Office added or changed; with a key by its API, without by RSS.

Identity: the number that the document has of its own (a law, a report, a hearing, a bill), else GovInfo's package id.
Docs: https://github.com/usgpo/api, https://github.com/usgpo/rss
Rate: 36,000 requests an hour for a key, 40 a second; a feed shows the newest hundred packages.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any, Literal
from urllib.parse import quote, unquote
from zoneinfo import ZoneInfo

from monitor.core.answers import entries, json_object, number, words
from monitor.core.dates import WASHINGTON, to_text
from monitor.core.errors import NotUnderstood
from monitor.core.exchange import (
    Finding,
    Problem,
    Request,
    Response,
    Source,
    State,
    Total,
    Unread,
    Window,
)
from monitor.core.feeds.reading import ACCEPT, Entry, read_feed
from monitor.core.items import Item
from monitor.core.records.packages import Package, issue_day, package, package_named
from monitor.core.text import line

DEFAULT_URL = "https://api.govinfo.gov"

_SITE = "https://www.govinfo.gov"
_KEY_HEADER = "X-Api-Key"
_PAGE = 1000  # the API's largest
_MOST = 1_000_000  # the largest collection holds a quarter of that; a larger count is an error, not a list to walk
_OVERLAP = timedelta(days=1)
_FIRST_MARK = "*"
_LONGEST_MARK = 2000
# The mark as it stands there: a plus in it is a plus, and no space.
_MARK = re.compile(r"[?&]offsetMark=([^&#\s]+)")
_CODE = re.compile(r"[A-Za-z]{2,20}", re.ASCII)
_FEED = re.compile(r"[A-Za-z]{2,20}(?:-[A-Za-z0-9]{2,20})?", re.ASCII)
# Feeds whose name is not the collection's code.
_FEEDS = {"cpd": "dcpd"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Options:
    """Which collections, by the API (with a key) or by their feeds (without).

    `congresses` limits the API's answers (none named: all), `days` is how far back its first poll reaches.
    """

    collections: tuple[str, ...] = ("BILLS", "PLAW", "CRPT", "CHRG")
    what: Literal["collections", "rss"] = "collections"
    congresses: tuple[int, ...] = ()
    days: int = 30

    def __post_init__(self) -> None:
        if not self.collections:
            raise ValueError('collections: none is named; name them: ["BILLS", "PLAW"]')
        form = _FEED if self.what == "rss" else _CODE
        if wrong := [code for code in self.collections if not form.fullmatch(code)]:
            raise ValueError(f"collections: {wrong[0]!r} is no collection; write its code, such as CRPT")
        if self.what == "rss" and "BILLSTATUS" in map(str.upper, self.collections):
            raise ValueError('collections: BILLSTATUS has no such feed; use kind = "billstatus"')
        if self.what == "rss" and self.congresses:
            raise ValueError('congresses: a feed cannot be limited; use what = "collections"')
        if not 1 <= self.days <= 10_000:
            raise ValueError("days: must be from 1 to 10000")


def requests(source: Source, state: State) -> Iterator[Request]:
    """The feed of each collection; or what changed since the last complete poll and a day before it."""
    if source.options.what == "rss":
        yield from (_feed_page(source, code) for code in source.options.collections)
        return
    since = state.now - timedelta(days=source.options.days)
    if state.last_complete:
        since = state.last_complete - _OVERLAP
    yield from _windows(source, "collections", to_text(since), to_text(state.now))


def past(source: Source, since: datetime, until: datetime) -> Iterator[Request]:
    """What was issued between two moments, by Washington's calendar. A feed tells nothing of the past."""
    if source.options.what == "collections":
        days = [moment.astimezone(ZoneInfo(WASHINGTON)).date().isoformat() for moment in (since, until)]
        yield from _windows(source, "published", *days)


def split(source: Source, request: Request) -> Iterator[Request]:
    """The two halves of a window; a day of issue and two seconds of changes are as small as can be."""
    told = request.context
    if told["page"] == "published":
        first, last = date.fromisoformat(told["since"]), date.fromisoformat(told["until"])
        if first < last:
            middle = first + (last - first) // 2
            yield _page(source, told, until=middle.isoformat())
            yield _page(source, told, since=(middle + timedelta(days=1)).isoformat())
    elif told["page"] == "collections":
        begin, end = datetime.fromisoformat(told["since"]), datetime.fromisoformat(told["until"])
        if end - begin >= timedelta(seconds=2):
            moment = to_text(begin + (end - begin) // 2)
            yield _page(source, told, until=moment)
            yield _page(source, told, since=moment)  # in both halves: it stands for a whole second


def parse(source: Source, response: Response) -> Iterable[Finding]:
    """Read a feed, or a page of a collection's packages, whichever was asked for."""
    if response.request.context["page"] == "rss":
        return _feed(source, response)
    return _list(source, response.request, json_object(response, source.id))


def _windows(source: Source, page: str, since: str, until: str) -> Iterator[Request]:
    """The first page of each collection and Congress."""
    for code in source.options.collections:
        for congress in source.options.congresses or ("",):
            told = {"page": page, "code": code.upper(), "congress": str(congress)}
            yield _page(source, told, since=since, until=until)


def _page(source: Source, told: Mapping[str, str], **other: str) -> Request:
    """One page of a window: of changes between two instants, or of issues between two days, both included.

    `told` and what is `other` than there: page, code, congress, since, until; and mark and seen, for a further page.
    """
    asked = {**told, "mark": _FIRST_MARK, "seen": "0", **other}
    page, code, congress = asked["page"], asked["code"], asked["congress"]
    window = f"{asked['since']}/{asked['until']}"
    path = f"{page}/{window}" if page == "published" else f"{page}/{code}/{window}"
    query = f"offsetMark={quote(asked['mark'], safe='*')}&pageSize={_PAGE}"
    query += f"&collection={code}" if page == "published" else ""
    query += f"&congress={congress}" if congress else ""
    return Request(
        url=f"{source.url.rstrip('/')}/{path}?{query}",
        walk=" ".join(filter(None, (page, code, congress, window))),
        key_header=_KEY_HEADER,
        accept="application/json",
        context=asked,
    )


def _list(source: Source, asked: Request, answer: Mapping[str, Any]) -> Iterator[Finding]:
    """The packages of a page, in whatever order, and the page that the API's mark leads to."""
    count = _count(source, answer)
    told = entries(answer, "packages")
    seen = int(asked.context["seen"])
    if asked.context["mark"] == _FIRST_MARK:
        if count and not told:
            raise NotUnderstood(source.id, f"declared {count} packages and sent none", "poll again later")
        yield Total(walk=asked.walk, count=count)
    for index, each in enumerate(told, seen):
        yield _listed(each, f"{asked.walk}: entry {index}")
    # Some packages come twice, so the last new one may stand beyond the count; a cursor without end stops all the same.
    if told and seen < 2 * count:
        yield from _next(source, asked, answer, seen + len(told))


def _count(source: Source, answer: Mapping[str, Any]) -> int:
    """The declared number of packages. Raises NotUnderstood where the answer is no such list."""
    count = number(answer, "count")
    if not isinstance(answer.get("packages"), list) or count is None:
        said = line(words(answer, "message"))[:120]
        what = f"answered without a counted list of packages{said and f' ({said})'}"
        raise NotUnderstood(source.id, what, "check the address and the collections of the source")
    if count > _MOST:
        raise NotUnderstood(source.id, f"declares {count} packages, which cannot be", "poll again later")
    return count


def _next(source: Source, asked: Request, answer: Mapping[str, Any], seen: int) -> Iterator[Finding]:
    """The next page: only its mark is taken from the API's address, which is no place to send a key to."""
    match = _MARK.search(words(answer, "nextPage"))
    mark = unquote(match[1]) if match else ""
    if mark in {"", _FIRST_MARK, asked.context["mark"]}:
        return
    if len(mark) > _LONGEST_MARK:
        yield Unread(walk=asked.walk, what=f"names a next page by a mark of {len(mark)} characters")
        return
    yield _page(source, asked.context, mark=mark, seen=str(seen))


def _listed(record: Any, where: str) -> Item | Problem:
    title = line(words(record, "title"))
    found = package(words(record, "packageId"))
    if found is None:
        return Problem(where=where, what=f"has no package id: {title or 'no title'}")
    day, changed = words(record, "dateIssued"), line(words(record, "lastModified"))
    return _item(found, title=title, day=day, marker=changed)


def _item(found: Package, *, title: str, day: str, marker: str = "") -> Item:
    """The package as an item, which is the same whichever way it came; a new `marker` alone revises nothing."""
    return Item(
        key=found.key,
        kind=found.kind,
        title=title,
        url=found.url,
        published=issue_day(day) if found.dated else None,
        identifiers=found.identifiers,
        details=found.details,
        marker=marker,
    )


def _feed_page(source: Source, code: str) -> Request:
    site = _SITE if source.url == DEFAULT_URL else source.url.rstrip("/")
    name = code.lower()
    return Request(
        url=f"{site}/rss/{_FEEDS.get(name, name)}.xml",
        walk=f"rss {name}",
        accept=ACCEPT,
        context={"page": "rss", "code": name},
    )


def _feed(source: Source, response: Response) -> Iterator[Finding]:
    """The newest packages. Their dates are days of issue: what comes late stands below what is there already."""
    walk = response.request.walk
    told = read_feed(response, source.id, zone=WASHINGTON)
    if not any(isinstance(each, Entry) for each in told):
        raise NotUnderstood(source.id, f"the feed of {walk} names no package", "look at it in a browser")
    yield Window(walk=walk)
    for index, each in enumerate(told):
        yield each if isinstance(each, Problem) else _entry(each, f"{walk}: entry {index}")


def _entry(entry: Entry, where: str) -> Item | Problem:
    found = package_named(entry.guid) or package_named(entry.link)
    if found is None:
        return Problem(where=where, what=f"names no package: {entry.title or 'no title'}")
    return _item(found, title=entry.title, day=entry.dated.text if entry.dated else "")

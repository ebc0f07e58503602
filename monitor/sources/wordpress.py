"""A WordPress site by its REST API: every post of the chosen types, new or changed, until the count that it declares.

Identity: the post's guid (`…/?p=71`), which stays while title and address change; the site's feed prints the same one.
Docs: https://developer.wordpress.org/rest-api/reference/posts/
Rate: no key, no stated limit; a request a poll for every 100 posts that changed in a week.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import urlencode

from monitor.core import addresses
from monitor.core.answers import json_list, number, words
from monitor.core.dates import parse_when, to_text
from monitor.core.exchange import Finding, Problem, Request, Response, Source, State, Total, Window
from monitor.core.feeds.facts import next_page
from monitor.core.feeds.reading import ACCEPT, Entry, read_feed
from monitor.core.items import Item
from monitor.core.text import line, plain
from monitor.core.urls import web_link

DEFAULT_URL = ""

_TYPE = re.compile(r"[a-z0-9][a-z0-9_-]{0,63}")
_PER_PAGE = 100
_FIELDS = "id,date_gmt,modified_gmt,guid,link,title,excerpt,content"
_OVERLAP = timedelta(days=7)
# Sites compare with their own clock, whatever zone is asked for in.
_ZONES = timedelta(days=1)
_REMEDY = 'the site may have switched its API off: read its feed with kind = "feed"'


@dataclass(frozen=True, slots=True, kw_only=True)
class Options:
    """Which types of content, as the API names them. `days` is how far back the first poll reaches."""

    types: tuple[str, ...] = ("posts",)
    days: int = 30

    def __post_init__(self) -> None:
        if not self.types or not all(_TYPE.fullmatch(type_) for type_ in self.types):
            raise ValueError(
                "types: must be names like posts or press-release; see the site's /wp-json/wp/v2/types"
            )
        if not 1 <= self.days <= 10_000:
            raise ValueError("days: must be from 1 to 10000")


def requests(source: Source, state: State) -> Iterator[Request]:
    """A walk for each type: what changed since the last complete poll and a week before it. Posts have a feed besides."""
    since = state.now - timedelta(days=source.options.days)
    if state.last_complete:
        since = state.last_complete - _OVERLAP
    for type_ in source.options.types:
        yield _page(source, type_, {"since": to_text(since)}, otherwise=_feed(source, type_))


def past(source: Source, since: datetime, until: datetime) -> Iterator[Request]:
    """What was published between two moments."""
    window = {"after": to_text(since - _ZONES), "before": to_text(until + _ZONES)}
    for type_ in source.options.types:
        yield _page(source, type_, window)


def parse(source: Source, response: Response) -> Iterator[Finding]:
    """A page of posts, or the site's feed, whichever was asked for. Raises NotUnderstood for anything else."""
    if "feed" in response.request.context:
        return _from_feed(source, response)
    return _from_api(source, response)


def earlier(source: Source, response: Response) -> Iterator[Request]:
    """The page below, where the site does not say how many there are."""
    asked = response.request
    if "feed" in asked.context:
        if address := next_page(response):
            yield _feed_page(address, asked.walk)
    elif _count(response, "x-wp-total") is None and len(_posts(source, response)) == _PER_PAGE:
        yield _next(source, asked)


def _site(source: Source) -> str:
    return source.url.partition("/wp-json")[0].rstrip("/")


def _page(
    source: Source, type_: str, window: dict[str, str], *, page: int = 1, otherwise: tuple[Request, ...] = ()
) -> Request:
    """A page of a window, newest first: {since} by change, {after, before} by publication."""
    bounds = {"modified_after": window["since"]} if "since" in window else window
    query = {
        "per_page": str(_PER_PAGE),
        "page": str(page),
        "orderby": "modified" if "since" in window else "date",
        "order": "desc",
        **bounds,
        "_fields": _FIELDS,
    }
    return Request(
        url=f"{_site(source)}/wp-json/wp/v2/{type_}?{urlencode(query)}",
        walk=type_ if "since" in window else f"{type_} {window['after']}/{window['before']}",
        accept="application/json",
        otherwise=otherwise,
        context={"type": type_, "page": str(page), **window},
    )


def _next(source: Source, asked: Request) -> Request:
    window = {name: asked.context[name] for name in ("since", "after", "before") if name in asked.context}
    return _page(source, asked.context["type"], window, page=int(asked.context["page"]) + 1)


def _feed(source: Source, type_: str) -> tuple[Request, ...]:
    return (_feed_page(f"{_site(source)}/feed/", "feed"),) if type_ == "posts" else ()


def _feed_page(address: str, walk: str) -> Request:
    return Request(url=address, walk=walk, accept=ACCEPT, context={"feed": "yes"})


def _posts(source: Source, response: Response) -> Sequence[Any]:
    return json_list(response, source.id, _REMEDY)


def _count(response: Response, header: str) -> int | None:
    return number(response.headers, header)


def _from_api(source: Source, response: Response) -> Iterator[Finding]:
    asked = response.request
    posts = _posts(source, response)
    total, pages = _count(response, "x-wp-total"), _count(response, "x-wp-totalpages")
    if total is None or _ignores_window(asked, posts):
        yield Window(walk=asked.walk)
    elif posts and pages and int(asked.context["page"]) < pages:
        yield _next(source, asked)
    else:
        yield Total(walk=asked.walk, count=total)
    for index, post in enumerate(posts):
        yield _post(source, asked.context["type"], post, f"{asked.walk}: entry {index}")


def _ignores_window(asked: Request, posts: Sequence[Any]) -> bool:
    """Whether the site (before WordPress 5.7) sends all its posts, changed or not: then page 1 shows the newest."""
    if "since" not in asked.context:
        return False
    since = datetime.fromisoformat(asked.context["since"]) - _ZONES
    changed = (parse_when(words(post, "modified_gmt"), zone="UTC") for post in posts)
    return any(when.instant.astimezone(UTC) < since for when in changed if when)


def _post(source: Source, type_: str, record: Any, where: str) -> Item | Problem:
    title = line(words(record, "title", "rendered"))
    post_id = number(record, "id")
    if post_id is None:
        return Problem(where=where, what=f"has no id: {title or 'no title'}")
    link = web_link(words(record, "link"))
    summary, body = plain(words(record, "excerpt", "rendered")), plain(words(record, "content", "rendered"))
    dated = parse_when(words(record, "date_gmt"), zone="UTC")
    guid = words(record, "guid", "rendered") or _usual_guid(source, type_, post_id)
    key = addresses.item_key(source.id, guid=guid, link=link, title=title, dated=dated)
    return Item(
        key=key,
        kind=addresses.item_kind(key),
        title=title,
        summary=summary if summary != body else "",
        url=link,
        published=dated,
        details={} if type_ == "posts" else {"type": type_},
        body=body,
        marker=line(words(record, "modified_gmt")),
    )


def _usual_guid(source: Source, type_: str, post_id: int) -> str:
    """The guid that WordPress gives, for sites that hide it."""
    return f"{_site(source)}/?{'' if type_ == 'posts' else f'post_type={type_}&'}p={post_id}"


def _from_feed(source: Source, response: Response) -> Iterator[Finding]:
    """The newest posts as the feed shows them: only what API and feed word alike, so that neither revises the other."""
    told = read_feed(response, source.id, zone="UTC")
    found = [each for each in told if isinstance(each, Entry)]
    yield Window(walk=response.request.walk)
    yield from (each for each in told if isinstance(each, Problem))
    for entry, key in zip(found, addresses.item_keys(source.id, found), strict=True):
        yield Item(
            key=key,
            kind=addresses.item_kind(key),
            title=entry.title,
            url=entry.link,
            published=entry.dated,
        )

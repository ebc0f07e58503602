"""Any feed: RSS 0.9x to 2.0, RDF, Atom, JSON Feed.

Identity: the citation that the entry's address is (a bill, a Federal Register document), else the feed's own guid, else
the address, else title and date.
Docs: https://www.rssboard.org/rss-specification, RFC 4287, https://www.jsonfeed.org/version/1.1/
Rate: a feed shows its last 10 to 50 entries; poll it at least twice in the time in which it turns over.
"""

from __future__ import annotations

import calendar
import hashlib
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from io import BytesIO
from time import struct_time
from typing import Any
from urllib.parse import parse_qsl, urlencode, urlsplit, urlunsplit
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import feedparser

from monitor.core import citations
from monitor.core.answers import entries, is_html, json_object, words
from monitor.core.dates import When, at_instant, on_day, parse_when
from monitor.core.encodings import in_utf8
from monitor.core.errors import NotUnderstood
from monitor.core.exchange import Finding, Problem, Request, Response, Source, State
from monitor.core.items import Item
from monitor.core.text import line, plain
from monitor.core.urls import is_tracking, web_link

DEFAULT_URL = ""

_ACCEPT = "application/atom+xml, application/rss+xml, application/feed+json, application/xml;q=0.9, */*;q=0.5"
# Each of these reads a body once, however hostile: nothing that a search gave up on is read again.
_FIRST_TAG = re.compile(rb"<([A-Za-z_][\w.-]*+(?::[\w.-]++)?+)[^<>]*+>")
# The parser under feedparser reads a long comment or instruction again at every 64 KiB: they go before it sees them.
_ASIDES = re.compile(
    rb"(<!\[CDATA\[.*?(?:\]\]>|\Z))|<!--.*?(?:-->|\Z)|<\?[^<>]*+(?<=\?)>",
    re.DOTALL,
)
_LONG_TAG = re.compile(rb"<(?!!\[CDATA\[)[^<>]{1048576}")
_ROOTS = {b"rss", b"feed", b"rdf"}
# What may stand before the first element: more than any document type with the letters of HTML takes.
_MOST_HEAD = 32 * 1024
# An entity of some length, used often, fills the memory as well as one made of entities.
_LONG_ENTITY = re.compile(rb"<!ENTITY[^>]*?[\"'][^\"'>]{200}", re.IGNORECASE)
_MOST_WITH_ENTITIES = 4 * 1024 * 1024
# An entity made of entities: the shape of every entity bomb, and of no feed.
_BOMB = re.compile(rb"<!ENTITY[^>]*?[\"'][^\"'>]*&(?!#|(?:amp|lt|gt|quot|apos);)\w", re.IGNORECASE)
# Characters that XML forbids and that would end a strict reading half-way; and references to such.
_CONTROLS = bytes(code for code in range(32) if code not in {9, 10, 13})
_REFERENCE = re.compile(rb"&#(?:[xX]0*+([0-9a-fA-F]++)|0*+([0-9]++));?")
_LONGEST_NAME = 300
# Who publishes what under a number that is in the address.
_PUBLISHERS = {
    "congress.gov": "bill:",
    "federalregister.gov": "frdoc:",
    "nsf.gov": "nsf:",
    "docs.fcc.gov": "fcc:",
}
# What may follow the number: the title in words, or a file's ending.
_REST_OF_ADDRESS = re.compile(r"(?:/[^/?#]*|(?:A1)?\.\w+)?/?(?:[?#].*)?")
# A2 and on are the annexes of an FCC document: other texts than the document.
_ANNEX = re.compile(r"\dA(?!1\b)\d+\b")


@dataclass(frozen=True, slots=True, kw_only=True)
class Options:
    """`timezone` is where the publisher's dates are meant when they name no zone."""

    timezone: str = "UTC"

    def __post_init__(self) -> None:
        try:
            ZoneInfo(self.timezone)
        except (ZoneInfoNotFoundError, ValueError, OSError) as error:
            raise ValueError(f"timezone: {self.timezone!r} is no zone; write one like Asia/Tokyo") from error


@dataclass(frozen=True, slots=True, kw_only=True)
class _Entry:
    """An entry in whatever format it came; texts other than the title may still be HTML."""

    guid: str = ""
    link: str = ""
    title: str = ""
    summary: str = ""
    content: str = ""
    dated: When | None = None
    author: str = ""
    tags: Sequence[str] = field(default_factory=tuple)


def requests(source: Source, state: State) -> Iterator[Request]:  # noqa: ARG001 - a feed has one address, whenever
    """The feed itself."""
    yield Request(url=source.url, walk=source.id, accept=_ACCEPT)


def parse(source: Source, response: Response) -> Iterator[Finding]:
    """Every entry of the feed. Raises NotUnderstood for what is no feed, or only a part of one."""
    told = list(_json_feed(source, response) if _is_json(response) else _xml_feed(source, response))
    found = [each for each in told if isinstance(each, _Entry)]
    yield from (each for each in told if isinstance(each, Problem))
    yield from map(_item, found, _keys(source, found))


def _is_json(response: Response) -> bool:
    return response.body.lstrip(b"\xef\xbb\xbf \t\r\n")[:1] == b"{"


def _json_feed(source: Source, response: Response) -> Iterator[_Entry | Problem]:
    answer = json_object(response, source.id)
    if "jsonfeed.org" not in words(answer, "version") or not isinstance(answer.get("items"), list):
        raise NotUnderstood(
            source.id, "answered with JSON that is no JSON Feed", "check the address of the feed"
        )
    for index, each in enumerate(entries(answer, "items")):
        if not isinstance(each, Mapping):
            yield Problem(where=f"{source.id}: entry {index}", what="is no JSON object")
            continue
        dated = words(each, "date_published") or words(each, "date_modified")
        yield _Entry(
            guid=words(each, "id"),
            link=web_link(words(each, "url") or words(each, "external_url"), response.url),
            title=line(words(each, "title")),
            summary=words(each, "summary"),
            content=words(each, "content_html") or words(each, "content_text"),
            dated=parse_when(dated, zone=source.options.timezone),
            author=words(each, "author", "name"),
            tags=tuple(tag for tag in entries(each, "tags") if isinstance(tag, str)),
        )


def _xml_feed(source: Source, response: Response) -> Iterator[_Entry | Problem]:
    body, wrong = in_utf8(response.body, response.headers.get("content-type", ""))
    if wrong:
        yield Problem(where=f"{source.id}: the feed's letters", what=wrong)
    for entry in _parsed(source.id, _checked(source.id, body)):
        yield _from_xml(entry, source.options.timezone, response.url)


def _parsed(where: str, body: bytes) -> Sequence[dict[str, Any]]:
    """The entries of a feed in UTF-8 as feedparser reads them, which then has no encoding to guess."""
    try:
        # The parser fetches what it is given as text; a stream of bytes it only reads.
        feed = feedparser.parse(
            BytesIO(body),
            response_headers={"content-type": "application/xml; charset=utf-8"},
            resolve_relative_uris=False,
            sanitize_html=False,
        )
    except Exception as error:  # the parser of half-broken feeds raises whatever it stumbles over
        what = f"sent a feed that cannot be read ({type(error).__name__}: {str(error)[:120]})"
        raise NotUnderstood(where, what, "look at the feed in a browser") from error
    return [entry for entry in feed.entries if isinstance(entry, dict)]


def _checked(where: str, body: bytes) -> bytes:
    """The feed without asides and forbidden characters. Raises NotUnderstood for pages, bombs and feeds cut short."""
    declaration, _, rest = body.partition(b"?>")
    if is_html(rest):
        raise NotUnderstood(
            where, "answered with a web page instead of a feed", "open the address in a browser"
        )
    plain_body = _ASIDES.sub(rb"\1", rest.translate(None, _CONTROLS))
    root = _FIRST_TAG.search(plain_body)
    if root is None or root[1].lower().rpartition(b":")[2] not in _ROOTS:
        raise NotUnderstood(where, "answered with something that is no feed", "check the address of the feed")
    head, feed = b"\n".join(plain_body[: root.start()].split()), plain_body[root.start() :]
    if len(head) > _MOST_HEAD or _LONG_TAG.search(feed):
        raise NotUnderstood(where, "sent a feed with a tag of absurd length", "do not poll this address")
    _refuse_bomb(where, head, len(feed))
    if not root[0].endswith(b"/>") and not _is_ended(feed, root[1]):
        raise NotUnderstood(
            where, f"the feed is cut short: <{_shown(root[1])}> never ends", "poll again later"
        )
    return b"".join((declaration, b"?>\n", head, b"\n", _REFERENCE.sub(_allowed, feed)))


def _refuse_bomb(where: str, head: bytes, size: int) -> None:
    """Raise NotUnderstood where the document type declares entities that could fill the memory."""
    if _BOMB.search(head):
        raise NotUnderstood(
            where, "sent a feed whose entities are made of entities", "do not poll this address"
        )
    if _LONG_ENTITY.search(head) or (size > _MOST_WITH_ENTITIES and b"<!ENTITY" in head):
        raise NotUnderstood(where, "sent a feed with large entities of its own", "do not poll this address")


def _allowed(reference: re.Match[bytes]) -> bytes:
    """The reference to a character, or nothing where it names none that XML may hold."""
    digits = reference[1] or reference[2]
    code = int(digits, 16 if reference[1] else 10) if len(digits) < 8 else -1
    sound = (
        code in {9, 10, 13} or 0x20 <= code < 0xD800 or 0xE000 <= code < 0xFFFE or 0xFFFF < code < 0x110000
    )
    return reference[0] if sound else b""


def _is_ended(body: bytes, root: bytes) -> bool:
    """Whether the root element is closed, or at least the channel that holds all entries of an RSS feed."""
    closed = re.search(rb"</" + re.escape(root) + rb"\s*+>", body, re.IGNORECASE)
    return closed is not None or body.rstrip().endswith(b"</channel>")


def _shown(name: bytes) -> str:
    return name.decode(errors="replace")[:40]


def _from_xml(entry: dict[str, Any], zone: str, base: str) -> _Entry:
    """An entry as feedparser read it: a sloppy feed may put anything under any name."""
    links = (_said(each, "href") for each in _listed(entry, "links"))
    return _Entry(
        guid=_said(entry, "id"),
        link=web_link(_said(entry, "link") or next(filter(None, links), ""), base),
        title=line(_said(entry, "title")),
        summary=_said(entry, "summary"),
        content="\n".join(_said(each, "value") for each in _listed(entry, "content")),
        dated=_dated(entry, zone),
        author=_said(entry, "author"),
        tags=tuple(term for tag in _listed(entry, "tags") if (term := _said(tag, "term"))),
    )


def _said(entry: dict[str, Any], name: str) -> str:
    """The text under that name. `dict.get`, because feedparser's own `get` answers for names that are not there."""
    text = dict.get(entry, name)
    return text if isinstance(text, str) else ""


def _listed(entry: dict[str, Any], name: str) -> Sequence[dict[str, Any]]:
    listed = dict.get(entry, name)
    return [each for each in listed if isinstance(each, dict)] if isinstance(listed, list) else []


def _dated(entry: dict[str, Any], zone: str) -> When | None:
    """When the entry says that it was published, else made, else changed; None where no reading makes sense."""
    for name in ("published", "created", "updated"):
        text = _said(entry, name)
        if when := parse_when(text, zone=zone) or _guessed(text, dict.get(entry, f"{name}_parsed"), zone):
            return when
    return None


def _guessed(text: str, parts: Any, zone: str) -> When | None:
    """The parser's own reading of a date in an unusual form; without a clock time in it, a day."""
    if not isinstance(parts, struct_time):
        return None
    try:
        if ":" not in text:
            return on_day(date(parts[0], parts[1], parts[2]), zone=zone, text=text)
        return at_instant(datetime.fromtimestamp(calendar.timegm(parts), UTC), text=text)
    except (ValueError, OverflowError, OSError):
        return None


def _item(entry: _Entry, key: str) -> Item:
    summary, body = plain(entry.summary), plain(entry.content)
    return Item(
        key=key,
        kind=_kind(key),
        title=entry.title,
        summary=summary if summary != body or not body else "",
        url=entry.link,
        published=entry.dated,
        subjects=tuple(dict.fromkeys(tag for raw in entry.tags if (tag := line(raw)))),
        details={"author": author} if (author := line(entry.author)) else {},
        body=body,
    )


def _kind(key: str) -> str:
    if key.startswith("bill:"):
        return "bill"
    return "document" if key.startswith(tuple(_PUBLISHERS.values())) else "news"


def _keys(source: Source, found: Sequence[_Entry]) -> list[str]:
    """A key for each entry: entries that differ have keys that differ, also where the feed gives them one guid.

    Of entries with one guid the oldest keeps the plain key, for it is the one that had it before the others came.
    """
    keys = [_key(source, entry) for entry in found]
    oldest: dict[str, int] = {}
    for index in sorted(range(len(found)), key=lambda i: (_at(found[i]), -i)):
        oldest.setdefault(keys[index], index)
    return [
        key if _face(entry) == _face(found[oldest[key]]) else f"{source.id}:{_hash(key, *_face(entry))}"
        for key, entry in zip(keys, found, strict=True)
    ]


def _at(entry: _Entry) -> str:
    return entry.dated.at if entry.dated else ""


def _face(entry: _Entry) -> tuple[str, str]:
    """What tells two entries of one guid apart."""
    return _canonical(entry.link), entry.title


def _key(source: Source, entry: _Entry) -> str:
    guid = line(entry.guid)
    for text in (guid, entry.link) if not guid or guid == entry.link else (guid,):
        if cited := _cited(text):
            return cited
    if guid:
        name = re.sub(r"^http://", "https://", guid)
        return f"{source.id}:{name if len(name) <= _LONGEST_NAME else _hash(name)}"
    if entry.link:
        url = _canonical(entry.link)
        return url if len(url) <= _LONGEST_NAME else f"{source.id}:{_hash(url)}"
    return f"{source.id}:{_hash(entry.title, entry.dated.text if entry.dated else '')}"


def _cited(url: str) -> str:
    """The document that an address on its publisher's own site is the address of, and of nothing more."""
    try:
        host = urlsplit(url).hostname or ""
    except ValueError:
        return ""
    scheme = next((scheme for site, scheme in _PUBLISHERS.items() if f".{host}".endswith(f".{site}")), "")
    if not scheme:
        return ""
    found = [each for each in citations.find(url) if each.id.startswith(scheme)]
    if len(found) == 1 and _REST_OF_ADDRESS.fullmatch(url[found[0].end :]) and not _ANNEX.search(url):
        return found[0].id
    return ""


def _canonical(url: str) -> str:
    """The address without what changes while the document stays: scheme, tracking, fragment, last slash."""
    parts = urlsplit(url)
    if parts.scheme not in {"http", "https"}:
        return url
    query = [
        (name, value)
        for name, value in parse_qsl(parts.query, keep_blank_values=True)
        if not is_tracking(name)
    ]
    return urlunsplit(("https", parts.netloc.lower(), parts.path.rstrip("/"), urlencode(query), ""))


def _hash(*texts: str) -> str:
    return hashlib.sha256("\n".join(texts).encode()).hexdigest()[:32]

"""Reading a feed: bytes of RSS 0.9x to 2.0, RDF, Atom or JSON Feed become entries.

What is well-formed and plain takes the fast way; feedparser reads what nothing else reads. Before either sees a feed,
what could hang it, fill the memory or end the reading half-way is refused or taken out.
"""

from __future__ import annotations

import calendar
import re
from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, date, datetime
from io import BytesIO
from time import struct_time
from typing import Any

from monitor.core.answers import entries, is_html, json_object, words
from monitor.core.dates import When, at_instant, on_day, parse_when
from monitor.core.encodings import in_utf8
from monitor.core.errors import NotUnderstood
from monitor.core.exchange import Problem, Response
from monitor.core.feeds.elements import read_elements
from monitor.core.feeds.entries import Entry, identified
from monitor.core.feeds.entry_elements import MOST_TAGS
from monitor.core.text import line
from monitor.core.urls import web_link

__all__ = ["ACCEPT", "Entry", "read_feed"]

ACCEPT = "application/atom+xml, application/rss+xml, application/feed+json, application/xml;q=0.9, */*;q=0.5"
# Each of these reads a body once, however hostile: nothing that a search gave up on is read again.
_FIRST_TAG = re.compile(rb"<([A-Za-z_][\w.-]*+(?::[\w.-]++)?+)[^<>]*+>")
# The parser under feedparser reads a long comment or instruction again at every 64 KiB: they go before it sees them.
_ASIDES = re.compile(
    rb"(<!\[CDATA\[.*?(?:\]\]>|\Z))|<!--.*?(?:-->|\Z)|<\?[^<>]*+(?<=\?)>",
    re.DOTALL,
)
_LONG_TAG = re.compile(rb"<(?!!\[CDATA\[)[^<>]{1048576}")
_ROOTS = {b"rss", b"feed", b"rdf"}
# The largest feed known to be worth polling has 39 MB, which is 390 bytes an entry at this many: a fourth of a minute
# in feedparser, and some 400 MB. Ten times as many would fill the memory.
MOST_ENTRIES = 100_000
_ENTRY = re.compile(rb"<(?:[\w.-]++:)?+(?:item|entry)[\s/>]", re.IGNORECASE)
_TAG = re.compile(
    rb"<(?:[\w.-]++:)?+(?:(item|entry)|category|subject|tags|(keywords))[\s/>]([^<]*+(?:<!\[CDATA\[[^<]*+)?+)",
    re.IGNORECASE,
)
# In a line of keywords there are hardly more different ones than its length by this.
_LETTERS_OF_KEYWORD = 4
_SHORTEST_ENTRY = len(b"<item/>")
_VERSIONS = {"1", "1.0", "1.1"}
# What may stand before the first element: more than any document type with the letters of HTML takes.
_MOST_HEAD = 32 * 1024
# An entity of some length, used often, fills the memory as well as one made of entities.
_LONG_ENTITY = re.compile(rb"<!ENTITY[^>]*?[\"'][^\"'>]{200}", re.IGNORECASE)
_MOST_WITH_ENTITIES = 4 * 1024 * 1024
# An entity made of entities: the shape of every entity bomb, and of no feed.
_BOMB = re.compile(rb"<!ENTITY[^>]*?[\"'][^\"'>]*&(?!#|(?:amp|lt|gt|quot|apos);)\w", re.IGNORECASE)
# Characters that XML forbids and that would end a strict reading half-way; and references to such.
_CONTROLS = bytes(code for code in range(32) if code not in {9, 10, 13})
_ISO_DAY = re.compile(r"\d{4}-\d{2}-\d{2}")
_REFERENCE = re.compile(rb"&#(?:[xX]0*+([0-9a-fA-F]++)|0*+([0-9]++));?")


def read_feed(response: Response, where: str, *, zone: str) -> list[Entry | Problem]:
    """Every entry of the feed, in its order, and what was wrong with single ones.

    `where` names the source in messages; `zone` is where dates are meant that name none. Raises NotUnderstood for what
    is no feed, or only a part of one.
    """
    read = _json_feed if _is_json(response) else _xml_feed
    return list(read(response, where, zone))


def _is_json(response: Response) -> bool:
    return response.body.lstrip(b"\xef\xbb\xbf \t\r\n")[:1] == b"{"


def _json_feed(response: Response, where: str, zone: str) -> Iterator[Entry | Problem]:
    answer = json_object(response, where)
    if not _is_json_feed(answer):
        raise NotUnderstood(where, "answered with JSON that is no JSON Feed", "check the address of the feed")
    _refuse_crowd(where, len(entries(answer, "items")))
    for index, each in enumerate(entries(answer, "items")):
        if not isinstance(each, Mapping):
            yield Problem(where=f"{where}: entry {index}", what="is no JSON object")
            continue
        yield identified(_from_json(each, zone, response.url), f"{where}: entry {index}")


def _from_json(each: Mapping[str, Any], zone: str, base: str) -> Entry:
    dated = words(each, "date_published") or words(each, "date_modified")
    return Entry(
        guid=words(each, "id"),
        link=web_link(words(each, "url") or words(each, "external_url"), base),
        title=line(words(each, "title")),
        summary=words(each, "summary"),
        content=words(each, "content_html") or words(each, "content_text"),
        dated=parse_when(dated, zone=zone),
        author=words(each, "author", "name")
        or ", ".join(filter(None, (words(author, "name") for author in entries(each, "authors")))),
        tags=tuple(tag for tag in entries(each, "tags") if isinstance(tag, str)),
    )


def _is_json_feed(answer: Mapping[str, Any]) -> bool:
    """Whether the version is the specification's address, or its number in a feed with the title that it requires."""
    version = words(answer, "version")
    named = "jsonfeed.org" in version or (version in _VERSIONS and words(answer, "title") != "")
    return named and isinstance(answer.get("items"), list)


def _xml_feed(response: Response, where: str, zone: str) -> Iterator[Entry | Problem]:
    body, wrong = in_utf8(response.body, response.headers.get("content-type", ""))
    if wrong:
        yield Problem(where=f"{where}: the feed's letters", what=wrong)
    checked = _checked(where, body)
    found = read_elements(checked, zone=zone, base=response.url)
    if found is None:
        found = [_from_xml(entry, zone, response.url) for entry in _parsed(where, checked)]
    yield from (identified(each, f"{where}: entry {index}") for index, each in enumerate(found))


def _parsed(where: str, body: bytes) -> Sequence[dict[str, Any]]:
    """The entries of a feed in UTF-8 as feedparser reads them, which then has no encoding to guess."""
    import feedparser  # noqa: PLC0415 - few feeds need it, and most commands read none

    _refuse_tags(where, body)
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
    plain_body = rest.translate(None, _CONTROLS)
    # The search goes through every letter of a feed, which most can be spared.
    if b"<!--" in plain_body or b"<?" in plain_body:
        plain_body = _ASIDES.sub(rb"\1", plain_body)
    root = _FIRST_TAG.search(plain_body)
    if root is None or root[1].lower().rpartition(b":")[2] not in _ROOTS:
        raise NotUnderstood(where, "answered with something that is no feed", "check the address of the feed")
    head, feed = b"\n".join(plain_body[: root.start()].split()), plain_body[root.start() :]
    if len(head) > _MOST_HEAD or _LONG_TAG.search(feed):
        raise NotUnderstood(where, "sent a feed with a tag of absurd length", "do not poll this address")
    _refuse_bomb(where, head, len(feed))
    if len(feed) > MOST_ENTRIES * _SHORTEST_ENTRY:
        _refuse_crowd(where, sum(1 for _ in _ENTRY.finditer(feed)))
    if not root[0].endswith(b"/>") and not _is_ended(feed, root[1]):
        raise NotUnderstood(
            where, f"the feed is cut short: <{_shown(root[1])}> never ends", "poll again later"
        )
    return b"".join((declaration, b"?>\n", head, b"\n", _REFERENCE.sub(_allowed, feed)))


def _refuse_crowd(where: str, count: int) -> None:
    if count > MOST_ENTRIES:
        raise NotUnderstood(
            where,
            f"sent a feed of {count:,} entries; {MOST_ENTRIES:,} are read at most",
            "poll a smaller feed of this publisher",
        )


def _refuse_tags(where: str, feed: bytes) -> None:
    """Raise NotUnderstood where an entry, or the feed, has so many categories that feedparser would compare for minutes."""
    count = 0
    for match in _TAG.finditer(feed):
        words = 1 + len(match[3]) // _LETTERS_OF_KEYWORD if match[2] else 1
        count = 0 if match[1] else count + words
        if count > MOST_TAGS:
            what = f"sent an entry of more than {MOST_TAGS:,} categories in a feed that is hard to read"
            raise NotUnderstood(where, what, "poll another feed of this publisher")


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


def _from_xml(entry: dict[str, Any], zone: str, base: str) -> Entry:
    """An entry as feedparser read it: a sloppy feed may put anything under any name."""
    links = (_said(each, "href") for each in _listed(entry, "links"))
    return Entry(
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
            day = date(parts[0], parts[1], parts[2])
            is_another = _ISO_DAY.match(text) and not text.startswith(day.isoformat())  # of 2025-02-30
            return None if is_another else on_day(day, zone=zone, text=text)
        return at_instant(datetime.fromtimestamp(calendar.timegm(parts), UTC), text=text)
    except (ValueError, OverflowError, OSError):
        return None

"""What a feed says of itself, ahead of its entries: how often it wants to be read, and where it goes on."""

from __future__ import annotations

import html
import re
from urllib.parse import parse_qsl, urlencode, urlsplit, urlunsplit

import msgspec

from monitor.core.answers import words
from monitor.core.exchange import Response
from monitor.core.urls import web_link

# Ahead of the first entry; a feed that says more than this of itself says nothing that is needed here.
_MOST_HEAD = 64 * 1024
_FIRST_ENTRY = re.compile(rb"<(?:\w+:)?(?:item|entry)[\s>]", re.IGNORECASE)
_TTL = re.compile(rb"<ttl>\s*(\d{1,6})\s*</ttl>", re.IGNORECASE)
_PERIOD = re.compile(rb"<\w+:updatePeriod>\s*(hourly|daily|weekly|monthly|yearly)\s*<", re.IGNORECASE)
_FREQUENCY = re.compile(rb"<\w+:updateFrequency>\s*(\d{1,4})\s*<", re.IGNORECASE)
_PERIODS_S = {"hourly": 3600, "daily": 86_400, "weekly": 604_800, "monthly": 2_592_000, "yearly": 31_536_000}
_LINK = re.compile(rb"<(?:\w+:)?link\b([^<>]{1,4096})>", re.IGNORECASE)
_REL_NEXT = re.compile(rb"\brel\s*=\s*[\"']next[\"']", re.IGNORECASE)
_HREF = re.compile(rb"\bhref\s*=\s*[\"']([^\"'<>]{1,2048})[\"']", re.IGNORECASE)
_WORDPRESS = re.compile(rb"<generator>\s*https?://wordpress\.(?:org|com)", re.IGNORECASE)


def asked_pace_s(response: Response) -> int:
    """Seconds between two readings that the feed asks for by `ttl` or the syndication module; 0 where it does not."""
    head = _head(response.body)
    if ttl := _TTL.search(head):
        return int(ttl[1]) * 60
    if period := _PERIOD.search(head):
        frequency = _FREQUENCY.search(head)
        return _PERIODS_S[period[1].decode().lower()] // max(int(frequency[1]) if frequency else 1, 1)
    return 0


def next_page(response: Response) -> str:
    """The address of the entries below these: as RFC 5005 or a JSON Feed names it, or as WordPress pages; else nothing."""
    head = _head(response.body)
    if head.lstrip(b"\xef\xbb\xbf \t\r\n")[:1] == b"{":
        return _json_next(response)
    for link in _LINK.finditer(head):
        href = _HREF.search(link[1])
        if href and _REL_NEXT.search(link[1]):
            return web_link(html.unescape(href[1].decode(errors="replace")), response.url)
    return _next_of_wordpress(response.url) if _WORDPRESS.search(head) else ""


def _head(body: bytes) -> bytes:
    first = _FIRST_ENTRY.search(body, 0, _MOST_HEAD)
    return body[: first.start() if first else _MOST_HEAD]


def _json_next(response: Response) -> str:
    try:
        answer = msgspec.json.decode(response.body)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return ""
    return web_link(words(answer, "next_url"), response.url) if words(answer, "next_url") else ""


def _next_of_wordpress(url: str) -> str:
    parts = urlsplit(url)
    query = parse_qsl(parts.query, keep_blank_values=True)
    page = next((int(value) for name, value in query if name == "paged" and value.isdecimal()), 1)
    kept = [(name, value) for name, value in query if name != "paged"]
    return urlunsplit(parts._replace(query=urlencode([*kept, ("paged", str(page + 1))])))

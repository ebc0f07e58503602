"""A web page: its letters, what a CSS selector finds in it, and the words that a person reads there."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass

from selectolax.lexbor import LexborHTMLParser, LexborNode, SelectolaxError

from monitor.core.answers import is_html
from monitor.core.encodings import in_utf8
from monitor.core.errors import NotUnderstood
from monitor.core.exchange import Response
from monitor.core.text import line, plain
from monitor.core.urls import web_link

ACCEPT = "text/html, application/xhtml+xml;q=0.9, */*;q=0.5"

_PAGES = {"text/html", "application/xhtml+xml"}
_UNSAID = {"", "text/plain", "application/octet-stream"}
_META_CHARSET = re.compile(rb"<meta\b[^<>]{0,300}?\bcharset\s*=\s*[\"']?\s*([\w.:-]{1,40})", re.IGNORECASE)
_META_WITHIN = 4096
_MARKS = (b"\xef\xbb\xbf", b"\xff\xfe", b"\xfe\xff")
# Time grows with the square of the depth in the parser, and of the number of siblings under selectors that count them.
_MOST_TAGS = 60_000
_MOST_DEPTH = 1000
_TAG = re.compile(rb"<(/?)([a-zA-Z][\w-]*)(?:[^<>]*?(/?)>)?")
# Elements that have no end, or that the next of their kind ends.
_FLAT = frozenset(
    b"area base br col embed hr img input link meta param source track wbr "
    b"html head body p li dt dd tr td th thead tbody tfoot colgroup option optgroup rt rp".split()
)
_UNREAD = ["script", "style", "template", "noscript", "iframe", "object", "svg", "math"]


@dataclass(frozen=True, slots=True, kw_only=True)
class WebPage:
    """A page as parsed, without scripts and styles. `base` is what its links are relative to.

    `wrong` says what was wrong with its letters, or nothing.
    """

    tree: LexborHTMLParser
    base: str
    wrong: str

    def first(self, selector: str) -> LexborNode | None:
        """The first element that a selector finds."""
        return self.tree.css_first(selector)

    def all(self, selector: str) -> list[LexborNode]:
        """All elements that a selector finds, in the order of the page."""
        return self.tree.css(selector)

    def link(self, node: LexborNode | None) -> str:
        """Where a link leads, in full and without tracking; nothing where it leads to no page, or to this one's top."""
        href = (node.attributes.get("href") or "").strip() if node else ""
        return web_link(href, self.base) if href.strip("#") else ""


def read_page(response: Response, where: str) -> WebPage:
    """The page of an answer. Raises NotUnderstood for what is no page, or one that is made to be slow."""
    body = response.body
    said = response.media_type
    if not (said in _PAGES or is_html(body) or (said in _UNSAID and b"<" in body)):
        what = f"answered with {said or 'something'} instead of a web page"
        raise NotUnderstood(where, what, "check the address of the source")
    if body.count(b"<") > _MOST_TAGS or _depth(body) > _MOST_DEPTH:
        what = f"sent a page of more than {_MOST_TAGS} tags, or nested beyond {_MOST_DEPTH}"
        raise NotUnderstood(where, what, "poll a smaller page of this site")
    utf8, wrong = _letters(body, response.headers.get("content-type", ""))
    tree = LexborHTMLParser(utf8.decode(errors="replace"))
    tree.strip_tags(_UNREAD, recursive=True)
    base = tree.css_first("base[href]")
    href = base.attributes.get("href") or "" if base else ""
    return WebPage(tree=tree, base=web_link(href, response.url) or response.url, wrong=wrong)


def _letters(body: bytes, content_type: str) -> tuple[bytes, str]:
    """The page in UTF-8, and what was wrong. A page's `meta` says what the declaration of an XML document says."""
    declared = _META_CHARSET.search(body, 0, _META_WITHIN)
    if declared and not body.startswith(_MARKS):
        body = b'<?xml version="1.0" encoding="' + declared[1] + b'"?>' + body
    utf8, wrong = in_utf8(body, content_type)
    return utf8.partition(b"?>")[2], wrong


def _depth(body: bytes) -> int:
    """How deep elements stand in each other, or deeper where a page forgets to end them."""
    open_: Counter[bytes] = Counter()
    depth = deepest = 0
    for closing, raw, empty in _TAG.findall(body):
        name = raw.lower()
        if name in _FLAT or empty:
            continue
        if not closing:
            open_[name] += 1
            depth += 1
            deepest = max(deepest, depth)
        elif open_[name]:
            open_[name] -= 1
            depth -= 1
    return deepest


def selector_fault(selector: str) -> str:
    """Why a text is no CSS selector that can be used here; nothing where it is one."""
    try:
        LexborHTMLParser("<p>").css(selector)
    except SelectolaxError:
        return f"{selector!r} is no CSS selector"
    return ""


def drop(scope: LexborNode, selectors: Iterable[str]) -> None:
    """Take what the selectors find out of an element, for good."""
    for selector in selectors:
        found = {node.mem_id: node for node in scope.css(selector) if node.mem_id != scope.mem_id}
        # What is taken out takes along what it holds, which must not be touched afterwards.
        outer = [node for node in found.values() if not _stands_in(node, found)]
        for node in outer:
            node.decompose()


def _stands_in(node: LexborNode, found: dict[int, LexborNode]) -> bool:
    parent = node.parent
    while parent is not None:
        if parent.mem_id in found:
            return True
        parent = parent.parent
    return False


def words_of(node: LexborNode | None) -> str:
    """The words of an element, on one line."""
    return line(node.html or "") if node else ""


def paragraphs_of(node: LexborNode) -> str:
    """The words of an element, a line for each paragraph, heading, cell or item of a list."""
    return plain(node.html or "")

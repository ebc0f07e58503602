"""What the W3C's feed validator calls an error, and most of what it warns of, written down from the specifications.

    atom_faults(document, address) → what is wrong, in words; nothing where all is well

It knows nothing of how our feeds are made: RFC 4287, RFC 3339, RFC 4151, RFC 822 with years of four digits, RSS 2.0 and
its profile, JSON Feed 1.1, OPML 2.0.
"""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Iterator
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from urllib.parse import urlsplit

from lxml import etree
from lxml import html as lxml_html

ATOM = "{http://www.w3.org/2005/Atom}"
CONTENT = "{http://purl.org/rss/1.0/modules/content/}encoded"
CREATOR = "{http://purl.org/dc/elements/1.1/}creator"
LANG = "{http://www.w3.org/XML/1998/namespace}lang"
_LANGUAGE = re.compile(r"[a-z]{2,3}(-[A-Za-z0-9]{2,8})*")
_RFC3339 = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)")
_RFC822 = re.compile(
    r"(Mon|Tue|Wed|Thu|Fri|Sat|Sun), \d\d (Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec) \d{4}"
    r" \d\d:\d\d:\d\d (GMT|[+-]\d{4})"
)
_TAG = re.compile(
    r"tag:[a-z0-9][a-z0-9.-]*,\d{4}(-\d\d(-\d\d)?)?:([A-Za-z0-9;/?:@&=+$.\-_!~*'(),]|%[0-9A-F]{2})*"
)
_URL = re.compile(r"https?://[!#$%&'()*+,\-./0-9:;=?@A-Z_a-z~\[\]]+")
_ILLEGAL = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\ufffe\uffff]")
_FEED_ONCE = {"id", "title", "subtitle", "updated", "generator"}
_FEED_MANY = {"author", "link", "entry"}
_ENTRY_ONCE = {"id", "title", "updated", "published", "summary", "content"}
_ENTRY_MANY = {"link", "category"}
_CHANNEL = {"title", "link", "description", "language", "lastBuildDate", "generator", "item", f"{ATOM}link"}
_ITEM = {"title", "link", "description", "category", "guid", "pubDate", CREATOR, CONTENT}
# What a reader's sanitiser keeps; nothing else has a reason to be in a body.
_HARMLESS = frozenset(
    ("a", "b", "blockquote", "del", "em", "ins", "li", "mark", "p", "span", "strong", "ul", "body", "html")
)


def _absolute(url: str | None) -> bool:
    return bool(url and _URL.fullmatch(url) and urlsplit(url).hostname)


def _is_moment(text: str | None) -> bool:
    if not text or not _RFC3339.fullmatch(text):
        return False
    try:
        return datetime(1995, 1, 1, tzinfo=UTC) < datetime.fromisoformat(text)
    except ValueError:
        return False


def _is_822(text: str | None) -> bool:
    if not text or not _RFC822.fullmatch(text):
        return False
    return parsedate_to_datetime(text).strftime("%a") == text[:3]


def _root(document: bytes) -> etree._Element:
    assert not _ILLEGAL.search(document.decode("utf-8").replace("\r", "\x00")), "a character that XML forbids"
    assert b"<!DOCTYPE" not in document
    assert re.match(rb"<\?xml version=['\"]1\.0['\"] encoding=['\"]utf-8['\"]\?>", document)
    return etree.fromstring(document)


def _counted(parent: etree._Element, once: set[str], many: set[str], prefix: str) -> Iterator[str]:
    counts = Counter(child.tag for child in parent if isinstance(child.tag, str))
    for tag, count in counts.items():
        name = tag.removeprefix(prefix)
        if name not in once | many:
            yield f"{name} does not belong into {parent.tag}"
        if name in once and count > 1:
            yield f"{name} stands {count} times in {parent.tag}"
        if not tag.startswith(prefix):
            yield f"{tag} is of another namespace"


def _body_faults(markup: str) -> Iterator[str]:
    """HTML in a feed: nothing that acts, nothing that is loaded, nothing relative."""
    if not markup.strip():
        yield "an empty body"
        return
    for element in lxml_html.document_fromstring(f"<body>{markup}</body>").iter():
        if element.tag not in _HARMLESS:
            yield f"<{element.tag}> in a body"
        for name, value in element.attrib.items():
            if name != "href":
                yield f"attribute {name} in a body"
            elif not _absolute(value):
                yield f"{value!r} is no absolute address"


def atom_faults(document: bytes, address: str) -> list[str]:
    root = _root(document)
    return [
        *([] if root.tag == f"{ATOM}feed" else [f"the root is {root.tag}"]),
        *_counted(root, _FEED_ONCE, _FEED_MANY, ATOM),
        *_required(root, "id", "title", "updated", "author/name"),
        *([] if _LANGUAGE.fullmatch(root.get(LANG, "")) else ["no language"]),
        *_self_link(root.findall(f"{ATOM}link"), address, "application/atom+xml"),
        *_ids([node.text or "" for node in root.iter(f"{ATOM}id")]),
        *(f"{node.text!r} is no moment" for tag in ("updated", "published")
          for node in root.iter(ATOM + tag) if not _is_moment(node.text)),
        *(fault for entry in root.findall(f"{ATOM}entry") for fault in _entry_faults(entry)),
    ]  # fmt: skip


def _entry_faults(entry: etree._Element) -> Iterator[str]:
    yield from _counted(entry, _ENTRY_ONCE, _ENTRY_MANY, ATOM)
    yield from _required(entry, "id", "title", "updated", "content")
    content = entry.find(f"{ATOM}content")
    if content is not None:
        yield from _body_faults(content.text or "")
        if content.get("type") != "html" or len(content):
            yield "the content is not what its type says"
    links = entry.findall(f"{ATOM}link")
    if len(links) > 1 or any(link.get("rel") != "alternate" for link in links):
        yield "more links than the one to the item"
    yield from (f"{link.get('href')!r} is relative" for link in links if not _absolute(link.get("href")))
    for category in entry.findall(f"{ATOM}category"):
        if not category.get("term") or not category.get("label"):
            yield "a category without a term or a label"
    for node in entry.iter():
        if LANG in node.attrib and not _LANGUAGE.fullmatch(node.get(LANG)):
            yield f"{node.get(LANG)!r} is no language"


def _required(parent: etree._Element, *paths: str) -> Iterator[str]:
    for path in paths:
        found = parent.find("/".join(ATOM + step for step in path.split("/")))
        if found is None or not (found.text or "").strip():
            yield f"{path} is missing or blank"


def _self_link(links: list[etree._Element], address: str, type_: str) -> Iterator[str]:
    own = [link for link in links if link.get("rel") == "self"]
    if [(link.get("href"), link.get("type")) for link in own] != [(address, type_)]:
        yield "the self link is not the address at which it is served"


def _ids(ids: list[str]) -> Iterator[str]:
    yield from (f"{id_!r} stands {count} times" for id_, count in Counter(ids).items() if count > 1)
    yield from (f"{id_!r} is no tag URI" for id_ in ids if not _TAG.fullmatch(id_))


def rss_faults(document: bytes, address: str) -> list[str]:
    root = _root(document)
    channel = root.find("channel")
    if root.tag != "rss" or root.get("version") != "2.0" or channel is None or len(root) != 1:
        return ["this is no RSS 2.0"]
    items = channel.findall("item")
    return [
        *_counted(channel, _CHANNEL - {"item"}, {"item"}, ""),
        *(f"{name} is missing" for name in ("title", "link", "description") if not channel.findtext(name)),
        *([] if _absolute(channel.findtext("link")) else ["the channel's link is relative"]),
        *([] if _LANGUAGE.fullmatch(channel.findtext("language", "")) else ["no language"]),
        *_self_link(channel.findall(f"{ATOM}link"), address, "application/rss+xml"),
        *_ids([item.findtext("guid", "") for item in items]),
        *(f"{node.text!r} is no date" for tag in ("pubDate", "lastBuildDate")
          for node in channel.iter(tag) if not _is_822(node.text)),
        *(f"{node.text!r} holds markup" for node in channel.iter("title") if re.search(r"<\w", node.text or "")),
        *(fault for item in items for fault in _item_faults(item)),
    ]  # fmt: skip


def _item_faults(item: etree._Element) -> Iterator[str]:
    yield from _counted(item, _ITEM - {"category"}, {"category"}, "")
    if not item.findtext("title", "").strip():
        yield "an item without a title"
    guid = item.find("guid")
    if guid is None or guid.get("isPermaLink") != "false":
        yield "a guid that claims to be an address"
    if item.find("link") is not None and not _absolute(item.findtext("link")):
        yield "an item's link is relative"
    if not item.findtext("pubDate"):
        yield "an item without a date"
    yield from _body_faults(item.findtext(CONTENT, ""))
    yield from _body_faults(item.findtext("description", ""))
    yield from ("a blank category" for node in item.findall("category") if not (node.text or "").strip())


def json_faults(document: bytes, address: str) -> list[str]:
    feed = json.loads(document)
    known = {"version", "title", "home_page_url", "feed_url", "description", "authors", "language", "items"}
    return [
        *([] if feed["version"] == "https://jsonfeed.org/version/1.1" else ["another version"]),
        *([] if feed["feed_url"] == address else ["feed_url is not where it is served"]),
        *([] if _absolute(feed["home_page_url"]) else ["home_page_url is relative"]),
        *([] if feed["title"].strip() and feed["authors"][0]["name"].strip() else ["no title or author"]),
        *([] if _LANGUAGE.fullmatch(feed["language"]) else ["no language"]),
        *(f"{name} is no member of a feed" for name in feed if name not in known and name[0] != "_"),
        *(["null stands for nothing"] if b"null" in re.sub(rb'"(\\.|[^"\\])*"', b"", document) else []),
        *_ids([item["id"] for item in feed["items"]]),
        *(fault for item in feed["items"] for fault in _json_item_faults(item)),
    ]


def _json_item_faults(item: dict) -> Iterator[str]:
    required = {"id", "title", "summary", "content_html", "date_modified", "tags"}
    yield from (f"{name} is missing" for name in required - item.keys())
    yield from (
        f"{name} is no member of an item" for name in item.keys() - required - {"url", "date_published"}
    )
    yield from (f"{item[name]!r} is no moment" for name in ("date_modified", "date_published")
                if name in item and not _is_moment(item[name]))  # fmt: skip
    if "url" in item and not _absolute(item["url"]):
        yield "an item's url is relative"
    if not all(isinstance(tag, str) and tag.strip() for tag in item.get("tags", [])):
        yield "a tag that is none"
    yield from _body_faults(item.get("content_html", ""))


def opml_faults(document: bytes) -> list[str]:
    root = _root(document)
    outlines = root.findall("body/outline")
    addresses = Counter(outline.get("xmlUrl", "") for outline in outlines)
    return [
        *([] if root.tag == "opml" and root.get("version") == "2.0" else ["this is no OPML 2.0"]),
        *([] if root.findtext("head/title") else ["no title"]),
        *([] if outlines else ["no feed"]),
        *(
            f"{name} is missing"
            for outline in outlines
            for name in ("text", "title")
            if not outline.get(name)
        ),
        *("an outline of another type" for outline in outlines if outline.get("type") != "rss"),
        *(f"{url!r} is relative" for url in addresses if not _absolute(url)),
        *(f"{url!r} stands there twice" for url, count in addresses.items() if count > 1),
    ]

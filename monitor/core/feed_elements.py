"""The fast way through a feed: lxml reads what is well-formed and plain, and declines all else.

It comes to what feedparser comes to, field by field, because it follows the same rules in the same order: which of
two titles counts, when a second description is the content, what an address without a link is. Where those rules
lead further than this module goes (markup that is not escaped, relative bases, odd dates, elements in odd places),
it says that it is not certain.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from contextlib import suppress
from urllib.parse import urljoin

from lxml import etree

from monitor.core.dates import When, parse_when
from monitor.core.feed_entries import Entry
from monitor.core.feed_names import Names, NotCertain
from monitor.core.text import line
from monitor.core.urls import web_link

_BASES = etree.XPath("//@*[translate(local-name(), 'BASE', 'base') = 'base']/..")
_BASE = "{http://www.w3.org/XML/1998/namespace}base"
_ANYWHERE = ("", "http://a.example/", "https://b.example/")
_ADDRESS = re.compile(r"https?://[^/?#;\s\[\]]+(?:/[^?#;\s]*)?", re.ASCII)
_ABOUT = "{http://www.w3.org/1999/02/22-rdf-syntax-ns#}about"
# Attributes that change what is read; under a prefix it would depend on feedparser whether they do.
_WATCHED = frozenset({
    "about", "domain", "href", "ispermalink", "label", "lastmod", "mode", "rel", "scheme", "src", "term", "text",
    "type", "uri", "url",
})  # fmt: skip
_TEXTS = frozenset({"html", "plain", "text", "text/html", "text/plain"})
_PAGES = frozenset({"application/xhtml+xml", "html", "text/html", "xhtml"})
_ENTRIES = frozenset({"item", "entry"})
_ROOTS = frozenset({"rss", "feed", "rdf_rdf"})
_SUMMARIES = frozenset({"description", "dc_description", "media_description", "summary", "itunes_summary"})
_CONTENTS = frozenset({"content", "content_encoded", "fullitem"})
# They say nothing that is asked here.
_IDLE = frozenset({
    "admin_errorreportsto", "admin_generatoragent", "cloud", "copyright", "dc_contributor", "dc_language",
    "dc_publisher", "dc_rights", "dcterms_valid", "expirationdate", "feedburner_browserfriendly", "generator",
    "georss_box", "georss_line", "georss_point", "georss_polygon", "info", "itunes_block", "itunes_explicit",
    "itunes_image", "itunes_subtitle", "language", "media_credit", "media_license", "media_player", "media_rating",
    "media_restriction", "media_thumbnail", "rights", "subtitle", "tagline", "webmaster",
})  # fmt: skip
# They hold other elements, and mean something only outside of entries.
_OUTSIDE = frozenset({
    "email", "height", "homepage", "image", "itunes_email", "itunes_name", "itunes_owner", "name", "textinput",
    "uri", "url", "width",
})  # fmt: skip
_BASED = _SUMMARIES | _CONTENTS | {"title", "rights", "subtitle"}
_SOURCE = frozenset({"category", "generator", "id", "link", "rights", "subtitle", "title", "updated"})
_PERSON = frozenset({"email", "homepage", "name", "uri", "url"})
_AUTHORS = frozenset({"author", "dc_author", "dc_creator", "itunes_author", "managingeditor"})
_HOLDERS = _AUTHORS | {"contributor", "image", "itunes_category", "itunes_owner", "textinput"}
_DATES = {
    **dict.fromkeys(("published", "issued", "pubdate", "dcterms_issued"), "published"),
    **dict.fromkeys(("updated", "modified", "lastbuilddate", "dc_date", "dcterms_modified"), "updated"),
    **dict.fromkeys(("created", "dcterms_created"), "created"),
}
_AMPERSAND = re.compile("&([A-Za-z0-9_]+);")
# Letters of windows-1252 under their numbers, which no text means.
_CONTROLS = re.compile("[\x80-\x9f]")
_WESTERN = {code: text for code in range(128, 160) if (text := bytes([code]).decode("cp1252", "ignore"))}


def read_elements(body: bytes, *, zone: str, base: str) -> list[Entry] | None:
    """Every entry of a feed in UTF-8, in its order; None where only feedparser can tell.

    `zone` is where dates are meant that name none; `base` is the address of the feed.
    """
    parser = etree.XMLParser(
        resolve_entities=False, no_network=True, load_dtd=False, huge_tree=False, collect_ids=False
    )
    try:
        root = etree.fromstring(body, parser)
        if root.getroottree().docinfo.doctype:
            return None
        return [each.entry(zone, base) for each in _Feed(root, Names(body, KNOWN)).entries()]
    except (etree.XMLSyntaxError, NotCertain):
        return None


class _Feed:
    """The elements outside of entries, which can change how an entry is read."""

    def __init__(self, root: etree._Element, names: Names) -> None:
        self.root = root
        self.names = names
        self.base: str | None = ""
        self.summarised = False
        self.after_content = False

    def entries(self) -> Iterator[_Reading]:
        """What is read of each entry. Raises NotCertain."""
        if (name := self.names[self.root.tag]) not in _ROOTS:
            raise NotCertain
        if based := _BASES(self.root):
            self._take_base(based)
        yield from self._within(self.root, channels=name != "feed")

    def _take_base(self, based: list[etree._Element]) -> None:
        """A base of the whole feed counts; after one of a text alone, feedparser may take it for the whole feed's."""
        if any(each is not self.root and self.names[each.tag] not in _BASED for each in based):
            raise NotCertain
        self.base = self.root.get(_BASE)
        bases = [each.get(_BASE) for each in based] if self.base is None else [self.base]
        if not all(base and _ADDRESS.fullmatch(base) for base in bases):
            raise NotCertain
        for each in based:
            _attributes(each)

    def _within(self, parent: etree._Element, *, channels: bool) -> Iterator[_Reading]:
        for child in parent:
            name = self.names[child.tag]
            if name in _ENTRIES:
                yield self._entry(child)
            elif name == "channel" and channels:
                _refuse(child, "lastmod", "href")
                yield from self._within(child, channels=False)
            else:
                self._pass_over(child, name)

    def _entry(self, element: etree._Element) -> _Reading:
        reading = _Reading(self.names, self.base, after_content=self.after_content)
        self.after_content = False
        _refuse(element, "lastmod", "href")
        if about := element.get(_ABOUT):
            reading.said["id"] = about
        reading.take(element, 0)
        return reading

    def _pass_over(self, element: etree._Element, name: str) -> None:
        if name in _ENTRIES or name in _ROOTS or name in {"channel", "source"}:
            raise NotCertain
        if name in _CONTENTS or (name in _SUMMARIES and self.summarised):
            self.after_content = True
        self.summarised |= name in {"summary", "itunes_summary", *_CONTENTS}
        if not len(element):
            return
        if name in _HOLDERS:
            if any(len(child) for child in element):
                raise NotCertain
        elif name in KNOWN:
            raise NotCertain
        for child in element:
            self._pass_over(child, self.names[child.tag])


class _Reading:
    """What has been read of one entry so far. `said` holds its texts by feedparser's names.

    `depths` is how deep each text stood: a deeper one never takes the place of one that stood higher.
    """

    __slots__ = (
        "after_content", "base", "content", "depths", "has_content", "links", "names", "said", "tags", "titled",
    )  # fmt: skip

    def __init__(self, names: Names, base: str | None, *, after_content: bool) -> None:
        self.names = names
        self.base = base
        self.said: dict[str, str] = {}
        self.depths: dict[str, int] = {}
        self.links: list[str] = []
        self.content: list[str] = []
        self.tags: list[list[str | None]] = []
        self.titled = -1
        self.has_content = False
        self.after_content = after_content

    def take(self, parent: etree._Element, depth: int) -> None:
        """Read the children of an entry, or of what holds more of it. Raises NotCertain."""
        for child in parent:
            name = self.names[child.tag]
            read = _READERS.get(name)
            if read is not None:
                read(self, child, name, depth)
            elif name in _OUTSIDE or name in _ENTRIES or name in _ROOTS or name == "channel":
                raise NotCertain
            elif name in _IDLE:
                _refuse_children(child)
            elif len(child):
                self.take(child, depth + 1)

    def entry(self, zone: str, base: str) -> Entry:
        """The entry. Raises NotCertain for a date in an unusual form."""
        said = self.said
        return Entry(
            guid=said.get("id", ""),
            link=web_link(said.get("link") or next(filter(None, self.links), ""), base),
            title=line(said.get("title", "")),
            summary=said.get("summary", ""),
            content="\n".join(self.content),
            dated=self._dated(zone),
            author=said.get("author", ""),
            tags=tuple(tag[0] for tag in self.tags if tag[0]),
        )

    def _dated(self, zone: str) -> When | None:
        for name in ("published", "created", "updated"):
            if text := self.said.get(name):
                if when := parse_when(text, zone=zone):
                    return when
                raise NotCertain
        return None

    def _say(self, name: str, text: str, depth: int) -> None:
        if depth <= self.depths.get(name, depth):
            self.depths[name] = depth
            self.said[name] = text

    def title(self, element: etree._Element, name: str, depth: int) -> None:
        text = _content(element)
        if not -1 < self.titled <= depth:
            self._say("title", text, depth)
        if text and name != "media_title":
            self.titled = depth

    def summary(self, element: etree._Element, name: str, depth: int) -> None:
        if "summary" not in self.said or self.has_content:
            self._say("summary", _content(element), depth)
        elif self.after_content:
            raise NotCertain
        else:
            self.full_text(element, name, depth)

    def full_text(self, element: etree._Element, _: str, __: int) -> None:
        self.has_content = True
        text = _content(element)
        self.content.append(text)
        self.said.setdefault("summary", text)

    def guid(self, element: etree._Element, _: str, depth: int) -> None:
        text = _stripped(element)
        if _attributes(element).get("ispermalink", "true") != "true":
            self._say("id", _mended(text), depth)
            return
        text = _mended(self._resolved(text) if text else "")
        self._say("id", text, depth)
        self.said.setdefault("link", text)

    def link(self, element: etree._Element, _: str, __: int) -> None:
        text, attributes = _stripped(element), _attributes(element)
        href = _href(attributes)
        if href is None:
            self._printed_link(text)
            return
        href = self._resolved(href)
        self.links.append(href)
        kind = "application/atom+xml" if attributes.get("rel", "").lower() == "self" else "text/html"
        if (
            attributes.get("rel", "alternate").lower() == "alternate"
            and attributes.get("type", kind).lower() in _PAGES
        ):
            self.said["link"] = href

    def _printed_link(self, text: str) -> None:
        text = _mended(self._resolved(text) if text else "")
        self.said["link"] = address = _AMPERSAND.sub(r"&\1", text.replace("&amp;", "&"))
        self.links.append(address)

    def _resolved(self, address: str) -> str:
        if ":///" in address:  # superfluous slashes before a host are feedparser's to take out
            raise NotCertain
        if self.base == "":
            return address
        try:
            found = {urljoin(base, address) for base in ([self.base] if self.base else _ANYWHERE)}
        except ValueError as error:
            raise NotCertain from error
        if len(found) > 1:
            raise NotCertain
        return found.pop()

    def enclosure(self, element: etree._Element, _: str, __: int) -> None:
        _refuse_children(element)
        self.links.append(_href(_attributes(element)) or "")

    def date(self, element: etree._Element, name: str, depth: int) -> None:
        date = _DATES[name]
        if depth > self.depths.get(date, depth):
            raise NotCertain
        self._say(date, _text(element), depth)

    def author(self, element: etree._Element, _: str, depth: int) -> None:
        if not len(element):
            self._say("author", _text(element), depth)
            return
        name, email = self._person(element)
        # What was said of an author before fills what is not said of this one.
        if (before := self.said.get("author", "")) and not (name and (email or "@" not in before)):
            raise NotCertain
        self._say("author", "", depth)
        self.said["author"] = f"{name} ({email})" if name and email else name or email

    def _person(self, element: etree._Element) -> tuple[str, str]:
        """The name and the address of e-mail of a person. Raises NotCertain for text beside them."""
        found = {"name": "", "email": ""}
        texts = [element.text or ""]
        for child in element:
            name = self.names[child.tag]
            if len(child) or (name in KNOWN and name not in _PERSON):
                raise NotCertain
            texts += [child.tail or "", "" if name in _PERSON else child.text or ""]
            if name in found:
                found[name] = (child.text or "").strip()
        if any(map(str.strip, texts)):
            raise NotCertain
        return found["name"], found["email"]

    def contributor(self, element: etree._Element, _: str, __: int) -> None:
        self._person(element)

    def source(self, element: etree._Element, _: str, depth: int) -> None:
        self.titled = -1
        for child in element:
            name = self.names[child.tag]
            if name in _AUTHORS and len(child):
                self._person(child)
                continue
            _refuse_children(child)
            if name in KNOWN and name not in _SOURCE:
                raise NotCertain
            if name in {"title", "dc_title"} and _content(child):
                self.titled = depth + 1

    def tag(self, element: etree._Element, name: str, _: int) -> None:
        attributes = _attributes(element)
        term, scheme = attributes.get("term"), attributes.get("scheme", attributes.get("domain"))
        if name == "media_category":
            scheme = attributes.get("scheme", "http://search.yahoo.com/mrss/category_schema")
        if name == "itunes_category":
            term, scheme, attributes = attributes.get("text"), "http://www.itunes.com/", {}
        self._add_tag(term, scheme, attributes.get("label"))
        if text := _text(element):
            if self.tags and not self.tags[-1][0]:
                self.tags[-1][0] = text
            else:
                self._add_tag(text, None, None)

    def _add_tag(self, term: str | None, scheme: str | None, label: str | None) -> None:
        tag = [term, scheme, label]
        if any(tag) and tag not in self.tags:
            self.tags.append(tag)

    def keywords(self, element: etree._Element, name: str, _: int) -> None:
        if element.keys():
            raise NotCertain
        scheme = "http://www.itunes.com/" if name == "itunes_keywords" else None
        for term in filter(None, map(str.strip, _text(element).split(","))):
            self._add_tag(term, scheme, None)


_READERS: dict[str, Callable[[_Reading, etree._Element, str, int], None]] = {
    **dict.fromkeys(("title", "dc_title", "media_title"), _Reading.title),
    **dict.fromkeys(_SUMMARIES, _Reading.summary),
    **dict.fromkeys(_CONTENTS, _Reading.full_text),
    **dict.fromkeys(("guid", "id"), _Reading.guid),
    **dict.fromkeys(_DATES, _Reading.date),
    **dict.fromkeys(_AUTHORS, _Reading.author),
    **dict.fromkeys(
        ("category", "keywords", "dc_subject", "media_category", "itunes_category"), _Reading.tag
    ),
    **dict.fromkeys(("media_keywords", "itunes_keywords"), _Reading.keywords),
    "link": _Reading.link,
    "enclosure": _Reading.enclosure,
    "contributor": _Reading.contributor,
    "source": _Reading.source,
}
# Every name that means something; all others are passed over, and what they hold is read.
KNOWN = frozenset(_READERS) | _IDLE | _OUTSIDE | _ENTRIES | _ROOTS | {"channel"}


def _text(element: etree._Element) -> str:
    return _mended(_stripped(element))


def _stripped(element: etree._Element) -> str:
    _refuse_children(element)
    return (element.text or "").strip()


def _mended(text: str) -> str:
    """The text with what feedparser undoes: UTF-8 encoded twice, letters of windows-1252 under their numbers."""
    if text.isascii():
        return text
    with suppress(UnicodeError):
        text = text.encode("iso-8859-1").decode()
    return text.translate(_WESTERN) if _CONTROLS.search(text) else text


def _content(element: etree._Element) -> str:
    """The text of an element that may hold HTML. Raises NotCertain where its markup is not escaped."""
    if element.keys():
        attributes = _attributes(element)
        if attributes.get("mode") == "base64" or attributes.get("type", "text").lower() not in _TEXTS:
            raise NotCertain
    return _text(element)


def _attributes(element: etree._Element) -> dict[str, str]:
    """The attributes by their names in lower case, without prefix."""
    found: dict[str, str] = {}
    for name, value in element.items():
        namespace, _, local = name.rpartition("}")
        local = local.lower()
        if local in found or (namespace and local in _WATCHED and name != _ABOUT):
            raise NotCertain
        found[local] = value
    return found


def _href(attributes: dict[str, str]) -> str | None:
    href = attributes.get("url", attributes.get("uri", attributes.get("href")))
    return href or attributes.get("href")


def _refuse(element: etree._Element, *names: str) -> None:
    if element.keys() and not _attributes(element).keys().isdisjoint(names):
        raise NotCertain


def _refuse_children(element: etree._Element) -> None:
    if len(element):
        raise NotCertain

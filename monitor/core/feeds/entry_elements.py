"""What the elements of one entry of a feed come to, field by field, by feedparser's rules."""

from __future__ import annotations

import re
from collections.abc import Callable
from contextlib import suppress
from urllib.parse import urljoin

from lxml import etree

from monitor.core.dates import When, parse_when
from monitor.core.feeds.entries import Entry
from monitor.core.feeds.names import (
    AUTHORS,
    CONTENTS,
    DATES,
    ENTRIES,
    GUIDS,
    IDLE,
    KEYWORDS,
    KNOWN,
    OUTSIDE,
    PERSON,
    ROOTS,
    SUMMARIES,
    TAGS,
    TITLES,
    Names,
    NotCertain,
)
from monitor.core.text import line
from monitor.core.urls import web_link

_ANYWHERE = ("", "http://a.example/", "https://b.example/")
ABOUT = "{http://www.w3.org/1999/02/22-rdf-syntax-ns#}about"
# Attributes that change what is read; under a prefix it would depend on feedparser whether they do.
_WATCHED = frozenset({
    "about", "domain", "href", "ispermalink", "label", "lastmod", "mode", "rel", "scheme", "src", "term", "text",
    "type", "uri", "url",
})  # fmt: skip
_TEXTS = frozenset({"html", "plain", "text", "text/html", "text/plain"})
_PAGES = frozenset({"application/xhtml+xml", "html", "text/html", "xhtml"})
_SOURCE = frozenset({"category", "generator", "id", "link", "rights", "subtitle", "title", "updated"})
# Hundreds of categories are the most that was seen of one entry; what stands beyond so many is left out.
MOST_TAGS = 5_000
_AMPERSAND = re.compile("&([A-Za-z0-9_]+);")
# Letters of windows-1252 under their numbers, which no text means.
_CONTROLS = re.compile("[\x80-\x9f]")
_WESTERN = {code: text for code in range(128, 160) if (text := bytes([code]).decode("cp1252", "ignore"))}
_Tag = tuple[str | None, str | None, str | None]


class Reading:
    """What has been read of one entry so far. `said` holds its texts by feedparser's names.

    `depths` is how deep each text stood: a deeper one never takes the place of one that stood higher. `tags` are its
    categories as (term, scheme, label), each once.
    """

    __slots__ = (
        "after_content", "base", "content", "depths", "has_content", "links", "names", "said", "tagged", "tags", "titled",
    )  # fmt: skip

    def __init__(self, names: Names, base: str | None, *, after_content: bool) -> None:
        self.names = names
        self.base = base
        self.said: dict[str, str] = {}
        self.depths: dict[str, int] = {}
        self.links: list[str] = []
        self.content: list[str] = []
        self.tags: list[_Tag] = []
        self.tagged: set[_Tag] = set()
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
            elif name in OUTSIDE or name in ENTRIES or name in ROOTS or name == "channel":
                raise NotCertain
            elif name in IDLE:
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
        """The first title that says something counts; one that stood deeper gives way, and a picture's own does too."""
        text = _content(element)
        if not -1 < self.titled <= depth:
            self._say("title", text, depth)
        if text and name != "media_title":
            self.titled = depth

    def summary(self, element: etree._Element, name: str, depth: int) -> None:
        """A second description is the content, unless there is one already: then it takes the first one's place."""
        if "summary" not in self.said or self.has_content:
            self._say("summary", _content(element), depth)
        elif self.after_content:
            raise NotCertain
        else:
            self.full_text(element, name, depth)

    def full_text(self, element: etree._Element, _: str, __: int) -> None:
        """Content, which is the summary too where there is none yet."""
        self.has_content = True
        text = _content(element)
        self.content.append(text)
        self.said.setdefault("summary", text)

    def guid(self, element: etree._Element, _: str, depth: int) -> None:
        """The name of the entry, which is its address too unless it says that it is none."""
        text = _stripped(element)
        if attributes_of(element).get("ispermalink", "true") != "true":
            self._say("id", _mended(text), depth)
            return
        text = _mended(self._resolved(text) if text else "")
        self._say("id", text, depth)
        self.said.setdefault("link", text)

    def link(self, element: etree._Element, _: str, __: int) -> None:
        """The last link to a page counts, and all others stand in for it where there is none."""
        text, attributes = _stripped(element), attributes_of(element)
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
        """A file, whose address stands in for a link."""
        _refuse_children(element)
        self.links.append(_href(attributes_of(element)) or "")

    def date(self, element: etree._Element, name: str, depth: int) -> None:
        """The last date of its sort counts."""
        date = DATES[name]
        if depth > self.depths.get(date, depth):
            raise NotCertain
        self._say(date, _text(element), depth)

    def author(self, element: etree._Element, _: str, depth: int) -> None:
        """A line of text, or a person of whom parts are said."""
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
            if len(child) or (name in KNOWN and name not in PERSON):
                raise NotCertain
            texts += [child.tail or "", "" if name in PERSON else child.text or ""]
            if name in found:
                found[name] = (child.text or "").strip()
        if any(map(str.strip, texts)):
            raise NotCertain
        return found["name"], found["email"]

    def contributor(self, element: etree._Element, _: str, __: int) -> None:
        """A person who is not asked for here."""
        self._person(element)

    def source(self, element: etree._Element, _: str, depth: int) -> None:
        """The feed that the entry came from: a title after it counts as the first."""
        self.titled = -1
        for child in element:
            name = self.names[child.tag]
            if name in AUTHORS and len(child):
                self._person(child)
                continue
            _refuse_children(child)
            if name in KNOWN and name not in _SOURCE:
                raise NotCertain
            if name in {"title", "dc_title"} and _content(child):
                self.titled = depth + 1

    def tag(self, element: etree._Element, name: str, _: int) -> None:
        """A category, by its attribute or by its text."""
        attributes = attributes_of(element)
        term, scheme = attributes.get("term"), attributes.get("scheme", attributes.get("domain"))
        if name == "media_category":
            scheme = attributes.get("scheme", "http://search.yahoo.com/mrss/category_schema")
        if name == "itunes_category":
            term, scheme, attributes = attributes.get("text"), "http://www.itunes.com/", {}
        self._add_tag(term, scheme, attributes.get("label"))
        if text := _text(element):
            if self.tags and not self.tags[-1][0]:
                last = self.tags.pop()
                self.tagged.discard(last)
                self._keep_tag((text, *last[1:]))
            else:
                self._add_tag(text, None, None)

    def _add_tag(self, term: str | None, scheme: str | None, label: str | None) -> None:
        tag = (term, scheme, label)
        if any(tag) and tag not in self.tagged and len(self.tags) < MOST_TAGS:
            self._keep_tag(tag)

    def _keep_tag(self, tag: _Tag) -> None:
        self.tags.append(tag)
        self.tagged.add(tag)

    def keywords(self, element: etree._Element, name: str, _: int) -> None:
        """Categories in one line, with commas."""
        if element.keys():
            raise NotCertain
        scheme = "http://www.itunes.com/" if name == "itunes_keywords" else None
        for term in filter(None, map(str.strip, _text(element).split(","))):
            self._add_tag(term, scheme, None)


_READERS: dict[str, Callable[[Reading, etree._Element, str, int], None]] = {
    **dict.fromkeys(TITLES, Reading.title),
    **dict.fromkeys(SUMMARIES, Reading.summary),
    **dict.fromkeys(CONTENTS, Reading.full_text),
    **dict.fromkeys(GUIDS, Reading.guid),
    **dict.fromkeys(DATES, Reading.date),
    **dict.fromkeys(AUTHORS, Reading.author),
    **dict.fromkeys(TAGS, Reading.tag),
    **dict.fromkeys(KEYWORDS, Reading.keywords),
    "link": Reading.link,
    "enclosure": Reading.enclosure,
    "contributor": Reading.contributor,
    "source": Reading.source,
}


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
        attributes = attributes_of(element)
        if attributes.get("mode") == "base64" or attributes.get("type", "text").lower() not in _TEXTS:
            raise NotCertain
    return _text(element)


def attributes_of(element: etree._Element) -> dict[str, str]:
    """The attributes by their names in lower case, without prefix. Raises NotCertain where that confuses two."""
    found: dict[str, str] = {}
    for name, value in element.items():
        namespace, _, local = name.rpartition("}")
        local = local.lower()
        if local in found or (namespace and local in _WATCHED and name != ABOUT):
            raise NotCertain
        found[local] = value
    return found


def _href(attributes: dict[str, str]) -> str | None:
    href = attributes.get("url", attributes.get("uri", attributes.get("href")))
    return href or attributes.get("href")


def refuse_attributes(element: etree._Element, *names: str) -> None:
    """Raise NotCertain where the element has one of these attributes."""
    if element.keys() and not attributes_of(element).keys().isdisjoint(names):
        raise NotCertain


def _refuse_children(element: etree._Element) -> None:
    if len(element):
        raise NotCertain

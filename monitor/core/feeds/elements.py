"""The fast way through a feed: lxml reads what is well-formed and plain, and declines all else.

It comes to what feedparser comes to, field by field, because it follows the same rules in the same order: which of
two titles counts, when a second description is the content, what an address without a link is. Where those rules
lead further than this module goes (markup that is not escaped, relative bases, odd dates, elements in odd places),
it says that it is not certain.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from lxml import etree

from monitor.core.feeds.entries import Entry
from monitor.core.feeds.entry_elements import ABOUT, Reading, attributes_of, refuse_attributes
from monitor.core.feeds.names import AUTHORS, CONTENTS, ENTRIES, KNOWN, ROOTS, SUMMARIES, Names, NotCertain

_BASES = etree.XPath("//@*[translate(local-name(), 'BASE', 'base') = 'base']/..")
_BASE = "{http://www.w3.org/XML/1998/namespace}base"
_ADDRESS = re.compile(r"https?://[^/?#;\s\[\]]+(?:/[^?#;\s]*)?", re.ASCII)
_BASED = SUMMARIES | CONTENTS | {"title", "rights", "subtitle"}
_HOLDERS = AUTHORS | {"contributor", "image", "itunes_category", "itunes_owner", "textinput"}


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
        return [each.entry(zone, base) for each in _Feed(root, Names(body)).entries()]
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

    def entries(self) -> Iterator[Reading]:
        """What is read of each entry. Raises NotCertain."""
        if (name := self.names[self.root.tag]) not in ROOTS:
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
            attributes_of(each)

    def _within(self, parent: etree._Element, *, channels: bool) -> Iterator[Reading]:
        for child in parent:
            name = self.names[child.tag]
            if name in ENTRIES:
                yield self._entry(child)
            elif name == "channel" and channels:
                refuse_attributes(child, "lastmod", "href")
                yield from self._within(child, channels=False)
            else:
                self._pass_over(child, name)

    def _entry(self, element: etree._Element) -> Reading:
        reading = Reading(self.names, self.base, after_content=self.after_content)
        self.after_content = False
        refuse_attributes(element, "lastmod", "href")
        if about := element.get(ABOUT):
            reading.said["id"] = about
        reading.take(element, 0)
        return reading

    def _pass_over(self, element: etree._Element, name: str) -> None:
        if name in ENTRIES or name in ROOTS or name in {"channel", "source"}:
            raise NotCertain
        if name in CONTENTS or (name in SUMMARIES and self.summarised):
            self.after_content = True
        self.summarised |= name in {"summary", "itunes_summary", *CONTENTS}
        if not len(element):
            return
        if name in _HOLDERS:
            if any(len(child) for child in element):
                raise NotCertain
        elif name in KNOWN:
            raise NotCertain
        for child in element:
            self._pass_over(child, self.names[child.tag])

"""Feeds made at random from all that feedparser knows: its elements, prefixes and attributes, in odd places and orders."""

from __future__ import annotations

from collections.abc import Sequence
from random import Random
from xml.sax.saxutils import escape, quoteattr

from feedparser.api import StrictFeedParser
from feedparser.mixin import _FeedParserMixin
from feedparser.util import FeedParserDict

SPACES: dict[str, str] = {prefix: uri for uri, prefix in _FeedParserMixin.namespaces.items() if prefix}
# Every name that feedparser does something for, as it composes it: dc_date, pubdate.
HANDLED = sorted(
    {
        name.removeprefix("_start_").removeprefix("_end_")
        for name in dir(StrictFeedParser)
        if name.startswith(("_start_", "_end_"))
    }
)
NOTED = sorted(
    {*FeedParserDict.keymap, "links", "authors", "published_parsed", "title_detail", "svg", "div", "p"}
)
COMMON = [
    "title", "link", "guid", "id", "description", "summary", "content", "content_encoded", "pubdate", "published",
    "updated", "created", "dc_date", "author", "dc_creator", "dc_subject", "category", "keywords",
    "media_content", "media_group", "media_title", "media_description", "media_keywords", "media_category",
    "media_thumbnail", "itunes_summary", "itunes_author", "itunes_keywords", "itunes_category", "source",
    "enclosure", "contributor", "name", "email", "uri", "comments", "invented", "Title", "PubDate",
]  # fmt: skip
DATES = ["Tue, 03 Feb 2026 15:30:00 +0000", "2026-02-03T15:30:00Z", "2026-02-03", "", "soon"]
TEXTS = [
    "", "  ", "A", "B", "x y", "\u00e9", "caf\u00c3\u00a9", "\u00c3\u00a9 \u2019", "\x85 z\x93q\x94", "第６世代", "<b>x</b>", "a &amp; b",
    "AT&T", "1", "http://a.example/x", "/rel", "x?a=1&b;=2", "a@b.org (Joe)", "a@b.org", "Joe", "urn:uuid:1", "http:///x",
    "\xa0 pad \xa0", "k1, k2,,k1", "https://[", "//h/x", "?q", "#f", "http://a.example/x?", "HTTP://A.example/",
]  # fmt: skip
BASES = ["http://b.example/d/e", "https://a.example", "/d/", "", "javascript:x"]
ATTRIBUTES: dict[str, Sequence[str]] = {
    "href": TEXTS, "url": TEXTS, "uri": TEXTS, "HREF": TEXTS, "x:href": TEXTS, "term": TEXTS, "text": TEXTS, "rdf:about": TEXTS,
    "rel": ["self", "alternate", "ALTERNATE", "enclosure", ""], "src": ["x"], "about": ["y"], "other": ["1"],
    "type": ["html", "text", "xhtml", "text/html", "TEXT", "application/octet-stream", "text/xml", ""], "x:type": ["xhtml"],
    "scheme": ["", "s"], "domain": ["", "d"], "label": ["", "l"], "isPermaLink": ["true", "false", "True"],
    "xml:base": BASES, "base": BASES, "xml:lang": ["en", ""], "mode": ["escaped", "base64", "xml"], "lastmod": ["2026-02-03"],
}  # fmt: skip
USUAL = {
    "link": ["href", "rel", "type"],
    "category": ["term", "scheme", "domain", "label"],
    "guid": ["isPermaLink"],
    "enclosure": ["url", "type"],
    "content": ["type"],
    "title": ["type"],
}
HOLDERS = {
    "author": ["name", "email", "uri"],
    "contributor": ["name", "email"],
    "source": ["title", "id", "link", "updated", "author"],
    "media_group": ["media_title", "media_description", "media_content"],
    "media_content": ["media_title", "media_description"],
    "invented": COMMON,
    "image": ["title", "url", "link"],
}
DECLARATIONS = [
    ' xmlns="http://www.w3.org/1999/xhtml"', ' xmlns="urn:q"', ' xmlns=""', ' xmlns:n="urn:n"', ' xmlns:x="urn:y"',
    f' xmlns:x="{SPACES["dc"]}"', f' xmlns="{SPACES["dc"]}"', f' xmlns:slash="{SPACES["dc"]}"',
]  # fmt: skip
ROOTS = {
    "rss": '<rss version="2.0"{}><channel>{}{}</channel></rss>',
    "atom": '<feed xmlns="http://www.w3.org/2005/Atom"{}>{}{}</feed>',
    "atom03": '<feed xmlns="http://purl.org/atom/ns#"{}>{}{}</feed>',
    "rdf": f'<rdf:RDF xmlns:rdf="{SPACES["rdf"]}" xmlns="http://purl.org/rss/1.0/"{{}}><channel>{{}}</channel>{{}}</rdf:RDF>',
}


class Maker:
    """Makes one feed. `odd` is how often, from 0 to 1, something comes that no good feed holds."""

    def __init__(self, chance: Random, odd: float) -> None:
        self.chance = chance
        self.odd = odd
        self.declared = {"x": "urn:x"}

    def feed(self) -> bytes:
        """A well-formed feed in UTF-8."""
        form = self.chance.choice(sorted(ROOTS))
        name = "entry" if form.startswith("atom") else "item"
        head = "".join(self.element(0) for _ in range(self.chance.randint(0, 2)))
        entries = ""
        for _ in range(self.chance.randint(0, 3)):
            inner = "".join(self.element(0) for _ in range(self.chance.randint(0, 6)))
            entries += f"<{name}{self.attributes(name)}>{inner}</{name}>"
            entries += self.element(0) if self.rarely() else ""
        base = f" xml:base={quoteattr(self.chance.choice(BASES))}" if self.rarely() else ""
        spaces = "".join(
            f' xmlns:{prefix}="{uri}"'
            for prefix, uri in self.declared.items()
            if prefix != "rdf" or form != "rdf"
        )
        return f'<?xml version="1.0" encoding="utf-8"?>{ROOTS[form].format(base + spaces, head, entries)}'.encode()

    def rarely(self) -> bool:
        """Whether something odd is due."""
        return self.chance.random() < self.odd

    def element(self, depth: int, names: Sequence[str] = COMMON) -> str:
        """An element with what it holds, and perhaps text after it."""
        name = self.chance.choice([*HANDLED, *NOTED] if self.rarely() else names)
        tag, attributes = self.tag(name), self.attributes(name)
        if name in HOLDERS and depth < 3 and self.chance.random() < 0.6:
            held = "".join(self.element(depth + 1, HOLDERS[name]) for _ in range(self.chance.randint(1, 3)))
            inner = (self.text(name) if self.rarely() else "") + held
        else:
            inner = self.text(name)
        return f"<{tag}{attributes}{self.space()}>{inner}</{tag}>" + ("stray" if self.rarely() else "")

    def tag(self, name: str) -> str:
        """The name with a colon where it has a prefix, which is declared."""
        prefix, _, local = name.partition("_")
        if not local or prefix not in SPACES:
            return f"x:{name}" if self.rarely() else name
        self.declared[prefix] = SPACES[prefix]
        return f"{prefix}:{local}"

    def space(self) -> str:
        """Seldom, a declaration in the middle of the feed."""
        return self.chance.choice(DECLARATIONS) if self.chance.random() < self.odd / 5 else ""

    def attributes(self, name: str) -> str:
        """Some of the attributes that are usual there, seldom any other."""
        chosen: dict[str, str] = {}
        for _ in range(self.chance.randint(0, 3) if name in USUAL else int(self.rarely())):
            pool = USUAL[name] if name in USUAL and not self.rarely() else sorted(ATTRIBUTES)
            attribute = self.chance.choice(pool)
            if attribute == "rdf:about":
                self.declared["rdf"] = SPACES["rdf"]
            chosen[attribute] = self.chance.choice(ATTRIBUTES[attribute])
        return "".join(f" {attribute}={quoteattr(value)}" for attribute, value in chosen.items())

    def text(self, name: str) -> str:
        """A date where one belongs, else a text; seldom as CDATA."""
        dated = "dat" in name.lower() or name in {"published", "created", "issued", "modified"}
        text = self.chance.choice((DATES if self.rarely() else DATES[:3]) if dated else TEXTS)
        return f"<![CDATA[{text}]]>" if self.chance.random() < 0.2 else escape(text)

"""What the elements of a feed are called, whatever prefix the feed gives them: `dc_date`, `media_title`, `pubdate`.

These are feedparser's names and its rules, for what is read here has to come to the same as there. Names by which
feedparser does what is not done here are handed over to it.
"""

from __future__ import annotations

import re
from collections import defaultdict

# Namespaces whose elements mean something. Those of RSS and Atom have no prefix, whatever is declared.
_NAMESPACES = {
    **dict.fromkeys(
        (
            "",
            "http://backend.userland.com/rss",
            "http://blogs.law.harvard.edu/tech/rss",
            "http://purl.org/rss/1.0/",
            "http://my.netscape.com/rdf/simple/0.9/",
            "http://example.com/newformat#",
            "http://example.com/necho",
            "http://purl.org/echo/",
            "uri/of/echo/namespace#",
            "http://purl.org/pie/",
            "http://purl.org/atom/ns#",
            "http://www.w3.org/2005/atom",
            "http://purl.org/rss/1.0/modules/rss091#",
        ),
        "",
    ),
    "http://webns.net/mvcb/": "admin",
    "http://creativecommons.org/ns#license": "cc",
    "http://web.resource.org/cc/": "cc",
    "http://cyber.law.harvard.edu/rss/creativecommonsrssmodule.html": "creativecommons",
    "http://backend.userland.com/creativecommonsrssmodule": "creativecommons",
    "http://purl.org/rss/1.0/modules/content/": "content",
    "http://purl.org/dc/elements/1.1/": "dc",
    "http://purl.org/dc/terms/": "dcterms",
    "http://rssnamespace.org/feedburner/ext/1.0": "feedburner",
    "http://www.georss.org/georss": "georss",
    "http://www.opengis.net/gml": "gml",
    "http://www.itunes.com/dtds/podcast-1.0.dtd": "itunes",
    "http://example.com/dtds/podcast-1.0.dtd": "itunes",
    "http://search.yahoo.com/mrss": "media",
    "http://search.yahoo.com/mrss/": "media",
    "http://podlove.org/simple-chapters": "psc",
    "http://www.w3.org/1999/02/22-rdf-syntax-ns#": "rdf",
    "http://www.w3.org/1999/xhtml": "xhtml",
    "http://www.w3.org/xml/1998/namespace": "xml",
}
# Prefixes that feeds give them beside their own; with any other one, feedparser may take one prefix for another.
_ALIASES = {
    "": {"", "a", "a10", "atom", "atom03", "atom10", "rss", "rss1", "rss10", "rss2", "rss20"},
    "dcterms": {"dct"},
    "xhtml": {"", "h", "html", "xh"},
}
_DECLARATION = re.compile(rb"xmlns(?::([^\s=<>\"'/:]+))?\s*=\s*(?:\"([^\"<]*)\"|'([^'<]*)')")

TITLES = frozenset({"title", "dc_title", "media_title"})
GUIDS = frozenset({"guid", "id"})
TAGS = frozenset({"category", "keywords", "dc_subject", "media_category", "itunes_category"})
KEYWORDS = frozenset({"media_keywords", "itunes_keywords"})
PERSON = frozenset({"email", "homepage", "name", "uri", "url"})
ENTRIES = frozenset({"item", "entry"})
ROOTS = frozenset({"rss", "feed", "rdf_rdf"})
SUMMARIES = frozenset({"description", "dc_description", "media_description", "summary", "itunes_summary"})
CONTENTS = frozenset({"content", "content_encoded", "fullitem"})
AUTHORS = frozenset({"author", "dc_author", "dc_creator", "itunes_author", "managingeditor"})
DATES = {
    **dict.fromkeys(("published", "issued", "pubdate", "dcterms_issued"), "published"),
    **dict.fromkeys(("updated", "modified", "lastbuilddate", "dc_date", "dcterms_modified"), "updated"),
    **dict.fromkeys(("created", "dcterms_created"), "created"),
}
# They say nothing that is asked here.
IDLE = frozenset({
    "admin_errorreportsto", "admin_generatoragent", "cloud", "copyright", "dc_contributor", "dc_language",
    "dc_publisher", "dc_rights", "dcterms_valid", "expirationdate", "feedburner_browserfriendly", "generator",
    "georss_box", "georss_line", "georss_point", "georss_polygon", "info", "itunes_block", "itunes_explicit",
    "itunes_image", "itunes_subtitle", "language", "media_credit", "media_license", "media_player", "media_rating",
    "media_restriction", "media_thumbnail", "rights", "subtitle", "tagline", "webmaster",
})  # fmt: skip
# They hold other elements, and mean something only outside of entries.
OUTSIDE = frozenset({
    "email", "height", "homepage", "image", "itunes_email", "itunes_name", "itunes_owner", "name", "textinput",
    "uri", "url", "width",
})  # fmt: skip
# Every name that means something; all others are passed over, and what they hold is read.
KNOWN = frozenset().union(
    TITLES, SUMMARIES, CONTENTS, GUIDS, DATES, AUTHORS, TAGS, KEYWORDS, IDLE, OUTSIDE, ENTRIES, ROOTS,
    {"channel", "contributor", "enclosure", "link", "source"},
)  # fmt: skip
# Read by feedparser in ways of its own, or not worth a way here.
_HANDED_OVER = frozenset({
    "abstract", "body", "cc_license", "creativecommons_license", "georssgeom", "geom", "itunes_link", "math", "newlocation", "svg", "tags",
    "where", "xhtml_body",
})  # fmt: skip
_HANDED_OVER_PREFIXES = ("gml_", "psc_", "georss_where")
# An element of such a name would be taken for what feedparser itself notes down under it.
_NOTED = frozenset(
    {"authors", "contributors", "date", "entries", "guidislink", "href", "links", "publishers"}
)
_NOTED_ENDS = ("_parsed", "_detail")


class NotCertain(Exception):  # noqa: N818 - a state, said plainly; it never leaves the reading of feeds
    """Only feedparser can tell what this feed says."""


class Names(dict[object, str]):
    """The name of each tag as lxml writes it (`{namespace}local`), found when it is first met. Raises NotCertain."""

    def __init__(self, body: bytes) -> None:
        super().__init__()
        self._prefixes = _declared(body)

    def __missing__(self, tag: object) -> str:
        if not isinstance(tag, str) or not tag.isascii():
            raise NotCertain
        uri, _, local = tag.rpartition("}")
        prefix = self._prefix(uri[1:].lower())
        local = local.lower()
        name = f"{prefix}_{local}" if prefix else local
        if name in _HANDED_OVER or local in _HANDED_OVER or name.startswith(_HANDED_OVER_PREFIXES):
            raise NotCertain
        if name not in KNOWN and (name in _NOTED or name.endswith(_NOTED_ENDS)):
            raise NotCertain
        self[tag] = name
        return name

    def _prefix(self, uri: str) -> str:
        known = _canonical(uri)
        if known is not None:
            return known
        prefixes = self._prefixes[uri]
        if len(prefixes) != 1 or "" in prefixes:
            raise NotCertain
        return next(iter(prefixes))


def _canonical(uri: str) -> str | None:
    return "" if "backend.userland.com/rss" in uri else _NAMESPACES.get(uri)


def _declared(body: bytes) -> dict[str, set[str]]:
    """The prefixes of each namespace, in lower case. Raises NotCertain where a prefix is not what its name says."""
    uris, prefixes = dict[str, str](), defaultdict[str, set[str]](set)
    for found in set(_DECLARATION.findall(body)):
        prefix = found[0].decode().lower()
        uri = (found[1] or found[2]).decode().lower()
        if prefix and uris.setdefault(prefix, uri) != uri:
            raise NotCertain
        _check(prefix, uri)
        prefixes[uri].add(prefix)
    return prefixes


def _check(prefix: str, uri: str) -> None:
    if not prefix.isascii() or "&" in uri or uri != "".join(uri.split()):
        raise NotCertain
    known = _canonical(uri)
    if known is not None and prefix != known and prefix not in _ALIASES.get(known, ()):
        raise NotCertain

"""What an address is the address of: the document's own number, or the address without what changes around it.

Sources that show one document by its address meet in one item because they all name it by this module.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Sequence
from functools import lru_cache
from typing import Protocol
from urllib.parse import parse_qsl, urlencode, urlsplit, urlunsplit

from monitor.core import citations
from monitor.core.dates import When
from monitor.core.text import line
from monitor.core.urls import is_tracking, web_link

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


class Shown(Protocol):
    """An entry of a feed or a row of a listing, by what can tell it from others. Empty where a source does not say."""

    @property
    def guid(self) -> str:
        """What the source calls it."""

    @property
    def link(self) -> str:
        """Where it leads, as `web_link` let it through."""

    @property
    def title(self) -> str:
        """Its title, on one line."""

    @property
    def dated(self) -> When | None:
        """When it says that it was published."""


def cited(url: str) -> str:
    """The document that an address on its publisher's own site is the address of, and of nothing more; else nothing."""
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


# An entry's address is asked for several times while it is taken.
@lru_cache(maxsize=256)
def canonical(url: str) -> str:
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


def item_key(source_id: str, *, guid: str = "", link: str, title: str, dated: When | None) -> str:
    """The key of what a source shows: the number that its guid or link is the address of, else the guid, else the link.

    What has neither is known by its title and date. `link` is one that `web_link` let through, or nothing.
    """
    guid = line(guid)
    for text in (guid, link) if not guid or guid == link else (guid,):
        if number := cited(text):
            return number
    if guid:
        name = re.sub(r"^http://", "https://", _untracked(guid))
        return f"{source_id}:{name if len(name) <= _LONGEST_NAME else fingerprint(name)}"
    if link:
        url = canonical(link)
        return url if len(url) <= _LONGEST_NAME else f"{source_id}:{fingerprint(url)}"
    return f"{source_id}:{fingerprint(title, dated.text if dated else '')}"


def _untracked(guid: str) -> str:
    """A guid that is an address with tracking, without it; some feeds stamp that afresh at every poll."""
    try:
        parts = urlsplit(guid)
    except ValueError:
        return guid
    names = (each.partition("=")[0] for each in parts.query.split("&"))
    return web_link(guid) or guid if any(map(is_tracking, names)) else guid


def item_keys(source_id: str, shown: Sequence[Shown]) -> list[str]:
    """A key for each entry: entries that differ have keys that differ, also where a source gives them one guid.

    Of entries with one guid the oldest keeps the plain key, for it is the one that had it before the others came.
    """
    keys = [
        item_key(source_id, guid=each.guid, link=each.link, title=each.title, dated=each.dated)
        for each in shown
    ]
    oldest: dict[str, int] = {}
    for index in sorted(range(len(shown)), key=lambda i: (_at(shown[i]), -i)):
        oldest.setdefault(keys[index], index)
    return [
        key if _face(each) == _face(shown[oldest[key]]) else f"{source_id}:{fingerprint(key, *_face(each))}"
        for key, each in zip(keys, shown, strict=True)
    ]


def _at(each: Shown) -> str:
    return each.dated.at if each.dated else ""


def _face(each: Shown) -> tuple[str, str]:
    """What tells two entries of one guid apart."""
    return canonical(each.link), each.title


def item_kind(key: str) -> str:
    """What an item under that key is: a bill, a document with a number of its publisher's, or news."""
    if key.startswith("bill:"):
        return "bill"
    return "document" if key.startswith(tuple(_PUBLISHERS.values())) else "news"


def fingerprint(*texts: str) -> str:
    """A short hash of some texts, for a key of what has no name or too long a one."""
    return hashlib.sha256("\n".join(texts).encode()).hexdigest()[:32]

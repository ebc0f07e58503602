"""An entry of a feed, in whatever format it came and by whatever parser it was read."""

from __future__ import annotations

from dataclasses import dataclass, replace

from monitor.core.addresses import fingerprint
from monitor.core.dates import When
from monitor.core.exchange import Problem

SAYS_NOTHING = "has no title, text, link or guid"


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """An entry in whatever format it came. The link is in full and safe to show; texts but the title may be HTML.

    `guid` is as the feed prints it, `dated` what it calls published, else made, else changed.
    """

    guid: str = ""
    link: str = ""
    title: str = ""
    summary: str = ""
    content: str = ""
    dated: When | None = None
    author: str = ""
    tags: tuple[str, ...] = ()


def identified(entry: Entry, where: str) -> Entry | Problem:
    """The entry, with a guid made of all that it says where it has neither guid nor link nor title.

    RSS since 0.92 takes an item that is a description alone; several such are several entries. One without a text either
    is a Problem at `where`: there is nothing to know it by, and nothing to tell.
    """
    if entry.guid or entry.link or entry.title:
        return entry
    if not entry.summary.strip() and not entry.content.strip():
        return Problem(where=where, what=SAYS_NOTHING)
    said = (entry.summary, entry.content, entry.dated.text if entry.dated else "", entry.author, *entry.tags)
    return replace(entry, guid=fingerprint(*said))

"""Knows an entry again whose publisher gave it another guid or another address.

Only entries that are known by what their own source calls them: a bill's or a document's official number is never
guessed. Two entries are one where address, title and date are the same, or title and exact moment; where an entry has
no date, where the same address and title took the old one's place from one poll to the next.
"""

from __future__ import annotations

import hashlib
import re
import sqlite3
from collections.abc import Collection, Iterator

from monitor.core.addresses import canonical
from monitor.core.exchange import Source
from monitor.core.items import Item
from monitor.core.text import fold

# A publisher who knows only the day prints its first moment, of every notice of that day.
_MIDNIGHT = re.compile(r"\b00:00(?::00)?\b")


def known_key(conn: sqlite3.Connection, source: Source, item: Item, present: Collection[str]) -> str:
    """The key under which the entry is known already, if another one than its own; else its own.

    `present` are the keys of the same answer: what still stands there as itself was not renamed. Call it for an item
    that the source has not shown under this key before.
    """
    for face in _faces(source, item):
        row = conn.execute(
            "SELECT key FROM identities WHERE source = ? AND face = ?", (source.id, face)
        ).fetchone()
        if row and row["key"] not in present:
            return str(row["key"])
    return item.key


def remember(conn: sqlite3.Connection, source: Source, item: Item) -> None:
    """Keep what the entry can be known by."""
    conn.executemany(
        "REPLACE INTO identities (source, face, key) VALUES (?, ?, ?)",
        [(source.id, face, item.key) for face in _faces(source, item)],
    )


def _faces(source: Source, item: Item) -> Iterator[str]:
    if not item.title or not item.key.startswith((f"{source.id}:", "http:", "https:")):
        return
    title = " ".join(fold(item.title).text.lower().split())
    address = canonical(item.url)
    at = item.published.at if item.published else ""
    if address:
        yield _hash("address", address, title, at)
    if item.published and item.published.precision == "second" and not _MIDNIGHT.search(item.published.text):
        yield _hash("moment", title, at)


def _hash(*parts: str) -> str:
    return hashlib.sha256("\0".join(parts).encode()).hexdigest()[:32]

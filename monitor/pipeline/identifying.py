"""Knows an entry again whose publisher gave it another guid or another address.

Only entries that are known by what their own source calls them: a bill's or a document's official number is never
guessed. Two entries are one where address, title and date are the same, or title and exact moment; where an entry has
no date, where the same address and title took the old one's place from one poll to the next. A name that an entry was
given later is its own from then on, also when its title changes.
"""

from __future__ import annotations

import hashlib
import re
import sqlite3
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from enum import Enum

from monitor.core.addresses import canonical, fingerprint
from monitor.core.exchange import Source
from monitor.core.items import Item, field_hashes
from monitor.core.text import fold

# A publisher who knows only the day prints its first moment, of every notice of that day.
_MIDNIGHT = re.compile(r"(?<![\d:])00:00(?::00)?(?!\d)")


def named(
    conn: sqlite3.Connection, source: Source, found: Sequence[Item], said: Mapping[str, Mapping[str, str]]
) -> list[Item]:
    """The items of one answer, each under the key by which it is known already.

    `said` are the field hashes that the source last said under each of their keys. What stands there under the title that
    it had is itself, and was not renamed; a key that shows another title may have been given to another entry, in a feed
    that gives all its entries one guid.
    """
    keys: dict[int, str] = {}
    for doubt in _Doubt:
        for index, item in enumerate(found):
            if _doubt(item, said) is doubt:
                known = None if doubt is _Doubt.NONE else _known(conn, source, item, set(keys.values()))
                keys[index] = known or _own(source, item, said, found)
                if known and doubt is _Doubt.UNKNOWN:
                    _keep(conn, source, [_hash("name", item.key)], known)
    return [
        item if keys[index] == item.key else replace(item, key=keys[index])
        for index, item in enumerate(found)
    ]


class _Doubt(Enum):
    """Whether an item is the one that is known by its key, in the order in which that is settled."""

    NONE = 0
    OTHER_TITLE = 1
    UNKNOWN = 2


def _doubt(item: Item, said: Mapping[str, Mapping[str, str]]) -> _Doubt:
    if item.key not in said:
        return _Doubt.UNKNOWN
    return _Doubt.OTHER_TITLE if "title" in _restated(item, said[item.key]) else _Doubt.NONE


def _restated(item: Item, said: Mapping[str, str]) -> set[str]:
    """The fields that were stated before and are stated otherwise now."""
    return {name for name, hashed in field_hashes(item).items() if said.get(name, hashed) != hashed}


def _known(conn: sqlite3.Connection, source: Source, item: Item, taken: Collection[str]) -> str | None:
    """The key by which an item is known that has another one now; `taken` are those of the same answer."""
    if not _is_named_by_source(source, item):
        return None
    for face in (_hash("name", item.key), *_faces(source, item)):
        row = conn.execute(
            "SELECT key FROM identities WHERE source = ? AND face = ?", (source.id, face)
        ).fetchone()
        if row and row["key"] not in taken:
            return str(row["key"])
    return None


def _own(source: Source, item: Item, said: Mapping[str, Mapping[str, str]], found: Sequence[Item]) -> str:
    """The item's own key; a new one where all else is other than stood under it, or others share its guid."""
    others = _restated(item, said.get(item.key, {}))
    if not {"title", "url"} <= others or not _is_named_by_source(source, item):
        return item.key
    shared = any(each.key == _key_beside(source, item.key, each) for each in found)
    return _key_beside(source, item.key, item) if shared or "published" in others else item.key


def _key_beside(source: Source, key: str, item: Item) -> str:
    """The key that an entry has where another one bears its guid already, as `addresses.item_keys` gives it."""
    return f"{source.id}:{fingerprint(key, canonical(item.url), item.title)}"


def remember(conn: sqlite3.Connection, source: Source, item: Item) -> None:
    """Keep what the entry can be known by."""
    _keep(conn, source, _faces(source, item), item.key)


def _keep(conn: sqlite3.Connection, source: Source, faces: Iterable[str], key: str) -> None:
    conn.executemany(
        "REPLACE INTO identities (source, face, key) VALUES (?, ?, ?)",
        [(source.id, face, key) for face in faces],
    )


def _faces(source: Source, item: Item) -> Iterator[str]:
    if not item.title or not _is_named_by_source(source, item):
        return
    title = " ".join(fold(item.title).text.lower().split())
    address = canonical(item.url)
    at = item.published.at if item.published else ""
    if address:
        yield _hash("address", address, title, at)
    if item.published and item.published.precision == "second" and not _MIDNIGHT.search(item.published.text):
        yield _hash("moment", title, at)


def _is_named_by_source(source: Source, item: Item) -> bool:
    return item.key.startswith((f"{source.id}:", "http:", "https:"))


def _hash(*parts: str) -> str:
    return hashlib.sha256("\0".join(parts).encode()).hexdigest()[:32]

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
from monitor.core.items import Item
from monitor.core.text import fold

# A publisher who knows only the day prints its first moment, of every notice of that day.
_MIDNIGHT = re.compile(r"(?<![\d:])00:00(?::00)?(?!\d)")
_FINGERPRINT = re.compile(r"[0-9a-f]{32}")
# A fingerprint, with the address and the title that it may be of.
_Beside = tuple[str, str, str]


def named(
    conn: sqlite3.Connection,
    source: Source,
    found: Sequence[Item],
    hashes: Sequence[Mapping[str, str]],
    said: Mapping[str, Mapping[str, str]],
) -> list[Item]:
    """The items of one answer, each under the key by which it is known already.

    `hashes` are the field hashes of each, `said` those that the source last said under each of their keys. What stands
    there under the title that it had is itself, and was not renamed; a key that shows another title may have been given
    to another entry, in a feed that gives all its entries one guid.
    """
    restated = [_restated(hashed, said.get(item.key, {})) for item, hashed in zip(found, hashes, strict=True)]
    doubts = [_doubt(item, fields, said) for item, fields in zip(found, restated, strict=True)]
    beside = _named_beside(source, found)
    keys: dict[int, str] = {}
    taken: set[str] = set()
    for doubt in _Doubt:
        for index, item in enumerate(found):
            if doubts[index] is doubt:
                known = None if doubt is _Doubt.NONE else _known(conn, source, item, taken)
                keys[index] = known or _own(source, item, restated[index], beside)
                taken.add(keys[index])
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


def _doubt(item: Item, restated: Collection[str], said: Collection[str]) -> _Doubt:
    if item.key not in said:
        return _Doubt.UNKNOWN
    return _Doubt.OTHER_TITLE if "title" in restated else _Doubt.NONE


def _restated(hashes: Mapping[str, str], said: Mapping[str, str]) -> set[str]:
    """The fields that were stated before and are stated otherwise now."""
    return {name for name, hashed in hashes.items() if said.get(name, hashed) != hashed}


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


def _own(source: Source, item: Item, restated: Collection[str], beside: Iterable[_Beside]) -> str:
    """The item's own key; a new one where all else is other than stood under it, or others share its guid."""
    if not {"title", "url"} <= set(restated) or not _is_named_by_source(source, item):
        return item.key
    if "published" in restated or any(fingerprint(item.key, *face) == name for name, *face in beside):
        return f"{source.id}:{fingerprint(item.key, *_face_beside(item))}"
    return item.key


def _named_beside(source: Source, found: Iterable[Item]) -> list[_Beside]:
    """The entries whose keys may be those that `addresses.item_keys` gives where another one bears the guid already."""
    start = f"{source.id}:"
    return [
        (item.key.removeprefix(start), *_face_beside(item))
        for item in found
        if item.key.startswith(start) and _FINGERPRINT.fullmatch(item.key.removeprefix(start))
    ]


def _face_beside(item: Item) -> tuple[str, str]:
    return canonical(item.url), item.title


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

"""Knows an entry again whose publisher gave it another guid or another address.

Only entries that are known by what their own source calls them: a bill's or a document's official number is never
guessed. Two entries are one where address, title and date are the same (of entries without dates, address and title).
Where the address is another one too, title and date alone are no proof: notices of one title come in batches, at one
second. Then it takes several that were renamed together, in the place of those that the source showed at the poll
before. Who stands under a guid that several share is told by what was said under it. A name that an entry was given
later is its own from then on, also when its title changes.
"""

from __future__ import annotations

import hashlib
import re
import sqlite3
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from enum import IntEnum
from functools import lru_cache

import msgspec

from monitor.core.addresses import canonical, fingerprint
from monitor.core.exchange import Source
from monitor.core.items import Item
from monitor.core.text import fold

# From so many titles and dates on, more than what stands under its old name, the names were changed and not the entries.
_FEWEST_RENAMED = 3
_FINGERPRINT = re.compile(r"[0-9a-f]{32}")
_decode = msgspec.json.Decoder(list[str]).decode
# So many fingerprints take some seconds.
_MOST_COMPARED = 4_000_000


class _Doubt(IntEnum):
    """Whether an item is the one that is known by its key, in the order in which that is settled."""

    NONE = 0
    OTHER_TITLE = 1
    UNKNOWN = 2


@dataclass(frozen=True, slots=True, kw_only=True)
class _Shown:
    """An entry of the answer; its field hashes, and which of them are others than was said under its key.

    `is_reworded` says whether one that its own source names has another title or address than the key was known by.
    """

    item: Item
    hashes: Mapping[str, str]
    restated: Collection[str]
    doubt: _Doubt
    is_reworded: bool


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
    shown: dict[str, _Shown] = {}
    for item, hashed in zip(found, hashes, strict=True):
        shown.setdefault(item.key, _shown(source, item, hashed, said))
    shared = _shared(source, shown)
    keys = _standing(conn, source, shown, said, shared)
    _find(conn, source, shown, keys, shared)
    return [item if keys[item.key] == item.key else replace(item, key=keys[item.key]) for item in found]


def _shown(
    source: Source, item: Item, hashes: Mapping[str, str], said: Mapping[str, Mapping[str, str]]
) -> _Shown:
    """The entry, with the fields that were stated before and are stated otherwise now."""
    before = said.get(item.key, {})
    restated = {name for name, hashed in hashes.items() if before.get(name, hashed) != hashed}
    doubt = _Doubt.OTHER_TITLE if "title" in restated else _Doubt.NONE
    return _Shown(
        item=item,
        hashes=hashes,
        restated=restated,
        doubt=doubt if item.key in said else _Doubt.UNKNOWN,
        is_reworded=not restated.isdisjoint({"title", "url"}) and _is_named_by_source(source, item),
    )


# Who stands under its own key


def _standing(
    conn: sqlite3.Connection,
    source: Source,
    shown: Mapping[str, _Shown],
    said: Mapping[str, Mapping[str, str]],
    shared: Collection[str],
) -> dict[str, str]:
    """The keys of entries that are what they are called, and of those that share a guid with one, by their own keys.

    Of entries with one guid and one date their order decides who gets the plain key, and publishers reorder. So it stays
    with the one whose title and address were said under it; the others are known by what they say.
    """
    faces = {
        _title_and_address(each.hashes): _face_beside(each.item)
        for own, each in shown.items()
        if each.doubt is _Doubt.UNKNOWN and _FINGERPRINT.fullmatch(own.removeprefix(f"{source.id}:"))
    }
    keys: dict[str, str] = {}
    for own, each in shown.items():
        if not each.is_reworded:
            keys |= {own: own} if each.doubt is _Doubt.NONE else {}
            continue
        aside = _key_beside(source, own, _face_beside(each.item))
        face = faces.get(_title_and_address(said[own]))
        holder = _key_beside(source, own, face) if face else ""
        if holder in shown and shown[holder].doubt is _Doubt.UNKNOWN:
            keys |= {holder: own, own: aside}
        elif _has_spoken(conn, source, aside):
            keys[own] = aside
        elif each.doubt is _Doubt.NONE and own not in shared:
            keys[own] = own
    return keys


def _title_and_address(hashes: Mapping[str, str]) -> tuple[str | None, str | None]:
    return hashes.get("title"), hashes.get("url")


def _has_spoken(conn: sqlite3.Connection, source: Source, key: str) -> bool:
    sql = "SELECT 1 FROM statements WHERE source = ? AND key = ?"
    return conn.execute(sql, (source.id, key)).fetchone() is not None


def _shared(source: Source, shown: Mapping[str, _Shown]) -> set[str]:
    """The keys that show something else than was said under them, and whose guids other entries of the answer bear too.

    Where it would take too long to tell, a guid counts as no name: an entry told twice is better than one lost.
    """
    reworded = [own for own, each in shown.items() if each.is_reworded]
    names = ((own.removeprefix(f"{source.id}:"), each.item) for own, each in shown.items())
    beside = [(name, *_face_beside(item)) for name, item in names if _FINGERPRINT.fullmatch(name)]
    if len(reworded) * len(beside) > _MOST_COMPARED:
        return set(reworded)
    return {own for own in reworded if any(fingerprint(own, *face) == name for name, *face in beside)}


# Who is known under another key


def _find(
    conn: sqlite3.Connection,
    source: Source,
    shown: Mapping[str, _Shown],
    keys: dict[str, str],
    shared: Collection[str],
) -> None:
    """Add the keys of all other entries: first of those whose own key may be another one's."""
    rest = sorted((each for own, each in shown.items() if own not in keys), key=lambda each: each.doubt)
    taken = set(keys.values())
    known = _known(conn, source, [each.item for each in rest])
    renamed = _renamed_together(conn, source, [each.item for each in rest], known, taken)
    # Where guids move on from entry to entry, those that are known elsewhere make room for the others first.
    others = [each.item.key for each in rest if each.doubt is _Doubt.OTHER_TITLE]
    for own in others:
        if key := _free(own, known, renamed, taken):
            keys[own] = key
            taken.add(key)
    do_move_on = any(keys.get(own, own) != own for own in others)
    for each in rest:
        own = each.item.key
        if own not in keys:
            key = _free(own, known, renamed, taken)
            keys[own] = key or _own(source, each, taken, is_shared=do_move_on or own in shared)
            if keys[own] != own and "url" in each.restated:
                _keep(conn, source, [_beside(each.item)], keys[own])
            taken.add(keys[own])
            if key and each.doubt is _Doubt.UNKNOWN:
                _keep(conn, source, [_hash("name", own)], key)


def _free(
    own: str, known: Mapping[str, list[str]], renamed: Mapping[str, list[str]], taken: Collection[str]
) -> str:
    """The first of the keys that an entry may have which no other one has."""
    return next((key for key in (*known[own], *renamed.get(own, ())) if key not in taken), "")


def _known(conn: sqlite3.Connection, source: Source, items: Iterable[Item]) -> dict[str, list[str]]:
    """By the items' keys, those by which each may be known that has another one now, the likeliest first."""
    faces = {item.key: _ways_to_know(item) if _is_named_by_source(source, item) else [] for item in items}
    sql = "SELECT face, key FROM identities WHERE source = ? AND face IN (SELECT value FROM json_each(?))"
    asked = [face for each in faces.values() for face in each]
    rows = conn.execute(sql, (source.id, msgspec.json.encode(asked).decode())) if asked else ()
    found = {row["face"]: str(row["key"]) for row in rows}
    return {own: [found[face] for face in each if face in found] for own, each in faces.items()}


def _ways_to_know(item: Item) -> list[str]:
    return [_hash("name", item.key), *_faces(item), *([_beside(item)] if item.url else ())]


def _renamed_together(
    conn: sqlite3.Connection,
    source: Source,
    rest: Sequence[Item],
    known: Mapping[str, Collection[str]],
    taken: Collection[str],
) -> dict[str, list[str]]:
    """The old keys of entries whose guids and addresses were changed together, by the new ones.

    They have the titles and dates of entries that the source showed at the poll before and shows no more, as many of
    each; and they are more than what still stands under a name that it had. Anything less may be a batch of new ones.
    """
    unknown = [item for item in rest if not set(known[item.key]) - set(taken)]
    before = _shown_before(conn, source) if len(unknown) >= _FEWEST_RENAMED else {}
    if not before:
        return {}
    standing = {*taken, *(key for keys in known.values() for key in keys)}
    moments: dict[str, list[str]] = {}
    for item in unknown:
        for moment in _moment(item):
            moments.setdefault(moment, []).append(item.key)
    groups = [(own, _kept_at(conn, source, moment, before)) for moment, own in moments.items()]
    groups = [(own, old) for own, old in groups if len(own) == len(old) and standing.isdisjoint(old)]
    renamed = {new: [key] for own, old in groups for new, key in zip(own, old, strict=True)}
    still = len(standing & before.keys()) + sum(
        item.key in before for item in unknown if item.key not in renamed
    )
    return renamed if len(groups) >= _FEWEST_RENAMED and len(renamed) > still else {}


def _shown_before(conn: sqlite3.Connection, source: Source) -> dict[str, int]:
    """The keys that the source showed at the poll before, each with its place."""
    rows = conn.execute("SELECT keys FROM listings WHERE source = ? ORDER BY walk", (source.id,))
    return {key: place for place, key in enumerate(key for row in rows for key in _decode(row["keys"]))}


def _kept_at(conn: sqlite3.Connection, source: Source, moment: str, before: Mapping[str, int]) -> list[str]:
    """The entries of the poll before that had that title and date, in their order."""
    sql = "SELECT key FROM identities WHERE source = ? AND face >= ? AND face < ?"
    rows = conn.execute(sql, (source.id, moment, f"{moment};"))
    return sorted({row["key"] for row in rows} & before.keys(), key=before.__getitem__)


def _own(source: Source, each: _Shown, taken: Collection[str], *, is_shared: bool) -> str:
    """The entry's own key; a new one where another entry has that, or where another one was meant by it before."""
    own = each.item.key
    is_other = {"title", "url", "published"} <= set(each.restated) or (is_shared and each.is_reworded)
    if own in taken or (is_other and _is_named_by_source(source, each.item)):
        return _key_beside(source, own, _face_beside(each.item))
    return own


def _key_beside(source: Source, key: str, face: tuple[str, str]) -> str:
    """The key that an entry has where another one bears its guid, as `addresses.item_keys` gives it."""
    return f"{source.id}:{fingerprint(key, *face)}"


def _face_beside(item: Item) -> tuple[str, str]:
    return canonical(item.url), item.title


# What an entry can be known by


def _beside(item: Item) -> str:
    """What stays of an entry whose guid another one bears, when its title is corrected: guid, address and date."""
    return _hash("beside", item.key, canonical(item.url), item.published.at if item.published else "")


def remember(conn: sqlite3.Connection, source: Source, item: Item) -> None:
    """Keep what the entry can be known by."""
    if _is_named_by_source(source, item):
        # Several entries may have one title and date: each has a row, all next to each other.
        moments = (f"{moment}:{_hash(item.key)}" for moment in _moment(item))
        _keep(conn, source, [*_faces(item), *moments], item.key)


def _keep(conn: sqlite3.Connection, source: Source, faces: Iterable[str], key: str) -> None:
    conn.executemany(
        "REPLACE INTO identities (source, face, key) VALUES (?, ?, ?)",
        [(source.id, face, key) for face in faces],
    )


def _faces(item: Item) -> Iterator[str]:
    """What is enough to know an entry by: its address, title and date."""
    address = canonical(item.url)
    if item.title and address:
        yield _hash("address", address, _title(item), item.published.at if item.published else "")


def _moment(item: Item) -> Iterator[str]:
    """What an entry may be known by among others that were renamed: title and date; its text, where it has no date."""
    said = item.published.at if item.published else item.summary or item.body
    if item.title and said:
        yield _hash("moment", _title(item), said)


def _title(item: Item) -> str:
    return _folded(item.title)


# An entry's title is looked at several times while it is taken, and never again.
@lru_cache(maxsize=256)
def _folded(title: str) -> str:
    return " ".join(fold(title).text.lower().split())


def _is_named_by_source(source: Source, item: Item) -> bool:
    return item.key.startswith((f"{source.id}:", "http:", "https:"))


def _hash(*parts: str) -> str:
    return hashlib.sha256("\0".join(parts).encode()).hexdigest()[:32]

"""Brings watchlists into force, and matches what they have not yet seen.

Each watchlist has a checkpoint of its own, under the hash of its text and the matcher's version. A changed watchlist
begins again at the first event: what the log held before is matched silently (`backfill`), only what comes after
alerts. An interrupted pass goes on where it stopped, by the same rule.
"""

from __future__ import annotations

import zlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import lru_cache

from monitor import projections
from monitor.core.errors import WatchlistError
from monitor.core.events import ItemMatched, MatchWithdrawn, Payload, WatchlistRemoved, WatchlistRevised
from monitor.core.items import Item
from monitor.core.matching.matcher import MATCHER, Document, Match, Matcher, compile_watchlists, document_of
from monitor.core.text import NORMALISER
from monitor.core.watchlists import Watchlist, parse_watchlist
from monitor.core.wording import listed
from monitor.database import Database
from monitor.eventlog import Append
from monitor.pipeline.run import Run
from monitor.projections import items, matches, watchlists
from monitor.projections.items import StoredItem
from monitor.projections.matches import StoredMatch
from monitor.projections.watchlists import StoredWatchlist

_BATCH = 500
_RULES = f"{MATCHER}+{NORMALISER}"
_CHANGED = "the watchlist was changed"


@dataclass(slots=True, kw_only=True)
class _Reader:
    """One watchlist on its way through the log. What stands up to `live_from` is its past, and alerts nobody."""

    watchlist: StoredWatchlist
    version: str
    position: int
    live_from: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Revision:
    """A watchlist whose text is about to change: what it recognised at that `position` of the log, by subject and key."""

    watchlist: str
    is_new: bool
    position: int
    stood: frozenset[tuple[str, str]]


def revisions(run: Run, good: Sequence[Watchlist]) -> list[Revision]:
    """The watchlists that `bring_into_force` would revise or add; none for a log without items, where all is new."""
    if not items.touched_after(run.database.conn, 0, 1):
        return []
    in_force = {stored.id: stored.sha256 for stored in watchlists.in_force(run.database.conn)}
    position = run.log.head().position
    return [
        Revision(
            watchlist=one.id,
            is_new=one.id not in in_force,
            position=position,
            stood=frozenset((m.subject, m.key) for m in matches.of_watchlist(run.database.conn, one.id)),
        )
        for one in good
        if in_force.get(one.id) != one.sha256
    ]


def what_came_of(run: Run, revision: Revision) -> str:
    """What a reader should know of a watchlist that has met its past: that it did, and what changed silently by it."""
    stream = f"match:{revision.watchlist}/*"
    new, gone = set(), set()
    for event in run.log.read(revision.position, stream=stream, types=("ItemMatched", "MatchWithdrawn")):
        match event.data:
            case ItemMatched(origin="backfill") as data:
                new.add((data.subject, data.key))
            case MatchWithdrawn(reason=reason) as data if reason == _CHANGED:
                gone.add((data.subject, data.key))
            case _:
                pass
    counts = {"new": len(new - revision.stood), "withdrawn": len(gone)}
    told = listed([f"{count:,} {word}" for word, count in counts.items() if count]) or "none"
    how = "is new" if revision.is_new else "was changed"
    return (
        f"watchlist {revision.watchlist} {how}: in force from now on; "
        f"what that changes about the past is recorded silently (matches: {told})"
    )


def bring_into_force(run: Run, good: Sequence[Watchlist], bad: Sequence[WatchlistError]) -> list[str]:
    """Record every watchlist that is new, changed or gone. Return notices of what a reader should know of that.

    A file that can no longer be read keeps its last good revision in force; so do all, where the folder is suddenly
    empty: that is rather a folder that is not there than a decision.
    """
    in_force = {stored.id: stored for stored in watchlists.in_force(run.database.conn)}
    broken = {_id_of(error): error for error in bad}
    gone = sorted(in_force.keys() - {watchlist.id for watchlist in good} - broken.keys())
    if gone and not good and not bad:
        return [
            f"no watchlist was found; the {len(gone)} that are in force stay so (is this the right folder?)"
        ]
    with run.database.write():
        for watchlist in good:
            if watchlist.id not in in_force or in_force[watchlist.id].sha256 != watchlist.sha256:
                event = WatchlistRevised(watchlist=watchlist.id, toml=watchlist.toml, sha256=watchlist.sha256)
                run.append(f"watchlist:{watchlist.id}", event)
        for id_ in gone:
            _remove(run, id_)
        projections.catch_up(run.database, run.log)
    return [
        *(
            f"watchlist {id_} was removed: it is no longer in force, and its matches are withdrawn"
            for id_ in gone
        ),
        *(f"{error} {_standing(id_ in in_force)}" for id_, error in broken.items()),
    ]


def _standing(is_in_force: bool) -> str:  # noqa: FBT001 - a word for a fact
    return "(its last good revision stays in force)" if is_in_force else "(it is not in force)"


def _remove(run: Run, id_: str) -> None:
    """Take a watchlist out of force, with its matches and its place in the log: put back, it begins again."""
    run.append(f"watchlist:{id_}", WatchlistRemoved(watchlist=id_))
    for stored in matches.of_watchlist(run.database.conn, id_):
        withdrawn = MatchWithdrawn(
            watchlist=id_, subject=stored.subject, key=stored.key, reason="the watchlist was removed"
        )
        run.append(f"match:{id_}/{stored.subject}/{stored.key}", withdrawn)
    run.database.conn.execute(
        "DELETE FROM checkpoints WHERE reader IN (?, ?)", (f"match:{id_}", f"live:{id_}")
    )


def in_force(database: Database) -> list[Watchlist]:
    """The watchlists that are in force, as the log has them, by id."""
    return list(map(_parsed, watchlists.in_force(database.conn)))


def _parsed(stored: StoredWatchlist) -> Watchlist:
    return parse_watchlist(stored.toml, file=f"watchlists/{stored.id}.toml")


@lru_cache(maxsize=1)
def _matcher(in_force: tuple[StoredWatchlist, ...]) -> Matcher:
    """A matcher over these watchlists. The last is kept: a poll asks for it again after every few answers."""
    return compile_watchlists(map(_parsed, in_force))


def match_new(run: Run) -> list[str]:
    """Match every item that some watchlist has not seen. Return the keys that were recognised anew, in order."""
    readers = [_reader(run, stored) for stored in watchlists.in_force(run.database.conn)]
    position = min((reader.position for reader in readers), default=0)
    found: list[str] = []
    while readers and (batch := items.touched_after(run.database.conn, position, _BATCH)):
        # Only now: reading the watchlists costs more than all else where nothing is new.
        matcher = _matcher(tuple(reader.watchlist for reader in readers))
        with run.database.write():
            documents = (document(run.database, item) for item in batch)
            stored = matches.of_items(run.database.conn, [item.key for item in batch])
            appends: list[Append] = []
            for item, matched in zip(batch, matcher.match_many(documents), strict=True):
                changes, new = _changes(run, item, readers, matched, stored.get(item.key, ()))
                appends += changes
                found += [item.key] * new
            run.log.append_all(appends)
            position = batch[-1].last_position
            for reader in readers:
                _move(run, reader, max(position, reader.position))
            projections.catch_up(run.database, run.log)
    return found


def document(database: Database, item: StoredItem) -> Document:
    """The item as the matcher reads it, with its body's text."""
    row = None
    if item.body_sha256:
        sql = "SELECT data FROM bodies WHERE sha256 = ?"
        row = database.conn.execute(sql, (item.body_sha256,)).fetchone()
    return document_of(
        Item(
            key=item.key,
            kind=item.kind,
            title=item.title,
            summary=item.summary,
            url=item.url,
            published=item.published,
            titles=item.titles,
            subjects=item.subjects,
            identifiers=item.identifiers,
            details=item.details,
            body=zlib.decompress(row["data"]).decode() if row else "",
        )
    )


def _id_of(error: WatchlistError) -> str:
    return error.where.partition(":")[0].rpartition("/")[2].removesuffix(".toml")


def _reader(run: Run, watchlist: StoredWatchlist) -> _Reader:
    """The watchlist's checkpoint. Under a new text or a new matcher it begins again, and remembers where news began."""
    rows = {
        row["reader"]: row
        for row in run.database.conn.execute(
            "SELECT * FROM checkpoints WHERE reader IN (?, ?)",
            (f"match:{watchlist.id}", f"live:{watchlist.id}"),
        )
    }
    version = f"{watchlist.sha256}+{_RULES}"
    mark = rows.get(f"match:{watchlist.id}")
    if mark is not None and mark["version"] == version:
        live_from = rows[f"live:{watchlist.id}"]["position"]
        return _Reader(watchlist=watchlist, version=version, position=mark["position"], live_from=live_from)
    # A known watchlist has alerted up to its checkpoint, or, where a pass over its past was cut short, up to where that
    # pass would have ended; to a new one, all that came before it is past.
    live_from = watchlist.position
    if mark is not None:
        live_from = max(mark["position"], rows[f"live:{watchlist.id}"]["position"])
    reader = _Reader(watchlist=watchlist, version=version, position=0, live_from=live_from)
    with run.database.write():
        _move(run, reader, 0)
        run.database.set_checkpoint(f"live:{watchlist.id}", version, reader.live_from)
    return reader


def _changes(
    run: Run,
    item: StoredItem,
    readers: Iterable[_Reader],
    matched: Iterable[Match],
    stored: Sequence[StoredMatch],
) -> tuple[list[Append], int]:
    """What this item's matches have become, to be appended; and how many are new.

    A match that stands on other words than before is recorded again, so that nobody is shown words that are gone.
    """
    unseen = {reader.watchlist.id: reader for reader in readers if reader.position < item.last_position}
    now = {(match.watchlist, match.subject): match for match in matched if match.watchlist in unseen}
    places = {(one.watchlist, one.subject): one for one in stored if one.watchlist in unseen}
    before = {place: one for place, one in places.items() if not one.withdrawn}
    events: dict[tuple[str, str], Payload] = {
        place: _recognition(item, match, unseen[match.watchlist])
        for place, match in sorted(now.items())
        if place not in before or match.evidence != before[place].evidence
    }
    for watchlist, subject in sorted(before.keys() - now.keys()):
        is_past = item.last_position <= unseen[watchlist].live_from
        reason = _CHANGED if is_past else "the item was revised"
        events[watchlist, subject] = MatchWithdrawn(
            watchlist=watchlist, subject=subject, key=item.key, reason=reason
        )
    appends: list[Append] = []
    for place, event in events.items():
        stream = f"match:{place[0]}/{place[1]}/{item.key}"
        version = run.log.version(stream) if place in places else 0
        appends.append((stream, version, [run.event(event, cause=item.last_position)]))
    return appends, len(now.keys() - before.keys())


def _recognition(item: StoredItem, match: Match, reader: _Reader) -> ItemMatched:
    return ItemMatched(
        watchlist=match.watchlist,
        subject=match.subject,
        key=item.key,
        revision=item.revision,
        origin="backfill" if item.last_position <= reader.live_from else item.origin,
        score=match.score,
        evidence=list(match.evidence),
        watchlist_sha256=reader.watchlist.sha256,
        matcher=_RULES,
    )


def _move(run: Run, reader: _Reader, position: int) -> None:
    reader.position = position
    run.database.set_checkpoint(f"match:{reader.watchlist.id}", reader.version, position)

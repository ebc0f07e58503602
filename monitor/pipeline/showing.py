"""Finds items and gathers one item's whole history, from the views. Changes nothing."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

import msgspec

from monitor.core import citations
from monitor.core.bills import stage
from monitor.core.digests import Change
from monitor.core.envelopes import Event
from monitor.core.errors import UsageError
from monitor.core.events import BodyErased
from monitor.core.histories import FullText, History, StandingMatch
from monitor.pipeline.gathering import Archive, change_of
from monitor.projections import bills, erasures, items, matches
from monitor.projections.items import StoredItem


def find(archive: Archive, query: str, *, source: str, limit: int) -> list[StoredItem]:
    """Items whose key, title or summary holds every word of `query`, latest in the log first."""
    return items.search(archive.views.conn, query, source=source, limit=limit)


def one(archive: Archive, key: str) -> StoredItem:
    """The item under a key, however it is written. Raises UsageError for one that the log does not hold."""
    conn = archive.views.conn
    item = items.get(conn, key) or items.get(conn, citations.parse(key) or "")
    if item is None:
        near = find(archive, key, source="", limit=3)
        remedy = f"perhaps {', '.join(i.key for i in near)}" if near else "`monitor items WORDS` searches"
        raise UsageError(key, "the log holds no such item", remedy)
    return item


def history(archive: Archive, key: str) -> History:
    """All that is known of an item. Raises UsageError for a key that the log does not hold."""
    conn, item = archive.views.conn, one(archive, key)
    steps = bills.history(conn, item.key)
    return History(
        key=item.key,
        kind=item.kind,
        title=item.title,
        url=item.url,
        source=item.source,
        published=str(item.published or ""),
        revision=item.revision,
        withdrawn=item.withdrawn,
        summary=item.summary,
        titles=item.titles,
        subjects=item.subjects,
        identifiers=item.identifiers,
        details=tuple(sorted(item.details.items())),
        text=_full_text(archive, item.body_sha256),
        stage=stage(steps, key=item.key) if steps else None,
        changes=tuple(_changes(archive, item.key)),
        matches=tuple(_match(found) for found in matches.of_item(conn, item.key)),
    )


def item_as_json(item: StoredItem) -> dict[str, Any]:
    """An item as JSON Lines print it."""
    named = asdict(item)
    named["published"] = str(item.published) if item.published else None
    return named


def history_as_json(found: History) -> dict[str, Any]:
    """A history as one JSON object."""
    return msgspec.to_builtins(found)  # type: ignore[no-any-return] # a dataclass becomes a dict


def event_as_json(event: Event) -> dict[str, Any]:
    """An event as JSON Lines print it; `data` is null for a type that this version does not know."""
    return msgspec.to_builtins(event)  # type: ignore[no-any-return] # a dataclass becomes a dict


def _full_text(archive: Archive, sha256: str) -> FullText | None:
    """The body, as it is kept now; whether it counts as erased is what the views say, now or as of another moment."""
    if not sha256:
        return None
    row = archive.log.database.conn.execute("SELECT size FROM bodies WHERE sha256 = ?", (sha256,)).fetchone()
    size = int(row["size"]) if row else _erased_size(archive, sha256)
    return FullText(sha256=sha256, size=size, erased=erasures.reason(archive.views.conn, sha256))


def _erased_size(archive: Archive, sha256: str) -> int | None:
    for event in archive.log.read(stream="monitor", types=("BodyErased",)):
        if isinstance(event.data, BodyErased) and event.data.sha256 == sha256:
            return event.data.size
    return None


def _changes(archive: Archive, key: str) -> list[Change]:
    return [change_of(stored) for stored in items.changes_of(archive.views.conn, key)]


def _match(found: matches.StoredMatch) -> StandingMatch:
    return StandingMatch(
        watchlist=found.watchlist,
        subject=found.subject,
        score=found.score,
        origin=found.origin,
        recorded_at=found.recorded_at,
        revision=found.revision,
        withdrawn=found.withdrawn,
        evidence=found.evidence,
    )

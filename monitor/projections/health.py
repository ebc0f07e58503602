"""View `source_health`: what the log says of each source: working, failing since when and why, gaps, last news."""

from __future__ import annotations

import sqlite3
from dataclasses import dataclass

from monitor.core.envelopes import Event
from monitor.core.events import (
    ActionRecorded,
    GapClosed,
    GapSuspected,
    ItemPublished,
    ItemRevised,
    PollsSummarised,
    SourceConfigured,
    SourceFailed,
    SourceMoved,
    SourceRecovered,
)

NAME = "health"
VERSION = "2"
TABLES = ("source_health",)


@dataclass(frozen=True, slots=True, kw_only=True)
class SourceHealth:
    """A row of `source_health`. `heard_at` is the last moment at which the log proves that the source answered."""

    source: str
    kind: str
    url: str
    failing_since: str
    failure: str
    detail: str
    gap_since: str
    gap: str
    moved_to: str
    heard_at: str


def create(conn: sqlite3.Connection) -> None:
    """Make the table, empty. Empty texts mean: not so."""
    conn.execute("""
        CREATE TABLE source_health (
            source TEXT PRIMARY KEY, kind TEXT NOT NULL DEFAULT '', url TEXT NOT NULL DEFAULT '',
            failing_since TEXT NOT NULL DEFAULT '', failure TEXT NOT NULL DEFAULT '', detail TEXT NOT NULL DEFAULT '',
            gap_since TEXT NOT NULL DEFAULT '', gap TEXT NOT NULL DEFAULT '', moved_to TEXT NOT NULL DEFAULT '',
            heard_at TEXT NOT NULL DEFAULT ''
        ) STRICT""")


def apply(conn: sqlite3.Connection, event: Event) -> None:
    """Fold one event into the table."""
    at = event.recorded_at
    match event.data:
        case SourceConfigured() as data:
            _set(conn, data.source, kind=data.kind, url=data.url, moved_to="")
        case SourceFailed() as data:
            before = get(conn, data.source)
            since = before.failing_since if before and before.failing_since else at
            _set(conn, data.source, failing_since=since, failure=data.failure, detail=data.detail)
        case SourceRecovered() as data:
            _set(conn, data.source, failing_since="", failure="", detail="", heard_at=at)
        case GapSuspected() as data:
            _set(
                conn,
                data.source,
                gap_since=at,
                gap=f"{data.received} of {data.expected} items came ({data.walk})",
            )
        case GapClosed() as data:
            _set(conn, data.source, gap_since="", gap="")
        case SourceMoved() as data:
            _set(conn, data.source, moved_to=data.new_url)
        case PollsSummarised() as data if data.last_good_at:
            _set(conn, data.source, heard_at=data.last_good_at)
        case ItemPublished() | ItemRevised() | ActionRecorded() as data:
            _hear(conn, data.source, event.observed_at or at)
        case _:
            pass


def _hear(conn: sqlite3.Connection, source: str, at: str) -> None:
    """What most events come to: a page of items writes the row once."""
    conn.execute(
        "INSERT INTO source_health (source, heard_at) VALUES (?, ?) ON CONFLICT (source)"
        " DO UPDATE SET heard_at = excluded.heard_at WHERE heard_at <> excluded.heard_at",
        (source, at),
    )


def _set(conn: sqlite3.Connection, source: str, **values: str) -> None:
    columns = ", ".join(values)
    marks = ", ".join("?" * len(values))
    updates = ", ".join(f"{column} = excluded.{column}" for column in values)
    conn.execute(
        f"INSERT INTO source_health (source, {columns}) VALUES (?, {marks})"  # noqa: S608 - column names are keywords above
        f" ON CONFLICT (source) DO UPDATE SET {updates}",
        (source, *values.values()),
    )


def get(conn: sqlite3.Connection, source: str) -> SourceHealth | None:
    """What the log says of one source, or None if it never spoke of it."""
    row = conn.execute("SELECT * FROM source_health WHERE source = ?", (source,)).fetchone()
    return SourceHealth(**dict(row)) if row else None


def all_sources(conn: sqlite3.Connection) -> list[SourceHealth]:
    """What the log says of every source, by id."""
    return [SourceHealth(**dict(row)) for row in conn.execute("SELECT * FROM source_health ORDER BY source")]

"""View `source_health`: what the log says of each source: working, failing since when and why, gaps, last news.

And `source_days`: the days (UTC) on which each source had something new, from which its rhythm is learnt.
"""

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
VERSION = "3"
TABLES = ("source_health", "source_days")
# Outcomes of a poll after which all that the source had was seen.
GOOD = frozenset({"ok", "unchanged", "covered"})


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
    gap_walk: str
    gap_why: str
    gap: str
    moved_to: str
    moved_adopted: str
    heard_at: str


def create(conn: sqlite3.Connection) -> None:
    """Make the tables, empty. Empty texts mean: not so."""
    conn.execute("""
        CREATE TABLE source_days (source TEXT NOT NULL, day TEXT NOT NULL, PRIMARY KEY (source, day))
        STRICT, WITHOUT ROWID""")
    conn.execute("""
        CREATE TABLE source_health (
            source TEXT PRIMARY KEY, kind TEXT NOT NULL DEFAULT '', url TEXT NOT NULL DEFAULT '',
            failing_since TEXT NOT NULL DEFAULT '', failure TEXT NOT NULL DEFAULT '', detail TEXT NOT NULL DEFAULT '',
            gap_since TEXT NOT NULL DEFAULT '', gap_walk TEXT NOT NULL DEFAULT '', gap_why TEXT NOT NULL DEFAULT '',
            gap TEXT NOT NULL DEFAULT '', moved_to TEXT NOT NULL DEFAULT '',
            moved_adopted TEXT NOT NULL DEFAULT '', heard_at TEXT NOT NULL DEFAULT ''
        ) STRICT""")


def apply(conn: sqlite3.Connection, event: Event) -> None:
    """Fold one event into the table."""
    at = event.recorded_at
    match event.data:
        case SourceConfigured() as data:
            _set(conn, data.source, kind=data.kind, url=data.url, moved_to="", moved_adopted="")
        case SourceFailed() as data:
            before = get(conn, data.source)
            since = before.failing_since if before and before.failing_since else at
            _set(conn, data.source, failing_since=since, failure=data.failure, detail=data.detail)
        case SourceRecovered() as data:
            _set(conn, data.source, failing_since="", failure="", detail="", heard_at=at)
        case GapSuspected() as data:
            gap = f"{data.detail} ({data.walk})" if data.walk != data.source else data.detail
            _set(conn, data.source, gap_since=at, gap_walk=data.walk, gap_why=data.why, gap=gap)
        case GapClosed() as data:
            _set(conn, data.source, gap_since="", gap_walk="", gap_why="", gap="")
        case SourceMoved() as data:
            before = get(conn, data.source)
            is_back = before is not None and before.url == data.new_url
            moved_to = "" if is_back else data.new_url
            _set(conn, data.source, moved_to=moved_to, moved_adopted="yes" if data.adopted else "")
        case PollsSummarised() as data if data.last_good_at:
            _set(conn, data.source, heard_at=data.last_good_at)
        case ItemPublished() | ItemRevised() | ActionRecorded() as data:
            _hear(conn, data.source, event.observed_at or at)
        case _:
            pass


def _hear(conn: sqlite3.Connection, source: str, at: str) -> None:
    """What most events come to: a page of items writes the row once."""
    written = conn.execute(
        "INSERT INTO source_health (source, heard_at) VALUES (?, ?) ON CONFLICT (source)"
        " DO UPDATE SET heard_at = excluded.heard_at WHERE heard_at <> excluded.heard_at",
        (source, at),
    )
    if written.rowcount:
        conn.execute("INSERT OR IGNORE INTO source_days (source, day) VALUES (?, ?)", (source, at[:10]))


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


def news_days(conn: sqlite3.Connection, source: str) -> list[str]:
    """The days (UTC) on which the source had something new, in order."""
    sql = "SELECT day FROM source_days WHERE source = ? ORDER BY day"
    return [row["day"] for row in conn.execute(sql, (source,))]


def all_sources(conn: sqlite3.Connection) -> list[SourceHealth]:
    """What the log says of every source, by id."""
    return [SourceHealth(**dict(row)) for row in conn.execute("SELECT * FROM source_health ORDER BY source")]

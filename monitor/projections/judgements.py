"""View `judgements`: what a reader last said of an item: relevant, noise, later."""

from __future__ import annotations

import sqlite3
from dataclasses import dataclass

from monitor.core.envelopes import Event
from monitor.core.events import ItemJudged

NAME = "judgements"
VERSION = "1"
TABLES = ("judgements",)


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredJudgement:
    """A row of `judgements`: the last verdict on an item."""

    key: str
    verdict: str
    note: str
    position: int
    recorded_at: str


def create(conn: sqlite3.Connection) -> None:
    """Make the table, empty."""
    conn.execute("""
        CREATE TABLE judgements (
            key TEXT PRIMARY KEY, verdict TEXT NOT NULL, note TEXT NOT NULL,
            position INTEGER NOT NULL, recorded_at TEXT NOT NULL
        ) STRICT""")


def apply(conn: sqlite3.Connection, event: Event) -> None:
    """Fold one event into the table: the last verdict counts."""
    if isinstance(event.data, ItemJudged):
        data = event.data
        conn.execute(
            "REPLACE INTO judgements VALUES (?, ?, ?, ?, ?)",
            (data.key, data.verdict, data.note, event.position, event.recorded_at),
        )


def of_item(conn: sqlite3.Connection, key: str) -> StoredJudgement | None:
    """The last verdict on an item, or None."""
    row = conn.execute("SELECT * FROM judgements WHERE key = ?", (key,)).fetchone()
    return StoredJudgement(**dict(row)) if row else None


def latest(conn: sqlite3.Connection) -> list[StoredJudgement]:
    """The last verdict on every item that was judged, the latest first."""
    return [
        StoredJudgement(**dict(row))
        for row in conn.execute("SELECT * FROM judgements ORDER BY position DESC")
    ]

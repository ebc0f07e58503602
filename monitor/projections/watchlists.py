"""View `watchlists`: the text of every watchlist that is in force."""

from __future__ import annotations

import sqlite3
from dataclasses import dataclass

from monitor.core.envelopes import Event
from monitor.core.events import WatchlistRemoved, WatchlistRevised

NAME = "watchlists"
VERSION = "1"
TABLES = ("watchlists",)


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredWatchlist:
    """A row of `watchlists`. `position` is where this revision came into force."""

    id: str
    position: int
    sha256: str
    toml: str


def create(conn: sqlite3.Connection) -> None:
    """Make the table, empty."""
    conn.execute("""
        CREATE TABLE watchlists (
            id TEXT PRIMARY KEY, position INTEGER NOT NULL, sha256 TEXT NOT NULL, toml TEXT NOT NULL
        ) STRICT""")


def apply(conn: sqlite3.Connection, event: Event) -> None:
    """Fold one event into the table."""
    match event.data:
        case WatchlistRevised() as data:
            conn.execute(
                "REPLACE INTO watchlists VALUES (?, ?, ?, ?)",
                (data.watchlist, event.position, data.sha256, data.toml),
            )
        case WatchlistRemoved() as data:
            conn.execute("DELETE FROM watchlists WHERE id = ?", (data.watchlist,))
        case _:
            pass


def in_force(conn: sqlite3.Connection) -> list[StoredWatchlist]:
    """Every watchlist in force, by id."""
    return [StoredWatchlist(**dict(row)) for row in conn.execute("SELECT * FROM watchlists ORDER BY id")]

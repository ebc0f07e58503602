"""View `erased_bodies`: the full texts that were taken out of the log's file on purpose, and why."""

from __future__ import annotations

import sqlite3

from monitor.core.envelopes import Event
from monitor.core.events import BodyErased

NAME = "erasures"
VERSION = "1"
TABLES = ("erased_bodies",)


def create(conn: sqlite3.Connection) -> None:
    """Make the table, empty. `size` is what the text had, in bytes of UTF-8."""
    conn.execute("""
        CREATE TABLE erased_bodies (
            sha256 TEXT PRIMARY KEY, size INTEGER NOT NULL, reason TEXT NOT NULL,
            position INTEGER NOT NULL, recorded_at TEXT NOT NULL
        ) STRICT""")


def apply(conn: sqlite3.Connection, event: Event) -> None:
    """Fold one event into the table."""
    if isinstance(event.data, BodyErased):
        data = event.data
        conn.execute(
            "REPLACE INTO erased_bodies VALUES (?, ?, ?, ?, ?)",
            (data.sha256, data.size, data.reason, event.position, event.recorded_at),
        )


def reason(conn: sqlite3.Connection, sha256: str) -> str:
    """Why this text was erased; empty where it was not."""
    row = conn.execute("SELECT reason FROM erased_bodies WHERE sha256 = ?", (sha256,)).fetchone()
    return str(row["reason"]) if row else ""

"""View `bill_actions`: the steps of each bill's or docket's history, as far as they have been seen."""

from __future__ import annotations

import sqlite3

import msgspec

from monitor.core.dates import When
from monitor.core.envelopes import Event
from monitor.core.events import ActionRecorded
from monitor.core.items import Action

NAME = "bills"
VERSION = "1"
TABLES = ("bill_actions",)


def create(conn: sqlite3.Connection) -> None:
    """Make the table, empty. `at` is UTC; `day` is the claim's own day where it states no time."""
    conn.execute("""
        CREATE TABLE bill_actions (
            key TEXT NOT NULL, action TEXT NOT NULL, position INTEGER NOT NULL, at TEXT, "when" TEXT,
            text TEXT NOT NULL, code TEXT NOT NULL, type TEXT NOT NULL, chamber TEXT NOT NULL, system TEXT NOT NULL,
            PRIMARY KEY (key, action)
        ) STRICT, WITHOUT ROWID""")


def apply(conn: sqlite3.Connection, event: Event) -> None:
    """Fold one event into the table."""
    if isinstance(event.data, ActionRecorded):
        data = event.data
        conn.execute(
            "INSERT INTO bill_actions VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
            (
                data.key,
                data.action,
                event.position,
                data.when.at if data.when else None,
                msgspec.json.encode(data.when).decode() if data.when else None,
                data.text,
                data.code,
                data.type,
                data.chamber,
                data.system,
            ),
        )


def keys_of(conn: sqlite3.Connection, key: str) -> frozenset[str]:
    """The action keys that are recorded of one item."""
    return frozenset(
        row["action"] for row in conn.execute("SELECT action FROM bill_actions WHERE key = ?", (key,))
    )


def history(conn: sqlite3.Connection, key: str) -> tuple[Action, ...]:
    """One item's steps, oldest first."""
    sql = "SELECT * FROM bill_actions WHERE key = ? ORDER BY at, position"
    return tuple(
        Action(
            key=row["action"],
            text=row["text"],
            when=msgspec.json.decode(row["when"], type=When) if row["when"] else None,
            code=row["code"],
            type=row["type"],
            chamber=row["chamber"],
            system=row["system"],
        )
        for row in conn.execute(sql, (key,))
    )

"""View `links`: which two items belong together, perhaps, or not, and by whose word."""

from __future__ import annotations

import sqlite3
from dataclasses import dataclass

import msgspec

from monitor.core.envelopes import Event
from monitor.core.events import LinkConfirmed, LinkProposed, LinkRejected
from monitor.core.evidence import Evidence

NAME = "links"
VERSION = "1"
TABLES = ("links",)


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredLink:
    """A row of `links`. `state` is proposed, confirmed or rejected; `said_by` and `reason` are of who decided that.

    `position` and `recorded_at` are the first word's, `last_position` and `last_at` those of the last.
    """

    a: str
    b: str
    relation: str
    state: str
    method: str
    score: int
    said_by: str
    reason: str
    position: int
    recorded_at: str
    last_position: int
    last_at: str
    evidence: tuple[Evidence, ...]


def create(conn: sqlite3.Connection) -> None:
    """Make the table, empty. `evidence` is JSON."""
    conn.execute("""
        CREATE TABLE links (
            a TEXT NOT NULL, b TEXT NOT NULL, relation TEXT NOT NULL, state TEXT NOT NULL,
            method TEXT NOT NULL, score INTEGER NOT NULL, said_by TEXT NOT NULL, reason TEXT NOT NULL,
            position INTEGER NOT NULL, recorded_at TEXT NOT NULL,
            last_position INTEGER NOT NULL, last_at TEXT NOT NULL, evidence TEXT NOT NULL,
            PRIMARY KEY (a, b, relation)
        ) STRICT, WITHOUT ROWID""")
    conn.execute("CREATE INDEX links_by_b ON links (b)")


def apply(conn: sqlite3.Connection, event: Event) -> None:
    """Fold one event into the table. What was decided stands, whatever is proposed afterwards."""
    match event.data:
        case LinkProposed() as data:
            _begin(conn, event, data)
            conn.execute(
                "UPDATE links SET method = ?, score = ?, evidence = ? WHERE a = ? AND b = ? AND relation = ?",
                (
                    data.method,
                    data.score,
                    msgspec.json.encode(data.evidence).decode(),
                    *_key(data),
                ),
            )
        case LinkConfirmed() as data:
            _decide(conn, event, data, "confirmed")
        case LinkRejected() as data:
            _decide(conn, event, data, "rejected")
        case _:
            pass


def _begin(conn: sqlite3.Connection, event: Event, data: LinkProposed | LinkConfirmed | LinkRejected) -> None:
    """The row, if it is not there, and that somebody spoke of it now."""
    conn.execute(
        "INSERT INTO links VALUES (?, ?, ?, 'proposed', '', 0, '', '', ?, ?, ?, ?, '[]') ON CONFLICT (a, b, relation)"
        " DO UPDATE SET last_position = excluded.last_position, last_at = excluded.last_at",
        (*_key(data), *(event.position, event.recorded_at) * 2),
    )


def _decide(conn: sqlite3.Connection, event: Event, data: LinkConfirmed | LinkRejected, state: str) -> None:
    _begin(conn, event, data)
    conn.execute(
        "UPDATE links SET state = ?, said_by = ?, reason = ? WHERE a = ? AND b = ? AND relation = ?",
        (state, data.by, data.reason, *_key(data)),
    )


def _key(data: LinkProposed | LinkConfirmed | LinkRejected) -> tuple[str, str, str]:
    return data.a, data.b, data.relation


def of_item(conn: sqlite3.Connection, key: str) -> list[StoredLink]:
    """Every link of an item, whichever side it stands on, in the order in which they were first spoken of."""
    sql = "SELECT * FROM links WHERE a = ? UNION SELECT * FROM links WHERE b = ? ORDER BY position, a, b, relation"
    return [_stored(row) for row in conn.execute(sql, (key, key))]


def _stored(row: sqlite3.Row) -> StoredLink:
    named = dict(row)
    named["evidence"] = tuple(msgspec.json.decode(named["evidence"], type=list[Evidence]))
    return StoredLink(**named)

"""View `matches`: which subject recognises which item, by what evidence, and whether it still does."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import msgspec

from monitor.core.envelopes import Event
from monitor.core.events import ItemMatched, MatchWithdrawn
from monitor.core.evidence import Evidence

NAME = "matches"
VERSION = "3"
TABLES = ("matches",)


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredMatch:
    """A row of `matches`: since when, by what origin, on what evidence now.

    `withdrawn` is the reason why it no longer holds, empty while it does, and `withdrawn_at` when that was recorded.
    """

    watchlist: str
    subject: str
    key: str
    position: int
    revision: int
    origin: str
    score: int
    recorded_at: str
    withdrawn: str
    withdrawn_at: str
    evidence: tuple[Evidence, ...]


# A match that stands, or that fell with a rule and is found again in the rule's past.
_SAME = "(withdrawn = '' OR (withdrawn LIKE 'the watchlist was %' AND excluded.origin = 'backfill'))"
_RECORD = f"""
    INSERT INTO matches VALUES (?, ?, ?, ?, ?, ?, ?, ?, '', '', ?)
    ON CONFLICT (watchlist, subject, key) DO UPDATE SET
        position = CASE WHEN {_SAME} THEN position ELSE excluded.position END,
        recorded_at = CASE WHEN {_SAME} THEN recorded_at ELSE excluded.recorded_at END,
        origin = CASE WHEN {_SAME} THEN origin ELSE excluded.origin END,
        revision = excluded.revision, score = excluded.score, evidence = excluded.evidence,
        withdrawn = '', withdrawn_at = ''"""  # noqa: S608 - the literal above


def create(conn: sqlite3.Connection) -> None:
    """Make the table, empty. `evidence` is JSON."""
    conn.execute("""
        CREATE TABLE matches (
            watchlist TEXT NOT NULL, subject TEXT NOT NULL, key TEXT NOT NULL, position INTEGER NOT NULL,
            revision INTEGER NOT NULL, origin TEXT NOT NULL, score INTEGER NOT NULL, recorded_at TEXT NOT NULL,
            withdrawn TEXT NOT NULL, withdrawn_at TEXT NOT NULL, evidence TEXT NOT NULL,
            PRIMARY KEY (watchlist, subject, key)
        ) STRICT, WITHOUT ROWID""")
    conn.execute("CREATE INDEX matches_by_key ON matches (key)")
    conn.execute("CREATE INDEX matches_by_recorded_at ON matches (recorded_at)")
    conn.execute("CREATE INDEX matches_by_position ON matches (position)")


def apply(conn: sqlite3.Connection, event: Event) -> None:
    """Fold one event into the table. Evidence that is found anew for a match that stands does not make it new.

    Nor does a rule that is put back: what it had told, or had still to tell, stands as before.
    """
    match event.data:
        case ItemMatched() as data:
            conn.execute(
                _RECORD,
                (
                    data.watchlist,
                    data.subject,
                    data.key,
                    event.position,
                    data.revision,
                    data.origin,
                    data.score,
                    event.recorded_at,
                    msgspec.json.encode(data.evidence).decode(),
                ),
            )
        case MatchWithdrawn() as data:
            conn.execute(
                "UPDATE matches SET withdrawn = ?, withdrawn_at = ? WHERE watchlist = ? AND subject = ? AND key = ?",
                (data.reason, event.recorded_at, data.watchlist, data.subject, data.key),
            )
        case _:
            pass


def of_item(conn: sqlite3.Connection, key: str) -> list[StoredMatch]:
    """Every match of an item, standing or withdrawn."""
    sql = "SELECT * FROM matches WHERE key = ? ORDER BY watchlist, position, subject"
    return [_stored(row) for row in conn.execute(sql, (key,))]


def of_items(conn: sqlite3.Connection, keys: Sequence[str]) -> dict[str, list[StoredMatch]]:
    """Every match of these items, by their keys; nothing of one that none recognises."""
    sql = "SELECT * FROM matches WHERE key IN (SELECT value FROM json_each(?)) ORDER BY key, watchlist, position, subject"
    found: dict[str, list[StoredMatch]] = {}
    for row in conn.execute(sql, (msgspec.json.encode(keys).decode(),)):
        found.setdefault(row["key"], []).append(_stored(row))
    return found


def standing(conn: sqlite3.Connection, keys: Iterable[str]) -> list[StoredMatch]:
    """The matches that hold, of these items."""
    sql = "SELECT * FROM matches WHERE key = ? AND withdrawn = '' ORDER BY watchlist, subject"
    return [_stored(row) for key in keys for row in conn.execute(sql, (key,))]


def standing_keys(conn: sqlite3.Connection) -> list[str]:
    """The keys of all items that some subject recognises."""
    sql = "SELECT DISTINCT key FROM matches WHERE withdrawn = '' ORDER BY key"
    return [row["key"] for row in conn.execute(sql)]


def is_recognised_as_published(conn: sqlite3.Connection, key: str) -> bool:
    """Whether some subject recognises the item as news, and did so when it was published."""
    sql = "SELECT 1 FROM matches WHERE key = ? AND withdrawn = '' AND origin = 'live' AND revision = 1"
    return conn.execute(sql, (key,)).fetchone() is not None


def of_watchlist(conn: sqlite3.Connection, watchlist: str) -> list[StoredMatch]:
    """The matches of one watchlist that hold."""
    sql = "SELECT * FROM matches WHERE watchlist = ? AND withdrawn = '' ORDER BY subject, key"
    return [_stored(row) for row in conn.execute(sql, (watchlist,))]


def newly_recorded(conn: sqlite3.Connection, since: str, until: str) -> list[StoredMatch]:
    """Live matches that were recorded from `since` to before `until`, standing or withdrawn since."""
    sql = "SELECT * FROM matches WHERE recorded_at >= ? AND recorded_at < ? AND origin = 'live' ORDER BY position"
    return [_stored(row) for row in conn.execute(sql, (since, until))]


def live_after(conn: sqlite3.Connection, position: int) -> list[StoredMatch]:
    """Live matches that were recorded after a position of the log, standing or withdrawn since."""
    sql = "SELECT * FROM matches WHERE position > ? AND origin = 'live' ORDER BY position"
    return [_stored(row) for row in conn.execute(sql, (position,))]


def news_recorded(conn: sqlite3.Connection, since: str, until: str) -> list[tuple[str, str, str, str]]:
    """(watchlist, subject, key, when) of what was recognised as news from `since` to before `until` (ISO 8601 UTC)."""
    sql = """
        SELECT watchlist, subject, key, recorded_at FROM matches
        WHERE recorded_at >= ? AND recorded_at < ? AND origin = 'live'"""
    return [tuple(row) for row in conn.execute(sql, (since, until))]


def publications(conn: sqlite3.Connection, since: str, until: str) -> list[tuple[str, str, str, str]]:
    """(watchlist, subject, key, when) of recognised items that were published from `since` to before `until`.

    By the publishers' claims: `when` is an instant (ISO 8601 UTC), or a mere day in the publisher's own zone.
    """
    sql = """
        SELECT watchlist, subject, matches.key, coalesce(occurred_day, occurred_at)
        FROM item_changes JOIN matches USING (key)
        WHERE occurred_at >= ? AND occurred_at < ? AND kind = 'new' AND withdrawn = ''"""
    return [tuple(row) for row in conn.execute(sql, (since, until))]


def _stored(row: sqlite3.Row) -> StoredMatch:
    named = dict(row)
    named["evidence"] = tuple(msgspec.json.decode(named["evidence"], type=list[Evidence]))
    return StoredMatch(**named)

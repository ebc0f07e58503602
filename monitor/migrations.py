"""The tables of the log's file, step by step; each step is applied once to a file, and never changed.

The log (`events`) and its bodies can never be rebuilt. The other tables here are the poller's memory: without them the
next poll of each source is a baseline again, and what changed in between is not seen as a change. They are in the same
file so that one copy has all. Views live in tables of their own, which `projections` makes and drops.
"""

from __future__ import annotations

import sqlite_utils
from sqlite_utils.migrations import Migrations

MIGRATIONS = Migrations("monitor")
SCHEMA_VERSION = 5  # how many migrations there are; kept in the file as user_version
APPLICATION_ID = int.from_bytes(b"moni")  # in the file's header: whose it is


@MIGRATIONS()
def m001_events(db: sqlite_utils.Database) -> None:
    """The log, and which types of events it holds.

    REPLACE slips past DELETE triggers, so the guard on INSERT takes only the log's next position and the stream's next
    version: nothing can be displaced and nothing left out. Two seeks, where asking for each conflict took three.

    FAIL instead of ABORT, here and in the one INSERT of `eventlog`: SQLite then keeps no copy of each page in case a
    statement fails half-way, which was two thirds of what the guard cost. `id` follows from run, stream and version, so
    that an index of its own would guard nothing; it cost 40 % of an append. The index of `recorded_at` costs 5 %, and
    without it a digest of one day reads the whole log.
    """
    db.executescript("""
        CREATE TABLE events (
            position    INTEGER PRIMARY KEY,
            id          TEXT NOT NULL,
            stream      TEXT NOT NULL,
            version     INTEGER NOT NULL,
            type        TEXT NOT NULL,
            schema      INTEGER NOT NULL,
            occurred_at TEXT,
            observed_at TEXT,
            recorded_at TEXT NOT NULL,
            run         TEXT NOT NULL,
            cause       INTEGER,
            data        TEXT NOT NULL,
            prev_hash   TEXT NOT NULL,
            hash        TEXT NOT NULL,
            UNIQUE (stream, version)
        ) STRICT;
        CREATE INDEX events_by_recorded_at ON events (recorded_at);
        CREATE TRIGGER events_refuse_update BEFORE UPDATE ON events
            BEGIN SELECT RAISE(ABORT, 'the log is append-only: UPDATE refused'); END;
        CREATE TRIGGER events_refuse_delete BEFORE DELETE ON events
            BEGIN SELECT RAISE(ABORT, 'the log is append-only: DELETE refused'); END;
        CREATE TRIGGER events_refuse_replace BEFORE INSERT ON events
            WHEN NEW.position IS NOT (SELECT ifnull(max(position), 0) + 1 FROM events)
              OR NEW.version IS NOT (SELECT ifnull(max(version), 0) + 1 FROM events WHERE stream = NEW.stream)
            BEGIN SELECT RAISE(FAIL, 'the log is append-only: not the next position and version'); END;
        CREATE TABLE event_types (type TEXT, schema INTEGER, PRIMARY KEY (type, schema)) STRICT, WITHOUT ROWID;
        CREATE TRIGGER events_note_type AFTER INSERT ON events
            WHEN NOT EXISTS (SELECT 1 FROM event_types WHERE type = NEW.type AND schema = NEW.schema)
            BEGIN INSERT INTO event_types VALUES (NEW.type, NEW.schema); END;
    """)


@MIGRATIONS()
def m002_poll_memory(db: sqlite_utils.Database) -> None:
    """What the poller remembers: due times, page validators and markers, what each source last said of each item."""
    db.executescript("""
        CREATE TABLE source_state (
            source           TEXT PRIMARY KEY,
            last_attempt_at  TEXT NOT NULL,
            last_good_at     TEXT NOT NULL DEFAULT '',
            reached_at       TEXT NOT NULL DEFAULT '',
            due_at           TEXT NOT NULL,
            failures         INTEGER NOT NULL DEFAULT 0
        ) STRICT;
        CREATE TABLE polls (
            source     TEXT NOT NULL,
            started_at TEXT NOT NULL,
            ended_at   TEXT NOT NULL,
            outcome    TEXT NOT NULL,
            items      INTEGER NOT NULL,
            bytes      INTEGER NOT NULL,
            error      TEXT NOT NULL DEFAULT '',
            summarised INTEGER NOT NULL DEFAULT 0
        ) STRICT;
        CREATE INDEX polls_by_source ON polls (source, started_at);
        CREATE INDEX polls_to_sum_up ON polls (started_at) WHERE summarised = 0;
        CREATE TABLE pages (
            source        TEXT NOT NULL,
            url           TEXT NOT NULL,
            etag          TEXT NOT NULL DEFAULT '',
            last_modified TEXT NOT NULL DEFAULT '',
            landed_at     TEXT NOT NULL DEFAULT '',
            marker        TEXT NOT NULL DEFAULT '',
            sha256        TEXT NOT NULL DEFAULT '',
            leaf          INTEGER NOT NULL DEFAULT 0,
            read_as       TEXT NOT NULL DEFAULT '',
            PRIMARY KEY (source, url)
        ) STRICT, WITHOUT ROWID;
        CREATE TABLE statements (
            source TEXT NOT NULL,
            key    TEXT NOT NULL,
            marker TEXT NOT NULL DEFAULT '',
            hashes TEXT NOT NULL,
            PRIMARY KEY (source, key)
        ) STRICT, WITHOUT ROWID;
    """)


@MIGRATIONS()
def m003_bodies(db: sqlite_utils.Database) -> None:
    """Full texts by the SHA-256 of their UTF-8 bytes, compressed with zlib; `size` is before compression."""
    db.executescript("""
        CREATE TABLE bodies (sha256 TEXT PRIMARY KEY, size INTEGER NOT NULL, data BLOB NOT NULL) STRICT, WITHOUT ROWID;
    """)


@MIGRATIONS()
def m004_checkpoints(db: sqlite_utils.Database) -> None:
    """The last position that each reader of the log has applied, under the version of its code."""
    db.executescript("""
        CREATE TABLE checkpoints (reader TEXT PRIMARY KEY, version TEXT NOT NULL, position INTEGER NOT NULL) STRICT;
    """)


_POLL_PROOFS = """
        ALTER TABLE source_state ADD COLUMN interval_s INTEGER NOT NULL DEFAULT 0;
        ALTER TABLE source_state ADD COLUMN stated_s INTEGER NOT NULL DEFAULT 0;
        ALTER TABLE source_state ADD COLUMN asked_as TEXT NOT NULL DEFAULT '';
        ALTER TABLE source_state ADD COLUMN moved_to TEXT NOT NULL DEFAULT '';
        ALTER TABLE source_state ADD COLUMN moved_since TEXT NOT NULL DEFAULT '';
        ALTER TABLE source_state ADD COLUMN moved_polls INTEGER NOT NULL DEFAULT 0;
        ALTER TABLE pages ADD COLUMN refused INTEGER NOT NULL DEFAULT 0;
        ALTER TABLE pages ADD COLUMN asked_at TEXT NOT NULL DEFAULT '';
        CREATE TABLE listings (
            source  TEXT NOT NULL,
            walk    TEXT NOT NULL,
            read_as TEXT NOT NULL,
            keys    TEXT NOT NULL,
            absent  TEXT NOT NULL DEFAULT '{}',
            empty   INTEGER NOT NULL DEFAULT 0,
            PRIMARY KEY (source, walk)
        ) STRICT, WITHOUT ROWID;
        CREATE TABLE identities (
            source TEXT NOT NULL,
            face   TEXT NOT NULL,
            key    TEXT NOT NULL,
            PRIMARY KEY (source, face)
        ) STRICT, WITHOUT ROWID;
        CREATE TABLE hosts (host TEXT PRIMARY KEY, asked_at TEXT NOT NULL) STRICT, WITHOUT ROWID;
        CREATE TABLE budgets (
            name      TEXT PRIMARY KEY,
            allowed   INTEGER NOT NULL,
            remaining INTEGER NOT NULL,
            told_at   TEXT NOT NULL
        ) STRICT, WITHOUT ROWID;
        CREATE TABLE pauses (
            name    TEXT PRIMARY KEY,
            told_at TEXT NOT NULL,
            free_at TEXT NOT NULL
        ) STRICT, WITHOUT ROWID;
        CREATE TABLE unfinished_visits (
            source   TEXT PRIMARY KEY,
            read_as  TEXT NOT NULL,
            began_at TEXT NOT NULL,
            visit    TEXT NOT NULL
        ) STRICT, WITHOUT ROWID;
        CREATE TABLE refused_answers (
            id         INTEGER PRIMARY KEY,
            source     TEXT NOT NULL,
            url        TEXT NOT NULL,
            fetched_at TEXT NOT NULL,
            reason     TEXT NOT NULL,
            media_type TEXT NOT NULL,
            size       INTEGER NOT NULL,
            data       BLOB NOT NULL
        ) STRICT;
        CREATE INDEX refused_answers_by_source ON refused_answers (source, id);
"""


@MIGRATIONS()
def m005_poll_proofs(db: sqlite_utils.Database) -> None:
    """What proves that nothing was missed: each window's keys as they last stood, and what an entry is known by.

    Also what politeness asks to be remembered (when a host was last asked and until when it wants to be left alone, what
    is left of a key's requests, where a source says that it has moved), visits whose rest was left to a later poll, and
    answers that were refused, kept aside to be looked at.
    """
    db.executescript(_POLL_PROOFS)

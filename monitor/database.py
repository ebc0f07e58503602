"""Opens SQLite: pragmas, the one writer's lock, short write transactions. What tables there are: `migrations`."""

from __future__ import annotations

import fcntl
import os
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import IO

import sqlite_utils

from monitor.core.envelopes import is_known
from monitor.core.errors import LogBusy, LogError, LogTooNew
from monitor.migrations import MIGRATIONS, SCHEMA_VERSION

SQLITE_VERSION = sqlite3.sqlite_version
_BUSY_TIMEOUT_S = 30.0
# 16 MB: a page that many appends touch is copied back once, 15 to 20 % faster than 1000. With 8000 single appends lose
# 15 %: a commit that lengthens the file waits longer for the disk.
_WAL_PAGES = 4000


class Database:
    """An open SQLite file. `conn` runs the hot path; `tables` is sqlite-utils, for schema and migrations."""

    def __init__(self, conn: sqlite3.Connection, path: Path, lock: IO[str] | None = None) -> None:
        self.conn = conn
        self.path = path
        self._lock = lock
        conn.row_factory = sqlite3.Row
        self.tables = sqlite_utils.Database(conn)

    @contextmanager
    def write(self) -> Iterator[None]:
        """One transaction: all of it or nothing. Takes the write lock at once, so that no read has to be upgraded."""
        with explained(self.path):
            self.conn.execute("BEGIN IMMEDIATE")
            try:
                yield
                self.conn.execute("COMMIT")
            except BaseException:
                if self.conn.in_transaction:
                    self.conn.execute("ROLLBACK")
                raise

    def checkpoint(self, reader: str) -> str:
        """What a reader of the log left as its mark, or nothing."""
        row = self.conn.execute("SELECT version FROM checkpoints WHERE reader = ?", (reader,)).fetchone()
        return str(row["version"]) if row else ""

    def set_checkpoint(self, reader: str, version: str, position: int) -> None:
        """Leave a reader's mark, inside the caller's transaction."""
        self.conn.execute(
            "REPLACE INTO checkpoints (reader, version, position) VALUES (?, ?, ?)",
            (reader, version, position),
        )

    @contextmanager
    def savepoint(self) -> Iterator[None]:
        """All of it or nothing, inside a transaction that goes on either way."""
        self.conn.execute("SAVEPOINT part")
        try:
            yield
        except BaseException:
            if self.conn.in_transaction:
                self.conn.execute("ROLLBACK TO part")
                self.conn.execute("RELEASE part")
            raise
        self.conn.execute("RELEASE part")

    def close(self) -> None:
        """Close the file and let the next writer in."""
        self.conn.close()
        if self._lock is not None:
            self._lock.close()


def open_writer(path: Path) -> Database:
    """Open for writing, creating the file if need be. Raises LogBusy, LogTooNew, LogError."""
    lock = _take_lock(path)
    try:
        with explained(path):
            conn = sqlite3.connect(
                path, isolation_level=None, timeout=_BUSY_TIMEOUT_S, check_same_thread=False
            )
            conn.execute("PRAGMA journal_mode = WAL")
            conn.execute("PRAGMA synchronous = FULL")
            conn.execute(f"PRAGMA wal_autocheckpoint = {_WAL_PAGES}")
            database = Database(conn, path, lock)
            _refuse_newer(database)
            _refuse_unknown_events(database)
            _migrate(database)
            return database
    except BaseException:
        lock.close()
        raise


def open_reader(path: Path) -> Database:
    """Open for reading only, beside any writer. Raises LogError where there is nothing to read, LogTooNew."""
    if not path.exists():
        raise LogError(str(path), "there is no log yet", "run `monitor poll` first, or name another config")
    with explained(path):
        conn = _connect_to_read(path)
        database = Database(conn, path)
        _refuse_newer(database)
        if MIGRATIONS.pending(database.tables):
            database.close()
            raise LogError(str(path), "the log is empty or unfinished", "run `monitor poll` first")
        return database


def _connect_to_read(path: Path) -> sqlite3.Connection:
    """A connection that cannot write, also to a copy in a folder where SQLite may not even make its -shm file."""
    address = path.resolve().as_uri()
    conn = sqlite3.connect(f"{address}?mode=ro", uri=True, isolation_level=None, timeout=_BUSY_TIMEOUT_S)
    try:
        conn.execute("SELECT count(*) FROM sqlite_schema")
    except sqlite3.OperationalError:
        conn.close()
        if path.with_name(path.name + "-wal").exists():
            raise  # what stands in the WAL would silently be left out
        conn = sqlite3.connect(f"{address}?immutable=1", uri=True, isolation_level=None)
    return conn


def in_memory() -> Database:
    """An empty database that lives as long as the program: for views of another moment, and for tests."""
    database = Database(sqlite3.connect(":memory:", isolation_level=None), Path(":memory:"))
    _migrate(database)
    return database


def _refuse_newer(database: Database) -> None:
    found = int(database.conn.execute("PRAGMA user_version").fetchone()[0])
    if found > SCHEMA_VERSION:
        database.close()
        raise LogTooNew(
            str(database.path),
            f"written by a newer version of the monitor (layout {found}; this one knows {SCHEMA_VERSION})",
            "update the monitor; nothing was changed",
        )


def _refuse_unknown_events(database: Database) -> None:
    """A writer must understand all that it builds upon; a reader may skip."""
    if unknown := unknown_types(database.conn):
        database.close()
        named = ", ".join(f"{type_} {schema}" for type_, schema in unknown)
        raise LogTooNew(
            str(database.path),
            f"holds events that this version of the monitor does not know ({named})",
            "update the monitor; nothing was changed",
        )


def unknown_types(conn: sqlite3.Connection) -> list[tuple[str, int]]:
    """The (type, schema) pairs of stored events that this version cannot read."""
    try:
        stored = conn.execute("SELECT type, schema FROM event_types").fetchall()
    except sqlite3.OperationalError as error:
        if "no such table" in str(error):
            return []  # a file that is still empty
        raise
    return [(type_, schema) for type_, schema in stored if not is_known(type_, schema)]


def _migrate(database: Database) -> None:
    if MIGRATIONS.pending(database.tables):
        MIGRATIONS.apply(database.tables)
    if database.conn.execute("PRAGMA user_version").fetchone()[0] != SCHEMA_VERSION:
        database.conn.execute(f"PRAGMA user_version = {SCHEMA_VERSION}")  # also after a kill between the two


@contextmanager
def only_service(path: Path) -> Iterator[None]:
    """Be the one service on this log for the length of the block. Raises LogBusy where there is one already."""
    lock = _take_lock(
        path,
        ".service",
        "another `monitor run` (process {}) serves this log",
        "stop it first; two would do no more",
    )
    try:
        yield
    finally:
        lock.close()


def _take_lock(
    path: Path,
    ending: str = ".lock",
    busy: str = "another monitor (process {}) is writing to this log",
    remedy: str = "wait for it to end, or stop it; reading commands work meanwhile",
) -> IO[str]:
    """Hold the file of that ending for as long as the returned file is open; the kernel lets go of it with the process."""
    lock_path = path.with_name(path.name + ending)
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        lock = lock_path.open("a+", encoding="utf-8")
    except OSError as error:
        raise LogError(
            str(path), f"cannot be written here ({error.strerror})", "choose a folder that you may write to"
        ) from error
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError as error:
        lock.seek(0)
        holder = lock.read().strip() or "unknown"
        lock.close()
        raise LogBusy(str(path), busy.format(holder), remedy) from error
    with suppress(OSError):  # on a full disk the holder stays unnamed; the lock holds all the same
        lock.truncate(0)
        os.write(lock.fileno(), f"{os.getpid()}\n".encode())  # unbuffered: nothing is left to fail at close
    return lock


@contextmanager
def explained(path: Path) -> Iterator[None]:
    """Turn what SQLite says into where: what; then what to do."""
    try:
        yield
    except sqlite3.DatabaseError as error:
        text = str(error).partition(" with text")[0]  # what follows is the damaged text itself
        with suppress(StopIteration):
            what, remedy = next((w, r) for cue, w, r in _SQLITE_SAYS if cue in text)
            raise LogError(str(path), f"{what} ({text})", remedy) from error
        raise


_SQLITE_SAYS = (
    (
        "Could not decode",
        "the log file is damaged",
        "restore a backup; `monitor verify` tells how far to trust this one",
    ),
    ("not a database", "this file is not a monitor log", "name another file under [log] path"),
    ("readonly", "the log cannot be written", "give this user write permission on the file and its folder"),
    (
        "unable to open",
        "the log cannot be opened",
        "check that the folder exists and that this user may write to it",
    ),
    (
        "malformed",
        "the log file is damaged",
        "restore a backup; `monitor verify` tells how far this one can be trusted",
    ),
    (
        "disk is full",
        "the disk is full",
        "make room and run the command again; what was acknowledged is safe",
    ),
    (
        "disk I/O",
        "the disk failed",
        "check the disk, then run `monitor verify`; what was acknowledged is safe",
    ),
    ("locked", "another program holds the log open", "close it and run the command again"),
)

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
from monitor.migrations import APPLICATION_ID, MIGRATIONS, SCHEMA_VERSION

SQLITE_VERSION = sqlite3.sqlite_version
_BUSY_TIMEOUT_S = 30.0
# 16 MB: a page that many appends touch is copied back once, 15 to 20 % faster than 1000. With 8000 single appends lose
# 15 %: a commit that lengthens the file waits longer for the disk.
_WAL_PAGES = 4000


class Database:
    """An open SQLite file. `conn` runs the hot path; `tables` is sqlite-utils, for schema and migrations.

    `damage` is why the file could not be opened as every reader opens it, where `open_to_verify` opened it all the same.
    """

    def __init__(
        self,
        conn: sqlite3.Connection,
        path: Path,
        lock: IO[str] | None = None,
        damage: LogError | None = None,
    ) -> None:
        self.conn = conn
        self.path = path
        self.damage = damage
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

    def checkpoint_position(self, reader: str) -> int:
        """How far a reader of the log has come; 0 for one that left no mark."""
        row = self.conn.execute("SELECT position FROM checkpoints WHERE reader = ?", (reader,)).fetchone()
        return int(row["position"]) if row else 0

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
            database = Database(conn, path, lock)
            _refuse_foreign(database)  # before the first word that changes a file
            _refuse_part_of_a_page(database)
            conn.execute("PRAGMA journal_mode = WAL")
            conn.execute("PRAGMA synchronous = FULL")
            conn.execute(f"PRAGMA wal_autocheckpoint = {_WAL_PAGES}")
            _refuse_newer(database)
            _refuse_unknown_events(database)
            _migrate(database)
            return database
    except BaseException:
        lock.close()
        raise


def open_reader(path: Path) -> Database:
    """Open for reading only, beside any writer. Raises LogError where there is nothing to read, LogTooNew."""
    database = _open_as_it_is(path)
    try:
        refuse_unfinished(database)
    except LogError:
        database.close()
        raise
    return database


def open_to_verify(path: Path) -> Database:
    """Open for reading only, also what is damaged (`damage` says so), empty or unfinished (`refuse_unfinished`).

    Raises LogError where not one event can be read, LogTooNew.
    """
    try:
        return _open_as_it_is(path)
    except LogError as error:
        if error.remedy not in SAID_BY_VERIFY:
            raise
        return _open_damaged(path, LogError(error.where, error.what, SAID_BY_VERIFY[error.remedy]))


def refuse_unfinished(database: Database) -> None:
    """Raise LogError if not all the tables are there."""
    with explained(database.path):
        if MIGRATIONS.pending(database.tables):
            raise LogError(str(database.path), "the log is empty or unfinished", "run `monitor poll` first")


def _open_as_it_is(path: Path) -> Database:
    _refuse_folder(path)
    if not path.exists():
        raise LogError(str(path), "there is no log yet", "run `monitor poll` first, or name another config")
    with explained(path):
        database = Database(_connect_to_read(path), path)
        _refuse_foreign(database)
        _refuse_newer(database)
        _refuse_part_of_a_page(database)
        return database


def _open_damaged(path: Path, damage: LogError) -> Database:
    """A file that is shorter than it says. SQLite reads what is there of it only once its schema may be written."""
    try:
        database = Database(_connect_to_read(path, "PRAGMA writable_schema = ON"), path, damage=damage)
        database.conn.execute("SELECT position, prev_hash FROM events ORDER BY position LIMIT 1").fetchone()
    except sqlite3.DatabaseError as error:
        raise LogError(damage.where, f"{damage.what}, no event can be read", damage.remedy) from error
    return database


def _connect_to_read(path: Path, *settings: str) -> sqlite3.Connection:
    """A connection that cannot write, also to a copy in a folder where SQLite may not even make its -shm file."""
    address = path.resolve().as_uri()
    conn = sqlite3.connect(f"{address}?mode=ro", uri=True, isolation_level=None, timeout=_BUSY_TIMEOUT_S)
    try:
        for setting in settings:
            conn.execute(setting)
        conn.execute("SELECT count(*) FROM sqlite_schema")
    except sqlite3.OperationalError:
        conn.close()
        if path.with_name(path.name + "-wal").exists():
            raise  # what stands in the WAL would silently be left out
        conn = sqlite3.connect(f"{address}?immutable=1", uri=True, isolation_level=None)
        for setting in settings:
            conn.execute(setting)
    return conn


def in_memory() -> Database:
    """An empty database that lives as long as the program: for views of another moment, and for tests."""
    database = Database(sqlite3.connect(":memory:", isolation_level=None), Path(":memory:"))
    _migrate(database)
    return database


def _refuse_folder(path: Path) -> None:
    if path.is_dir():
        raise LogError(str(path), "is a folder", "name a file in it under [log] path")


def _refuse_foreign(database: Database) -> None:
    """Tables are made in a file that is absent, empty or ours, and in no other; nor is another one read."""
    if not _is_ours(database):
        database.close()
        raise LogError(
            str(database.path),
            "this file is not a monitor log (another program keeps its data in it)",
            "name another file under [log] path; nothing was changed",
        )


def _is_ours(database: Database) -> bool:
    """By its mark. Older versions left none: their logs are known by our migrations, or by the table of events."""
    conn = database.conn
    (mark,) = conn.execute("PRAGMA application_id").fetchone()
    if mark:
        return bool(mark == APPLICATION_ID)
    # A first poll that was killed may have left the table of migrations, and nothing in it.
    sql = "SELECT count(*) FROM sqlite_schema WHERE tbl_name <> ?"
    (tables,) = conn.execute(sql, (MIGRATIONS.migrations_table,)).fetchone()
    (layout,) = conn.execute("PRAGMA user_version").fetchone()
    if not tables and not layout:
        return True
    (chained,) = conn.execute(
        "SELECT count(*) FROM pragma_table_info('events') WHERE name = 'prev_hash'"
    ).fetchone()
    return bool(chained or MIGRATIONS.applied(database.tables))


def _refuse_part_of_a_page(database: Database) -> None:
    """SQLite takes what is left of a last page for a whole one that ends in zeros.

    Where the WAL holds something, a checkpoint may be at work on the file, or is done again by the next writer.
    """
    (page,) = database.conn.execute("PRAGMA page_size").fetchone()
    size = database.path.stat().st_size
    wal = database.path.with_name(database.path.name + "-wal")
    if size % page and not (wal.exists() and wal.stat().st_size):
        database.close()
        raise LogError(str(database.path), "the log file is damaged (its last page is cut off)", _HOW_FAR)


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
    if database.conn.execute("PRAGMA application_id").fetchone()[0] != APPLICATION_ID:
        database.conn.execute(
            f"PRAGMA application_id = {APPLICATION_ID}"
        )  # first: half-made tables are ours too
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


@contextmanager
def only_sender(path: Path) -> Iterator[None]:
    """Be the only one who sends what this log plans, for the length of the block. Raises LogBusy where another does."""
    lock = _take_lock(
        path,
        ".sending",
        "another monitor (process {}) is delivering from this log",
        "wait for it to end; it sends what is due",
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
        _refuse_folder(path)
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


RESTORE = "restore a backup"
_HOW_FAR = f"{RESTORE}; `monitor verify` tells how far this one can be trusted"
_CHECK_DISK = "check the disk, then run `monitor verify`; what was acknowledged is safe"
# What other commands advise, as `verify` says it: it must not send to itself.
SAID_BY_VERIFY = {_HOW_FAR: RESTORE, _CHECK_DISK: f"check the disk; if that is sound, {RESTORE}"}

_SQLITE_SAYS = (
    ("Could not decode", "the log file is damaged", _HOW_FAR),
    ("not a database", "this file is not a monitor log", "name another file under [log] path"),
    ("readonly", "the log cannot be written", "give this user write permission on the file and its folder"),
    (
        "unable to open",
        "the log cannot be opened",
        "check that the folder exists and that this user may write to it",
    ),
    ("malformed", "the log file is damaged", _HOW_FAR),
    (
        "disk is full",
        "the disk is full",
        "make room and run the command again; what was acknowledged is safe",
    ),
    ("disk I/O", "the disk failed", _CHECK_DISK),
    ("locked", "another program holds the log open", "close it and run the command again"),
)

"""Views: what the log means right now. Each can be dropped and rebuilt; none is ever written to by hand.

A view is a module of this folder with `NAME`, `VERSION`, `TABLES`, `create(conn)`, `apply(conn, event)` and queries of
its own. Its checkpoint moves in the transaction that moves its tables. A new VERSION rebuilds the view at the next
write. An event that a view cannot take is an error that names both, never a row that is quietly missing.
"""

from __future__ import annotations

import importlib
import pkgutil
import sqlite3
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from functools import cache
from typing import Protocol, cast

from monitor.core.envelopes import Event
from monitor.core.errors import LogError
from monitor.database import Database, explained
from monitor.eventlog import EventLog

Progress = Callable[[int], None]
_STEP = 1_000  # events between two words of progress


class View(Protocol):
    """What each module of this folder offers."""

    NAME: str
    VERSION: str
    TABLES: tuple[str, ...]

    def create(self, conn: sqlite3.Connection) -> None:
        """Make the view's tables, empty."""

    def apply(self, conn: sqlite3.Connection, event: Event) -> None:
        """Fold one event into the tables, finding rows by primary key: a rebuild makes other indexes afterwards."""


@cache
def views() -> Sequence[View]:
    """Every view, by name: the folder is the registry."""
    names = sorted(module.name for module in pkgutil.iter_modules(__path__))
    return tuple(cast("View", importlib.import_module(f"{__name__}.{name}")) for name in names)


def are_current(database: Database, log: EventLog) -> bool:
    """Whether every view stands at the log's head, under the version of this code."""
    position = log.head().position
    return all(checkpoint(database, view) == (view.VERSION, position) for view in views())


def catch_up(database: Database, log: EventLog, *, until: int | None = None) -> None:
    """Apply what each view has not seen. Runs inside the caller's transaction, or in ones of its own.

    A view of another version is dropped and built anew from the first event.
    """
    if not database.conn.in_transaction:
        with database.write():
            catch_up(database, log, until=until)
        return
    marks = _checkpoints(database)
    behind = [(view, _position(database, view, marks.get(f"view:{view.NAME}"))) for view in views()]
    after = min((position for _, position in behind), default=0)
    last = after
    for event in log.read(after, until=until):
        last = event.position
        _apply(database.conn, event, [view for view, position in behind if position < last])
    for view, position in behind:
        if position < last or not position:
            _move(database, view, last)


def rebuild(
    database: Database,
    log: EventLog,
    names: Sequence[str] = (),
    *,
    progress: Progress = lambda _position: None,
) -> list[str]:
    """Build the named views (all, if none is named) anew, in one transaction. Returns the views' names.

    Until it ends every reader sees the old views, and they stand if it does not end. Built aside and copied over, it took
    a third longer.
    """
    chosen = [view for view in views() if not names or view.NAME in names]
    with database.write():
        head = log.head().position
        for view in chosen:
            _drop(database, view)
        for index in _build(database.conn, log, dict.fromkeys(chosen, head), progress):
            database.conn.execute(index)
        for view in chosen:
            _move(database, view, head)
    return [view.NAME for view in chosen]


@contextmanager
def built_aside(
    log: EventLog, until: dict[View, int], *, progress: Progress = lambda _position: None
) -> Iterator[sqlite3.Connection]:
    """The views, each as its position in `until` has it, in a database that is gone when the block ends.

    SQLite keeps a database without a name in memory, and what does not fit there in a file without a name: a process
    that is killed leaves nothing behind. It has no indexes but those of keys.
    """
    conn = sqlite3.connect("", isolation_level=None)
    conn.row_factory = sqlite3.Row
    try:
        with explained(log.database.path):
            conn.execute("PRAGMA journal_mode = OFF")
            conn.execute("BEGIN")
            _build(conn, log, until, progress)
        yield conn
    finally:
        conn.close()


def checkpoint(database: Database, view: View) -> tuple[str, int]:
    """The version of the code that wrote the view, and the last position that is in it; ("", 0) for none."""
    row = database.conn.execute(
        "SELECT version, position FROM checkpoints WHERE reader = ?", (f"view:{view.NAME}",)
    ).fetchone()
    return (row["version"], row["position"]) if row else ("", 0)


def _build(conn: sqlite3.Connection, log: EventLog, until: dict[View, int], progress: Progress) -> list[str]:
    """Make the views' tables and fill them; return the statements that make their indexes.

    Only primary keys are kept up, which makes it half as fast again; made at the end, sorted, an index costs half.
    """
    conn.execute("PRAGMA cache_size = -65536")
    indexes = []
    for view in until:
        view.create(conn)
        indexes += _set_indexes_aside(conn, view)
    after = 0
    for last in sorted(set(until.values())):
        readers = [view for view, end in until.items() if end >= last]
        for event in _told(log.read(after, until=last), progress):
            _apply(conn, event, readers)
        after = last
    return indexes


def _told(events: Iterable[Event], progress: Progress) -> Iterator[Event]:
    for event in events:
        if event.position % _STEP == 0:
            progress(event.position)
        yield event


def _apply(conn: sqlite3.Connection, event: Event, readers: Iterable[View]) -> None:
    if event.data is None:
        return
    for view in readers:
        try:
            view.apply(conn, event)
        except Exception as error:
            if _is_of_the_disk(error):
                raise
            raise LogError(
                f"position {event.position}",
                f"the view {view.NAME} cannot take this {event.type} ({type(error).__name__}: {error})",
                "the views stand as they were; `monitor verify` tells whether the log is whole",
            ) from error


def _is_of_the_disk(error: Exception) -> bool:
    """A full or damaged disk is no fault of the event."""
    ours = {sqlite3.SQLITE_ERROR, sqlite3.SQLITE_CONSTRAINT, sqlite3.SQLITE_MISMATCH}
    return isinstance(error, sqlite3.Error) and getattr(error, "sqlite_errorcode", 1) & 0xFF not in ours


def _set_indexes_aside(conn: sqlite3.Connection, view: View) -> list[str]:
    """Drop the view's indexes, but those of keys; return the statements that make them again."""
    sql = "SELECT name, sql FROM sqlite_schema WHERE type = 'index' AND tbl_name = ? AND sql IS NOT NULL"
    found = [(row["name"], row["sql"]) for table in view.TABLES for row in conn.execute(sql, (table,))]
    for name, _ in found:
        conn.execute(f"DROP INDEX {name}")
    return [statement for _, statement in found]


def _checkpoints(database: Database) -> dict[str, tuple[str, int]]:
    rows = database.conn.execute("SELECT reader, version, position FROM checkpoints")
    return {row["reader"]: (row["version"], row["position"]) for row in rows}


def _position(database: Database, view: View, mark: tuple[str, int] | None) -> int:
    """How far the view has come; 0, with fresh tables, for one that is new or of another version."""
    if mark is None or mark[0] != view.VERSION:
        _drop(database, view)
        view.create(database.conn)
        return 0
    return mark[1]


def _drop(database: Database, view: View) -> None:
    for table in view.TABLES:
        database.conn.execute(f"DROP TABLE IF EXISTS {table}")
    database.conn.execute("DELETE FROM checkpoints WHERE reader = ?", (f"view:{view.NAME}",))


def _move(database: Database, view: View, position: int) -> None:
    database.conn.execute(
        "INSERT INTO checkpoints (reader, version, position) VALUES (?, ?, ?)"
        " ON CONFLICT (reader) DO UPDATE SET version = excluded.version, position = excluded.position",
        (f"view:{view.NAME}", view.VERSION, position),
    )

"""Views: what the log means right now. Each can be dropped and rebuilt; none is ever written to by hand.

A view is a module of this folder with `NAME`, `VERSION`, `TABLES`, `create(conn)`, `apply(conn, event)` and queries of
its own. Its checkpoint moves in the transaction that moves its tables. A new VERSION rebuilds the view at the next
write.
"""

from __future__ import annotations

import importlib
import pkgutil
import sqlite3
from collections.abc import Sequence
from typing import Protocol, cast

from monitor.core.envelopes import Event
from monitor.database import Database
from monitor.eventlog import EventLog


class View(Protocol):
    """What each module of this folder offers."""

    NAME: str
    VERSION: str
    TABLES: tuple[str, ...]

    def create(self, conn: sqlite3.Connection) -> None:
        """Make the view's tables, empty."""

    def apply(self, conn: sqlite3.Connection, event: Event) -> None:
        """Fold one event into the tables."""


def views() -> Sequence[View]:
    """Every view, by name: the folder is the registry."""
    names = sorted(module.name for module in pkgutil.iter_modules(__path__))
    return [cast("View", importlib.import_module(f"{__name__}.{name}")) for name in names]


def are_current(database: Database, log: EventLog) -> bool:
    """Whether every view stands at the log's head, under the version of this code."""
    position = log.head().position
    return all(_checkpoint(database, view) == (view.VERSION, position) for view in views())


def catch_up(database: Database, log: EventLog, *, until: int | None = None) -> None:
    """Apply what each view has not seen. Runs inside the caller's transaction, or in ones of its own.

    A view of another version is dropped and built anew from the first event.
    """
    if not database.conn.in_transaction:
        with database.write():
            catch_up(database, log, until=until)
        return
    behind = {view.NAME: (view, _position(database, view)) for view in views()}
    after = min((position for _, position in behind.values()), default=0)
    last = after
    for event in log.read(after, until=until):
        last = event.position
        if event.data is None:
            continue
        for view, position in behind.values():
            if event.position > position:
                view.apply(database.conn, event)
    for view, position in behind.values():
        _move(database, view, max(last, position))


def rebuild(database: Database, log: EventLog, names: Sequence[str] = ()) -> list[str]:
    """Drop the named views (all, if none is named) and build them again; return their names."""
    chosen = [view for view in views() if not names or view.NAME in names]
    with database.write():
        for view in chosen:
            _drop(database, view)
        catch_up(database, log)
    return [view.NAME for view in chosen]


def _position(database: Database, view: View) -> int:
    """The view's checkpoint; 0, with fresh tables, for one that is new or of another version."""
    version, position = _checkpoint(database, view)
    if version != view.VERSION:
        _drop(database, view)
        view.create(database.conn)
        return 0
    return position


def _drop(database: Database, view: View) -> None:
    for table in view.TABLES:
        database.conn.execute(f"DROP TABLE IF EXISTS {table}")
    database.conn.execute("DELETE FROM checkpoints WHERE reader = ?", (f"view:{view.NAME}",))


def _checkpoint(database: Database, view: View) -> tuple[str, int]:
    row = database.conn.execute(
        "SELECT version, position FROM checkpoints WHERE reader = ?", (f"view:{view.NAME}",)
    ).fetchone()
    return (row["version"], row["position"]) if row else ("", 0)


def _move(database: Database, view: View, position: int) -> None:
    database.conn.execute(
        "INSERT INTO checkpoints (reader, version, position) VALUES (?, ?, ?)"
        " ON CONFLICT (reader) DO UPDATE SET version = excluded.version, position = excluded.position",
        (f"view:{view.NAME}", view.VERSION, position),
    )

"""Holds a stored view against the one that the log gives, row by row."""

from __future__ import annotations

import sqlite3
from collections.abc import Sequence
from itertools import zip_longest
from typing import Any

from monitor.core.errors import LogError
from monitor.projections import View

REBUILD = (
    "the view was changed, or the log and all its hashes: compare the head with one from an old digest"
    " (`monitor verify --anchor HEAD`), then `monitor rebuild` derives the views anew"
)


def compare(conn: sqlite3.Connection, built: sqlite3.Connection, view: View) -> int:
    """How many rows a view has. Raises LogError at the first that differs."""
    count = 0
    made = sqlite3.connect(":memory:")
    view.create(made)
    for table in view.TABLES:
        if _shape(conn, table) != _shape(made, table):
            raise LogError(f"view {view.NAME}", f"the table {table} or an index of it was changed", REBUILD)
        keys = _keys(made, table)
        sql = f"SELECT * FROM {table} ORDER BY {', '.join(keys)}"  # noqa: S608 - a view's own names
        for stored, derived in zip_longest(conn.execute(sql), built.execute(sql)):
            count += 1
            if stored is None or derived is None or tuple(stored) != tuple(derived):
                raise LogError(
                    f"view {view.NAME}, table {table}", _difference(stored, derived, keys), REBUILD
                )
    return count


def _shape(conn: sqlite3.Connection, table: str) -> list[str]:
    sql = "SELECT sql FROM sqlite_schema WHERE tbl_name = ? AND sql IS NOT NULL ORDER BY type, name"
    return [row[0] for row in conn.execute(sql, (table,))]


def _keys(conn: sqlite3.Connection, table: str) -> list[str]:
    """The columns of a table's primary key, quoted, in its order."""
    columns = [tuple(row) for row in conn.execute(f"PRAGMA table_info({table})")]
    return [f'"{name}"' for _, name, *_, place in sorted(columns, key=lambda c: c[5]) if place]


def _difference(stored: sqlite3.Row | None, derived: sqlite3.Row | None, keys: Sequence[str]) -> str:
    """Rows come in the order of their keys, so the smaller key is the one that the other side lacks."""
    ours, logs = _key(stored, keys), _key(derived, keys)
    if logs is None or (ours is not None and ours < logs):
        return f"the row {_shown(ours)} does not follow from the log"
    if stored is None or derived is None or ours is None or logs < ours:
        return f"the row {_shown(logs)} is missing"
    column = next(name for name in derived.keys() if stored[name] != derived[name])  # noqa: SIM118 - a Row iterates over values
    return f"row {_shown(logs)}, column {column} is not what the log says"


def _key(row: sqlite3.Row | None, keys: Sequence[str]) -> tuple[Any, ...] | None:
    return tuple(row[name.strip('"')] for name in keys) if row is not None else None


def _shown(key: tuple[Any, ...] | None) -> str:
    return " ".join(repr(part) for part in key or ())

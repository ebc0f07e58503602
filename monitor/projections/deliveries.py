"""View `deliveries`: what was sent where and how it went; `delivery_matches` and `delivery_changes`: what each told of.

`delivery_outputs` has every output and where it began.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable
from dataclasses import dataclass

from monitor.core.delivery_events import (
    DeliveryAttempted,
    DeliveryFailed,
    DeliveryPlanned,
    DeliverySucceeded,
    DeliveryUncertain,
    OutputConfigured,
)
from monitor.core.envelopes import Event
from monitor.core.events import Payload

NAME = "deliveries"
VERSION = "3"
TABLES = ("deliveries", "delivery_matches", "delivery_changes", "delivery_outputs")


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredDelivery:
    """A row of `deliveries`. `state` is planned, attempted, succeeded, failed, given up, replaced or uncertain.

    `uncertain` counts the attempts of which nobody knows whether they arrived. `answer` is what the other side said last.
    `position` and `planned_at` are those of the plan, `last_position` and `last_at` those of the last word.
    """

    output: str
    delivery: str
    state: str
    attempts: int
    answer: str
    message_id: str
    rendered_sha256: str
    position: int
    planned_at: str
    last_position: int
    last_at: str
    occasion: str = ""
    until_position: int = 0
    title: str = ""
    media_type: str = ""
    uncertain: int = 0


def create(conn: sqlite3.Connection) -> None:
    """Make the tables, empty. `match_position` is the place of an `ItemMatched` in the log."""
    conn.execute("""
        CREATE TABLE deliveries (
            output TEXT NOT NULL, delivery TEXT NOT NULL, state TEXT NOT NULL, attempts INTEGER NOT NULL,
            answer TEXT NOT NULL, message_id TEXT NOT NULL, rendered_sha256 TEXT NOT NULL,
            position INTEGER NOT NULL, planned_at TEXT NOT NULL,
            last_position INTEGER NOT NULL, last_at TEXT NOT NULL,
            occasion TEXT NOT NULL, until_position INTEGER NOT NULL, title TEXT NOT NULL, media_type TEXT NOT NULL,
            uncertain INTEGER NOT NULL,
            PRIMARY KEY (output, delivery)
        ) STRICT, WITHOUT ROWID""")
    conn.execute("""
        CREATE TABLE delivery_changes (
            change_position INTEGER NOT NULL, output TEXT NOT NULL, delivery TEXT NOT NULL,
            PRIMARY KEY (change_position, output, delivery)
        ) STRICT, WITHOUT ROWID""")
    conn.execute("""
        CREATE TABLE delivery_outputs (
            output TEXT PRIMARY KEY, kind TEXT NOT NULL, begins_after INTEGER NOT NULL, position INTEGER NOT NULL
        ) STRICT, WITHOUT ROWID""")
    conn.execute("""
        CREATE TABLE delivery_matches (
            match_position INTEGER NOT NULL, output TEXT NOT NULL, delivery TEXT NOT NULL,
            PRIMARY KEY (match_position, output, delivery)
        ) STRICT, WITHOUT ROWID""")


def apply(conn: sqlite3.Connection, event: Event) -> None:
    """Fold one event into the tables: the last word on a delivery is its state."""
    match event.data:
        case OutputConfigured() as data:
            conn.execute(
                "REPLACE INTO delivery_outputs VALUES (?, ?, ?, ?)",
                (data.output, data.kind, data.begins_after, event.position),
            )
        case DeliveryPlanned() as data:
            _plan(conn, event, data)
        case (DeliveryAttempted() | DeliverySucceeded() | DeliveryFailed() | DeliveryUncertain()) as data:
            conn.execute(
                "UPDATE deliveries SET state = ?, attempts = max(attempts, ?), answer = ?, last_position = ?, last_at = ?,"
                " uncertain = uncertain + ? WHERE output = ? AND delivery = ?",
                (
                    _state(data),
                    data.attempt,
                    getattr(data, "answer", ""),
                    event.position,
                    event.recorded_at,
                    isinstance(data, DeliveryUncertain),
                    data.output,
                    data.delivery,
                ),
            )
        case _:
            pass


def _plan(conn: sqlite3.Connection, event: Event, data: DeliveryPlanned) -> None:
    """A second plan of the same delivery begins it anew."""
    conn.execute(
        "REPLACE INTO deliveries VALUES (?, ?, 'planned', 0, '', ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, 0)",
        (
            data.output,
            data.delivery,
            data.message_id,
            data.rendered_sha256,
            *(event.position, event.recorded_at) * 2,
            data.occasion,
            data.until_position,
            data.title,
            data.media_type,
        ),
    )
    conn.executemany(
        "REPLACE INTO delivery_changes VALUES (?, ?, ?)",
        [(position, data.output, data.delivery) for position in data.changes],
    )
    conn.executemany(
        "REPLACE INTO delivery_matches VALUES (?, ?, ?)",
        [(position, data.output, data.delivery) for position in data.matches],
    )


def _state(data: Payload) -> str:
    match data:
        case DeliverySucceeded():
            return "succeeded"
        case DeliveryFailed(replaced_by=other) if other:
            return "replaced"
        case DeliveryFailed():
            return "given up" if data.final else "failed"
        case DeliveryUncertain():
            return "uncertain"
        case _:
            return "attempted"


def of_matches(
    conn: sqlite3.Connection, matches: Iterable[int], changes: Iterable[int] = ()
) -> list[tuple[StoredDelivery, list[int]]]:
    """Every delivery that told of one of these matches or changes, as planned in time, and of which matches."""
    named: dict[tuple[str, str], list[int]] = {}
    for table, column, positions in (
        ("delivery_matches", "match_position", sorted(set(matches))),
        ("delivery_changes", "change_position", sorted(set(changes))),
    ):
        sql = f"SELECT output, delivery FROM {table} WHERE {column} = ?"  # noqa: S608 - the two literals above
        for position in positions:
            for row in conn.execute(sql, (position,)):
                told = named.setdefault((row["output"], row["delivery"]), [])
                told += [position] if table == "delivery_matches" else []
    found = [(get(conn, *place), told) for place, told in named.items()]
    return sorted(found, key=lambda pair: pair[0].position)


def get(conn: sqlite3.Connection, output: str, delivery: str) -> StoredDelivery:
    """One delivery, which must be there."""
    sql = "SELECT * FROM deliveries WHERE output = ? AND delivery = ?"
    return StoredDelivery(**dict(conn.execute(sql, (output, delivery)).fetchone()))


def open_ones(conn: sqlite3.Connection) -> list[StoredDelivery]:
    """Every delivery that has not come to its end, as planned in time."""
    sql = (
        "SELECT * FROM deliveries WHERE state NOT IN ('succeeded', 'given up', 'replaced') ORDER BY position"
    )
    return [StoredDelivery(**dict(row)) for row in conn.execute(sql)]


def latest(conn: sqlite3.Connection, output: str, *occasions: str) -> StoredDelivery | None:
    """The last delivery of an output that was planned on one of these occasions."""
    marks = ", ".join("?" * len(occasions))
    sql = (
        f"SELECT * FROM deliveries WHERE output = ? AND occasion IN ({marks}) ORDER BY position DESC LIMIT 1"  # noqa: S608 - marks only
    )
    row = conn.execute(sql, (output, *occasions)).fetchone()
    return None if row is None else StoredDelivery(**dict(row))


def last_taken(conn: sqlite3.Connection, output: str) -> StoredDelivery | None:
    """What an output took last."""
    sql = "SELECT * FROM deliveries WHERE output = ? AND state = 'succeeded' ORDER BY last_position DESC LIMIT 1"
    row = conn.execute(sql, (output,)).fetchone()
    return None if row is None else StoredDelivery(**dict(row))


def given_up(conn: sqlite3.Connection, after: int) -> list[StoredDelivery]:
    """The deliveries that were given up after a position of the log."""
    sql = "SELECT * FROM deliveries WHERE state = 'given up' AND last_position > ? ORDER BY last_position"
    return [StoredDelivery(**dict(row)) for row in conn.execute(sql, (after,))]


def in_trouble(conn: sqlite3.Connection, output: str) -> list[StoredDelivery]:
    """The deliveries of an output that were not taken, and after which none was: failed, uncertain or given up."""
    sql = """
        SELECT * FROM deliveries WHERE output = ? AND state IN ('failed', 'uncertain', 'given up') AND last_position >
            (SELECT coalesce(max(last_position), 0) FROM deliveries WHERE output = ? AND state = 'succeeded')
        ORDER BY position"""
    return [StoredDelivery(**dict(row)) for row in conn.execute(sql, (output, output))]


def begins_after(conn: sqlite3.Connection, output: str) -> int | None:
    """After which position an output is owed news; None for one that the log does not know."""
    sql = "SELECT begins_after FROM delivery_outputs WHERE output = ?"
    row = conn.execute(sql, (output,)).fetchone()
    return None if row is None else int(row["begins_after"])


def planned_until(conn: sqlite3.Connection, output: str, occasions: Iterable[str]) -> int:
    """Up to which position an output's deliveries of these occasions were planned; 0 before the first."""
    sql = "SELECT max(until_position) FROM deliveries WHERE output = ? AND occasion = ?"
    return max((conn.execute(sql, (output, one)).fetchone()[0] or 0 for one in occasions), default=0)


def superseded_texts(conn: sqlite3.Connection, output: str) -> list[str]:
    """The texts (SHA-256) of an output's editions that a later one replaced, and that no other delivery may still send."""
    newest = "SELECT max(position) FROM deliveries WHERE occasion = 'edition' GROUP BY output"
    sql = f"""
        SELECT rendered_sha256 FROM deliveries WHERE output = ? AND occasion = 'edition' AND position NOT IN ({newest})
        EXCEPT SELECT rendered_sha256 FROM deliveries WHERE occasion <> 'edition' OR position IN ({newest})"""  # noqa: S608 - a literal
    return [row[0] for row in conn.execute(sql, (output,))]


def has_plan(conn: sqlite3.Connection, output: str, delivery: str) -> bool:
    """Whether a delivery of that id was planned."""
    sql = "SELECT 1 FROM deliveries WHERE output = ? AND delivery = ?"
    return conn.execute(sql, (output, delivery)).fetchone() is not None


def told_changes(conn: sqlite3.Connection, output: str, positions: Iterable[int]) -> set[int]:
    """Those of these changes that the output was told of, or is about to be."""
    sql = "SELECT 1 FROM delivery_changes WHERE change_position = ? AND output = ?"
    return {one for one in positions if conn.execute(sql, (one, output)).fetchone()}


def told_matches(conn: sqlite3.Connection, output: str, positions: Iterable[int]) -> set[int]:
    """Those of these matches that the output was told of, or is about to be."""
    sql = "SELECT 1 FROM delivery_matches WHERE match_position = ? AND output = ?"
    return {one for one in positions if conn.execute(sql, (one, output)).fetchone()}

"""View `deliveries`: what was sent where, how it went, and `delivery_matches`: of which matches each one told."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable
from dataclasses import dataclass

from monitor.core.envelopes import Event
from monitor.core.events import (
    DeliveryAttempted,
    DeliveryFailed,
    DeliveryPlanned,
    DeliverySucceeded,
    DeliveryUncertain,
    Payload,
)

NAME = "deliveries"
VERSION = "1"
TABLES = ("deliveries", "delivery_matches")


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredDelivery:
    """A row of `deliveries`. `state` is planned, attempted, succeeded, failed, given up or uncertain.

    `answer` is what the other side said last. `position` and `planned_at` are those of the plan, `last_position` and
    `last_at` those of the last word.
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


def create(conn: sqlite3.Connection) -> None:
    """Make the tables, empty. `match_position` is the place of an `ItemMatched` in the log."""
    conn.execute("""
        CREATE TABLE deliveries (
            output TEXT NOT NULL, delivery TEXT NOT NULL, state TEXT NOT NULL, attempts INTEGER NOT NULL,
            answer TEXT NOT NULL, message_id TEXT NOT NULL, rendered_sha256 TEXT NOT NULL,
            position INTEGER NOT NULL, planned_at TEXT NOT NULL,
            last_position INTEGER NOT NULL, last_at TEXT NOT NULL,
            PRIMARY KEY (output, delivery)
        ) STRICT, WITHOUT ROWID""")
    conn.execute("""
        CREATE TABLE delivery_matches (
            match_position INTEGER NOT NULL, output TEXT NOT NULL, delivery TEXT NOT NULL,
            PRIMARY KEY (match_position, output, delivery)
        ) STRICT, WITHOUT ROWID""")


def apply(conn: sqlite3.Connection, event: Event) -> None:
    """Fold one event into the tables: the last word on a delivery is its state."""
    match event.data:
        case DeliveryPlanned() as data:
            _plan(conn, event, data)
        case (DeliveryAttempted() | DeliverySucceeded() | DeliveryFailed() | DeliveryUncertain()) as data:
            conn.execute(
                "UPDATE deliveries SET state = ?, attempts = max(attempts, ?), answer = ?, last_position = ?, last_at = ?"
                " WHERE output = ? AND delivery = ?",
                (
                    _state(data),
                    data.attempt,
                    getattr(data, "answer", ""),
                    event.position,
                    event.recorded_at,
                    data.output,
                    data.delivery,
                ),
            )
        case _:
            pass


def _plan(conn: sqlite3.Connection, event: Event, data: DeliveryPlanned) -> None:
    """A second plan of the same delivery begins it anew."""
    conn.execute(
        "REPLACE INTO deliveries VALUES (?, ?, 'planned', 0, '', ?, ?, ?, ?, ?, ?)",
        (
            data.output,
            data.delivery,
            data.message_id,
            data.rendered_sha256,
            *(event.position, event.recorded_at) * 2,
        ),
    )
    conn.executemany(
        "REPLACE INTO delivery_matches VALUES (?, ?, ?)",
        [(position, data.output, data.delivery) for position in data.matches],
    )


def _state(data: Payload) -> str:
    match data:
        case DeliverySucceeded():
            return "succeeded"
        case DeliveryFailed():
            return "given up" if data.final else "failed"
        case DeliveryUncertain():
            return "uncertain"
        case _:
            return "attempted"


def of_matches(conn: sqlite3.Connection, positions: Iterable[int]) -> list[tuple[StoredDelivery, list[int]]]:
    """Every delivery that was planned with one of these matches, as planned in time, and with which of them."""
    sql = "SELECT output, delivery FROM delivery_matches WHERE match_position = ?"
    named: dict[tuple[str, str], list[int]] = {}
    for position in sorted(set(positions)):
        for row in conn.execute(sql, (position,)):
            named.setdefault((row["output"], row["delivery"]), []).append(position)
    found = [(_get(conn, *place), told) for place, told in named.items()]
    return sorted(found, key=lambda pair: pair[0].position)


def _get(conn: sqlite3.Connection, output: str, delivery: str) -> StoredDelivery:
    sql = "SELECT * FROM deliveries WHERE output = ? AND delivery = ?"
    return StoredDelivery(**dict(conn.execute(sql, (output, delivery)).fetchone()))

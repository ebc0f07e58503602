"""The append-only log: the only table that cannot be rebuilt.

Its face is small: append, read after a position, latest version of a stream, head, verify. The promises are listed
in docs/architecture.md, and each has a test.
"""

from __future__ import annotations

import hashlib
import sqlite3
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Literal

from monitor.core.envelopes import SCHEMA, Event, NewEvent, decode, encode, event_id
from monitor.core.errors import LogConflict, LogTampered
from monitor.core.events import NAMES
from monitor.database import Database, explained

GENESIS = "0" * 64
_DOMAIN = b"monitor log 1"
_COLUMNS = "position, id, stream, version, type, schema, occurred_at, observed_at, recorded_at, run, cause, data, prev_hash, hash"


@dataclass(frozen=True, slots=True, kw_only=True)
class Head:
    """The last position and its hash; position 0 and 64 zeros for an empty log."""

    position: int
    hash: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """What an append did: `appended`, or `already there` (a retry; nothing was written). First and last position."""

    kind: Literal["appended", "already there"]
    first: int
    last: int


@dataclass(frozen=True, slots=True, kw_only=True)
class _Row:
    position: int
    id: str
    stream: str
    version: int
    type: str
    schema: int
    occurred_at: str | None
    observed_at: str | None
    recorded_at: str
    run: str
    cause: int | None
    data: str

    def values(self) -> tuple[str | int | None, ...]:
        return tuple(getattr(self, name) for name in self.__slots__)


def chain_hash(prev_hash: str, values: Sequence[str | int | None]) -> str:
    """SHA-256 over the domain, the previous hash and the columns before it, each with its length in front.

    A missing value is hashed as length -1, so that it differs from an empty one.
    """
    digest = hashlib.sha256(_DOMAIN + bytes.fromhex(prev_hash))
    for value in values:
        raw = b"" if value is None else str(value).encode()
        digest.update(b"%d:" % (-1 if value is None else len(raw)) + raw)
    return digest.hexdigest()


class EventLog:
    """The log inside a database. Only one EventLog may append at a time; `Database` sees to that."""

    def __init__(self, database: Database) -> None:
        self.database = database
        self._conn = database.conn

    def head(self) -> Head:
        """The last position and the hash that covers everything up to it."""
        row = self._conn.execute(
            "SELECT position, hash FROM events ORDER BY position DESC LIMIT 1"
        ).fetchone()
        return Head(position=row["position"], hash=row["hash"]) if row else Head(position=0, hash=GENESIS)

    def head_at(self, moment: str) -> Head:
        """The head as it was at `moment` (ISO 8601 UTC): the last event recorded at or before it."""
        row = self._conn.execute(
            "SELECT position, hash FROM events WHERE recorded_at <= ? ORDER BY position DESC LIMIT 1",
            (moment,),
        ).fetchone()
        return Head(position=row["position"], hash=row["hash"]) if row else Head(position=0, hash=GENESIS)

    def version(self, stream: str) -> int:
        """How many events the stream holds."""
        row = self._conn.execute("SELECT max(version) FROM events WHERE stream = ?", (stream,)).fetchone()
        return int(row[0] or 0)

    def append(self, stream: str, expected_version: int, events: Sequence[NewEvent]) -> Outcome:
        """Append to one stream, all or nothing, inside the caller's `database.write()` or one of its own.

        A retry of the very same events answers "already there". Raises LogConflict where the stream is not at
        `expected_version`, or where a retry differs anywhere.
        """
        if not events:
            head = self.head()
            return Outcome(kind="already there", first=head.position, last=head.position)
        if not self._conn.in_transaction:
            with self.database.write():
                return self.append(stream, expected_version, events)
        present = self.version(stream)
        if present != expected_version:
            return self._answer_retry(stream, expected_version, present, events)
        head = self.head()
        rows = [
            _row(event, stream, head.position + n, expected_version + n)
            for n, event in enumerate(events, start=1)
        ]
        self._insert(rows, head.hash)
        return Outcome(kind="appended", first=rows[0].position, last=rows[-1].position)

    def read(
        self,
        after: int = 0,
        *,
        until: int | None = None,
        stream: str | None = None,
        types: Sequence[str] = (),
        limit: int | None = None,
    ) -> Iterator[Event]:
        """Events after a position, in order. `stream` may end in `*` to name all that begin so."""
        where, values = ["position > ?"], [after]
        if until is not None:
            where, values = [*where, "position <= ?"], [*values, until]
        sql_values: list[int | str] = [*values]
        if stream is not None:
            where.append("stream GLOB ?" if stream.endswith("*") else "stream = ?")
            sql_values.append(stream.replace("[", "[[]") if stream.endswith("*") else stream)
        if types:
            where.append(f"type IN ({', '.join('?' * len(types))})")
            sql_values.extend(types)
        sql = f"SELECT {_COLUMNS} FROM events WHERE {' AND '.join(where)} ORDER BY position LIMIT ?"  # noqa: S608 - the parts are literals above; values are bound
        with explained(self.database.path):
            for row in self._conn.execute(sql, (*sql_values, -1 if limit is None else limit)):
                yield _event(row)

    def verify(self) -> int:
        """Walk the whole chain; return how many events it holds. Raises LogTampered at the first bad position."""
        count, prev_hash = 0, GENESIS
        for row in self._conn.execute(f"SELECT {_COLUMNS} FROM events ORDER BY position"):  # noqa: S608 - a literal
            count += 1
            if row["position"] != count:
                raise _tampered(count, "position", f"is missing; the next one is {row['position']}")
            if row["prev_hash"] != prev_hash:
                raise _tampered(count, "prev_hash", "does not continue the chain")
            prev_hash = chain_hash(prev_hash, tuple(row)[:12])
            if row["hash"] != prev_hash:
                raise _tampered(count, "hash", "does not fit the row's content")
        self._verify_versions()
        return count

    def _verify_versions(self) -> None:
        sql = "SELECT position, stream, version FROM events ORDER BY stream, version"
        for before, row in pairwise([None, *self._conn.execute(sql)]):
            expected = (
                before["version"] + 1 if before is not None and before["stream"] == row["stream"] else 1
            )
            if row["version"] != expected:
                raise _tampered(
                    row["position"], "version", f"is {row['version']} where {expected} must stand"
                )

    def _answer_retry(self, stream: str, expected: int, present: int, events: Sequence[NewEvent]) -> Outcome:
        sql = f"SELECT {_COLUMNS} FROM events WHERE stream = ? AND version > ? ORDER BY version LIMIT ?"  # noqa: S608 - a literal
        stored = self._conn.execute(sql, (stream, expected, len(events))).fetchall()
        offered = [
            _row(event, stream, 0, expected + n).values()[1:] for n, event in enumerate(events, start=1)
        ]
        if len(stored) == len(events) and all(
            tuple(s)[1:12] == o for s, o in zip(stored, offered, strict=True)
        ):
            return Outcome(kind="already there", first=stored[0]["position"], last=stored[-1]["position"])
        raise LogConflict(
            stream,
            f"holds {present} events where {expected} were expected, and they are not these",
            "read the stream again and decide anew",
        )

    def _insert(self, rows: Sequence[_Row], prev_hash: str) -> None:
        sql = f"INSERT INTO events ({_COLUMNS}) VALUES ({', '.join('?' * 14)})"  # noqa: S608 - a literal
        for row in rows:
            values = row.values()
            hash_ = chain_hash(prev_hash, values)
            try:
                self._conn.execute(sql, (*values, prev_hash, hash_))
            except sqlite3.IntegrityError as error:
                raise LogConflict(row.stream, str(error), "read the stream again and decide anew") from error
            prev_hash = hash_


def _row(event: NewEvent, stream: str, position: int, version: int) -> _Row:
    name = NAMES[type(event.data)]
    return _Row(
        position=position,
        id=event_id(event.run, stream, version),
        stream=stream,
        version=version,
        type=name,
        schema=SCHEMA[name],
        occurred_at=event.occurred_at,
        observed_at=event.observed_at,
        recorded_at=event.recorded_at,
        run=event.run,
        cause=event.cause,
        data=encode(event.data),
    )


def _event(row: sqlite3.Row) -> Event:
    return Event(
        position=row["position"],
        id=row["id"],
        stream=row["stream"],
        version=row["version"],
        type=row["type"],
        schema=row["schema"],
        occurred_at=row["occurred_at"],
        observed_at=row["observed_at"],
        recorded_at=row["recorded_at"],
        run=row["run"],
        cause=row["cause"],
        data=decode(row["type"], row["schema"], row["data"]),
        hash=row["hash"],
    )


def _tampered(position: int, column: str, what: str) -> LogTampered:
    return LogTampered(
        f"position {position}, column {column}",
        what,
        "everything before this position can be trusted; restore a backup and compare",
    )

"""The append-only log: the only table that cannot be rebuilt.

Its face is small: append, read after a position, latest version of a stream, head, verify. The promises are listed
in docs/architecture.md, and each has a test.
"""

from __future__ import annotations

import hashlib
import re
import sqlite3
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal, TypedDict, Unpack, cast

import msgspec

from monitor.core.envelopes import SCHEMA, Event, NewEvent, decode, encode, event_id
from monitor.core.errors import LogConflict, LogError, LogTampered
from monitor.core.events import NAMES
from monitor.database import RESTORE, Database, explained, unknown_types

GENESIS = "0" * 64
_DOMAIN = "monitor log 1"
# The columns that a row's hash covers, in its order; `prev_hash` and `hash` follow them.
COLUMNS = (
    "position",
    "id",
    "stream",
    "version",
    "type",
    "schema",
    "occurred_at",
    "observed_at",
    "recorded_at",
    "run",
    "cause",
    "data",
)
_CONTENT = ", ".join(COLUMNS)
_INSERT = f"INSERT OR FAIL INTO events ({_CONTENT}, prev_hash, hash) VALUES ({', '.join('?' * 14)})"  # noqa: S608 - literals

Append = tuple[str, int, Sequence[NewEvent]]  # stream, expected version, events
_Values = tuple[str | int | None, ...]


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


_pack = msgspec.msgpack.Encoder().encode


def chain_hash(prev_hash: str, values: Sequence[str | int | None]) -> str:
    """SHA-256 over the MessagePack array of a domain, the previous hash and the columns before it.

    MessagePack puts each text's length in front of it and tells a missing value from an empty one. It is made in C:
    0.9 µs an event with the digest, where joining the columns in Python takes 2 to 6.
    """
    return hashlib.sha256(_pack((_DOMAIN, prev_hash, *values))).hexdigest()


class Bounds(TypedDict, total=False):
    """Which events to read. `stream` may end in `*` to name all that begin so; times bound `recorded_at`."""

    until: int | None
    stream: str | None
    types: Sequence[str]
    run: str | None
    since: str | None
    before: str | None


_CONDITIONS = {
    "until": "position <= ?",
    "since": "recorded_at >= ?",
    "before": "recorded_at < ?",
    "run": "run = ?",
}


class EventLog:
    """The log inside a database. Only one EventLog may append at a time; `Database` sees to that."""

    def __init__(self, database: Database) -> None:
        self.database = database
        self._conn = database.conn

    def head(self) -> Head:
        """The last position and the hash that covers everything up to it."""
        return self._head("SELECT position, hash FROM events ORDER BY position DESC LIMIT 1")

    def head_at(self, moment: str) -> Head:
        """The head as it was at `moment` (ISO 8601 UTC): the last event recorded at or before it."""
        sql = "SELECT max(position) FROM events INDEXED BY events_by_recorded_at WHERE recorded_at <= ?"
        return self._head(f"SELECT position, hash FROM events WHERE position = ({sql})", moment)  # noqa: S608 - a literal

    def _head(self, sql: str, *values: str) -> Head:
        row = self._conn.execute(sql, values).fetchone()
        return Head(position=row[0], hash=row[1]) if row else Head(position=0, hash=GENESIS)

    def version(self, stream: str) -> int:
        """How many events the stream holds."""
        row = self._conn.execute("SELECT max(version) FROM events WHERE stream = ?", (stream,)).fetchone()
        return int(row[0] or 0)

    def unknown_types(self) -> list[tuple[str, int]]:
        """The (type, schema) pairs in this log that this version cannot read: a reader skips them, and says so."""
        return unknown_types(self._conn)

    def append(self, stream: str, expected_version: int, events: Sequence[NewEvent]) -> Outcome:
        """Append to one stream, all or nothing, inside the caller's `database.write()` or one of its own.

        A retry of the very same events answers "already there". Raises LogConflict where the stream is not at
        `expected_version`, or where a retry differs anywhere.
        """
        if not self._conn.in_transaction:
            with self.database.write():
                return self._append([(stream, expected_version, events)])
        # No savepoint: either the first row is refused, or none.
        return self._append([(stream, expected_version, events)])

    def append_all(self, appends: Sequence[Append]) -> Outcome:
        """Append to many streams, in this order, all or nothing; as `append`. Raises LogConflict.

        "Already there" only if all of it is.
        """
        with self.database.savepoint() if self._conn.in_transaction else self.database.write():
            return self._append(appends)

    def _append(self, appends: Sequence[Append]) -> Outcome:
        """The guard in the table compares each version with its stream's: asking first would cost a query a stream."""
        head = self.head()
        rows = list(_rows(appends, head))
        if not rows:
            return Outcome(kind="already there", first=head.position, last=head.position)
        try:
            self._conn.executemany(_INSERT, rows)
        except sqlite3.IntegrityError as error:
            refused = rows[self.head().position - head.position]
            if refused is not rows[0] or self.version(str(refused[2])) == int(str(refused[3])) - 1:
                raise LogConflict(
                    str(refused[2]), str(error), "read the stream again and decide anew"
                ) from error
            return self._answer_retry(appends)
        return Outcome(kind="appended", first=head.position + 1, last=head.position + len(rows))

    def read(
        self, after: int = 0, *, limit: int | None = None, last: int | None = None, **bounds: Unpack[Bounds]
    ) -> Iterator[Event]:
        """Events after a position that fit `bounds`, in order. `limit` counts from the first, `last` from the end."""
        where, values = _conditions(after, bounds)
        direction = "" if last is None else " DESC"
        sql = f"SELECT {_CONTENT}, hash FROM events WHERE {where} ORDER BY position{direction} LIMIT ?"  # noqa: S608 - the parts are literals; values are bound
        if last is not None:
            sql = f"SELECT * FROM ({sql}) ORDER BY position"  # noqa: S608 - as above
            limit = last
        with explained(self.database.path):
            yield from _events(self._tuples(sql, *values, -1 if limit is None else limit))

    def verify(self) -> int:
        """Walk the whole chain; return how many events it holds.

        Raises LogTampered at the first bad position, LogError at the first that cannot be read.
        """
        count, hash_ = 0, GENESIS
        rows = self._tuples(f"SELECT {_CONTENT}, prev_hash, hash FROM events ORDER BY position")  # noqa: S608 - a literal
        for row in as_far_as_read(rows, self.database.path):
            count += 1
            if row[0] != count:
                raise _tampered(count, "position", f"is missing; the next one is {row[0]}")
            if row[12] != hash_:
                raise _tampered(count, "prev_hash", "does not continue the chain")
            hash_ = chain_hash(hash_, row[:12])
            if row[13] != hash_:
                raise _tampered(count, "hash", "does not fit the row's content")
        self._verify_versions()
        return count

    def _verify_versions(self) -> None:
        sql = """
            SELECT position, version, expected FROM
                (SELECT position, version, row_number() OVER (PARTITION BY stream ORDER BY version) AS expected FROM events)
            WHERE version <> expected ORDER BY position LIMIT 1"""
        for position, version, expected in self._tuples(sql):
            raise _tampered(position, "version", f"is {version} where {expected} must stand")

    def _tuples(self, sql: str, *values: str | int) -> sqlite3.Cursor:
        """Rows as tuples: a third less than as sqlite3.Row, whose columns are then looked up by name."""
        cursor = self._conn.cursor()
        cursor.row_factory = None
        return cursor.execute(sql, values)

    def _answer_retry(self, appends: Sequence[Append]) -> Outcome:
        positions: list[int] = []
        for stream, expected, events in appends:
            sql = f"SELECT {_CONTENT} FROM events WHERE stream = ? AND version > ? ORDER BY version LIMIT ?"  # noqa: S608 - a literal
            stored = self._tuples(sql, stream, expected, len(events)).fetchall()
            offered = [_content(event, stream, expected + n) for n, event in enumerate(events, start=1)]
            if [row[1:] for row in stored] != offered:
                raise LogConflict(
                    stream,
                    f"holds {self.version(stream)} events where {expected} were expected, and they are not these",
                    "read the stream again and decide anew",
                )
            positions += [row[0] for row in stored]
        return Outcome(kind="already there", first=min(positions), last=max(positions))


def as_far_as_read(rows: Iterable[Any], path: Path) -> Iterator[Any]:
    """The rows of all events, each with its position first and found good before the next is asked for.

    Raises LogError that names the last good position, where the file gives no more.
    """
    last = 0
    try:
        for row in rows:
            _refuse_disorder(last, row[0])
            yield row
            last = row[0]
    except sqlite3.DatabaseError as error:
        text = str(error).partition(" with text")[0]  # what follows is the damaged text itself
        raise LogError(str(path), f"the log file is damaged ({text}): {how_far(last)}", RESTORE) from error


def how_far(last: int) -> str:
    """What to say of a damaged file of which this position is the last good one; 0 where none is."""
    good = f"the last good position is {last}" if last else "there is no good one before it"
    return f"position {last + 1} cannot be read, {good}"


def _refuse_disorder(last: int, position: int) -> None:
    """A page of zeros reads as a row, whose position is 0."""
    if position <= last:
        raise sqlite3.DatabaseError("rows out of their order")


def _events(rows: Iterable[Any]) -> Iterator[Event]:
    # By their names: a row that is cut up and put together again costs 5 % of reading.
    for place, id_, stream, version, type_, schema, claimed, seen, recorded, run, cause, text, hash_ in rows:
        try:
            data = decode(type_, schema, text)
        except (msgspec.MsgspecError, UnicodeError) as error:
            raise _tampered(place, "data", f"is no {type_} that can be read ({error})") from error
        yield Event(
            place, id_, stream, version, type_, schema, claimed, seen, recorded, run, cause, data, hash_
        )


def _conditions(after: int, bounds: Bounds) -> tuple[str, list[int | str]]:
    where: list[str] = ["position > ?"]
    values: list[int | str] = [after]
    for name, condition in _CONDITIONS.items():
        value = bounds.get(name)
        if value is not None:
            where.append(condition)
            values.append(cast("int | str", value))
    stream, types = bounds.get("stream"), bounds.get("types")
    if stream:
        where.append("stream GLOB ?" if stream.endswith("*") else "stream = ?")
        values.append(re.sub(r"([*?[])", r"[\1]", stream[:-1]) + "*" if stream.endswith("*") else stream)
    if types:
        where.append(f"type IN ({', '.join('?' * len(types))})")
        values.extend(types)
    return " AND ".join(where), values


def _rows(appends: Sequence[Append], head: Head) -> Iterator[_Values]:
    position, prev_hash = head.position, head.hash
    for stream, version, events in appends:
        for number, event in enumerate(events, start=version + 1):
            position += 1
            content = (position, *_content(event, stream, number))
            hash_ = chain_hash(prev_hash, content)
            yield (*content, prev_hash, hash_)
            prev_hash = hash_


def _content(event: NewEvent, stream: str, version: int) -> _Values:
    """The columns of `_CONTENT` after the position."""
    name = NAMES[type(event.data)]
    return (
        event_id(event.run, stream, version),
        stream,
        version,
        name,
        SCHEMA[name],
        event.occurred_at,
        event.observed_at,
        event.recorded_at,
        event.run,
        event.cause,
        encode(event.data),
    )


def _tampered(position: int, column: str, what: str) -> LogTampered:
    return LogTampered(
        f"position {position}, column {column}",
        what,
        "everything before this position can be trusted; restore a backup and compare",
    )

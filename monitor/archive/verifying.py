"""Proves that a log is what was appended to it, and that everything derived from it follows from it. Changes nothing.

All checks look at one moment: they read within one transaction, so that a writer beside them disturbs nothing.
"""

from __future__ import annotations

import hashlib
import re
import sqlite3
import time
import zlib
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

import msgspec

from monitor import projections
from monitor.archive import kept_texts
from monitor.archive.comparing import REBUILD, compare
from monitor.archive.diagnosing import decodes, faulty_column
from monitor.core.errors import LogError, LogTampered, UsageError
from monitor.database import RESTORE, SAID_BY_VERIFY, Database, explained, in_memory, refuse_unfinished
from monitor.eventlog import COLUMNS, GENESIS, EventLog, Head, as_far_as_read, chain_hash, how_far

Progress = Callable[[str, int, int], None]
_STEP = 1_000  # rows between two words of progress
_SHORTEST_ANCHOR = 16
_ROWS = f"SELECT {', '.join(COLUMNS)}, prev_hash, hash FROM events"  # noqa: S608 - literals
_TRUST = "everything before this position can be trusted; restore a backup and compare"


@dataclass(frozen=True, slots=True, kw_only=True)
class Check:
    """One thing that was checked: how many, what was found, in what time. `problem` is the first fault, or None.

    `facts` is what only this check tells: the head, how many texts were erased, where the anchor stands.
    """

    name: str
    count: int
    unit: str
    found: str
    elapsed_s: float
    facts: Mapping[str, int | str]
    problem: LogError | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class _Found:
    count: int
    text: str
    facts: Mapping[str, int | str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Scope:
    """What every check is given: the log, its head when verifying began, and whom to tell how far it is."""

    log: EventLog
    head: Head
    progress: Progress

    @property
    def conn(self) -> sqlite3.Connection:
        return self.log.database.conn

    def told(self, name: str, rows: Iterator[Any]) -> Iterator[Any]:
        """The rows, counted aloud."""
        for count, row in enumerate(rows, start=1):
            if count % _STEP == 0:
                self.progress(name, count, self.head.position)
            yield row


def verify(
    database: Database, *, anchor: str | None = None, progress: Progress = lambda _name, _done, _of: None
) -> Iterator[Check]:
    """Check everything, one thing after the other; a fault in one does not keep the next from being checked.

    `anchor` is a head from an old digest (64 hexadecimal digits, or at least the first 16). Of a file that ends before its
    last event, only the chain, the file and the anchor can be checked. Raises LogError for one without tables.
    """
    chosen = None if anchor is None else _readable_anchor(anchor)
    if not database.damage:
        _refuse_empty(database, chosen)
    with explained(database.path):
        database.conn.execute("BEGIN")
        try:
            log = EventLog(database)
            head = _head(log)
            scope = _Scope(log=log, head=head or Head(position=0, hash=GENESIS), progress=progress)
            for name, unit, check in _CHECKS:
                if head or name in _WITHOUT_HEAD:
                    yield _run(scope, name, unit, check)
            if chosen is not None:
                yield _run(scope, "anchor", "head", lambda scope: _anchor(scope, chosen))
        finally:
            database.conn.execute("ROLLBACK")


def _refuse_empty(database: Database, anchor: str | None) -> None:
    """A file that was cut to nothing is an empty one; only who holds an anchor knows better."""
    try:
        refuse_unfinished(database)
    except LogError as error:
        if anchor is None or GENESIS.startswith(anchor) or database.tables["events"].exists():
            raise
        raise _lost(anchor) from error


def _head(log: EventLog) -> Head | None:
    try:
        return log.head()
    except sqlite3.DatabaseError:
        return None  # the chain, which is read from its other end, tells how far it goes


def _run(scope: _Scope, name: str, unit: str, check: Callable[[_Scope], _Found]) -> Check:
    began = time.monotonic()
    problem: LogError | None = None
    found = _Found(count=0, text="")
    scope.progress(name, 0, scope.head.position)
    try:
        with explained(scope.log.database.path):
            found = check(scope)
    except LogError as error:
        problem = error
        if error.remedy in SAID_BY_VERIFY:
            problem = LogError(error.where, error.what, SAID_BY_VERIFY[error.remedy])
    except msgspec.MsgspecError:
        problem = _unreadable(scope)
    except (sqlite3.DatabaseError, UnicodeError) as error:
        problem = LogError(str(scope.log.database.path), f"cannot be read ({error})", RESTORE)
    return Check(
        name=name,
        count=found.count,
        unit=unit,
        found=found.text,
        facts=found.facts,
        elapsed_s=round(time.monotonic() - began, 3),
        problem=problem,
    )


def _file(scope: _Scope) -> _Found:
    """The tables and indexes, as SQLite itself sees them."""
    if scope.log.database.damage:
        raise scope.log.database.damage
    said = scope.conn.execute("PRAGMA integrity_check(1)").fetchone()[0]
    if said != "ok":
        raise LogError(
            str(scope.log.database.path), f"the file is damaged ({said})", "restore a backup and compare"
        )
    pages = scope.conn.execute("PRAGMA page_count").fetchone()[0]
    return _Found(count=pages, text="sound")


def _chain(scope: _Scope) -> _Found:
    """Positions without a gap, each row's hash over its content and the row before."""
    prev_hash, position = GENESIS, 0
    rows = scope.conn.cursor()
    rows.row_factory = None
    found = as_far_as_read(rows.execute(f"{_ROWS} ORDER BY position"), scope.log.database.path)
    for row in scope.told("chain", found):
        position += 1
        if row[0] != position:
            raise _tampered(f"position {position}, column position", f"is missing; the next one is {row[0]}")
        hash_ = chain_hash(prev_hash, row[:12])
        if row[12] != prev_hash or row[13] != hash_:
            raise _misfit(scope, row, prev_hash)
        prev_hash = hash_
    return _Found(
        count=position,
        text="no gap, chain unbroken",
        facts={"events": position, "head": prev_hash},
    )


def _misfit(scope: _Scope, row: tuple[Any, ...], before: str) -> LogError:
    if damage := scope.log.database.damage:  # what was cut off reads as zeros: nobody wrote them
        return LogError(damage.where, f"{damage.what}: {how_far(row[0] - 1)}", RESTORE)
    try:
        column = _faulty_column(scope, row, before)
    except sqlite3.DatabaseError:  # the rows beside it are damaged too
        return _tampered(f"position {row[0]}", "is not what was appended")
    return _tampered(f"position {row[0]}, column {column}", "is not what was appended")


def _faulty_column(scope: _Scope, row: tuple[Any, ...], before: str) -> str:
    named = dict(zip(COLUMNS, row, strict=False))
    following = scope.conn.execute(
        "SELECT prev_hash FROM events WHERE position = ?", (row[0] + 1,)
    ).fetchone()
    earlier = scope.conn.execute(
        "SELECT count(*) FROM events NOT INDEXED WHERE stream = ? AND position < ?",
        (named["stream"], row[0]),
    ).fetchone()[0]
    return faulty_column(row, before=before, version=earlier + 1, after=following[0] if following else None)


def _unreadable(scope: _Scope) -> LogTampered:
    """The first event whose payload cannot be read: asked for once one is known to be there."""
    rows = scope.conn.execute(f"{_ROWS} ORDER BY position")
    bad = next((row for row in rows if not decodes(tuple(row))), None)
    where = f"position {bad['position']}, column data" if bad else "events, column data"
    return _tampered(where, f"is no {bad['type'] if bad else 'payload'} that can be read")


def _streams(scope: _Scope) -> _Found:
    """Each stream's versions are 1, 2, 3 … in the order of the log."""
    sql = "SELECT stream, version, position FROM events ORDER BY stream, version"
    stream, version, position, streams = None, 0, 0, 0
    for row in scope.told("streams", scope.conn.execute(sql)):
        if row["stream"] != stream:
            stream, version, position, streams = row["stream"], 0, 0, streams + 1
        version += 1
        where = f"position {row['position']}, column version"
        if row["version"] != version:
            raise _tampered(where, f"is {row['version']} where {version} must stand")
        if row["position"] < position:
            raise _tampered(where, f"is {version}, yet version {version - 1} stands after it")
        position = row["position"]
    return _Found(count=streams, text="versions without a gap")


def _bodies(scope: _Scope) -> _Found:
    """Every full text fits its hash; every one that an event names is there, was erased on purpose, or is an old edition."""
    read = scope.log.read(until=scope.head.position, types=kept_texts.TYPES)
    texts = kept_texts.named_texts(scope.told("bodies", read))
    named, erased = texts.needed, texts.erased
    kept = set()
    for row in scope.conn.execute("SELECT sha256, size, data FROM bodies ORDER BY sha256"):
        kept.add(row["sha256"])
        if not _fits(row):
            where = f"position {named[row['sha256']]}" if row["sha256"] in named else "bodies"
            raise LogTampered(where, f"the text {row['sha256']} does not fit its hash", "restore a backup")
    lost = sorted((position, sha256) for sha256, position in named.items() if sha256 not in kept | erased)
    if lost:
        position, sha256 = lost[0]
        more = f" (and {len(lost) - 1} more)" if lost[1:] else ""
        raise LogTampered(
            f"position {position}", f"the text {sha256} that it names is missing{more}", "restore a backup"
        )
    gone, orphaned = len(erased - kept), len(kept - named.keys() - texts.superseded)
    notes = [f"{gone} erased" if gone else "", f"{orphaned} that no event names" if orphaned else ""]
    return _Found(
        count=len(kept),
        text=", ".join(["fit their hashes, none missing", *filter(None, notes)]),
        facts={"erased": gone, "orphaned": orphaned},
    )


def _fits(row: sqlite3.Row) -> bool:
    """The text is unpacked no further than to the size that the row states."""
    try:
        unpacking = zlib.decompressobj()
        raw = unpacking.decompress(row["data"], row["size"] + 1)
    except zlib.error:
        return False
    if not unpacking.eof or unpacking.unused_data:
        return False
    return len(raw) == int(row["size"]) and hashlib.sha256(raw).hexdigest() == str(row["sha256"])


def _readers(scope: _Scope) -> _Found:
    """No reader has read further than the log goes: else its end was cut off."""
    sql = "SELECT reader, position FROM checkpoints ORDER BY position DESC, reader"
    rows = scope.conn.execute(sql).fetchall()
    if rows and rows[0]["position"] > scope.head.position:
        raise _tampered(
            f"position {scope.head.position + 1}, column position",
            f"is missing: {rows[0]['reader']} has read up to {rows[0]['position']}",
        )
    return _Found(count=len(rows), text="none is beyond the head")


def _guards(scope: _Scope) -> _Found:
    """The triggers and indexes that keep the log append-only are those of a new log, and no others."""
    made = in_memory()
    try:
        ours, theirs = _attached(made.conn), _attached(scope.conn)
    finally:
        made.close()
    for name in sorted(ours.keys() | theirs.keys()):
        if ours.get(name) != theirs.get(name):
            what = (
                "is missing"
                if name not in theirs
                else "was changed"
                if name in ours
                else "does not belong there"
            )
            remedy = "whoever did that could change the log: compare with a backup; `monitor backup` keeps a copy as it is"
            raise LogTampered(f"table events, {name}", what, remedy)
    noted = {tuple(row) for row in scope.conn.execute("SELECT type, schema FROM event_types")}
    held = {tuple(row) for row in scope.conn.execute("SELECT DISTINCT type, schema FROM events")}
    if noted != held:
        raise LogTampered("table event_types", "is not what the log holds", "restore a backup and compare")
    return _Found(count=len(ours), text="in place, as in a new log")


def _attached(conn: sqlite3.Connection) -> dict[str, str]:
    sql = "SELECT type, name, sql FROM sqlite_schema WHERE tbl_name = 'events' AND sql IS NOT NULL"
    return {f"{row[0]} {row[1]}": row[2] for row in conn.execute(sql)}


def _views(scope: _Scope) -> _Found:
    """Each view is, row by row, what the log gives."""
    stored = {view: projections.checkpoint(scope.log.database, view) for view in projections.views()}
    until = {
        view: min(position, scope.head.position)
        for view, (version, position) in stored.items()
        if version == view.VERSION
    }
    unbuilt = [view.NAME for view, (version, _) in stored.items() if not version]
    if unbuilt and scope.head.position:
        raise LogError(f"view {unbuilt[0]}", "was never built, or its checkpoint was taken away", REBUILD)
    with projections.built_aside(
        scope.log, until, progress=lambda done: scope.progress("views", done, scope.head.position)
    ) as built:
        rows = sum(compare(scope.conn, built, view) for view in until)
    older = len(stored) - len(until)
    notes = f", {older} of another version are built at the next write" if older else ""
    return _Found(count=len(until), text=f"{rows:,} rows as the log gives them{notes}", facts={"rows": rows})


def _anchor(scope: _Scope, anchor: str) -> _Found:
    """The head that an old digest printed stands in the log."""
    if GENESIS.startswith(anchor):
        return _Found(count=1, text="the head of an empty log", facts={"position": 0})
    found = scope.conn.execute(
        "SELECT position, hash FROM events WHERE substr(hash, 1, ?) = ? ORDER BY position LIMIT 2",
        (len(anchor), anchor),
    ).fetchall()
    if not found:
        raise _lost(anchor)
    if found[1:]:
        raise UsageError(anchor, "fits more than one position", "give more of its digits")
    position = found[0]["position"]
    return _Found(count=1, text=f"stands at position {position}", facts={"position": position})


def _lost(anchor: str) -> LogTampered:
    return LogTampered(
        f"anchor {anchor}",
        "the log does not hold this head: what was known then was changed, or this is another log",
        "compare with a backup of the time of that digest",
    )


def _readable_anchor(text: str) -> str:
    anchor = re.sub(r"\s+at position [\d,]+$", "", text.strip().lower())  # as a digest prints it
    if not re.fullmatch(f"[0-9a-f]{{{_SHORTEST_ANCHOR},64}}", anchor):
        raise UsageError(
            "--anchor",
            f"{text!r} is no head of a log",
            f"copy it from a digest: 64 hexadecimal digits, or at least the first {_SHORTEST_ANCHOR}",
        )
    return anchor


def _tampered(where: str, what: str) -> LogTampered:
    return LogTampered(where, what, _TRUST)


_WITHOUT_HEAD = ("chain", "file")  # what can be checked of a log whose last event cannot be read
_CHECKS: tuple[tuple[str, str, Callable[[_Scope], _Found]], ...] = (
    ("chain", "events", _chain),
    ("streams", "streams", _streams),
    ("bodies", "texts", _bodies),
    ("readers", "checkpoints", _readers),
    ("guards", "guards", _guards),
    ("views", "views", _views),
    ("file", "pages", _file),
)

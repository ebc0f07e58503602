"""Takes data out: a table as JSON Lines or CSV, or the whole log as a copy. A file appears whole or not at all."""

from __future__ import annotations

import csv
import io
import os
import re
import secrets
import shutil
import sqlite3
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass
from itertools import chain
from pathlib import Path
from typing import IO, Any

import msgspec

from monitor import projections
from monitor.archive import gathering
from monitor.archive.gathering import Archive
from monitor.core.errors import LogError, MonitorError, UsageError
from monitor.database import Database, explained, open_reader
from monitor.eventlog import EventLog, Head

# The columns whose text is JSON, by table. A test holds it to what the tables hold, and docs/views.md to both.
JSON_COLUMNS: Mapping[str, tuple[str, ...]] = {
    "events": ("data",),
    "items": ("published", "titles", "subjects", "identifiers", "details"),
    "item_changes": ("fields",),
    "matches": ("evidence",),
    "links": ("evidence",),
    "bill_actions": ("when",),
}

# A spreadsheet takes a cell that begins so for a formula, also with the wide forms of Chinese and Japanese keyboards.
_FORMULA = re.compile("[=+\\-@\t\r\n＝＋－＠]")
_CONTROLS = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f]")
# What JSON may hold as it is, but a terminal obeys or a reader takes for the end of a line: DEL, C1, U+2028 to 202E
# and 2066 to 2069, as UTF-8. Escaped, the value is the same.
_UNSEEN = re.compile(rb"\x7f|\xc2[\x80-\x9f]|\xe2\x80[\xa8-\xae]|\xe2\x81[\xa6-\xa9]")

_PAGES_A_STEP = 4096
_ROWS_A_STEP = 1_000

Progress = Callable[[str, int, int], None]


@dataclass(frozen=True, slots=True, kw_only=True)
class Exported:
    """How many rows of which table were written, the moment that they show, and what a reader should know."""

    table: str
    rows: int
    head: Head
    notices: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Copy:
    """A copy of the log that was found good."""

    path: Path
    events: int
    head: str
    size_bytes: int


def tables() -> list[str]:
    """What can be exported: the events, and every table of every view."""
    return ["events", *sorted(table for view in projections.views() for table in view.TABLES)]


def known_table(name: str) -> str:
    """The name, if there is such a table. Raises UsageError."""
    if name not in tables():
        raise UsageError(name, "no such table", f"known: {', '.join(tables())}")
    return name


def archive_for(database: Database, table: str, *, as_of: str) -> Archive:
    """What an export of the table reads from: for the events the log alone, whatever the state of its views."""
    if table != "events":
        return gathering.open_archive(database, as_of=as_of)
    log = EventLog(database)
    return Archive(views=database, head=log.head_at(as_of) if as_of else log.head(), log=log, as_of=as_of)


def silent(_name: str, _done: int, _of: int) -> None:
    """Nobody is told how far it went."""


def export(
    archive: Archive, table: str, format_: str, out: IO[bytes], *, progress: Progress = silent
) -> Exported:
    """Write every row of a table, by its primary key, as it stands at the archive's head, as `jsonl` or `csv`.

    Memory stays flat.
    """
    columns, rows = _rows(archive, known_table(table))
    rows = _told(rows, table, _how_many(archive, table), progress)
    lines = _csv_lines(columns, rows) if format_ == "csv" else _json_lines(table, columns, rows)
    count = -1 if format_ == "csv" else 0  # the line of names is no row
    for line in lines:
        out.write(line)
        count += 1
    return Exported(table=table, rows=count, head=archive.head, notices=archive.notices)


def _rows(archive: Archive, table: str) -> tuple[list[str], Iterator[tuple[Any, ...]]]:
    conn = _where(archive, table)
    described = list(conn.execute(f"PRAGMA table_info({table})"))
    columns = [row["name"] for row in described]
    keys = [row["name"] for row in sorted(described, key=lambda row: row["pk"]) if row["pk"]]
    where = " WHERE position <= :head" if table == "events" else ""
    sql = f"SELECT {_quoted(columns)} FROM {table}{where} ORDER BY {_quoted(keys)}"  # noqa: S608 - names of our own tables
    cursor = conn.cursor()
    cursor.row_factory = None
    return columns, cursor.execute(sql, {"head": archive.head.position})


def _where(archive: Archive, table: str) -> sqlite3.Connection:
    return archive.log.database.conn if table == "events" else archive.views.conn


def _how_many(archive: Archive, table: str) -> int:
    if table == "events":
        return archive.head.position
    sql = f"SELECT count(*) FROM {table}"  # noqa: S608 - one of our own tables
    return int(_where(archive, table).execute(sql).fetchone()[0])


def _told(
    rows: Iterable[tuple[Any, ...]], table: str, of: int, progress: Progress
) -> Iterator[tuple[Any, ...]]:
    """The rows, counted aloud."""
    progress(table, 0, of)
    for count, row in enumerate(rows, start=1):
        if count % _ROWS_A_STEP == 0:
            progress(table, count, of)
        yield row


def _quoted(names: Iterable[str]) -> str:
    return ", ".join(f'"{name}"' for name in names)


def _json_lines(table: str, columns: Sequence[str], rows: Iterable[tuple[Any, ...]]) -> Iterator[bytes]:
    nested = JSON_COLUMNS.get(table, ())
    encode, decode = msgspec.json.Encoder().encode, msgspec.json.Decoder().decode
    for row in rows:
        named = dict(zip(columns, row, strict=True))
        try:
            named.update({name: decode(named[name]) for name in nested if named[name] is not None})
        except msgspec.DecodeError as error:
            raise LogError(
                f"{table}, the row of {row[0]}",
                f"a column of {', '.join(nested)} holds no JSON ({error})",
                "run `monitor verify`",
            ) from error
        yield _UNSEEN.sub(_escaped, encode(named)) + b"\n"


def _escaped(match: re.Match[bytes]) -> bytes:
    return b"\\u%04x" % ord(match[0].decode())


def _csv_lines(columns: Sequence[str], rows: Iterable[tuple[Any, ...]]) -> Iterator[bytes]:
    text = io.StringIO(newline="")
    writer = csv.writer(text)
    for row in chain([columns], rows):
        writer.writerow([_cell(value) for value in row])
        yield text.getvalue().encode()
        text.seek(0)
        text.truncate()


def _cell(value: Any) -> Any:
    """The value as a spreadsheet may have it: no controls but line breaks and tabs, nothing that it would compute."""
    if not isinstance(value, str):
        return value
    shown = _CONTROLS.sub("", value)
    return f"'{shown}" if _FORMULA.match(shown) else shown


def chosen_file(target: Path, own: Iterable[Path], *, force: bool) -> Path:
    """The file itself behind `target`. Raises UsageError for one of our own, for one that is there unless `force`."""
    file = target.resolve()
    if not file.parent.is_dir():
        raise UsageError(str(target), "there is no such folder", "make it first, or name another file")
    if file.exists() and not file.is_file():
        raise UsageError(str(target), "is no ordinary file", "name another file")
    if any(
        file == path.resolve() or (file.exists() and path.exists() and file.samefile(path)) for path in own
    ):
        raise UsageError(str(target), "is a file of the monitor itself", "name another file")
    if file.exists() and not force:
        raise UsageError(str(target), "is there already", "name another file, or add --force")
    return file


@contextmanager
def whole_file(target: Path) -> Iterator[Path]:
    """A new path beside `target` to write to. It takes the place of `target` if the block ends well, else it vanishes."""
    part = target.with_name(f".{target.name}.{secrets.token_hex(4)}.part")
    try:
        yield part
        _to_disk(part)
        part.replace(target)
        _to_disk(target.parent)
    except OSError as error:
        raise MonitorError(
            str(target), f"cannot be written ({error.strerror})", "make room, or name another file"
        ) from error
    finally:
        for ending in ("", "-journal", "-wal", "-shm"):
            part.with_name(part.name + ending).unlink(missing_ok=True)


def _to_disk(path: Path) -> None:
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def back_up(
    database: Database, target: Path, *, pages_a_step: int = _PAGES_A_STEP, progress: Progress = silent
) -> Copy:
    """Copy the whole database as it stands now, beside any writer, and verify the copy before it takes its name.

    One read transaction spans the copying, so that appends meanwhile neither show in it nor make it start again.
    """
    with whole_file(target) as part:
        with explained(target):
            database.conn.execute("BEGIN")
            head = EventLog(database).head()
            with closing(sqlite3.connect(part, isolation_level=None)) as copy:
                database.conn.backup(
                    copy,
                    pages=pages_a_step,
                    progress=lambda _status, left, of: progress("copying pages", of - left, of),
                )
                copy.execute("PRAGMA journal_mode = DELETE")  # one plain file, readable from any folder
            database.conn.execute("ROLLBACK")
        shutil.copymode(database.path, part)
        progress("verifying", 0, 0)
        events = _verified(part, head)
        size_bytes = part.stat().st_size
    return Copy(path=target, events=events, head=head.hash, size_bytes=size_bytes)


def _verified(path: Path, head: Head) -> int:
    copy = open_reader(path)
    try:
        with explained(path):
            (found,) = copy.conn.execute("PRAGMA quick_check(1)").fetchone()
            events = EventLog(copy).verify()
            if found != "ok" or EventLog(copy).head() != head:
                raise LogError(
                    str(path), f"the copy is not as the log ({found})", "check both disks; nothing was kept"
                )
    finally:
        copy.close()
    return events

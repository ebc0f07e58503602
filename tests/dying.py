"""The child side of the crash harness: a warm process that forks for each errand, and forks that die on purpose.

The product knows nothing of this. A fork watches its own connections to SQLite (a connection factory and SQLite's trace
hook) and kills itself with SIGKILL, is killed from outside, or dies by the kernel's limit of a file's size in the midst
of a write. What it had been told is stored it reports over a pipe at once.
"""

from __future__ import annotations

import json
import os
import resource
import select
import signal
import socket
import sqlite3
import sys
import time
import traceback
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

import msgspec
from moves import new_event, published

from monitor import app, cli, database, outputs, projections, sources
from monitor.core.errors import LogBusy, LogError
from monitor.eventlog import EventLog


@dataclass(frozen=True, slots=True, kw_only=True)
class Death:
    """How an errand ends early; nothing set: it does not.

    Killed: `before` the so-manieth statement; `after` the so-manieth COMMIT has returned, before that is acknowledged;
    `after_s` seconds, from outside; in a write that would pass byte `in_write` of a file (what lies below it lands);
    before the so-manieth `act` that others may see: a file opened, renamed or removed, a connection, a part of a message.
    Not killed, but refused: every page above `pages` (SQLITE_FULL), every write past byte `file_bytes` (EFBIG).
    """

    before: int = 0
    after: int = 0
    after_s: float = 0
    in_write: int = 0
    act: int = 0
    pages: int = 0
    file_bytes: int = 0


class _Watched(sqlite3.Connection):
    """A connection that counts its statements, tells of its commits, and dies when its time has come."""

    report = -1
    death = Death()
    statements = 0
    commits = 0
    acts = 0
    quiet = False

    def __init__(self, *arguments: Any, **named: Any) -> None:
        super().__init__(*arguments, **named)
        if _Watched.death.pages:
            super().execute(f"PRAGMA max_page_count = {_Watched.death.pages}")
        self.set_trace_callback(self._before)

    def execute(self, sql: str, /, *parameters: Any) -> sqlite3.Cursor:
        cursor = super().execute(sql, *parameters)
        if sql.strip(" ;").upper() == "COMMIT":
            self._committed()
        return cursor

    def commit(self) -> None:
        super().commit()
        self._committed()

    @staticmethod
    def _before(_statement: str) -> None:
        """SQLite calls this also for the statements inside triggers: those are boundaries too."""
        if _Watched.quiet:
            return
        _Watched.statements += 1
        if _Watched.statements == _Watched.death.before:
            os.kill(os.getpid(), signal.SIGKILL)

    def _committed(self) -> None:
        _Watched.commits += 1
        if _Watched.commits == _Watched.death.after:
            os.kill(os.getpid(), signal.SIGKILL)
        _Watched.quiet = True
        there = super().execute("SELECT 1 FROM sqlite_schema WHERE name = 'events'").fetchone()
        head = "SELECT position, hash FROM events ORDER BY position DESC LIMIT 1"
        if there and (row := super().execute(head).fetchone()):
            _tell(acknowledged=tuple(row))
        _Watched.quiet = False


def _watch(death: Death, report: int) -> None:
    """From here on, this process dies as it is told to."""
    _Watched.report, _Watched.death = report, death
    connect = sqlite3.connect

    def watched(path: Any, *arguments: Any, **named: Any) -> sqlite3.Connection:
        factory = sqlite3.Connection if path in {":memory:", ""} else _Watched
        return connect(path, *arguments, factory=factory, **named)

    sqlite3.connect = watched
    _watch_acts()
    if limit := death.in_write or death.file_bytes:
        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
        signal.signal(signal.SIGXFSZ, signal.SIG_DFL if death.in_write else signal.SIG_IGN)
        resource.setrlimit(resource.RLIMIT_FSIZE, (limit, limit))


_ACTS = frozenset({"open", "os.rename", "os.remove", "os.mkdir", "socket.connect"})


def _watch_acts() -> None:
    """Count what others may see of this process: Python tells of files and connections, and a socket's sends are its own."""
    sys.addaudithook(lambda event, _arguments: _act() if event in _ACTS else None)
    for name in ("send", "sendall"):
        setattr(socket.socket, name, _counted(getattr(socket.socket, name)))


def _counted(send: Callable[..., Any]) -> Callable[..., Any]:
    def counted(self: socket.socket, *arguments: Any) -> Any:
        _act()
        sent = send(self, *arguments)
        _act()
        return sent

    return counted


def _act() -> None:
    _Watched.acts += 1
    if _Watched.acts == _Watched.death.act:
        os.kill(os.getpid(), signal.SIGKILL)


def _tell(**told: Any) -> None:
    os.write(_Watched.report, json.dumps(told).encode() + b"\n")


# Errands


def _poll(folder: Path, *, at: str) -> int:
    moment = datetime.fromisoformat(at)
    app.poll(app.load_settings(folder / "config.toml"), everything=True, clock=lambda: moment)
    _tell(statements=_Watched.statements, commits=_Watched.commits)
    return 0


def _deliver(folder: Path, *, at: str, kinds: str) -> int:
    """Deliver what is due, also by the kinds of output that stand in a folder of the tests. The file `screen` is stdout."""
    if kinds not in outputs.__path__:
        outputs.__path__.append(kinds)
    os.dup2(os.open(folder / "screen", os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600), 1)
    moment = datetime.fromisoformat(at)
    app.deliver(app.load_settings(folder / "config.toml"), clock=lambda: moment)
    _tell(statements=_Watched.statements, commits=_Watched.commits, acts=_Watched.acts)
    return 0


def _rebuild(folder: Path, *, at: str, kinds: str) -> int:
    """Make the views anew, then deliver: what was told before is known as told."""
    outputs.__path__.append(kinds)
    app.rebuild(app.load_settings(folder / "config.toml"))
    return _deliver(folder, at=at, kinds=kinds)


def _command(folder: Path, *, arguments: Sequence[str], at: str) -> int:
    """The command line as a person uses it, at a given moment; what it prints is reported."""
    os.chdir(folder)
    (out, into), (err, into_err) = os.pipe(), os.pipe()
    os.dup2(into, 1)
    os.dup2(into_err, 2)
    sys.stdout, sys.stderr = os.fdopen(1, "w"), os.fdopen(2, "w")
    for function in (app.poll, app.digest):
        function.__kwdefaults__["clock"] = lambda: datetime.fromisoformat(at)
    sys.argv = ["monitor", *arguments]
    code: Any = 0
    try:
        cli.main()
    except SystemExit as stop:
        code = stop.code
    sys.stdout.flush()
    sys.stderr.flush()
    said = b"".join(os.read(pipe, 60_000) for pipe in (out, err) if select.select([pipe], [], [], 0)[0])
    _tell(said=said.decode(), statements=_Watched.statements, commits=_Watched.commits)
    return int(code or 0)


def _recover(folder: Path, *, at: str, acknowledged: Sequence[Sequence[Any]]) -> int:
    """Examine what was left, poll undisturbed, examine again, and tell the end state."""
    settings = app.load_settings(folder / "config.toml")
    problems = [f"left behind: {problem}" for problem in _problems(settings.log_path, acknowledged)]
    moment = datetime.fromisoformat(at)
    app.poll(settings, everything=True, clock=lambda: moment)
    problems += [f"in the end: {problem}" for problem in _problems(settings.log_path, acknowledged)]
    _tell(problems=problems)
    _tell(state=end_state(settings.log_path))
    return 0


def _append(folder: Path, *, name: str, sizes: Sequence[int]) -> int:
    """Append batches to one stream, letting go of the log after each; tell how often another process had it."""
    version = refused = 0
    for size in sizes:
        while True:
            try:
                db = database.open_writer(folder / "monitor.db")
                break
            except LogBusy:
                refused += 1
                time.sleep(0.0005)
        events = [new_event(published(name, f"Number {version + n}"), run=name) for n in range(size)]
        outcome = EventLog(db).append(f"item:{name}", version, events)
        assert (outcome.kind, outcome.last - outcome.first + 1) == ("appended", size)
        version += size
        db.close()
    _tell(statements=refused)
    return 0


def _problems(path: Path, acknowledged: Sequence[Sequence[Any]]) -> Iterator[str]:
    """What of the promises does not hold in a log as it lies there."""
    try:
        db = database.open_reader(path)
    except LogError as error:
        if acknowledged:
            yield f"{len(acknowledged)} acknowledged transactions, but {error}"
        return
    log = EventLog(db)
    if (count := log.verify()) != log.head().position:
        yield f"{count} events, but the head is {log.head().position}"
    stored = dict(map(tuple, db.conn.execute("SELECT position, hash FROM events")))
    for position, head in acknowledged:
        if stored.get(position) != head:
            yield f"position {position} was acknowledged and is lost"
    if db.conn.execute("SELECT 1 FROM checkpoints WHERE reader LIKE 'view:%'").fetchone():
        yield from _view_problems(db, log)
    yield from _repeated_matches(log)
    db.close()


def _view_problems(db: database.Database, log: EventLog) -> Iterator[str]:
    if not projections.are_current(db, log):
        yield "the views are behind the log"
    rebuilt = database.in_memory()
    projections.catch_up(rebuilt, log)
    stored_rows, rows = _views(db, whole=True), _views(rebuilt, whole=True)
    yield from (f"view {name} differs from a rebuild" for name in rows if rows[name] != stored_rows[name])
    sql = "SELECT key FROM items WHERE body_sha256 <> '' AND body_sha256 NOT IN (SELECT sha256 FROM bodies)"
    yield from (f"the body of {row['key']} is missing" for row in db.conn.execute(sql))


def _repeated_matches(log: EventLog) -> Iterator[str]:
    """A stream of matches goes matched, withdrawn, matched …: never twice the same."""
    last: dict[str, str] = {}
    for event in log.read(stream="match:*"):
        if last.get(event.stream) == event.type:
            yield f"{event.stream}: {event.type} twice"
        last[event.stream] = event.type


# Columns of views that may differ between two histories of the same facts, by how their names end.
_MOMENTS = ("position", "since", "_at", "run")


def _views(db: database.Database, *, whole: bool) -> dict[str, list[list[Any]]]:
    """Every view's rows, sorted; all columns, or those that do not depend on when something was recorded."""
    rows: dict[str, list[list[Any]]] = {}
    for view in projections.views():
        for table in view.TABLES:
            named = [dict(row) for row in db.conn.execute(f"SELECT * FROM {table}")]
            kept = [[v for k, v in row.items() if whole or not k.endswith(_MOMENTS)] for row in named]
            rows[table] = sorted(kept, key=repr)
    return rows


def end_state(path: Path) -> dict[str, Any]:
    """All that two histories of the same facts have in common: each stream's events, the views, what is remembered."""
    db = database.open_reader(path)
    streams: dict[str, list[Any]] = {}
    for event in EventLog(db).read():
        streams.setdefault(event.stream, []).append([event.type, msgspec.to_builtins(event.data)])
    found = {
        "streams": streams,
        "views": _views(db, whole=False),
        "pages": {
            f"{row['source']} {row['url']}": dict(row) for row in db.conn.execute("SELECT * FROM pages")
        },
        "statements": [[*row] for row in db.conn.execute("SELECT * FROM statements ORDER BY source, key")],
        "bodies": [[*row] for row in db.conn.execute("SELECT sha256, size FROM bodies ORDER BY sha256")],
        "layout": db.conn.execute("PRAGMA user_version").fetchone()[0],
    }
    db.close()
    return found


_ERRANDS = {
    "poll": _poll,
    "deliver": _deliver,
    "rebuild": _rebuild,
    "command": _command,
    "recover": _recover,
    "append": _append,
}


def serve() -> None:
    """The warm process: an errand a line on stdin, what became of it a line on stdout."""
    for name in sources.kind_names():
        sources.kind(name)
    for name in outputs.kind_names():
        outputs.kind(name)
    projections.views()
    for line in sys.stdin:
        sys.stdout.write(json.dumps(_send(json.loads(line))) + "\n")
        sys.stdout.flush()


def _send(errand: dict[str, Any]) -> dict[str, Any]:
    """Run an errand in a fork, and wait for its end."""
    death = Death(**errand.pop("death"))
    reading, writing = os.pipe()
    began = time.monotonic()
    pid = os.fork()
    if not pid:
        os.close(reading)
        _perform(errand, death, writing)
    os.close(writing)
    if death.after_s:
        time.sleep(death.after_s)
        os.kill(pid, signal.SIGKILL)
    with os.fdopen(reading, encoding="utf-8") as told:
        lines = [json.loads(each) for each in told]
    _, status = os.waitpid(pid, 0)
    return {"status": status, "seconds": time.monotonic() - began, "told": lines}


def _perform(errand: dict[str, Any], death: Death, report: int) -> None:
    code = 70
    try:
        _watch(death, report)
        code = _ERRANDS[errand.pop("do")](Path(errand.pop("folder")), **errand)
    except Exception as error:  # noqa: BLE001 - whatever it was, the test hears of it
        where = traceback.format_tb(error.__traceback__)[-3:]
        _tell(problems=[f"{type(error).__name__}: {error}", *where])
    finally:
        os._exit(code)


if __name__ == "__main__":
    serve()

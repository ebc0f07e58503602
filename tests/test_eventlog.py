"""The promises of the log, each met on purpose."""

from __future__ import annotations

import os
import signal
import sqlite3
import subprocess
import sys
import textwrap
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from moves import new_event, published

from monitor import database
from monitor.core.errors import LogBusy, LogConflict, LogError, LogTampered, LogTooNew
from monitor.core.events import SourceFailed
from monitor.database import SCHEMA_VERSION, Database, in_memory
from monitor.eventlog import GENESIS, EventLog, chain_hash


@pytest.fixture
def log(tmp_path: Path) -> Iterator[EventLog]:
    db = database.open_writer(tmp_path / "monitor.db")
    yield EventLog(db)
    db.close()


def three(log: EventLog) -> None:
    log.append("item:a", 0, [new_event(published("a")), new_event(published("a", "Again"))])
    log.append("item:b", 0, [new_event(published("b"))])


def test_positions_run_from_one_without_gaps(log: EventLog) -> None:
    three(log)
    assert [event.position for event in log.read()] == [1, 2, 3]
    assert [event.version for event in log.read()] == [1, 2, 1]


def test_an_append_answers_where_it_stands(log: EventLog) -> None:
    outcome = log.append("item:a", 0, [new_event(published("a")), new_event(published("a", "Again"))])
    assert (outcome.kind, outcome.first, outcome.last) == ("appended", 1, 2)


def test_a_retry_is_already_there_at_the_same_position(log: EventLog) -> None:
    events = [new_event(published("a")), new_event(published("a", "Again"))]
    log.append("item:a", 0, events)
    log.append("item:b", 0, [new_event(published("b"))])
    outcome = log.append("item:a", 0, events)
    assert (outcome.kind, outcome.first, outcome.last) == ("already there", 1, 2)
    assert log.head().position == 3


@pytest.mark.parametrize(
    "retry",
    [
        [new_event(published("a")), new_event(published("a", "Other words"))],
        [new_event(published("a")), new_event(published("a", "Again")), new_event(published("a", "More"))],
        [new_event(published("a"), run="another run"), new_event(published("a", "Again"), run="another run")],
        [new_event(published("a"), at="2025-06-03T00:00:00Z"), new_event(published("a", "Again"))],
    ],
    ids=["other words", "longer", "another run", "another time"],
)
def test_a_retry_that_differs_anywhere_is_an_error_and_stores_nothing(log: EventLog, retry: list) -> None:
    log.append("item:a", 0, [new_event(published("a")), new_event(published("a", "Again"))])
    with pytest.raises(LogConflict, match="item:a: holds 2 events where 0 were expected"):
        log.append("item:a", 0, retry)
    assert log.head().position == 2


def test_an_append_ahead_of_its_stream_is_a_conflict(log: EventLog) -> None:
    with pytest.raises(LogConflict):
        log.append("item:a", 3, [new_event(published("a"))])


def test_a_transaction_that_fails_leaves_nothing_of_itself(log: EventLog) -> None:
    with pytest.raises(RuntimeError), log.database.write():
        log.append("item:a", 0, [new_event(published("a"))])
        raise RuntimeError
    assert log.head().position == 0
    three(log)
    assert [event.position for event in log.read()] == [1, 2, 3]


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE events SET data = '{}' WHERE position = 1",
        "DELETE FROM events WHERE position = 3",
        "DELETE FROM events",
        "REPLACE INTO events SELECT * FROM events WHERE position = 1",
        (
            "INSERT OR REPLACE INTO events SELECT 99, id, stream, version, type, schema, occurred_at, observed_at,"
            " recorded_at, run, cause, data, prev_hash, hash FROM events WHERE position = 1"
        ),
        (
            "INSERT OR REPLACE INTO events SELECT 99, 'x', stream, version, type, schema, occurred_at, observed_at,"
            " recorded_at, run, cause, data, prev_hash, hash FROM events WHERE position = 1"
        ),
        (
            "INSERT INTO events SELECT * FROM events WHERE position = 1"
            " ON CONFLICT (position) DO UPDATE SET data = '{}'"
        ),
        "INSERT OR IGNORE INTO events SELECT * FROM events WHERE position = 1",
    ],
)
def test_the_table_refuses_every_change_of_what_it_holds(log: EventLog, statement: str) -> None:
    three(log)
    before = [tuple(row) for row in log.database.conn.execute("SELECT * FROM events")]
    with pytest.raises(sqlite3.IntegrityError, match="append-only"):
        log.database.conn.execute(statement)
    assert [tuple(row) for row in log.database.conn.execute("SELECT * FROM events")] == before


COLUMNS = (
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
)


@pytest.mark.parametrize("column", [*COLUMNS, "data", "prev_hash", "hash"])
def test_verify_names_the_first_position_that_was_changed(log: EventLog, column: str) -> None:
    three(log)
    value = {"version": 7, "schema": 7, "cause": 1, "prev_hash": "f" * 64, "hash": "f" * 64}.get(
        column, "changed"
    )
    _unguarded(log.database, f"UPDATE events SET {column} = ? WHERE position = 2", value)
    with pytest.raises(LogTampered, match="position 2"):
        log.verify()


def test_verify_notices_a_row_that_was_taken_out(log: EventLog) -> None:
    three(log)
    _unguarded(log.database, "DELETE FROM events WHERE position = ?", 2)
    with pytest.raises(LogTampered, match="position 2, column position: is missing; the next one is 3"):
        log.verify()


def test_verify_counts_what_it_found_good(log: EventLog) -> None:
    three(log)
    assert log.verify() == 3


def _unguarded(db: Database, statement: str, value: object) -> None:
    """What an administrator with the sqlite3 shell could do."""
    for trigger in ("update", "delete", "replace"):
        db.conn.execute(f"DROP TRIGGER events_refuse_{trigger}")
    db.conn.execute(statement, (value,))


text = st.one_of(st.none(), st.text(), st.integers())


@given(st.lists(text, max_size=6), st.lists(text, max_size=6))
def test_different_rows_have_different_hashes(one: list, other: list) -> None:
    alike = [None if v is None else str(v) for v in one] == [None if v is None else str(v) for v in other]
    assert (chain_hash(GENESIS, one) == chain_hash(GENESIS, other)) == alike


def test_a_stream_is_read_alone_or_by_how_it_begins(log: EventLog) -> None:
    three(log)
    log.append("source:x", 0, [new_event(SourceFailed(source="x", failure="http", detail="500"))])
    assert [event.position for event in log.read(stream="item:a")] == [1, 2]
    assert [event.position for event in log.read(stream="item:*")] == [1, 2, 3]
    assert [event.position for event in log.read(types=["SourceFailed"])] == [4]
    assert [event.position for event in log.read(1, until=3, limit=1)] == [2]


def test_an_event_of_an_unknown_type_is_read_without_its_content(log: EventLog) -> None:
    three(log)
    log.database.conn.execute(
        "INSERT INTO events SELECT 4, 'x', 'item:z', 1, 'ItemSung', 1, NULL, NULL, recorded_at, run, NULL, '{}', '', ''"
        " FROM events WHERE position = 3"
    )
    (event,) = log.read(3)
    assert (event.type, event.data) == ("ItemSung", None)


def test_a_second_writer_is_told_who_holds_the_log(log: EventLog) -> None:
    with pytest.raises(LogBusy, match=rf"another monitor \(process {os.getpid()}\) is writing to this log"):
        database.open_writer(log.database.path)


def test_readers_see_the_log_beside_a_writer_and_cannot_write(log: EventLog) -> None:
    three(log)
    reader = database.open_reader(log.database.path)
    assert EventLog(reader).head().position == 3
    with pytest.raises(LogError, match="cannot be written"), reader.write():
        reader.conn.execute("DELETE FROM checkpoints")
    reader.close()


def test_a_log_of_a_newer_version_is_left_alone(tmp_path: Path) -> None:
    path = tmp_path / "monitor.db"
    db = database.open_writer(path)
    db.conn.execute(f"PRAGMA user_version = {SCHEMA_VERSION + 1}")
    db.close()
    for open_ in (database.open_writer, database.open_reader):
        with pytest.raises(LogTooNew, match="newer version of the monitor"):
            open_(path)


def test_a_file_that_is_no_log_is_named(tmp_path: Path) -> None:
    path = tmp_path / "monitor.db"
    path.write_text("this is a shopping list, and a long one at that: " * 50)
    with pytest.raises(LogError, match="this file is not a monitor log"):
        database.open_writer(path)


def test_an_empty_file_becomes_a_log_and_reads_as_none(tmp_path: Path) -> None:
    path = tmp_path / "monitor.db"
    path.touch()
    with pytest.raises(LogError, match="the log is empty"):
        database.open_reader(path)
    database.open_writer(path).close()
    database.open_reader(path).close()


def test_a_missing_log_says_what_to_run(tmp_path: Path) -> None:
    with pytest.raises(LogError, match="there is no log yet; run `monitor poll` first"):
        database.open_reader(tmp_path / "monitor.db")


def test_commits_wait_for_the_disk(log: EventLog) -> None:
    assert log.database.conn.execute("PRAGMA synchronous").fetchone()[0] == 2
    assert log.database.conn.execute("PRAGMA journal_mode").fetchone()[0] == "wal"


def test_what_a_killed_process_was_told_is_stored_is_stored(tmp_path: Path) -> None:
    """A child appends pairs and prints each acknowledged position; it is killed in the midst of that."""
    program = textwrap.dedent("""
        import sys
        from pathlib import Path
        from moves import new_event, published
        from monitor import database
        from monitor.eventlog import EventLog
        log = EventLog(database.open_writer(Path(sys.argv[1])))
        for n in range(100_000):
            outcome = log.append(f"item:{n}", 0, [new_event(published("a")), new_event(published("b"))])
            print(outcome.last, flush=True)
    """)
    path = tmp_path / "monitor.db"
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join([str(Path(__file__).parent), *sys.path])}
    child = subprocess.Popen(
        [sys.executable, "-c", program, str(path)], stdout=subprocess.PIPE, text=True, env=environment
    )
    assert child.stdout is not None
    acknowledged = [int(child.stdout.readline()) for _ in range(25)]
    child.send_signal(signal.SIGKILL)
    acknowledged += [int(line) for line in child.stdout.read().splitlines() if line]
    child.wait()
    child.stdout.close()
    log = EventLog(database.open_writer(path))
    assert log.head().position >= acknowledged[-1]
    assert log.head().position % 2 == 0
    assert log.verify() == log.head().position
    log.database.close()


def test_the_log_works_the_same_in_memory() -> None:
    log = EventLog(in_memory())
    three(log)
    assert log.verify() == 3

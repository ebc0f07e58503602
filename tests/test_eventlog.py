"""The promises of the log, each met on purpose."""

from __future__ import annotations

import hashlib
import os
import signal
import sqlite3
import subprocess
import sys
import textwrap
from collections.abc import Iterator
from contextlib import closing, nullcontext
from pathlib import Path

import pytest
import sqlite_utils
from hypothesis import given
from hypothesis import strategies as st
from moves import new_event, published

from monitor import database
from monitor.core.envelopes import SCHEMA
from monitor.core.errors import LogBusy, LogConflict, LogError, LogTampered, LogTooNew
from monitor.core.events import SourceFailed
from monitor.database import Database, in_memory
from monitor.eventlog import GENESIS, EventLog, Outcome, chain_hash
from monitor.migrations import APPLICATION_ID, MIGRATIONS, SCHEMA_VERSION


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


def test_an_append_to_many_streams_is_one_append(log: EventLog) -> None:
    appends = [("item:a", 0, [new_event(published("a"))]), ("item:b", 0, [new_event(published("b"))])]
    assert log.append_all(appends) == Outcome(kind="appended", first=1, last=2)
    again = [("item:a", 1, [new_event(published("a", "Again"))]), ("item:b", 1, [])]
    assert log.append_all(again).last == 3
    assert log.append_all(appends) == Outcome(kind="already there", first=1, last=2)
    assert log.append_all([]) == Outcome(kind="already there", first=3, last=3)
    assert log.verify() == 3


@pytest.mark.parametrize("inside", [False, True], ids=["alone", "inside a transaction"])
def test_of_an_append_to_many_streams_that_is_refused_nothing_stays(log: EventLog, *, inside: bool) -> None:
    three(log)
    appends = [("item:c", 0, [new_event(published("c"))]), ("item:b", 0, [new_event(published("b"))])]
    with log.database.write() if inside else nullcontext():
        with pytest.raises(LogConflict, match="item:b"):
            log.append_all(appends)
        with pytest.raises(LogConflict, match="item:c: holds 0 events where 0 were expected"):
            log.append_all(appends[::-1])
        assert log.head().position == 3
        if inside:
            log.append("item:c", 0, [new_event(published("c"))])
    assert log.verify() == log.head().position == (4 if inside else 3)


@pytest.mark.parametrize(("position", "version"), [(5, 2), (4, 3), (4, 0), ("NULL", 2)])
@pytest.mark.parametrize("verb", ["INSERT", "INSERT OR REPLACE", "INSERT OR IGNORE"])
def test_the_table_takes_only_the_next_position_and_version(
    log: EventLog, verb: str, position: object, version: int
) -> None:
    """Also from another program, whose connection has SQLite's own defaults."""
    three(log)
    foreign = sqlite3.connect(log.database.path)
    with pytest.raises(sqlite3.IntegrityError, match="append-only"):
        foreign.execute(
            f"{verb} INTO events SELECT {position}, 'x', 'item:b', {version}, type, schema, NULL, NULL, recorded_at,"
            " run, NULL, data, prev_hash, hash FROM events WHERE position = 3"
        )
    foreign.close()
    assert log.verify() == 3


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


cell = st.one_of(st.none(), st.text(max_size=3), st.integers(-(2**63), 2**63 - 1))


@given(st.lists(cell, max_size=6), st.lists(cell, max_size=6))
def test_different_rows_have_different_hashes(one: list, other: list) -> None:
    assert (chain_hash(GENESIS, one) == chain_hash(GENESIS, other)) == (one == other)


def test_a_hash_can_be_made_again_without_this_program() -> None:
    """The head that a digest printed years ago must be checkable then: the bytes below are the format."""
    packed = b"\x94\xad" + b"monitor log 1" + b"\xd9\x40" + b"0" * 64 + b"\x01" + b"\xc0"
    assert chain_hash(GENESIS, [1, None]) == hashlib.sha256(packed).hexdigest()


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


def _sing(log: EventLog, type_: str = "ItemSung", schema: int = 1) -> None:
    """Append what a newer version might."""
    log.database.conn.execute(
        f"INSERT INTO events SELECT position + 1, 'x', 'item:z', 1, '{type_}', {schema}, NULL, NULL, recorded_at, run,"
        " NULL, '{}', '', '' FROM events ORDER BY position DESC LIMIT 1"
    )


@pytest.mark.parametrize(
    ("type_", "schema"), [("ItemSung", 1), ("ItemPublished", SCHEMA["ItemPublished"] + 1)]
)
def test_a_writer_leaves_a_log_with_events_from_the_future_alone(
    log: EventLog, type_: str, schema: int
) -> None:
    three(log)
    _sing(log, type_, schema)
    log.database.close()
    before = log.database.path.read_bytes()
    with pytest.raises(LogTooNew, match=rf"does not know \({type_} {schema}\); update the monitor"):
        database.open_writer(log.database.path)
    assert log.database.path.read_bytes() == before
    reader = EventLog(database.open_reader(log.database.path))
    assert reader.unknown_types() == [(type_, schema)]
    assert [event.data is None for event in reader.read()] == [False, False, False, True]
    reader.database.close()


def test_a_type_is_noted_with_its_first_event_and_not_with_one_that_was_rolled_back(log: EventLog) -> None:
    three(log)
    with pytest.raises(RuntimeError), log.database.write():
        _sing(log)
        raise RuntimeError
    assert log.unknown_types() == []
    noted = [tuple(row) for row in log.database.conn.execute("SELECT * FROM event_types")]
    assert noted == [("ItemPublished", SCHEMA["ItemPublished"])]


def test_the_head_at_a_moment_is_the_last_event_recorded_by_then(log: EventLog) -> None:
    for n, at in enumerate(["2025-06-02T00:00:00Z", "2025-06-04T00:00:00Z", "2025-06-03T00:00:00Z"]):
        log.append("item:a", n, [new_event(published("a"), at=at)])
    moments = ["2025-06-01", "2025-06-02T00:00:00Z", "2025-06-03T12:00:00Z", "2025-06-05"]
    assert [log.head_at(moment).position for moment in moments] == [0, 1, 3, 3]


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


FOREIGN = (
    "CREATE TABLE t (x)",
    "CREATE TABLE events (id INTEGER, title TEXT)",
    "CREATE VIEW v AS SELECT 1",
    "PRAGMA user_version = 99",
    "PRAGMA application_id = 7",
)


@pytest.mark.parametrize("statement", FOREIGN)
def test_a_database_of_another_program_is_neither_read_nor_changed(tmp_path: Path, statement: str) -> None:
    path = tmp_path / "monitor.db"
    with closing(sqlite3.connect(path, isolation_level=None)) as conn:
        conn.execute(statement)
    before = path.read_bytes()
    for open_ in (database.open_writer, database.open_reader, database.open_to_verify):
        with pytest.raises(LogError, match=r"this file is not a monitor log .*; name another file"):
            open_(path)
    assert path.read_bytes() == before
    assert not path.with_name("monitor.db-wal").exists()


def test_a_log_bears_a_mark_and_one_of_an_older_version_gets_it(log: EventLog) -> None:
    three(log)
    path = log.database.path
    log.database.conn.execute("PRAGMA application_id = 0")
    log.database.close()
    with closing(database.open_reader(path)) as reader:
        assert EventLog(reader).head().position == 3
    with closing(database.open_writer(path)) as writer:
        assert writer.conn.execute("PRAGMA application_id").fetchone()[0] == APPLICATION_ID


@pytest.mark.parametrize("lost", ["DROP TABLE _sqlite_migrations", "DELETE FROM _sqlite_migrations"])
def test_a_log_without_a_mark_is_known_by_its_events_alone(log: EventLog, lost: str) -> None:
    log.database.conn.execute("PRAGMA application_id = 0")
    log.database.conn.execute(lost)
    log.database.close()
    with pytest.raises(LogError, match="the log is empty or unfinished"):
        database.open_reader(log.database.path)


def test_a_first_poll_of_an_older_version_that_was_killed_early_is_taken_up(tmp_path: Path) -> None:
    path = tmp_path / "monitor.db"
    with closing(sqlite3.connect(path)) as conn:
        MIGRATIONS.ensure_migrations_table(sqlite_utils.Database(conn))
    database.open_writer(path).close()
    with closing(database.open_reader(path)) as reader:
        assert EventLog(reader).verify() == 0


def test_a_folder_in_place_of_a_log_is_said_to_be_one(tmp_path: Path) -> None:
    path = tmp_path / "monitor.db"
    path.mkdir()
    for open_ in (database.open_writer, database.open_reader, database.open_to_verify):
        with pytest.raises(LogError, match=r"monitor\.db: is a folder; name a file in it"):
            open_(path)
    assert list(tmp_path.iterdir()) == [path]


def test_verify_names_the_last_position_that_could_be_read(log: EventLog) -> None:
    three(log)
    _unguarded(log.database, "UPDATE events SET data = CAST(? AS TEXT) WHERE position = 3", b"\xff")
    with pytest.raises(
        LogError, match="position 3 cannot be read, the last good position is 2; restore a backup"
    ):
        log.verify()


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

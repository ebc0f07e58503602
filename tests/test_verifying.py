"""What `monitor verify` must notice, done to a log on purpose; rebuilding beside the old views; erasing a text."""

from __future__ import annotations

import hashlib
import os
import re
import signal
import sqlite3
import subprocess
import sys
import textwrap
import zlib
from collections.abc import Callable, Iterator
from contextlib import closing, suppress
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from moves import HandClock, bill, open_run, published
from test_commands import Folder
from webserver import Reply, WebServer

from monitor import app, database, projections
from monitor.archive import erasing, verifying
from monitor.archive.gathering import open_archive
from monitor.archive.verifying import Check
from monitor.core.errors import LogError, LogTampered, UsageError
from monitor.core.events import (
    ActionRecorded,
    ItemPublished,
    ItemRevised,
    MonitorStarted,
    SourceFailed,
    WatchlistRevised,
)
from monitor.core.evidence import FieldChange
from monitor.database import Database
from monitor.eventlog import COLUMNS, GENESIS, chain_hash
from monitor.pipeline.run import Run

TEXT = "The Next G Alliance met. " * 40
LATER = "The Next G Alliance met again. " * 40
EVENTS = 12
VIEWS = len(projections.views())


def sha(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()


def keep(run: Run, text: str) -> str:
    raw = text.encode()
    run.database.conn.execute(
        "INSERT INTO bodies (sha256, size, data) VALUES (?, ?, ?)", (sha(text), len(raw), zlib.compress(raw))
    )
    return sha(text)


def fill(run: Run) -> None:
    """Twelve events of six streams, two texts, views up to date."""
    with run.database.write():
        run.append("monitor", MonitorStarted(versions={"monitor": "0"}))
        run.append("source:x", SourceFailed(source="x", failure="http", detail="500"))
        run.append("watchlist:w", WatchlistRevised(watchlist="w", toml="title = 'W'", sha256="0"))
        body = keep(run, TEXT)
        named = ItemPublished(
            key="a", source="x", origin="live", kind="news", title="One", body_sha256=body,
            published=bill().published,
        )  # fmt: skip
        run.append("item:a", named, observed_at="2025-06-01T23:59:00Z", cause=2)
        change = FieldChange(field="body", old=body, new=keep(run, LATER))
        revised = ItemRevised(
            key="a", source="x", origin="live", revision=2, changes=[change], significance="substantive"
        )
        run.append("item:a", revised, observed_at="2025-06-01T23:59:30Z")
        for n in range(6):
            step = ActionRecorded(key="a", source="x", origin="live", action=f"s{n}", text=f"Step {n}")
            run.append("item:a", step)
        run.append("item:b", published("b"))
        projections.catch_up(run.database, run.log)


@pytest.fixture
def run(tmp_path: Path) -> Iterator[Run]:
    run = open_run(tmp_path / "monitor.db")
    fill(run)
    yield run
    run.database.close()


def unguard(conn: sqlite3.Connection) -> None:
    """What an administrator with the sqlite3 shell could do."""
    for (name,) in conn.execute("SELECT name FROM sqlite_schema WHERE type = 'trigger'").fetchall():
        conn.execute(f"DROP TRIGGER {name}")


def alter(run: Run, statement: str, *values: object) -> None:
    unguard(run.database.conn)
    run.database.conn.execute(statement, values)


def checks(run: Run, anchor: str | None = None) -> dict[str, Check]:
    with closing(database.open_reader(run.database.path)) as reader:
        return {check.name: check for check in verifying.verify(reader, anchor=anchor)}


def problems(run: Run, anchor: str | None = None) -> dict[str, str]:
    """What is wrong, by check. Tampering takes the guards away, which is told too, and tested by itself."""
    found = {name: str(check.problem) for name, check in checks(run, anchor).items() if check.problem}
    return {name: problem for name, problem in found.items() if name != "guards"}


def test_a_log_in_order_passes_every_check(run: Run) -> None:
    found = checks(run)
    assert [check.problem for check in found.values()] == [None] * len(found)
    assert {name: check.count for name, check in found.items() if name not in {"file", "guards"}} == {
        "chain": EVENTS,
        "streams": 5,
        "bodies": 2,
        "readers": VIEWS,
        "views": VIEWS,
    }
    assert found["chain"].facts["head"] == run.log.head().hash


@pytest.mark.parametrize(
    ("statement", "problem"),
    [
        ("DROP TRIGGER events_refuse_update", "table events, trigger events_refuse_update: is missing"),
        ("DROP INDEX events_by_recorded_at", "table events, index events_by_recorded_at: is missing"),
        (
            "CREATE TRIGGER evil AFTER INSERT ON events BEGIN DELETE FROM bodies; END",
            "table events, trigger evil: does not belong there",
        ),
        ("DELETE FROM event_types", "table event_types: is not what the log holds"),
        ("INSERT INTO event_types VALUES ('Foo', 9)", "table event_types: is not what the log holds"),
    ],
)
def test_a_guard_that_is_gone_or_new_is_named(run: Run, statement: str, problem: str) -> None:
    run.database.conn.execute(statement)
    assert str(checks(run)["guards"].problem).startswith(problem)


def test_an_anchor_may_be_copied_with_its_position_and_may_not_be_empty(run: Run) -> None:
    head = run.log.head()
    assert not problems(run, f"{head.hash} at position {head.position}")
    for empty in ("", "  "):
        with pytest.raises(UsageError, match="is no head of a log"):
            checks(run, empty)


def test_a_text_that_cannot_be_unpacked_or_hides_something_does_not_fit(run: Run) -> None:
    for change in ("substr(data, 1, length(data) - 4)", "CAST(data || 'hidden' AS BLOB)"):
        run.database.conn.execute(f"UPDATE bodies SET data = {change}")
        assert "does not fit" in problems(run)["bodies"]


def test_views_that_were_never_built_are_no_views_that_fit(run: Run) -> None:
    run.database.conn.execute("DELETE FROM checkpoints")
    assert "was never built, or its checkpoint was taken away" in problems(run)["views"]


def test_an_empty_log_passes_every_check(tmp_path: Path) -> None:
    run = open_run(tmp_path / "monitor.db")
    assert not problems(run)
    run.database.close()


CHANGED = {
    "id": ("f" * 32, "id"),
    "stream": ("item:z", "content (one of stream, run)"),
    "version": (99, "version"),
    "type": ("ItemWithdrawn", "type"),
    "schema": (7, "schema"),
    "occurred_at": ("1999-01-01T00:00:00Z", "content (one of occurred_at, observed_at, recorded_at, cause, data)"),
    "observed_at": ("1999-01-01T00:00:00Z", "content (one of occurred_at, observed_at, recorded_at, cause, data)"),
    "recorded_at": ("1999-01-01T00:00:00Z", "content (one of occurred_at, observed_at, recorded_at, cause, data)"),
    "run": ("another", "content (one of stream, run)"),
    "cause": (11, "content (one of occurred_at, observed_at, recorded_at, cause, data)"),
    "data": ("{", "data"),
    "prev_hash": ("f" * 64, "prev_hash"),
    "hash": ("f" * 64, "hash"),
}  # fmt: skip


@pytest.mark.parametrize("position", [1, 4, 7])
@pytest.mark.parametrize("column", CHANGED)
def test_a_changed_column_is_named_with_its_position(run: Run, column: str, position: int) -> None:
    value, named = CHANGED[column]
    alter(run, f"UPDATE events SET {column} = ? WHERE position = ?", value, position)
    problem = checks(run)["chain"].problem
    assert isinstance(problem, LogTampered)
    assert problem.where == f"position {position}, column {named}"


def test_a_changed_position_is_a_gap(run: Run) -> None:
    alter(run, "UPDATE events SET position = 99 WHERE position = 5")
    assert problems(run)["chain"].startswith("position 5, column position: is missing; the next one is 6;")


@given(
    position=st.integers(1, EVENTS),
    column=st.sampled_from([*COLUMNS[1:], "prev_hash", "hash"]),
    words=st.text(st.characters(codec="utf-8", exclude_characters="\0"), max_size=6),
    number=st.integers(0, 2**40),
)
@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_no_change_of_any_column_goes_unnoticed(
    run: Run, position: int, column: str, words: str, number: int
) -> None:
    conn = run.database.conn
    unguard(conn)
    conn.execute("BEGIN")
    before = conn.execute("SELECT * FROM events WHERE position = ?", (position,)).fetchone()
    value = number if column in {"version", "schema", "cause"} else words
    try:
        conn.execute(f"UPDATE OR IGNORE events SET {column} = ? WHERE position = ?", (value, position))
        changed = tuple(
            conn.execute("SELECT * FROM events WHERE position = ?", (position,)).fetchone()
        ) != tuple(before)
        conn.execute("COMMIT")
        noticed = problems(run).get("chain", "")
        assert noticed.startswith(f"position {position}, ") == changed
    finally:
        conn.execute(f"UPDATE events SET {column} = ? WHERE position = ?", (before[column], position))


def test_two_rows_that_changed_places_are_noticed(run: Run) -> None:
    alter(run, "UPDATE events SET position = -1 WHERE position = 3")
    alter(run, "UPDATE events SET position = 3 WHERE position = 5")
    alter(run, "UPDATE events SET position = 5 WHERE position = -1")
    assert problems(run)["chain"].startswith("position 3, column ")


def test_last_rows_that_were_cut_off_are_noticed_by_those_who_had_read_them(run: Run) -> None:
    alter(run, "DELETE FROM events WHERE position > 10")
    found = problems(run)
    assert "chain" not in found
    assert found["readers"].startswith(
        "position 11, column position: is missing: view:bills has read up to 12;"
    )
    assert found["views"].startswith("view ")


def test_last_rows_that_were_cut_off_without_a_trace_are_noticed_by_an_anchor(run: Run) -> None:
    head = run.log.head().hash
    alter(run, "DELETE FROM events WHERE position > 10")
    alter(run, "DELETE FROM checkpoints")
    projections.rebuild(run.database, run.log)
    assert not problems(run)
    assert problems(run, head)["anchor"].startswith(f"anchor {head}: the log does not hold this head")


def rewrite(run: Run, position: int, data: str) -> None:
    """Change a payload and make the whole chain fit again, and the views too: only somebody outside can notice."""
    alter(run, "UPDATE events SET data = ? WHERE position = ?", data, position)
    prev_hash = GENESIS
    for row in run.database.conn.execute("SELECT * FROM events ORDER BY position").fetchall():
        hash_ = chain_hash(prev_hash, [row[name] for name in COLUMNS])
        alter(
            run,
            "UPDATE events SET prev_hash = ?, hash = ? WHERE position = ?",
            prev_hash,
            hash_,
            row["position"],
        )
        prev_hash = hash_


def test_a_chain_that_was_rewritten_as_a_whole_is_noticed_by_an_anchor_alone(run: Run) -> None:
    head = run.log.head().hash
    (data,) = run.database.conn.execute("SELECT data FROM events WHERE position = 7").fetchone()
    rewrite(run, 7, data.replace("Step 1", "Step X"))
    assert list(problems(run)) == ["views"]
    projections.rebuild(run.database, run.log)
    assert not problems(run)
    assert list(problems(run, head)) == ["anchor"]


def test_a_rewritten_event_that_cannot_be_read_is_named(run: Run) -> None:
    rewrite(run, 7, '{"key": 7}')
    assert problems(run)["views"].startswith("position 7, column data: is no ActionRecorded that can be read")


def test_an_anchor_tells_at_which_position_it_stands(run: Run) -> None:
    for position, hash_ in run.database.conn.execute("SELECT position, hash FROM events").fetchall():
        for anchor in (hash_, hash_[:16], hash_.upper()):
            check = checks(run, anchor)["anchor"]
            assert (check.problem, check.facts) == (None, {"position": position})
    assert checks(run, GENESIS)["anchor"].facts == {"position": 0}


@pytest.mark.parametrize("anchor", ["abc", "0" * 15, "g" * 64, "f" * 65])
def test_an_anchor_that_is_no_head_is_wrong_usage(run: Run, anchor: str) -> None:
    with pytest.raises(UsageError, match="is no head of a log"):
        checks(run, anchor)


def test_a_version_that_is_not_the_next_is_noticed_in_a_rewritten_chain(run: Run) -> None:
    alter(run, "UPDATE events SET version = 3 WHERE position = 12")
    rewrite(run, 7, "{}")
    assert problems(run)["streams"].startswith("position 12, column version: is 3 where 1 must stand;")


@pytest.mark.parametrize(
    ("statement", "says"),
    [
        (f"DELETE FROM bodies WHERE sha256 = '{sha(TEXT)}'", f"position 4: the text {sha(TEXT)} that it names is missing"),
        (f"DELETE FROM bodies WHERE sha256 = '{sha(LATER)}'", f"position 5: the text {sha(LATER)} that it names is missing"),
        ("DELETE FROM bodies", "that it names is missing (and 1 more)"),
        (f"UPDATE bodies SET data = x'00' WHERE sha256 = '{sha(TEXT)}'", f"position 4: the text {sha(TEXT)} does not fit"),
        (f"UPDATE bodies SET size = 3 WHERE sha256 = '{sha(LATER)}'", f"position 5: the text {sha(LATER)} does not fit"),
        ("UPDATE bodies SET data = (SELECT data FROM bodies b WHERE b.sha256 <> bodies.sha256)", "does not fit its hash"),
    ],
)  # fmt: skip
def test_a_text_that_is_lost_or_changed_is_noticed(run: Run, statement: str, says: str) -> None:
    alter(run, statement)
    assert says in problems(run)["bodies"]


def test_a_text_that_no_event_names_is_counted_and_harms_nobody(run: Run) -> None:
    keep(run, "Nobody speaks of me")
    check = checks(run)["bodies"]
    assert check.problem is None
    assert check.facts == {"erased": 0, "orphaned": 1}


@pytest.mark.parametrize(
    ("statement", "says"),
    [
        (
            "UPDATE items SET title = 'Other' WHERE key = 'b'",
            "view items, table items: row 'b', column title",
        ),
        ("DELETE FROM items WHERE key = 'a'", "view items, table items: the row 'a' is missing"),
        (
            "DELETE FROM item_changes WHERE position = 12",
            "view items, table item_changes: the row 12 is missing",
        ),
        (
            "INSERT INTO source_health (source) VALUES ('zzz')",
            "view health, table source_health: the row 'zzz' does not follow from the log",
        ),
        ("DROP INDEX items_by_last_position", "view items: the table items or an index of it was changed"),
        ("DROP TABLE matches", "view matches: the table matches or an index of it was changed"),
    ],
)
def test_a_view_that_does_not_follow_from_the_log_is_noticed(run: Run, statement: str, says: str) -> None:
    alter(run, statement)
    (problem,) = problems(run).values()
    assert problem.startswith(says)
    projections.rebuild(run.database, run.log)
    assert not problems(run)


def test_a_view_of_another_version_is_left_to_the_next_write(run: Run) -> None:
    alter(run, "UPDATE checkpoints SET version = 'older' WHERE reader = 'view:items'")
    alter(run, "UPDATE items SET title = 'stale'")
    check = checks(run)["views"]
    assert (check.problem, check.count) == (None, VIEWS - 1)
    assert "1 of another version" in check.found


def test_a_writer_beside_it_does_not_disturb_it(run: Run) -> None:
    with closing(database.open_reader(run.database.path)) as reader:
        going = verifying.verify(reader)
        assert next(going).count == EVENTS
        with run.database.write():
            run.append("item:c", published("c"))
            keep(run, "late")
            projections.catch_up(run.database, run.log)
        assert [check.problem for check in going] == [None] * 6
    assert checks(run)["chain"].count == EVENTS + 1


def test_every_progress_is_told(run: Run) -> None:
    with run.database.write():
        for n in range(2_000):
            run.append(f"item:{n}", published(str(n)))
        projections.catch_up(run.database, run.log)
    told: list[tuple[str, int, int]] = []
    with closing(database.open_reader(run.database.path)) as reader:
        list(verifying.verify(reader, progress=lambda *word: told.append(word)))
    total = EVENTS + 2_000
    assert {("chain", 1_000, total), ("chain", 2_000, total), ("views", 2_000, total)} <= set(told)


# A file that is damaged, cut, or none


def long_log(run: Run) -> bytes:
    """A log of many pages, closed, as its file."""
    with run.database.write():
        for n in range(600):
            run.append(f"item:{n}", published(str(n), "A title " * 40))
        projections.catch_up(run.database, run.log)
    run.database.close()
    return run.database.path.read_bytes()


def examined(path: Path, anchor: str | None = None) -> dict[str, Check]:
    with closing(database.open_to_verify(path)) as db:
        return {check.name: check for check in verifying.verify(db, anchor=anchor)}


def last_good(check: Check) -> int:
    found = re.search(
        r"monitor\.db: the log file is damaged \(.*\): position (\d+) cannot be read, "
        r"the last good position is (\d+); restore a backup$",
        str(check.problem),
    )
    assert found, check.problem
    assert int(found[1]) == int(found[2]) + 1
    return int(found[2])


def test_of_a_file_that_was_cut_the_last_good_position_is_named(run: Run) -> None:
    raw = long_log(run)
    goods = []
    for part in (0.2, 0.3, 0.5):  # the views stand at the end
        run.database.path.write_bytes(raw[: int(len(raw) * part)])
        found = examined(run.database.path)
        goods.append(last_good(found["chain"]))
        assert found["file"].problem
        assert not [check for check in found.values() if "monitor verify" in str(check.problem)]
    assert 0 < goods[0] <= goods[1] <= goods[2] < EVENTS + 600


def test_of_a_file_with_a_damaged_page_the_last_good_position_is_named(run: Run) -> None:
    head = run.log.head()
    raw = bytearray(long_log(run))
    with closing(sqlite3.connect(run.database.path)) as conn:
        (hash_,) = conn.execute("SELECT hash FROM events WHERE position = 300").fetchone()
    page = raw.rindex(hash_.encode()) // 4096 * 4096
    raw[page : page + 4096] = bytes(4096)
    run.database.path.write_bytes(raw)
    found = examined(run.database.path, head.hash)
    assert 280 < last_good(found["chain"]) < 300
    assert not [check for check in found.values() if "monitor verify" in str(check.problem)]


def test_rows_that_a_cut_left_half_are_told_as_damage_and_as_nobodys_deed(run: Run) -> None:
    with run.database.write():
        for n in range(20):
            run.append(f"item:{n}", published(str(n), "A title " * 4_000))
        projections.catch_up(run.database, run.log)
    run.database.close()
    raw = run.database.path.read_bytes()
    half = 0
    for kept in range(len(raw) // 2, len(raw), 4096):
        run.database.path.write_bytes(raw[:kept])
        with suppress(LogError):  # where no event can be read
            (chain, *_, file) = examined(run.database.path).values()
            assert file.problem
            half += "disk image is malformed): position" in str(chain.problem)
            assert not isinstance(chain.problem, LogTampered)
    assert half > 3


def test_a_file_that_lacks_a_part_of_its_last_page_is_damaged_unless_a_wal_mends_it(run: Run) -> None:
    raw = long_log(run)
    path = run.database.path
    path.write_bytes(raw[:-1])
    for opened in (database.open_reader, database.open_writer):
        with pytest.raises(LogError, match=r"damaged \(its last page is cut off\); restore a backup"):
            opened(path)
    assert examined(path)["file"].problem
    path.write_bytes(raw)
    with closing(database.open_writer(path)) as db:
        db.conn.execute("CREATE TABLE t (x)")
        with closing(database.open_reader(path)), path.open("ab") as file:
            file.write(b"half")  # as a checkpoint leaves it that is under way
            database.open_reader(path).close()


@pytest.mark.parametrize("kept", [50, 1_000, 4_096])
def test_a_file_of_which_no_event_is_left_is_told_as_that(run: Run, kept: int) -> None:
    run.database.path.write_bytes(long_log(run)[:kept])
    with pytest.raises(LogError, match=r"damaged \(.*\), no event can be read; restore a backup$"):
        examined(run.database.path)


def test_a_log_that_was_cut_to_nothing_does_not_hold_an_anchor(run: Run) -> None:
    head = run.log.head().hash
    run.database.close()
    run.database.path.write_bytes(b"")
    with pytest.raises(LogTampered, match=f"anchor {head}: the log does not hold this head"):
        examined(run.database.path, head)
    for anchor in (None, GENESIS):
        with pytest.raises(LogError, match="the log is empty or unfinished"):
            examined(run.database.path, anchor)


def test_a_log_that_lacks_the_newest_tables_is_not_said_to_lack_an_anchor(run: Run) -> None:
    run.database.conn.execute("DELETE FROM _sqlite_migrations WHERE name = 'm005_poll_proofs'")
    with pytest.raises(LogError, match="the log is empty or unfinished"):
        examined(run.database.path, run.log.head().hash)


def test_a_row_that_does_not_fit_is_named_where_the_next_one_cannot_be_read(run: Run) -> None:
    alter(run, "UPDATE events SET recorded_at = '1999-01-01T00:00:00Z' WHERE position = 5")
    alter(run, "UPDATE events SET prev_hash = CAST(x'ff' AS TEXT) WHERE position = 6")
    assert problems(run)["chain"].startswith("position 5: is not what was appended; everything before")


# Rebuilding


def everything(db: Database) -> list[tuple]:
    """Every table of the file but the log, with its rows; and how the tables are made."""
    tables = [
        row[0] for row in db.conn.execute("SELECT name FROM sqlite_schema WHERE type = 'table' ORDER BY 1")
    ]
    rows = [tuple(row) for table in tables for row in db.conn.execute(f"SELECT * FROM {table} ORDER BY 1")]
    return [*rows, *(tuple(row) for row in db.conn.execute("SELECT name, sql FROM sqlite_schema ORDER BY 1"))]


def test_rebuilding_gives_what_was_there_and_leaves_nothing_else(run: Run) -> None:
    before = everything(run.database)
    assert projections.rebuild(run.database, run.log, ["items"]) == ["items"]
    assert everything(run.database) == before
    assert projections.rebuild(run.database, run.log) == [view.NAME for view in projections.views()]
    assert everything(run.database) == before


def test_an_event_that_a_view_cannot_take_is_named_and_the_old_views_stay(run: Run) -> None:
    with run.database.write():
        run.append("item:b", published("b", "Published twice"))
    before = everything(run.database)
    for build in (projections.rebuild, projections.catch_up):
        with pytest.raises(
            LogError, match="position 13: the view items cannot take this ItemPublished"
        ) as raised:
            build(run.database, run.log)
        assert isinstance(raised.value.__cause__, sqlite3.IntegrityError)
        assert everything(run.database) == before
    assert problems(run) == {}, "the views stand at 12, where they are right"


def interrupted(at: int) -> Callable[[int], None]:
    def progress(position: int) -> None:
        if position >= at:
            raise KeyboardInterrupt

    return progress


def test_a_rebuild_that_is_interrupted_leaves_the_old_views(run: Run) -> None:
    with run.database.write():
        for n in range(3_000):
            run.append(f"item:{n}", published(str(n)))
        projections.catch_up(run.database, run.log)
    before = everything(run.database)
    with pytest.raises(KeyboardInterrupt):
        projections.rebuild(run.database, run.log, progress=interrupted(2_000))
    assert everything(run.database) == before


def test_readers_see_the_old_views_until_a_rebuild_ends(run: Run) -> None:
    with run.database.write():
        for n in range(1_000):
            run.append(f"item:{n}", published(str(n)))
        projections.catch_up(run.database, run.log)
    reader = database.open_reader(run.database.path)
    before, seen = everything(run.database), []
    projections.rebuild(run.database, run.log, progress=lambda _position: seen.append(everything(reader)))
    assert seen == [before]
    reader.close()


def test_a_rebuild_that_is_killed_anywhere_leaves_nothing_behind(run: Run, tmp_path: Path) -> None:
    """The child kills itself before each statement in turn, until a rebuild ends without having been killed."""
    program = textwrap.dedent("""
        import os, signal, sys
        from pathlib import Path
        from monitor import database, projections
        from monitor.eventlog import EventLog
        db = database.open_writer(Path(sys.argv[1]))
        left = int(sys.argv[2])
        def count(statement):
            global left
            left -= 1
            if left <= 0:
                os.kill(os.getpid(), signal.SIGKILL)
        db.conn.set_trace_callback(count)
        projections.rebuild(db, EventLog(db))
        os._exit(0)
    """)
    before, files = everything(run.database), sorted(path.name for path in tmp_path.iterdir())
    run.database.close()
    codes = []
    for statements in (3, 9, 15, 25, 40, 60, 10_000):
        done = subprocess.run(
            [sys.executable, "-c", program, str(run.database.path), str(statements)],
            env={**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)},
            check=False,
        )
        codes.append(done.returncode)
        db = database.open_writer(run.database.path)
        assert everything(db) == before
        db.close()
        assert {path.name for path in tmp_path.iterdir()} <= set(files)
    assert codes[0] == -signal.SIGKILL
    assert codes[-1] == 0


def test_rebuilding_asks_no_source_and_nothing_of_damaged_views(folder: Folder) -> None:
    folder.run("poll")
    asked = len(folder.web.requests)
    connection = sqlite3.connect(folder.path / "monitor.db")
    connection.execute("DROP TABLE items")
    connection.close()
    assert folder.run("verify").returncode == 1
    assert folder.run("rebuild", "items").stdout == "rebuilt items\n"
    assert folder.run("verify").returncode == 0
    assert len(folder.web.requests) == asked


# Erasing


def test_an_erased_text_is_gone_its_hash_and_the_reason_stay(run: Run) -> None:
    texts = erasing.find(open_archive(run.database), "a")
    assert [(text.sha256, text.keys) for text in texts] == [(sha(LATER), ("a",)), (sha(TEXT), ())]
    packed = run.database.conn.execute("SELECT data FROM bodies WHERE sha256 = ?", (sha(TEXT),)).fetchone()[0]
    erasing.erase(run, texts, "asked for by its author")
    files = b"".join(path.read_bytes() for path in run.database.path.parent.glob("monitor.db*"))
    assert packed not in files
    check = checks(run)["bodies"]
    assert (check.problem, check.count, check.facts) == (None, 0, {"erased": 2, "orphaned": 0})
    events = [event.data for event in run.log.read(EVENTS)]
    assert [(event.sha256, event.size, event.reason) for event in events] == [
        (sha(text), len(text), "asked for by its author") for text in (LATER, TEXT)
    ]
    with pytest.raises(UsageError, match="its text was erased already: asked for by its author"):
        erasing.find(open_archive(run.database), "a")


def test_what_cannot_be_erased_is_wrong_usage(run: Run) -> None:
    archive = open_archive(run.database)
    for name, says in (
        ("b", "no full text of it is kept"),
        ("z", "no such item"),
        ("0" * 64, "no full text"),
    ):
        with pytest.raises(UsageError, match=says):
            erasing.find(archive, name)


# The commands


@pytest.fixture
def folder(tmp_path: Path, web: WebServer) -> Folder:
    web.answer(
        "/news",
        Reply(
            body=b"<rss version='2.0'><channel><title>A feed</title>"
            b"<item><guid>a</guid><title>Next G Alliance meets</title></item></channel></rss>"
        ),
    )
    return Folder(tmp_path, web)


def test_verify_tells_what_it_checked_and_names_the_first_fault(folder: Folder) -> None:
    folder.run("poll")
    good = folder.run("verify")
    assert (good.returncode, good.stderr) == (0, "")
    assert [line.split()[0] for line in good.stdout.splitlines()] == [
        "chain", "streams", "bodies", "readers", "guards", "views", "file", "head"
    ]  # fmt: skip
    assert " events, no gap, chain unbroken (" in good.stdout
    head = good.stdout.split()[-1]
    anchored = folder.lines("verify", "--anchor", head)
    assert [check["ok"] for check in anchored] == [True] * 8
    assert (anchored[-1]["check"], anchored[-1]["position"]) == ("anchor", anchored[0]["events"])
    assert folder.run("verify", "--anchor", "f" * 64).returncode == 1
    assert folder.run("verify", "--anchor", "word").returncode == 2
    connection = sqlite3.connect(folder.path / "monitor.db")
    unguard(connection)
    connection.execute("UPDATE events SET data = 'x' WHERE position = 2")
    connection.commit()
    connection.close()
    bad = folder.run("verify")
    assert bad.returncode == 1
    assert bad.stderr.startswith(
        "monitor: position 2, column data: is not what was appended; everything before"
    )
    assert "chain    FAILED  position 2, column data" in bad.stdout
    assert folder.lines("verify")[0]["ok"] is False


def test_verify_of_a_file_that_was_cut_does_not_send_to_itself(folder: Folder) -> None:
    folder.run("poll")
    log = folder.path / "monitor.db"
    raw = log.read_bytes()
    for kept in range(4096, len(raw), 4 * 4096):
        log.write_bytes(raw[:kept])
        told = folder.run("verify")
        assert told.returncode == 1
        assert told.stderr.startswith("monitor: monitor.db: the log file is damaged (")
        assert told.stderr.endswith("; restore a backup\n")
        assert "monitor verify" not in told.stdout + told.stderr


def test_poll_leaves_the_database_of_another_program_alone(folder: Folder) -> None:
    other = folder.path / "monitor.db"
    with closing(sqlite3.connect(other)) as conn:
        conn.execute("CREATE TABLE t (x)")
    before = other.read_bytes()
    for command in ("poll", "items", "verify", "rebuild"):
        told = folder.run(command)
        assert told.returncode == 1
        assert "monitor.db: this file is not a monitor log" in told.stderr
        assert "run `monitor poll`" not in told.stderr
    assert other.read_bytes() == before


def test_erase_asks_first_and_show_says_why(tmp_path: Path, web: WebServer) -> None:
    folder = Folder(tmp_path, web)
    settings = app.load_settings(folder.path / "config.toml")
    run = open_run(settings.log_path, HandClock())
    fill(run)
    run.database.close()
    unasked = folder.run("erase", "a", "--reason", "a mistake")
    assert (unasked.returncode, unasked.stdout) == (2, "")
    assert "nobody is there to confirm it; add --yes" in unasked.stderr
    shown = folder.run("show", "a").stdout
    assert re.search(rf"^ +text +{len(LATER):,} bytes, sha256\n +{sha(LATER)}$", shown, re.MULTILINE)
    assert "\n  observed 2025-06-01T23:59:30Z, recorded 2025-06-02T00:00:00Z\n     5  revised" in shown
    assert folder.run("erase", "a", "--reason", " ", "--yes").returncode == 2
    done = folder.run("erase", "a", "--reason", "a mistake", "--yes")
    assert done.stdout == "".join(f"erased {sha(t)} ({len(t):,} bytes)\n" for t in (LATER, TEXT))
    assert "erased: a mistake" in folder.run("show", "a").stdout
    assert folder.lines("show", "a")[0]["text"] == {
        "sha256": sha(LATER), "size_bytes": len(LATER), "erased": "a mistake"
    }  # fmt: skip
    assert folder.run("verify").returncode == 0

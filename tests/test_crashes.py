"""Killed at any moment, on a full disk, with a damaged file: what was acknowledged stays, and there is a way on.

Each poll here is the real program on sources on loopback: feeds that revise, fail and recover, a list on two pages, bills
that are followed, fewer documents than declared, and between two polls another watchlist. `crashing` is the harness.
"""

from __future__ import annotations

import os
import random
import shutil
import sqlite3
from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from itertools import accumulate
from pathlib import Path
from typing import Any

import pytest
from crashing import Outcome, Stage, Trial, Workshop, evenly
from dying import Death
from moves import START

from monitor import app, database
from monitor.core.dates import to_text
from monitor.core.digests import Digest
from monitor.eventlog import EventLog
from monitor.migrations import SCHEMA_VERSION

PAGE_BYTES = 4096
DAMAGED = "monitor: monitor.db: the log file is damaged ("
RESTORE = "restore a backup"


@pytest.fixture(scope="module")
def desk(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Workshop]:
    with Workshop(tmp_path_factory.mktemp("crashes")) as desk:
        yield desk


@pytest.fixture(params=[1, 2], ids=["first poll", "later poll"])
def stage(desk: Workshop, request: pytest.FixtureRequest) -> Stage:
    return desk.stage(request.param)


@pytest.fixture
def later(desk: Workshop) -> Stage:
    return desk.stage(2)


def as_promised(trials: Sequence[Trial]) -> int:
    """How many kills there were. After none of them may anything be wrong."""
    assert [trial for trial in trials if trial.problems] == []
    return sum(trial.kills for trial in trials)


# Killed


def test_a_poll_killed_before_any_statement_comes_to_the_same_end(stage: Stage) -> None:
    numbers = evenly(stage.run.statements * 95 // 100, 24)
    assert as_promised(stage.tries([[Death(before=n)] for n in numbers])) == len(numbers)


def test_a_poll_killed_after_any_commit_comes_to_the_same_end(stage: Stage) -> None:
    numbers = range(1, stage.run.commits + 1)
    assert len(numbers) > 10
    assert as_promised(stage.tries([[Death(after=n)] for n in numbers])) >= len(numbers) - 1


def test_a_poll_killed_at_a_random_moment_comes_to_the_same_end(stage: Stage) -> None:
    latest_s, kills = stage.run.seconds * 0.9, 0
    while kills < 4:  # the run may have been timed on a busier machine: then it ends before the late moments
        delays = [random.uniform(0.001, latest_s) for _ in range(8)]
        kills += as_promised(stage.tries([[Death(after_s=delay)] for delay in delays]))
        latest_s /= 2


def test_a_poll_that_dies_in_the_midst_of_a_write_comes_to_the_same_end(stage: Stage) -> None:
    sizes = evenly(stage.log.stat().st_size, 10)
    assert as_promised(stage.tries([[Death(in_write=size)] for size in sizes])) >= 8


def test_a_poll_whose_next_attempts_are_killed_too_comes_to_the_same_end(stage: Stage) -> None:
    last = stage.run.statements // 2
    trials = [[Death(before=random.randint(1, last)) for _ in range(4)] for _ in range(4)]
    assert as_promised(stage.tries(trials)) >= 8


def test_a_rebuild_killed_before_any_statement_leaves_whole_views(later: Stage) -> None:
    with later.desk.folder(later.log) as folder:
        whole = later.command(folder, "rebuild")
        assert whole.code == 0

    def kill(number: int) -> tuple[bool, list[str]]:
        with later.desk.folder(later.log) as folder:
            killed = later.command(folder, "rebuild", death=Death(before=number))
            return killed.killed, later.recover(folder, killed.acknowledged)

    numbers = evenly(whole.statements, 8)
    assert later.desk.each(kill, numbers) == [(True, [])] * len(numbers)


def test_a_wal_that_a_killed_process_left_is_read_and_taken_over(later: Stage) -> None:
    with later.desk.folder(later.before) as folder:
        killed = later.desk.do("poll", folder, Death(before=later.run.statements * 3 // 4), at=later.at)
        assert (folder / "monitor.db-wal").stat().st_size > 0
        done = later.command(folder, "log", "--after", str(killed.acknowledged[-1][0] - 1), "--json")
        assert f'"position":{killed.acknowledged[-1][0]},' in done.said
        assert later.recover(folder, killed.acknowledged) == []
        wal = folder / "monitor.db-wal"
        assert not wal.exists() or wal.stat().st_size == 0


def test_a_wal_that_is_cut_off_gives_back_an_older_whole_transaction(later: Stage) -> None:
    with later.desk.folder(later.before) as folder:
        killed = later.desk.do("poll", folder, Death(before=later.run.statements * 3 // 4), at=later.at)
        wal = folder / "monitor.db-wal"
        os.truncate(wal, wal.stat().st_size * 2 // 3)
        (folder / "monitor.db-shm").unlink()
        before = head(folder / "monitor.db")
        assert before in killed.acknowledged[:-1]
        assert later.recover(folder, [before]) == []


def test_a_copy_without_its_wal_is_older_and_whole(later: Stage) -> None:
    with later.desk.folder(later.before) as folder, later.desk.folder() as copy:
        later.desk.do("poll", folder, Death(before=later.run.statements * 3 // 4), at=later.at)
        shutil.copyfile(folder / "monitor.db", copy / "monitor.db")
        assert later.before is not None
        assert head(copy / "monitor.db") == head(later.before) < head(folder / "monitor.db")
        assert later.command(copy, "verify").code == 0
        assert later.recover(copy) == []


def head(path: Path) -> tuple[int, str]:
    db = database.open_reader(path)
    found = EventLog(db).head()
    db.close()
    return found.position, found.hash


# A full disk


@pytest.mark.parametrize(
    ("limits", "says"),
    [
        ([Death(pages=n) for n in evenly(38, 8)], "the disk is full"),
        ([Death(file_bytes=n) for n in (1, 100, 40_000, 80_000, 120_000, 150_000)], "the disk "),
    ],
    ids=["no more pages", "no more bytes"],
)
def test_a_full_disk_is_said_plainly_and_costs_nothing(
    later: Stage, limits: Sequence[Death], says: str
) -> None:
    def fill(limit: Death) -> tuple[Outcome, list[str]]:
        with later.desk.folder(later.before) as folder:
            full = later.command(folder, "poll", "--all", death=limit)
            return full, later.recover(folder, full.acknowledged)

    for full, problems in later.desk.each(fill, limits):
        assert (full.code, full.said.count("\n")) == (1, 1)
        assert full.said.startswith(f"monitor: monitor.db: {says}")
        assert full.said.endswith("; what was acknowledged is safe\n")
        assert problems == []


def test_a_disk_that_is_full_from_the_start_is_said_plainly(desk: Workshop) -> None:
    stage = desk.stage(1)
    with desk.folder() as folder:
        full = stage.command(folder, "poll", "--all", death=Death(file_bytes=1))
        assert (full.code, full.said.startswith("monitor: monitor.db: the disk ")) == (1, True)
        assert stage.recover(folder) == []


# A damaged file


@pytest.fixture
def places(later: Stage, tmp_path: Path) -> tuple[Path, list[int]]:
    """A log without old remains between its rows, and where in the file each event's hash stands."""
    path = tmp_path / "whole.db"
    shutil.copyfile(later.log, path)
    conn = sqlite3.connect(path)
    conn.execute("VACUUM")
    hashes = [row[0].encode() for row in conn.execute("SELECT hash FROM events ORDER BY position")]
    conn.close()
    raw = path.read_bytes()
    return path, [raw.index(hash_) for hash_ in hashes]


@pytest.mark.parametrize(
    "keep",
    [0.9999, 0.97, 0.5, 0.0024],
    ids=["some bytes short", "a page short", "a half", "a header"],
)
def test_a_truncated_file_is_named_by_every_command(later: Stage, keep: float) -> None:
    with later.desk.folder(later.log) as folder:
        os.truncate(folder / "monitor.db", int(later.log.stat().st_size * keep))
        for command in (
            ["verify"],
            ["digest"],
            ["items"],
            ["show", "news:a"],
            ["poll", "--all"],
            ["rebuild"],
        ):
            done = later.command(folder, *command)
            assert (done.code, DAMAGED in done.said, RESTORE in done.said) == (1, True, True), done


@pytest.mark.parametrize("damage", [bytes(PAGE_BYTES), bytes(range(256)) * 16], ids=["zeros", "noise"])
def test_a_page_of_the_log_that_was_overwritten_is_found(
    later: Stage, places: tuple[Path, list[int]], damage: bytes
) -> None:
    path, offsets = places
    for page in sorted({at // PAGE_BYTES for at in offsets}):
        with later.desk.folder(path) as folder:
            overwrite(folder / "monitor.db", page * PAGE_BYTES, damage)
            verify = later.command(folder, "verify")
            assert (verify.code, RESTORE in verify.said, "internal error" in verify.said) == (1, True, False)
            rebuild = later.command(folder, "rebuild")
            assert (rebuild.code, DAMAGED in rebuild.said) == (1, True)


@pytest.mark.parametrize("byte", [b"~", b"\xff", b"\x00"], ids=["another letter", "no UTF-8", "nothing"])
def test_one_byte_that_was_changed_is_found(
    later: Stage, places: tuple[Path, list[int]], byte: bytes
) -> None:
    path, offsets = places
    for at in offsets[::6]:
        with later.desk.folder(path) as folder:
            overwrite(folder / "monitor.db", at - 100, byte)  # in `data`, before the two hashes
            verify = later.command(folder, "verify")
            assert (verify.code, RESTORE in verify.said, "internal error" in verify.said) == (1, True, False)


def overwrite(path: Path, at: int, raw: bytes) -> None:
    with path.open("r+b") as file:
        file.seek(at)
        file.write(raw)


def test_a_log_of_a_newer_version_is_left_as_it_is(later: Stage) -> None:
    with later.desk.folder(later.log) as folder:
        conn = sqlite3.connect(folder / "monitor.db")
        conn.execute(f"PRAGMA user_version = {SCHEMA_VERSION + 1}")
        conn.close()
        before = (folder / "monitor.db").read_bytes()
        for command in (["verify"], ["digest"], ["poll", "--all"], ["rebuild"]):
            done = later.command(folder, *command)
            assert done.code == 1
            assert "written by a newer version of the monitor" in done.said
            assert "update the monitor; nothing was changed" in done.said
        assert (folder / "monitor.db").read_bytes() == before


# A clock that goes backwards


def digest(folder: Path, now: datetime, **more: Any) -> Digest:
    return app.digest(app.load_settings(folder / "config.toml"), clock=lambda: now, **more)


def keys(found: Digest) -> set[str]:
    return {entry.key for section in found.sections for entry in section.entries}


def test_after_a_clock_went_back_positions_and_digests_still_hold(later: Stage) -> None:
    first, back = START + timedelta(days=1), START - timedelta(days=3)
    with later.desk.folder(later.before) as folder:
        before = head(folder / "monitor.db")
        app.poll(app.load_settings(folder / "config.toml"), everything=True, clock=lambda: back)
        db = database.open_reader(folder / "monitor.db")
        times = [event.recorded_at for event in EventLog(db).read()]
        assert EventLog(db).verify() == EventLog(db).head().position > before[0]
        db.close()
        assert times[: before[0]] == [to_text(first)] * before[0]
        assert set(times[before[0] :]) == {to_text(back)}
        assert {"news:a", "news:e"} <= keys(digest(folder, back))
        assert "news:e" not in keys(digest(folder, first))
        whole, part = (
            digest(folder, first, as_of=first.isoformat()),
            digest(folder, first, as_of=back.isoformat()),
        )
        assert whole.position == part.position == len(times)
        assert later.command(folder, "verify").code == 0


def test_after_a_clock_went_back_sources_are_due_and_asked_from_the_start(later: Stage) -> None:
    ahead = START + timedelta(days=3650)
    with later.desk.folder(later.before) as folder:
        settings = app.load_settings(folder / "config.toml")
        app.poll(settings, everything=True, clock=lambda: ahead)
        result = app.poll(settings, clock=lambda: START + timedelta(days=2))
        assert "not-due" not in {report.outcome for report in result.reports}
        asked = len(later.desk.asked)
        app.poll(settings, everything=True, clock=lambda: START + timedelta(days=2, hours=1))
        assert len(later.desk.asked) > asked
        assert not any(str(ahead.year) in target for target in later.desk.asked[asked:])


# Two processes


def test_two_processes_that_take_turns_append_without_gap_or_mixture(desk: Workshop) -> None:
    sizes = [1 + 99 * (n % 2) for n in range(99)]
    sizes = [*sizes, 5000 - sum(sizes)]
    with desk.folder() as folder:
        both = desk.each(lambda name: desk.do("append", folder, name=name, sizes=sizes), ("one", "two"))
        assert [(outcome.code, outcome.problems) for outcome in both] == [(0, ()), (0, ())]
        db = database.open_reader(folder / "monitor.db")
        assert EventLog(db).verify() == 10_000
        positions = {
            name: [e.position for e in EventLog(db).read(stream=f"item:{name}")] for name in ("one", "two")
        }
        db.close()
    for found in positions.values():
        ends = list(accumulate(sizes))
        batches = [found[end - size : end] for size, end in zip(sizes, ends, strict=True)]
        assert batches == [list(range(batch[0], batch[0] + len(batch))) for batch in batches]
        assert sum(map(len, batches)) == len(found) == 5000
    (first_one, *_, last_one), (first_two, *_, last_two) = positions.values()
    assert (first_one < last_two, first_two < last_one) == (True, True)

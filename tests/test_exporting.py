"""Data for other programs, and copies of the log: whole, exact, of one moment, and safe to open."""

from __future__ import annotations

import csv
import io
import json
import os
import pty
import re
import resource
import sqlite3
import stat
import subprocess
import sys
import textwrap
import tracemalloc
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from moves import HandClock, day, new_event, open_run, published

from monitor import app, database, projections
from monitor.archive import exporting
from monitor.archive.gathering import Archive
from monitor.config import Settings
from monitor.core.delivery_events import DeliveryPlanned, OutputConfigured
from monitor.core.errors import LogError, LogTampered, MonitorError, UsageError
from monitor.core.events import (
    ActionRecorded,
    BodyErased,
    ItemJudged,
    ItemMatched,
    ItemPublished,
    ItemRevised,
    LinkProposed,
    Payload,
    SourceConfigured,
    WatchlistRevised,
)
from monitor.core.evidence import Evidence, FieldChange
from monitor.database import in_memory
from monitor.eventlog import EventLog, Head

DOCS = Path(__file__).resolve().parent.parent / "docs"
TABLES = exporting.tables()
EVENTS: tuple[tuple[str, Payload], ...] = (
    ("source:news", SourceConfigured(source="news", kind="feed", url="https://example.org", every_s=60)),
    ("watchlist:w", WatchlistRevised(watchlist="w", toml='title = "W"\n', sha256="f" * 64)),
    (
        "item:news:a",
        ItemPublished(
            key="news:a",
            source="news",
            origin="live",
            kind="document",
            title='=HYPERLINK("http://x")',
            summary='Two\nlines, "quoted"; 日本 \x1b[31m\x9b',
            published=day("2021-02-15"),
            titles=["[5G]"],
            details={"sponsor": "@x"},
        ),
    ),
    (
        "item:news:a",
        ItemRevised(
            key="news:a",
            source="news",
            origin="live",
            revision=2,
            changes=[FieldChange(field="url", old=None, new="https://example.org/a")],
            significance="metadata",
        ),
    ),
    ("item:bill:1", published("bill:1")),
    (
        "item:bill:1",
        ActionRecorded(
            key="bill:1", source="news", origin="live", action="1", text="-1", when=day("2021-02-16")
        ),
    ),
    (
        "match:w/s/news:a",
        ItemMatched(
            watchlist="w",
            subject="s",
            key="news:a",
            revision=1,
            origin="live",
            score=90,
            evidence=[
                Evidence(field="title", start=0, end=2, quote="=H", term="=H", rule="phrase", score=90)
            ],
            watchlist_sha256="f" * 64,
            matcher="1",
        ),
    ),
    ("monitor", BodyErased(sha256="e" * 64, size=3, reason="asked for")),
    (
        "link:bill:1~news:a",
        LinkProposed(
            a="bill:1",
            b="news:a",
            relation="same document",
            method="title",
            score=88,
            evidence=[
                Evidence(field="title", start=0, end=2, quote="=H", term="=H", rule="phrase", score=88)
            ],
        ),
    ),
    (
        "delivery:mail/1",
        DeliveryPlanned(
            output="mail",
            delivery="1",
            matches=[7],
            rendered_sha256="d" * 64,
            message_id="<1@example.org>",
            changes=[3],
        ),
    ),
    ("output:mail", OutputConfigured(output="mail", kind="email", begins_after=2)),
    ("triage:news:a", ItemJudged(key="news:a", verdict="noise", note="not ours")),
)


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    """Settings whose log holds at least one row of every table."""
    clock = HandClock()
    run = open_run(tmp_path / "monitor.db", clock)
    with run.database.write():
        for stream, data in EVENTS:
            clock.advance(hours=1)
            run.append(stream, data)
        projections.catch_up(run.database, run.log)
    run.database.close()
    (tmp_path / "config.toml").write_text('[fetch]\nuser_agent = "test"\n', encoding="utf-8")
    return app.load_settings(tmp_path / "config.toml")


def add_documents(settings: Settings, count: int) -> None:
    run = open_run(settings.log_path, run_id="another")
    with run.database.write():
        for n in range(count):
            run.append(f"item:z{n}", published(f"z{n}", "x" * 200))
        projections.catch_up(run.database, run.log)
    run.database.close()


def exported(settings: Settings, table: str, format_: str = "jsonl", **more: Any) -> str:
    out = io.BytesIO()
    app.export(settings, table, format_=format_, stdout=out, **more)
    return out.getvalue().decode()


def json_rows(settings: Settings, table: str, **more: Any) -> list[dict[str, Any]]:
    return [json.loads(line) for line in exported(settings, table, **more).splitlines()]


def csv_rows(settings: Settings, table: str) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(exported(settings, table, "csv"), newline="")))


def stored(settings: Settings, table: str) -> list[dict[str, Any]]:
    conn = sqlite3.connect(settings.log_path)
    conn.row_factory = sqlite3.Row
    rows = [dict(row) for row in conn.execute(f"SELECT * FROM {table}")]
    conn.close()
    return rows


def monitor(folder: Path, *arguments: str, **more: Any) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "monitor", *arguments],
        cwd=folder,
        check=False,
        capture_output=True,
        text=True,
        encoding="utf-8",
        timeout=60,
        **more,
    )


@pytest.mark.parametrize("table", TABLES)
def test_json_lines_hold_every_column_of_every_row_exactly(settings: Settings, table: str) -> None:
    rows, there = json_rows(settings, table), stored(settings, table)
    assert len(rows) == len(there) > 0
    for row in rows:
        for name in exporting.JSON_COLUMNS.get(table, ()):
            assert not isinstance(row[name], str)
            row[name] = None if row[name] is None else json.dumps(row[name], sort_keys=True)
    for row in there:
        for name in exporting.JSON_COLUMNS.get(table, ()):
            row[name] = None if row[name] is None else json.dumps(json.loads(row[name]), sort_keys=True)
    assert sorted(map(repr, rows)) == sorted(map(repr, there))


@pytest.mark.parametrize("table", TABLES)
def test_csv_holds_the_same_rows_as_the_tables_do(settings: Settings, table: str) -> None:
    def as_cell(value: Any) -> str:
        return "" if value is None else str(value)

    shown = [
        {name: re.sub("[\x1b\x9b]", "", cell.removeprefix("'")) for name, cell in row.items()}
        for row in csv_rows(settings, table)
    ]
    there = [
        {name: re.sub("[\x1b\x9b]", "", as_cell(value)) for name, value in row.items()}
        for row in stored(settings, table)
    ]
    assert sorted(map(repr, shown)) == sorted(map(repr, there))


@pytest.mark.parametrize("table", TABLES)
def test_the_columns_said_to_be_json_are_those_that_are(settings: Settings, table: str) -> None:
    rows = stored(settings, table)
    values = {name: [row[name] for row in rows if row[name] is not None] for name in rows[0]}
    nested = {name for name, present in values.items() if present and all(map(_is_json, present))}
    assert nested == set(exporting.JSON_COLUMNS.get(table, ()))


def _is_json(value: Any) -> bool:
    return isinstance(value, str) and value[:1] in {"[", "{"} and isinstance(json.loads(value), list | dict)


def test_what_a_spreadsheet_would_compute_gets_an_apostrophe(settings: Settings) -> None:
    item = next(row for row in csv_rows(settings, "items") if row["key"] == "news:a")
    assert item["title"] == '\'=HYPERLINK("http://x")'
    assert item["summary"] == 'Two\nlines, "quoted"; 日本 [31m'
    assert csv_rows(settings, "bill_actions")[0]["text"] == "'-1"
    assert csv_rows(settings, "matches")[0]["score"] == "90"


def test_json_lines_are_lines_to_every_reader_and_harmless_on_a_terminal(settings: Settings) -> None:
    text = exported(settings, "items")
    assert len(text.splitlines()) == text.count("\n") == 2
    assert "\\u009b" in text
    assert not re.search("[\x00-\x09\x0b-\x1f\x7f-\x9f\u2028-\u202e\u2066-\u2069]", text)


@given(st.text(st.characters(exclude_categories=["Cs"])))
def test_any_text_survives_json_lines_and_no_cell_of_csv_is_a_formula(title: str) -> None:
    log = EventLog(in_memory())
    log.append("item:a", 0, [new_event(published("a", title))])
    projections.catch_up(log.database, log)
    archive = Archive(views=log.database, head=log.head(), log=log)
    lines, table = io.BytesIO(), io.BytesIO()
    exporting.export(archive, "items", "jsonl", lines)
    exporting.export(archive, "items", "csv", table)
    (line,) = lines.getvalue().decode().splitlines()
    assert json.loads(line)["title"] == title
    (row,) = csv.DictReader(io.StringIO(table.getvalue().decode(), newline=""))
    assert not row["title"].startswith(("=", "+", "-", "@", "\t", "\r", "\n"))
    visible = re.sub("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f]", "", title)
    assert row["title"] in {visible, f"'{visible}"}
    log.database.close()


def test_csv_is_utf_8_without_a_byte_order_mark_and_ends_lines_as_rfc_4180_says(settings: Settings) -> None:
    out = io.BytesIO()
    app.export(settings, "watchlists", format_="csv", stdout=out)
    assert out.getvalue().startswith(b"id,position,sha256,toml\r\nw,2,")


class Meddler(io.BytesIO):
    """A place to write to that, at the first row, has another writer append to the log and change the views."""

    def __init__(self, meddle: Callable[[], None]) -> None:
        super().__init__()
        self.meddle = meddle

    def write(self, data: Any, /) -> int:
        if not self.tell():
            self.meddle()
        return super().write(data)


@pytest.mark.parametrize("table", ["events", "items"])
def test_an_export_is_one_moment_whatever_is_appended_meanwhile(settings: Settings, table: str) -> None:
    before = len(stored(settings, table))
    out = Meddler(lambda: add_documents(settings, 50))
    done = app.export(settings, table, format_="jsonl", stdout=out)
    assert (done.rows, done.head.position) == (before, len(EVENTS))
    assert out.getvalue().count(b"\n") == before
    assert len(stored(settings, table)) == before + 50


def test_views_that_are_behind_are_exported_as_the_log_has_it(settings: Settings) -> None:
    run = open_run(settings.log_path, run_id="another")
    run.log.append("item:z", 0, [new_event(published("z"), run="another")])
    run.database.close()
    assert "z" not in {row["key"] for row in stored(settings, "items")}
    assert "z" in {row["key"] for row in json_rows(settings, "items")}


def test_events_can_be_had_also_where_no_view_can_be_made_of_them(settings: Settings) -> None:
    run = open_run(settings.log_path, run_id="another")
    run.log.append("item:news:a", 2, [new_event(published("news:a"), run="another")])  # published twice
    run.database.close()
    assert json_rows(settings, "events")[-1]["position"] == len(EVENTS) + 1
    with pytest.raises(MonitorError):
        exported(settings, "items")


def test_events_that_this_version_does_not_know_are_exported_and_told_of(
    settings: Settings, tmp_path: Path
) -> None:
    conn = sqlite3.connect(settings.log_path)
    conn.execute(
        "INSERT INTO events SELECT position + 1, 'x', 'item:z', 1, 'ItemSung', 1, NULL, NULL, recorded_at, run, NULL,"
        """ '{"verse":1}', '', '' FROM events ORDER BY position DESC LIMIT 1"""
    )
    conn.commit()
    conn.close()
    assert json_rows(settings, "events")[-1]["data"] == {"verse": 1}
    done = monitor(tmp_path, "export", "items")
    assert "ItemSung" in done.stderr
    assert re.search(rf"\n2 rows of items at position {len(EVENTS) + 1}, head \n$", done.stderr)


def test_a_table_can_be_had_as_of_another_moment(settings: Settings) -> None:
    assert [row["position"] for row in json_rows(settings, "events", as_of="2025-06-02T03:00Z")] == [1, 2, 3]
    (item,) = json_rows(settings, "items", as_of="2025-06-02T03:00Z")
    assert (item["key"], item["revision"]) == ("news:a", 1)


def test_memory_does_not_grow_with_the_log(tmp_path: Path) -> None:
    run = open_run(tmp_path / "monitor.db")
    with run.database.write():
        for n in range(100):
            run.log.append(f"item:{n}", 0, [new_event(published(str(n), "x" * 50)) for _ in range(100)])
    archive = Archive(views=run.database, head=run.log.head(), log=run.log)
    with Path(os.devnull).open("wb") as out:
        tracemalloc.start()
        assert exporting.export(archive, "events", "jsonl", out).rows == 10_000
        assert exporting.export(archive, "events", "csv", out).rows == 10_000
        _, peak = tracemalloc.get_traced_memory()
        tracemalloc.stop()
    run.database.close()
    assert peak < 500_000


def test_a_file_is_replaced_whole_or_not_at_all(settings: Settings, tmp_path: Path) -> None:
    target = tmp_path / "items.jsonl"
    app.export(settings, "items", format_="jsonl", stdout=io.BytesIO(), output=target)
    good = target.read_bytes()
    assert good.count(b"\n") == 2
    conn = sqlite3.connect(settings.log_path)
    conn.execute("UPDATE items SET details = '{' WHERE key = 'news:a'")
    conn.commit()
    conn.close()
    with pytest.raises(LogError, match=r"items, the row of news:a: a column of .*details holds no JSON"):
        app.export(settings, "items", format_="jsonl", stdout=io.BytesIO(), output=target)
    assert target.read_bytes() == good
    assert not list(tmp_path.glob("*.part"))
    assert not list(tmp_path.glob(".*"))


def test_no_room_for_the_file_is_told_and_leaves_nothing(settings: Settings, tmp_path: Path) -> None:
    def small_files() -> None:
        """More than the 32 KiB that SQLite maps beside the log, less than what is to be written."""
        resource.setrlimit(resource.RLIMIT_FSIZE, (40_000, 40_000))

    add_documents(settings, 300)
    for command in (["export", "events", "--output", "new.jsonl"], ["backup", "new.db"]):
        done = monitor(tmp_path, *command, preexec_fn=small_files)
        assert done.returncode == 1
        assert done.stdout == ""
        assert re.match(r"monitor: .*/new\.(jsonl|db): ", done.stderr)
        assert len(done.stderr.splitlines()) == 1
        assert not list(tmp_path.glob("*new*"))
        assert not list(tmp_path.glob(".*"))


@pytest.mark.parametrize(
    ("name", "says"),
    [
        ("monitor.db", "is a file of the monitor itself"),
        ("monitor.db-wal", "is a file of the monitor itself"),
        ("config.toml", "is a file of the monitor itself"),
        ("link.db", "is a file of the monitor itself"),
        ("hard.db", "is a file of the monitor itself"),
        (".", "is no ordinary file"),
        ("/dev/null", "is no ordinary file"),
        ("none/new.db", "there is no such folder"),
    ],
)
def test_no_output_takes_the_place_of_what_must_stay(settings: Settings, name: str, says: str) -> None:
    folder = settings.log_path.resolve().parent
    (folder / "link.db").symlink_to("monitor.db")
    (folder / "hard.db").hardlink_to(settings.log_path)
    before = settings.log_path.read_bytes()
    with pytest.raises(UsageError, match=says):
        app.export(settings, "items", format_="csv", stdout=io.BytesIO(), output=folder / name)
    with pytest.raises(UsageError, match=says):
        app.backup(settings, folder / name, force=True)
    assert settings.log_path.read_bytes() == before


def test_an_unknown_table_is_answered_with_those_there_are(settings: Settings) -> None:
    for name in ("item", "bodies", "sqlite_schema", "items; DROP TABLE items"):
        with pytest.raises(
            UsageError, match=r"no such table; known: events, bill_actions, .*items, .*matches"
        ):
            exported(settings, name)


def test_the_command_prints_data_alone_and_says_last_what_it_is(settings: Settings, tmp_path: Path) -> None:
    with app.reading(settings) as archive:
        head = archive.head
    done = monitor(tmp_path, "export", "matches", "--format", "csv")
    (row,) = csv.DictReader(io.StringIO(done.stdout, newline=""))
    assert (done.returncode, row["key"]) == (0, "news:a")
    said = f"1 rows of matches at position {head.position}, head {head.hash}"
    assert done.stderr.splitlines()[-1] == said
    to_file = monitor(tmp_path, "export", "events", "--output", "events.jsonl")
    assert (to_file.returncode, to_file.stdout) == (0, "")
    lines = (tmp_path / "events.jsonl").read_text(encoding="utf-8").splitlines()
    assert [json.loads(line)["position"] for line in lines] == list(range(1, head.position + 1))
    assert monitor(tmp_path, "export", "nothing").returncode == 2


def test_a_reader_that_has_seen_enough_is_no_error(settings: Settings, tmp_path: Path) -> None:
    add_documents(settings, 1000)
    process = subprocess.Popen(
        [sys.executable, "-m", "monitor", "export", "events"],
        cwd=tmp_path,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )
    assert process.stdout is not None
    assert process.stderr is not None
    process.stdout.readline()
    process.stdout.close()
    assert process.stderr.read() == b""
    process.stderr.close()
    assert process.wait(timeout=30) == 0


def test_a_backup_is_one_plain_file_with_everything_in_it(settings: Settings, tmp_path: Path) -> None:
    settings.log_path.chmod(0o600)
    copy = app.backup(settings, tmp_path / "copy.db")
    assert {path.name for path in tmp_path.glob("*copy*")} == {"copy.db"}
    assert copy.size_bytes == copy.path.stat().st_size
    assert copy.path.read_bytes()[18:20] == b"\x01\x01"  # as the file format has it: no write-ahead log
    assert stat.S_IMODE(copy.path.stat().st_mode) == 0o600
    names = [row["name"] for row in stored(settings, "sqlite_schema") if row["type"] == "table"]
    of_copy = Settings(path=settings.path, log_path=copy.path, watchlists=tmp_path, fetch=settings.fetch)
    for name in names:
        assert stored(of_copy, name) == stored(settings, name), name


def test_a_copy_is_a_log_that_the_monitor_goes_on_with(settings: Settings, tmp_path: Path) -> None:
    done = monitor(tmp_path, "backup", "copy.db")
    with app.reading(settings) as archive:
        head = archive.head.hash
    said = rf"copy\.db: {len(EVENTS)} events, [\d,]+ bytes, chain unbroken\nhead {head}\n"
    assert re.fullmatch(said, done.stdout)
    (tmp_path / "other.toml").write_text(
        '[log]\npath = "copy.db"\n[fetch]\nuser_agent = "test"\n', encoding="utf-8"
    )
    assert "=HYPERLINK" in monitor(tmp_path, "items", "--config", "other.toml").stdout
    run = open_run(tmp_path / "copy.db", run_id="another")
    run.append("item:z", published("z"))
    assert run.log.verify() == len(EVENTS) + 1
    run.database.close()


def test_a_backup_replaces_nothing_unless_it_is_forced(settings: Settings, tmp_path: Path) -> None:
    (tmp_path / "copy.db").write_text("something else")
    refused = monitor(tmp_path, "backup", "copy.db")
    assert (refused.returncode, refused.stdout) == (2, "")
    assert "copy.db: is there already; name another file, or add --force" in refused.stderr
    assert (tmp_path / "copy.db").read_text() == "something else"
    forced = monitor(tmp_path, "backup", "copy.db", "--force", "--json")
    said = json.loads(forced.stdout)
    assert (said["events"], said["size_bytes"]) == (len(EVENTS), (tmp_path / "copy.db").stat().st_size)


def test_how_far_they_went_is_told_in_rows_and_pages(settings: Settings, tmp_path: Path) -> None:
    add_documents(settings, 2500)
    told: list[tuple[str, int, int]] = []

    def progress(name: str, done: int, of: int) -> None:
        told.append((name, done, of))

    app.export(settings, "items", format_="csv", stdout=io.BytesIO(), progress=progress)
    assert told == [("items", done, 2502) for done in (0, 1000, 2000)]
    told.clear()
    with app.reading(settings) as archive:
        database_ = archive.log.database
        pages = database_.conn.execute("PRAGMA page_count").fetchone()[0]
    reader = database.open_reader(settings.log_path)
    exporting.back_up(reader, tmp_path / "copy.db", pages_a_step=100, progress=progress)
    reader.close()
    *copying, verifying = told
    assert [done for _, done, _ in copying] == [*range(100, pages, 100), pages]
    assert {(name, of) for name, _, of in copying} == {("copying pages", pages)}
    assert verifying == ("verifying", 0, 0)


@pytest.mark.parametrize(
    ("arguments", "bar"),
    [
        (["backup", "copy.db"], "verifying"),
        (["export", "events", "--output", "events.jsonl"], "events"),
        (["export", "events"], "events"),
    ],
)
def test_a_bar_is_on_stderr_where_that_is_a_terminal_and_nowhere_else(
    settings: Settings, tmp_path: Path, arguments: list[str], bar: str
) -> None:
    add_documents(settings, 3000)
    out, err = on_a_terminal(tmp_path, *arguments)
    assert "\x1b[" in err
    assert bar in err
    assert "\x1b[" not in out
    again = monitor(tmp_path, *arguments, *(["--force"] if arguments[0] == "backup" else []))
    assert "\x1b[" not in again.stdout + again.stderr


def test_a_bar_does_not_run_through_data_on_the_screen(settings: Settings, tmp_path: Path) -> None:
    add_documents(settings, 3000)
    out, _ = on_a_terminal(tmp_path, "export", "items", also_stdout=True)
    assert "\x1b[" not in out
    assert out.count("\n") == 3002 + 1  # with the line that says what it is


def on_a_terminal(folder: Path, *arguments: str, also_stdout: bool = False) -> tuple[str, str]:
    """What the program prints on stdout, and on stderr where that is a terminal (both there, if asked for)."""
    ours, theirs = pty.openpty()
    with (folder / "out").open("w") as out:
        process = subprocess.Popen(
            [sys.executable, "-m", "monitor", *arguments],
            cwd=folder,
            env={**os.environ, "TERM": "xterm-256color", "COLUMNS": "80"},
            stdin=subprocess.DEVNULL,
            stdout=theirs if also_stdout else out,
            stderr=theirs,
        )
    os.close(theirs)
    seen = bytearray()
    with suppress(OSError):  # how Linux says that the other end of a terminal was closed
        while part := os.read(ours, 65536):
            seen += part
    os.close(ours)
    assert process.wait(timeout=60) == 0
    screen = seen.decode()
    return (screen, screen) if also_stdout else ((folder / "out").read_text(encoding="utf-8"), screen)


def test_a_log_that_was_tampered_with_takes_no_good_backups_place(settings: Settings, tmp_path: Path) -> None:
    copy = tmp_path / "copy.db"
    app.backup(settings, copy)
    good = copy.read_bytes()
    conn = sqlite3.connect(settings.log_path)
    conn.executescript("DROP TRIGGER events_refuse_update; UPDATE events SET run = 'x' WHERE position = 3;")
    conn.close()
    with pytest.raises(LogTampered, match="position 3"):
        app.backup(settings, copy, force=True)
    assert copy.read_bytes() == good
    assert {path.name for path in tmp_path.glob("*copy*")} == {"copy.db"}


def test_a_copy_that_is_not_as_the_log_is_not_kept(settings: Settings) -> None:
    with pytest.raises(LogError, match="is not as the log"):
        exporting._verified(settings.log_path, Head(position=3, hash="f" * 64))


APPENDING = textwrap.dedent("""
    import sys
    from pathlib import Path
    from moves import new_event, open_run, published
    run = open_run(Path(sys.argv[1]), run_id="child")
    for n in range(1_000_000):
        events = [new_event(published("a", "x" * 400), run="child"), new_event(published("b"), run="child")]
        outcome = run.log.append(f"item:child{n}", 0, events)
        print(outcome.last, flush=True)
""")


def test_a_backup_beside_a_process_that_appends_is_consistent_and_holds_it_not_up(
    settings: Settings, tmp_path: Path
) -> None:
    """Pairs are appended, each in one transaction: no copy may hold half a pair, or less than was acknowledged."""
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join([str(Path(__file__).parent), *sys.path])}
    child = subprocess.Popen(
        [sys.executable, "-c", APPENDING, str(settings.log_path)],
        stdout=subprocess.PIPE,
        text=True,
        env=environment,
    )
    assert child.stdout is not None
    try:
        for number in range(5):
            acknowledged = [int(child.stdout.readline()) for _ in range(20)][-1]
            reader = database.open_reader(settings.log_path)
            copy = exporting.back_up(reader, tmp_path / f"copy{number}.db", pages_a_step=7)
            reader.close()
            assert copy.events >= acknowledged
            assert (copy.events - len(EVENTS)) % 2 == 0
            assert int(child.stdout.readline()) > acknowledged
            assert child.poll() is None
    finally:
        child.kill()
        child.wait()
        child.stdout.close()


def test_before_the_first_poll_both_say_what_to_run(tmp_path: Path) -> None:
    (tmp_path / "config.toml").write_text('[fetch]\nuser_agent = "test"\n', encoding="utf-8")
    settings = app.load_settings(tmp_path / "config.toml")
    with pytest.raises(LogError, match="there is no log yet"):
        exported(settings, "items")
    with pytest.raises(MonitorError, match="there is no log yet"):
        app.backup(settings, tmp_path / "copy.db")
    assert {path.name for path in tmp_path.iterdir()} == {"config.toml"}


VIEWS = (DOCS / "views.md").read_text(encoding="utf-8")


@pytest.mark.parametrize("table", TABLES)
def test_the_page_on_tables_describes_each_column_in_order(settings: Settings, table: str) -> None:
    section = VIEWS.split(f"## `{table}`\n")[1].split("\n## ")[0]
    described = re.findall(r"^\| `(\w+)` \| (\w+) \| \S.* \|$", section, re.MULTILINE)
    conn = sqlite3.connect(settings.log_path)
    columns = conn.execute(f"SELECT name, type FROM pragma_table_info('{table}')").fetchall()
    conn.close()
    nested = exporting.JSON_COLUMNS.get(table, ())
    assert described == [(name, "JSON" if name in nested else type_) for name, type_ in columns]


def test_the_page_on_tables_describes_no_table_that_is_not_there() -> None:
    assert set(re.findall(r"^## `(\w+)`$", VIEWS, re.MULTILINE)) == set(TABLES)


def test_every_table_has_a_key_that_gives_its_rows_an_order(settings: Settings) -> None:
    conn = sqlite3.connect(settings.log_path)
    for table in TABLES:
        assert conn.execute(f"SELECT max(pk) FROM pragma_table_info('{table}')").fetchone()[0] > 0, table
    conn.close()


def test_the_settings_for_datasette_name_tables_and_columns_that_are_there(settings: Settings) -> None:
    text = (DOCS / "datasette.md").read_text(encoding="utf-8")
    (block,) = re.findall(r"```json\n(.*?)```", text, re.DOTALL)
    named = json.loads(block)["databases"]["monitor"]["tables"]
    conn = sqlite3.connect(settings.log_path)
    there = {row[0] for row in conn.execute("SELECT name FROM sqlite_schema WHERE type = 'table'")}
    assert set(named) == there
    for table in TABLES:
        assert named[table]["description"]
        columns = {row[0] for row in conn.execute(f"SELECT name FROM pragma_table_info('{table}')")}
        used = {
            named[table]["label_column"],
            *named[table].get("facets", []),
            *named[table].get("columns", {}),
        }
        assert used <= columns, table
    assert {table for table in there if named[table].get("hidden")} == there - set(TABLES)
    conn.close()

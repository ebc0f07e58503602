"""`monitor log`: the events that are asked for, in order, for a person or a machine, now and as they come."""

from __future__ import annotations

import json
import re
import shutil
import signal
import sqlite3
import subprocess
import sys
import time
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from moves import HandClock, new_event, open_run, published

from monitor import app, database
from monitor.archive.following import Choice, follow
from monitor.config import Settings
from monitor.core.errors import UsageError
from monitor.core.events import SourceFailed
from monitor.database import in_memory
from monitor.eventlog import EventLog

NEWS = '[[source]]\nid = "news"\nkind = "feed"\nurl = "https://example.org/"\n'
TIMEZONE = '[digest]\ntimezone = "Asia/Shanghai"\n'


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    """Six events, twelve hours apart from 2025-06-02T12:00Z on, of two runs."""
    clock = HandClock()
    for number, run_id in enumerate(["first", "second"]):
        run = open_run(tmp_path / "monitor.db", clock, run_id)
        for data in (
            published(f"a{number}", "Title \x1b[31m of one"),
            published(f"b?{number}"),
            SourceFailed(source="x", failure="http", detail=f"500 {number}"),
        ):
            clock.advance(hours=12)
            stream = f"item:{data.key}" if not isinstance(data, SourceFailed) else "source:x"
            run.append(stream, data)
        run.database.close()
    (tmp_path / "config.toml").write_text(f'[fetch]\nuser_agent = "test"\n{TIMEZONE}{NEWS}', encoding="utf-8")
    return app.load_settings(tmp_path / "config.toml")


def start(folder: Path, *arguments: str) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-m", "monitor", "log", *arguments],
        cwd=folder,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        encoding="utf-8",
    )


def run_log(folder: Path, *arguments: str) -> tuple[int, str, str]:
    process = start(folder, *arguments)
    out, err = process.communicate(timeout=60)
    return process.returncode, out, err


def positions(settings: Settings, *, since: str = "", until: str = "", **choice: Any) -> list[int]:
    return [event.position for event in app.events(settings, Choice(**choice), since=since, until=until)]


@pytest.mark.parametrize(
    ("choice", "expected"),
    [
        ({}, [1, 2, 3, 4, 5, 6]),
        ({"after": 4}, [5, 6]),
        ({"stream": "source:x"}, [3, 6]),
        ({"stream": "item:*"}, [1, 2, 4, 5]),
        ({"stream": "item:b?*"}, [2, 5]),
        ({"stream": "item:?0*"}, []),
        ({"types": ("SourceFailed",)}, [3, 6]),
        ({"run": "second"}, [4, 5, 6]),
        ({"run": "sec"}, []),
        ({"limit": 2}, [1, 2]),
        ({"last": 2}, [5, 6]),
        ({"last": 9}, [1, 2, 3, 4, 5, 6]),
        ({"last": 1, "stream": "item:*", "run": "first"}, [2]),
        ({"run": "second", "types": ("ItemPublished",), "after": 4, "limit": 3}, [5]),
    ],
)
def test_events_are_those_that_fit_every_condition(
    settings: Settings, choice: dict, expected: list[int]
) -> None:
    assert positions(settings, **choice) == expected


@pytest.mark.parametrize(
    ("since", "until", "expected"),
    [
        ("2025-06-03T12:00Z", "", [3, 4, 5, 6]),
        ("", "2025-06-03T12:00Z", [1, 2]),
        ("2025-06-03T00:00Z", "2025-06-03T12:00:01Z", [2, 3]),
        # Dates are local to [digest].timezone: this day begins in Shanghai at 2025-06-02T16:00Z.
        ("2025-06-03", "", [2, 3, 4, 5, 6]),
        ("", "2025-06-03", [1, 2, 3]),
        ("2025-06-03", "2025-06-03", [2, 3]),
        ("2025-06-03T20:00", "2025-06-03T20:01", [3]),
        ("1d", "2025-06-03", [2, 3]),
        ("1h", "2025-06-03T20:01", [3]),
        ("1h", "", []),
        ("2999-01-01", "", []),
    ],
)
def test_times_are_read_as_the_digest_reads_them(
    settings: Settings, since: str, until: str, expected: list[int]
) -> None:
    assert positions(settings, since=since, until=until) == expected


def test_a_time_that_is_none_is_refused(settings: Settings) -> None:
    with pytest.raises(UsageError, match="--since: 'soon' is not a date or a time"):
        positions(settings, since="soon")
    with pytest.raises(UsageError, match="is not before --until"):
        positions(settings, since="2025-06-04", until="2025-06-03")


text = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\x00"), max_size=4)


@given(st.lists(text, min_size=1, max_size=5, unique=True), text)
def test_a_star_at_the_end_names_all_that_begin_so_whatever_they_hold(
    streams: list[str], beginning: str
) -> None:
    log = EventLog(in_memory())
    for stream in streams:
        log.append(stream, 0, [new_event(published("a"))])
    found = {event.stream for event in log.read(stream=f"{beginning}*")}
    log.database.close()
    assert found == {stream for stream in streams if stream.startswith(beginning)}


def test_for_a_person_an_event_is_a_line_or_two_without_terminal_escapes(settings: Settings) -> None:
    folder = settings.path.parent
    code, out, err = run_log(folder, "--last", "2", "--after", "4")
    assert (code, err) == (0, "")
    head, said = out.splitlines()[2:]
    assert re.fullmatch(r" +6  2025-06-05T08:00:00\+08:00  SourceFailed  source:x", head)
    assert said.strip() == "http · 500 1"
    assert "\x1b" not in run_log(folder, "item:a0")[1]


@pytest.mark.parametrize("stream", ["item:z", "item:z*", "so*", "monitor", "source:news", "match:a/b/c"])
def test_a_stream_that_may_yet_have_events_is_no_mistake(settings: Settings, stream: str) -> None:
    assert run_log(settings.path.parent, stream, "--after", "6") == (0, "", "no event fits\n")


def test_a_moment_copied_from_a_line_means_that_moment_whatever_the_zone(settings: Settings) -> None:
    folder = settings.path.parent
    head = run_log(folder, "--last", "1")[1].split()
    assert head[:2] == ["6", "2025-06-05T08:00:00+08:00"]
    for zone in ("Asia/Shanghai", "America/New_York", "UTC"):
        text = settings.path.read_text(encoding="utf-8")
        settings.path.write_text(text.replace("Asia/Shanghai", zone), encoding="utf-8")
        assert run_log(folder, "--since", head[1], "--json")[1].count("\n") == 1
        assert (
            json.loads(run_log(folder, "--since", head[1], "--json")[1])["recorded_at"]
            == "2025-06-05T00:00:00Z"
        )
        settings.path.write_text(text, encoding="utf-8")


def test_for_a_machine_an_event_is_a_line_of_json(settings: Settings) -> None:
    code, out, err = run_log(settings.path.parent, "--run", "first", "--json")
    assert (code, err) == (0, "")
    events = [json.loads(line) for line in out.splitlines()]
    assert [event["position"] for event in events] == [1, 2, 3]
    assert {event["run"] for event in events} == {"first"}
    assert events[2]["data"] == {"source": "x", "failure": "http", "detail": "500 0"}


def add_from_the_future(path: Path, *kinds: tuple[str, int]) -> None:
    """What a newer version of the program would have appended."""
    with closing(sqlite3.connect(path, isolation_level=None)) as connection:
        for type_, schema in kinds:
            connection.execute(
                "INSERT INTO events SELECT position + 1, 'new' || position, 'song:' || position, 1, ?, ?, NULL, NULL,"
                " recorded_at, run, NULL, '{}', hash, 'new' || position FROM events ORDER BY position DESC LIMIT 1",
                (type_, schema),
            )


@pytest.fixture
def newer(settings: Settings, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of the log, in a folder of its own, to which a newer version has appended."""
    folder = tmp_path_factory.mktemp("newer")
    app.backup(settings, folder / "monitor.db")
    shutil.copy(settings.path, folder)
    add_from_the_future(folder / "monitor.db", ("ItemSung", 1), ("ItemPublished", 9), ("ItemSung", 1))
    return folder


UNREAD = "of a type or schema unknown to this version ({}), printed without data; update the monitor\n"


def test_what_this_version_cannot_read_is_printed_and_said_beside_the_data(newer: Path) -> None:
    says = f"monitor: 3 events {UNREAD.format('ItemPublished 9, ItemSung 1')}"
    code, out, err = run_log(newer, "--json")
    assert (code, err) == (0, says)
    data = {event["position"]: event["data"] for event in map(json.loads, out.splitlines())}
    assert [position for position, said in data.items() if said is None] == [7, 8, 9]
    code, out, err = run_log(newer, "--after", "5", "--limit", "2")
    assert (code, err) == (0, f"monitor: 1 event {UNREAD.format('ItemSung 1')}")
    assert out.count("(unknown to this version of the monitor)") == 1


def test_what_can_be_read_is_not_complained_about(newer: Path) -> None:
    assert run_log(newer, "--limit", "6")[2] == ""
    assert run_log(newer, "item:*")[2] == ""


def test_following_says_at_once_what_it_cannot_read_but_each_kind_once(newer: Path) -> None:
    process = start(newer, "--follow", "--json")
    assert process.stdout is not None
    for _ in range(9):
        process.stdout.readline()
    process.send_signal(signal.SIGINT)
    out, err = process.communicate(timeout=30)
    kinds = ((7, "ItemSung 1"), (8, "ItemPublished 9"))
    says = "".join(f"monitor: position {place} {UNREAD.format(kind)}" for place, kind in kinds)
    assert (process.returncode, out, err) == (0, "", says)


def test_nothing_that_fits_is_said_beside_the_data(settings: Settings) -> None:
    assert run_log(settings.path.parent, "item:z", "--json") == (0, "", "no event fits\n")


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (["--limit", "1", "--last", "1"], "--last: does not go with --limit"),
        (["--follow", "--until", "2025-06-03"], "--until: does not go with --follow"),
        (["--type", "ItemSung"], "--type: 'ItemSung' is no type of event; known are SourceConfigured"),
        (["--type", "itempublished"], 'is no type of event; did you mean "ItemPublished"?'),
        (["x"], 'x: is no stream; did you mean "source:x"?'),
        (["a0"], 'a0: is no stream; did you mean "item:a0"?'),
        (["sorce:x"], 'sorce:x: is no stream; did you mean "source:x"?'),
        (["what*"], "what*: is no stream; known are source, item, watchlist"),
        (["source:nwes"], 'source:nwes: there is no such source; did you mean "news"?'),
        (["source:z*"], "source:z*: there is no such source; known are news"),
        (["--since", "soon"], "--since: 'soon' is not a date or a time"),
        (["--last", "0"], "Invalid value for '--last'"),
    ],
)
def test_wrong_use_is_one_message_and_exit_code_2(
    settings: Settings, arguments: list[str], says: str
) -> None:
    code, out, err = run_log(settings.path.parent, *arguments)
    assert (code, out) == (2, "")
    assert says in err


def appender(settings: Settings) -> Callable[[str], None]:
    def append(key: str) -> None:
        run = open_run(settings.log_path, run_id=f"appends {key}")
        run.append(f"item:{key}", published(key))
        run.database.close()

    return append


class Enough(Exception):  # noqa: N818 - ends a wait, and is no error
    """Raised by a wait that is to be the last."""


def followed(settings: Settings, choice: Choice, moves: list[Callable[[], None]]) -> list[int]:
    """Positions given while, at each wait, the next move is made; the last wait ends it."""
    reader = database.open_reader(settings.log_path)
    given = []

    def wait() -> None:
        assert not reader.conn.in_transaction
        if not moves:
            raise Enough
        moves.pop(0)()

    try:
        given.extend(event.position for event in follow(EventLog(reader), choice, wait=wait))
    except Enough:
        pass
    finally:
        reader.close()
    return given


def test_following_gives_each_event_once_and_what_comes_after_it(settings: Settings) -> None:
    append = appender(settings)
    moves = [lambda: append("p"), lambda: None, lambda: append("q")]
    assert followed(settings, Choice(), moves) == [1, 2, 3, 4, 5, 6, 7, 8]


def test_following_keeps_to_what_was_asked_for(settings: Settings) -> None:
    append = appender(settings)
    moves = [lambda: append("p"), lambda: append("q"), lambda: append("r")]
    assert followed(settings, Choice(stream="item:q*"), [*moves]) == [8]
    assert followed(settings, Choice(after=9), [lambda: append("s")]) == [10]
    assert followed(settings, Choice(after=11), [lambda: append("t"), lambda: append("u")]) == [12]
    assert followed(settings, Choice(last=1), [lambda: append("v")]) == [12, 13]


def test_following_ends_when_as_many_were_given_as_were_asked_for(settings: Settings) -> None:
    append = appender(settings)
    moves = [lambda: append("p"), lambda: append("q"), lambda: append("r")]
    assert followed(settings, Choice(after=5, limit=2), moves) == [6, 7]
    assert len(moves) == 2


def test_a_waiting_follower_does_not_keep_the_writer_from_emptying_its_wal(settings: Settings) -> None:
    busy = []

    def check() -> None:
        run = open_run(settings.log_path, run_id="another")
        run.append("item:p", published("p"))
        busy.append(run.database.conn.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()[0])
        run.database.close()

    assert followed(settings, Choice(), [check]) == [1, 2, 3, 4, 5, 6, 7]
    assert busy == [0]


def test_follow_prints_what_another_process_appends_until_ctrl_c_and_ends_well(settings: Settings) -> None:
    process = start(settings.path.parent, "--follow", "--last", "1", "--json")
    assert process.stdout is not None
    assert json.loads(process.stdout.readline())["position"] == 6
    append = appender(settings)
    for number in range(3):
        append(f"p{number}")  # each opens the log as its one writer, and closes it again
        assert json.loads(process.stdout.readline())["stream"] == f"item:p{number}"
    process.send_signal(signal.SIGINT)
    out, err = process.communicate(timeout=30)
    assert (process.returncode, out, err) == (0, "", "")


def test_follow_ends_when_its_reader_goes(settings: Settings) -> None:
    process = start(settings.path.parent, "--follow")
    assert process.stdout is not None
    assert process.stderr is not None
    process.stdout.readline()
    process.stdout.close()
    append = appender(settings)
    deadline = time.monotonic() + 30
    number = 0
    while process.poll() is None:
        assert time.monotonic() < deadline
        append(f"p{number}")
        number += 1
        time.sleep(0.1)
    assert process.stderr.read() == ""
    process.stderr.close()
    assert process.returncode == 0

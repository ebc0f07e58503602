"""`monitor match`: a filter over JSON Lines, as real processes; and how a stream is cut into blocks."""

from __future__ import annotations

import io
import json
import os
import random
import select
import signal
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from itertools import pairwise
from pathlib import Path

import pytest

from monitor.core.watchlists import parse_watchlist
from monitor.pipeline import sharing, trying
from monitor.pipeline.trying import Block

WATCHLIST = (
    'title = "Networks"\n[[subject]]\nid = "next-g"\nname = "Next G Alliance"\nany = ["Next G Alliance"]\n'
)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "watchlists").mkdir()
    (tmp_path / "watchlists" / "networks.toml").write_text(WATCHLIST, encoding="utf-8")
    return tmp_path


def item(number: int, *, words: int = 40) -> bytes:
    """Every third one is about the subject."""
    title = "The Next G Alliance meets" if number % 3 == 0 else "A grapevine"
    summary = "spectrum and the market " * (words // 4)
    return json.dumps({"id": str(number), "title": title, "summary": summary}).encode() + b"\n"


def write_items(path: Path, count: int) -> None:
    with path.open("wb") as out:
        out.writelines(map(item, range(count)))


@contextmanager
def match(
    folder: Path, *arguments: str, stdin: int = subprocess.DEVNULL
) -> Iterator[subprocess.Popen[bytes]]:
    """`monitor match` in a process group of its own, which is gone when the test is done with it."""
    process = subprocess.Popen(
        [sys.executable, "-m", "monitor", "match", "--watchlists", "watchlists", *arguments],
        cwd=folder,
        stdin=stdin,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        start_new_session=True,
    )
    try:
        yield process
    finally:
        if process.poll() is None:
            process.kill()
        for stream in (process.stdin, process.stdout, process.stderr):
            if stream and not stream.closed:
                stream.close()
        process.wait(timeout=30)


def run(
    folder: Path, *arguments: str, given: bytes | None = None
) -> tuple[int, list[dict[str, object]], str]:
    with match(folder, *arguments, stdin=subprocess.DEVNULL if given is None else subprocess.PIPE) as process:
        out, err = process.communicate(given, timeout=120)
    return process.returncode, [json.loads(line) for line in out.splitlines()], err.decode()


def members(group: int) -> list[int]:
    """The processes of a session, those that the system has not yet buried aside."""
    found = []
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            state, _, _, session = (folder / "stat").read_text().rpartition(")")[2].split()[:4]
        except OSError:
            continue
        if int(session) == group and state != "Z":
            found.append(int(folder.name))
    return found


def wait_for(what: object, *, seconds: float = 20) -> bool:
    assert callable(what)
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        if what():
            return True
        time.sleep(0.05)
    return False


def workers(group: int) -> list[int]:
    """The processes that answer: the youngest, after the one that shares, the server and the one that sweeps up."""
    return sorted(members(group))[3:]


on_linux = pytest.mark.skipif(sys.platform != "linux", reason="reads /proc")


@pytest.mark.parametrize("jobs", [["--jobs", "1"], ["--jobs", "2"], ["--jobs", "3"], []])
def test_matches_come_in_the_order_of_the_items_however_many_share_the_work(
    folder: Path, jobs: Sequence[str]
) -> None:
    write_items(folder / "items.jsonl", 6000)
    code, found, err = run(folder, *jobs, "items.jsonl")
    assert (code, err) == (0, "")
    assert [one["id"] for one in found] == [str(number) for number in range(0, 6000, 3)]


def test_much_input_is_shared_without_being_asked_and_from_a_pipe_too(folder: Path) -> None:
    many = sharing.WORTH_SHARING_BYTES * 2 // len(item(0))
    given = b"".join(map(item, range(many)))
    code, found, err = run(folder, "-", given=given)
    assert (code, err) == (0, "")
    assert [one["id"] for one in found] == [str(number) for number in range(0, many, 3)]


@pytest.mark.parametrize("jobs", [["--jobs", "1"], ["--jobs", "2"], []])
def test_in_a_pipe_a_match_appears_before_the_next_line_comes(folder: Path, jobs: Sequence[str]) -> None:
    with match(folder, *jobs, "-", stdin=subprocess.PIPE) as process:
        assert process.stdin
        assert process.stdout
        for number in (0, 3, 6):
            process.stdin.write(item(number))
            process.stdin.flush()
            assert select.select([process.stdout], [], [], 30)[0], "nothing came"
            assert json.loads(process.stdout.readline())["id"] == str(number)
        process.stdin.close()
        assert process.wait(timeout=30) == 0


JUNK = {
    b"not json": "not an item",
    b'{"id": 1}': "not an item: Expected `str`, got `int`",
    b'{"id": "x", "title": "\xff\xfe"}': "not an item",
    b'\x00{"id": "x"}': "not an item",
    b'{"id": "x", "title": "\x00"}': "not an item",
    b'{"id": "x", "title": "\\ud800"}': "not an item",
    b"[" * 100_000: "not an item",
    b'{"id": "x", "more": ' + b'{"a":' * 50_000 + b"1" + b"}" * 50_001: "not an item",
    b'{"title": "Next G Alliance"}': "not an item: Object missing required field `id`",
    b'["id", "title"]': "not an item: Expected `object`, got `array`",
    b'{"id": "x", "identifiers": [["a"]]}': "not an item",
    b'{"id": "x"} {"id": "y"}': "not an item",
}


@pytest.mark.parametrize("jobs", ["1", "2"])
def test_a_line_that_is_no_item_is_named_and_costs_no_other(folder: Path, jobs: str) -> None:
    lines = [line for junk in JUNK for line in (junk, item(0).strip())]
    (folder / "items.jsonl").write_bytes(b"\xef\xbb\xbf" + item(0) + b"\r\n".join(lines))
    code, found, err = run(folder, "--jobs", jobs, "items.jsonl")
    assert code == 1
    assert len(found) == len(JUNK) + 1
    told = err.splitlines()
    assert len(told) == len(JUNK)
    for place, (line, what) in enumerate(zip(told, JUNK.values(), strict=True)):
        assert line.startswith(f"monitor: items.jsonl:{2 * place + 2}: {what}")
        assert line.endswith("; write one JSON object a line")


def test_what_is_odd_and_no_mistake_is_taken(folder: Path) -> None:
    odd = [
        b'{"id": "a", "title": "Next G\\u0000 Alliance"}',
        b'{"id": "b", "title": null, "summary": "Next G Alliance", "published": "yesterday", "url": "::"}',
        b'{"id": "c", "title": "Next G Alliance", "more": [{"deep": [[[]]]}], "identifiers": {"rin": "x", "": ""}}',
        b'{"id": "", "title": "Next G Alliance"}',
        '{"id": "e\u202e\u200b", "title": "Next\u00a0G Alliance"}'.encode(),
        b"   ",
        b'{"id": "f", "title": "' + b"Next G Alliance " * 100_000 + b'"}',
    ]
    code, found, err = run(folder, "-", given=b"\n".join(odd))
    assert code == 0
    assert err == "monitor: <stdin>:2: published: 'yesterday' is no date; matched without it\n"
    assert [one["id"] for one in found] == ["a", "b", "c", "", "e\u202e\u200b", "f"]


def test_a_field_that_no_item_has_is_told_of_once(folder: Path) -> None:
    lines = b'{"id": "a", "tilte": "Next G Alliance"}\n{"id": "b", "tilte": "Next G Alliance"}\n'
    code, found, err = run(folder, "-", given=lines)
    assert (code, found) == (0, [])
    assert err == ('monitor: <stdin>:1: not read of this line, nor of others: tilte; did you mean "title"?\n')


def test_a_closed_stdin_is_said_to_be_closed(folder: Path) -> None:
    command = f"{sys.executable} -m monitor match --watchlists watchlists - <&-"
    done = subprocess.run(["sh", "-c", command], cwd=folder, capture_output=True, text=True, check=False)
    assert done.returncode == 2
    assert "stdin is closed; name a file, or pipe the items in" in done.stderr


def test_what_a_terminal_would_obey_is_printed_as_an_escape(folder: Path) -> None:
    given = '{"id": "\u009b\u202e", "title": "Next\u200bG Alliance \u2066"}\n'.encode()
    with match(folder, "-", stdin=subprocess.PIPE) as process:
        out, _ = process.communicate(given, timeout=60)
    assert b'"id":"\\u009b\\u202e"' in out
    assert b"Next\\u200bG Alliance" in out


def test_a_line_beyond_the_bound_is_passed_over_without_being_kept(folder: Path) -> None:
    with (folder / "items.jsonl").open("wb") as out:
        out.write(item(0) + b'{"id": "x", "title": "')
        for _ in range(64):
            out.write(b"Next G Alliance " * 65_536)
        out.write(b'"}\n' + item(3))
    kilobytes = peak_kilobytes(folder, "items.jsonl", code=1)
    assert kilobytes < peak_kilobytes(folder, os.devnull) + 60_000
    code, found, err = run(folder, "items.jsonl")
    assert (code, [one["id"] for one in found]) == (1, ["0", "3"])
    assert err == "monitor: items.jsonl:2: longer than 16 MiB; write one JSON object a line\n"


def peak_kilobytes(folder: Path, *arguments: str, code: int = 0) -> int:
    """The most memory that the process had, as the system counted it."""
    process = subprocess.Popen(
        [sys.executable, "-m", "monitor", "match", "--watchlists", "watchlists", *arguments],
        cwd=folder,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    _, status, used = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    assert process.returncode == code
    return used.ru_maxrss if sys.platform == "linux" else used.ru_maxrss // 1024


def kilobytes_of_all(folder: Path, *arguments: str) -> int:
    """The most memory that each of the processes had, together."""
    peaks: dict[int, int] = {}
    with match(folder, *arguments) as process:
        while process.poll() is None:
            for pid in members(process.pid):
                try:
                    status = Path(f"/proc/{pid}/status").read_text(encoding="utf-8")
                except OSError:
                    continue
                if "VmHWM" in status:
                    peaks[pid] = int(status.partition("VmHWM:")[2].split()[0])
            time.sleep(0.02)
        assert process.returncode == 0
    return sum(peaks.values())


def test_ten_times_the_items_take_no_more_memory(folder: Path) -> None:
    write_items(folder / "some.jsonl", 20_000)
    write_items(folder / "many.jsonl", 200_000)
    some = peak_kilobytes(folder, "--jobs", "1", "some.jsonl")
    assert peak_kilobytes(folder, "--jobs", "1", "many.jsonl") < some + 4_000


@on_linux
def test_nor_do_they_where_the_work_is_shared(folder: Path) -> None:
    folder.joinpath("watchlists", "networks.toml").write_text(
        WATCHLIST.replace("Next G", "Nobody's"), encoding="utf-8"
    )
    write_items(folder / "some.jsonl", 20_000)
    write_items(folder / "many.jsonl", 200_000)
    some = kilobytes_of_all(folder, "--jobs", "2", "some.jsonl")
    assert kilobytes_of_all(folder, "--jobs", "2", "many.jsonl") < some + 12_000


@on_linux
def test_a_reader_who_has_seen_enough_ends_all_processes_without_a_word(folder: Path) -> None:
    write_items(folder / "items.jsonl", 60_000)
    with match(folder, "--jobs", "2", "items.jsonl") as process:
        assert process.stdout
        assert process.stderr
        assert json.loads(process.stdout.readline())["id"] == "0"
        process.stdout.close()
        assert process.stderr.read() == b""
        assert process.wait(timeout=30) == 0
        assert wait_for(lambda: not members(process.pid))


def begin(process: subprocess.Popen[bytes]) -> None:
    """Give it an item, and wait for its match."""
    assert process.stdin
    assert process.stdout
    process.stdin.write(item(0))
    process.stdin.flush()
    assert process.stdout.readline()


@on_linux
@pytest.mark.parametrize("jobs", ["1", "2"])
def test_ctrl_c_ends_all_processes_with_one_line(folder: Path, jobs: str) -> None:
    with match(folder, "--jobs", jobs, "-", stdin=subprocess.PIPE) as process:
        begin(process)
        os.killpg(process.pid, signal.SIGINT)
        assert process.wait(timeout=30) == 1
        assert process.stderr
        assert process.stderr.read() == b"monitor: interrupted; what was printed is right, and not all\n"
        assert wait_for(lambda: not members(process.pid))


@on_linux
def test_a_process_that_is_killed_is_told_of_and_nothing_is_left_running(folder: Path) -> None:
    with match(folder, "--jobs", "2", "-", stdin=subprocess.PIPE) as process:
        begin(process)
        os.kill(workers(process.pid)[0], signal.SIGKILL)
        process.stdin.write(item(3))
        process.stdin.close()
        assert process.wait(timeout=30) == 1
        assert process.stderr
        assert process.stderr.read().decode() == (
            "monitor: <stdin>: a process that shared the work was ended from outside, perhaps for want of memory;"
            " what was printed is right and not all; try --jobs 1\n"
        )
        assert wait_for(lambda: not members(process.pid))


@on_linux
def test_those_who_share_the_work_do_not_outlive_the_one_who_gave_it(folder: Path) -> None:
    with match(folder, "--jobs", "2", "-", stdin=subprocess.PIPE) as process:
        begin(process)
        assert workers(process.pid)
        process.kill()
        assert wait_for(lambda: not members(process.pid))


def cut(data: bytes, pieces: Sequence[int], *, longest: int = 1000) -> list[Block]:
    """The blocks of a pipe into which the data comes in pieces of these sizes."""
    lines = trying.Lines(longest)
    source = io.BytesIO(data)
    found = [block for size in pieces for block in lines.add(source.read(size))]
    while data := source.read(60):
        found += lines.add(data)
    return [*found, *lines.end()]


def test_however_a_stream_comes_its_lines_are_whole_and_counted() -> None:
    chance = random.Random("pieces")
    data = b"\n".join(b"x" * chance.randrange(12) for _ in range(200))
    for _ in range(200):
        blocks = cut(data, [chance.randrange(1, 40) for _ in range(chance.randrange(60))])
        assert b"".join(block.text for block in blocks) == data
        for before, block in pairwise(blocks):
            assert before.text.endswith(b"\n")
            assert block.first == before.first + before.text.count(b"\n")


@pytest.mark.parametrize("pieces", [[], [1], [5], [6, 90], [6, 100, 56], [100, 57], [1] * 160])
def test_a_line_that_is_too_long_is_one_block_however_it_comes(pieces: Sequence[int]) -> None:
    data = b"first\n" + b"x" * 150 + b"\nthird\nfourth"
    blocks = cut(data, pieces, longest=100)
    told = [(block.first, block.text, block.too_long) for block in blocks]
    assert (2, b"", True) in told
    assert b"".join(text for _, text, _ in told) == b"first\nthird\nfourth"
    assert [first for first, text, _ in told if text.endswith(b"fourth")] in ([3], [4])


def test_the_answers_do_not_depend_on_where_blocks_are_cut() -> None:
    trial = trying.Trial([parse_watchlist(WATCHLIST, file="watchlists/networks.toml")], name="items")
    lines = [item(0), b"junk\n", item(1), item(3), b"\n", b"{}\n", item(6)]
    whole = trial.answer(Block(first=1, text=b"".join(lines)))
    parts = [trial.answer(Block(first=number, text=line)) for number, line in enumerate(lines, start=1)]
    assert whole.matches == b"".join(part.matches for part in parts)
    assert whole.problems == tuple(problem for part in parts for problem in part.problems)
    assert [problem.where for problem in whole.problems] == ["items:2", "items:6"]


@pytest.mark.parametrize(
    "identifiers",
    [
        {"bill": "117-hr-1060"},
        {"bill": "117-HR-1060"},
        {"bill": "H.R. 1060 (117th)"},
        ["H.R. 1060 (117th)"],
        ["bill:117-hr-1060"],
    ],
)
def test_an_identifier_is_known_however_it_is_written(identifiers: object) -> None:
    text = 'title = "T"\n[[subject]]\nid = "s"\nany = ["H.R. 1060 (117th)"]\n'
    trial = trying.Trial([parse_watchlist(text, file="watchlists/t.toml")], name="items")
    line = json.dumps({"id": "1", "title": "An act", "identifiers": identifiers}).encode()
    answer = trial.answer(Block(first=1, text=line))
    assert (b'"subject":"s"' in answer.matches.replace(b": ", b":"), answer.problems) == (True, ())

"""What a reader says of an item: recorded once, replaced by another verdict, shown where the item is."""

from __future__ import annotations

import json
import re
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from moves import HandClock
from test_commands import Folder
from webserver import Reply, WebServer

from monitor import app, projections
from monitor.archive.judging import Judged, Verdict
from monitor.core.errors import UsageError
from monitor.core.events import ItemJudged, ItemPublished
from monitor.core.renderings.neutral import cells

BILL = "bill:117-hr-1060"


class Reader:
    """A folder with two items in its log, and somebody who judges them."""

    def __init__(self, folder: Path) -> None:
        self.clock = HandClock()
        (folder / "config.toml").write_text('[fetch]\nuser_agent = "test"\n', encoding="utf-8")
        self.settings = app.load_settings(folder / "config.toml")
        with app.writing(self.settings, clock=self.clock) as run, run.database.write():
            for key, title, url in (
                (BILL, "WIRELESS Leadership Act", "https://example.org/1060"),
                ("news:a", "News", ""),
            ):
                event = ItemPublished(
                    key=key, source="test", origin="live", kind="document", title=title, url=url
                )
                run.append(f"item:{key}", event)
            projections.catch_up(run.database, run.log)

    def judge(self, key: str, verdict: Verdict, note: str = "") -> Judged:
        self.clock.advance(hours=1)
        return app.judge(self.settings, key, verdict, note=note, clock=self.clock)

    def recorded(self) -> list[tuple[str, Any]]:
        with app.reading(self.settings) as archive:
            return [(event.stream, event.data) for event in archive.log.read(types=("ItemJudged",))]


@pytest.fixture
def reader(tmp_path: Path) -> Reader:
    return Reader(tmp_path)


def test_a_verdict_is_recorded_in_the_items_own_stream(reader: Reader) -> None:
    judged = reader.judge(BILL, "relevant", " ours ")
    assert (judged.key, judged.verdict, judged.note, judged.before, judged.is_new) == (
        BILL,
        "relevant",
        "ours",
        "",
        True,
    )
    assert reader.recorded() == [
        (f"triage:{BILL}", ItemJudged(key=BILL, verdict="relevant", note="ours")),
    ]


@pytest.mark.parametrize(
    "written",
    ["H.R. 1060 (117th)", "117-hr-1060", BILL, "https://example.org/1060", "http://example.org/1060/"],
)
def test_the_key_may_be_written_as_people_write_it(reader: Reader, written: str) -> None:
    assert reader.judge(written, "noise").key == BILL


def test_the_same_verdict_again_records_nothing(reader: Reader) -> None:
    reader.judge(BILL, "noise", "a siting bill")
    for note in ("", "a siting bill"):
        again = reader.judge(BILL, "noise", note)
        assert (again.is_new, again.note, again.before) == (False, "a siting bill", "noise")
    assert len(reader.recorded()) == 1


def test_another_verdict_replaces_the_last_and_its_note(reader: Reader) -> None:
    reader.judge(BILL, "noise", "a siting bill")
    judged = reader.judge(BILL, "relevant")
    assert (judged.is_new, judged.before, judged.verdict, judged.note) == (True, "noise", "relevant", "")
    assert [data.verdict for _, data in reader.recorded()] == ["noise", "relevant"]


def test_another_note_to_the_same_verdict_is_recorded(reader: Reader) -> None:
    reader.judge(BILL, "later")
    assert reader.judge(BILL, "later", "after the recess").is_new
    assert reader.judge(BILL, "later", "in autumn").is_new
    assert [data.note for _, data in reader.recorded()] == ["", "after the recess", "in autumn"]


def test_an_item_that_the_log_does_not_hold_cannot_be_judged(reader: Reader) -> None:
    with pytest.raises(UsageError, match="the log holds no such item"):
        reader.judge("bill:117-hr-1061", "noise")
    assert reader.recorded() == []


def test_the_list_holds_the_last_verdict_on_each_item_the_latest_first(reader: Reader) -> None:
    reader.judge(BILL, "noise")
    reader.judge("news:a", "later", "read it")
    reader.judge(BILL, "relevant")
    found, notices = app.judged(reader.settings)
    assert [(one.key, one.title, one.verdict, one.note) for one in found] == [
        (BILL, "WIRELESS Leadership Act", "relevant", ""),
        ("news:a", "News", "later", "read it"),
    ]
    assert list(notices) == []
    assert found[0].recorded_at > found[1].recorded_at
    early = (reader.clock() - timedelta(minutes=90)).isoformat()
    before, _ = app.judged(reader.settings, as_of=early)
    assert [(one.key, one.verdict) for one in before] == [(BILL, "noise")]


# The command


@pytest.fixture
def folder(tmp_path: Path, web: WebServer) -> Folder:
    feed = (
        b"<rss version='2.0'><channel><title>A feed</title>"
        b"<item><guid>a</guid><title>Next G Alliance meets</title></item></channel></rss>"
    )
    web.answer("/news", Reply(body=feed))
    folder = Folder(tmp_path, web)
    assert folder.run("poll").returncode == 0
    return folder


def test_the_command_says_what_it_recorded_and_what_it_did_not(folder: Folder) -> None:
    said = [
        folder.run("judge", "news:a", *words)
        for words in (("noise", "--note", "no policy"), ("noise",), ("relevant",))
    ]
    assert [(done.returncode, done.stderr) for done in said] == [(0, "")] * 3
    assert [done.stdout for done in said] == [
        "news:a is judged noise: no policy\n",
        "news:a is judged noise already: no policy; nothing was recorded\n",
        "news:a is judged relevant (it was noise)\n",
    ]
    assert "judged" in folder.run("show", "news:a").stdout
    assert folder.lines("show", "news:a")[0]["judgement"]["verdict"] == "relevant"
    assert folder.run("verify").returncode == 0


def test_json_tells_the_verdict_what_it_replaced_and_whether_it_is_new(folder: Folder) -> None:
    (first,) = folder.lines("judge", "news:a", "later")
    assert {name: first[name] for name in ("key", "verdict", "note", "before", "is_new")} == {
        "key": "news:a",
        "verdict": "later",
        "note": "",
        "before": "",
        "is_new": True,
    }
    (second,) = folder.lines("judge", "news:a", "later")
    assert (second["is_new"], second["before"]) == (False, "later")
    (listed,) = folder.lines("judge", "--list")
    assert listed == {
        "key": "news:a",
        "title": "Next G Alliance meets",
        "verdict": "later",
        "note": "",
        "recorded_at": first["recorded_at"],
    }


def test_the_list_is_plain_and_says_when_it_is_empty(folder: Folder) -> None:
    assert "nothing was judged yet" in folder.run("judge", "--list").stdout
    folder.run("judge", "news:a", "noise", "--note", "a\x1b[31m\nred\u202e note")
    done = folder.run("judge", "--list")
    verdict, title, note = done.stdout.splitlines()
    assert (verdict[:8].strip(), verdict.endswith("  news:a")) == ("noise", True)
    assert (title, note) == ("    Next G Alliance meets", "    note: a[31m red note")
    assert json.loads(folder.run("judge", "--list", "--json").stdout)["note"].startswith("a\x1b")


def test_the_list_tells_moments_in_the_readers_zone_as_show_does(folder: Folder) -> None:
    folder.configure("news", extra='[digest]\ntimezone = "Asia/Shanghai"\n')
    folder.run("judge", "news:a", "noise")
    shown = folder.run("show", "news:a").stdout
    (moment,) = re.findall(r"judged +noise, (\S+\+08:00)", shown)
    assert moment in folder.run("judge", "--list").stdout


def test_a_long_note_is_told_whole_in_lines_that_fit(folder: Folder) -> None:
    note = "carriers and spectrum 频谱与运营商 " * 12
    folder.run("judge", "news:a", "later", "--note", note)
    lines = folder.run("judge", "--list").stdout.splitlines()
    assert max(cells(line) for line in lines) <= 80
    told = "".join(line.strip() for line in lines[2:]).replace(" ", "")
    assert told == f"note:{note.replace(' ', '')}"


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (["news:z", "noise"], "monitor: news:z: the log holds no such item"),
        (["news:a", "boring"], "'boring' is not one of 'relevant', 'noise', 'later'"),
        (
            ["news:a"],
            "monitor: judge: says nothing without a key and a verdict; write `monitor judge KEY relevant`",
        ),
        ([], "monitor: judge: says nothing without a key and a verdict"),
        (["news:a", "noise", "--list"], "monitor: --list: lists all that was judged; leave KEY"),
    ],
)
def test_wrong_use_is_one_message_and_exit_code_2(folder: Folder, arguments: list[str], says: str) -> None:
    done = folder.run("judge", *arguments)
    assert (done.returncode, done.stdout) == (2, "")
    assert says in done.stderr
    assert "nothing was judged yet" in folder.run("judge", "--list").stdout


def test_before_the_first_poll_no_log_is_made(tmp_path: Path, web: WebServer) -> None:
    folder = Folder(tmp_path, web)
    done = folder.run("judge", "news:a", "noise")
    assert (done.returncode, done.stdout) == (1, "")
    assert "there is no log yet; run `monitor poll` first" in done.stderr
    assert not (tmp_path / "monitor.db").exists()

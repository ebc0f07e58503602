"""What is said of a watchlist that was edited or added: that it is in force, and what that silently changed."""

from __future__ import annotations

import subprocess
import sys
from datetime import datetime
from pathlib import Path

import pytest
from desk import WATCHLIST, Desk, feed
from webserver import Reply, WebServer

from monitor import app
from monitor.app.editing import edit, write_edits
from monitor.core.editing import change_head
from monitor.core.errors import UsageError
from monitor.service import Teller, _Service

A, B, C = ("a", "Next G Alliance meets"), ("b", "A grapevine"), ("c", "Open RAN trial")
WIDER = WATCHLIST.replace('any = ["Next G Alliance"]', 'any = ["grapevine", "Open RAN"]')
FORCE = "in force from now on; what that changes about the past is recorded silently"


@pytest.fixture
def desk(tmp_path: Path, web: WebServer) -> Desk:
    desk = Desk(tmp_path, web)
    desk.source("news", every='"12h"')
    web.answer("/news", Reply(body=feed(A, B)), Reply(body=feed(A, B, C)))
    return desk


def test_a_fresh_log_needs_no_word_on_its_watchlists(desk: Desk) -> None:
    desk.watch(WATCHLIST, "others")
    assert desk.poll().notices == []
    assert desk.poll().notices == []


def test_an_edited_watchlist_is_told_once_with_what_it_silently_changed(desk: Desk) -> None:
    desk.poll()
    desk.watch(WIDER)
    assert desk.poll().notices == [
        f"watchlist networks was changed: {FORCE} (matches: 1 new and 1 withdrawn)"
    ]
    assert [(e.key, e.origin) for e in desk.events("ItemMatched")] == [
        ("news:a", "baseline"),
        ("news:b", "backfill"),
        ("news:c", "live"),
    ]
    assert desk.poll().notices == []


def test_a_new_watchlist_is_told_and_so_is_that_it_recognises_nothing(desk: Desk) -> None:
    desk.poll()
    desk.watch(WATCHLIST, "others")
    desk.watch(WATCHLIST.replace("Next G", "Nobody's"), "zero")
    assert desk.poll().notices == [
        f"watchlist others is new: {FORCE} (matches: 1 new)",
        f"watchlist zero is new: {FORCE} (matches: none)",
    ]


def test_other_words_for_the_same_matches_are_no_new_matches(desk: Desk) -> None:
    desk.poll()
    desk.watch(WATCHLIST.replace('any = ["Next G Alliance"]', 'any = ["Alliance"]'))
    assert desk.poll().notices == [f"watchlist networks was changed: {FORCE} (matches: none)"]
    assert len(desk.events("ItemMatched")) == 2


def test_a_broken_edit_is_no_change(desk: Desk) -> None:
    desk.poll()
    desk.watch("title = ")
    (notice,) = desk.poll().notices
    assert "its last good revision stays in force" in notice


def test_it_is_said_when_no_source_is_due_and_when_a_past_is_loaded(desk: Desk) -> None:
    desk.poll()
    desk.watch(WIDER)
    result = desk.poll(everything=False)
    assert ([report.outcome for report in result.reports], len(result.notices)) == (["not-due"], 1)
    desk.watch(WATCHLIST)
    desk.source("wp", "wordpress", "/wp")
    said: list[str] = []
    app.backfill(desk.settings(), "wp", since="2025-01-01", say=said.append, clock=desk.clock)
    assert said == [f"watchlist networks was changed: {FORCE} (matches: 1 new and 1 withdrawn)"]


def test_the_commands_say_it_on_stderr(desk: Desk) -> None:
    desk.settings()
    command = [sys.executable, "-m", "monitor", "poll", "--all", "--json"]
    first = subprocess.run(command, cwd=desk.folder, capture_output=True, text=True, check=True)
    assert first.stderr == ""
    desk.watch(WIDER)
    done = subprocess.run(command, cwd=desk.folder, capture_output=True, text=True, check=True)
    assert (
        done.stderr == f"monitor: watchlist networks was changed: {FORCE} (matches: 1 new and 1 withdrawn)\n"
    )


def test_the_service_says_each_edit_once(desk: Desk) -> None:
    said: list[str] = []
    app.note_start(desk.settings())
    service = _Service(desk.settings(), Teller(said.append))
    service.tick()
    for text in (WIDER, WATCHLIST, WIDER):
        desk.watch(text)
        service.tick()
        service.tick()
    assert [line for line in said if line.startswith("watchlist")] == [
        f"watchlist networks was changed: {FORCE} (matches: 1 new and 1 withdrawn)"
    ] * 3


def raised(text: str) -> str:
    return change_head(text, {"priority": "high"}, file="networks")


def test_an_edit_leaves_a_link_and_writes_what_it_leads_to(desk: Desk) -> None:
    settings = desk.settings()
    link, real = settings.watchlists / "networks.toml", desk.folder / "elsewhere.toml"
    link.rename(real)
    link.symlink_to(real)
    write_edits(settings, [edit(settings, "networks", raised)], clock=desk.clock)
    assert link.is_symlink()
    assert 'priority = "high"' in real.read_text(encoding="utf-8")


def test_an_edit_by_hand_while_the_log_is_opened_is_kept(desk: Desk) -> None:
    settings = desk.settings()
    file = settings.watchlists / "networks.toml"
    edited = edit(settings, "networks", raised)

    def clock() -> datetime:  # it is asked when the log is written to, after the first look at the file
        with file.open("a", encoding="utf-8") as by_hand:
            by_hand.write("# by hand\n")
        return desk.clock()

    with pytest.raises(UsageError, match="changed by somebody else"):
        write_edits(settings, [edited], clock=clock)
    assert "# by hand" in file.read_text(encoding="utf-8")
    assert list(settings.watchlists.glob(".*")) == []

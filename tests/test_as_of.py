"""What was printed once can be printed again: from the log as it stood at that moment."""

from __future__ import annotations

import json
import re
import sqlite3
import tempfile
from contextlib import closing
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from moves import HandClock, open_run
from test_commands import Folder
from test_polling import A, B, Desk, desk, feed
from test_projections import KEYS, history, payloads, stream_of
from webserver import Reply, WebServer

from monitor import app, database, projections
from monitor.archive import showing
from monitor.core.errors import UsageError
from monitor.core.events import BodyErased, Payload, PollsSummarised, SourceConfigured, WatchlistRevised
from monitor.core.renderings import jsonlines
from monitor.pipeline.run import Run

__all__ = ["desk"]  # the fixture

SOURCES = ("congress-bills", "nsf-news")
CONFIG = '[fetch]\nuser_agent = "test"\n' + "".join(
    f'[[source]]\nid = "{id_}"\nkind = "feed"\nurl = "https://example.org/{id_}"\n' for id_ in SOURCES
)
WATCHLIST = 'title = "{0}"\n[[subject]]\nid = "one"\nname = "One"\nany = ["Next G Alliance"]\n'


def told(found: app.Settings, clock: HandClock, as_of: str = "") -> dict[str, Any]:
    """Digest, items, histories and health, as JSON, now or as of a moment."""
    digests = []
    for by_clock in ("recorded", "occurred"):
        digest = app.digest(found, since="2021-01-01", by_clock=by_clock, as_of=as_of, clock=clock)
        digests.append({**json.loads(jsonlines.render(digest)), "as_of": ""})
    with app.reading(found, as_of=as_of) as archive:
        items = showing.find(archive, "", source="", limit=99)
        shown = [showing.history_as_json(showing.history(archive, item.key)) for item in items]
    health, notices = app.source_lines(found, as_of=as_of, clock=clock)
    return {
        "digests": digests,
        "items": [showing.item_as_json(item) for item in items],
        "shown": shown,
        "health": health,
        "notices": notices,
    }


def now(clock: HandClock) -> str:
    return f"{clock():%Y-%m-%dT%H:%M:%SZ}"


def go_on(run: Run, clock: HandClock, drawn: list[Payload], gaps: list[int]) -> None:
    for number, payload in enumerate(drawn):
        clock.advance(seconds=gaps[number % len(gaps)])
        with run.database.write():
            run.append(stream_of(payload), payload)
            projections.catch_up(run.database, run.log)


def beginning() -> list[Payload]:
    configured = [SourceConfigured(source=id_, kind="feed", url="x", every_s=60) for id_ in SOURCES]
    lists = [
        WatchlistRevised(watchlist=id_, toml=WATCHLIST.format(id_), sha256=id_) for id_ in ("one", "two")
    ]
    return [*configured, *lists, *history([])]


def readable(drawn: Payload) -> Payload:
    """A watchlist's text and a time must be such as the program writes."""
    if isinstance(drawn, WatchlistRevised):
        return replace(drawn, toml=WATCHLIST.format(f"W{drawn.sha256.encode().hex()}"))
    if isinstance(drawn, PollsSummarised):
        return replace(drawn, last_good_at="2025-06-01T08:00:00Z" if drawn.last_good_at else "")
    return drawn


events = st.lists(payloads.map(readable), max_size=20)


@given(before=events, after=events, gaps=st.lists(st.integers(1, 100_000), min_size=1, max_size=5))
@settings(max_examples=40, deadline=None)
def test_what_was_printed_can_be_printed_again_as_of_then(
    before: list[Payload], after: list[Payload], gaps: list[int]
) -> None:
    with tempfile.TemporaryDirectory() as name:
        path, clock = Path(name) / "config.toml", HandClock()
        path.write_text(CONFIG, encoding="utf-8")
        (path.parent / "watchlists").mkdir()
        found = app.load_settings(path)
        with closing((run := open_run(found.log_path, clock)).database):
            go_on(run, clock, [*beginning(), *before], gaps)
            printed, then = told(found, clock), now(clock)
            assert {item["key"] for item in printed["items"]} == set(KEYS)
            go_on(run, clock, after, gaps)
            clock.advance(seconds=1)
            assert told(found, clock, as_of=then) == printed


def test_what_was_polled_can_be_printed_again(desk: Desk) -> None:
    """The pollers' memory says when a source was last heard, also where an unchanged poll was no event."""
    desk.source("news")
    desk.web.answer(
        "/news", Reply(body=feed(A)), Reply(body=feed(A)), Reply(body=feed(A, B)), Reply(status=500)
    )
    printed = {}
    for _ in range(4):
        desk.poll()
        printed[now(desk.clock)] = told(desk.settings(), desk.clock)
    assert [p["health"][0].state for p in printed.values()] == ["ok", "ok", "ok", "failing"]
    for then, page in printed.items():
        assert told(desk.settings(), desk.clock, as_of=then) == page


def test_a_source_that_was_not_yet_configured_was_not_yet_there(desk: Desk) -> None:
    desk.source("news")
    desk.web.answer("/news", Reply(body=feed(A)))
    before = now(desk.clock)
    desk.poll()
    desk.source("more")
    desk.web.answer("/more", Reply(body=feed(B)))
    first = now(desk.clock)
    desk.poll("more")
    lines, _ = app.source_lines(desk.settings(), as_of=first, clock=desk.clock)
    assert [line.id for line in lines] == ["news"]
    with pytest.raises(UsageError, match="the log begins on"):
        app.source_lines(desk.settings(), as_of=before, clock=desk.clock)


def test_a_text_that_was_erased_later_is_shown_as_it_was(tmp_path: Path) -> None:
    clock = HandClock()
    run = open_run(tmp_path / "monitor.db", clock)
    (tmp_path / "config.toml").write_text(CONFIG, encoding="utf-8")
    (tmp_path / "watchlists").mkdir()
    found = app.load_settings(tmp_path / "config.toml")
    text = "a" * 64
    with closing(run.database):
        published = next(p for p in history([]) if stream_of(p) == f"item:{KEYS[0]}")
        run.database.conn.execute("INSERT INTO bodies VALUES (?, 7, x'00')", (text,))
        go_on(run, clock, beginning()[:2], [1])
        with run.database.write():
            run.append(f"item:{KEYS[0]}", replace(published, body_sha256=text))
            projections.catch_up(run.database, run.log)
        printed, then = told(found, clock), now(clock)
        clock.advance(hours=1)
        with run.database.write():
            run.database.conn.execute("DELETE FROM bodies")
            run.append("monitor", BodyErased(sha256=text, size=7, reason="asked for"))
            projections.catch_up(run.database, run.log)
        assert told(found, clock, as_of=then) == printed
        (shown,) = told(found, clock)["shown"]
        assert shown["text"] == {"sha256": text, "size_bytes": 7, "erased": "asked for"}


def test_each_command_takes_a_moment(tmp_path: Path, web: WebServer) -> None:
    folder = Folder(tmp_path, web)
    web.answer("/news", Reply(body=feed(A)))
    folder.run("poll")
    for command in (("digest",), ("items",), ("show", "news:a"), ("health",)):
        today = f"{app.utc_now():%Y-%m-%d}"
        assert folder.run(*command, "--as-of", today).returncode == 0
        assert "--as-of: 'soon' is not a date" in folder.run(*command, "--as-of", "soon").stderr


def test_no_command_reads_the_log_as_of_a_moment_before_it_or_still_to_come(
    tmp_path: Path, web: WebServer
) -> None:
    folder = Folder(tmp_path, web)
    web.answer("/news", Reply(body=feed(A)))
    folder.run("poll")
    for command in (
        ("digest",), ("items",), ("show", "news:a"), ("health",), ("why", "news:a", "next-g"),
        ("export", "events"), ("export", "items"),
    ):  # fmt: skip
        early, late = (folder.run(*command, "--as-of", at) for at in ("2001-01-01", "2999-01-01"))
        assert (early.returncode, early.stdout, late.returncode, late.stdout) == (2, "", 2, "")
        assert re.match(
            r"monitor: --as-of: the log begins on 20\S+Z, and '2001-01-01' is before that; give a later",
            early.stderr,
        )
        assert late.stderr.startswith("monitor: --as-of: '2999-01-01' is still to come; leave it out")


def test_events_from_the_future_are_skipped_and_said(tmp_path: Path, web: WebServer) -> None:
    folder = Folder(tmp_path, web)
    web.answer("/news", Reply(body=feed(A)))
    folder.run("poll")
    with closing(sqlite3.connect(tmp_path / "monitor.db", isolation_level=None)) as connection:
        add_from_the_future(connection)
    says = (
        "2 events of types unknown to this version (ItemPublished, ItemSung) were skipped; update the monitor"
    )
    assert folder.lines("digest")[0]["notices"] == [says]
    for command in (("items",), ("show", "news:a"), ("health",)):
        done = folder.run(*command)
        assert (done.returncode, done.stderr) == (0, f"monitor: {says}\n")


def add_from_the_future(connection: sqlite3.Connection) -> None:
    """What a newer version would have appended."""
    for type_, schema in (("ItemSung", 1), ("ItemPublished", 9)):
        connection.execute(
            "INSERT INTO events SELECT position + 1, 'new' || position, 'song:' || position, 1, ?, ?, NULL, NULL,"
            " recorded_at, run, NULL, '{}', hash, 'new' || position FROM events ORDER BY position DESC LIMIT 1",
            (type_, schema),
        )


def test_as_of_the_head_reads_the_views_that_stand(desk: Desk) -> None:
    desk.source("news")
    desk.web.answer("/news", Reply(body=feed(A)))
    desk.poll()
    with closing(database.open_reader(desk.settings().log_path)) as reader:
        from monitor.archive.gathering import open_archive

        assert open_archive(reader, as_of="2999-01-01T00:00:00Z").views is reader
        assert open_archive(reader, as_of="2001-01-01T00:00:00Z").views is not reader

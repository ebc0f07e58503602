"""A changed watchlist meets its past: silently, once, and from where it stopped, however often the program is killed.

The log holds more items than one transaction of matching takes, so a kill leaves some of the past matched and some not.
`crashing` and `dying` are the harness: real processes that die at a statement or after a commit.
"""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any

import dying
import pytest
from crashing import Outcome, Workshop, differences, evenly
from dying import Death
from moves import START

from monitor import app, database, projections
from monitor.core.events import ItemPublished
from monitor.eventlog import EventLog

_ITEMS = 2_100
_FIRST = """
title = "Networks"
[[subject]]
id = "kept"
any = ["number 7", "number 1999"]
[[subject]]
id = "changed"
any = ["even"]
"""
_SECOND = _FIRST.replace('"even"', '"third"')
_NEXT_DAY = (START + timedelta(days=1)).isoformat()


@dataclass(frozen=True, slots=True, kw_only=True)
class Warming:
    """A log of the day before, with a watchlist that was edited since, and how an undisturbed poll goes from there."""

    desk: Workshop
    log: Path
    undisturbed: Outcome
    state: dict[str, Any]

    @contextmanager
    def folder(self) -> Iterator[Path]:
        """A new folder in which the edited watchlist has not yet met its past."""
        with self.desk.folder(self.log) as folder:
            shutil.rmtree(folder / "watchlists")
            write_settings(folder, _SECOND)
            yield folder

    def poll(self, folder: Path, death: Death | None = None) -> Outcome:
        return self.desk.do("poll", folder, death, at=_NEXT_DAY)


def write_settings(folder: Path, watchlist: str) -> None:
    (folder / "watchlists").mkdir()
    (folder / "config.toml").write_text('[fetch]\nuser_agent = "test"\n', encoding="utf-8")
    (folder / "watchlists" / "networks.toml").write_text(watchlist, encoding="utf-8")


def write_past(folder: Path) -> None:
    """Items of the day before, all of them live, and a watchlist that has seen them."""
    write_settings(folder, _FIRST)
    settings = app.load_settings(folder / "config.toml")
    with app.writing(settings, clock=lambda: START, run_id="past") as run, run.database.write():
        for number in range(_ITEMS):
            words = f"number {number} {'even' if not number % 2 else ''} {'third' if not number % 3 else ''}"
            event = ItemPublished(
                key=f"news:{number}", source="test", origin="live", kind="document", title=words
            )
            run.append(f"item:news:{number}", event)
        projections.catch_up(run.database, run.log)
    app.poll(settings, clock=lambda: START, run_id="first")


@pytest.fixture(scope="module")
def warming(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Warming]:
    path = tmp_path_factory.mktemp("warming")
    write_past(path)
    with Workshop(tmp_path_factory.mktemp("desk")) as desk:
        blank = Warming(
            desk=desk, log=path / "monitor.db", undisturbed=Outcome(code=0, killed=False, seconds=0), state={}
        )
        with blank.folder() as folder:
            undisturbed = blank.poll(folder)
            assert (undisturbed.code, undisturbed.problems) == (0, ())
            state = end_state(folder)
        yield Warming(desk=desk, log=blank.log, undisturbed=undisturbed, state=state)


def end_state(folder: Path) -> dict[str, Any]:
    """All that two histories of the same facts have in common, as JSON."""
    return json.loads(json.dumps(dying.end_state(folder / "monitor.db")))  # type: ignore[no-any-return] # a dict it was


@dataclass(frozen=True, slots=True, kw_only=True)
class Left:
    """What a log holds: its head, how far the watchlist has come, and the matches' events after another head."""

    head: int
    checkpoint: int
    matches: list[tuple[str, str, int]]


def left(folder: Path, after: int = 0) -> Left:
    db = database.open_reader(folder / "monitor.db")
    row = db.conn.execute("SELECT position FROM checkpoints WHERE reader = 'match:networks'").fetchone()
    log = EventLog(db)
    assert log.verify() == log.head().position
    events = [(e.type, e.stream, e.cause or 0) for e in log.read(after, stream="match:*")]
    found = Left(head=log.head().position, checkpoint=row["position"], matches=events)
    db.close()
    return found


def test_the_past_of_a_changed_watchlist_is_backfill_and_alerts_nobody(warming: Warming) -> None:
    with warming.folder() as folder:
        before = left(folder)
        assert warming.poll(folder).code == 0
        matched = [name for name, _, _ in left(folder, before.head).matches]
        thirds, evens = _ITEMS // 3, _ITEMS // 2
        sixths = _ITEMS // 6  # recognised before and after, by other words
        assert matched.count("ItemMatched") == thirds
        assert matched.count("MatchWithdrawn") == evens - sixths
        settings = app.load_settings(folder / "config.toml")
        with app.reading(settings) as archive:
            new = archive.log.read(before.head, types=("ItemMatched",))
            assert {event.data.origin for event in new if event.data} == {"backfill"}
        digest = app.digest(settings, since="2025-06-02T12:00", clock=lambda: START + timedelta(days=2))
        assert [entry for section in digest.sections for entry in section.entries] == []


def test_a_pass_over_the_past_that_was_killed_goes_on_from_its_checkpoint(warming: Warming) -> None:
    """Killed after each COMMIT, and before statements all over the poll."""
    commits = [Death(after=number) for number in range(1, warming.undisturbed.commits + 1)]
    statements = [Death(before=number) for number in evenly(warming.undisturbed.statements * 95 // 100, 8)]
    trials = warming.desk.each(lambda death: trial(warming, death), [*commits, *statements])
    assert [problems for _, problems in trials if problems] == []
    stopped = [checkpoint for checkpoint, _ in trials if 0 < checkpoint < _ITEMS]
    assert (
        len(set(stopped)) >= 4
    )  # in the midst of the past, at as many places as there are between two batches
    assert len(stopped) > len(set(stopped))


def trial(warming: Warming, death: Death) -> tuple[int, list[str]]:
    """Where a poll that died left the watchlist, and what is not as it should be after the next."""
    with warming.folder() as folder:
        killed = warming.poll(folder, death)
        before = left(folder)
        after = warming.poll(folder)
        problems = [*after.problems] if killed.killed else [f"{death} killed nothing"]
        if 0 < before.checkpoint < _ITEMS:
            problems += repeated(warming, before, left(folder, before.head), after)
        return before.checkpoint, [*problems, *differences(warming.state, end_state(folder))]


def repeated(warming: Warming, before: Left, now: Left, after: Outcome) -> Iterator[str]:
    """What the second poll did again. The past stands at positions 1 to `_ITEMS`; each item costs some statements."""
    again = [cause for _, _, cause in now.matches if cause <= before.checkpoint]
    if again:
        yield f"{len(again)} events on items before the checkpoint {before.checkpoint}"
    rest = 1 - before.checkpoint / _ITEMS
    if after.statements > warming.undisturbed.statements * rest + 250:
        yield f"{after.statements} statements of {warming.undisturbed.statements} for {rest:.0%} of the items"


def test_a_pass_that_is_killed_again_and_again_comes_to_the_same_end(warming: Warming) -> None:
    """Each attempt gets a little further: what it has matched is never matched again."""
    with warming.folder() as folder:
        marks = []
        for _ in range(3):
            assert warming.poll(folder, Death(after=warming.undisturbed.commits // 3)).killed
            marks.append(left(folder).checkpoint)
        assert warming.poll(folder).code == 0
        assert differences(warming.state, end_state(folder)) == []
    assert marks[1:] == sorted(marks[1:])


def test_a_watchlist_that_is_changed_in_the_midst_of_its_past_begins_again_and_stays_silent(
    warming: Warming,
) -> None:
    with warming.folder() as folder:
        start = left(folder).head
        for number in range(1, warming.undisturbed.commits + 1):
            warming.poll(folder, Death(after=number))
            if 0 < left(folder).checkpoint < _ITEMS and left(folder, start).matches:
                break
        path = folder / "watchlists" / "networks.toml"
        path.write_text(_SECOND.replace('"third"', '"even"'), encoding="utf-8")
        assert warming.poll(folder).code == 0
        with app.reading(app.load_settings(folder / "config.toml")) as archive:
            sql = "SELECT subject, count(*) AS many FROM matches WHERE withdrawn = '' GROUP BY subject"
            assert {row["subject"]: row["many"] for row in archive.views.conn.execute(sql)} == {
                "changed": _ITEMS // 2,
                "kept": 2,
            }
            later = archive.log.read(start, types=("ItemMatched",))
            assert {event.data.origin for event in later if event.data} == {"backfill"}

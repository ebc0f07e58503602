"""As `test_missing_nothing`, of a publisher who declares how much there is: counts that lie, pages that move while they are read.

Every document that an answer showed is in the log once, with every revision; and a walk that brought less than was
declared is filled, or stands as a gap until one is complete.
"""

from __future__ import annotations

import tempfile
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pytest
from desk import Desk
from gazette import LAST, RECENT, Document, Gazette
from hypothesis import given
from hypothesis import strategies as st
from reckoning import Ledger, difference
from test_missing_nothing import Move, cuts, move, often, places, server, tried
from told_items import contents, rows
from vigil import Cut, count, poll_fast
from webserver import WebServer

from monitor import app

__all__ = ["server"]  # the fixture


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """What a gazette does before a poll and during it, how its server answers, and where the poll is cut short."""

    moves: Sequence[Move] = ()
    lie: int = 0
    drift: Any = ""
    drift_after: int = 1
    status: int = 0
    fails_at: int = 1
    times: int = 0
    cut: Cut | None = None

    def go(self, watch: CountedVigil) -> None:
        gazette = watch.gazette
        for name, values in self.moves:
            getattr(gazette, name)(**values)
        for name in ("lie", "drift", "drift_after", "status", "fails_at", "times"):
            setattr(gazette, name, getattr(self, name))
        watch.poll(self.cut)


class CountedVigil:
    """A gazette, the program that polls it, and the histories that may have happened."""

    def __init__(self, folder: Path, web: WebServer, gazette: Gazette) -> None:
        self.desk = Desk(folder, web)
        self.desk.source("fr", "federal_register", path="/v1")
        self.settings = self.desk.settings()
        self.gazette = gazette
        web.fallback = gazette.answer
        web.requests.clear()
        self.possible = [Ledger()]
        self.is_complete = False
        self.was_cheated = False

    def poll(self, cut: Cut | None = None) -> None:
        """Poll once, perhaps cut short, and hold the log against the model."""
        self.gazette.begin()
        polls, gap = self._outcomes(), self._gap()
        poll_fast(self.desk.poll, cut)
        outcomes = self._outcomes()[len(polls) :]
        self._hold(ended=bool(outcomes))
        for outcome in outcomes:
            count(f"{outcome}{', nothing wrong' if self.gazette.is_plain else ''}")
            self._check(outcome, gap)
            self.is_complete |= outcome in {"ok", "unchanged"}

    def close(self) -> None:
        """Answered well, all that there is has come; answered so again, nothing is new."""
        self.gazette.lie, self.gazette.drift, self.gazette.status = 0, "", 0
        self.poll()
        self.poll()
        before = len(self.desk.events())
        self.poll()
        assert len(self.desk.events()) == before
        assert self._owed(self.gazette.shelf) <= self._keys()
        checks = list(app.verify(self.settings))
        assert [str(check.problem) for check in checks if check.problem] == []

    def _hold(self, *, ended: bool) -> None:
        pages, origin = self.gazette.read, "live" if self.is_complete else "baseline"
        counts = [len(pages)] if ended else range(len(pages) + 1)
        found = {
            key: tuple((origin, shown) for _, origin, shown in told)
            for key, told in contents(self.settings).items()
        }
        after = [ledger.after(pages[:count], origin) for ledger in self.possible for count in counts]
        self.possible = [ledger for ledger in after if ledger.histories() == found]
        assert self.possible, difference(after[-1].histories(), found)

    def _check(self, outcome: str, before: tuple[int, bool]) -> None:
        """What is missing is named; a walk that counts as complete missed nothing that stood there all the while."""
        gazette, is_good = self.gazette, outcome in {"ok", "unchanged"}
        said, stands = self._gap()
        if not (gazette.lie or gazette.status):  # also if documents moved meanwhile: it is asked again
            assert (is_good, said, stands) == (True, before[0], False)
        may_be_met = gazette.status or gazette.drift == "add"  # by what is added meanwhile
        if gazette.lie > 0 and not may_be_met and any(shown for _, shown in gazette.read):
            assert (outcome, stands) == ("partial", True)
        assert stands or is_good or not before[1], "a gap was closed by a walk that was not complete"
        self.was_cheated |= is_good and gazette.lie < 0
        if is_good and gazette.lie >= 0:
            stayed = [document for document in gazette.stood if document in gazette.shelf]
            assert self._owed(stayed) <= self._keys(), "a walk counted as complete, and was not"

    def _owed(self, documents: Iterable[Document]) -> set[str]:
        """What must be in the log: not what a count hid that was too low, and that is too old to be asked for again."""
        return {d.shown().key for d in documents if d.day >= RECENT or not self.was_cheated}

    def _keys(self) -> set[str]:
        return {event.key for event in self.desk.events("ItemPublished")}

    def _outcomes(self) -> list[str]:
        return [row["outcome"] for row in rows(self.settings, "SELECT outcome FROM polls ORDER BY rowid")]

    def _gap(self) -> tuple[int, bool]:
        """How many gaps were said, and whether one stands."""
        said = rows(self.settings, "SELECT 1 FROM events WHERE type = 'GapSuspected'")
        standing = rows(self.settings, "SELECT 1 FROM source_health WHERE gap_since <> ''", of_views=True)
        return len(said), bool(standing)


steps = st.builds(
    Step,
    moves=st.lists(
        st.one_of(
            move("add", number=st.integers(1, 9), days=st.integers(LAST - 3, LAST)),
            move("retitle", place=places, version=st.integers(1, 3)),
            move("drop", place=places),
        ),
        min_size=1,
        max_size=3,
    ),
    lie=often(0, st.sampled_from([-2, -1, 1, 3])),
    drift=often("", st.sampled_from(["drop", "add"])),
    drift_after=st.integers(1, 4),
    status=often(0, st.sampled_from([500, 403, 404])),
    fails_at=st.integers(1, 4),
    times=st.integers(1, 4),
    cut=often(None, cuts),
)


@given(
    size=st.integers(1, 4),
    old=st.lists(st.integers(0, 9), max_size=8),
    done=st.lists(steps, min_size=3, max_size=6),
)
@tried(15)
def test_whatever_a_gazette_shows_is_recorded_once_and_what_it_owes_is_named(
    server: WebServer, size: int, old: list[int], done: list[Step]
) -> None:
    held(server, Gazette(size=size), old, done)


FIRST = Step(moves=[("add", {"number": 7, "days": LAST})])


@pytest.mark.parametrize(
    "done",
    [
        [FIRST, Step(drift="drop"), Step(drift="drop", drift_after=3)],
        [FIRST, Step(drift="add", moves=[("retitle", {"place": 0, "version": 2})])],
        [replace(FIRST, lie=2), Step(lie=2), Step()],
        [replace(FIRST, lie=2), Step(status=500, times=9), Step(status=403, times=1, fails_at=2), Step()],
        [replace(FIRST, status=500, times=9, fails_at=3), Step(moves=FIRST.moves)],
        [replace(FIRST, status=500, times=2, fails_at=3)],
    ],
    ids=[
        "documents are taken away while they are read",
        "documents are added while they are read",
        "more are declared than there are",
        "a gap stands while the source fails",
        "a page fails for good",
        "a page fails for a moment",
    ],
)
def test_nothing_is_missed_where(server: WebServer, done: list[Step]) -> None:
    held(server, Gazette(size=2), [0, 0, 3], done)


def held(web: WebServer, gazette: Gazette, old: Sequence[int], done: Sequence[Step]) -> None:
    """Nothing is missing of what the gazette showed: after each step, and in the end."""
    for days in old:
        gazette.add(1, days=days)
    with tempfile.TemporaryDirectory() as folder:
        watch = CountedVigil(Path(folder), web, gazette)
        for step in done:
            step.go(watch)
        watch.close()

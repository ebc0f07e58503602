"""Every item that was ever in an answered window is in the log exactly once, every revision is there, every overflow is
either back-filled or reported: whatever a publisher does, and wherever a poll is cut short.

MONITOR_LONG=1 tries many more publishers, and others at each run.
"""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

import pytest
from crashing import Workshop
from dying import Death
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from publishing import Publisher
from vigil import Cut, Vigil
from webserver import WebServer

LONG = bool(os.environ.get("MONITOR_LONG"))
FAULTS = ("500", "403", "html", "cut", "short", "hang-up", "304", "empty body")
Move = tuple[str, dict[str, int]]
_T = TypeVar("_T")


def tried(few: int) -> Any:
    """So many examples, always the same; in a long run fifty times as many, and never the same."""
    return settings(
        max_examples=few * 50 if LONG else few,
        deadline=None,
        derandomize=not LONG,
        suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """What a publisher does before a poll, how its server answers then, where the poll is cut short, and who is told."""

    moves: Sequence[Move]
    order: Any = "newest first"
    seed: int = 0
    fault: Any = ""
    fault_at: int = 1
    times: int = 1
    cut: Cut | Death | None = None
    tells: bool = False

    def go(self, vigil: Vigil) -> None:
        """Do all that."""
        publisher = vigil.publisher
        for name, values in self.moves:
            getattr(publisher, name)(**values)
        publisher.order, publisher.seed = self.order, self.seed
        publisher.fault, publisher.fault_at, publisher.times = self.fault, self.fault_at, self.times
        vigil.poll(self.cut)
        if self.tells:
            vigil.tell()


@pytest.fixture(scope="module")
def server() -> Iterator[WebServer]:
    with WebServer() as web:
        yield web


def move(name: str, **values: st.SearchStrategy[int]) -> st.SearchStrategy[Move]:
    """Something that a publisher does."""
    return st.tuples(st.just(name), st.fixed_dictionaries(values))


places = st.integers(0, 5)
rewordings = move("reword", place=places, words=st.integers(0, 2))
arrivals = (
    move("add", number=st.integers(1, 3)),
    move("add", number=st.integers(4, 12)),
    move("add", number=st.integers(13, 40)),
    move("add", number=st.integers(7, 12)),
    move("add", number=st.integers(1, 3), below=st.integers(1, 8)),
    move("drop", place=places),
    move("lift", place=places),
)
edits = (
    rewordings,
    move("retitle", place=places, version=st.integers(1, 3)),
    move("seek", place=places),
    move("redate", place=places, hours=st.sampled_from([-30, -1, 1, 30])),
    move("restamp", hours=st.sampled_from([-1, 1])),
)
renamings = (move("rename", place=places), move("rename_all"))
cuts = st.builds(
    Cut,
    name=st.sampled_from(
        [
            "recording.remember_page",
            "recording.take",
            "taking._keep_statement",
            "visiting.match_new",
            "visiting.account",
            "accounting.settle",
            "accounting._schedule",
            "completing._suspect",
            "completing._close",
        ]
    ),
    time=st.integers(1, 2),
)


def often(value: _T, others: st.SearchStrategy[_T]) -> st.SearchStrategy[_T]:
    return st.one_of(st.just(value), st.just(value), others)


def publishers(**more: st.SearchStrategy[bool]) -> st.SearchStrategy[Publisher]:
    usual = {
        "size": st.integers(3, 6),
        "pages": st.booleans(),
        "validators": st.sampled_from(["none", "true", "lying"]),
        "dated": often(True, st.just(False)),
    }
    return st.builds(Publisher, **(usual | more))


def polls(*moves: st.SearchStrategy[Move], **more: st.SearchStrategy[Any]) -> st.SearchStrategy[list[Step]]:
    """Some polls, and what the publisher does before each."""
    usual = {
        "moves": st.lists(st.one_of(*moves), min_size=1, max_size=4),
        "order": often("newest first", st.sampled_from(["oldest first", "shuffled"])),
        "seed": st.integers(0, 99),
        "fault": often("", st.sampled_from(FAULTS)),
        "fault_at": st.integers(1, 3),
        "times": st.integers(1, 3),
        "cut": often(None, cuts),
        "tells": st.booleans(),
    }
    return st.lists(st.builds(Step, **(usual | more)), min_size=5, max_size=9)


def held(
    web: WebServer, publisher: Publisher, steps: Sequence[Step], workshop: Workshop | None = None
) -> None:
    """Nothing is missing of what the publisher showed: after each step, and in the end."""
    with tempfile.TemporaryDirectory() as folder:
        vigil = Vigil(Path(folder), web, publisher, workshop)
        for step in steps:
            step.go(vigil)
        publisher.fault = ""
        vigil.poll_again()
        vigil.close()


@given(publisher=publishers(), steps=polls(*arrivals, *edits))
@tried(25)
def test_whatever_is_shown_is_recorded_once_and_every_overflow_is_named(
    server: WebServer, publisher: Publisher, steps: list[Step]
) -> None:
    held(server, publisher, steps)


@given(publisher=publishers(), steps=polls(*arrivals, *edits, *renamings))
@tried(15)
def test_an_entry_under_another_guid_is_recorded_once(
    server: WebServer, publisher: Publisher, steps: list[Step]
) -> None:
    held(server, publisher, steps)


@given(publisher=publishers(guids=st.just(False), dated=st.just(True)), steps=polls(*arrivals, rewordings))
@tried(10)
def test_entries_that_share_one_guid_are_recorded_once_each(
    server: WebServer, publisher: Publisher, steps: list[Step]
) -> None:
    held(server, publisher, steps)


def step(*moves: Move, fault: str = "", fault_at: int = 1, cut: str = "") -> Step:
    return Step(moves=moves, fault=fault, fault_at=fault_at, times=3, cut=Cut(name=cut) if cut else None)


FIRST: Move = ("add", {"number": 4})
FAR_MORE: Move = ("add", {"number": 40})
NONE: Move = ("add", {"number": 0})


@pytest.mark.parametrize(
    ("publisher", "steps"),
    [
        (
            {"validators": "true"},
            [step(FIRST), step(FAR_MORE, cut="accounting.settle"), step(NONE)],
        ),
        (
            {"pages": True},
            [step(FIRST), step(FAR_MORE, fault="500", fault_at=2), step(("add", {"number": 9}))],
        ),
        (
            {"pages": True},
            [
                step(FIRST),
                step(FAR_MORE, fault="500", fault_at=2),
                step(FAR_MORE, fault="500", fault_at=2, cut="accounting._schedule"),
                step(NONE),
            ],
        ),
        ({}, [step(FIRST), step(("rename", {"place": 0})), step(("retitle", {"place": 0, "version": 2}))]),
        ({}, [step(FIRST), step(("retitle", {"place": 0, "version": 2})), step(("rename", {"place": 0}))]),
        ({}, [step(FIRST), step(("restamp", {"hours": 1})), step(("rename_all", {}))]),
        ({"guids": False}, [step(FIRST), step(("add", {"number": 1})), step(("add", {"number": 2}))]),
        ({"guids": False}, [step(FIRST), step(FAR_MORE), step(("lift", {"place": 9}))]),
        ({"guids": False, "dated": False}, [step(FIRST), step(("add", {"number": 1})), step(FAR_MORE)]),
        ({"guids": False}, [step(("add", {"number": 2})), step(("resize", {"size": 1}))]),
        (
            {},
            [step(FIRST), *(step(("retitle", {"place": 0, "version": version})) for version in (2, 1, 2, 1))],
        ),
    ],
    ids=[
        "an overflow that a poll saw which was cut short",
        "a gap that stands while a younger one is filled",
        "a gap that stands while one is filled that a poll saw which was cut short",
        "a title that changes after the guid",
        "a guid that changes after the title",
        "a guid that changes after the date",
        "a window that moves on where all share one guid",
        "an entry that comes back where all share one guid",
        "entries without dates that share one guid",
        "an entry that stands alone where all share one guid and one date",
        "a title that goes back and forth",
    ],
)
def test_nothing_is_missed_or_said_twice_of(
    server: WebServer, publisher: dict[str, Any], steps: list[Step]
) -> None:
    held(server, Publisher(size=4, **publisher), steps)


@pytest.fixture(scope="module")
def workshop(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Workshop]:
    with Workshop(tmp_path_factory.mktemp("missing-nothing")) as workshop:
        yield workshop


# A page below the window that fails is asked again after a second, and a child's seconds are real.
@given(
    publisher=publishers(),
    steps=polls(
        *arrivals,
        *edits,
        fault_at=st.just(1),
        cut=often(Death(), st.builds(Death, before=st.integers(1, 200))),
    ),
)
@tried(4)
def test_a_poll_that_is_killed_at_any_statement_misses_nothing(
    server: WebServer, workshop: Workshop, publisher: Publisher, steps: list[Step]
) -> None:
    held(server, publisher, steps, workshop)

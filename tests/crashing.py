"""The crash harness: the real program in processes that die on purpose, and what must hold afterwards.

    with Workshop(folder) as desk:          # sources on loopback, and two warm processes
        stage = desk.stage(2)               # the second poll: another watchlist, and news, after a good first poll
        stage.tries([[Death(before=17)]])   # killed before its 17th statement, examined, polled to its end, compared

A warm process has the program loaded and forks for each errand: a kill costs some milliseconds, not a start of Python.
A killed process loses nothing that it had handed to the kernel: this is no test of power cuts.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from datetime import timedelta
from pathlib import Path
from queue import SimpleQueue
from typing import Any, Self, TypeVar

import crash_sources
import dying
from dying import Death
from moves import START
from webserver import WebServer

_WORKERS = 2

_T = TypeVar("_T")
_R = TypeVar("_R")


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """What became of an errand. `acknowledged` are (position, hash) of the head after each COMMIT that returned."""

    code: int
    killed: bool
    seconds: float
    acknowledged: tuple[tuple[int, str], ...] = ()
    statements: int = 0
    commits: int = 0
    acts: int = 0
    said: str = ""
    problems: tuple[str, ...] = ()
    state: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Trial:
    """What came of polls that were to die: how many did, and all that was not as promised afterwards."""

    deaths: Sequence[Death]
    kills: int
    problems: Sequence[str]


class _Warm:
    """A process that has the program loaded. One errand at a time."""

    def __init__(self) -> None:
        # What is otherwise loaded when it is first asked for would be loaded in every fork anew.
        environment = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path), "EAGER_IMPORT": "1"}
        self._process = subprocess.Popen(
            [sys.executable, dying.__file__],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            env=environment,
        )

    def do(self, order: dict[str, Any]) -> Outcome:
        """Run an errand in a fork of this process; return when that has ended."""
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.write(json.dumps(order) + "\n")
        self._process.stdin.flush()
        return _outcome(json.loads(self._process.stdout.readline()))

    def close(self) -> None:
        """End it."""
        self._process.communicate()


def _outcome(answer: dict[str, Any]) -> Outcome:
    told: dict[str, Any] = {}
    acknowledged = []
    for line in answer["told"]:
        acknowledged += [tuple(line.pop("acknowledged"))] if "acknowledged" in line else []
        told |= line
    return Outcome(
        code=os.waitstatus_to_exitcode(answer["status"]),
        killed=os.WIFSIGNALED(answer["status"]),
        seconds=answer["seconds"],
        acknowledged=tuple(acknowledged),
        **told | {"problems": tuple(told.get("problems", ()))},
    )


class Workshop:
    """A folder, the sources on loopback, and the warm processes."""

    def __init__(self, folder: Path) -> None:
        self.path = folder
        self._web = WebServer()
        self._sources = crash_sources.Sources(self._web)
        self._stages: dict[int, Stage] = {}
        self._pool = ThreadPoolExecutor(_WORKERS)
        self._idle: SimpleQueue[_Warm] = SimpleQueue()
        for _ in range(_WORKERS):
            self._idle.put(_Warm())

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        for _warm in range(_WORKERS):
            self._idle.get().close()
        self._pool.shutdown()
        self._web.close()

    @contextmanager
    def folder(self, log: Path | None = None) -> Iterator[Path]:
        """A new folder with settings, and perhaps a copy of a log. It goes when the block ends."""
        with tempfile.TemporaryDirectory(dir=self.path) as name:
            folder = Path(name)
            self._sources.write_settings(folder)
            if log is not None:
                shutil.copyfile(log, folder / "monitor.db")
            yield folder

    def do(self, errand: str, folder: Path, death: Death | None = None, **named: Any) -> Outcome:
        """Run an errand in whichever process is free."""
        warm = self._idle.get()
        try:
            return warm.do({"do": errand, "folder": str(folder), "death": asdict(death or Death()), **named})
        finally:
            self._idle.put(warm)

    def each(self, act: Callable[[_T], _R], values: Iterable[_T]) -> list[_R]:
        """`act` of every value, as many at once as there are warm processes."""
        return list(self._pool.map(act, values))

    @property
    def asked(self) -> list[str]:
        """Path and query of all that was asked of the sources."""
        return [asked.target for asked in self._web.requests]

    def stage(self, number: int) -> Stage:
        """The first poll of an empty folder (1), or the next day's, with news and another watchlist (2)."""
        before = self.stage(number - 1).log if number > 1 else None
        self._sources.stage = number
        if number not in self._stages:
            self._stages[number] = Stage(self, number, before)
        return self._stages[number]


class Stage:
    """One poll as it goes undisturbed: where it starts from, how many statements it takes, what it comes to."""

    def __init__(self, desk: Workshop, number: int, before: Path | None) -> None:
        self.desk = desk
        self.before = before
        self.at = (START + timedelta(days=number)).isoformat()
        self.log = desk.path / f"after-{number}.db"
        with desk.folder(before) as folder:
            self.run = desk.do("poll", folder, at=self.at)
            assert (self.run.code, self.run.problems) == (0, ())
            shutil.copyfile(folder / "monitor.db", self.log)
        self.state: dict[str, Any] = json.loads(json.dumps(dying.end_state(self.log)))

    def tries(self, trials: Iterable[Sequence[Death]]) -> list[Trial]:
        """For each trial: polls that die so, one after the other, in one folder; then an undisturbed one."""
        return self.desk.each(self._try, trials)

    def command(self, folder: Path, *arguments: str, death: Death | None = None) -> Outcome:
        """`monitor ARGUMENTS` in a folder, at the moment of this stage."""
        return self.desk.do("command", folder, death, arguments=arguments, at=self.at)

    def recover(self, folder: Path, acknowledged: Sequence[tuple[int, str]] = ()) -> list[str]:
        """Examine what was left in a folder, poll to the end, and say what is not as it should be."""
        after = self.desk.do("recover", folder, at=self.at, acknowledged=acknowledged)
        found = dict(after.state)
        # A poll after one that was complete asks for another window: it may know of more pages.
        found["pages"] = {name: found.get("pages", {}).get(name) for name in self.state["pages"]}
        return [*after.problems, *differences(self.state, found)]

    def _try(self, deaths: Sequence[Death]) -> Trial:
        acknowledged: list[tuple[int, str]] = []
        problems: list[str] = []
        kills = 0
        with self.desk.folder(self.before) as folder:
            for death in deaths:
                outcome = self.desk.do("poll", folder, death, at=self.at)
                acknowledged += outcome.acknowledged
                kills += outcome.killed
                problems += [] if outcome.killed else outcome.problems
            problems += self.recover(folder, acknowledged)
        return Trial(deaths=deaths, kills=kills, problems=problems)


def differences(expected: Any, found: Any, where: str = "") -> list[str]:
    """Where two states differ, the first few."""
    if isinstance(expected, dict) and isinstance(found, dict):
        names = sorted(expected.keys() | found.keys())
        nested = (differences(expected.get(name), found.get(name), f"{where}/{name}") for name in names)
        return [line for lines in nested for line in lines][:5]
    return [] if expected == found else [f"{where} is {found!r} where {expected!r} was expected"[:800]]


def evenly(last: int, count: int) -> list[int]:
    """`count` numbers from 1 to `last`, evenly spaced."""
    return [1 + (last - 1) * n // max(count - 1, 1) for n in range(count)]

"""Shares the blocks of a stream among processes, and hands the answers over in the order of the stream.

A stream that is short, or that comes slower than it is answered, is answered here: a process more costs half a second
before it helps. Nothing is ever held back: before the next block has to be waited for, all that was read is answered.
"""

from __future__ import annotations

import os
import signal
import stat
import sys
import threading
from collections import deque
from collections.abc import Generator, Iterator, Sequence
from concurrent.futures import Future, ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from multiprocessing import connection, get_all_start_methods, get_context, parent_process
from multiprocessing.context import BaseContext
from typing import BinaryIO

from monitor.core.errors import MonitorError
from monitor.core.watchlists import Watchlist
from monitor.pipeline import trying
from monitor.pipeline.trying import Answer, Block, Trial

# Below that, other processes would begin when all is done.
WORTH_SHARING_BYTES = 1 << 22
_MOST_JOBS = 4
# Blocks for each process that are asked for and not yet handed over: one is worked on while others wait their turn.
_AHEAD = 3
# And while they are beginning, which takes them less time than that many blocks take.
_MOST_HELD = 64


def answers(
    source: BinaryIO, watchlists: Sequence[Watchlist], *, name: str, jobs: int | None = None
) -> Generator[Answer, None, None]:
    """The answers to a stream, block by block. `jobs` processes work from the start; None: several where that helps.

    Raises MonitorError where one of them is ended from outside. Close the iterator to end them.
    """
    many = jobs or _sensible_jobs()
    if many == 1:
        trial = Trial(watchlists, name=name)
        yield from (trial.answer(block) for block in trying.blocks(source) if block)
        return
    patience = 0 if jobs else max(0, WORTH_SHARING_BYTES - _known_size(source))
    pool = _Pool(watchlists, name=name, jobs=many, patience=patience)
    try:
        for block in trying.blocks(source):
            yield from pool.answers_after(block) if block else pool.all_answers()
        yield from pool.all_answers()
    except BrokenProcessPool as error:
        what = "a process that shared the work was ended from outside, perhaps for want of memory"
        raise MonitorError(name, what, "what was printed is right and not all; try --jobs 1") from error
    finally:
        pool.close()


def _sensible_jobs() -> int:
    """As many as there are processors for us, within reason: each process holds the watchlists made ready."""
    allowed = len(os.sched_getaffinity(0)) if sys.platform == "linux" else os.cpu_count() or 1
    return min(allowed, _MOST_JOBS)


def _known_size(source: BinaryIO) -> int:
    """How much is sure to come: the size of a file, nothing of a pipe."""
    about = os.fstat(source.fileno())
    return about.st_size if stat.S_ISREG(about.st_mode) else 0


class _Pool:
    """The processes, once there is so much to do, and the blocks that are under way, in order.

    `patience` is how many bytes are answered in this process first, in a run of blocks that nobody had to wait for.
    """

    def __init__(self, watchlists: Sequence[Watchlist], *, name: str, jobs: int, patience: int) -> None:
        self._watchlists = tuple(watchlists)
        self._name = name
        self._jobs = jobs
        self._patience = patience
        self._waited_for = 0
        self._trial: Trial | None = None
        self._executor: ProcessPoolExecutor | None = None
        self._first: Future[Answer] | None = None
        self._under_way: deque[Future[Answer]] = deque()

    def answers_after(self, block: Block) -> Iterator[Answer]:
        """Take one block more, and hand over what had its turn."""
        if self._executor is None and self._waited_for < self._patience:
            self._waited_for += len(block.text)
            yield self._answer_here(block)
            return
        self._under_way.append(self._asked(block))
        most = _MOST_HELD if self._is_beginning() else self._jobs * _AHEAD
        while len(self._under_way) > most:
            yield self._under_way.popleft().result()

    def _asked(self, block: Block) -> Future[Answer]:
        """The answer to come. What is too much for processes that are still beginning is answered here."""
        if self._is_beginning() and len(self._under_way) >= self._jobs:
            answered: Future[Answer] = Future()
            answered.set_result(self._answer_here(block))
            return answered
        asked = self._opened().submit(_answer, block)
        self._first = self._first or asked
        return asked

    def _is_beginning(self) -> bool:
        return self._first is not None and not self._first.done()

    def all_answers(self) -> Iterator[Answer]:
        """Hand over all that is under way."""
        self._waited_for = 0
        while self._under_way:
            yield self._under_way.popleft().result()

    def close(self) -> None:
        """End the processes; what they have begun takes them a moment."""
        if self._executor is not None:
            self._executor.shutdown(wait=True, cancel_futures=True)

    def _answer_here(self, block: Block) -> Answer:
        if self._trial is None:
            self._trial = Trial(self._watchlists, name=self._name)
        return self._trial.answer(block)

    def _opened(self) -> ProcessPoolExecutor:
        if self._executor is None:
            self._executor = ProcessPoolExecutor(
                self._jobs,
                mp_context=_context(),
                initializer=_begin,
                initargs=(self._watchlists, self._name),
            )
        return self._executor


def _context() -> BaseContext:
    """Processes that begin clean: of a server that has read this code once, where the system has such."""
    if "forkserver" not in get_all_start_methods():
        return get_context("spawn")
    context = get_context("forkserver")
    context.set_forkserver_preload([__name__])
    return context


# A process's own: what it answers with, made when it begins. In the process that shares, it stays empty.
_TRIALS: list[Trial] = []


def _begin(watchlists: Sequence[Watchlist], name: str) -> None:
    """Make a process of the pool ready. Ctrl-C is for the one that shares; where that one is gone, so is this."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    threading.Thread(target=_end_with_parent, daemon=True).start()
    _TRIALS.append(Trial(watchlists, name=name))


def _end_with_parent() -> None:
    parent = parent_process()
    if parent is not None:
        connection.wait([parent.sentinel])
        os._exit(1)


def _answer(block: Block) -> Answer:
    return _TRIALS[-1].answer(block)

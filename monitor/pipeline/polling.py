"""Asks sources in parallel, politely, and hands their answers to `recording`.

Answers are parsed where they were fetched and recorded from one place. A source whose pages are all read is done with,
however slow the others are.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Collection, Iterable, Sequence
from concurrent.futures import Future, ThreadPoolExecutor, wait
from contextlib import suppress
from dataclasses import replace
from datetime import datetime
from queue import Empty, SimpleQueue

from monitor.core.errors import FetchError, SourceError
from monitor.core.exchange import Request
from monitor.core.pacing import chance
from monitor.fetcher import Fetcher
from monitor.pipeline.answers import Answer
from monitor.pipeline.asking import Failure, ask
from monitor.pipeline.frontier import MOST_PATIENCE_S, SOONEST_S, Frontier, Job, Patience
from monitor.pipeline.recording import keep_refused, record
from monitor.pipeline.run import Run
from monitor.pipeline.visits import Visit, hold_back, job_for, moved_address

# A transaction an answer would be slow, one a poll would lose much to a kill. What is lost is read again.
_RECORD_AT = 200
_RECORD_AFTER_S = 0.5
# A page of a walk that fails for what may pass is asked again in the same poll: the walk would be incomplete without it.
_TRIES = 3
_PASSING = frozenset({"timeout", "connect", "http", "encoding"})
_FIRST_PAUSE_S = 1.0
# With these a server says that it is asked too much.
_TOO_MUCH = frozenset({429, 503})
# Told to stop, what is in flight may still land for so long.
_LANDING_S = 4.0
_JOIN_EVERY_S = 15.0


class Walk:
    """All requests of one poll. `when_read` is asked for more whenever all that a visit had asked is recorded."""

    def __init__(
        self,
        run: Run,
        fetcher: Fetcher,
        visits: dict[str, Visit],
        *,
        concurrency: int,
        per_host: int,
        pace: Patience,
        patience_s: float,
        progress: Callable[[str, int], None],
        stopping: Callable[[], bool] = lambda: False,
    ) -> None:
        self._run = run
        self._fetcher = fetcher
        self._visits = visits
        self._pace = pace
        until = time.monotonic() + patience_s
        self._frontier = Frontier(concurrency=concurrency, per_host=per_host, pace=pace, until=until)
        self._pool = ThreadPoolExecutor(concurrency, thread_name_prefix="fetch")
        self._progress = progress
        self._stopping = stopping
        self._answers: list[Answer] = []
        self._flying: dict[Future[Answer | Failure], Job] = {}
        self._landed: SimpleQueue[Future[Answer | Failure]] = SimpleQueue()
        self._recorded = self._joined = time.monotonic()

    def go(
        self,
        jobs: Iterable[Job],
        when_read: Callable[[Sequence[Visit]], Sequence[Job]],
        joining: Callable[[Collection[str]], Sequence[tuple[Visit, Sequence[Job]]]] = lambda _under_way: (),
    ) -> None:
        """Ask all jobs and all that their answers lead to, until `when_read` has no more for any visit.

        Now and then `joining` is asked, with the sources that are under way, which others may set out too: so that one
        that takes long holds back nobody.

        What was answered before an interruption is recorded before the interruption goes on its way. Told to stop, it
        starts nothing more; what is not read by then is left to the next poll.
        """
        unread = dict(self._visits)
        try:
            self._add(jobs)
            while unread and not self._stopping():
                self._start()
                self._await()
                if self._is_time():
                    self._add(self._close_read(unread, when_read))
                if unread and time.monotonic() - self._joined > _JOIN_EVERY_S:
                    self._let_join(unread, joining(unread))
            if unread:
                self._land_what_comes_soon()
                self._close_read(unread, when_read)  # what is wanted further is left too
        finally:
            self._pool.shutdown(wait=False, cancel_futures=True)
            self._record()

    def _let_join(self, unread: dict[str, Visit], others: Sequence[tuple[Visit, Sequence[Job]]]) -> None:
        self._joined = time.monotonic()
        for visit, jobs in others:
            self._visits[visit.source.id] = unread[visit.source.id] = visit
            self._add(jobs)

    def _is_time(self) -> bool:
        """Whether to record: when much has come, or some time has passed, or nothing more is on its way."""
        late = time.monotonic() - self._recorded > _RECORD_AFTER_S
        return late or len(self._answers) >= _RECORD_AT or not self._flying

    def _close_read(
        self, unread: dict[str, Visit], when_read: Callable[[Sequence[Visit]], Sequence[Job]]
    ) -> Sequence[Job]:
        """Record what came, and be done with the visits that have all they asked; what those want further."""
        self._record()
        read = [visit for visit in unread.values() if visit.open == 0]
        further = when_read(read) if read else ()
        wanting = {job.source.id for job in further}
        for visit in read:
            if visit.source.id not in wanting:
                del unread[visit.source.id]
        return further

    def _add(self, jobs: Iterable[Job]) -> None:
        for job in jobs:
            self._visits[job.source.id].open += 1
            self._frontier.add(job)

    def _start(self) -> None:
        for job in self._frontier.late():
            visit = self._visits[job.source.id]
            visit.open -= 1
            visit.left.append(job)
            wait_s = self._pace.ready_at(job) - time.monotonic()
            visit.deferred_s = max(visit.deferred_s, wait_s, SOONEST_S)
        for job in self._frontier.ready():
            visit = self._visits[job.source.id]
            if visit.given_up:
                self._frontier.landed(job)
                visit.open -= 1
            else:
                visit.began = visit.began or time.monotonic()
                future = self._pool.submit(ask, self._fetcher, job, self._run.clock())
                self._flying[future] = job
                future.add_done_callback(self._landed.put)

    def _await(self) -> None:
        """Wait for an answer, and take what has come."""
        if not self._flying:
            time.sleep(min(self._frontier.wait_s(), _RECORD_AFTER_S))
            return
        done = []
        with suppress(Empty):
            done.append(self._landed.get(timeout=self._patience_s()))
            while True:
                done.append(self._landed.get_nowait())
        for future in sorted(done, key=lambda f: self._flying[f].request.url):
            self._land(self._flying.pop(future), future)

    def _patience_s(self) -> float:
        waiting_s = self._frontier.wait_s()
        return min(waiting_s, _RECORD_AFTER_S) if waiting_s else _RECORD_AFTER_S

    def _land_what_comes_soon(self) -> None:
        done, _ = wait(self._flying, timeout=_LANDING_S)
        for future in sorted(done, key=lambda f: self._flying[f].request.url):
            self._land(self._flying.pop(future), future)

    def _land(self, job: Job, future: Future[Answer | Failure]) -> None:
        """Take what a worker brought: an answer to record and further requests to queue, or a failure."""
        visit = self._visits[job.source.id]
        self._frontier.landed(job)
        visit.open -= 1
        self._progress(job.source.id, 1)
        answer = future.result()
        if isinstance(answer, Failure):
            self._fail(visit, job, answer)
            return
        visit.down = 0
        visit.bytes += answer.bytes
        visit.moved_to = moved_address(job.source, job.request, answer.moved_to) or visit.moved_to
        if answer.allowance and job.source.key_name:
            self._pace.told(job, answer.allowance, time.monotonic())
        self._answers.append(hold_back(visit, answer))
        found = (finding for finding in answer.findings if isinstance(finding, Request))
        jobs = (job_for(self._run, visit, request, origin=job.origin) for request in found)
        self._add(job for job in jobs if job is not None)

    def _fail(self, visit: Visit, job: Job, failure: Failure) -> None:
        """Ask again if that may help, else another way if there is one, else note the failure."""
        error = failure.error
        self._slow_down(job, error)
        if failure.refusal is not None:
            keep_refused(self._run, failure.refusal)
        if (pause_s := self._pause_s(job, error)) is not None:
            visit.open += 1
            self._frontier.add(replace(job, tries=job.tries + 1), not_before=time.monotonic() + pause_s)
            return
        others = [
            job_for(self._run, visit, request, first=job.first, origin=job.origin, instead_of=str(error))
            for request in job.request.otherwise
        ]
        if others:
            visit.covered.append(error)
            self._add(job for job in others if job is not None)
        elif not (job.below and error.failure == "moved"):  # the pages below a window end somewhere
            visit.failed(error)

    def _slow_down(self, job: Job, error: SourceError) -> None:
        """Leave host and key alone for as long as the server asks, whoever else is to ask them."""
        if not isinstance(error, FetchError):
            return
        now = time.monotonic()
        if error.allowance and job.source.key_name:
            self._pace.told(job, error.allowance, now)
        if error.status in _TOO_MUCH:
            asked_s = _seconds(error.retry_at, self._run.clock()) if error.retry_at else _FIRST_PAUSE_S
            self._pace.pause(job, now + asked_s)

    def _pause_s(self, job: Job, error: Exception) -> float | None:
        """Seconds after which to ask again in this poll; None where that is left to the next one."""
        if not isinstance(error, FetchError) or error.failure not in _PASSING or job.tries + 1 >= _TRIES:
            return None
        pause_s = _FIRST_PAUSE_S * (1 << job.tries) * (0.5 + chance(f"{job.request.page} {job.tries}"))
        if error.retry_at is not None:
            asked_s = _seconds(error.retry_at, self._run.clock())
            return max(asked_s, pause_s) if asked_s <= MOST_PATIENCE_S or not job.first else None
        return None if job.first else pause_s

    def _record(self) -> None:
        if self._answers:
            answers, self._answers = self._answers, []
            record(self._run, answers, {id_: visit.tally for id_, visit in self._visits.items()})
        self._recorded = time.monotonic()


def _seconds(moment: datetime, now: datetime) -> float:
    return max((moment - now).total_seconds(), 0)

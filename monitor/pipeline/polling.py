"""Asks sources in parallel, politely, and hands their answers to `recording`.

Requests wait in one queue a host; a host never sees more than `per_host` at once, the whole program never has more
than `concurrency` in flight, and hosts take turns. Answers are parsed where they were fetched and recorded from one
place. A source whose pages are all read is done with, however slow the others are.
"""

from __future__ import annotations

import hashlib
import time
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from dataclasses import dataclass, field, replace
from datetime import datetime
from functools import partial

from monitor import sources
from monitor.core.errors import FetchError, NotUnderstood, SourceError
from monitor.core.events import Origin
from monitor.core.exchange import Finding, Request, Response, Source, State, Total
from monitor.core.items import Item
from monitor.fetcher import Fetcher, NotModified
from monitor.pipeline.recording import Answer, Page, Tally, page_of, record, was_read
from monitor.pipeline.run import Run

# A transaction an answer would be slow, one a poll would lose much to a kill. What is lost is read again.
_RECORD_AT = 200
_RECORD_AFTER_S = 1.0
# A source is given up for this poll when it refuses us, when it seems to be down, or when too much of it fails:
# asking on would be hammering.
_REFUSED = frozenset({"blocked", "key"})
_DOWN = frozenset({"dns", "connect", "tls", "timeout", "http"})
_DOWN_AFTER = 5
_TOO_MANY = 100


@dataclass(frozen=True, slots=True, kw_only=True)
class Job:
    """One request of one source, with what is remembered of its page.

    `first` if the kind's `requests` asked for it, and no other page led to it. `origin` is given where what it brings
    is past, whatever the poll is.
    """

    source: Source
    request: Request
    known: Page | None
    first: bool = False
    origin: Origin | None = None


@dataclass(slots=True, kw_only=True)
class Visit:
    """One source's poll while it goes on. `open` counts jobs that wait or are under way."""

    source: Source
    state: State
    started_at: datetime
    tally: Tally
    began: float = 0.0
    bytes: int = 0
    matched: int = 0
    open: int = 0
    followed: bool = False
    asked: set[str] = field(default_factory=set)
    failures: list[SourceError] = field(default_factory=list)
    down: int = 0
    moved_to: str = ""

    def failed(self, error: SourceError) -> None:
        """Note a failure."""
        self.failures.append(error)
        self.down = self.down + 1 if error.failure in _DOWN else 0

    @property
    def given_up(self) -> bool:
        """Whether asking on would be hammering."""
        refused = any(error.failure in _REFUSED for error in self.failures)
        return refused or self.down >= _DOWN_AFTER or len(self.failures) >= _TOO_MANY


class Frontier:
    """What is still to be asked, a queue a host; hosts take turns."""

    def __init__(self, *, concurrency: int, per_host: int) -> None:
        self._concurrency = concurrency
        self._per_host = per_host
        self._waiting: dict[str, deque[Job]] = {}
        self._turns: deque[str] = deque()
        self._flying: dict[str, int] = {}

    def add(self, job: Job) -> None:
        """Queue a job behind the others of its host."""
        host = _host(job)
        if host not in self._waiting:
            self._waiting[host] = deque()
            self._flying[host] = 0
            self._turns.append(host)
        self._waiting[host].append(job)

    def ready(self) -> Iterator[Job]:
        """Jobs that may start now, a host at a time in turn; each counts as started."""
        idle = 0
        while idle < len(self._turns) and sum(self._flying.values()) < self._concurrency:
            host = self._turns[0]
            self._turns.rotate(-1)
            if self._waiting[host] and self._flying[host] < self._per_host:
                idle = 0
                self._flying[host] += 1
                yield self._waiting[host].popleft()
            else:
                idle += 1

    def landed(self, job: Job) -> None:
        """A started job has ended."""
        self._flying[_host(job)] -= 1


class Walk:
    """All requests of one poll. `when_read` is asked for more whenever all that a visit had asked is recorded."""

    def __init__(
        self,
        run: Run,
        fetcher: Fetcher,
        visits: Mapping[str, Visit],
        *,
        concurrency: int,
        per_host: int,
        progress: Callable[[str, int], None],
    ) -> None:
        self._run = run
        self._fetcher = fetcher
        self._visits = visits
        self._frontier = Frontier(concurrency=concurrency, per_host=per_host)
        self._pool = ThreadPoolExecutor(concurrency, thread_name_prefix="fetch")
        self._progress = progress
        self._answers: list[Answer] = []
        self._flying: dict[Future[Answer], Job] = {}
        self._recorded = time.monotonic()

    def go(self, jobs: Iterable[Job], when_read: Callable[[Visit], Sequence[Job]]) -> None:
        """Ask all jobs and all that their answers lead to, until `when_read` has no more for any visit.

        What was answered before an interruption is recorded before the interruption goes on its way.
        """
        unread = dict(self._visits)
        try:
            self._add(jobs)
            while unread:
                self._start()
                self._await()
                for id_ in [id_ for id_, visit in unread.items() if visit.open == 0]:
                    self._record()
                    further = when_read(unread[id_])
                    self._add(further)
                    if not further:
                        del unread[id_]
        finally:
            self._pool.shutdown(wait=False, cancel_futures=True)
            self._record()

    def _add(self, jobs: Iterable[Job]) -> None:
        for job in jobs:
            self._visits[job.source.id].open += 1
            self._frontier.add(job)

    def _start(self) -> None:
        for job in self._frontier.ready():
            visit = self._visits[job.source.id]
            if visit.given_up:
                self._frontier.landed(job)
                visit.open -= 1
            else:
                visit.began = visit.began or time.monotonic()
                self._flying[self._pool.submit(_ask, self._fetcher, job, self._run.clock())] = job

    def _await(self) -> None:
        """Wait for an answer, take what has come, and record it when it is much or old."""
        if not self._flying:
            return
        done, _ = wait(self._flying, timeout=_RECORD_AFTER_S, return_when=FIRST_COMPLETED)
        for future in sorted(done, key=lambda f: self._flying[f].request.url):
            self._land(self._flying.pop(future), future)
        if len(self._answers) >= _RECORD_AT or time.monotonic() - self._recorded > _RECORD_AFTER_S:
            self._record()

    def _land(self, job: Job, future: Future[Answer]) -> None:
        """Take what a worker brought: an answer to record and further requests to queue, or a failure."""
        visit = self._visits[job.source.id]
        self._frontier.landed(job)
        visit.open -= 1
        self._progress(job.source.id, 1)
        try:
            answer = future.result()
        except SourceError as error:
            visit.failed(error)
            return
        visit.down = 0
        visit.bytes += answer.bytes
        visit.moved_to = answer.moved_to or visit.moved_to
        self._answers.append(answer)
        found = (finding for finding in answer.findings if isinstance(finding, Request))
        jobs = (job_for(self._run, visit, request, origin=job.origin) for request in found)
        self._add(job for job in jobs if job is not None)

    def _record(self) -> None:
        if self._answers:
            answers, self._answers = self._answers, []
            record(self._run, answers, {id_: visit.tally for id_, visit in self._visits.items()})
        self._recorded = time.monotonic()


def job_for(
    run: Run, visit: Visit, request: Request, *, first: bool = False, origin: Origin | None = None
) -> Job | None:
    """The job for a request, unless this poll asked it already or its page was read at this very marker.

    A page that led to others is read again, whatever its marker: what it led to may have failed.
    """
    if request.url in visit.asked:
        return None
    visit.asked.add(request.url)
    known = page_of(run, visit.source, request.url)
    if request.marker and known is not None and known.leaf and known.marker == request.marker:
        return None
    return Job(source=visit.source, request=request, known=known, first=first, origin=origin)


def first_jobs(run: Run, visit: Visit) -> list[Job]:
    """What the source's kind asks at a poll. A source whose key is missing fails here, and only it."""
    source = visit.source
    if source.key_problem:
        remedy = "set it, or disable the source"
        visit.failed(FetchError(source.id, source.key_problem, remedy, failure="key"))
        return []
    requests = _said(visit, partial(sources.kind(source.kind).requests, source, visit.state))
    jobs = (job_for(run, visit, request, first=True) for request in requests)
    return [job for job in jobs if job is not None]


def follow_jobs(run: Run, visit: Visit, keys: Iterable[str]) -> list[Job]:
    """What more to ask of items that watchlists recognised and this source publishes.

    What is first learnt in this way of an item that was known before this poll (its steps so far, its details) is past:
    it had happened before anybody asked, and alerts nobody.
    """
    jobs: list[Job] = []
    for key in keys:
        for request in _said(visit, partial(_follow, run, visit.source, key)):
            job = job_for(run, visit, request)
            if job is not None:
                unread = not was_read(run, visit.source, request.url)
                is_past = unread and key not in visit.tally.new and visit.tally.origin == "live"
                jobs.append(replace(job, origin="backfill") if is_past else job)
    return jobs


def _follow(run: Run, source: Source, key: str) -> Iterable[Request]:
    row = run.database.conn.execute(
        "SELECT marker FROM statements WHERE source = ? AND key = ?", (source.id, key)
    ).fetchone()
    return sources.follow(source, key, row["marker"]) if row else ()


def _said(visit: Visit, ask: Callable[[], Iterable[Request]]) -> list[Request]:
    """What a kind wants to ask; a fault of the kind is a failure of this source alone."""
    try:
        return list(ask())
    except SourceError as error:
        visit.failed(error)
    except Exception as error:  # noqa: BLE001 - whatever it is, the other sources go on
        visit.failed(_fault(visit.source, error))
    return []


def _fault(source: Source, error: Exception) -> NotUnderstood:
    return NotUnderstood(
        source.id,
        f"an answer could not be read ({type(error).__name__}: {error})",
        "this is a fault of the monitor: keep the answer and report it",
    )


def _host(job: Job) -> str:
    return job.request.url.partition("://")[2].partition("/")[0]


def _ask(fetcher: Fetcher, job: Job, now: datetime) -> Answer:
    """Fetch and parse one page, in a worker thread. Raises SourceError and nothing else."""
    try:
        return _read(fetcher, job, now)
    except SourceError:
        raise
    except Exception as error:
        raise _fault(job.source, error) from error


def _read(fetcher: Fetcher, job: Job, now: datetime) -> Answer:
    known = job.known
    fetched = fetcher.fetch(job.request, job.source, known.validators if known and known.leaf else None, now)
    if isinstance(fetched, NotModified):
        page = replace(known, validators=fetched.validators) if known else Page(validators=fetched.validators)
        return Answer(source=job.source, request=job.request, page=page, moved_to=fetched.moved_to)
    sha256 = hashlib.sha256(fetched.response.body).hexdigest()
    version = (job.request.marker, sha256)
    unchanged = known is not None and known.leaf and (known.marker, known.sha256) == version
    findings = () if unchanged else _parse(job, fetched.response)
    # A further page of a walk is read each time: its items count against the declared total.
    counted = bool(job.request.walk) and not job.first
    leaf = not counted and (unchanged or not any(isinstance(f, Request | Total) for f in findings))
    return Answer(
        source=job.source,
        request=job.request,
        observed_at=now,
        findings=findings,
        page=Page(validators=fetched.validators, marker=job.request.marker, sha256=sha256, leaf=leaf),
        bytes=fetched.wire_bytes,
        origin=job.origin,
        moved_to=fetched.moved_to,
    )


def _parse(job: Job, response: Response) -> tuple[Finding, ...]:
    """All that the answer holds. Raises NotUnderstood where it is suspiciously little."""
    findings = tuple(sources.kind(job.source.kind).parse(job.source, response))
    count = sum(isinstance(finding, Item) for finding in findings)
    if job.first and count < job.source.min_items:
        raise NotUnderstood(
            job.source.id,
            f"only {count} items came where min_items asks for {job.source.min_items}",
            "look at the source in a browser; nothing of this answer was recorded",
        )
    return findings

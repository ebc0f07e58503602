"""Asks sources in parallel, politely, and hands their answers to `recording`.

Requests wait in one queue a host; a host never sees more than `per_host` at once, and the whole program never has more
than `concurrency` in flight. Answers are parsed where they were fetched and recorded from one place.
"""

from __future__ import annotations

import hashlib
import time
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from dataclasses import dataclass, field, replace
from datetime import datetime
from urllib.parse import urlsplit

from monitor import sources
from monitor.core.errors import FetchError, NotUnderstood, SourceError
from monitor.core.exchange import Finding, Request, Response, Source, State, Total
from monitor.core.items import Item
from monitor.fetcher import Fetcher, NotModified
from monitor.pipeline.recording import Answer, Page, Tally, page_of, record
from monitor.pipeline.run import Run

# A transaction an answer would be slow, one a poll would lose much to a kill. What is lost is read again.
_RECORD_AT = 200
_RECORD_AFTER_S = 1.0
_GIVE_UP_AFTER = 5  # failed requests of one source in one poll: it is down, asking on would be hammering


@dataclass(frozen=True, slots=True, kw_only=True)
class Job:
    """One request of one source, with what is remembered of its page."""

    source: Source
    request: Request
    known: Page | None
    first: bool  # asked for by `requests`, not found on another page


@dataclass(slots=True, kw_only=True)
class Visit:
    """One source's poll while it goes on."""

    source: Source
    state: State
    started_at: datetime
    tally: Tally
    began: float
    bytes: int = 0
    asked: set[str] = field(default_factory=set)
    failures: list[SourceError] = field(default_factory=list)
    moved_to: str = ""

    @property
    def given_up(self) -> bool:
        """Whether asking on would be hammering."""
        refused = any(error.failure in {"blocked", "key"} for error in self.failures)
        return refused or len(self.failures) >= _GIVE_UP_AFTER


class Frontier:
    """What is still to be asked, a queue a host."""

    def __init__(self, *, concurrency: int, per_host: int) -> None:
        self._concurrency = concurrency
        self._per_host = per_host
        self._waiting: dict[str, deque[Job]] = {}
        self._flying: dict[str, int] = {}

    def add(self, job: Job) -> None:
        """Queue a job behind the others of its host."""
        self._waiting.setdefault(_host(job), deque()).append(job)

    def ready(self) -> Iterator[Job]:
        """Jobs that may start now; each counts as started."""
        for host, queue in self._waiting.items():
            while queue and self._flying.get(host, 0) < self._per_host and self._total() < self._concurrency:
                self._flying[host] = self._flying.get(host, 0) + 1
                yield queue.popleft()

    def landed(self, job: Job) -> None:
        """A started job has ended."""
        self._flying[_host(job)] -= 1

    def _total(self) -> int:
        return sum(self._flying.values())


def walk(
    run: Run,
    fetcher: Fetcher,
    visits: dict[str, Visit],
    jobs: Iterable[Job],
    frontier: Frontier,
    *,
    concurrency: int,
    progress: Callable[[str, int], None],
) -> None:
    """Ask all jobs and all that their answers lead to; record what comes.

    What was answered before an interruption is recorded before the interruption goes on its way.
    """
    for job in jobs:
        frontier.add(job)
    answers: list[Answer] = []
    flying: dict[Future[Answer], Job] = {}
    recorded = time.monotonic()
    pool = ThreadPoolExecutor(concurrency, thread_name_prefix="fetch")
    try:
        while True:
            flying.update(
                (pool.submit(_ask, fetcher, job, run.clock()), job)
                for job in frontier.ready()
                if not _skipped(visits[job.source.id], job, frontier)
            )
            if not flying:
                break
            done, _ = wait(flying, timeout=_RECORD_AFTER_S, return_when=FIRST_COMPLETED)
            for future in sorted(done, key=lambda f: flying[f].request.url):
                job = flying.pop(future)
                frontier.landed(job)
                _land(run, visits[job.source.id], future, frontier, answers)
                progress(job.source.id, 1)
            if len(answers) >= _RECORD_AT or time.monotonic() - recorded > _RECORD_AFTER_S:
                _record(run, answers, visits)
                recorded = time.monotonic()
    finally:
        pool.shutdown(wait=False, cancel_futures=True)
        _record(run, answers, visits)


def job_for(run: Run, visit: Visit, request: Request, *, first: bool = False) -> Job | None:
    """The job for a request, unless this poll asked it already or its page was read at this very marker."""
    if request.url in visit.asked:
        return None
    visit.asked.add(request.url)
    known = page_of(run, visit.source, request.url)
    if request.marker and known is not None and known.marker == request.marker:
        return None
    return Job(source=visit.source, request=request, known=known, first=first)


def first_jobs(run: Run, visit: Visit) -> list[Job]:
    """What the source's kind asks at a poll. A source whose key is missing fails here, and only it."""
    if visit.source.key_problem:
        visit.failures.append(
            FetchError(
                visit.source.id, visit.source.key_problem, "set it, or disable the source", failure="key"
            )
        )
        return []
    requests = sources.kind(visit.source.kind).requests(visit.source, visit.state)
    jobs = [job_for(run, visit, request, first=True) for request in requests]
    return [job for job in jobs if job is not None]


def follow_jobs(run: Run, visit: Visit, keys: Sequence[str]) -> list[Job]:
    """What more to ask of items that watchlists recognised and this source publishes."""
    jobs: list[Job | None] = []
    for key in keys:
        row = run.database.conn.execute(
            "SELECT marker FROM statements WHERE source = ? AND key = ?", (visit.source.id, key)
        ).fetchone()
        if row is not None:
            jobs += [job_for(run, visit, r) for r in sources.follow(visit.source, key, row["marker"])]
    return [job for job in jobs if job is not None]


def _host(job: Job) -> str:
    return urlsplit(job.request.url).netloc


def _skipped(visit: Visit, job: Job, frontier: Frontier) -> bool:
    if visit.given_up:
        frontier.landed(job)
    return visit.given_up


def _ask(fetcher: Fetcher, job: Job, now: datetime) -> Answer:
    """Fetch and parse one page, in a worker thread."""
    known = job.known
    fetched = fetcher.fetch(job.request, job.source, known.validators if known and known.leaf else None, now)
    if isinstance(fetched, NotModified):
        page = replace(known, validators=fetched.validators) if known else Page(validators=fetched.validators)
        return Answer(
            source=job.source,
            request=job.request,
            response=None,
            findings=(),
            page=page,
            moved_to=fetched.moved_to,
        )
    response = fetched.response
    sha256 = hashlib.sha256(response.body).hexdigest()
    unchanged = (
        known is not None and known.leaf and (known.marker, known.sha256) == (job.request.marker, sha256)
    )
    findings = () if unchanged else _parse(job, response)
    leaf = unchanged or not any(isinstance(finding, Request | Total) for finding in findings)
    return Answer(
        source=job.source,
        request=job.request,
        response=response,
        findings=findings,
        page=Page(validators=fetched.validators, marker=job.request.marker, sha256=sha256, leaf=leaf),
        bytes=fetched.wire_bytes,
        moved_to=fetched.moved_to,
    )


def _parse(job: Job, response: Response) -> tuple[Finding, ...]:
    """All that the answer holds. Raises NotUnderstood where it holds suspiciously little."""
    findings = tuple(sources.kind(job.source.kind).parse(job.source, response))
    count = sum(isinstance(finding, Item) for finding in findings)
    if job.first and count < job.source.min_items:
        raise NotUnderstood(
            job.source.id,
            f"only {count} items came where min_items asks for {job.source.min_items}",
            "look at the source in a browser; nothing of this answer was recorded",
        )
    return findings


def _land(run: Run, visit: Visit, future: Future[Answer], frontier: Frontier, answers: list[Answer]) -> None:
    """Take what a worker brought: an answer to record and further requests to queue, or a failure."""
    try:
        answer = future.result()
    except SourceError as error:
        visit.failures.append(error)
        return
    visit.bytes += answer.bytes
    visit.moved_to = answer.moved_to or visit.moved_to
    answers.append(answer)
    for finding in answer.findings:
        if isinstance(finding, Request):
            further = job_for(run, visit, finding)
            if further is not None:
                frontier.add(further)


def _record(run: Run, answers: list[Answer], visits: Mapping[str, Visit]) -> None:
    if answers:
        record(run, answers, {id_: visit.tally for id_, visit in visits.items()})
        answers.clear()

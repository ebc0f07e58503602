"""What is still to be asked: a queue a host, in turn, at the pace that each host and each key can bear."""

from __future__ import annotations

import heapq
import math
import time
from collections import deque
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from monitor.core.dates import to_text
from monitor.core.events import Origin
from monitor.core.exchange import Request, Source
from monitor.core.fetches import Allowance
from monitor.core.pacing import budget_gap_s, crawl_delay_s
from monitor.database import Database
from monitor.pipeline.answers import Page

# A host that cannot be asked within this time is left to a later poll.
MOST_PATIENCE_S = 60.0
# What is left because the poll has lasted long enough is asked no sooner than this.
SOONEST_S = 1.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Job:
    """One request of one source, with what is remembered of its page.

    `first` if the kind's `requests` asked for it, and no other page led to it. `origin` is given where what it brings
    is past, whatever the poll is. `tries` are those that failed, `instead_of` says what failed that this replaces.
    `below`: a page below a window that overflowed; where they end, nobody knows before.
    """

    source: Source
    request: Request
    known: Page | None
    first: bool = False
    origin: Origin | None = None
    tries: int = 0
    instead_of: str = ""
    below: bool = False

    @property
    def host(self) -> str:
        """The host that is asked, with its port if the address names one."""
        return self.request.url.partition("://")[2].partition("/")[0].partition("?")[0]


@dataclass(slots=True, kw_only=True)
class Patience:
    """How often hosts and keys may be asked. Times are monotonic seconds; `free_at` is when each may be asked next.

    Of this poll itself: `asked` are its hosts, `told_of` the keys of which a server said what is left, `paused` the hosts
    and keys that a server wants to be left alone, each with the moment until which.
    """

    crawl_delays_s: Mapping[str, float] = field(default_factory=dict)
    free_at: dict[str, float] = field(default_factory=dict)
    allowances: dict[str, Allowance] = field(default_factory=dict)
    asked: set[str] = field(default_factory=set)
    told_of: set[str] = field(default_factory=set)
    paused: dict[str, float] = field(default_factory=dict)

    def gap_s(self, job: Job) -> tuple[float, float]:
        """Seconds to leave after this job: for its host, and for its key."""
        allowance = self.allowances.get(job.source.key_name)
        return crawl_delay_s(job.host, self.crawl_delays_s), budget_gap_s(allowance) if allowance else 0

    def ready_at(self, job: Job) -> float:
        """When the job's host and key are both free."""
        return max(self.free_at.get(job.host, 0), self.free_at.get(_key(job), 0))

    def may_pass(self, moment: float) -> bool:
        """Whether some job could be ready only after this moment."""
        return max(self.free_at.values(), default=0) > moment

    def told(self, job: Job, allowance: Allowance, now: float) -> None:
        """The server said what is left of the job's key; where that is little, the next request waits from now on."""
        self.allowances[job.source.key_name] = allowance
        self.told_of.add(job.source.key_name)
        if key_s := budget_gap_s(allowance):
            self._take(_key(job), now + key_s)

    def pause(self, job: Job, until: float) -> None:
        """The server wants to be left alone: by all that ask this host, and by all that use the key that was sent."""
        names = [job.host, _key(job)] if job.request.key_header and job.source.key_name else [job.host]
        for name in names:
            self._take(name, until)
            self.paused[name] = max(self.paused.get(name, 0), until)

    def started(self, job: Job, now: float) -> None:
        """The job was started: its host and key are taken for a while."""
        self.asked.add(job.host)
        host_s, key_s = self.gap_s(job)
        if host_s:
            self._take(job.host, now + host_s)
        if key_s and job.source.key_name:
            self._take(_key(job), now + key_s)

    def _take(self, name: str, until: float) -> None:
        self.free_at[name] = max(self.free_at.get(name, 0), until)


def _key(job: Job) -> str:
    return f"key {job.source.key_name}"


class Frontier:
    """Jobs that wait. A host never sees more than `per_host` at once, all together never more than `concurrency`.

    Nothing is started after `until` (monotonic seconds).
    """

    def __init__(self, *, concurrency: int, per_host: int, pace: Patience, until: float) -> None:
        self._concurrency = concurrency
        self._per_host = per_host
        self._pace = pace
        self._until = until
        self._waiting: dict[str, deque[Job]] = {}
        self._turns: deque[str] = deque()
        self._flying: dict[str, int] = {}
        self._in_flight = 0
        self._later: list[tuple[float, int, Job]] = []
        self._count = 0

    def add(self, job: Job, *, not_before: float = 0) -> None:
        """Queue a job behind the others of its host, or keep it until a moment (monotonic seconds)."""
        if not_before:
            self._count += 1
            heapq.heappush(self._later, (not_before, self._count, job))
            return
        if job.host not in self._waiting:
            self._waiting[job.host] = deque()
            self._turns.append(job.host)
        self._waiting[job.host].append(job)

    def ready(self) -> Iterator[Job]:
        """Jobs that may start now, a host at a time in turn; each counts as started."""
        now = time.monotonic()
        while self._later and self._later[0][0] <= now:
            self.add(heapq.heappop(self._later)[2])
        idle = 0
        while idle < len(self._turns) and self._in_flight < self._concurrency:
            host = self._turns[0]
            self._turns.rotate(-1)
            queue = self._waiting[host]
            if queue and not self._may_start(host, queue[0], now):
                idle += 1
                continue
            idle = 0
            started = self._started(host, queue.popleft(), now) if queue else None
            if not queue:
                self._turns.pop()
                del self._waiting[host]
            if started:
                yield started

    def _may_start(self, host: str, job: Job, now: float) -> bool:
        return self._flying.get(host, 0) < self._per_host and self._pace.ready_at(job) <= now

    def _started(self, host: str, job: Job, now: float) -> Job:
        self._flying[host] = self._flying.get(host, 0) + 1
        self._in_flight += 1
        self._pace.started(job, now)
        return job

    def landed(self, job: Job) -> None:
        """A started job has ended."""
        self._flying[job.host] -= 1
        self._in_flight -= 1

    def wait_s(self) -> float:
        """Seconds until a job that waits may start, as far as hosts, keys and retries are concerned."""
        now = time.monotonic()
        soonest = self._later[0][0] if self._later else math.inf
        for queue in self._waiting.values():
            if soonest <= now:
                break
            if queue:
                soonest = min(soonest, self._pace.ready_at(queue[0]))
        return max(soonest - now, 0) if soonest < math.inf else 0

    def late(self) -> list[Job]:
        """Take out the jobs that may only be asked later than anybody waits, in the order in which they came."""
        now = time.monotonic()
        patience = min(now + MOST_PATIENCE_S, self._until) if now < self._until else -1.0
        taken: list[Job] = []
        for queue in self._waiting.values() if self._pace.may_pass(patience) else ():
            if queue and self._pace.ready_at(queue[0]) > patience:
                jobs = list(queue)
                queue.clear()
                queue.extend(job for job in jobs if self._pace.ready_at(job) <= patience)
                taken += [job for job in jobs if self._pace.ready_at(job) > patience]
        taken += [job for moment, _, job in self._later if moment > patience]
        self._later = [each for each in self._later if each[0] <= patience]
        heapq.heapify(self._later)
        return taken


def remembered(database: Database, crawl_delays_s: Mapping[str, float], now: datetime) -> Patience:
    """The pace as other polls left it. A moment in the future is a clock that was set back since: it is void."""
    conn, started = database.conn, time.monotonic()
    pace = Patience(crawl_delays_s=crawl_delays_s)
    for row in conn.execute("SELECT host, asked_at FROM hosts WHERE asked_at <= ?", (to_text(now),)):
        since_s = (now - datetime.fromisoformat(row["asked_at"])).total_seconds()
        pace.free_at[row["host"]] = started + crawl_delay_s(row["host"], crawl_delays_s) - since_s
    sql = "SELECT name, allowed, remaining, told_at FROM budgets WHERE told_at <= ?"
    for row in conn.execute(sql, (to_text(now),)):
        since_s = (now - datetime.fromisoformat(row["told_at"])).total_seconds()
        # An hour later the window has rolled on, and what was left then says nothing any more.
        if since_s < 3600:
            left = Allowance(limit=row["allowed"], remaining=row["remaining"])
            pace.allowances[row["name"]] = left
            pace.free_at[f"key {row['name']}"] = started + budget_gap_s(left) - since_s
    for row in conn.execute("SELECT name, free_at FROM pauses WHERE told_at <= ?", (to_text(now),)):
        free_at = started + (datetime.fromisoformat(row["free_at"]) - now).total_seconds()
        pace.free_at[row["name"]] = max(pace.free_at.get(row["name"], 0), free_at)
    return pace


def remember(database: Database, pace: Patience, now: str) -> None:
    """Keep, inside the caller's transaction, when slow hosts were asked, what is left of each key's requests, and who paused us."""
    slow = [host for host in sorted(pace.asked) if crawl_delay_s(host, pace.crawl_delays_s)]
    database.conn.executemany(
        "REPLACE INTO hosts (host, asked_at) VALUES (?, ?)", [(host, now) for host in slow]
    )
    database.conn.executemany(
        "REPLACE INTO budgets (name, allowed, remaining, told_at) VALUES (?, ?, ?, ?)",
        [
            (name, left.limit, left.remaining, now)
            for name, left in sorted(pace.allowances.items())
            if name in pace.told_of
        ],
    )
    wait_s = {name: until - time.monotonic() for name, until in sorted(pace.paused.items())}
    moments = {
        name: to_text(datetime.fromisoformat(now) + timedelta(seconds=s)) for name, s in wait_s.items()
    }
    database.conn.execute("DELETE FROM pauses WHERE free_at <= ?", (now,))
    database.conn.executemany(
        "REPLACE INTO pauses (name, told_at, free_at) VALUES (?, ?, ?)",
        [(name, now, moment) for name, moment in moments.items() if moment > now],
    )

"""A poll from beginning to end: which sources are visited, what each visit came to, when the next one is due.

Only what changes is an event: a source fails, recovers, moves, shows a gap. That it was asked at all stands in the
tables `polls` and `source_state`, and once a day in `PollsSummarised`: the proof that somebody looked.
"""

from __future__ import annotations

import sqlite3
import time
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass, fields, replace
from datetime import datetime, timedelta

from monitor import projections
from monitor.core.dates import to_text
from monitor.core.errors import FetchError
from monitor.core.events import (
    GapClosed,
    GapSuspected,
    PollsSummarised,
    SourceConfigured,
    SourceFailed,
    SourceMoved,
    SourceRecovered,
)
from monitor.core.exchange import Source, State
from monitor.core.urls import redact
from monitor.fetcher import Fetcher
from monitor.pipeline.polling import Job, Visit, Walk, first_jobs, follow_jobs
from monitor.pipeline.recording import Tally
from monitor.pipeline.run import Run
from monitor.pipeline.watching import match_new
from monitor.projections import health, matches

_FIRST_RETRY_S = 300
_LATEST_RETRY_S = 86_400


@dataclass(frozen=True, slots=True, kw_only=True)
class PollReport:
    """What one source's poll came to.

    `outcome` is ok, unchanged (nothing was new), partial (some pages failed, or fewer items came than were declared),
    failed, or not-due. `items` were read, `new`, `revised`, `moved` and `withdrawn` recorded, `matched` recognised.
    """

    source: str
    outcome: str
    items: int = 0
    new: int = 0
    revised: int = 0
    moved: int = 0
    withdrawn: int = 0
    matched: int = 0
    bytes: int = 0
    elapsed_s: float = 0.0
    error: str = ""
    due_at: str = ""
    problems: tuple[str, ...] = ()


def due(run: Run, sources: Sequence[Source]) -> tuple[list[Source], list[PollReport]]:
    """The sources whose time has come, and a report for each whose time has not."""
    rows = {row["source"]: row for row in run.database.conn.execute("SELECT * FROM source_state")}
    now = run.now()
    # A last attempt in the future is a clock that was set back since: what it said of the next one is void.
    ready = [
        s
        for s in sources
        if s.id not in rows or not rows[s.id]["last_attempt_at"] <= now < rows[s.id]["due_at"]
    ]
    waiting = [source for source in sources if source not in ready]
    return ready, [
        PollReport(source=source.id, outcome="not-due", due_at=rows[source.id]["due_at"])
        for source in waiting
    ]


def poll(
    run: Run,
    fetcher: Fetcher,
    sources: Sequence[Source],
    *,
    concurrency: int,
    per_host: int,
    progress: Callable[[str, int], None],
) -> list[PollReport]:
    """Visit the sources: read all their pages, match, follow what was recognised, match again, account for it.

    Each source goes through that at its own pace, and is accounted for as soon as it is done.
    """
    _summarise_past_days(run)
    match_new(run)
    visits = {source.id: _begin(run, source) for source in sources}
    reports: dict[str, PollReport] = {}

    def when_read(visit: Visit) -> list[Job]:
        _match(run, visits.values())
        if not visit.followed:
            visit.followed = True
            jobs = follow_jobs(run, visit, matches.standing_keys(run.database.conn))
            if jobs:
                return jobs
        reports[visit.source.id] = _end(run, visit)
        return []

    walk = Walk(run, fetcher, visits, concurrency=concurrency, per_host=per_host, progress=progress)
    walk.go([job for visit in visits.values() for job in first_jobs(run, visit)], when_read)
    return [reports[source.id] for source in sources]


def _match(run: Run, visits: Collection[Visit]) -> None:
    """Match what is new; each find counts for the sources that showed the item."""
    for key in match_new(run):
        for visit in visits:
            visit.matched += key in visit.tally.keys


def _begin(run: Run, source: Source) -> Visit:
    """Record how the source is configured, if that is new, and set out."""
    row = run.database.conn.execute("SELECT * FROM source_state WHERE source = ?", (source.id,)).fetchone()
    now = run.clock()
    with run.database.write():
        _configure(run, source)
        projections.catch_up(run.database, run.log)
    complete = row["last_good_at"] if row and row["last_good_at"] <= to_text(now) else ""
    return Visit(
        source=source,
        state=State(now=now, last_complete=datetime.fromisoformat(complete) if complete else None),
        started_at=now,
        tally=Tally(origin="live" if row and row["reached_at"] else "baseline"),
    )


def _configure(run: Run, source: Source) -> None:
    options = {f.name: str(getattr(source.options, f.name)) for f in fields(source.options)}
    event = SourceConfigured(
        source=source.id, kind=source.kind, url=redact(source.url), every_s=source.every_s, options=options
    )
    recorded = [e.data for e in run.log.read(stream=f"source:{source.id}", types=("SourceConfigured",))]
    if not recorded or recorded[-1] != event:
        run.append(f"source:{source.id}", event)


def _end(run: Run, visit: Visit) -> PollReport:
    """Account for a visit, in one transaction."""
    report = _report(visit)
    with run.database.write():
        _record_transitions(run, visit, report)
        due_at = _schedule(run.database.conn, visit, report, now=run.now())
        projections.catch_up(run.database, run.log)
    return replace(report, due_at=due_at)


def _report(visit: Visit) -> PollReport:
    tally = visit.tally
    short = _short_walks(visit)
    changed = len(tally.new) + tally.revised + tally.moved + tally.withdrawn
    if visit.failures or short:
        outcome = "partial" if tally.keys else "failed"
    else:
        outcome = "ok" if changed else "unchanged"
    errors = [str(error) for error in visit.failures[:1]]
    if len(visit.failures) > 1:
        errors.append(f"and {len(visit.failures) - 1} more requests failed")
    errors += [
        f"{visit.source.id}: {got} of {total} declared items came ({redact(name)})"
        for name, got, total in short
    ]
    return PollReport(
        source=visit.source.id,
        outcome=outcome,
        items=len(tally.keys),
        new=len(tally.new),
        revised=tally.revised,
        moved=tally.moved,
        withdrawn=tally.withdrawn,
        matched=visit.matched,
        bytes=visit.bytes,
        elapsed_s=round(time.monotonic() - visit.began, 3) if visit.began else 0.0,
        error="; ".join(errors),
        problems=tuple(f"{problem.where}: {problem.what}" for problem in tally.problems),
    )


def _short_walks(visit: Visit) -> list[tuple[str, int, int]]:
    """Walks in which fewer distinct items came than the publisher declared: (walk, received, declared).

    Entries that came and could not be read are no gap: they are named one by one.
    """
    received = {name: len(keys) for name, keys in visit.tally.walks.items()}
    return [
        (name, received.get(name, 0), total)
        for name, total in visit.tally.totals.items()
        if received.get(name, 0) + visit.tally.unread.get(name, 0) < total
    ]


def _record_transitions(run: Run, visit: Visit, report: PollReport) -> None:
    id_, stream = visit.source.id, f"source:{visit.source.id}"
    before = health.get(run.database.conn, id_)
    failing_since = before.failing_since if before else ""
    if visit.failures and (before is None or before.failure != visit.failures[0].failure):
        error = visit.failures[0]
        run.append(stream, SourceFailed(source=id_, failure=error.failure, detail=str(error)))
    if failing_since and not visit.failures:
        run.append(stream, SourceRecovered(source=id_, failed_since=failing_since))
    short = _short_walks(visit)
    if short and not visit.failures and not (before and before.gap_since):
        name, received, expected = short[0]
        run.append(stream, GapSuspected(source=id_, walk=redact(name), expected=expected, received=received))
    if before and before.gap_since and report.outcome in {"ok", "unchanged"}:
        run.append(stream, GapClosed(source=id_, walk=before.gap))
    if visit.moved_to and (before is None or before.moved_to != visit.moved_to):
        run.append(stream, SourceMoved(source=id_, old_url=redact(visit.source.url), new_url=visit.moved_to))


def _schedule(conn: sqlite3.Connection, visit: Visit, report: PollReport, *, now: str) -> str:
    """Remember the poll and when the next one is due; a complete one moves the window that the next one asks for.

    A source is past its baseline once it was reached, even if pages failed: one that never answers must not keep it
    silent for ever.
    """
    good = report.outcome in {"ok", "unchanged"}
    row = conn.execute("SELECT * FROM source_state WHERE source = ?", (visit.source.id,)).fetchone()
    failures = 0 if good else (row["failures"] if row else 0) + 1
    started = to_text(visit.started_at)
    due_at = to_text(_next_time(visit, failures))
    conn.execute(
        "REPLACE INTO source_state (source, last_attempt_at, last_good_at, reached_at, due_at, failures)"
        " VALUES (?, ?, ?, ?, ?, ?)",
        (
            visit.source.id,
            started,
            started if good else (row["last_good_at"] if row else ""),
            started if good or report.outcome == "partial" else (row["reached_at"] if row else ""),
            due_at,
            failures,
        ),
    )
    conn.execute(
        "INSERT INTO polls (source, started_at, ended_at, outcome, items, bytes, error) VALUES (?, ?, ?, ?, ?, ?, ?)",
        (visit.source.id, started, now, report.outcome, report.items, report.bytes, report.error),
    )
    return due_at


def _next_time(visit: Visit, failures: int) -> datetime:
    """After a good poll, the interval; after failures, sooner, then ever later, and never before the server allows."""
    wait_s = visit.source.every_s
    if failures:
        wait_s = min(wait_s, _LATEST_RETRY_S, _FIRST_RETRY_S * 2 ** min(failures - 1, 10))
    asked = [error.retry_at for error in visit.failures if isinstance(error, FetchError) and error.retry_at]
    return max([visit.started_at + timedelta(seconds=wait_s), *asked])


def _summarise_past_days(run: Run) -> None:
    """One `PollsSummarised` a source and past UTC day that has none yet."""
    today = run.now()[:10]
    sql = """
        SELECT source, substr(started_at, 1, 10) AS day, count(*) AS polls,
               sum(outcome IN ('ok', 'unchanged')) AS good, sum(outcome = 'unchanged') AS unchanged,
               sum(outcome IN ('failed', 'partial')) AS failed, sum(bytes) AS bytes,
               max(CASE WHEN outcome IN ('ok', 'unchanged') THEN started_at ELSE '' END) AS last_good_at
        FROM polls WHERE summarised = 0 AND started_at < ? GROUP BY source, day ORDER BY day, source"""
    rows = run.database.conn.execute(sql, (today,)).fetchall()
    if rows:
        with run.database.write():
            for row in rows:
                run.append(f"source:{row['source']}", PollsSummarised(**dict(row)))
            run.database.conn.execute(
                "UPDATE polls SET summarised = 1 WHERE summarised = 0 AND started_at < ?", (today,)
            )
            projections.catch_up(run.database, run.log)

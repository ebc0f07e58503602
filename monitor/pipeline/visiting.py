"""A poll from beginning to end: which sources are visited, what each visit asks, what it came to.

Only what changes is an event: a source fails, recovers, moves, shows a gap. That it was asked at all stands in the
tables `polls` and `source_state`, and once a day in `PollsSummarised`: the proof that somebody looked.
"""

from __future__ import annotations

import sqlite3
from collections import Counter
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field, fields
from datetime import datetime, timedelta
from functools import partial

from monitor import projections, sources
from monitor.core.dates import to_text
from monitor.core.errors import UsageError
from monitor.core.events import PollsSummarised, SourceConfigured
from monitor.core.exchange import Source, State
from monitor.core.urls import redact
from monitor.fetcher import Fetcher
from monitor.pipeline import frontier, unfinished
from monitor.pipeline.accounting import PollReport, account, account_for_past, adopted_address
from monitor.pipeline.answers import Tally
from monitor.pipeline.completing import further_jobs, past_jobs, reopen
from monitor.pipeline.frontier import Job
from monitor.pipeline.polling import Walk
from monitor.pipeline.recording import asked_as, forget_old_pages
from monitor.pipeline.run import Run
from monitor.pipeline.visits import Visit, first_jobs, follow_jobs
from monitor.pipeline.watching import match_new
from monitor.projections import matches

# Some page of a source may never answer; what is new on the others must come to be told all the same.
_LONGEST_BASELINE = timedelta(days=7)
_PAGES_KEPT = timedelta(days=90)
_POLLS_KEPT = timedelta(days=400)


@dataclass(frozen=True, slots=True, kw_only=True)
class Manner:
    """How to poll: requests in flight in all and to one host, seconds between two to a host, whom to tell, when to stop.

    `joining` names the sources that are due by now, while others are still under way. After `patience_s` nothing more is started: what a host or a key wants to wait for is left to a later poll.
    """

    concurrency: int
    per_host: int
    crawl_delays_s: Mapping[str, float] = field(default_factory=dict)
    patience_s: float = 3600
    progress: Callable[[str, int], None] = lambda _source, _pages: None
    joining: Callable[[Run], Sequence[Source]] = lambda _run: ()
    ended: Callable[[PollReport], None] = lambda _report: None
    stopping: Callable[[], bool] = lambda: False


def due(run: Run, enabled: Sequence[Source]) -> tuple[list[Source], list[PollReport]]:
    """The sources whose time has come, and a report for each whose time has not."""
    rows = {row["source"]: row for row in run.database.conn.execute("SELECT * FROM source_state")}
    now = run.now()
    # A last attempt in the future is a clock that was set back since: what it said of the next one is void.
    ready = [s for s in enabled if s.id not in rows or _is_due(s, rows[s.id], now)]
    waiting = [source for source in enabled if source not in ready]
    return ready, [
        PollReport(source=source.id, outcome="not-due", due_at=rows[source.id]["due_at"])
        for source in waiting
    ]


def _is_due(source: Source, row: sqlite3.Row, now: str) -> bool:
    """Whether its time has come; also by settings that were changed since: a shorter interval, another address, other options."""
    if not row["last_attempt_at"] <= now < row["due_at"]:
        return True
    if row["asked_as"] and row["asked_as"] != asked_as(source):
        return True
    stretched_s = max(source.every_s, min(row["stated_s"], 2 * source.every_s))
    latest = datetime.fromisoformat(row["last_attempt_at"]) + timedelta(seconds=stretched_s * 1.1)
    return not row["failures"] and to_text(latest) <= now


def poll(run: Run, fetcher: Fetcher, asked: Sequence[Source], manner: Manner) -> list[PollReport]:
    """Visit the sources: read all their pages, match, follow what was recognised, fill gaps, account for it.

    Each source goes through that at its own pace, and is accounted for as soon as it is done. Told to stop, it leaves
    those that are not done as they were: they are due again.
    """
    _summarise_past_days(run)
    match_new(run)
    visits = {source.id: unfinished.resumed(run, _begin(run, source)) for source in _in_turn(run, asked)}
    jobs = [job for visit in visits.values() for job in _to_ask(run, visit)]
    reports = _go(run, fetcher, visits, jobs, manner, account)
    return [
        reports[id_] for id_ in {**dict.fromkeys(source.id for source in asked), **reports} if id_ in reports
    ]


def _in_turn(run: Run, asked: Sequence[Source]) -> list[Source]:
    """The sources, first those that were not asked for longest: on a host that bears little, each has its turn."""
    rows = run.database.conn.execute("SELECT source, last_attempt_at FROM source_state")
    attempts = {row["source"]: row["last_attempt_at"] for row in rows}
    return sorted(asked, key=lambda source: attempts.get(source.id, ""))


def _to_ask(run: Run, visit: Visit) -> list[Job]:
    """What is asked at first: what an earlier poll left, or else all that the source's kind asks."""
    left, visit.left = visit.left, []
    return left or [*reopen(run, visit), *first_jobs(run, visit)]


def backfill(
    run: Run, fetcher: Fetcher, source: Source, since: datetime, until: datetime, manner: Manner
) -> PollReport:
    """Load what a source published between two moments. All of it is past, and alerts nobody.

    What came since the last complete poll is left to the next one: it is news. Raises UsageError where that is all. Neither window nor schedule of the source move; a gap that is open for it is closed, where all of it came.
    """
    match_new(run)
    visit = _begin(run, source)
    last = visit.state.last_complete
    visit.tally = Tally(origin="backfill", fresh_from=to_text(last) if last else "")
    until = min(until, last or until)
    if until <= since:
        raise UsageError("--from", "lies after the last poll", "`monitor poll` brings what came since then")
    jobs = past_jobs(run, visit, since, until)
    close = partial(account_for_past, since=since, until=until)
    reports = _go(run, fetcher, {source.id: visit}, jobs, manner, close)
    return reports.get(source.id) or PollReport(source=source.id, outcome="not-due")


def _go(
    run: Run,
    fetcher: Fetcher,
    visits: dict[str, Visit],
    jobs: Sequence[Job],
    manner: Manner,
    account_: Callable[[Run, Visit], PollReport],
) -> dict[str, PollReport]:
    """Ask all jobs and what they lead to; a report for each visit that came to its end."""
    round_ = _Round(run=run, visits=visits, manner=manner, account=account_)
    pace = frontier.remembered(run.database, manner.crawl_delays_s, run.clock())
    walk = Walk(
        run,
        fetcher,
        visits,
        concurrency=manner.concurrency,
        per_host=manner.per_host,
        pace=pace,
        patience_s=manner.patience_s,
        progress=manner.progress,
        stopping=manner.stopping,
    )
    try:
        walk.go(jobs, round_.when_read, round_.joining)
    finally:
        with run.database.write():
            frontier.remember(run.database, pace, run.now())
    return round_.reports


@dataclass(slots=True, kw_only=True)
class _Round:
    """The visits under way, and a report of each that is done."""

    run: Run
    visits: dict[str, Visit]
    manner: Manner
    account: Callable[[Run, Visit], PollReport]
    reports: dict[str, PollReport] = field(default_factory=dict)

    def when_read(self, read: Sequence[Visit]) -> list[Job]:
        """Match what these visits brought; what they ask further. Those that ask nothing are accounted for."""
        _match(self.run, self.visits.values())
        wanted = {visit.source.id: _further(self.run, visit) for visit in read}
        done = [visit for visit in read if not wanted[visit.source.id]]
        with self.run.database.write():
            for visit in done:
                self.reports[visit.source.id] = self.account(self.run, visit)
            projections.catch_up(self.run.database, self.run.log)
        for visit in done:
            self.manner.ended(self.reports[visit.source.id])
        return [job for jobs in wanted.values() for job in jobs]

    def joining(self, under_way: Collection[str]) -> list[tuple[Visit, Sequence[Job]]]:
        """The visits of sources that fell due meanwhile, and what each asks."""
        others = [source for source in self.manner.joining(self.run) if source.id not in under_way]
        joined = [unfinished.resumed(self.run, _begin(self.run, source)) for source in others]
        return [(visit, _to_ask(self.run, visit)) for visit in joined]


def _further(run: Run, visit: Visit) -> list[Job]:
    """What a visit asks further. What is missing of one that a later poll goes on with is not known yet."""
    return [] if visit.is_unfinished else [*_follow(run, visit), *further_jobs(run, visit)]


def _follow(run: Run, visit: Visit) -> list[Job]:
    """What a watchlist recognised is followed whenever something was read since it was last looked for."""
    if visit.followed_at == len(visit.tally.keys) or not sources.offers(visit.source, "follow"):
        return []
    visit.followed_at = len(visit.tally.keys)
    return follow_jobs(run, visit, matches.standing_keys(run.database.conn))


def _match(run: Run, visits: Collection[Visit]) -> None:
    """Match what is new; each find counts for the sources that showed the item."""
    if found := Counter(match_new(run)):
        for visit in visits:
            visit.matched += sum(found[key] for key in found.keys() & visit.tally.keys)


def _begin(run: Run, source: Source) -> Visit:
    """Record how the source is configured, if that is new, and set out."""
    row = run.database.conn.execute("SELECT * FROM source_state WHERE source = ?", (source.id,)).fetchone()
    now = run.clock()
    _configure(run, source)
    complete = row["last_good_at"] if row and row["last_good_at"] <= to_text(now) else ""
    is_other = (
        bool(complete and row["asked_as"])
        and row["asked_as"] != asked_as(source)
        and source.url != row["moved_to"]
    )
    return Visit(
        source=source,
        state=State(
            now=now,
            last_complete=datetime.fromisoformat(complete) if complete and not is_other else None,
        ),
        started_at=now,
        tally=_tally(row["reached_at"] if row else "", complete, now, is_other=is_other),
        adopted=adopted_address(row, now),
    )


def _tally(reached: str, complete: str, now: datetime, *, is_other: bool) -> Tally:
    """What a source shows is news, but for its baseline: until it was once read whole, and when it asks for other things.

    Even then what its publisher dates since it was last asked is news. One that is never read whole is no baseline for
    longer than a week.
    """
    if not reached:
        return Tally(origin="baseline")
    since = complete or reached
    is_young = now - datetime.fromisoformat(reached) < _LONGEST_BASELINE
    if is_other or (not complete and is_young):
        return Tally(origin="baseline", fresh_from=since)
    return Tally(origin="live")


def _configure(run: Run, source: Source) -> None:
    options = {f.name: str(getattr(source.options, f.name)) for f in fields(source.options)}
    event = SourceConfigured(
        source=source.id, kind=source.kind, url=redact(source.url), every_s=source.every_s, options=options
    )
    stream = f"source:{source.id}"
    found = (e.data for e in run.log.read(stream=stream, types=("SourceConfigured",)))
    recorded = [data for data in found if isinstance(data, SourceConfigured)]
    if recorded and recorded[-1] == event:
        return
    with run.database.write():
        run.append(stream, event)
        if recorded and recorded[-1].url != event.url:
            run.database.conn.execute(
                "UPDATE source_state SET moved_to = '', moved_polls = 0 WHERE source = ?", (source.id,)
            )
        projections.catch_up(run.database, run.log)


def _summarise_past_days(run: Run) -> None:
    """One `PollsSummarised` a source and past UTC day that has none yet."""
    today = run.now()[:10]
    sql = """
        SELECT source, substr(started_at, 1, 10) AS day, count(*) AS polls,
               sum(outcome IN ('ok', 'unchanged', 'covered')) AS good, sum(outcome = 'unchanged') AS unchanged,
               sum(outcome IN ('failed', 'partial')) AS failed, sum(bytes) AS bytes,
               max(CASE WHEN outcome IN ('ok', 'unchanged', 'covered') THEN started_at ELSE '' END) AS last_good_at
        FROM polls WHERE summarised = 0 AND started_at < ? GROUP BY source, day ORDER BY day, source"""
    rows = run.database.conn.execute(sql, (today,)).fetchall()
    if rows:
        with run.database.write():
            for row in rows:
                run.append(f"source:{row['source']}", PollsSummarised(**dict(row)))
            run.database.conn.execute(
                "UPDATE polls SET summarised = 1 WHERE summarised = 0 AND started_at < ?", (today,)
            )
            forget_old_pages(run, to_text(run.clock() - _PAGES_KEPT))
            _forget_old_polls(run, to_text(run.clock() - _POLLS_KEPT))
            projections.catch_up(run.database, run.log)


def _forget_old_polls(run: Run, before: str) -> None:
    """Forget polls that the log has long had summed up; not the last good one of a source, nor those before a gap that stands.

    How far back a gap goes is told by the polls before it.
    """
    run.database.conn.execute(
        """
        DELETE FROM polls WHERE summarised = 1 AND started_at < ?
            AND source NOT IN (SELECT source FROM source_health WHERE gap_since <> '')
            AND (source, started_at) NOT IN (
                SELECT source, max(started_at) FROM polls
                WHERE outcome IN ('ok', 'unchanged', 'covered') GROUP BY source)""",
        (before,),
    )

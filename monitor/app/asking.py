"""Asking the sources: polls, their past, a trial; what a service notes of itself."""

from __future__ import annotations

import platform
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path

from monitor import __version__, config, database, projections
from monitor.app.delivering import output_reports_of
from monitor.app.keeping import own_files
from monitor.app.opening import Clock, chosen_sources, reading, utc_now, writing
from monitor.archive import exporting, gathering, source_states
from monitor.config import Settings
from monitor.core.errors import ConfigError, WatchlistError
from monitor.core.events import MonitorStarted, MonitorStopped
from monitor.core.watchlists import Watchlist
from monitor.fetcher import Fetcher
from monitor.pipeline import accounting, recording, rehearsing, visiting, watching
from monitor.pipeline.accounting import PollReport
from monitor.pipeline.recording import RefusedAnswer
from monitor.pipeline.rehearsing import Rehearsal
from monitor.pipeline.run import Run
from monitor.pipeline.visiting import Manner
from monitor.transport import Route

# A person waits for it, or cron, which begins the next one: longer than a service, which looks at other things too.
_PATIENCE_S = 3600.0


@dataclass(frozen=True, slots=True, kw_only=True)
class PollResult:
    """A report a source, and what is wrong with the configuration that did not stop the poll."""

    reports: Sequence[PollReport]
    notices: Sequence[str]
    broken_watchlists: bool


def poll(
    settings: Settings,
    names: Sequence[str] = (),
    *,
    everything: bool = False,
    progress: Callable[[str, int], None] = lambda _source, _pages: None,
    clock: Clock = utc_now,
    run_id: str = "",
    route: Route | None = None,
    stopping: Callable[[], bool] = lambda: False,
    ended: Callable[[PollReport], None] = lambda _report: None,
    joining: bool = False,
    patience_s: float = _PATIENCE_S,
) -> PollResult:
    """Poll the named sources, all enabled ones (`everything`), or those that are due.

    `ended` is told of each that is done. `joining`: whoever falls due meanwhile is polled too. What is not asked within
    `patience_s` is left to the next poll, which goes on with it.
    """
    sources = chosen_sources(settings, names)
    good, bad, trouble = _watchlists(settings)
    with writing(settings, clock=clock, run_id=run_id) as run, _in_force(run, good, bad) as notices:
        ready, waiting = (sources, []) if names or everything else visiting.due(run, sources)
        with Fetcher(settings.fetch, route=route) as fetcher:
            manner = replace(_manner(settings, progress, stopping), ended=ended, patience_s=patience_s)
            if joining:
                manner = replace(manner, joining=lambda run: visiting.due(run, sources)[0])
            reports = visiting.poll(run, fetcher, ready, manner)
    return PollResult(
        reports=[*reports, *waiting],
        notices=[*settings.notices, *trouble, *notices],
        broken_watchlists=bool(bad or trouble),
    )


@contextmanager
def _in_force(run: Run, good: Sequence[Watchlist], bad: Sequence[WatchlistError]) -> Iterator[list[str]]:
    """Bring the watchlists into force. What a reader should know of that; in the end also what came of it."""
    revised = watching.revisions(run, good)
    notices = watching.bring_into_force(run, good, bad)
    yield notices
    notices += [watching.what_came_of(run, revision) for revision in revised]


def _watchlists(settings: Settings) -> tuple[list[Watchlist], list[WatchlistError], list[str]]:
    """The watchlists that can be read, those that cannot, and what is wrong with the folder, which stops no poll."""
    try:
        return *config.load_watchlists(settings.watchlists), []
    except ConfigError as error:
        return [], [], [str(error)]


def _manner(
    settings: Settings, progress: Callable[[str, int], None], stopping: Callable[[], bool] = lambda: False
) -> Manner:
    return Manner(
        concurrency=settings.poll.concurrency,
        per_host=settings.poll.per_host,
        crawl_delays_s=settings.poll.crawl_delay_s,
        progress=progress,
        stopping=stopping,
    )


def backfill(
    settings: Settings,
    name: str,
    *,
    since: str,
    until: str = "",
    progress: Callable[[str, int], None] = lambda _source, _pages: None,
    say: Callable[[str], None] = lambda _notice: None,
    clock: Clock = utc_now,
    route: Route | None = None,
) -> PollReport:
    """Load a source's past between two times that a person typed. Raises UsageError for what cannot be asked for.

    `say` is given what a reader should know of the watchlists.
    """
    (source,) = chosen_sources(settings, [name])
    period = gathering.period(
        since,
        until,
        clock="occurred",
        timezone=settings.digest.timezone,
        now=clock(),
        names=("--from", "--to"),
    )
    start, end = datetime.fromisoformat(period.since), datetime.fromisoformat(period.until)
    good, bad = config.load_watchlists(settings.watchlists)
    with writing(settings, clock=clock) as run, Fetcher(settings.fetch, route=route) as fetcher:
        with _in_force(run, good, bad) as notices:
            report = visiting.backfill(run, fetcher, source, start, end, _manner(settings, progress))
        for notice in notices:
            say(notice)
        return report


def try_source(
    settings: Settings, name: str, *, clock: Clock = utc_now, route: Route | None = None
) -> Rehearsal:
    """What a poll of the source would record and match now; records nothing."""
    chosen_sources(settings, [name])
    with rehearsing.copied(settings.log_path) as copy:
        trial = replace(settings, log_path=copy)
        with writing(trial, clock=clock) as run:
            watching.bring_into_force(run, *config.load_watchlists(settings.watchlists))
            rehearsing.forget_pages(run, name)
            before = run.log.head().position
        (report,) = poll(trial, [name], clock=clock, route=route).reports
        with reading(trial) as archive:
            events = list(archive.log.read(before))
        return Rehearsal(report=report, findings=rehearsing.findings(events))


def refused_answers(settings: Settings, name: str) -> list[RefusedAnswer]:
    """The last answers of a source that were not what its kind sends, the latest first."""
    chosen_sources(settings, [name])
    with reading(settings) as archive:
        return recording.refused(archive.log.database, name)


def save_refused(settings: Settings, answer: RefusedAnswer, output: Path, *, force: bool) -> None:
    """Write a refused answer, as it came, into a new file. Raises UsageError for one that is there already."""
    target = exporting.chosen_file(output, own_files(settings), force=force)
    with exporting.whole_file(target) as part:
        part.write_bytes(answer.body)


def let_gap_be(settings: Settings, name: str, *, clock: Clock = utc_now) -> str:
    """Close a source's gap, because a person knows of it; what it was, or nothing where there is none."""
    chosen_sources(settings, [name])
    with writing(settings, clock=clock) as run:
        return accounting.let_be(run, name)


def show_life(settings: Settings, *, clock: Clock = utc_now) -> None:
    """Write the heartbeat and the figures for other programs, where files are named for them."""
    from monitor.archive import metrics  # noqa: PLC0415 - most commands do without that library

    if settings.metrics:
        with reading(settings) as archive:
            reports = source_states.source_reports(archive, settings.sources, now=clock())
            to = output_reports_of(archive, settings, clock)
            position = archive.head.position
        metrics.write_metrics(settings.metrics, reports, to, position=position, now=clock())
    if settings.heartbeat:
        metrics.write_heartbeat(settings.heartbeat, clock())


def note_start(settings: Settings) -> None:
    """Record that the service began, and with which versions."""
    versions = {
        "monitor": __version__,
        "python": platform.python_version(),
        "sqlite": database.SQLITE_VERSION,
    }
    with writing(settings) as run, run.database.write():
        run.append("monitor", MonitorStarted(versions=versions))
        projections.catch_up(run.database, run.log)


def note_stop(settings: Settings) -> None:
    """Record that the service ended in good order."""
    with writing(settings) as run, run.database.write():
        run.append("monitor", MonitorStopped(reason="told to stop"))
        projections.catch_up(run.database, run.log)

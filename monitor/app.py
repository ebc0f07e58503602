"""Assembly: the one place that chooses implementations, reads the clock and names a run."""

from __future__ import annotations

import platform
import time
import uuid
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import IO

from monitor import __version__, config, database, projections
from monitor.config import Settings
from monitor.core.dates import to_text
from monitor.core.digests import Digest, Period, SourceLine, last_due
from monitor.core.envelopes import Event
from monitor.core.errors import ConfigError, UsageError, WatchlistError
from monitor.core.events import MonitorStarted, MonitorStopped
from monitor.core.exchange import Source
from monitor.core.watchlists import Watchlist
from monitor.eventlog import EventLog
from monitor.fetcher import Fetcher
from monitor.pipeline import erasing, exporting, following, gathering, verifying, visiting, watching
from monitor.pipeline.erasing import KeptText
from monitor.pipeline.exporting import Copy, Exported
from monitor.pipeline.following import Choice
from monitor.pipeline.gathering import Archive
from monitor.pipeline.run import Run
from monitor.pipeline.verifying import Check
from monitor.pipeline.visiting import PollReport
from monitor.transport import Route

Clock = Callable[[], datetime]

_DAILY = "digest:daily"
_FOLLOW_S = 0.5
_FAR_AWAY = datetime(9999, 1, 1, tzinfo=UTC)


def utc_now() -> datetime:
    """The present moment: the only place where the clock is read."""
    return datetime.now(UTC)  # noqa: TID251 - this is that place


@dataclass(frozen=True, slots=True, kw_only=True)
class PollResult:
    """A report a source, and what is wrong with the configuration that did not stop the poll."""

    reports: Sequence[PollReport]
    notices: Sequence[str]
    broken_watchlists: bool


def load_settings(path: Path) -> Settings:
    """config.toml as settings. Raises ConfigError."""
    return config.load(path)


@contextmanager
def writing(settings: Settings, *, clock: Clock = utc_now, run_id: str = "") -> Iterator[Run]:
    """The log, open for this process alone to write, with its views up to date."""
    db = database.open_writer(settings.log_path)
    try:
        with database.explained(settings.log_path):
            log = EventLog(db)
            projections.catch_up(db, log)
            yield Run(id=run_id or uuid.uuid4().hex, clock=clock, database=db, log=log)
    finally:
        db.close()


@contextmanager
def reading(settings: Settings, *, as_of: str = "") -> Iterator[Archive]:
    """The views to read from, now or as of a moment that a person typed. Never writes, never waits for a writer.

    All that is read is of one moment, whatever a writer appends meanwhile.
    """
    db = database.open_reader(settings.log_path)
    try:
        with database.explained(settings.log_path):
            db.conn.execute("BEGIN")
            moment = (
                gathering.moment(as_of, timezone=settings.digest.timezone, name="--as-of") if as_of else ""
            )
            yield gathering.open_archive(db, as_of=moment)
    finally:
        db.close()


def chosen_sources(settings: Settings, names: Sequence[str]) -> list[Source]:
    """The named sources, or all that are enabled. Raises UsageError for a name that is not configured."""
    by_id = {source.id: source for source in settings.sources}
    for name in names:
        if name not in by_id:
            raise UsageError(name, "no such source", f"configured: {', '.join(by_id) or 'none'}")
    return [by_id[name] for name in names] if names else [s for s in settings.sources if s.enabled]


def poll(
    settings: Settings,
    names: Sequence[str] = (),
    *,
    everything: bool = False,
    progress: Callable[[str, int], None] = lambda _source, _pages: None,
    clock: Clock = utc_now,
    run_id: str = "",
    route: Route | None = None,
) -> PollResult:
    """Poll the named sources, all enabled ones (`everything`), or those that are due."""
    sources = chosen_sources(settings, names)
    good, bad = config.load_watchlists(settings.watchlists)
    with writing(settings, clock=clock, run_id=run_id) as run:
        notices = watching.bring_into_force(run, good, bad)
        ready, waiting = (sources, []) if names or everything else visiting.due(run, sources)
        with Fetcher(settings.fetch, route=route) as fetcher:
            reports = visiting.poll(
                run,
                fetcher,
                ready,
                concurrency=settings.poll.concurrency,
                per_host=settings.poll.per_host,
                progress=progress,
            )
    return PollResult(
        reports=[*reports, *waiting], notices=[*settings.notices, *notices], broken_watchlists=bool(bad)
    )


def digest(
    settings: Settings,
    *,
    since: str = "",
    until: str = "",
    by_clock: str = "recorded",
    as_of: str = "",
    only: Sequence[str] = (),
    clock: Clock = utc_now,
) -> Digest:
    """The digest of a period, from what the log holds, or held at `as_of`."""
    period = digest_period(settings, since=since, until=until, by_clock=by_clock, as_of=as_of, clock=clock)
    with reading(settings, as_of=as_of) as archive:
        return gathering.digest(
            archive,
            period,
            sources=_source_lines(archive, settings, clock, everything=False),
            only=only,
            notices=() if as_of else _watchlist_notices(settings),
        )


def daily_digest_is_due(settings: Settings, *, clock: Clock = utc_now) -> bool:
    """Whether the hour of the daily digest has come since it was last shown, and anything was polled at all."""
    with reading(settings) as archive:
        if not any(archive.log.read(types=("SourceConfigured",), limit=1)):
            return False
        return _shown_until(archive, clock) < to_text(_due_at(settings, clock))


def show_daily_digest(settings: Settings, show: Callable[[Digest], None], *, clock: Clock = utc_now) -> None:
    """Show the digest from where the last one ended up to now, and remember that it was shown.

    Nothing falls between two of them, and one that was missed comes as soon as somebody asks. Nobody else writes
    meanwhile, so nothing that is stamped before its end can still be on its way into the log.
    """
    with writing(settings, clock=clock) as run:
        with reading(settings) as archive:
            since = _shown_until(archive, clock) or to_text(_due_at(settings, clock) - timedelta(days=1))
        shown = digest(settings, since=since, until=to_text(clock()), clock=clock)
        show(shown)
        with run.database.write():
            run.database.set_checkpoint(_DAILY, shown.period.until, shown.position)


def _due_at(settings: Settings, clock: Clock) -> datetime:
    return last_due(clock(), settings.digest.at, settings.digest.timezone)


def _shown_until(archive: Archive, clock: Clock) -> str:
    """Up to when the daily digest was shown; nothing if never, or by a clock that ran ahead and was set back."""
    shown_until = archive.log.database.checkpoint(_DAILY)
    return shown_until if shown_until <= to_text(clock()) else ""


def _source_lines(
    archive: Archive, settings: Settings, clock: Clock, *, everything: bool
) -> list[SourceLine]:
    """The state of the enabled sources, or of all; as of the archive's moment."""
    configured = {source.id: source.every_s for source in settings.sources if everything or source.enabled}
    now = min(datetime.fromisoformat(archive.as_of), clock()) if archive.as_of else clock()
    return gathering.source_lines(archive, configured, now=now)


def digest_period(
    settings: Settings, *, since: str, until: str, by_clock: str, as_of: str, clock: Clock
) -> Period:
    """The period of a digest; as of another moment, "now" is that moment."""
    now = clock()
    if as_of:
        now = datetime.fromisoformat(
            gathering.moment(as_of, timezone=settings.digest.timezone, name="--as-of")
        )
    return gathering.period(since, until, clock=by_clock, timezone=settings.digest.timezone, now=now)


def source_lines(
    settings: Settings, *, as_of: str = "", clock: Clock = utc_now
) -> tuple[list[SourceLine], Sequence[str]]:
    """The state of every source that is configured, or that the log knew at `as_of`; and what a reader should know."""
    with reading(settings, as_of=as_of) as archive:
        return _source_lines(archive, settings, clock, everything=True), archive.notices


def verify(
    settings: Settings,
    *,
    anchor: str | None = None,
    progress: verifying.Progress = lambda _name, _done, _of: None,
) -> Iterator[Check]:
    """Check the log and all that is derived from it, one thing after the other, beside any writer."""
    with closing(database.open_reader(settings.log_path)) as db:
        yield from verifying.verify(db, anchor=anchor, progress=progress)


def rebuild(
    settings: Settings,
    names: Sequence[str] = (),
    *,
    progress: Callable[[int, int], None] = lambda _done, _of: None,
) -> list[str]:
    """Derive the named views (all, if none is named) anew. Unlike other writing, it asks nothing of the old ones."""
    known = [view.NAME for view in projections.views()]
    for name in names:
        if name not in known:
            raise UsageError(name, "no such view", f"known: {', '.join(known)}")
    # A reader says so where there is no log; a writer would make one.
    database.open_reader(settings.log_path).close()
    with closing(database.open_writer(settings.log_path)) as db, database.explained(settings.log_path):
        log = EventLog(db)
        head = log.head().position
        return projections.rebuild(db, log, names, progress=lambda done: progress(done, head))


def erasable(settings: Settings, name: str) -> list[KeptText]:
    """The full text under a SHA-256, or all of an item's."""
    with reading(settings) as archive:
        return erasing.find(archive, name)


def erase(
    settings: Settings, texts: Sequence[KeptText], reason: str, *, clock: Clock = utc_now, run_id: str = ""
) -> None:
    """Take full texts out of the file for good, and record why."""
    with writing(settings, clock=clock, run_id=run_id) as run:
        erasing.erase(run, texts, reason)


def events(
    settings: Settings, choice: Choice, *, since: str = "", until: str = "", follow: bool = False
) -> Iterator[Event]:
    """Events that fit, between two times that a person typed; with `follow` also those to come, without end."""
    first, end = _recorded_between(settings, since, until)
    chosen = replace(choice, since=first, before=end)
    with closing(database.open_reader(settings.log_path)) as db:
        if follow:
            yield from following.follow(EventLog(db), chosen, wait=lambda: time.sleep(_FOLLOW_S))
        else:
            yield from following.choose(EventLog(db), chosen)


def _recorded_between(settings: Settings, since: str, until: str) -> tuple[str | None, str | None]:
    """The times that a person typed, as for a digest; None where none was."""
    if not (since or until):
        return None, None
    period = gathering.period(
        since, until, clock="recorded", timezone=settings.digest.timezone, now=_FAR_AWAY
    )
    return period.since if since else None, period.until if until else None


def export(
    settings: Settings,
    table: str,
    *,
    format_: str,
    stdout: IO[bytes],
    output: Path | None = None,
    as_of: str = "",
) -> Exported:
    """Write a table to `output` (whole or not at all), else to `stdout`: one moment of the log, beside any writer."""
    exporting.known_table(table)
    target = exporting.chosen_file(output, _own_files(settings), force=True) if output else None
    with closing(database.open_reader(settings.log_path)) as db, database.explained(settings.log_path):
        db.conn.execute("BEGIN")
        moment = gathering.moment(as_of, timezone=settings.digest.timezone, name="--as-of") if as_of else ""
        archive = exporting.archive_for(db, table, as_of=moment)
        if target is None:
            return exporting.export(archive, table, format_, stdout)
        with exporting.whole_file(target) as part, part.open("xb") as out:
            return exporting.export(archive, table, format_, out)


def backup(settings: Settings, target: Path, *, force: bool = False) -> Copy:
    """Copy the log to a new file, also while it is written to, and verify the copy."""
    file = exporting.chosen_file(target, _own_files(settings), force=force)
    with closing(database.open_reader(settings.log_path)) as db:
        return exporting.back_up(db, file)


def _own_files(settings: Settings) -> list[Path]:
    """What an export or a copy must never take the place of."""
    log = settings.log_path
    beside = [log.with_name(log.name + ending) for ending in ("-wal", "-shm", ".lock")]
    return [log, *beside, settings.path]


def watchlists_in(folder: Path) -> tuple[list[Watchlist], list[WatchlistError]]:
    """Every watchlist of a folder, and what is wrong with those that cannot be used."""
    return config.load_watchlists(folder)


def read_watchlists(folder: Path) -> Sequence[tuple[Watchlist | None, Sequence[WatchlistError]]]:
    """Every file of a folder of watchlists: the watchlist, or all that is wrong with it."""
    return config.read_watchlists(folder)


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


def _watchlist_notices(settings: Settings) -> list[str]:
    try:
        _, bad = config.load_watchlists(settings.watchlists)
    except ConfigError as error:
        return [str(error)]
    return [f"{error} (its last good revision, if there is one, stays in force)" for error in bad]


def write_shipped(folder: Path) -> list[tuple[Path, bool]]:
    """Write the shipped config.toml and watchlists; (path, written) each. A file that is there already is kept."""
    shipped = shipped_files()
    wanted = [shipped / "config.toml", *sorted((shipped / "watchlists").glob("*.toml"))]
    outcome = []
    for origin in wanted:
        target = folder / origin.relative_to(shipped)
        if target.exists():
            outcome.append((target, False))
            continue
        try:
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_bytes(origin.read_bytes())
        except OSError as error:
            raise UsageError(
                str(target), f"cannot be written ({error.strerror})", "choose another folder"
            ) from error
        outcome.append((target, True))
    return outcome


def shipped_files() -> Path:
    """Where config.toml and watchlists/ lie: inside an installed package, else at the top of this checkout."""
    package = Path(__file__).parent
    return package / "shipped" if (package / "shipped").is_dir() else package.parent

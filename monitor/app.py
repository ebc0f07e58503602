"""Assembly: the one place that chooses implementations, reads the clock and names a run."""

from __future__ import annotations

import platform
import uuid
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from monitor import __version__, config, database, projections
from monitor.config import Settings
from monitor.core.digests import Digest, Period, SourceLine
from monitor.core.errors import ConfigError, UsageError, WatchlistError
from monitor.core.events import MonitorStarted, MonitorStopped
from monitor.core.exchange import Source
from monitor.core.watchlists import Watchlist
from monitor.eventlog import EventLog
from monitor.fetcher import Fetcher
from monitor.pipeline import gathering, visiting, watching
from monitor.pipeline.gathering import Archive
from monitor.pipeline.run import Run
from monitor.pipeline.visiting import PollReport
from monitor.transport import Route

Clock = Callable[[], datetime]


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
        log = EventLog(db)
        projections.catch_up(db, log)
        yield Run(id=run_id or uuid.uuid4().hex, clock=clock, database=db, log=log)
    finally:
        db.close()


@contextmanager
def reading(settings: Settings, *, as_of: str = "") -> Iterator[Archive]:
    """The views to read from, now or as of a moment that a person typed. Never writes, never waits for a writer."""
    db = database.open_reader(settings.log_path)
    try:
        moment = gathering.moment(as_of, timezone=settings.digest.timezone, name="--as-of") if as_of else ""
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
        lines = gathering.source_lines(archive, [source.id for source in settings.sources if source.enabled])
        return gathering.digest(
            archive, period, sources=lines, only=only, notices=() if as_of else _watchlist_notices(settings)
        )


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


def source_lines(settings: Settings) -> list[SourceLine]:
    """The state of every configured source."""
    with reading(settings) as archive:
        return gathering.source_lines(archive, [source.id for source in settings.sources])


def watchlists_in(folder: Path) -> tuple[list[Watchlist], list[WatchlistError]]:
    """Every watchlist of a folder, and what is wrong with those that cannot be used."""
    return config.load_watchlists(folder)


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

"""Telling what is known: digests, and how the sources do."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime, timedelta

from monitor import config
from monitor.app.opening import Clock, reading, utc_now, writing
from monitor.config import Settings
from monitor.core.dates import to_text
from monitor.core.digests import Digest, Period, SourceLine, last_due
from monitor.core.errors import ConfigError
from monitor.pipeline import (
    gathering,
    retelling,
    source_states,
)
from monitor.pipeline.gathering import Archive
from monitor.pipeline.source_states import SourceReport

_DAILY = retelling.DAILY


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


def source_reports(
    settings: Settings, *, as_of: str = "", clock: Clock = utc_now
) -> tuple[list[SourceReport], Sequence[str]]:
    """As `source_lines`, and how each source does: its last news, its next poll, how late it is seen."""
    with reading(settings, as_of=as_of) as archive:
        now = _moment_of(archive, clock)
        return source_states.source_reports(archive, settings.sources, now=now), archive.notices


def _source_lines(
    archive: Archive, settings: Settings, clock: Clock, *, everything: bool
) -> list[SourceLine]:
    """The state of the enabled sources, or of all; as of the archive's moment."""
    configured = [source for source in settings.sources if everything or source.enabled]
    return source_states.source_lines(archive, configured, now=_moment_of(archive, clock))


def _moment_of(archive: Archive, clock: Clock) -> datetime:
    return min(datetime.fromisoformat(archive.as_of), clock()) if archive.as_of else clock()


def _watchlist_notices(settings: Settings) -> list[str]:
    try:
        _, bad = config.load_watchlists(settings.watchlists)
    except ConfigError as error:
        return [str(error)]
    return [f"{error} (its last good revision, if there is one, stays in force)" for error in bad]

"""Telling what is known: digests, and how the sources do."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta

from monitor import config
from monitor.app.opening import Clock, reading, utc_now
from monitor.archive import gathering, source_states
from monitor.archive.gathering import Archive
from monitor.archive.source_states import SourceReport
from monitor.config import Settings
from monitor.core import periods
from monitor.core.dates import to_text
from monitor.core.digests import Digest, Period, SourceLine
from monitor.core.errors import ConfigError
from monitor.core.language import Language
from monitor.database import Database

# A poll is remembered for longer than that, one without news too.
_POLLS_REMEMBERED = timedelta(days=365)


def digest(
    settings: Settings,
    *,
    since: str = "",
    until: str = "",
    by_clock: str = "recorded",
    as_of: str = "",
    only: Sequence[str] = (),
    once: bool = True,
    language: Language | None = None,
    clock: Clock = utc_now,
) -> Digest:
    """The digest of a period, from what the log holds, or held at `as_of`; its words in `language`, or as configured.

    An item stands in one section, unless `only` some are asked for, or not `once`.
    """
    period = digest_period(settings, since=since, until=until, by_clock=by_clock, as_of=as_of, clock=clock)
    period = replace(period, language=language or settings.digest.language)
    with reading(settings, as_of=as_of, clock=clock) as archive:
        return gathering.digest(
            archive,
            period,
            sources=_source_lines(archive, settings, clock, everything=False),
            only=only,
            once=once and not only,
            notices=() if as_of else watchlist_notices(settings),
        )


def period_notices(settings: Settings, told: Digest, *, clock: Clock = utc_now) -> list[str]:
    """What a reader of this digest should know of its period: that it is not over, that nobody looked in it."""
    now = datetime.fromisoformat(told.as_of) if told.as_of else clock()
    end = now if told.period.clock == "occurred" else datetime.fromisoformat(told.period.until)
    with reading(settings) as archive:
        asked_at = _last_asked(archive.log.database, to_text(min(now, end)), now)
    recorded = told.period.clock == "recorded" and told.first_position > 0
    return list(periods.remarks(told.period, now=now, asked_at=asked_at, recorded=recorded))


def _last_asked(database: Database, before: str, now: datetime) -> str:
    """When any source was asked last before a moment; empty for one that lies so far back that nobody remembers."""
    attempts = [row[0] for row in database.conn.execute("SELECT last_attempt_at FROM source_state")]
    ever = max((at for at in attempts if at <= to_text(now)), default="")
    if ever <= before:
        return ever
    if before < to_text(now - _POLLS_REMEMBERED):
        return ""
    sql = """
        SELECT (SELECT max(started_at) FROM polls WHERE polls.source = state.source AND started_at <= ?)
        FROM source_state AS state"""
    return max((row[0] or "" for row in database.conn.execute(sql, (before,))), default="")


def digest_period(
    settings: Settings, *, since: str, until: str, by_clock: str, as_of: str, clock: Clock
) -> Period:
    """The period of a digest; as of another moment, "now" is that moment. A day that is not over ends now."""
    now = clock()
    if as_of:
        moment = gathering.moment(as_of, timezone=settings.digest.timezone, name="--as-of")
        now = min(now, datetime.fromisoformat(moment))
    return gathering.period(since, until, clock=by_clock, timezone=settings.digest.timezone, now=now)


def source_lines(
    settings: Settings, *, as_of: str = "", clock: Clock = utc_now
) -> tuple[list[SourceLine], Sequence[str]]:
    """The state of every source that is configured, or that the log knew at `as_of`; and what a reader should know."""
    with reading(settings, as_of=as_of, clock=clock) as archive:
        return _source_lines(archive, settings, clock, everything=True), archive.notices


def source_reports(
    settings: Settings, *, as_of: str = "", clock: Clock = utc_now
) -> tuple[list[SourceReport], Sequence[str]]:
    """As `source_lines`, and how each source does: its last news, its next poll, how late it is seen."""
    with reading(settings, as_of=as_of, clock=clock) as archive:
        now = _moment_of(archive, clock)
        return source_states.source_reports(archive, settings.sources, now=now), archive.notices


def _source_lines(
    archive: Archive, settings: Settings, clock: Clock, *, everything: bool
) -> list[SourceLine]:
    """The state of the enabled sources, or of all; as of the archive's moment."""
    configured = [source for source in settings.sources if everything or source.enabled]
    return source_states.source_lines(archive, configured, now=_moment_of(archive, clock))


def source_lines_of(archive: Archive, settings: Settings, clock: Clock) -> list[SourceLine]:
    """The state of the enabled sources, as an archive that is open already has it."""
    return _source_lines(archive, settings, clock, everything=False)


def _moment_of(archive: Archive, clock: Clock) -> datetime:
    return min(datetime.fromisoformat(archive.as_of), clock()) if archive.as_of else clock()


def watchlist_notices(settings: Settings) -> list[str]:
    """What is wrong with the watchlists on disk; a person has to mend it."""
    try:
        _, bad = config.load_watchlists(settings.watchlists)
    except ConfigError as error:
        return [str(error)]
    return [f"{error} (its last good revision, if there is one, stays in force)" for error in bad]

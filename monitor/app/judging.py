"""Judging: what a reader says of items, and what edited watchlists would have made of the past."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from monitor import config, database
from monitor.app.opening import Clock, reading, utc_now, writing
from monitor.archive import backtesting, gathering, judging
from monitor.archive.backtesting import Choice, Progress
from monitor.archive.judging import Judged, Verdict
from monitor.config import Settings
from monitor.core.backtests import Backtest
from monitor.core.errors import WatchlistError
from monitor.core.watchlists import Watchlist


def judge(
    settings: Settings,
    key: str,
    verdict: Verdict,
    *,
    note: str = "",
    clock: Clock = utc_now,
    run_id: str = "",
) -> Judged:
    """Record a verdict on an item that the log holds."""
    # A reader says so where there is no log; a writer would make one.
    database.open_reader(settings.log_path).close()
    with writing(settings, clock=clock, run_id=run_id) as run:
        return judging.judge(run, key, verdict, note.strip())


def judged(settings: Settings, *, as_of: str = "") -> tuple[list[Judged], Sequence[str]]:
    """Every item that was judged, the latest first, and what a reader should know."""
    with reading(settings, as_of=as_of) as archive:
        return list(judging.judged(archive)), archive.notices


def edited_watchlists(settings: Settings, path: Path | None) -> tuple[list[Watchlist], list[WatchlistError]]:
    """The watchlists of a file or a folder, else of the configured one, and all that is wrong with any of them."""
    files = config.read_watchlists_at(path or settings.watchlists)
    errors = [error for _, problems in files for error in problems]
    return [watchlist for watchlist, _ in files if watchlist], errors


def backtest(
    settings: Settings,
    edited: Sequence[Watchlist],
    *,
    only_these: bool = False,
    since: str = "",
    subject: str = "",
    samples: int = 3,
    progress: Progress = lambda _name, _done, _of: None,
    clock: Clock = utc_now,
) -> tuple[Backtest, Sequence[str]]:
    """Edited watchlists beside those in force, and what a reader should know. Records nothing.

    `only_these`: lists in force that have no namesake among them are left out, and not counted as removed.
    """
    zone = settings.digest.timezone
    begun = gathering.period(since, "", clock="recorded", timezone=zone, now=clock()).since if since else ""
    choice = Choice(
        edited=edited,
        only_these=only_these,
        timezone=zone,
        since=begun,
        subject=subject,
        samples=samples,
    )
    with reading(settings) as archive:
        return backtesting.backtest(archive, choice, progress=progress), archive.notices

"""Linting: watchlist files, alone and over the log where there is one."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from monitor import config
from monitor.app.opening import reading
from monitor.archive.linting import Progress, count
from monitor.config import Settings
from monitor.core.errors import LogError
from monitor.core.linting import findings as linting
from monitor.core.linting.findings import Finding
from monitor.core.linting.tallies import Tally
from monitor.core.renderings.linting import Summary
from monitor.core.watchlists import Watchlist


def lint(
    settings: Settings | None,
    path: Path | None,
    *,
    progress: Progress = lambda _name, _done, _of: None,
) -> tuple[list[Finding], Summary]:
    """All findings on the watchlists of a file or a folder, else of the configured one, in order.

    A file is looked at beside the configured watchlists, or those of its folder. Without settings there is no log.
    """
    place = path or (settings.watchlists if settings else Path("watchlists"))
    files = config.read_watchlists_at(place)
    good = [watchlist for watchlist, _ in files if watchlist]
    only = {watchlist.id for watchlist in good}
    together = [*good, *(one for one in _beside(settings, place) if one.id not in only)]
    tally = Tally(good)
    untried = _try(settings, tally, progress)
    found = [
        *linting.of_errors(error for _, errors in files for error in errors),
        *linting.lint(together, only, [one.id for one in settings.sources] if settings else None),
        *tally.findings(),
    ]
    summary = Summary(
        watchlists=len(good),
        subjects=sum(len(watchlist.subjects) for watchlist in good),
        files=len(files),
        refused=len(files) - len(good),
        items=None if untried else tally.items,
        untried=untried,
    )
    return linting.in_order(found), summary


def _beside(settings: Settings | None, place: Path) -> Sequence[Watchlist]:
    """The watchlists that a single file has to get on with."""
    folder = settings.watchlists if settings else place.parent
    return config.load_watchlists(folder)[0] if place.is_file() and folder.is_dir() else ()


def _try(settings: Settings | None, tally: Tally, progress: Progress) -> str:
    """Count over the log; or say why that could not be done."""
    if settings is None:
        return "no config.toml names one"
    if not settings.log_path.exists():
        return "there is none yet"
    try:
        with reading(settings) as archive:
            count(archive, tally, progress=progress)
    except LogError as error:
        return error.what
    return ""

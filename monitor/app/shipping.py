"""What ships with the program, and watchlists of any folder."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from monitor import config
from monitor.core.errors import UsageError, WatchlistError
from monitor.core.watchlists import Watchlist


def watchlists_in(folder: Path) -> tuple[list[Watchlist], list[WatchlistError]]:
    """Every watchlist of a folder, and what is wrong with those that cannot be used."""
    return config.load_watchlists(folder)


def read_watchlists(folder: Path) -> Sequence[tuple[Watchlist | None, Sequence[WatchlistError]]]:
    """Every file of a folder of watchlists: the watchlist, or all that is wrong with it."""
    return config.read_watchlists(folder)


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
    package = Path(__file__).parent.parent
    return package / "shipped" if (package / "shipped").is_dir() else package.parent
